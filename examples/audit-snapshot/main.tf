terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# The tenant and the credentials come from SAIL_BASE_URL, SAIL_CLIENT_ID and
# SAIL_CLIENT_SECRET. An audit decides nothing, so the provider refuses to.
provider "sailpoint" {
  read_only = true
}

variable "owner_ids" {
  description = "Ids of the owners to audit; null for the caller's own work items."
  type        = set(string)
  default     = null
}

variable "completed_after" {
  description = "Only work items completed at or after this time (RFC 3339); null for all."
  type        = string
  default     = null
}

variable "completed_before" {
  description = "Only work items completed before this time (RFC 3339)."
  type        = string
  default     = "2026-04-01T00:00:00Z"
}

data "sailpoint_workitems_snapshot" "audit" {
  owner_ids        = var.owner_ids
  status           = "completed"
  completed_after  = var.completed_after
  completed_before = var.completed_before
}

# A list that changed while it was read is not evidence.
check "complete" {
  assert {
    condition     = data.sailpoint_workitems_snapshot.audit.complete
    error_message = "Work items moved while the snapshot was read. Run it again before you file it."
  }
}

output "json" {
  description = "The document: terraform output -raw json >workitems.json"
  value       = data.sailpoint_workitems_snapshot.audit.json

  # Keeps names and accounts out of the logs; -raw prints it all the same.
  sensitive = true
}

output "manifest" {
  description = "What the document is of: terraform output -raw manifest >manifest.json"
  value       = data.sailpoint_workitems_snapshot.audit.manifest
}

output "sha256" {
  description = "Checksum of exactly these bytes: sha256sum workitems.json"
  value       = data.sailpoint_workitems_snapshot.audit.sha256
}

output "item_count" {
  value = data.sailpoint_workitems_snapshot.audit.item_count
}
