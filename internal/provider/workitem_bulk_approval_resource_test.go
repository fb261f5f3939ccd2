// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func bulk(decision string, more ...string) string {
	return hcl(bulkApprovalType, append([]string{fmt.Sprintf("workitem_id = %q", workItem1), fmt.Sprintf("decision = %q", decision)}, more...)...)
}

func expectItems(ids ...string) string { return fmt.Sprintf("expected_item_ids = %s", toHCL(ids)) }

// TestWorkItemBulkApproval_planListsAllItems: all that a bulk decision decides is known in the plan.
func TestWorkItemBulkApproval_planListsAllItems(t *testing.T) {
	t.Parallel()
	for _, openState := range []string{"", "Pending"} {
		t.Run("state "+openState, func(t *testing.T) {
			t.Parallel()
			// Served in another order than that of the ids.
			w := newWorld(t, approvalWorkItem(workItem1, item2, item1))
			w.SetBehavior(func(b *mockisc.Behavior) { b.OpenState = openState })
			config := w.config(bulk("approve", expectItems(item1, item2)))
			items := tfjsonpath.New("items")
			w.run(w.noChangeAfter(resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(
					unknowns(bulkApprovalType, tfjsonpath.New("outcome"), items.AtSliceIndex(0).AtMapKey("state"), tfjsonpath.New("workitem").AtMapKey("state")),
					known(bulkApprovalType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1)),
					known(bulkApprovalType, items, knownvalue.ListSizeExact(2)),
					known(bulkApprovalType, items.AtSliceIndex(0).AtMapKey("id"), knownvalue.StringExact(item1)),
					known(bulkApprovalType, items.AtSliceIndex(0).AtMapKey("value"), knownvalue.StringExact("CN=Group 2")),
					known(bulkApprovalType, items.AtSliceIndex(1).AtMapKey("id"), knownvalue.StringExact(item2)),
				)},
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(bulkApprovalType, "performed"),
					saved(bulkApprovalType, items.AtSliceIndex(0).AtMapKey("state"), knownvalue.StringExact("Finished")),
					saved(bulkApprovalType, items.AtSliceIndex(1).AtMapKey("state"), knownvalue.StringExact("Finished")),
					stateFunc(func() { w.wantPosts("approveApprovalItemsInBulk " + workItem1) }),
				},
			}, func() { w.wantActs("approveApprovalItemsInBulk " + item2 + "," + item1) }))
		})
	}
}

// TestWorkItemBulkApproval_decidesThePendingOnes: some are already
// decided as asked.
func TestWorkItemBulkApproval_decidesThePendingOnes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2, item3))
	_ = w.Decide(workItem1, item2, "reject")
	config := w.config(bulk("reject", expectItems(item1, item2, item3)))
	w.run(w.noChangeAfter(resource.TestStep{
		Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(bulkApprovalType, "performed")},
	}, func() { w.wantActs("rejectApprovalItemsInBulk " + item1 + "," + item3) }))
}

func TestWorkItemBulkApproval_refusedAtPlan(t *testing.T) {
	t.Parallel()
	itemState := func(i int, state string) func(*mockisc.WorkItem) {
		return func(wi *mockisc.WorkItem) { wi.ApprovalItems[i].State = &state }
	}
	runRefused(t, func() mockisc.WorkItem { return approvalWorkItem(workItem1, item1, item2) }, map[string]refused{
		"a surplus item":             {hcl: bulk("approve", expectItems(item1)), want: `The items are not the expected ones(?s).*It has, unexpected:\s+- ` + item2},
		"a missing item":             {hcl: bulk("approve", expectItems(item1, item2, item3)), want: `It lacks:\s+- ` + item3},
		"guard before adoption":      {hcl: bulk("approve", expectItems(item1)), edit: func(wi *mockisc.WorkItem) { itemState(0, "Finished")(wi); itemState(1, "Finished")(wi) }, want: `not the expected ones`},
		"one decided the other way":  {hcl: bulk("approve"), edit: itemState(1, "Rejected"), want: `decided the other way(?s).*` + item2 + `, which is rejected`},
		"one in an unknown state":    {hcl: bulk("approve"), edit: itemState(0, "Expired"), want: `Can't tell how the approval item was decided(?s).*"Expired"`},
		"no approval items":          {hcl: bulk("approve"), edit: func(wi *mockisc.WorkItem) { wi.ApprovalItems = nil }, want: `Nothing to decide`},
		"closed and items gone":      {hcl: bulk("approve"), edit: func(wi *mockisc.WorkItem) { closed("Finished")(wi); wi.ApprovalItems = nil }, want: `no\s+longer\s+shows\s+its\s+approval\s+items`},
		"closed without a decision":  {hcl: bulk("approve"), edit: closed("Finished"), want: `carries\s+no\s+decision`},
		"read-only":                  {hcl: bulk("approve"), want: `The provider is read-only`, settings: readOnlySetting},
		"already done, as an error":  {hcl: bulk("approve", `on_already_done = "error"`), edit: func(wi *mockisc.WorkItem) { itemState(0, "Finished")(wi); itemState(1, "Finished")(wi) }, want: `Already done`},
		"an empty expected id":       {hcl: bulk("approve", `expected_item_ids = [""]`), want: `string length must be at least 1`},
		"all the other way":          {hcl: bulk("approve"), edit: func(wi *mockisc.WorkItem) { itemState(0, "Rejected")(wi); itemState(1, "Rejected")(wi) }, want: `To\s+record\s+what\s+was\s+decided`},
		"a decision that is neither": {hcl: bulk("maybe"), want: `must be one of`},
	})
}

func TestWorkItemBulkApproval_adoptsAndImports(t *testing.T) {
	t.Parallel()
	for _, closed404 := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed gives 404 %t", closed404), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
			w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = closed404 })
			_ = w.Decide(workItem1, item1, "approve")
			_ = w.Decide(workItem1, item2, "approve")
			config := w.config(bulk("approve"))
			w.run(
				w.noChangeAfter(resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(bulkApprovalType, "adopted")}}, func() { w.wantPosts() }),
				resource.TestStep{
					ResourceName: this(bulkApprovalType), ImportState: true, ImportStateId: workItem1, ImportStateVerify: true, Config: config,
				},
			)
		})
	}
}

func TestWorkItemBulkApproval_importRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	_ = w.Decide(workItem1, item1, "approve")
	w.run(resource.TestStep{
		Config: w.config(bulk("approve")), ResourceName: this(bulkApprovalType), ImportState: true, ImportStateId: workItem1,
		ExpectError: regexp.MustCompile(`Only what is done can be imported`),
	})
}

// TestWorkItemBulkApproval_unclearAnswers: a lost answer, and somebody who is
// faster.
func TestWorkItemBulkApproval_unclearAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   mockisc.Fault
		outcome string
		acts    []string
	}{
		"response lost": {mockisc.Fault{DropAfter: true}, "confirmed", []string{"approveApprovalItemsInBulk " + item1 + "," + item2}},
		"somebody was faster": {mockisc.Fault{Before: func(s *mockisc.Server) {
			_ = s.Decide(workItem1, item1, "approve")
			_ = s.Decide(workItem1, item2, "approve")
		}}, "adopted", nil},
		"somebody decided a part": {mockisc.Fault{Before: decide("approve")}, "performed", []string{"approveApprovalItemsInBulk " + item2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(approvalWorkItem(workItem1, item1, item2))
				fault := test.fault
				fault.Method = http.MethodPost
				w.AddFault(fault)
				state, diags := w.rpc(nil).planAndApply(bulkApprovalType, map[string]any{"workitem_id": workItem1, "decision": "approve"})
				if hasError(diags) || field(t, state, "outcome") != test.outcome {
					t.Errorf("outcome %s, want %s, diagnostics:\n%s", field(t, state, "outcome"), test.outcome, diagText(diags))
				}
				w.wantActs(test.acts...)
				w.wantPosts("approveApprovalItemsInBulk " + workItem1)
			})
		})
	}
}

func TestWorkItemBulkApproval_finalDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	w.run(
		resource.TestStep{Config: w.config(bulk("approve"))},
		resource.TestStep{Config: w.config(bulk("reject")), ExpectError: regexp.MustCompile(`Decisions are final`)},
		w.noChangeAfter(resource.TestStep{
			Config: w.config(bulk("approve", expectItems(item3))),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(bulkApprovalType), plancheck.ResourceActionUpdate),
				known(bulkApprovalType, tfjsonpath.New("items").AtSliceIndex(0).AtMapKey("state"), knownvalue.StringExact("Finished")),
			}},
		}, func() { w.wantPosts("approveApprovalItemsInBulk " + workItem1) }),
	)
}
