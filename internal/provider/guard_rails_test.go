// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

const requester = "2c91808d0000000000000000000000d1"

func unknownString() tftypes.Value { return tftypes.NewValue(tftypes.String, tftypes.UnknownValue) }

func decisionOn(itemID, decision string) map[string]any {
	return map[string]any{"workitem_id": workItem1, "approval_item_id": itemID, "decision": decision}
}

// TestMaxActs_counts: what counts as an act is counted once, in the plan.
func TestMaxActs_counts(t *testing.T) {
	t.Parallel()
	create := func(resourceType string, attributes ...map[string]any) func(*rpc) []*tfprotov6.Diagnostic {
		return func(r *rpc) (diags []*tfprotov6.Diagnostic) {
			for _, a := range attributes {
				diags = append(diags, r.plan(resourceType, null(r.typeOf(resourceType)), a).Diagnostics...)
			}
			return diags
		}
	}
	unknown := func(itemID any) map[string]any {
		return map[string]any{"workitem_id": unknownString(), "approval_item_id": itemID, "decision": "approve"}
	}
	action := func(actionType string, arguments ...map[string]any) func(*rpc) []*tfprotov6.Diagnostic {
		return func(r *rpc) (diags []*tfprotov6.Diagnostic) {
			for _, a := range arguments {
				diags = append(diags, r.planAction(actionType, a)...)
			}
			return diags
		}
	}
	onItem := func(itemID string) map[string]any {
		return map[string]any{"workitem_id": workItem1, "approval_item_id": itemID}
	}
	task := func(done bool) map[string]any { return map[string]any{"workitem_id": workItem2, "done": done} }
	for name, test := range map[string]struct {
		before func(*mockisc.Server)
		plan   func(*rpc) []*tfprotov6.Diagnostic
		acts   int
	}{
		"two decisions":           {plan: create(approvalType, decisionOn(item1, "approve"), decisionOn(item2, "reject")), acts: 2},
		"one, planned twice":      {plan: create(approvalType, approve1(), approve1()), acts: 1},
		"all by the bulk call":    {plan: create(bulkApprovalType, map[string]any{"workitem_id": workItem1, "decision": "reject"}), acts: 1},
		"with ids unknown":        {plan: create(approvalType, unknown(item1), unknown(item2), unknown(unknownString())), acts: 3},
		"an adoption":             {before: decide("approve"), plan: create(approvalType, approve1()), acts: 0},
		"an adoption, and one":    {before: decide("approve"), plan: create(approvalType, approve1(), decisionOn(item2, "approve")), acts: 1},
		"a completion":            {plan: create(completionType, task(true)), acts: 1},
		"a task that is not done": {plan: create(completionType, task(false)), acts: 0},
		"an action, twice":        {plan: action("sailpoint_workitem_approve", onItem(item1), onItem(item1)), acts: 1},
		"two actions":             {plan: action("sailpoint_workitem_approve", onItem(item1), onItem(item2)), acts: 2},
		"an action that is done":  {before: decide("approve"), plan: action("sailpoint_workitem_approve", onItem(item1)), acts: 0},
		"an action and a resource": {plan: func(r *rpc) []*tfprotov6.Diagnostic {
			return append(create(approvalType, approve1())(r), action("sailpoint_workitem_approve", onItem(item1))(r)...)
		}, acts: 1},
		"a replacement": {plan: func(r *rpc) []*tfprotov6.Diagnostic {
			// Terraform plans it with the old record, and once more without.
			old := object(r.typeOf(approvalType), map[string]any{
				"id": workItem2 + "/" + item3, "workitem_id": workItem2, "approval_item_id": item3, "decision": "approve", "on_already_done": "adopt", "outcome": "performed",
			})
			return append(r.plan(approvalType, old, approve1()).Diagnostics, create(approvalType, approve1())(r)...)
		}, acts: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for limit := range test.acts + 2 {
				w := newWorld(t, approvalWorkItem(workItem1, item1, item2), openWorkItem(workItem2, "ManualAction"))
				if test.before != nil {
					test.before(w.Server)
				}
				diags := test.plan(w.rpc(map[string]any{"max_acts": limit}))
				want := 0
				if test.acts > limit {
					want = 1
				}
				if got := strings.Count(diagText(diags), "Too many acts in one run"); got != want || hasError(diags) != (want == 1) {
					t.Errorf("max_acts = %d: %d errors, want %d:\n%s", limit, got, want, diagText(diags))
				}
				// Another configuration of the provider counts for itself.
				if other := test.plan(w.rpc(map[string]any{"max_acts": test.acts})); hasError(other) {
					t.Errorf("an alias says:\n%s", diagText(other))
				}
			}
		})
	}
}

// TestMaxActs_ofTheEnvironment: a saved plan doesn't carry the variable, so the
// apply counts for itself, and the stricter number counts.
func TestMaxActs_ofTheEnvironment(t *testing.T) {
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2, item3))
	planner := w.rpc(nil)
	none := null(planner.typeOf(approvalType))
	plans := map[string]*tfprotov6.PlanResourceChangeResponse{}
	items := []string{item1, item2, item3}
	for _, item := range items {
		plans[item] = planner.plan(approvalType, none, decisionOn(item, "approve"))
	}
	t.Setenv("SAIL_MAX_ACTS", "2")
	applier := w.rpc(map[string]any{"max_acts": 2})
	refused := 0
	for _, item := range items {
		state, diags := applier.apply(t.Context(), approvalType, none, decisionOn(item, "approve"), plans[item])
		if got := diagText(diags); hasError(diags) {
			refused++
			if !state.IsNull() || !strings.Contains(got, "more than max_acts = 2 acts in this run") || !strings.Contains(got, "Nothing was sent.") {
				t.Errorf("state %v, it says:\n%s", state, got)
			}
		}
	}
	if refused != 1 {
		t.Errorf("%d were refused, want 1", refused)
	}
	w.wantPosts("approveApprovalItem "+item1, "approveApprovalItem "+item2)

	t.Setenv("SAIL_MAX_ACTS", "0")
	if progress, diags := w.rpc(nil).invokeAction("sailpoint_workitem_approve", map[string]any{"workitem_id": workItem1, "approval_item_id": item3}); !strings.Contains(diagText(diags), "more than max_acts = 0") {
		t.Errorf("the action reports %q and says:\n%s", progress, diagText(diags))
	}
	w.wantPosts("approveApprovalItem "+item1, "approveApprovalItem "+item2)
}

// TestRefuseOwnRequests: nobody decides what the token's identity or one of the
// people behind the run has requested, with whatever is known of them in plan
// and apply.
func TestRefuseOwnRequests(t *testing.T) {
	const refusal = "Nobody may decide their own request"
	decisions := map[string]map[string]any{
		approvalType:                     approve1(),
		bulkApprovalType:                 {"workitem_id": workItem1, "decision": "approve"},
		"sailpoint_workitem_approve":     {"workitem_id": workItem1, "approval_item_id": item1},
		"sailpoint_workitem_reject":      {"workitem_id": workItem1, "approval_item_id": item1},
		"sailpoint_workitem_bulk_reject": {"workitem_id": workItem1},
	}
	free := map[string]map[string]any{
		forwardType:                   faultyActs()["forward"].arguments,
		"sailpoint_workitem_complete": {"workitem_id": workItem2},
		completionType:                {"workitem_id": workItem2, "done": true},
	}
	plan := func(r *rpc, name string, arguments map[string]any) []*tfprotov6.Diagnostic {
		if _, isAction := r.schema.ActionSchemas[name]; isAction {
			return r.planAction(name, arguments)
		}
		return r.plan(name, null(r.typeOf(name)), arguments).Diagnostics
	}
	t.Setenv("SAIL_REFUSE_OWN_REQUESTS", "true")
	for name, test := range map[string]struct {
		actors  string
		edit    func(*mockisc.WorkItem)
		world   func(*mockisc.Behavior)
		refused string
	}{
		"somebody else's":              {actors: somebody},
		"an actor's":                   {actors: somebody + ", " + requester, refused: "was requested by " + requester},
		"an actor's, in other letters": {actors: strings.ToUpper(requester), refused: "was requested by " + requester},
		"the token's": {
			edit: func(wi *mockisc.WorkItem) { wi.RequesterID = new(mockisc.DefaultClient.IdentityID) }, refused: "was requested by " + mockisc.DefaultClient.IdentityID,
		},
		"nobody's":                             {edit: func(wi *mockisc.WorkItem) { wi.RequesterID = nil }, refused: "doesn't say who requested it"},
		"nobody's, with type in other letters": {edit: func(wi *mockisc.WorkItem) { wi.RequesterID, wi.Type = nil, "approval" }, refused: "doesn't say who requested it"},
		"of nobody known":                      {world: func(b *mockisc.Behavior) { b.OmitTokenIdentityID = true }, refused: "there is nobody to compare the requester with"},
		"of an actor alone":                    {actors: somebody, world: func(b *mockisc.Behavior) { b.OmitTokenIdentityID = true }},
		"decided already": {actors: requester, edit: func(wi *mockisc.WorkItem) {
			wi.ApprovalItems[0].State = new("Finished")
			wi.ApprovalItems[1].State = new("Finished")
		}},
	} {
		t.Setenv("SAIL_ACTORS", test.actors)
		wi := approvalWorkItem(workItem1, item1, item2)
		if test.edit != nil {
			test.edit(&wi)
		}
		w := newWorld(t, wi, openWorkItem(workItem2, "ManualAction"))
		if test.world != nil {
			w.SetBehavior(test.world)
		}
		for object, arguments := range decisions {
			if wi.ApprovalItems[0].State != nil && strings.Contains(object, "reject") {
				continue // It can't be decided the other way.
			}
			diags := plan(w.rpc(nil), object, arguments)
			if got := diagText(diags); strings.Contains(got, refusal) != (test.refused != "") || !strings.Contains(got, test.refused) || hasError(diags) != (test.refused != "") {
				t.Errorf("%s, %s: the plan says:\n%s\nwant %q", name, object, got, test.refused)
			}
		}
		for object, arguments := range free {
			if diags := plan(w.rpc(nil), object, arguments); hasError(diags) {
				t.Errorf("%s, %s: the plan says:\n%s", name, object, diagText(diags))
			}
		}
		w.wantPosts()
	}

	// Who approved the change is known only when it is applied.
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	t.Setenv("SAIL_ACTORS", "")
	r := w.rpc(nil)
	none := null(r.typeOf(approvalType))
	planned := r.plan(approvalType, none, approve1())
	if hasError(planned.Diagnostics) {
		t.Fatal(diagText(planned.Diagnostics))
	}
	t.Setenv("SAIL_ACTORS", requester)
	state, diags := w.rpc(nil).apply(t.Context(), approvalType, none, approve1(), planned)
	if got := diagText(diags); !state.IsNull() || !strings.Contains(got, refusal) || !strings.Contains(got, "Nothing was sent.") {
		t.Errorf("state %v, the apply says:\n%s", state, got)
	}
	if progress, diags := w.rpc(nil).invokeAction("sailpoint_workitem_approve", decisions["sailpoint_workitem_approve"]); !strings.Contains(diagText(diags), refusal) {
		t.Errorf("the action reports %q and says:\n%s", progress, diagText(diags))
	}
	w.wantPosts()
}
