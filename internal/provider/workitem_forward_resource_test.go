// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// forward is the configuration of a forward from the caller.
func forward(target string, more ...string) string {
	return forwardFrom(mockisc.DefaultClient.IdentityID, target, more...)
}

func forwardFrom(owner, target string, more ...string) string {
	return hcl(forwardType, append([]string{
		fmt.Sprintf("workitem_id = %q", workItem1), fmt.Sprintf("target_owner_id = %q", target), fmt.Sprintf("expected_owner_id = %q", owner), `comment = "On vacation"`,
	}, more...)...)
}

// forwardArguments are those of forward, for a test in process.
func forwardArguments(target string) map[string]any {
	return map[string]any{"workitem_id": workItem1, "target_owner_id": target, "expected_owner_id": mockisc.DefaultClient.IdentityID, "comment": "On vacation"}
}

// wantForwards fails unless the work item was forwarded to exactly these.
func (w *world) wantForwards(targets ...string) {
	w.t.Helper()
	var got []string
	for _, a := range w.Acts() {
		got = append(got, a.TargetOwnerID)
	}
	if strings.Join(got, " ") != strings.Join(targets, " ") {
		w.t.Errorf("forwarded to %q, want %q", got, targets)
	}
}

func TestWorkItemForward_performs(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	config := w.config(forward(successor, "send_notifications = false"))
	owner := tfjsonpath.New("workitem").AtMapKey("owner_id")
	w.run(w.noChangeAfter(resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(
			unknowns(forwardType, tfjsonpath.New("outcome"), owner, tfjsonpath.New("previous_owner_id"), tfjsonpath.New("previous_owner_name")),
			known(forwardType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1+"/"+successor)),
			known(forwardType, tfjsonpath.New("target_owner_name"), knownvalue.StringExact("Dora Deputy")),
			known(forwardType, tfjsonpath.New("summary"), knownvalue.StringExact(`forward: "Laptop return" to `+successor)),
		)},
		ConfigStateChecks: []statecheck.StateCheck{
			outcomeOf(forwardType, "performed"), saved(forwardType, owner, knownvalue.StringExact(successor)),
			saved(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.StringExact(mockisc.DefaultClient.IdentityID)),
			saved(forwardType, tfjsonpath.New("previous_owner_name"), knownvalue.StringExact(mockisc.DefaultClient.IdentityName)),
		},
	}, func() { w.wantForwards(successor) }))
	if act := w.Acts()[0]; act.Comment != "On vacation" || act.SendNotifications {
		t.Errorf("forwarded with %+v", act)
	}
}

func TestWorkItemForward_refusedAtPlan(t *testing.T) {
	t.Parallel()
	ownerless := func(wi *mockisc.WorkItem) { wi.Ownerless = true }
	runRefused(t, manualAction, map[string]refused{
		"moved on":                  {hcl: forwardFrom(somebody, successor), want: `The work item belongs to another owner than expected(?s).*moved on by\s+somebody.*terraform\s+untaint.*moved\s+block`},
		"nobody's, from somebody":   {hcl: forward(successor), edit: ownerless, want: `belongs to another owner than expected`},
		"somebody's, from nobody":   {hcl: forwardFrom("", successor), want: `belongs to another owner than expected`},
		"closed":                    {hcl: forward(successor), edit: closed("Finished"), want: `The work item is closed(?s).*out of\s+the\s+configuration.*-refresh=false`},
		"already done, as an error": {hcl: forward(mockisc.DefaultClient.IdentityID, `on_already_done = "error"`), want: `Already done(?s).*set\s+on_already_done = "adopt"`},
		"read-only":                 {hcl: forward(successor), want: `The provider is read-only`, settings: readOnlySetting},
		"a malformed target":        {hcl: forward("a/b"), want: `Invalid owner id`},
		"an address":                {hcl: forward("https://acme.identitynow.com/ui/a/" + successor), want: `the last part of such an address`},
		"an e-mail address":         {hcl: forward("dora.deputy@example.com"), want: `is an e-mail address, not an id(?s).*sailpoint_identity`},
	})
}

// TestWorkItemForward_fromNobody: a work item without owner is forwarded from "".
func TestWorkItemForward_fromNobody(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		wi := manualAction()
		wi.Ownerless = true
		w.Add(wi)
		arguments := forwardArguments(successor)
		arguments["expected_owner_id"] = ""
		state, diags := w.rpc(nil).planAndApply(forwardType, arguments)
		if len(diags) != 0 || field(t, state, "outcome") != "performed" || field(t, state, "previous_owner_id") != "(null)" {
			t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), diagText(diags))
		}
		w.wantForwards(successor)
	})
}

// TestWorkItemForward_isARecord: somebody forwards it on; state and plan stay,
// and nothing is asked or sent.
func TestWorkItemForward_isARecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(mockisc.Identity{ID: somebody, Name: "Somebody Else"})
	config := w.config(forward(successor))
	w.run(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				if err := w.Forward(workItem1, somebody); err != nil {
					t.Error(err)
				}
				w.ResetRequests()
			},
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(forwardType, "performed"), saved(forwardType, tfjsonpath.New("workitem").AtMapKey("owner_id"), knownvalue.StringExact(successor)),
				stateFunc(func() {
					if n := len(w.Requests()); n != 0 {
						t.Errorf("%d requests", n)
					}
				}),
			},
		},
	)
}

// TestWorkItemForward_madeAnewIsNotPulledBack: a record that Terraform makes
// anew, because it was tainted or renamed, meets a work item that has moved on.
func TestWorkItemForward_madeAnewIsNotPulledBack(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(manualAction())
		w.AddIdentity(mockisc.Identity{ID: somebody, Name: "Somebody Else"})
		if _, diags := w.rpc(nil).planAndApply(forwardType, forwardArguments(successor)); len(diags) != 0 {
			t.Fatal(diagText(diags))
		}
		// The target still has it: adopted.
		state, diags := w.rpc(nil).planAndApply(forwardType, forwardArguments(successor))
		if hasError(diags) || field(t, state, "outcome") != "adopted" {
			t.Errorf("outcome %s, diagnostics:\n%s", field(t, state, "outcome"), diagText(diags))
		}
		if err := w.Forward(workItem1, somebody); err != nil {
			t.Fatal(err)
		}
		_, diags = w.rpc(nil).planAndApply(forwardType, forwardArguments(successor))
		if got := diagText(diags); !strings.Contains(got, `belongs to another owner than expected [AttributeName("expected_owner_id")]`) || !strings.Contains(got, "terraform untaint") {
			t.Errorf("diagnostics:\n%s", got)
		}
		w.wantForwards(successor)
	})
}

// TestWorkItemForward_changes: what was sent can't be changed, another target is
// another forward, from the former one.
func TestWorkItemForward_changes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(mockisc.Identity{ID: somebody, Name: "Somebody Else"})
	next := forwardFrom(successor, somebody)
	w.run(
		resource.TestStep{Config: w.config(forward(successor))},
		resource.TestStep{
			Config:      w.config(strings.Replace(forward(successor), "On vacation", "Gone", 1)),
			ExpectError: regexp.MustCompile(`What was sent can't be changed(?s).*set comment to its former value`),
		},
		resource.TestStep{
			Config:      w.config(forward(successor, "send_notifications = false")),
			ExpectError: regexp.MustCompile(`What was sent can't be changed`),
		},
		resource.TestStep{
			// A changed guard or timeout alone is only recorded.
			Config:           w.config(forwardFrom(somebody, successor, `timeouts = { read = "1m" }`)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(this(forwardType), plancheck.ResourceActionUpdate)}},
		},
		w.noChangeAfter(resource.TestStep{
			Config: w.config(next),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(forwardType), plancheck.ResourceActionDestroyBeforeCreate),
				known(forwardType, tfjsonpath.New("target_owner_name"), knownvalue.StringExact("Somebody Else")),
			}},
		}, func() { w.wantForwards(successor, somebody) }),
	)
}

// TestWorkItemForward_changesOfAnAdoptedOne are only recorded: nothing was sent.
func TestWorkItemForward_changesOfAnAdoptedOne(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	adopted := forward(mockisc.DefaultClient.IdentityID)
	changed := strings.Replace(forward(mockisc.DefaultClient.IdentityID, "send_notifications = false"), "On vacation", "Gone", 1)
	w.run(
		resource.TestStep{Config: w.config(adopted)},
		w.noChangeAfter(resource.TestStep{
			Config:           w.config(changed),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectResourceAction(this(forwardType), plancheck.ResourceActionUpdate)}},
		}, func() { w.wantPosts() }),
	)
}

// TestWorkItemForward_doneAsAskedSincePlan: somebody forwards it to the same
// target between plan and apply; nothing that the plan knew has changed.
func TestWorkItemForward_doneAsAskedSincePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.run(w.noChangeAfter(resource.TestStep{
		Config:           w.config(forward(successor)),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() { _ = w.Forward(workItem1, successor) })}},
		ConfigStateChecks: []statecheck.StateCheck{
			outcomeOf(forwardType, "adopted"), saved(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.Null()),
		},
	}, func() { w.wantPosts() }))
}

func TestWorkItemForward_ownerChangedSincePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(mockisc.Identity{ID: somebody, Name: "Somebody Else"})
	w.run(resource.TestStep{
		Config:           w.config(forward(successor)),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() { _ = w.Forward(workItem1, somebody) })}},
		ExpectError:      regexp.MustCompile(`The work item belongs to another owner than expected`),
	})
	w.wantPosts()
}

func TestWorkItemForward_adoptsAndImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	config := w.config(forward(mockisc.DefaultClient.IdentityID))
	w.run(
		w.noChangeAfter(resource.TestStep{
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{known(forwardType, tfjsonpath.New("outcome"), knownvalue.StringExact("adopted"))}},
			ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(forwardType, "adopted"), saved(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.Null()),
			},
		}, func() { w.wantPosts() }),
		resource.TestStep{
			ResourceName: this(forwardType), ImportState: true, ImportStateId: workItem1 + "/" + mockisc.DefaultClient.IdentityID, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"comment", "expected_owner_id"}, Config: config,
		},
		resource.TestStep{
			ResourceName: this(forwardType), ImportState: true, ImportStateId: workItem1 + "/" + successor, Config: config,
			ExpectError: regexp.MustCompile(`Only what is done can be imported`),
		},
		resource.TestStep{
			ResourceName: this(forwardType), ImportState: true, ImportStateId: workItem1, Config: config,
			ExpectError: regexp.MustCompile(`WORKITEM_ID/TARGET_OWNER_ID`),
		},
	)
}

// TestWorkItemForward_targetThatCanNotBeNamed: a look-up that brings nothing is
// told, each reason apart, and doesn't stop the forward.
func TestWorkItemForward_targetThatCanNotBeNamed(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit    func(*world)
		want    string
		unnamed bool
	}{
		"named":     {func(*world) {}, "", false},
		"forbidden": {func(w *world) { w.SetBehavior(func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 }) }, "Plan and apply must be made with the same right", true},
		"inactive":  {func(w *world) { w.AddIdentity(mockisc.Identity{ID: successor, Name: "Dora Deputy", Inactive: true}) }, "The target of the forward is inactive", false},
		"a group": {func(w *world) {
			w.AddFault(mockisc.Fault{Operation: mockisc.OpIdentities, Times: -1, Status: 200, Body: "[]"})
		}, "It may be a governance group", true},
		"out of order":  {func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpIdentities, Times: -1, Status: 500}) }, "could not be looked up", true},
		"hostile names": {func(w *world) { w.AddIdentity(mockisc.Identity{ID: successor, Name: "Dora\n::error::x"}) }, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(manualAction())
				test.edit(w)
				r := w.rpc(nil)
				none := null(r.typeOf(forwardType))
				plan := r.plan(forwardType, none, forwardArguments(successor))
				planned := r.value(forwardType, plan.PlannedState)
				if got := diagText(plan.Diagnostics); hasError(plan.Diagnostics) || test.want == "" && got != "" || !strings.Contains(got, test.want) {
					t.Errorf("the plan says:\n%s", got)
				}
				if got := field(t, planned, "target_owner_name"); (got == "(unknown)") != test.unnamed || strings.Contains(got, "\n") {
					t.Errorf("planned name %q", got)
				}
				state, diags := r.apply(t.Context(), forwardType, none, forwardArguments(successor), plan)
				if len(diags) != 0 || (field(t, state, "target_owner_name") == "(null)") != test.unnamed {
					t.Errorf("name %s, diagnostics:\n%s", field(t, state, "target_owner_name"), diagText(diags))
				}
				w.wantForwards(successor)
			})
		})
	}
}

// TestWorkItemForward_plannedByATokenThatMayNotLookPeopleUp and applied by one
// that may.
func TestWorkItemForward_plannedByATokenThatMayNotLookPeopleUp(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.SetBehavior(func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 })
	w.run(w.noChangeAfter(resource.TestStep{
		Config: w.config(forward(successor)),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknowns(forwardType, tfjsonpath.New("target_owner_name")), planFunc(func() {
			w.SetBehavior(func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 200 })
		}))},
		ConfigStateChecks: []statecheck.StateCheck{saved(forwardType, tfjsonpath.New("target_owner_name"), knownvalue.StringExact("Dora Deputy"))},
	}, func() { w.wantForwards(successor) }))
}

// TestWorkItemForward_toAnUnknownIdentity is refused on the attribute that is
// wrong.
func TestWorkItemForward_toAnUnknownIdentity(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 404} {
		inVirtualTime(t, func(t *testing.T, w *world) {
			w.Add(manualAction())
			w.SetBehavior(func(b *mockisc.Behavior) { b.ForwardUnknownIdentityStatus = status })
			_, diags := w.rpc(nil).planAndApply(forwardType, forwardArguments(somebody))
			if got := diagText(diags); !strings.Contains(got, `[AttributeName("target_owner_id")]`) || !strings.Contains(got, "check target_owner_id") || !strings.Contains(got, notExecuted) {
				t.Errorf("%d: diagnostics:\n%s", status, got)
			}
		})
	}
}

// TestWorkItemForward_outOfSight: an owner who is no administrator
// can't see the work item once it is forwarded.
func TestWorkItemForward_outOfSight(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := newWorldOfOwner(t, manualAction())
			w.SetBehavior(func(b *mockisc.Behavior) { b.ForeignItemStatus = status })
			config := w.config(forward(successor))
			w.run(w.noChangeAfter(resource.TestStep{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(forwardType, "performed"), saved(forwardType, tfjsonpath.New("workitem").AtMapKey("owner_id"), knownvalue.StringExact(successor)),
				},
			}, func() { w.wantForwards(successor) }))
		})
	}
	for _, stale := range []int{0, 1} {
		t.Run(fmt.Sprintf("and the answer is lost, and %d reads lag behind", stale), func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.Add(manualAction())
				w.SetBehavior(func(b *mockisc.Behavior) { b.StaleReads = stale })
				w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true})
				_, diags := w.rpc(nil).planAndApply(forwardType, forwardArguments(successor))
				if got := diagText(diags); !strings.Contains(got, "Did it happen? Probably") || !strings.Contains(got, "ask the new owner") {
					t.Errorf("diagnostics:\n%s", got)
				}
				w.wantForwards(successor)
			}, asOwner)
		})
	}
}

// TestWorkItemForward_isRecordedSoon: looking up the target's name doesn't hold up
// the record of what was done.
func TestWorkItemForward_isRecordedSoon(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		w.Add(manualAction())
		w.SetBehavior(func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 })
		arguments := forwardArguments(successor)
		arguments["timeouts"] = map[string]any{"create": "1m"}
		r := w.rpc(map[string]any{"request_timeout": "5s"})
		prior := null(r.typeOf(forwardType))
		plan := r.plan(forwardType, prior, arguments)
		if hasError(plan.Diagnostics) {
			t.Fatal(diagText(plan.Diagnostics))
		}
		w.SetBehavior(func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 200 })
		w.AddFault(mockisc.Fault{Operation: mockisc.OpIdentities, Times: -1, Status: 429, Header: http.Header{"Retry-After": {"3600"}}})
		start := time.Now()
		state, diags := r.apply(t.Context(), forwardType, prior, arguments, plan)
		took := time.Since(start)
		w.wantForwards(successor)
		if took > 20*time.Second {
			t.Errorf("the act was done at once, and recorded (outcome %s) after %s, with timeouts.create = 1m:\n%s", field(t, state, "outcome"), took, diagText(diags))
		}
	})
}
