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

approvals contains act if {
	some act in acts
	act.change.after.decision == "approve"
}

# The approval items that are decided, by one of them or by the bulk call.
decided(act) := [act.change.after.item] if act.type == "sailpoint_workitem_approval"

decided(act) := act.change.after.items if act.type == "sailpoint_workitem_bulk_approval"

deny contains sprintf("%s: %s", [act.address, "privileged groups are not approved by pull request"]) if {
	some act in approvals
	some item in decided(act)
	contains(lower(item.value), "domain admins")
}

# What is known only at apply, nobody has seen.
deny contains sprintf("%s: %s", [act.address, "what is decided has to be known in the plan"]) if {
	some act in acts
	act.type in {"sailpoint_workitem_approval", "sailpoint_workitem_bulk_approval"}
	not decided(act)
}

deny contains sprintf("%s: %s", [act.address, "a decision that expects nothing is not guarded"]) if {
	some act in acts
	act.type in {"sailpoint_workitem_approval", "sailpoint_workitem_bulk_approval"}
	not guarded(act)
}

guarded(act) if {
	some fact in act.change.after.expect
	fact != null
}

guarded(act) if act.change.after.expected_item_ids != null

deny contains sprintf("%d acts in one plan, ten at most", [count(acts)]) if count(acts) > 10

# Actions stand apart from the resources.
deny contains sprintf("%s: %s", [invocation.address, "actions are not allowed here"]) if {
	some invocation in input.action_invocations
	invocation.provider_name in providers
}
