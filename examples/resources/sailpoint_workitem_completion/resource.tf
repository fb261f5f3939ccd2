# The laptop is back and wiped.
resource "sailpoint_workitem_completion" "laptop" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0701"
}
