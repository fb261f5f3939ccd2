data "sailpoint_workitems_summary" "own" {}

output "workload" {
  value = "${data.sailpoint_workitems_summary.own.open} open, ${data.sailpoint_workitems_summary.own.completed} completed"
}
