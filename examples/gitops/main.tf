terraform {
  required_version = ">= 1.11"
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }

  # The state is the record of who decided what and when. Without a backend that
  # outlives the CI job each run begins anew: nothing is decided twice, but all
  # that is done is recorded as adopted.
  # backend "s3" {}
}

# The tenant, the credentials and the guard rails come from the environment of
# the jobs, out of a pull request's reach.
provider "sailpoint" {}

locals {
  # One file for each decision. The file name is the key, and stays: a key that
  # disappears makes Terraform forget the decision (nothing is undone).
  tickets = {
    for file in fileset("${path.module}/tickets", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/tickets/${file}"))
  }

  # What a ticket has to say of the item it is about.
  facts = ["account", "application", "name", "operation", "value", "requester_id"]
}

resource "sailpoint_workitem_approval" "ticket" {
  for_each = local.tickets

  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision

  # What the reviewers approved is what is decided, or nothing is.
  expect = {
    account      = try(each.value.expect.account, null)
    application  = try(each.value.expect.application, null)
    name         = try(each.value.expect.name, null)
    operation    = try(each.value.expect.operation, null)
    value        = try(each.value.expect.value, null)
    requester_id = try(each.value.expect.requester_id, null)
  }

  lifecycle {
    precondition {
      condition     = alltrue([for fact in local.facts : contains(keys(try(each.value.expect, {})), fact)])
      error_message = "tickets/${each.key}.yaml has to say all six facts under expect, null for one that the item doesn't have: ${join(", ", local.facts)}."
    }
    # null checks nothing, so it is only for what is absent, or not shown.
    postcondition {
      condition = alltrue([
        for fact in local.facts :
        try(each.value.expect[fact], null) != null || try(fact == "requester_id" ? self.workitem.requester_id : self.item[fact], null) == null
      ])
      error_message = "tickets/${each.key}.yaml says null of a fact that the item has, so that it would not be checked: ${join(", ", [
        for fact in local.facts : fact
        if try(each.value.expect[fact], null) == null && try(fact == "requester_id" ? self.workitem.requester_id : self.item[fact], null) != null
      ])}."
    }
  }
}

output "decisions" {
  description = "What was decided, how it came about, and when."
  value = {
    for ticket, approval in sailpoint_workitem_approval.ticket :
    ticket => "${approval.decision} (${approval.outcome}${approval.performed_at == null ? "" : " ${approval.performed_at}"})"
  }
}
