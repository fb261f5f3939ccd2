# The caller's own open work items.
data "sailpoint_workitems_count" "open" {}

# What somebody else has completed, which needs an administrator's token.
data "sailpoint_workitems_count" "completed" {
  owner_id = "2c9180835d2e5168015d32f890ca1581"
  status   = "completed"
}

output "open" {
  value = data.sailpoint_workitems_count.open.total_count
}
