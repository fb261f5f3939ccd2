terraform {
  required_providers {
    sailpoint = {
      source = "sailpoint-gitops/sailpoint"
    }
  }
}

# The tenant and an administrator's credentials come from SAIL_BASE_URL,
# SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
provider "sailpoint" {}

variable "leaver_id" {
  description = "Id of the identity who leaves."
  type        = string
  default     = "2c91808570313110017040b06f344ec9"
}

variable "successor_id" {
  description = "Id of the identity who takes over."
  type        = string
  default     = "2c9180835d2e5168015d32f890ca1581"
}

# What the leaver owns now. It only serves to write handover.json: a resource
# must not be made for each entry of a live list, because a work item leaves
# that list once it is forwarded.
data "sailpoint_workitems" "leaver" {
  owner_ids = [var.leaver_id]
}

locals {
  # Written once, and committed:
  #   terraform output -json open_work_items >handover.json
  handover = jsondecode(file("${path.module}/handover.json"))
}

resource "sailpoint_workitem_forward" "handover" {
  for_each = local.handover

  workitem_id     = each.key
  target_owner_id = var.successor_id
  comment         = "Handover: the former owner has left."

  # Who has moved on since is not pulled back.
  expected_owner_id = var.leaver_id
}

output "open_work_items" {
  description = "The leaver's open work items by id, to be committed as handover.json."
  value       = { for item in data.sailpoint_workitems.leaver.workitems : item.id => item.name }
}

output "forwarded" {
  value = { for id, forward in sailpoint_workitem_forward.handover : forward.workitem.name => forward.outcome }
}
