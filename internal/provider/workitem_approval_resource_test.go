// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestWorkItemApproval_planIsAPreview: what is decided is known in
// the plan, what may still change is not, and the apply does just that.
func TestWorkItemApproval_planIsAPreview(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		openState *string
		keepOpen  bool
	}{"state null while open, closed by the last decision": {}, "state Pending while open, and left open": {new("Pending"), true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := approvalWorkItem(workItem1, item1)
			wi.State = test.openState
			w := newWorld(t, wi)
			w.SetBehavior(func(b *mockisc.Behavior) { b.KeepOpenAfterLastDecision = test.keepOpen })
			var state, completed knownvalue.Check = knownvalue.StringExact("Finished"), knownvalue.NotNull()
			if test.keepOpen {
				state, completed = knownvalue.StringExact(*test.openState), knownvalue.Null()
			}
			config := w.config(approval(workItem1, item1, "approve"))
			workitem, item := tfjsonpath.New("workitem"), tfjsonpath.New("item")
			w.run(w.noChangeAfter(resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknowns(approvalType,
					tfjsonpath.New("outcome"), tfjsonpath.New("performed_at"), tfjsonpath.New("performed_by"),
					workitem.AtMapKey("state"), workitem.AtMapKey("owner_id"), workitem.AtMapKey("owner_name"), workitem.AtMapKey("completed"), item.AtMapKey("state"),
				),
					plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionCreate),
					known(approvalType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1+"/"+item1)),
					known(approvalType, workitem.AtMapKey("name"), knownvalue.StringExact("Approval for Jane Doe")),
					known(approvalType, workitem.AtMapKey("description"), knownvalue.StringExact("Account changes for Jane Doe")),
					known(approvalType, workitem.AtMapKey("type"), knownvalue.StringExact("Approval")),
					known(approvalType, workitem.AtMapKey("requester_id"), knownvalue.StringExact("2c91808d0000000000000000000000d1")),
					known(approvalType, workitem.AtMapKey("requester_display_name"), knownvalue.StringExact("Rita Requester")),
					known(approvalType, workitem.AtMapKey("created"), knownvalue.StringExact("2026-03-01T09:00:00.000Z")),
					known(approvalType, item.AtMapKey("account"), knownvalue.StringExact("jdoe")),
					known(approvalType, item.AtMapKey("application"), knownvalue.StringExact("Finance")),
					known(approvalType, item.AtMapKey("name"), knownvalue.StringExact("groups")),
					known(approvalType, item.AtMapKey("operation"), knownvalue.StringExact("Add")),
					known(approvalType, item.AtMapKey("value"), knownvalue.StringExact("CN=Group 1")),
				)},
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(approvalType, "performed"),
					saved(approvalType, tfjsonpath.New("decision"), knownvalue.StringExact("approve")),
					saved(approvalType, tfjsonpath.New("on_already_done"), knownvalue.StringExact("adopt")),
					saved(approvalType, tfjsonpath.New("performed_at"), knownvalue.StringRegexp(regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$`))),
					saved(approvalType, tfjsonpath.New("performed_by"), knownvalue.StringExact(mockisc.DefaultClient.IdentityID)),
					saved(approvalType, workitem.AtMapKey("state"), state),
					saved(approvalType, workitem.AtMapKey("completed"), completed),
					saved(approvalType, workitem.AtMapKey("owner_id"), knownvalue.StringExact(mockisc.DefaultClient.IdentityID)),
					saved(approvalType, item.AtMapKey("state"), knownvalue.StringExact("Finished")),
					stateFunc(func() { w.wantPosts("approveApprovalItem " + item1) }),
				},
			}, func() { w.wantActs("approveApprovalItem " + item1) }))
		})
	}
}

func TestWorkItemApproval_rejects(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	config := w.config(approval(workItem1, item1, "reject"))
	w.run(w.noChangeAfter(resource.TestStep{
		Config: config,
		ConfigStateChecks: []statecheck.StateCheck{
			outcomeOf(approvalType, "performed"), saved(approvalType, tfjsonpath.New("item").AtMapKey("state"), knownvalue.StringExact("Rejected")),
		},
	}, func() { w.wantPosts("rejectApprovalItem " + item1); w.wantActs("rejectApprovalItem " + item1) }))
}

// TestWorkItemApproval_siblings: siblings in one apply don't
// trip each other, acts on one work item never overlap, and a plan reads a work
// item once for all of them.
func TestWorkItemApproval_siblings(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2, item3))
	var underWay, overlaps atomic.Int32
	w.AddFault(mockisc.Fault{
		Method: http.MethodPost, Times: -1,
		Before: func(*mockisc.Server) {
			if underWay.Add(1) > 1 {
				overlaps.Add(1)
			}
			time.Sleep(50 * time.Millisecond)
		},
		After: func(*mockisc.Server) { underWay.Add(-1) },
	})
	config := w.config(fmt.Sprintf(`
locals {
  items = [%q, %q, %q]
}
resource "sailpoint_workitem_approval" "this" {
  count            = 3
  workitem_id      = %q
  approval_item_id = local.items[count.index]
  decision         = count.index == 1 ? "reject" : "approve"
}`, item1, item2, item3, workItem1))
	w.run(resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() {
			if n := w.count(mockisc.OpGet); n != 1 {
				t.Errorf("the plan read the work item %d times, want once", n)
			}
			w.ResetRequests()
		})}},
		ConfigStateChecks: []statecheck.StateCheck{stateFunc(func() {
			if n := len(w.acts()); n != 3 {
				t.Errorf("%d acts, want 3: %v", n, w.acts())
			}
			if n := len(w.posts()); n != 3 {
				t.Errorf("%d POSTs, want 3: %v", n, w.posts())
			}
			// One fresh read before each act, and at most one cached read.
			if n := w.count(mockisc.OpGet); n > 4 {
				t.Errorf("the apply read the work item %d times, want at most 4", n)
			}
			if n := overlaps.Load(); n != 0 {
				t.Errorf("%d acts overlapped", n)
			}
		})},
	})
	if wi, _ := w.Item(workItem1); wi.Completed == nil {
		t.Error("the work item is still open")
	}
}

// TestWorkItemApproval_unknownIDs: with ids unknown at plan, all
// checks run at apply.
func TestWorkItemApproval_unknownIDs(t *testing.T) {
	t.Parallel()
	hcl := func(value string) string {
		return fmt.Sprintf(`
resource "terraform_data" "item" {
  input = %q
}
resource "sailpoint_workitem_approval" "this" {
  workitem_id      = %q
  approval_item_id = terraform_data.item.output
  decision         = "approve"
  expect           = { value = %q }
}`, item1, workItem1, value)
	}
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	w.run(
		resource.TestStep{
			Config:      w.config(hcl("CN=Other")),
			ExpectError: regexp.MustCompile(`The approval item is not the expected one`),
		},
		w.noChangeAfter(resource.TestStep{
			Config: w.config(hcl("CN=Group 1")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				planFunc(func() { w.wantPosts() }),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed")},
		}, func() { w.wantPosts("approveApprovalItem " + item1) }),
	)
}

// TestWorkItemApproval_refusedAtPlan: every reason not to act is told
// in the plan, and nothing is sent.
func TestWorkItemApproval_refusedAtPlan(t *testing.T) {
	t.Parallel()
	itemState := func(state string) func(*mockisc.WorkItem) {
		return func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].State = &state }
	}
	runRefused(t, func() mockisc.WorkItem { return approvalWorkItem(workItem1, item1, item2) }, map[string]refused{
		"unknown work item": {
			hcl: approval(workItem2, item1, "approve"), want: `Unable to read work item ` + workItem2 + `(?s).*does not know a work item with this id.*Status: 404`,
		},
		"unknown approval item": {
			hcl: approval(workItem1, item3, "approve"), want: `No such approval item in the work item(?s).*It has these:.*` + item1 + `: Add groups CN=Group 1`,
		},
		"unexpected account": {
			hcl: approval(workItem1, item1, "approve", `expect = { account = "JDOE", value = "CN=Group 1" }`), want: `The approval item is not the expected one(?s).*account\s+=\s+"jdoe"`,
		},
		"an empty expectation matches only empty": {
			hcl: approval(workItem1, item1, "approve", `expect = { account = "" }`), want: `The approval item is not the expected one`,
		},
		"unexpected requester": {
			hcl: approval(workItem1, item1, "approve", `expect = { requester_id = "nobody" }`), want: `requester_id`,
		},
		"the guard comes before adopting": {
			hcl: approval(workItem1, item1, "approve", `expect = { account = "other" }`), edit: itemState("Finished"), want: `The approval item is not the expected one`,
		},
		"already done, and that is an error": {
			hcl: approval(workItem1, item1, "approve", `on_already_done = "error"`), edit: itemState("Finished"), want: `Already done(?s).*is already\s+approved`,
		},
		"decided the other way": {
			hcl: approval(workItem1, item1, "approve"), edit: itemState("Rejected"), want: `The approval item has been decided the other way`,
		},
		"decided the other way, case ignored": {
			hcl: approval(workItem1, item1, "reject"), edit: itemState("FINISHED"), want: `The approval item has been decided the other way`,
		},
		"returned": {
			hcl: approval(workItem1, item1, "approve"), edit: itemState("Returned"), want: `Can't tell how the approval item was decided(?s).*"Returned"`,
		},
		"a word the API doesn't document": {
			hcl: approval(workItem1, item1, "approve"), edit: itemState("APPROVED"), want: `Can't tell how the approval item was decided(?s).*"APPROVED"`,
		},
		"closed without a decision": {
			hcl: approval(workItem1, item1, "approve"), edit: closed("Finished"), want: `carries\s+no\s+decision`,
		},
		"closed and items gone": {
			hcl:  approval(workItem1, item1, "approve"),
			edit: func(wi *mockisc.WorkItem) { closed("Finished")(wi); wi.ApprovalItems = nil }, want: `no\s+longer\s+shows\s+its\s+approval\s+items`,
		},
		"read-only": {
			hcl: approval(workItem1, item1, "approve"), want: `The provider is read-only`, settings: readOnlySetting,
		},
	})
}

// TestWorkItemApproval_foreignWorkItem tells 403 apart from 404.
func TestWorkItemApproval_foreignWorkItem(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]string{403: `refuses this token access(?s).*Status: 403`, 404: `does not know a work item(?s).*Status: 404`} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			wi := approvalWorkItem(workItem1, item1)
			wi.OwnerID, wi.OwnerName = somebody, "Somebody Else"
			w := newWorldOfOwner(t, wi)
			w.SetBehavior(func(b *mockisc.Behavior) { b.ForeignItemStatus = status })
			w.run(resource.TestStep{
				Config: w.config(approval(workItem1, item1, "approve")), ExpectError: regexp.MustCompile(want),
			})
			w.wantPosts()
		})
	}
}

// TestWorkItemApproval_adopts: what is done as asked is recorded
// without a POST, in read-only mode too.
func TestWorkItemApproval_adopts(t *testing.T) {
	t.Parallel()
	for _, closed404 := range []bool{false, true} {
		for _, settings := range [][]string{nil, {"read_only = true"}} {
			t.Run(fmt.Sprintf("closed gives 404 %t, settings %v", closed404, settings), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, approvalWorkItem(workItem1, item1))
				w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = closed404 })
				if err := w.Decide(workItem1, item1, "approve"); err != nil {
					t.Fatal(err)
				}
				config := w.config(approval(workItem1, item1, "approve"), settings...)
				w.run(w.noChangeAfter(resource.TestStep{
					Config: config,
					ConfigStateChecks: []statecheck.StateCheck{
						outcomeOf(approvalType, "adopted"),
						saved(approvalType, tfjsonpath.New("performed_at"), knownvalue.Null()),
						saved(approvalType, tfjsonpath.New("performed_by"), knownvalue.Null()),
						saved(approvalType, tfjsonpath.New("item").AtMapKey("state"), knownvalue.StringExact("Finished")),
					},
				}, func() { w.wantPosts(); w.wantActs() }))
			})
		}
	}
}

// TestWorkItemApproval_outcomes has one row for each outcome, through the real
// terraform; the fault matrix has all that can lead to them.
func TestWorkItemApproval_outcomes(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   mockisc.Fault
		outcome string
		// posts counts the POSTs until then.
		posts int
		// wantError is that of a first apply.
		wantError string
	}{
		"performed": {mockisc.Fault{ExpireToken: true}, "performed", 2, ""},
		"confirmed": {mockisc.Fault{DropAfter: true}, "confirmed", 1, ""},
		"adopted":   {mockisc.Fault{Before: decide("approve")}, "adopted", 1, ""},
		"refused":   {mockisc.Fault{Status: 403}, "performed", 2, `The service refused the request(?s).*Status: 403.*Did it happen\? No`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1))
			test.fault.Method = http.MethodPost
			w.AddFault(test.fault)
			config := w.config(approval(workItem1, item1, "approve"))
			done := w.noChangeAfter(resource.TestStep{
				Config:            config,
				ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, test.outcome)},
			}, func() {
				if n := len(w.posts()); n != test.posts {
					t.Errorf("%d POSTs, want %d: %v", n, test.posts, w.posts())
				}
			})
			if test.wantError == "" {
				w.run(done)
			} else {
				w.run(resource.TestStep{Config: config, ExpectError: regexp.MustCompile(test.wantError)}, done)
			}
			if n := len(w.acts()) + w.decidedBySomebody(); n != 1 {
				t.Errorf("decided %d times, want once: %v", n, w.acts())
			}
		})
	}
}

// decide decides item1 as somebody else, just before the request is handled.
func decide(decision string) func(*mockisc.Server) {
	return func(s *mockisc.Server) { _ = s.Decide(workItem1, item1, decision) }
}

// decidedBySomebody is 1 when the item was decided, but not through the API.
func (w *world) decidedBySomebody() int {
	if wi, _ := w.Item(workItem1); wi.ApprovalItems[0].State != nil && len(w.acts()) == 0 {
		return 1
	}
	return 0
}

// TestWorkItemApproval_errorLeavesNoHalfState: after a failed create
// the next plan is a create, not a replacement of a tainted instance.
func TestWorkItemApproval_errorLeavesNoHalfState(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	w.AddFault(mockisc.Fault{Method: http.MethodPost, Status: 409})
	config := w.config(approval(workItem1, item1, "approve"))
	w.run(
		resource.TestStep{Config: config, ExpectError: regexp.MustCompile(`Unable to approve approval item`)},
		w.noChangeAfter(resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionCreate),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed")},
		}, func() { w.wantActs("approveApprovalItem " + item1) }),
	)
}

// TestWorkItemApproval_changedSincePlan: a fact that changed under a
// saved plan, and an item that somebody decided, stop the apply before a POST.
func TestWorkItemApproval_changedSincePlan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		meanwhile func(*world)
		want      string
	}{
		"requester renamed": {
			func(w *world) {
				w.Update(workItem1, func(wi *mockisc.WorkItem) { wi.RequesterDisplayName = new("Rita Renamed") })
			}, `Provider produced inconsistent final plan`,
		},
		"rejected by somebody": {func(w *world) { _ = w.Decide(workItem1, item1, "reject") }, `decided the other way`},
		"gone":                 {func(w *world) { w.Remove(workItem1) }, `Unable to read work item`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1))
			w.run(resource.TestStep{
				Config:           w.config(approval(workItem1, item1, "approve")),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() { test.meanwhile(w) })}},
				ExpectError:      regexp.MustCompile(test.want),
			})
			w.wantPosts()
		})
	}
}

// TestWorkItemApproval_badInput covers the errors that come before any request.
func TestWorkItemApproval_badInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ hcl, want string }{
		"decision":              {approval(workItem1, item1, "Approve"), `Attribute decision value must be one of: \["approve" "reject"\]`},
		"empty work item id":    {approval("", item1, "approve"), `Invalid work item id`},
		"slash in work item id": {approval("a/b", item1, "approve"), `Invalid work item id`},
		"dots in approval item": {approval(workItem1, "..", "approve"), `Invalid approval item id`},
		"on_already_done":       {approval(workItem1, item1, "approve", `on_already_done = "ignore"`), `on_already_done value must be one of`},
		"bad timeout":           {approval(workItem1, item1, "approve", `timeouts = { create = "soon" }`), `(?i)timeout|duration`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1))
			w.run(resource.TestStep{Config: w.config(test.hcl), ExpectError: regexp.MustCompile(test.want)})
			if n := len(w.Requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// TestWorkItemApproval_timeout: waiting for the rate limit counts
// against the timeout, and ends with nothing sent.
func TestWorkItemApproval_timeout(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	w.AddFault(mockisc.Fault{Method: http.MethodPost, Status: 429, Header: http.Header{"Retry-After": {"600"}}})
	w.run(resource.TestStep{
		Config:      w.config(approval(workItem1, item1, "approve", `timeouts = { create = "3s" }`)),
		ExpectError: regexp.MustCompile(`Unable to approve approval item(?s).*Did it happen\? No`),
	})
	w.wantActs()
	w.wantPosts("approveApprovalItem " + item1)
}

// TestWorkItemApproval_ofAManualTask warns: its items are to be done, not decided.
func TestWorkItemApproval_ofAManualTask(t *testing.T) {
	t.Parallel()
	for kind, warns := range map[string]bool{"Approval": false, "ManualAction": true, "remediation": true} {
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		w.Update(workItem1, func(wi *mockisc.WorkItem) { wi.Type = kind })
		r := w.rpc(nil)
		for resourceType, arguments := range map[string]map[string]any{approvalType: approve1(), bulkApprovalType: {"workitem_id": workItem1, "decision": "approve"}} {
			plan := r.plan(resourceType, null(r.typeOf(resourceType)), arguments)
			if got := diagText(plan.Diagnostics); hasError(plan.Diagnostics) || strings.Contains(got, "WARNING: A decision on a manual task") != warns {
				t.Errorf("%s of type %s: it says\n%s", resourceType, kind, got)
			}
		}
	}
}
