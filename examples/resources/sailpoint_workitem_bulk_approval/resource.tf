# Decides all approval items of the work item by one request.
resource "sailpoint_workitem_bulk_approval" "omar" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0301"
  decision    = "approve"

  # If the work item has other items than these, nothing is decided.
  expected_item_ids = [
    "2c9180867a1f4c3d017a1f9b2e4d0311",
    "2c9180867a1f4c3d017a1f9b2e4d0312",
  ]
}
