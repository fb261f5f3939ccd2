# The laptop is back and wiped. Whoever writes done = true says that the work
# was done; with done = false the task is only recorded, and stays open.
resource "sailpoint_workitem_completion" "laptop" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0701"
  done        = true

  # The ids of what the task asks for; this one has no items. If it has others
  # by then, nothing is sent.
  expected_item_ids = []
}
