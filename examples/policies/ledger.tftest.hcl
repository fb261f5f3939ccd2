# terraform test: rules on the ledger of ../gitops, without a tenant.

mock_provider "sailpoint" {
  # Computed values are made up: say what a rule looks at.
  mock_resource "sailpoint_workitem_approval" {
    defaults = {
      outcome = "performed"
      item    = { account = "jdoe", application = "Finance", name = "memberOf", operation = "Add", value = "x", value_redacted = false, state = "Finished" }
    }
  }
}

run "every_rejection_is_guarded" {
  command = plan

  assert {
    condition     = alltrue([for d in sailpoint_workitem_approval.ticket : try(d.expect.value, null) != null if d.decision == "reject"])
    error_message = "A rejection has to say which value it is about."
  }
}
