// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The tests here drive the provider in process, where the real terraform can't
// show what matters: warnings, identities, cancellation.
func approve1() map[string]any {
	return map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve"}
}

func TestWorkItemApproval_planWarnings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	r := w.rpc(nil)
	none := tftypes.NewValue(r.typeOf(approvalType), nil)

	if plan := r.plan(approvalType, none, approve1()); len(plan.Diagnostics) != 0 {
		t.Errorf("a plan that decides warns: %s", diagText(plan.Diagnostics))
	}
	if err := w.Decide(workItem1, item2, "reject"); err != nil {
		t.Fatal(err)
	}
	w2 := w.rpc(nil)
	adopt := map[string]any{"workitem_id": workItem1, "approval_item_id": item2, "decision": "reject"}
	plan := w2.plan(approvalType, none, adopt)
	if got := diagText(plan.Diagnostics); hasError(plan.Diagnostics) || strings.Count(got, "Already done: recorded without sending anything") != 1 {
		t.Errorf("the plan of an adoption says:\n%s", got)
	}
	_, diags := w2.apply(t.Context(), approvalType, none, adopt, plan)
	if len(diags) != 0 {
		t.Errorf("the apply repeats the warning of its plan:\n%s", diagText(diags))
	}

	state, diags := w2.planAndApply(approvalType, approve1())
	if hasError(diags) {
		t.Fatal(diagText(diags))
	}
	before := w.apiRequests()
	resp, err := w2.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: approvalType, PriorState: w2.dynamic(state), ProposedNewState: w2.dynamic(none), Config: w2.dynamic(none),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := diagText(resp.Diagnostics); len(resp.Diagnostics) != 1 || !strings.Contains(got, "WARNING: Nothing is undone by destroying this approval decision") {
		t.Errorf("the plan of a destroy says:\n%s", got)
	}
	if _, diags := w2.apply(t.Context(), approvalType, state, nil, &tfprotov6.PlanResourceChangeResponse{PlannedState: w2.dynamic(none)}); len(diags) != 0 {
		t.Errorf("the destroy says:\n%s", diagText(diags))
	}
	if n := w.apiRequests() - before; n != 0 {
		t.Errorf("the destroy sent %d requests", n)
	}
}

func TestWorkItemApproval_emptyExpectationWarns(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.rpc(nil)
	for name, test := range map[string]struct {
		expect any
		warns  bool
	}{
		"absent":        {nil, false},
		"empty":         {map[string]any{}, true},
		"set":           {map[string]any{"account": "jdoe"}, false},
		"empty string":  {map[string]any{"account": ""}, false},
		"still unknown": {map[string]any{"account": tftypes.NewValue(tftypes.String, tftypes.UnknownValue)}, false},
	} {
		attributes := approve1()
		attributes["expect"] = test.expect
		resp, err := r.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{
			TypeName: approvalType, Config: r.dynamic(object(r.typeOf(approvalType), attributes)),
		})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(diagText(resp.Diagnostics), "expect checks nothing"); got != test.warns {
			t.Errorf("%s: warned %t, want %t: %s", name, got, test.warns, diagText(resp.Diagnostics))
		}
	}
}

// TestWorkItemApproval_cancelled: until the POST is on its way
// everything stops at once; from then on what became of it is found out and
// saved.
func TestWorkItemApproval_cancelled(t *testing.T) {
	t.Parallel()
	t.Run("waiting for the rate limit", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		ctx, cancel := context.WithCancel(t.Context())
		w.AddFault(mockisc.Fault{Method: http.MethodPost, Status: 429, Header: http.Header{"Retry-After": {"60"}}, After: func(*mockisc.Server) {
			time.AfterFunc(100*time.Millisecond, cancel)
		}, Before: func(*mockisc.Server) { time.AfterFunc(100*time.Millisecond, cancel) }})
		r := w.rpc(nil)
		none := tftypes.NewValue(r.typeOf(approvalType), nil)
		plan := r.plan(approvalType, none, approve1())
		start := time.Now()
		state, diags := r.apply(ctx, approvalType, none, approve1(), plan)
		if got := diagText(diags); !state.IsNull() || !strings.Contains(got, "cancelled") || !strings.Contains(got, "Did it happen? No") {
			t.Errorf("state %v, diagnostics:\n%s", state, got)
		}
		if took := time.Since(start); took > 30*time.Second {
			t.Errorf("the wait of 60 s was not cut short: %s", took)
		}
		w.wantActs()
	})
	t.Run("while the request is under way, with its answer lost", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		ctx, cancel := context.WithCancel(t.Context())
		w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true, After: func(*mockisc.Server) { cancel() }})
		r := w.rpc(nil)
		none := tftypes.NewValue(r.typeOf(approvalType), nil)
		state, diags := r.apply(ctx, approvalType, none, approve1(), r.plan(approvalType, none, approve1()))
		if hasError(diags) || field(t, state, "outcome") != "confirmed" {
			t.Errorf("state %v, diagnostics:\n%s", state, diagText(diags))
		}
		w.wantPosts("approveApprovalItem " + item1)
	})
	t.Run("while the request is under way", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		ctx, cancel := context.WithCancel(t.Context())
		w.AddFault(mockisc.Fault{Method: http.MethodPost, After: func(*mockisc.Server) { cancel() }})
		r := w.rpc(nil)
		none := tftypes.NewValue(r.typeOf(approvalType), nil)
		state, diags := r.apply(ctx, approvalType, none, approve1(), r.plan(approvalType, none, approve1()))
		if hasError(diags) || field(t, state, "outcome") != "performed" {
			t.Errorf("state %v, diagnostics:\n%s", state, diagText(diags))
		}
		w.wantPosts("approveApprovalItem " + item1)
	})
}

// TestWorkItemApproval_siblingClosesTheWorkItem: where the service stops showing
// approval items once the work item is closed, an adoption that was planned
// holds after a sibling has closed it.
func TestWorkItemApproval_siblingClosesTheWorkItem(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	w.SetBehavior(func(b *mockisc.Behavior) { b.DropApprovalItemsWhenClosed = true })
	if err := w.Decide(workItem1, item2, "reject"); err != nil {
		t.Fatal(err)
	}
	r := w.rpc(nil)
	if state, diags := r.planAndApply(approvalType, approve1()); hasError(diags) || field(t, state, "outcome") != "performed" {
		t.Fatalf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), diagText(diags))
	}
	adopt := map[string]any{"workitem_id": workItem1, "approval_item_id": item2, "decision": "reject"}
	state, diags := r.planAndApply(approvalType, adopt)
	if hasError(diags) || field(t, state, "outcome") != "adopted" || field(t, state, "item", "state") != "Rejected" {
		t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), diagText(diags))
	}
	// A run that never saw them can't tell.
	if _, diags := w.rpc(nil).planAndApply(approvalType, adopt); !hasError(diags) {
		t.Error("an approval item that the service no longer shows was adopted")
	}
	w.wantPosts("approveApprovalItem " + item1)
}

// TestWorkItemApproval_changedBeforeTheRequest covers the fresh read before the
// POST: what changed since the plan of the same apply stops it.
func TestWorkItemApproval_changedBeforeTheRequest(t *testing.T) {
	t.Parallel()
	valueOf := func(value *string) func(*mockisc.Server) {
		return func(s *mockisc.Server) {
			s.Update(workItem1, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].Value = value })
		}
	}
	for name, test := range map[string]struct {
		before, meanwhile func(*mockisc.Server)
		want              string
	}{
		"decided the other way":        {meanwhile: decide("reject"), want: "decided the other way"},
		"done as asked":                {meanwhile: decide("approve")},
		"another value":                {meanwhile: valueOf(new("CN=Domain Admins")), want: "The work item is not what was planned"},
		"a value where there was none": {before: valueOf(nil), meanwhile: valueOf(new("CN=Domain Admins")), want: "The work item is not what was planned"},
		"no value where there was one": {meanwhile: valueOf(nil), want: "The work item is not what was planned"},
		"no requester where there was one": {
			meanwhile: func(s *mockisc.Server) {
				s.Update(workItem1, func(wi *mockisc.WorkItem) { wi.RequesterDisplayName = nil })
			},
			want: "The work item is not what was planned",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(approvalWorkItem(workItem1, item1))
				if test.before != nil {
					test.before(w.Server)
				}
				r := w.rpc(nil)
				prior := null(r.typeOf(approvalType))
				plan := r.plan(approvalType, prior, approve1())
				test.meanwhile(w.Server)
				// What the plan read guards for ten seconds.
				time.Sleep(11 * time.Second)
				state, diags := r.apply(t.Context(), approvalType, prior, approve1(), plan)
				if test.want == "" {
					if got := field(t, state, "outcome"); hasError(diags) || got != "adopted" {
						t.Errorf("outcome %s, diagnostics:\n%s", got, diagText(diags))
					}
				} else if got := diagText(diags); !state.IsNull() || !strings.Contains(got, test.want) {
					t.Errorf("state %v, diagnostics:\n%s", state, got)
				}
				w.wantPosts()
			})
		})
	}
}

// TestWorkItemApproval_readOnlyWithUnknownIDs: a plan that can't
// exclude a POST is refused.
func TestWorkItemApproval_readOnlyWithUnknownIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	r := w.rpc(map[string]any{"read_only": true})
	attributes := approve1()
	attributes["workitem_id"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	plan := r.plan(approvalType, tftypes.NewValue(r.typeOf(approvalType), nil), attributes)
	if got := diagText(plan.Diagnostics); !strings.Contains(got, "The provider is read-only") {
		t.Errorf("diagnostics:\n%s", got)
	}
}

// TestWorkItemApproval_refreshCountsRequests: a closed work item is
// never read again, and the completed ones are searched at most once for each
// owner in a run.
func TestWorkItemApproval_refreshCountsRequests(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1), approvalWorkItem(workItem2, item2, item3))
	r := w.rpc(nil)
	closed, diags := r.planAndApply(approvalType, approve1())
	open2, diags2 := r.planAndApply(approvalType, map[string]any{"workitem_id": workItem2, "approval_item_id": item2, "decision": "approve"})
	if hasError(append(diags, diags2...)) {
		t.Fatal(diagText(append(diags, diags2...)))
	}
	w.Remove(workItem1)
	w.Remove(workItem2)
	w.ResetRequests()

	r = w.rpc(nil)
	for _, state := range []tftypes.Value{closed, open2, closed, open2} {
		read, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: approvalType, CurrentState: r.dynamic(state)})
		if err != nil || len(read.Diagnostics) != 0 {
			t.Fatalf("read: %v %s", err, diagText(read.Diagnostics))
		}
		if got := r.value(approvalType, read.NewState); !got.Equal(state) {
			t.Errorf("the state of what was done changed:\n%v\nwant:\n%v", got, state)
		}
	}
	for _, request := range w.Requests() {
		if request.WorkItemID == workItem1 {
			t.Errorf("the closed work item was read: %s", request.Path)
		}
	}
	// The caller's own list, and that of the owner in the state.
	if n := w.count(mockisc.OpListCompleted); n > 2 {
		t.Errorf("the completed work items were listed %d times", n)
	}
}

// TestDestroy_ofBlockedConfiguration: Terraform plans everything before it
// destroys, so an act that can't be planned blocks it, and the error knows the
// way out.
func TestDestroy_ofBlockedConfiguration(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1), approvalWorkItem(workItem2, item2))
	c := w.commandLine(requirePlugin(t))
	done := requiredProviders + approval(workItem1, item1, "approve")
	c.write("main.tf", done)
	c.terraform("apply", "-auto-approve", "-input=false")
	w.Update(workItem2, closed("Canceled"))
	c.write("main.tf", done+strings.Replace(approval(workItem2, item2, "approve"), "this", "blocked", 1))

	out, err := c.command("destroy", "-auto-approve", "-input=false", "-no-color").CombinedOutput()
	if text := strings.Join(strings.Fields(strings.ReplaceAll(string(out), "│", "")), " "); err == nil || !strings.Contains(text, "terraform destroy -refresh=false, which plans no acts") {
		t.Errorf("%v\n%s", err, out)
	}
	if out := c.terraform("destroy", "-auto-approve", "-input=false", "-no-color", "-refresh=false"); !strings.Contains(out, "Destroy complete! Resources: 1 destroyed.") ||
		!strings.Contains(out, "Nothing is undone by destroying this approval decision") {
		t.Error(out)
	}
	w.wantActs("approveApprovalItem " + item1)
}

// TestWorkItemApproval_nullInTheStateIsNoDifference: an earlier version may not
// have known it.
func TestWorkItemApproval_nullInTheStateIsNoDifference(t *testing.T) {
	t.Parallel()
	for name, lack := range map[string]func(r *rpc, state map[string]tftypes.Value){
		"item":     func(_ *rpc, s map[string]tftypes.Value) { s["item"] = null(s["item"].Type()) },
		"workitem": func(_ *rpc, s map[string]tftypes.Value) { s["workitem"] = null(s["workitem"].Type()) },
		"workitem.description": func(r *rpc, s map[string]tftypes.Value) {
			wi := fields(r.t, s["workitem"])
			wi["description"] = null(tftypes.String)
			s["workitem"] = tftypes.NewValue(s["workitem"].Type(), wi)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(approvalWorkItem(workItem1, item1))
				r := w.rpc(nil)
				imported, err := r.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: approvalType, ID: workItem1 + "/" + item1})
				if err != nil || hasError(imported.Diagnostics) {
					t.Fatal(err, diagText(imported.Diagnostics))
				}
				state := r.value(approvalType, imported.ImportedResources[0].State)
				values := fields(t, state)
				lack(r, values)
				prior := tftypes.NewValue(state.Type(), values)
				plan := r.plan(approvalType, prior, map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve", "on_already_done": "adopt"})
				if hasError(plan.Diagnostics) {
					t.Error(diagText(plan.Diagnostics))
				}
			})
		})
	}
}

// TestWorkItemApproval_unknownDecisionOfADoneAct: what isn't known yet is no changed
// decision.
func TestWorkItemApproval_unknownDecisionOfADoneAct(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(approvalWorkItem(workItem1, item1))
		r := w.rpc(nil)
		arguments := map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve", "on_already_done": "adopt"}
		prior, diags := r.planAndApply(approvalType, arguments)
		if hasError(diags) {
			t.Fatal(diagText(diags))
		}
		arguments["decision"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		if plan := r.plan(approvalType, prior, arguments); hasError(plan.Diagnostics) {
			t.Error(diagText(plan.Diagnostics))
		}
	})
}

// TestActResource_plansAllThatItComputes: a computed attribute that a model doesn't
// return would stay unknown in every plan.
func TestActResource_plansAllThatItComputes(t *testing.T) {
	t.Parallel()
	models := map[string]interface {
		computed() map[string]attr.Value
		facts() map[string]attr.Value
	}{
		approvalType: &approvalModel{}, bulkApprovalType: &bulkApprovalModel{}, forwardType: &forwardModel{},
		selectionType: &accountSelectionModel{}, completionType: &completionModel{},
	}
	for _, newResource := range (&sailpointProvider{}).Resources(t.Context()) {
		r := newResource()
		var metadata resource.MetadataResponse
		r.Metadata(t.Context(), resource.MetadataRequest{}, &metadata)
		var schema resource.SchemaResponse
		r.Schema(t.Context(), resource.SchemaRequest{}, &schema)
		want := map[string]bool{}
		for name, attribute := range schema.Schema.Attributes {
			if attribute.IsComputed() && !attribute.IsOptional() {
				want[name] = true
			}
		}
		got := map[string]bool{}
		for _, values := range []map[string]attr.Value{models[metadata.TypeName].computed(), models[metadata.TypeName].facts()} {
			for name := range values {
				got[name] = true
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%s computes %q and plans %q", metadata.TypeName, slices.Sorted(maps.Keys(want)), slices.Sorted(maps.Keys(got)))
		}
	}
}
