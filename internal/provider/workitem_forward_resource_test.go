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
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func forward(target string, more ...string) string {
	return hcl(forwardType, append([]string{
		fmt.Sprintf("workitem_id = %q", workItem1), fmt.Sprintf("target_owner_id = %q", target), `comment = "On vacation"`,
	}, more...)...)
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
	config := w.config(forward(successor, fmt.Sprintf("expected_owner_id = %q", mockisc.DefaultClient.IdentityID), "send_notifications = false"))
	owner := tfjsonpath.New("workitem").AtMapKey("owner_id")
	w.run(resource.TestStep{
		Config: config,
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknown(forwardType, tfjsonpath.New("outcome"), owner),
			known(forwardType, tfjsonpath.New("id"), knownvalue.StringExact(workItem1+"/"+successor)),
			known(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.StringExact(mockisc.DefaultClient.IdentityID)),
		)},
		ConfigStateChecks: []statecheck.StateCheck{
			outcomeOf(forwardType, "performed"), saved(forwardType, owner, knownvalue.StringExact(successor)),
			saved(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.StringExact(mockisc.DefaultClient.IdentityID)),
		},
	}, w.emptyPlan(config, func() { w.wantForwards(successor) }))
	if act := w.Acts()[0]; act.Comment != "On vacation" || act.SendNotifications {
		t.Errorf("forwarded with %+v", act)
	}
}

func TestWorkItemForward_refusedAtPlan(t *testing.T) {
	t.Parallel()
	runRefused(t, manualAction, map[string]refused{
		"moved on":                  {hcl: forward(successor, fmt.Sprintf("expected_owner_id = %q", somebody)), want: `The work item belongs to another owner than expected`},
		"closed":                    {hcl: forward(successor), edit: closed("Finished"), want: `The work item is closed`},
		"already done, as an error": {hcl: forward(mockisc.DefaultClient.IdentityID, `on_already_done = "error"`), want: `Already done`},
		"read-only":                 {hcl: forward(successor), want: `The provider is read-only`},
		"a malformed target":        {hcl: forward("a/b"), want: `Invalid owner id`},
	})
}

// TestWorkItemForward_driftIsShownNotActedOn covers 5.6: somebody forwards it
// on; the state follows, the plan stays empty, and nothing is sent.
func TestWorkItemForward_driftIsShownNotActedOn(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(somebody, "Somebody Else")
	config := w.config(forward(successor))
	w.run(
		resource.TestStep{Config: config},
		resource.TestStep{
			PreConfig: func() {
				if err := w.Forward(workItem1, somebody); err != nil {
					t.Error(err)
				}
			},
			RefreshState: true,
		},
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
			ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(forwardType, "performed"), saved(forwardType, tfjsonpath.New("workitem").AtMapKey("owner_id"), knownvalue.StringExact(somebody)),
			},
		},
		w.emptyPlan(config, func() { w.wantForwards(successor) }),
	)
}

// TestWorkItemForward_changes covers 5.7: a comment alone sends nothing, another
// target is another forward.
func TestWorkItemForward_changes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(somebody, "Somebody Else")
	changed := strings.Replace(forward(successor, "send_notifications = false"), "On vacation", "Gone", 1)
	w.run(
		resource.TestStep{Config: w.config(forward(successor))},
		resource.TestStep{
			Config: w.config(changed),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(forwardType), plancheck.ResourceActionUpdate),
				known(forwardType, tfjsonpath.New("outcome"), knownvalue.StringExact("performed")),
			}},
		},
		w.emptyPlan(w.config(changed), func() { w.wantForwards(successor) }),
		resource.TestStep{
			Config: w.config(forward(somebody)),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(forwardType), plancheck.ResourceActionDestroyBeforeCreate),
				known(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.StringExact(successor)),
			}},
		},
		w.emptyPlan(w.config(forward(somebody)), func() { w.wantForwards(successor, somebody) }),
	)
}

// TestWorkItemForward_ownerChangedSincePlan covers 5.1: a changed owner stops
// the apply.
func TestWorkItemForward_ownerChangedSincePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	w.AddIdentity(somebody, "Somebody Else")
	w.run(resource.TestStep{
		Config:           w.config(forward(successor)),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() { _ = w.Forward(workItem1, somebody) })}},
		ExpectError:      regexp.MustCompile(`Provider produced inconsistent final plan`),
	})
	w.wantPosts()
}

func TestWorkItemForward_adoptsAndImports(t *testing.T) {
	t.Parallel()
	w := newWorld(t, manualAction())
	config := w.config(forward(mockisc.DefaultClient.IdentityID))
	w.run(
		resource.TestStep{
			Config: config, ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(forwardType, "adopted"), saved(forwardType, tfjsonpath.New("previous_owner_id"), knownvalue.Null()),
			},
		},
		w.emptyPlan(config, func() { w.wantPosts() }),
		resource.TestStep{
			ResourceName: this(forwardType), ImportState: true, ImportStateId: workItem1 + "/" + mockisc.DefaultClient.IdentityID, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"comment"}, Config: config,
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

// TestWorkItemForward_outOfSight covers 5.3: an owner who is no administrator
// can't see the work item once it is forwarded.
func TestWorkItemForward_outOfSight(t *testing.T) {
	t.Parallel()
	for _, status := range []int{403, 404} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			w := newWorldOfOwner(t, manualAction())
			w.SetBehavior(func(b *mockisc.Behavior) { b.ForeignItemStatus = status })
			config := w.config(forward(successor))
			w.run(resource.TestStep{
				Config: config,
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(forwardType, "performed"), saved(forwardType, tfjsonpath.New("workitem").AtMapKey("owner_id"), knownvalue.StringExact(successor)),
				},
			}, w.emptyPlan(config, func() { w.wantForwards(successor) }))
		})
	}
	for _, stale := range []int{0, 1} {
		t.Run(fmt.Sprintf("and the answer is lost, and %d reads lag behind", stale), func(t *testing.T) {
			t.Parallel()
			w := newWorldOfOwner(t, manualAction())
			w.SetBehavior(func(b *mockisc.Behavior) { b.StaleReads = stale })
			w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true})
			w.run(resource.TestStep{
				Config: w.config(forward(successor)), ExpectError: regexp.MustCompile(`Did it happen\? Probably(?s).*ask the new owner`),
			})
			w.wantForwards(successor)
		})
	}
}

func TestWorkItemForward_unclearAnswers(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault     mockisc.Fault
		outcome   string
		wantError string
		acts      []string
	}{
		"response lost":       {mockisc.Fault{DropAfter: true}, "confirmed", "", []string{successor}},
		"HTML page":           {mockisc.Fault{HTMLAfter: true}, "confirmed", "", []string{successor}},
		"empty answer":        {mockisc.Fault{EmptyBody: true}, "performed", "", []string{successor}},
		"somebody was faster": {mockisc.Fault{Before: func(s *mockisc.Server) { _ = s.Forward(workItem1, successor) }, Status: 400}, "adopted", "", nil},
		"refused":             {mockisc.Fault{Status: 400}, "", `Did it happen\? No`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, manualAction())
			test.fault.Method = http.MethodPost
			w.AddFault(test.fault)
			config := w.config(forward(successor))
			if test.wantError != "" {
				w.run(resource.TestStep{Config: config, ExpectError: regexp.MustCompile(test.wantError)})
			} else {
				w.run(
					resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(forwardType, test.outcome)}},
					w.emptyPlan(config),
				)
			}
			w.wantForwards(test.acts...)
			if n := len(w.posts()); n != 1 {
				t.Errorf("%d POSTs, want 1", n)
			}
		})
	}
}
