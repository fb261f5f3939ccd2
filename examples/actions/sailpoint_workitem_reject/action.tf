action "sailpoint_workitem_reject" "payroll_viewer" {
  config {
    workitem_id      = "2c9180877a1b3e5c017a1f0d4e6a0b31"
    approval_item_id = "2c9180877a1b3e5c017a1f0d4e6a0b32"

    # Must match exactly what is there, or nothing is decided.
    expect = {
      account = "ada.lovelace"
      value   = "Viewer"
    }
  }
}

# Invoked by a change of the configuration, here a new ticket number ...
resource "terraform_data" "ticket" {
  input = "IAM-1041"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sailpoint_workitem_reject.payroll_viewer]
    }
  }
}

# ... or by hand: terraform apply -invoke=action.sailpoint_workitem_reject.payroll_viewer
