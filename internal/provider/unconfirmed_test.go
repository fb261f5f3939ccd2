// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

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
		return resp, diagText(resp.Diagnostics)
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
				if got := diagText(resp.Diagnostics); field(t, state, "outcome") != "performed" || strings.Count(got, warning) != 1 {
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
		if got := diagText(diags); hasError(diags) || field(t, state, "outcome") != "performed" || !strings.Contains(got, "The attempt to read it failed: ") {
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
				got := diagText(diags)
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
			t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), diagText(diags))
		}
	})
}
