// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// completion is the configuration of a completion that says that the work was
// done.
func completion(more ...string) string { return completionOf("true", more...) }

func completionOf(done string, more ...string) string {
	return hcl(completionType, append([]string{fmt.Sprintf("workitem_id = %q", workItem1), "done = " + done}, more...)...)
}

func completed() map[string]any { return map[string]any{"workitem_id": workItem1, "done": true} }

func manualAction() mockisc.WorkItem { return openWorkItem(workItem1, "ManualAction") }

// provisioningTask is a manual task with the changes of an account, one of them a
// generated password.
func provisioningTask() mockisc.WorkItem {
	wi := manualAction()
	change := func(id, operation string, name, value *string) mockisc.ApprovalItem {
		return mockisc.ApprovalItem{ID: id, Account: new("JDOE01"), Application: "Mainframe [source]", Operation: operation, Name: name, Value: value}
	}
	wi.ApprovalItems = []mockisc.ApprovalItem{
		change(item2, "Create", new("password"), new("Gen-Passw0rd!")), change(item1, "Add", new("groups"), new("TSO")), change(item3, "Create", nil, nil),
	}
	return wi
}

func TestWorkItemCompletion_performs(t *testing.T) {
	t.Parallel()
	for _, keepOpen := range []bool{false, true} {
		t.Run(fmt.Sprintf("last decision leaves it open %t", keepOpen), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, provisioningTask())
			w.SetBehavior(func(b *mockisc.Behavior) { b.KeepOpenAfterLastDecision = keepOpen })
			config := w.config(completion(fmt.Sprintf("expected_item_ids = [%q, %q, %q]", item1, item2, item3)))
			workitem, first, second := tfjsonpath.New("workitem"), tfjsonpath.New("items").AtSliceIndex(0), tfjsonpath.New("items").AtSliceIndex(1)
			w.run(w.noChangeAfter(resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknowns(completionType, tfjsonpath.New("outcome"), workitem.AtMapKey("state"), first.AtMapKey("state")),
					known(completionType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1)),
					known(completionType, tfjsonpath.New("summary"), knownvalue.StringExact(`complete: "ManualAction", "Collect the laptop", 3 items`)),
					known(completionType, workitem.AtMapKey("name"), knownvalue.StringExact("Laptop return")),
					known(completionType, workitem.AtMapKey("requester_id"), knownvalue.Null()),
					known(completionType, first.AtMapKey("id"), knownvalue.StringExact(item1)),
					known(completionType, first.AtMapKey("value"), knownvalue.StringExact("TSO")),
					known(completionType, first.AtMapKey("value_redacted"), knownvalue.Bool(false)),
					known(completionType, second.AtMapKey("value"), knownvalue.Null()),
					known(completionType, second.AtMapKey("value_redacted"), knownvalue.Bool(true)),
					known(completionType, tfjsonpath.New("remediation_items"), knownvalue.ListSizeExact(0)),
				)},
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(completionType, "performed"), saved(completionType, workitem.AtMapKey("state"), knownvalue.StringExact("Finished")),
					// The items of a task stay undecided.
					saved(completionType, first.AtMapKey("state"), knownvalue.Null()),
				},
			}, func() { w.wantPosts("completeWorkItem " + workItem1); w.wantActs("completeWorkItem") }))
		})
	}
}

func TestWorkItemCompletion_refusedAtPlan(t *testing.T) {
	t.Parallel()
	runRefused(t, provisioningTask, map[string]refused{
		"canceled":                  {hcl: completion(), edit: closed("Canceled"), want: `The work item is closed(?s).*Canceled`},
		"already done, as an error": {hcl: completion(`on_already_done = "error"`), edit: closed("Finished"), want: `Already done(?s).*is already\s+completed`},
		"read-only":                 {hcl: completion(), want: `The provider is read-only`, settings: readOnlySetting},
		"items that it doesn't have": {hcl: completion(fmt.Sprintf("expected_item_ids = [%q, %q, %q, %q]", item1, item2, item3, somebody)),
			want: `The items are not the expected ones(?s).*It lacks:\s+- ` + somebody},
		"items that nobody expects": {hcl: completion(`expected_item_ids = []`), want: `It has, unexpected:(?s).*` + item2 + `: Create password \(redacted\)`},
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
			wi := provisioningTask()
			edit(&wi)
			w := newWorld(t, wi)
			w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true })
			config := w.config(completion())
			w.run(
				w.noChangeAfter(resource.TestStep{
					Config:            config,
					ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{known(completionType, tfjsonpath.New("outcome"), knownvalue.StringExact("adopted"))}},
					ConfigStateChecks: []statecheck.StateCheck{outcomeOf(completionType, "adopted")},
				}, func() { w.wantPosts() }),
				resource.TestStep{ResourceName: this(completionType), ImportState: true, ImportStateId: workItem1, ImportStateVerify: true, Config: config},
			)
		})
	}
}

// TestWorkItemCompletion_ledger: an imported task is inert until somebody says
// that the work was done.
func TestWorkItemCompletion_ledger(t *testing.T) {
	t.Parallel()
	w := newWorld(t, provisioningTask())
	guard := fmt.Sprintf("expected_item_ids = [%q, %q, %q]", item1, item2, item3)
	inert, done := w.config(completionOf("false", guard)), w.config(completion(guard))
	open := `open: "ManualAction", "Collect the laptop", 3 items`
	w.run(
		resource.TestStep{Config: inert, ResourceName: this(completionType), ImportState: true, ImportStateId: workItem1, ImportStatePersist: true},
		resource.TestStep{
			Config:           inert,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan(), planFunc(func() { w.wantPosts() })}},
			ConfigStateChecks: []statecheck.StateCheck{
				saved(completionType, tfjsonpath.New("done"), knownvalue.Bool(false)), saved(completionType, tfjsonpath.New("outcome"), knownvalue.Null()),
				saved(completionType, tfjsonpath.New("summary"), knownvalue.StringExact(open)), saved(completionType, tfjsonpath.New("expected_item_ids"), knownvalue.SetSizeExact(3)),
			},
		},
		w.noChangeAfter(resource.TestStep{
			Config: done,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknowns(completionType, tfjsonpath.New("outcome")),
				plancheck.ExpectResourceAction(this(completionType), plancheck.ResourceActionUpdate),
				known(completionType, tfjsonpath.New("summary"), knownvalue.StringExact(strings.Replace(open, "open", "complete", 1))),
			)},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(completionType, "performed")},
		}, func() { w.wantActs("completeWorkItem") }),
		resource.TestStep{Config: inert, ExpectError: regexp.MustCompile(`Completions are final(?s).*set done = true again`)},
	)
}

// TestWorkItemCompletion_recordsWithoutDoing: a resource that is created while
// nothing is to be done reads, and sends nothing.
func TestWorkItemCompletion_recordsWithoutDoing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, provisioningTask())
	config := w.config(completionOf("false"), "read_only = true", "max_acts = 0")
	w.run(
		w.noChangeAfter(resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				known(completionType, tfjsonpath.New("outcome"), knownvalue.Null()), known(completionType, tfjsonpath.New("workitem").AtMapKey("name"), knownvalue.StringExact("Laptop return")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{saved(completionType, tfjsonpath.New("outcome"), knownvalue.Null())},
		}, func() { w.wantPosts() }),
		resource.TestStep{Config: w.config(completion(), "read_only = true"), ExpectError: regexp.MustCompile(`The provider is read-only`)},
	)
}

// TestWorkItemCompletion_finishedBySomebody: it disturbs nobody, before the
// import or after it.
func TestWorkItemCompletion_finishedBySomebody(t *testing.T) {
	t.Parallel()
	for _, archives := range []bool{false, true} {
		t.Run(fmt.Sprintf("after the import, archived under another id %t", archives), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, provisioningTask())
			w.SetBehavior(func(b *mockisc.Behavior) { b.ArchiveUnderAnotherID = archives })
			inert := w.config(completionOf("false"))
			w.run(
				resource.TestStep{Config: inert},
				w.noChangeAfter(resource.TestStep{
					PreConfig: func() {
						if err := w.Complete(workItem1); err != nil {
							t.Error(err)
						}
					},
					Config:           inert,
					ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
				}, func() { w.wantPosts() }),
			)
		})
	}
	t.Run("before the import", func(t *testing.T) {
		t.Parallel()
		wi := provisioningTask()
		closed("Finished")(&wi)
		w := newWorld(t, wi)
		inert := w.config(completionOf("false"))
		w.run(
			resource.TestStep{Config: inert, ResourceName: this(completionType), ImportState: true, ImportStateId: workItem1, ImportStatePersist: true},
			w.noChangeAfter(resource.TestStep{
				Config:           inert,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(this(completionType), plancheck.ResourceActionUpdate)}},
				ConfigStateChecks: []statecheck.StateCheck{
					saved(completionType, tfjsonpath.New("summary"), knownvalue.StringExact(`open: "ManualAction", "Collect the laptop", 3 items`)),
					saved(completionType, tfjsonpath.New("outcome"), knownvalue.Null()),
				},
			}, func() { w.wantPosts() }),
		)
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
				inVirtualTime(t, func(t *testing.T, w *world) {
					w.Add(manualAction())
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
					state, diags := w.rpc(nil).planAndApply(completionType, completed())
					if hasError(diags) || field(t, state, "outcome") != want {
						t.Errorf("outcome %s, want %s, diagnostics:\n%s", field(t, state, "outcome"), want, diagText(diags))
					}
					w.wantActs(test.acts...)
					w.wantPosts("completeWorkItem " + workItem1)
				})
			})
		}
	}
}

// TestWorkItemCompletion_archivedUnderAnotherID: the answer shows it, under the
// id of the archive; where the answer is lost, nobody can tell.
func TestWorkItemCompletion_archivedUnderAnotherID(t *testing.T) {
	t.Parallel()
	archives := func(b *mockisc.Behavior) { b.ArchiveUnderAnotherID = true }
	t.Run("answered", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, manualAction())
		w.SetBehavior(archives)
		config := w.config(completion())
		w.run(w.noChangeAfter(resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(completionType, "performed")}}, func() { w.wantActs("completeWorkItem") }))
	})
	t.Run("lost", func(t *testing.T) {
		t.Parallel()
		inVirtualTime(t, func(t *testing.T, w *world) {
			w.Add(manualAction())
			w.SetBehavior(archives)
			w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true})
			_, diags := w.rpc(nil).planAndApply(completionType, completed())
			if got := diagText(diags); !strings.Contains(got, unclear) || !strings.Contains(got, `status = "completed"`) {
				t.Errorf("diagnostics:\n%s", got)
			}
			w.wantActs("completeWorkItem")
		})
	})
}

// TestWorkItemCompletion_undecidedItems: they are an oversight in an approval,
// unless this run decides them, and the normal way in a manual task.
func TestWorkItemCompletion_undecidedItems(t *testing.T) {
	t.Parallel()
	approvals := func() mockisc.WorkItem { return approvalWorkItem(workItem1, item1, item2) }
	const warning = "WARNING: Approval items are still undecided"
	for name, test := range map[string]struct {
		item func() mockisc.WorkItem
		// before are planned in the same run before the completion.
		before map[string]map[string]any
		want   []string
	}{
		"an approval":                {approvals, nil, []string{item1, item2}},
		"one is decided in this run": {approvals, map[string]map[string]any{approvalType: approve1()}, []string{item2}},
		"all are":                    {approvals, map[string]map[string]any{bulkApprovalType: {"workitem_id": workItem1, "decision": "reject"}}, nil},
		"a manual task":              {provisioningTask, nil, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(test.item())
				r := w.rpc(nil)
				for resourceType, arguments := range test.before {
					if plan := r.plan(resourceType, null(r.typeOf(resourceType)), arguments); hasError(plan.Diagnostics) {
						t.Fatal(diagText(plan.Diagnostics))
					}
				}
				plan := r.plan(completionType, null(r.typeOf(completionType)), completed())
				plan.Diagnostics = slices.DeleteFunc(plan.Diagnostics, func(d *tfprotov6.Diagnostic) bool { return strings.HasPrefix(d.Summary, "Two acts") })
				got := diagText(plan.Diagnostics)
				if strings.Contains(got, warning) != (len(test.want) > 0) || hasError(plan.Diagnostics) {
					t.Errorf("diagnostics:\n%s", got)
				}
				for _, item := range []string{item1, item2} {
					if want := strings.Contains(strings.Join(test.want, " "), item); strings.Contains(got, item) != want {
						t.Errorf("%s is named: %t, want %t:\n%s", item, !want, want, got)
					}
				}
			})
		})
	}
}

// TestWorkItemCompletion_doneUnknown in the plan, and false in the apply, of a
// finished task.
func TestWorkItemCompletion_doneUnknown(t *testing.T) {
	t.Parallel()
	for name, importFirst := range map[string]bool{"created": false, "adopted before": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				wi := manualAction()
				closed("Finished")(&wi)
				w.Add(wi)
				r := w.rpc(nil)
				prior := null(r.typeOf(completionType))
				if importFirst {
					prior, _ = r.planAndApply(completionType, map[string]any{"workitem_id": workItem1, "done": true})
				}
				first := r.plan(completionType, prior, map[string]any{"workitem_id": workItem1, "done": tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue)})
				again := w.rpc(nil).plan(completionType, prior, map[string]any{"workitem_id": workItem1, "done": false})
				if hasError(first.Diagnostics) || hasError(again.Diagnostics) {
					t.Fatal(diagText(first.Diagnostics), diagText(again.Diagnostics))
				}
				for _, name := range []string{"outcome", "summary", "performed_at", "performed_by"} {
					was, is := field(t, r.value(completionType, first.PlannedState), name), field(t, r.value(completionType, again.PlannedState), name)
					if was != "(unknown)" && was != is {
						t.Errorf("inconsistent final plan: %s was %s, and is now %s", name, was, is)
					}
				}
			})
		})
	}
}

// TestWorkItemCompletion_importOfItemWithoutID: the generated configuration passes
// validation.
func TestWorkItemCompletion_importOfItemWithoutID(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		wi := provisioningTask()
		wi.ApprovalItems[0].ID = ""
		w.Add(wi)
		r := w.rpc(nil)
		imported, err := r.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: completionType, ID: workItem1})
		if err != nil || hasError(imported.Diagnostics) {
			t.Fatal(err, diagText(imported.Diagnostics))
		}
		state := fields(t, r.value(completionType, imported.ImportedResources[0].State))
		config := object(r.typeOf(completionType), map[string]any{"workitem_id": workItem1, "done": false, "expected_item_ids": state["expected_item_ids"]})
		valid, err := r.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: completionType, Config: r.dynamic(config)})
		if err != nil || hasError(valid.Diagnostics) {
			t.Error(err, diagText(valid.Diagnostics))
		}
	})
}

// TestWorkItemCompletion_notFoundNamesTheWayOut of a destroy, done or not.
func TestWorkItemCompletion_notFoundNamesTheWayOut(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	r := w.rpc(nil)
	for _, done := range []bool{true, false} {
		plan := r.plan(completionType, null(r.typeOf(completionType)), map[string]any{"workitem_id": workItem1, "done": done})
		if got := diagText(plan.Diagnostics); !hasError(plan.Diagnostics) || !strings.Contains(got, "terraform destroy -refresh=false") {
			t.Errorf("done = %t: it says\n%s", done, got)
		}
	}
}

// TestWorkItemCompletion_finishedWithoutItems: a closed task may no longer show
// its items, which is no reason not to adopt it, even without a refresh.
func TestWorkItemCompletion_finishedWithoutItems(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(provisioningTask())
		w.SetBehavior(func(b *mockisc.Behavior) { b.DropApprovalItemsWhenClosed = true })
		arguments := map[string]any{"workitem_id": workItem1, "done": false, "on_already_done": "adopt"}
		prior, diags := w.rpc(nil).planAndApply(completionType, arguments)
		if hasError(diags) {
			t.Fatal(diagText(diags))
		}
		w.Update(workItem1, closed("Finished"))
		arguments["done"] = true
		r := w.rpc(nil)
		plan := r.plan(completionType, prior, arguments)
		if hasError(plan.Diagnostics) {
			t.Fatal(diagText(plan.Diagnostics))
		}
		state, diags := r.apply(t.Context(), completionType, prior, arguments, plan)
		if hasError(diags) || field(t, state, "outcome") != "adopted" || len(w.posts()) != 0 {
			t.Errorf("%s after %d requests that act: %s", field(t, state, "outcome"), len(w.posts()), diagText(diags))
		}
	})
}
