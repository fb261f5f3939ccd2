# The caller's manual tasks, with the configuration that could complete them:
#
#   terraform query -generate-config-out=tasks.tf
#
# Each block says done = false, and sends nothing until somebody changes that.
list "sailpoint_workitem_completion" "tasks" {
  provider         = sailpoint
  include_resource = true
  limit            = 500

  config {
    types        = ["ManualAction"]
    applications = ["Mainframe"]
  }
}
