# Everything that was completed in the first quarter, as one document.
data "sailpoint_workitems_snapshot" "first_quarter" {
  status           = "completed"
  completed_after  = "2026-01-01T00:00:00Z"
  completed_before = "2026-04-01T00:00:00Z"
}

# terraform output -raw workitems >workitems.json
output "workitems" {
  value     = data.sailpoint_workitems_snapshot.first_quarter.json
  sensitive = true # keeps it out of the logs
}

output "sha256" {
  value = data.sailpoint_workitems_snapshot.first_quarter.sha256
}

# A list that changed while it was read is not evidence.
check "snapshot_is_complete" {
  assert {
    condition     = data.sailpoint_workitems_snapshot.first_quarter.complete
    error_message = "Work items moved while the snapshot was read. Run it again."
  }
}
