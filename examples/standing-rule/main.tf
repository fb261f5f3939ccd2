# A rule instead of a ledger: approve whatever is pending now and harmless.
#
#   terraform apply -invoke=action.sailpoint_workitem_approve.harmless
#
# shows what it will approve and asks; with -auto-approve it runs on a schedule.
# Needs Terraform 1.14.1; without actions, see ../daily-rule. Nothing is kept in
# the state: the run's log tells what was decided.

terraform {
  required_version = ">= 1.14.1"
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

provider "sailpoint" {}

variable "harmless" {
  description = "Entitlements that need no second look."
  type        = list(object({ application = string, name = string, value = string }))
  default = [
    { application = "Finance Reporting", name = "memberOf", value = "CN=GL-Reports,OU=Finance,DC=example,DC=com" },
    { application = "CRM", name = "memberOf", value = "CN=Sales-Console,OU=CRM,DC=example,DC=com" },
  ]
}

data "sailpoint_workitems" "mine" {
  types        = ["Approval"]
  applications = [for h in var.harmless : h.application]
}

locals {
  # Keys are WORKITEM_ID/APPROVAL_ITEM_ID. applications selects whole work items,
  # which may have items of other applications too, so each item is compared.
  harmless = {
    for id, item in provider::sailpoint::pending_approvals(data.sailpoint_workitems.mine.workitems) : id => item
    if item.operation == "Add" && contains(var.harmless, { application = item.application, name = item.name, value = item.value })
  }
}

action "sailpoint_workitem_approve" "harmless" {
  for_each = local.harmless
  config {
    workitem_id      = each.value.workitem_id
    approval_item_id = each.value.approval_item_id

    # If the item has changed since it was listed, nothing is decided.
    expect = {
      account     = each.value.account
      application = each.value.application
      name        = each.value.name
      operation   = each.value.operation
      value       = each.value.value
    }
  }
}
