# The caller's own open approvals for one application.
data "sailpoint_workitems" "payroll" {
  types        = ["Approval"]
  applications = ["Payroll"]
}

# What two other owners completed in the first quarter. Reading somebody else's
# work items needs an administrator's token.
data "sailpoint_workitems" "first_quarter" {
  owner_ids        = ["2c9180835d2e5168015d32f890ca1581", "2c9180855d2e5168015d32f890ca1601"]
  status           = "completed"
  completed_after  = "2026-01-01T00:00:00Z"
  completed_before = "2026-04-01T00:00:00Z"
}

output "to_decide" {
  value = { for item in data.sailpoint_workitems.payroll.workitems : item.id => item.description }
}

# A list that changed while it was read is not evidence.
check "first_quarter_is_complete" {
  assert {
    condition     = data.sailpoint_workitems.first_quarter.complete
    error_message = "Work items moved while the list was read. Plan again."
  }
}
