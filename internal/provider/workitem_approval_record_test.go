// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestWorkItemApproval_doneIsFree: a done act is a record. Later plans send
// nothing, not even a request for a token, whatever became of the work item.
func TestWorkItemApproval_doneIsFree(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1), approvalWorkItem(workItem2, item2, item3))
	config := w.config(fmt.Sprintf(`
resource "sailpoint_workitem_approval" "closed" {
  workitem_id      = %q
  approval_item_id = %q
  decision         = "approve"
}
resource "sailpoint_workitem_approval" "open" {
  workitem_id      = %q
  approval_item_id = %q
  decision         = "approve"
}`, workItem1, item1, workItem2, item2))
	free := func() {
		if requests := w.Requests(); len(requests) != 0 {
			t.Errorf("%d requests were sent, the first is %s %s", len(requests), requests[0].Method, requests[0].Path)
		}
	}
	w.run(
		resource.TestStep{Config: config},
		resource.TestStep{PreConfig: w.ResetRequests, Config: config, PlanOnly: true},
		w.noChangeAfter(resource.TestStep{PreConfig: func() { free(); w.Remove(workItem1); w.Remove(workItem2) }, Config: config}, free),
	)
}

// TestWorkItemApproval_staleReadDoesNotUndo: what the service
// accepted stays done, whatever its reads show later.
func TestWorkItemApproval_staleReadDoesNotUndo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	config := w.config(approval(workItem1, item1, "approve"))
	w.run(
		resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed")}},
		resource.TestStep{
			PreConfig: func() {
				w.Update(workItem1, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].State = nil })
			},
			RefreshState: true,
		},
		w.noChangeAfter(resource.TestStep{
			Config: config,
			ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(approvalType, "performed"), saved(approvalType, tfjsonpath.New("item").AtMapKey("state"), knownvalue.StringExact("Finished")),
			},
		}, func() { w.wantActs("approveApprovalItem " + item1) }),
	)
}

// TestWorkItemApproval_destroyAndFinalDecisions: nothing is undone.
func TestWorkItemApproval_destroyAndFinalDecisions(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1), approvalWorkItem(workItem2, item2))
	approved := approval(workItem1, item1, "approve")
	quiet := func() { w.wantPosts() }
	w.run(
		resource.TestStep{Config: w.config(approved)},
		resource.TestStep{
			PreConfig: w.ResetRequests, Config: w.config(approval(workItem1, item1, "reject")), ExpectError: regexp.MustCompile(`Decisions are final`),
		},
		w.noChangeAfter(resource.TestStep{
			Config: w.config(approval(workItem1, item1, "approve", `expect = { account = "somebody else" }`, `on_already_done = "error"`, `timeouts = { create = "1m" }`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionUpdate),
				known(approvalType, tfjsonpath.New("outcome"), knownvalue.StringExact("performed")),
				known(approvalType, tfjsonpath.New("item").AtMapKey("state"), knownvalue.StringExact("Finished")),
				known(approvalType, tfjsonpath.New("workitem").AtMapKey("state"), knownvalue.StringExact("Finished")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed"), stateFunc(quiet)},
		}, quiet),
		w.noChangeAfter(resource.TestStep{
			Config: w.config(approval(workItem2, item2, "reject")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionDestroyBeforeCreate),
				known(approvalType, tfjsonpath.New("item").AtMapKey("value"), knownvalue.StringExact("CN=Group 1")),
				known(approvalType, tfjsonpath.New("id"), knownvalue.StringExact(workItem2+"/"+item2)),
				plancheck.ExpectUnknownValue(this(approvalType), tfjsonpath.New("outcome")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed")},
		}, func() { w.wantPosts("rejectApprovalItem " + item2); w.ResetRequests() }),
		resource.TestStep{Config: w.config(approval(workItem2, item2, "reject")), Destroy: true},
	)
	w.wantPosts()
	if wi, _ := w.Item(workItem1); wi.Completed == nil {
		t.Error("the approval was undone")
	}
}
