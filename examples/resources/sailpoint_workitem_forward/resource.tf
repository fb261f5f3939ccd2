resource "sailpoint_workitem_forward" "token" {
  workitem_id     = "2c9180867a1f4c3d017a1f9b2e4d0901"
  target_owner_id = "2c9180835d2e5168015d32f890ca1581"
  comment         = "Leo has left; please take over."

  # Nothing is sent if somebody else owns the work item by then.
  expected_owner_id = "2c91808570313110017040b06f344ec9"
}
