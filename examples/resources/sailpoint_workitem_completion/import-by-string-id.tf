import {
  to = sailpoint_workitem_completion.laptop
  id = "2c9180867a1f4c3d017a1f9b2e4d0701"
}
