// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// faultyAct is one kind of act, as the fault matrix drives it.
type faultyAct struct {
	resourceType string
	item         func() mockisc.WorkItem
	arguments    map[string]any
	// asAsked does what the act is for, otherwise something that rules it out,
	// both as somebody else.
	asAsked, otherwise func(*mockisc.Server)
}

func faultyActs() map[string]faultyAct {
	decideAll := func(decision string) func(*mockisc.Server) {
		return func(s *mockisc.Server) {
			_ = s.Decide(workItem1, item1, decision)
			_ = s.Decide(workItem1, item2, decision)
		}
	}
	closeAs := func(state string) func(*mockisc.Server) {
		return func(s *mockisc.Server) { s.Update(workItem1, closed(state)) }
	}
	arguments := func(more map[string]any) map[string]any {
		more["workitem_id"] = workItem1
		return more
	}
	manual := func() mockisc.WorkItem { return openWorkItem(workItem1, "ManualAction") }
	return map[string]faultyAct{
		"approval": {
			approvalType, func() mockisc.WorkItem { return approvalWorkItem(workItem1, item1) }, approve1(),
			decide("approve"), decide("reject"),
		},
		"bulk approval": {
			bulkApprovalType, func() mockisc.WorkItem { return approvalWorkItem(workItem1, item1, item2) },
			arguments(map[string]any{"decision": "reject"}),
			decideAll("reject"), decideAll("approve"),
		},
		"forward": {
			forwardType, manual,
			arguments(map[string]any{"target_owner_id": successor, "comment": "On vacation", "expected_owner_id": mockisc.DefaultClient.IdentityID}),
			func(s *mockisc.Server) { _ = s.Forward(workItem1, successor) },
			func(s *mockisc.Server) { _ = s.Forward(workItem1, mockisc.DemoLeaverID) },
		},
		"account selection": {
			selectionType, func() mockisc.WorkItem { return formWorkItem(workItem1) },
			arguments(map[string]any{"selections": selectionsValue(map[string]string{"accountId": "a1"})}),
			func(s *mockisc.Server) { _ = s.SubmitSelection(workItem1, map[string]any{"accountId": "other"}) },
			closeAs("Canceled"),
		},
		"completion": {
			completionType, manual, arguments(map[string]any{"done": true}),
			func(s *mockisc.Server) { _ = s.Complete(workItem1) }, closeAs("Rejected"),
		},
	}
}

const (
	notExecuted = "Did it happen? No"
	unclear     = "Did it happen? Unknown"
	nothingSent = "Nothing was sent."
)

var (
	fatePerformed = fate{outcome: "performed", acts: 1, posts: 1, second: "performed"}
	fateConfirmed = fate{outcome: "confirmed", acts: 1, posts: 1, second: "confirmed"}
	fateRepeated  = fate{outcome: "performed", acts: 1, posts: 2, second: "performed"}
	// fateUnclear is an unclear answer to what was not executed.
	fateUnclear = fate{happened: unclear, posts: 1, second: "performed"}
	fateRefused = fate{happened: notExecuted, posts: 1, second: "performed"}
)

// TestFaultMatrix drives every kind of act through everything that can go
// wrong between the plan and the saved state. For each: how often the service
// executed the act, what Terraform made of it, whether the error tells the
// truth about that, and that a second apply converges without a second act. What
// guards the act is a read of its own or, where that is allowed, what the plan of
// the same run read just before.
func TestFaultMatrix(t *testing.T) {
	t.Parallel()
	var cases, acts, wanted atomic.Int32
	t.Run("rows", func(t *testing.T) {
		for actName, act := range faultyActs() {
			for rowName, row := range faultRows() {
				for guardName, age := range map[string]time.Duration{"own guard": 11 * time.Second, "the plan's": 0} {
					if age == 0 && row.needsGuard && !act.needsOwnGuard() {
						continue
					}
					t.Run(actName+"/"+rowName+"/"+guardName, func(t *testing.T) {
						t.Parallel()
						want := row.want
						if act.resourceType == forwardType && row.forward != nil {
							want = *row.forward
						}
						got, expected := runFaultRow(t, act, row, age, want)
						cases.Add(1)
						acts.Add(int32(got))
						wanted.Add(int32(expected))
					})
				}
			}
		}
	})
	t.Logf("%d cases; the service executed %d acts, %d expected", cases.Load(), acts.Load(), wanted.Load())
}

// TestFaultMatrix_decidedInBetween: somebody decides after the guard, whichever
// it is. In each world of the service they are told truly.
func TestFaultMatrix_decidedInBetween(t *testing.T) {
	t.Parallel()
	worlds := map[string]func(*mockisc.Behavior){
		"refused":            func(*mockisc.Behavior) {},
		"accepted unchanged": func(b *mockisc.Behavior) { b.SecondActStatus = http.StatusOK },
		"flipped":            func(b *mockisc.Behavior) { b.SecondDecisionFlips = true },
	}
	// What comes of approving what was approved, and what was rejected.
	fates := map[string]struct{ approved, rejected fate }{
		"refused":            {fate{outcome: "adopted", posts: 1}, fate{happened: notExecuted, posts: 1}},
		"accepted unchanged": {fate{outcome: "performed", posts: 1}, fate{outcome: "performed", posts: 1, notShown: true}},
		"flipped":            {fate{outcome: "performed", posts: 1, acts: 1}, fate{outcome: "performed", posts: 1, acts: 1}},
	}
	guards := map[string]struct {
		// between does something after the plan, and reads is how often the act
		// reads then.
		between func(t *testing.T, w *world, r *rpc, decide func())
		reads   int
	}{
		"own guard": {func(_ *testing.T, w *world, _ *rpc, decide func()) {
			time.Sleep(11 * time.Second)
			w.AddFault(mockisc.Fault{Method: http.MethodPost, Before: func(*mockisc.Server) { decide() }})
		}, 1},
		"the plan's": {func(_ *testing.T, _ *world, _ *rpc, decide func()) { decide() }, 0},
		"a sibling's answer": {func(t *testing.T, _ *world, r *rpc, decide func()) {
			t.Helper()
			time.Sleep(9 * time.Second)
			sibling := approve1()
			sibling["approval_item_id"] = item2
			if state, diags := r.planAndApply(approvalType, sibling); hasError(diags) || field(t, state, "outcome") != "performed" {
				t.Fatal(diagText(diags))
			}
			time.Sleep(9 * time.Second)
			decide()
		}, 0},
	}
	for worldName, behave := range worlds {
		for guardName, guard := range guards {
			for decision, want := range map[string]fate{"approve": fates[worldName].approved, "reject": fates[worldName].rejected} {
				t.Run(worldName+"/"+guardName+"/"+decision, func(t *testing.T) {
					t.Parallel()
					inVirtualTime(t, func(t *testing.T, w *world) {
						w.Add(approvalWorkItem(workItem1, item1, item2, item3))
						w.SetBehavior(behave)
						r := w.rpc(nil)
						prior := null(r.typeOf(approvalType))
						plan := r.plan(approvalType, prior, approve1())
						guard.between(t, w, r, func() {
							w.Update(workItem1, func(wi *mockisc.WorkItem) {
								wi.ApprovalItems[0].State = new(map[string]string{"approve": "Finished", "reject": "Rejected"}[decision])
							})
						})
						acts, posts := len(w.acts()), len(w.posts())
						reads := w.count(mockisc.OpGet)
						state, diags := r.apply(t.Context(), approvalType, prior, approve1(), plan)
						want.check(t, "the apply", state, diags)
						if len(w.posts())-posts != want.posts || len(w.acts())-acts != want.acts {
							t.Errorf("acts %q by POSTs %q", w.acts(), w.posts())
						}
						if n := w.readsBeforePost(posts) - reads; n != guard.reads {
							t.Errorf("%d reads before the request, want %d", n, guard.reads)
						}
						if want.notShown && !strings.Contains(diagText(diags), "is already rejected") {
							t.Errorf("it isn't told what the service shows:\n%s", diagText(diags))
						}
					})
				})
			}
		}
	}
}

// readsBeforePost counts the reads of work items before the n-th POST, counted
// from 0.
func (w *world) readsBeforePost(n int) (reads int) {
	for _, r := range w.Requests() {
		switch {
		case r.Operation == mockisc.OpGet:
			reads++
		case r.Method == http.MethodPost && r.Operation != mockisc.OpToken:
			if n--; n < 0 {
				return reads
			}
		}
	}
	return reads
}

var happened = regexp.MustCompile(`(Did it happen\? \w+)(?:\. Nothing was sent\.)?|Nothing was sent\.`)

// answers returns how an error answers whether the act happened.
func answers(said string) (found []string) {
	for _, match := range happened.FindAllStringSubmatch(said, -1) {
		found = append(found, cmp.Or(match[1], match[0]))
	}
	return found
}

// needsOwnGuard tells acts that the service would do a second time.
func (a faultyAct) needsOwnGuard() bool {
	return a.resourceType == forwardType || a.resourceType == selectionType
}

// runFaultRow returns how many acts the service executed in both applies, and
// how many it should have. So long before the first apply was its plan.
func runFaultRow(t *testing.T, act faultyAct, row faultRow, age time.Duration, want fate) (acts, expected int) {
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(act.item())
		if row.behavior != nil {
			w.SetBehavior(row.behavior)
		}
		if row.faults != nil {
			for _, f := range row.faults(act) {
				w.AddFault(f)
			}
		}
		door := w.door()
		if row.door != 0 {
			// The answer to the guard read ends its connection, so that the
			// request needs a new one.
			w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Skip: 1, Header: http.Header{"Connection": {"close"}}, After: func(*mockisc.Server) {
				door.Store(true)
				if row.door > 0 {
					time.AfterFunc(row.door, func() { door.Store(false) })
				}
			}})
		}

		r, prior := w.rpc(row.settings), null(w.rpc(nil).typeOf(act.resourceType))
		plan := r.plan(act.resourceType, prior, act.arguments)
		if hasError(plan.Diagnostics) {
			t.Fatal(diagText(plan.Diagnostics))
		}
		time.Sleep(age)
		start := time.Now()
		state, diags := r.apply(t.Context(), act.resourceType, prior, act.arguments, plan)
		want.check(t, "first apply", state, diags)
		if took := time.Since(start); took < row.waits {
			t.Errorf("the first apply took %s, want at least %s", took, row.waits)
		}
		if len(w.acts()) != want.acts || len(w.posts()) != want.posts {
			t.Errorf("first apply: acts %q by POSTs %q, want %d by %d", w.acts(), w.posts(), want.acts, want.posts)
		}

		w.ClearFaults()
		door.Store(false)
		if want.happened != "" && want.acts == 1 {
			w.catchUp()
		}
		expected = want.acts
		if want.outcome == "" {
			state, diags = w.rpc(nil).planAndApply(act.resourceType, act.arguments)
			second := fate{outcome: want.second}
			if want.second == "" {
				// The work item can't be acted on any more.
				second.happened = nothingSent
			}
			second.check(t, "second apply", state, diags)
			if want.second == "performed" {
				expected++
			}
		}
		acts = len(w.acts())
		if acts != expected {
			t.Errorf("after the second apply: acts %q, want %d", w.acts(), expected)
		}
		if !state.IsNull() && !want.notShown {
			w.wantNoChange(act, state)
		}
	})
	return acts, expected
}

// door refuses further connections to the service while it is set; those that
// are open go on.
func (w *world) door() *atomic.Bool {
	shut := new(atomic.Bool)
	transport := w.transport.(*http.Transport)
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if shut.Load() {
			return nil, &net.OpError{Op: "dial", Net: network, Err: syscall.ECONNREFUSED}
		}
		return dial(ctx, network, address)
	}
	return shut
}

// check compares one apply with what has to come of it.
func (f fate) check(t *testing.T, which string, state tftypes.Value, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	said := diagText(diags)
	if f.outcome != "" {
		if hasError(diags) || field(t, state, "outcome") != f.outcome {
			t.Errorf("%s: outcome %s, want %s; diagnostics:\n%s", which, field(t, state, "outcome"), f.outcome, said)
		}
		if warned := strings.Contains(said, "Performed, but not shown by the service"); warned != f.notShown {
			t.Errorf("%s: warned that it doesn't show: %t, want %t; diagnostics:\n%s", which, warned, f.notShown, said)
		}
		return
	}
	if !hasError(diags) || !state.IsNull() {
		t.Errorf("%s: want an error and no state, got %v and diagnostics:\n%s", which, state, said)
		return
	}
	if got := answers(said); !slices.Equal(got, []string{f.happened}) {
		t.Errorf("%s: the error answers %q, want %q:\n%s", which, got, f.happened, said)
	}
	for _, d := range diags {
		if d.Attribute == nil {
			t.Errorf("%s: the error is on no attribute:\n%s", which, said)
		}
	}
}

// catchUp ends the lagging of the reads.
func (w *world) catchUp() { w.Update(workItem1, func(*mockisc.WorkItem) {}) }

// wantNoChange refreshes and plans with a new provider, and expects nothing to
// change.
func (w *world) wantNoChange(act faultyAct, state tftypes.Value) {
	w.t.Helper()
	posts := len(w.posts())
	r := w.rpc(nil)
	read, err := r.ReadResource(w.t.Context(), &tfprotov6.ReadResourceRequest{TypeName: act.resourceType, CurrentState: r.dynamic(state)})
	if err != nil || len(read.Diagnostics) != 0 {
		w.t.Fatalf("read: %v %s", err, diagText(read.Diagnostics))
	}
	refreshed := r.value(act.resourceType, read.NewState)
	plan := r.plan(act.resourceType, refreshed, act.arguments)
	if planned := r.value(act.resourceType, plan.PlannedState); len(plan.Diagnostics) != 0 || !planned.Equal(refreshed) {
		w.t.Errorf("the next plan changes\n%v\nto\n%v\n%s", refreshed, planned, diagText(plan.Diagnostics))
	}
	if n := len(w.posts()) - posts; n != 0 {
		w.t.Errorf("refresh and plan sent %d POSTs", n)
	}
}
