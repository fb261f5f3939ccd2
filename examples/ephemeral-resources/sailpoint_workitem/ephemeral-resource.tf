# The password that a manual task carries goes into the account, and nowhere
# else: not into the plan, and not into the state.
ephemeral "sailpoint_workitem" "task" {
  id         = "2c9180867a1f4c3d017a1f9b2e4d0d01"
  missing_ok = true # the task may be gone in later runs

  lifecycle {
    # SAIL_ALLOW_CLEAR_VALUES=true belongs into the environment of the apply. An
    # apply without it would make the account without its password.
    postcondition {
      condition     = !terraform.applying || !try(one([for i in self.approval_items : i if i.name == "password"]).value_redacted, false)
      error_message = "Set SAIL_ALLOW_CLEAR_VALUES=true for the apply."
    }
  }
}
