// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func completion(more ...string) string {
	return hcl(completionType, append([]string{fmt.Sprintf("workitem_id = %q", workItem1)}, more...)...)
}

func manualAction() mockisc.WorkItem { return openWorkItem(workItem1, "ManualAction") }

func TestWorkItemCompletion_performs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	config := w.config(completion())
	workitem := tfjsonpath.New("workitem")
	w.run(resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknown(completionType, tfjsonpath.New("outcome"), workitem.AtMapKey("state")),
			known(completionType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1)),
			known(completionType, workitem.AtMapKey("name"), knownvalue.StringExact("Laptop return")),
			known(completionType, workitem.AtMapKey("requester_id"), knownvalue.Null()),
		)},
		ConfigStateChecks: []statecheck.StateCheck{
			outcomeOf(completionType, "performed"), saved(completionType, workitem.AtMapKey("state"), knownvalue.StringExact("Finished")),
		},
	}, w.emptyPlan(config, func() { w.wantPosts("completeWorkItem " + workItem1); w.wantActs("completeWorkItem") }))
}

func TestWorkItemCompletion_refusedAtPlan(t *testing.T) {
	t.Parallel()
	runRefused(t, manualAction, map[string]refused{
		"canceled":                  {hcl: completion(), edit: closed("Canceled"), want: `The work item is closed(?s).*Canceled`},
		"already done, as an error": {hcl: completion(`on_already_done = "error"`), edit: closed("Finished"), want: `Already done(?s).*is already\s+completed`},
		"read-only":                 {hcl: completion(), want: `The provider is read-only`},
	})
}

// TestWorkItemCompletion_adoptsAndImports takes a completed work item without a
// state for finished, too.
func TestWorkItemCompletion_adoptsAndImports(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*mockisc.WorkItem){
		"finished":   closed("Finished"),
		"state null": func(wi *mockisc.WorkItem) { closed("")(wi); wi.State = nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := manualAction()
			edit(&wi)
			w := newWorld(t, wi)
			w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true })
			config := w.config(completion())
			w.run(
				resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(completionType, "adopted")}},
				w.emptyPlan(config, func() { w.wantPosts() }),
				resource.TestStep{ResourceName: this(completionType), ImportState: true, ImportStateId: workItem1, ImportStateVerify: true, Config: config},
			)
		})
	}
}

func TestWorkItemCompletion_importOfOpenRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.run(resource.TestStep{
		Config: w.config(completion()), ResourceName: this(completionType), ImportState: true, ImportStateId: workItem1,
		ExpectError: regexp.MustCompile(`Only what is done can be imported(?s).*still open`),
	})
}

func TestWorkItemCompletion_unclearAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   mockisc.Fault
		outcome string
		acts    []string
	}{
		"response lost":       {mockisc.Fault{DropAfter: true}, "confirmed", []string{"completeWorkItem"}},
		"somebody was faster": {mockisc.Fault{Before: func(s *mockisc.Server) { _ = s.Complete(workItem1) }}, "adopted", nil},
	} {
		for _, secondAct := range []int{400, 200} {
			t.Run(fmt.Sprintf("%s, second act %d", name, secondAct), func(t *testing.T) {
				t.Parallel()
				w := newWorld(t, manualAction())
				// A service that answers 200 to a second act can't be told from
				// one that performed it.
				want := test.outcome
				if secondAct == 200 && want == "adopted" {
					want = "performed"
				}
				w.SetBehavior(func(b *mockisc.Behavior) { b.SecondActStatus = secondAct })
				fault := test.fault
				fault.Method = http.MethodPost
				w.AddFault(fault)
				config := w.config(completion())
				w.run(
					resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(completionType, want)}},
					w.emptyPlan(config, func() { w.wantActs(test.acts...); w.wantPosts("completeWorkItem " + workItem1) }),
				)
			})
		}
	}
}

// TestWorkItemCompletion_warnsOfUndecidedItems covers the last sentence of 5.2.
func TestWorkItemCompletion_warnsOfUndecidedItems(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	_, diags := w.rpc(nil).planAndApply(completionType, map[string]any{"workitem_id": workItem1})
	if got := text(diags); hasError(diags) || !strings.Contains(got, "WARNING: Approval items are still undecided") || !strings.Contains(got, item1) {
		t.Errorf("diagnostics:\n%s", got)
	}
}
