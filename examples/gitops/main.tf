terraform {
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

# The tenant and the credentials come from SAIL_BASE_URL, SAIL_CLIENT_ID and
# SAIL_CLIENT_SECRET.
provider "sailpoint" {}

locals {
  # One file a ticket. The file name is the key, and stays: a key that
  # disappears makes Terraform forget the decision (nothing is undone).
  tickets = {
    for file in fileset("${path.module}/tickets", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/tickets/${file}"))
  }
}

resource "sailpoint_workitem_approval" "ticket" {
  for_each = local.tickets

  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision

  # What the reviewers approved is what is decided, or nothing is.
  expect = {
    account     = each.value.expect.account
    application = each.value.expect.application
    operation   = each.value.expect.operation
    value       = each.value.expect.value
  }
}

output "decisions" {
  description = "What was decided, how it came about, and when."
  value = {
    for ticket, approval in sailpoint_workitem_approval.ticket :
    ticket => "${approval.decision} (${approval.outcome}${approval.performed_at == null ? "" : " ${approval.performed_at}"})"
  }
}
