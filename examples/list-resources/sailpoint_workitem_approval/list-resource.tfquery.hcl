# All that the caller has to decide.
list "sailpoint_workitem_approval" "pending" {
  provider = sailpoint
}

# What somebody on leave has to decide on two applications, with the
# configuration that could decide it:
#
#   terraform query -generate-config-out=ledger.tf
list "sailpoint_workitem_approval" "on_leave" {
  provider         = sailpoint
  include_resource = true
  limit            = 500

  config {
    owner_ids    = ["2c9180835d2e5168015d32f890ca1581"]
    applications = ["Payroll", "Finance Reporting"]
  }
}
