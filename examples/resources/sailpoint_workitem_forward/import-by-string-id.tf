import {
  to = sailpoint_workitem_forward.token
  id = "2c9180867a1f4c3d017a1f9b2e4d0901/2c9180835d2e5168015d32f890ca1581"
}
