# Who has which open work items, and for how long: a table for people, and one
# for spreadsheets, from one request for each 250 work items.

terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# An administrator's credentials, from the environment. A report decides nothing.
provider "sailpoint" {
  read_only = true
}

variable "older_than_days" {
  description = "Only work items that were created so many days before the date of the report."
  type        = number
  default     = 14
}

variable "date" {
  description = "The date of the report (RFC 3339): a given one makes the report reproducible."
  type        = string
  default     = null
}

locals {
  created_before = timeadd(coalesce(var.date, plantimestamp()), "-${24 * var.older_than_days}h")
}

data "sailpoint_workitems" "overdue" {
  all_owners     = true
  created_before = local.created_before
}

locals {
  # One row for each owner and type, keyed so that they are sorted.
  groups = {
    for item in data.sailpoint_workitems.overdue.workitems :
    join("\t", [coalesce(item.owner_name, item.owner_id, "nobody"), item.owner_id == null ? "" : item.owner_id, coalesce(item.type, "?")]) => item...
  }
  rows = [
    for key, items in local.groups : {
      owner    = split("\t", key)[0]
      owner_id = split("\t", key)[1]
      type     = split("\t", key)[2]
      number   = length(items)
      # The list is ordered by creation.
      oldest = coalesce(items[0].created, "?")
    }
  ]
}

output "markdown" {
  description = "terraform output -raw markdown"
  value = join("\n", concat(
    ["| owner | type | open | oldest |", "|---|---|---|---|"],
    [for row in local.rows : "| ${join(" | ", [for cell in [row.owner, row.type, row.number, row.oldest] : replace(tostring(cell), "|", "\\|")])} |"],
    [""],
  ))
}

output "csv" {
  description = "terraform output -raw csv >workload.csv"
  value = join("\n", concat(
    ["owner,owner_id,type,open,oldest"],
    # A cell that begins like a formula is not to be one.
    [for row in local.rows : join(",", [for cell in [row.owner, row.owner_id, row.type, row.number, row.oldest] : format("\"%s\"", replace(replace(tostring(cell), "/^([=+@\t\r-])/", "'$1"), "\"", "\"\""))])],
    [""],
  ))
}

# Without an administrator's token the service may answer with the caller's own
# work items alone.
check "whole_tenant" {
  assert {
    condition     = length(distinct(data.sailpoint_workitems.overdue.workitems[*].owner_id)) > 1
    error_message = "All these work items have one owner. Is the token an administrator's?"
  }
}

check "complete" {
  assert {
    condition     = data.sailpoint_workitems.overdue.complete
    error_message = "Work items moved while the list was read. Run it again."
  }
}
