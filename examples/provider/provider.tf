terraform {
  required_providers {
    sailpoint = {
      source  = "sailpoint-gitops/sailpoint"
      version = "~> 0.1"
    }
  }
}

# The credentials come from the environment: SAIL_BASE_URL, SAIL_CLIENT_ID and
# SAIL_CLIENT_SECRET, as in SailPoint's own tools.
provider "sailpoint" {}

# For a workspace that only reads and audits: every plan that would change
# something in the service is refused.
provider "sailpoint" {
  alias     = "audit"
  read_only = true
}
