# Somebody leaves; the manager takes over.
data "sailpoint_identity" "leaver" {
  email = "leo.leaver@example.com"
}

# Ids of people who may have been deleted in the meantime.
data "sailpoint_identity" "purged" {
  id         = "2c9180835d2e5168015d32f890ca1581"
  missing_ok = true
}

data "sailpoint_workitems" "leaver" {
  owner_ids = [data.sailpoint_identity.leaver.id]
}

output "handover" {
  value = "${length(data.sailpoint_workitems.leaver.ids)} work items of ${data.sailpoint_identity.leaver.name} for ${data.sailpoint_identity.leaver.manager_name}"
}
