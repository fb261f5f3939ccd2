# Writes the ledger: each open task as the text of a file, to be committed as
# tasks/NAME.yaml. It is a configuration of its own, because a live list changes,
# and the plan of the ledger is to stay quiet.
#
#   terraform apply
#   terraform output -json tasks | jq -r '.["TASK_ID"]' >../tasks/NAME.yaml

terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

provider "sailpoint" {
  read_only = true
}

data "sailpoint_workitems" "open" {
  types        = ["ManualAction"]
  applications = ["Mainframe"]
}

output "tasks" {
  value = {
    for task in data.sailpoint_workitems.open.workitems : task.id => yamlencode({
      description       = task.description
      workitem_id       = task.id
      expected_item_ids = sort([for i in coalesce(task.approval_items, []) : i.id])
      account           = one([for i in coalesce(task.approval_items, []) : i.value if i.name == "userName"])
      groups            = [for i in coalesce(task.approval_items, []) : i.value if i.name == "groups"]
      done              = false
    })
  }
}
