action "sailpoint_workitem_bulk_approve" "onboarding" {
  config {
    workitem_id = "2c9180877a1b3e5c017a1f0d4e6a0b31"

    # All its approval items, or nothing is decided.
    expected_item_ids = [
      "2c9180877a1b3e5c017a1f0d4e6a0b32",
      "2c9180877a1b3e5c017a1f0d4e6a0b33",
    ]
  }
}

# Invoked by a change of the configuration, here a new ticket number ...
resource "terraform_data" "ticket" {
  input = "IAM-1041"

  lifecycle {
    action_trigger {
      events  = [after_create, after_update]
      actions = [action.sailpoint_workitem_bulk_approve.onboarding]
    }
  }
}

# ... or by hand: terraform apply -invoke=action.sailpoint_workitem_bulk_approve.onboarding
