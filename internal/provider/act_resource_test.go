// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

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
		t.Errorf("a plan that decides warns: %s", said(plan.Diagnostics))
	}
	if err := w.Decide(workItem1, item2, "reject"); err != nil {
		t.Fatal(err)
	}
	w2 := w.rpc(nil)
	adopt := map[string]any{"workitem_id": workItem1, "approval_item_id": item2, "decision": "reject"}
	plan := w2.plan(approvalType, none, adopt)
	if got := said(plan.Diagnostics); hasError(plan.Diagnostics) || strings.Count(got, "Already done: recorded without sending anything") != 1 {
		t.Errorf("the plan of an adoption says:\n%s", got)
	}
	_, diags := w2.apply(t.Context(), approvalType, none, adopt, plan)
	if len(diags) != 0 {
		t.Errorf("the apply repeats the warning of its plan:\n%s", said(diags))
	}

	state, diags := w2.planAndApply(approvalType, approve1())
	if hasError(diags) {
		t.Fatal(said(diags))
	}
	before := w.apiRequests()
	resp, err := w2.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName: approvalType, PriorState: w2.dynamic(state), ProposedNewState: w2.dynamic(none), Config: w2.dynamic(none),
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := said(resp.Diagnostics); len(resp.Diagnostics) != 1 || !strings.Contains(got, "WARNING: Nothing is undone by destroying this approval decision") {
		t.Errorf("the plan of a destroy says:\n%s", got)
	}
	if _, diags := w2.apply(t.Context(), approvalType, state, nil, &tfprotov6.PlanResourceChangeResponse{PlannedState: w2.dynamic(none)}); len(diags) != 0 {
		t.Errorf("the destroy says:\n%s", said(diags))
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
		if got := strings.Contains(said(resp.Diagnostics), "expect checks nothing"); got != test.warns {
			t.Errorf("%s: warned %t, want %t: %s", name, got, test.warns, said(resp.Diagnostics))
		}
	}
}

// TestWorkItemApproval_importByIdentity imports without a terraform that
// knows identities.
func TestWorkItemApproval_importByIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	if err := w.Decide(workItem1, item1, "approve"); err != nil {
		t.Fatal(err)
	}
	r := w.rpc(nil)
	identities, err := r.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identityType := identities.IdentitySchemas[approvalType].ValueType()
	for item, want := range map[string]struct{ decision, outcome string }{item1: {"approve", "adopted"}, item2: {"(null)", "(null)"}} {
		identity := object(identityType, map[string]any{"workitem_id": workItem1, "approval_item_id": item})
		imported, err := r.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: approvalType, Identity: &tfprotov6.ResourceIdentityData{IdentityData: r.dynamic(identity)},
		})
		if err != nil || hasError(imported.Diagnostics) {
			t.Fatalf("import: %v %s", err, said(imported.Diagnostics))
		}
		resource := imported.ImportedResources[0]
		read, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: approvalType, CurrentState: resource.State, CurrentIdentity: resource.Identity, Private: resource.Private,
		})
		if err != nil || hasError(read.Diagnostics) {
			t.Fatalf("read: %v %s", err, said(read.Diagnostics))
		}
		state := r.value(approvalType, read.NewState)
		if id, decision, outcome := field(t, state, "id"), field(t, state, "decision"), field(t, state, "outcome"); id != workItem1+"/"+item || decision != want.decision || outcome != want.outcome {
			t.Errorf("imported id %s, decision %s, outcome %s, want %+v", id, decision, outcome, want)
		}
		got, err := read.NewIdentity.IdentityData.Unmarshal(identityType)
		if err != nil || !got.Equal(identity) {
			t.Errorf("identity after read is %v (%v), want %v", got, err, identity)
		}
	}
	w.wantPosts()
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
		if got := said(diags); !state.IsNull() || !strings.Contains(got, "cancelled") || !strings.Contains(got, "Did it happen? No") {
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
			t.Errorf("state %v, diagnostics:\n%s", state, said(diags))
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
			t.Errorf("state %v, diagnostics:\n%s", state, said(diags))
		}
		w.wantPosts("approveApprovalItem " + item1)
	})
}

// TestUnconfirmed: a documented success is the fact. Where neither the answer nor
// one read shows it, that is told, and looked at again in every later run until
// a read shows it, or the work item is closed or out of sight.
func TestUnconfirmed(t *testing.T) {
	t.Parallel()
	const warning = "WARNING: Performed, but not shown by the service"
	read := func(t *testing.T, r *rpc, state tftypes.Value, private []byte) (*tfprotov6.ReadResourceResponse, string) {
		t.Helper()
		resp, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: approvalType, CurrentState: r.dynamic(state), Private: private})
		if err != nil {
			t.Fatal(err)
		}
		if got := r.value(approvalType, resp.NewState); !got.Equal(state) {
			t.Errorf("the state changed from\n%v\nto\n%v", state, got)
		}
		return resp, said(resp.Diagnostics)
	}
	for name, ends := range map[string]func(*world){
		"a read shows it":         func(w *world) { w.SetBehavior(func(b *mockisc.Behavior) { b.LeaveItemStateNull = false }) },
		"the work item is closed": func(w *world) { w.Update(workItem1, closed("Canceled")) },
		"the work item is gone":   func(w *world) { w.Remove(workItem1) },
		"the work item is out of sight": func(w *world) {
			w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Status: 403, Times: -1})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(approvalWorkItem(workItem1, item1, item2))
				w.SetBehavior(func(b *mockisc.Behavior) { b.LeaveItemStateNull = true })
				r := w.rpc(nil)
				none := null(r.typeOf(approvalType))
				plan := r.plan(approvalType, none, approve1())
				start, before := time.Now(), w.count(mockisc.OpGet)
				resp := r.applyChange(t.Context(), approvalType, none, approve1(), plan)
				state := r.value(approvalType, resp.NewState)
				if got := said(resp.Diagnostics); field(t, state, "outcome") != "performed" || strings.Count(got, warning) != 1 {
					t.Fatalf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), got)
				}
				if took, n := time.Since(start), w.count(mockisc.OpGet)-before; took != 0 || n != 1 {
					t.Errorf("it took %s and %d reads, want one, after the request", took, n)
				}
				private := resp.Private
				for range 2 {
					again, said := read(t, w.rpc(nil), state, private)
					if !strings.Contains(said, warning) {
						t.Errorf("a later run says:\n%s", said)
					}
					private = again.Private
				}
				w.wantActs("approveApprovalItem " + item1)
				ends(w)
				last, said := read(t, w.rpc(nil), state, private)
				if said != "" {
					t.Errorf("once it is over, a run says:\n%s", said)
				}
				w.ClearFaults()
				w.ResetRequests()
				if _, said := read(t, w.rpc(nil), state, last.Private); said != "" || len(w.Requests()) != 0 {
					t.Errorf("after that a run says:\n%s\nand asks %d times", said, len(w.Requests()))
				}
			})
		})
	}
}

// TestUnconfirmed_whenTheReadFails: what can't be read is not said to show
// nothing.
func TestUnconfirmed_whenTheReadFails(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(approvalWorkItem(workItem1, item1, item2))
		w.SetBehavior(func(b *mockisc.Behavior) { b.LeaveItemStateNull = true })
		w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Skip: 1, Status: 503, Times: -1})
		state, diags := w.rpc(map[string]any{"max_retries": 0}).planAndApply(approvalType, approve1())
		if got := said(diags); hasError(diags) || field(t, state, "outcome") != "performed" || !strings.Contains(got, "The attempt to read it failed: ") {
			t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), got)
		}
	})
}

// TestSuccess_thatReportsErrors: an answer that carries errors is told, and only
// a read that shows the act is taken for it.
func TestSuccess_thatReportsErrors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// done is what the answer claims, executed what the service did.
		executed, unconfirmed bool
	}{"executed": {true, false}, "not executed": {false, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(approvalWorkItem(workItem1, item1, item2))
				body := `{"id":"` + workItem1 + `","errors":["item not found\n::error::x"],"approvalItems":[{"id":"` + item1 + `","state":"Finished"}]}`
				w.AddFault(mockisc.Fault{Method: http.MethodPost, Status: 200, Body: body, AnswerAfter: test.executed})
				state, diags := w.rpc(nil).planAndApply(approvalType, approve1())
				got := said(diags)
				if hasError(diags) || field(t, state, "outcome") != "performed" || !strings.Contains(got, `item not found\u{a}: :error: :x`) ||
					strings.Contains(got, "Performed, but not shown") != test.unconfirmed {
					t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), got)
				}
				w.wantPosts("approveApprovalItem " + item1)
			})
		})
	}
}

// TestSettle_lastLookAtTheEnd: the time for an answer to settle is used to its
// end.
func TestSettle_lastLookAtTheEnd(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(approvalWorkItem(workItem1, item1))
		w.AddFault(mockisc.Fault{Method: http.MethodPost, DropBefore: true})
		start := time.Now()
		w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Times: -1, Before: func(s *mockisc.Server) {
			if time.Since(start) == 15*time.Second {
				decide("approve")(s)
			}
		}})
		state, diags := w.rpc(nil).planAndApply(approvalType, approve1())
		if hasError(diags) || field(t, state, "outcome") != "confirmed" {
			t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), said(diags))
		}
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
		t.Fatalf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), said(diags))
	}
	adopt := map[string]any{"workitem_id": workItem1, "approval_item_id": item2, "decision": "reject"}
	state, diags := r.planAndApply(approvalType, adopt)
	if hasError(diags) || field(t, state, "outcome") != "adopted" || field(t, state, "item", "state") != "Rejected" {
		t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), said(diags))
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
						t.Errorf("outcome %s, diagnostics:\n%s", got, said(diags))
					}
				} else if got := said(diags); !state.IsNull() || !strings.Contains(got, test.want) {
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
	if got := said(plan.Diagnostics); !strings.Contains(got, "The provider is read-only") {
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
		t.Fatal(said(append(diags, diags2...)))
	}
	w.Remove(workItem1)
	w.Remove(workItem2)
	w.ResetRequests()

	r = w.rpc(nil)
	for _, state := range []tftypes.Value{closed, open2, closed, open2} {
		read, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: approvalType, CurrentState: r.dynamic(state)})
		if err != nil || len(read.Diagnostics) != 0 {
			t.Fatalf("read: %v %s", err, said(read.Diagnostics))
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
					t.Fatal(err, said(imported.Diagnostics))
				}
				state := r.value(approvalType, imported.ImportedResources[0].State)
				values := fields(t, state)
				lack(r, values)
				prior := tftypes.NewValue(state.Type(), values)
				plan := r.plan(approvalType, prior, map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve", "on_already_done": "adopt"})
				if hasError(plan.Diagnostics) {
					t.Error(said(plan.Diagnostics))
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
			t.Fatal(said(diags))
		}
		arguments["decision"] = tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
		if plan := r.plan(approvalType, prior, arguments); hasError(plan.Diagnostics) {
			t.Error(said(plan.Diagnostics))
		}
	})
}
