import {
  to = sailpoint_workitem_bulk_approval.omar
  identity = {
    workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0301"
  }
}
