# Terraform writes the ledger: what is pending becomes configuration that needs
# nothing but a decision. See README.md.

terraform {
  required_version = ">= 1.14"
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

provider "sailpoint" {}
