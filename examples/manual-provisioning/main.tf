# Manual provisioning tasks, closed by what did the work. See README.md.

terraform {
  required_version = ">= 1.11"
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET come from the environment;
# so does SAIL_ALLOW_CLEAR_VALUES, which only the apply job has.
provider "sailpoint" {}

locals {
  # The ledger: one file a task, begun by open-tasks. A task is done once
  # somebody says so.
  tasks = {
    for file in fileset("${path.module}/tasks", "*.yaml") :
    trimsuffix(file, ".yaml") => yamldecode(file("${path.module}/tasks/${file}"))
  }
}

# The task with its generated password, which is in no plan and in no state. In
# later runs the task may be closed, archived under another id, or gone.
ephemeral "sailpoint_workitem" "task" {
  for_each = local.tasks

  id         = each.value.workitem_id
  missing_ok = true
}

# The account. terraform_data stands for a resource of the provider that manages
# the target system, which would take the password as a write-only argument:
#
#   resource "mainframe_user" "account" {
#     for_each            = { for name, task in local.tasks : name => task if task.done }
#     name                = each.value.account
#     password_wo         = try(one([for i in ephemeral.sailpoint_workitem.task[each.key].approval_items : i if i.name == "password"]).value, null)
#     password_wo_version = 1
#   }
resource "terraform_data" "account" {
  for_each = { for name, task in local.tasks : name => task if task.done }

  input = { name = each.value.account, groups = try(each.value.groups, []) }

  provisioner "local-exec" {
    command = "${path.module}/make-account.sh"
    environment = {
      ACCOUNT  = each.value.account
      PASSWORD = try(one([for i in ephemeral.sailpoint_workitem.task[each.key].approval_items : i if i.name == "password"]).value, null)
    }
  }

  lifecycle {
    # An apply without the variable would make the account without its password,
    # and then close the task. It stops only where there is a password.
    precondition {
      condition     = !terraform.applying || !try(one([for i in ephemeral.sailpoint_workitem.task[each.key].approval_items : i if i.name == "password"]).value_redacted, false)
      error_message = "Set SAIL_ALLOW_CLEAR_VALUES=true for the apply: the account needs its password."
    }
  }
}

# Once the account is there, the task is completed. If making it failed, the task
# stays open, and the next apply goes on.
resource "sailpoint_workitem_completion" "task" {
  for_each   = local.tasks
  depends_on = [terraform_data.account]

  workitem_id       = each.value.workitem_id
  done              = each.value.done
  expected_item_ids = each.value.expected_item_ids
}
