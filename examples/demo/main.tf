terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# The tenant and the credentials come from SAIL_BASE_URL, SAIL_CLIENT_ID and
# SAIL_CLIENT_SECRET.
provider "sailpoint" {}

locals {
  # One entry a decision. The file is what a pull request changes, and what its
  # reviewers approve.
  decisions = yamldecode(file("${path.module}/decisions.yaml"))
}

resource "sailpoint_workitem_approval" "ledger" {
  for_each = local.decisions

  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision
  expect           = try(each.value.expect, null)
}

output "outcomes" {
  value = { for name, approval in sailpoint_workitem_approval.ledger : name => "${approval.decision}: ${approval.outcome}" }
}
