terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# The tenant and an administrator's credentials come from SAIL_BASE_URL,
# SAIL_CLIENT_ID and SAIL_CLIENT_SECRET.
provider "sailpoint" {}

variable "leaver_email" {
  description = "E-mail address of who leaves."
  type        = string
  default     = "leo.leaver@example.com"
}

variable "successor_email" {
  description = "E-mail address of who takes over; null for the leaver's manager."
  type        = string
  default     = null
}

# A leaver is still found, with state INACTIVE_…, until the identity is purged.
data "sailpoint_identity" "leaver" {
  email = var.leaver_email
}

data "sailpoint_identity" "successor" {
  count = var.successor_email == null ? 0 : 1
  email = var.successor_email
}

locals {
  successor_id = var.successor_email == null ? data.sailpoint_identity.leaver.manager_id : one(data.sailpoint_identity.successor[*].id)

  # Names of work items by their ids. Written once, and committed:
  #   terraform output -json open_work_items >handover.json
  handover = jsondecode(file("${path.module}/handover.json"))
}

# What the leaver owns now. It only serves to write handover.json: a resource
# must not be made for each entry of a live list, because a work item leaves
# that list once it is forwarded.
data "sailpoint_workitems" "leaver" {
  owner_ids = [data.sailpoint_identity.leaver.id]
}

resource "sailpoint_workitem_forward" "handover" {
  for_each = local.handover

  workitem_id     = each.key
  target_owner_id = local.successor_id
  comment         = "Handover: the former owner has left."

  # What has moved on since, also by the service itself, is not pulled back.
  expected_owner_id = data.sailpoint_identity.leaver.id
}

output "open_work_items" {
  description = "The leaver's open work items by id, to be committed as handover.json."
  value       = { for item in data.sailpoint_workitems.leaver.workitems : item.id => item.name }
}

output "forwarded" {
  description = "What became of each work item, by id: names may be equal, or missing."
  value = {
    for id, forward in sailpoint_workitem_forward.handover : id => {
      name    = forward.workitem.name
      to      = forward.target_owner_name
      outcome = forward.outcome
    }
  }
}
