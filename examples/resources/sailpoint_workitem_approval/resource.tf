# A decision about one approval item. What expect says must match exactly what
# is there, or nothing is decided.
resource "sailpoint_workitem_approval" "payroll_viewer" {
  workitem_id      = "2c9180877a1b3e5c017a1f0d4e6a0b31"
  approval_item_id = "2c9180877a1b3e5c017a1f0d4e6a0b32"
  decision         = "approve"

  expect = {
    account     = "ada.lovelace"
    application = "Payroll"
    operation   = "Add"
    name        = "role"
    value       = "Viewer"
  }
}

# A ledger: decisions in one place, under keys that stay.
locals {
  decisions = {
    "grace-admin" = {
      workitem_id      = "2c9180877a1b3e5c017a1f0d4e6a0b41"
      approval_item_id = "2c9180877a1b3e5c017a1f0d4e6a0b42"
      decision         = "reject"
    }
    "alan-reports" = {
      workitem_id      = "2c9180877a1b3e5c017a1f0d4e6a0b51"
      approval_item_id = "2c9180877a1b3e5c017a1f0d4e6a0b52"
      decision         = "approve"
    }
  }
}

resource "sailpoint_workitem_approval" "ledger" {
  for_each = local.decisions

  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision

  # Decided by somebody else in the meantime? Then this run fails, instead of
  # recording it with a warning.
  on_already_done = "error"
}
