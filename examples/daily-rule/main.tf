# A rule without actions, for Terraform 1.11 and OpenTofu: each run begins with
# an empty state, which is archived as the record of that day. See README.md.

terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

provider "sailpoint" {
  # A rule that suddenly matches hundreds of items is a mistake.
  max_acts = 20
}

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

# The keys come from a list of what is pending, so an item that is decided leaves
# the configuration. That is why the next run must not find this run's state.
resource "sailpoint_workitem_approval" "harmless" {
  for_each = local.harmless

  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = "approve"

  # If the item has changed since it was listed, nothing is decided.
  expect = {
    account     = each.value.account
    application = each.value.application
    name        = each.value.name
    operation   = each.value.operation
    value       = each.value.value
  }
}
