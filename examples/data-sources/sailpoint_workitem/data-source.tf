data "sailpoint_workitem" "access_request" {
  id = "2c9180877a1b3e5c017a1f0d4e6a0b31"
}

# What is still to be decided in it.
output "undecided" {
  value = {
    for item in coalesce(data.sailpoint_workitem.access_request.approval_items, []) :
    item.id => join(" ", compact([item.operation, item.name, item.value, "for", item.account]))
    if item.state == null || item.state == "Pending"
  }
}
