terraform {
  required_providers {
    sailpoint = {
      source = "sailpoint-gitops/sailpoint"
    }
  }
}

data "sailpoint_workitems" "mine" {
  types = ["Approval"]
}

# What is pending, to be copied into a ledger or counted.
output "pending" {
  value = provider::sailpoint::pending_approvals(data.sailpoint_workitems.mine.workitems)
}
