# One of each act on the work items of the mock's demo, performed and adopted.

terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

provider "sailpoint" {}

resource "sailpoint_workitem_approval" "performed" {
  workitem_id      = "2c9180867a1f4c3d017a1f9b2e4d0101"
  approval_item_id = "2c9180867a1f4c3d017a1f9b2e4d0111"
  decision         = "approve"

  expect = {
    account      = "jdoe"
    application  = "Finance Reporting"
    name         = "memberOf"
    operation    = "Add"
    value        = "CN=GL-Posting,OU=Finance,DC=example,DC=com"
    requester_id = null
  }
}

resource "sailpoint_workitem_approval" "adopted" {
  workitem_id      = "2c9180867a1f4c3d017a1f9b2e4d0b01"
  approval_item_id = "2c9180867a1f4c3d017a1f9b2e4d0b11"
  decision         = "approve"
}

resource "sailpoint_workitem_bulk_approval" "performed" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0301"
  decision    = "reject"

  expected_item_ids = ["2c9180867a1f4c3d017a1f9b2e4d0311", "2c9180867a1f4c3d017a1f9b2e4d0312"]

  timeouts = {
    create = "1m"
  }
}

resource "sailpoint_workitem_forward" "performed" {
  workitem_id       = "2c9180867a1f4c3d017a1f9b2e4d0901"
  expected_owner_id = "2c91808570313110017040b06f344ec9"
  target_owner_id   = "2c9180835d2e5168015d32f890ca1581"
  comment           = "Takes over from Ines"
}

resource "sailpoint_workitem_account_selection" "performed" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0501"

  selections = {
    accountId     = "jdoe"
    justification = "Ordered by the payroll team"
  }
}

resource "sailpoint_workitem_completion" "performed" {
  workitem_id       = "2c9180867a1f4c3d017a1f9b2e4d0d01"
  done              = true
  expected_item_ids = ["2c9180867a1f4c3d017a1f9b2e4d0d11", "2c9180867a1f4c3d017a1f9b2e4d0d12", "2c9180867a1f4c3d017a1f9b2e4d0d13", "2c9180867a1f4c3d017a1f9b2e4d0d14"]
}

resource "sailpoint_workitem_completion" "adopted" {
  workitem_id = "2c9180867a1f4c3d017a1f9b2e4d0c01"
  done        = true
}
