import {
  to = sailpoint_workitem_approval.payroll_viewer
  id = "2c9180877a1b3e5c017a1f0d4e6a0b31/2c9180877a1b3e5c017a1f0d4e6a0b32"
}
