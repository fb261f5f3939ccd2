list "sailpoint_workitem_approval" "pending" {
  provider         = sailpoint
  include_resource = true

  config {
    applications = ["Active Directory", "Payroll"]
  }
}
