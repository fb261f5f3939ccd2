# Rules on the JSON of a plan: terraform show -json plan.bin
package workitems

import rego.v1

providers := {
	"registry.terraform.io/sailpoint-gitops/sailpoint",
	"registry.opentofu.org/sailpoint-gitops/sailpoint",
}

# What the apply would send: created or updated, with an outcome that only the
# apply knows. What is adopted is a record.
acts contains change if {
	some change in input.resource_changes
	change.provider_name in providers
	startswith(change.type, "sailpoint_workitem_")
	some verb in change.change.actions
	verb in {"create", "update"}
	change.change.after_unknown.outcome == true
}

deny contains sprintf("%s: %s", [act.address, "privileged groups are not approved by pull request"]) if {
	some act in acts
	act.type == "sailpoint_workitem_approval"
	act.change.after.decision == "approve"
	contains(act.change.after.item.value, "Domain Admins")
}

deny contains sprintf("%s: %s", [act.address, "a decision without expect guards nothing"]) if {
	some act in acts
	act.type == "sailpoint_workitem_approval"
	not act.change.after.expect
}

deny contains sprintf("%d acts in one plan, ten at most", [count(acts)]) if count(acts) > 10

# Actions stand apart from the resources.
deny contains sprintf("%s: %s", [invocation.address, "actions are not allowed here"]) if {
	some invocation in input.action_invocations
	invocation.provider_name in providers
}
