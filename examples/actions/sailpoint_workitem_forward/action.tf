action "sailpoint_workitem_forward" "badge" {
  config {
    workitem_id     = "2c9180877a1b3e5c017a1f0d4e6a0c01"
    target_owner_id = "2c9180835d2e5168015d32f890ca1581"
    comment         = "On parental leave until June"

    # If somebody else owns it by then, nothing is sent.
    expected_owner_id = "2c918084660f45d6016617daa9210584"
  }
}

# Invoked by a change of the configuration, here a new ticket number ...
resource "terraform_data" "ticket" {
  input = "IAM-1041"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sailpoint_workitem_forward.badge]
    }
  }
}

# ... or by hand: terraform apply -invoke=action.sailpoint_workitem_forward.badge
