action "sailpoint_workitem_submit_account_selection" "jane" {
  config {
    workitem_id = "2c9180877a1b3e5c017a1f0d4e6a0d01"
    selections = {
      accountId = "2c91808a7b5c3e1d017b5c9e10aa0d77"
    }
  }
}

# Invoked by a change of the configuration, here a new ticket number ...
resource "terraform_data" "ticket" {
  input = "IAM-1041"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sailpoint_workitem_submit_account_selection.jane]
    }
  }
}

# ... or by hand: terraform apply -invoke=action.sailpoint_workitem_submit_account_selection.jane
