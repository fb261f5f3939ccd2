action "sailpoint_workitem_complete" "badge" {
  config {
    workitem_id = "2c9180877a1b3e5c017a1f0d4e6a0c01"
  }
}

# Invoked by a change of the configuration, here a new ticket number ...
resource "terraform_data" "ticket" {
  input = "IAM-1041"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sailpoint_workitem_complete.badge]
    }
  }
}

# ... or by hand: terraform apply -invoke=action.sailpoint_workitem_complete.badge
