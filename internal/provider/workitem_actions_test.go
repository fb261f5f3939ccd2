// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// actionCase is one Terraform Action, as the tests drive it.
type actionCase struct {
	faultyAct
	// act is what the mock records.
	act string
	// sending and done are what the progress says before and after.
	sending, done string
}

// actionCases has one for each action; resourceType is the action's type.
func actionCases() map[string]actionCase {
	acts := faultyActs()
	action := func(actionType, of string, arguments map[string]any, act, sending, done string) actionCase {
		a := acts[of]
		a.resourceType = actionType
		a.arguments = arguments
		return actionCase{a, act, sending, done}
	}
	decideBoth := acts["bulk approval"].arguments
	onItem := map[string]any{"workitem_id": workItem1, "approval_item_id": item1}
	onWorkItem := map[string]any{"workitem_id": workItem1}
	if decideBoth["decision"] != "reject" {
		panic("the bulk cases below take the matrix to reject")
	}
	forward := maps.Clone(acts["forward"].arguments)
	forward["expected_owner_id"] = mockisc.DefaultClient.IdentityID
	reject := action("sailpoint_workitem_reject", "approval", onItem, "rejectApprovalItem "+item1,
		"Add groups CN=Group 1 for jdoe on Finance", "Rejected approval item "+item1+" of work item "+workItem1)
	reject.asAsked, reject.otherwise = reject.otherwise, reject.asAsked
	bulkApprove := action("sailpoint_workitem_bulk_approve", "bulk approval", onWorkItem, "approveApprovalItemsInBulk "+item1+","+item2,
		"2 undecided:\n  - "+item1+": Add groups CN=Group 1 for jdoe on Finance\n  - "+item2+": Add groups CN=Group 2 for jdoe on Finance.", "Approved all approval items of work item "+workItem1)
	bulkApprove.asAsked, bulkApprove.otherwise = bulkApprove.otherwise, bulkApprove.asAsked
	return map[string]actionCase{
		"approve": action("sailpoint_workitem_approve", "approval", onItem, "approveApprovalItem "+item1,
			"Add groups CN=Group 1 for jdoe on Finance", "Approved approval item "+item1+" of work item "+workItem1),
		"reject":       reject,
		"bulk approve": bulkApprove,
		"bulk reject": action("sailpoint_workitem_bulk_reject", "bulk approval", onWorkItem, "rejectApprovalItemsInBulk "+item1+","+item2,
			"2 undecided:\n", "Rejected all approval items of work item "+workItem1),
		"complete": action("sailpoint_workitem_complete", "completion", onWorkItem, "completeWorkItem",
			"ManualAction: Collect the laptop", "Completed work item "+workItem1),
		"forward": action("sailpoint_workitem_forward", "forward", forward, "forwardWorkItem",
			"now owned by "+mockisc.DefaultClient.IdentityID+", Iga Approver", "Forwarded work item "+workItem1+" to "+successor),
		"submit account selection": action("sailpoint_workitem_submit_account_selection", "account selection", acts["account selection"].arguments, "submitAccountSelection",
			"form Account Selection for Jane Doe, with values for accountId", "Submitted the account selections of work item "+workItem1),
	}
}

func (r *rpc) actionConfig(actionType string, arguments map[string]any) *tfprotov6.DynamicValue {
	r.t.Helper()
	return r.dynamic(object(r.schema.ActionSchemas[actionType].Schema.ValueType(), arguments))
}

// planAction returns the diagnostics of a plan.
func (r *rpc) planAction(actionType string, arguments map[string]any) []*tfprotov6.Diagnostic {
	r.t.Helper()
	resp, err := r.ProviderServer.(tfprotov6.ActionServer).PlanAction(r.t.Context(), &tfprotov6.PlanActionRequest{
		ActionType: actionType, Config: r.actionConfig(actionType, arguments),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.Diagnostics
}

// invokeAction returns the progress messages and the diagnostics.
func (r *rpc) invokeAction(actionType string, arguments map[string]any) (progress []string, diags []*tfprotov6.Diagnostic) {
	r.t.Helper()
	stream, err := r.ProviderServer.(tfprotov6.ActionServer).InvokeAction(r.t.Context(), &tfprotov6.InvokeActionRequest{
		ActionType: actionType, Config: r.actionConfig(actionType, arguments),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for event := range stream.Events {
		switch e := event.Type.(type) {
		case tfprotov6.ProgressInvokeActionEventType:
			progress = append(progress, e.Message)
		case tfprotov6.CompletedInvokeActionEventType:
			diags = append(diags, e.Diagnostics...)
		}
	}
	return progress, diags
}

// wantAnchored fails for a diagnostic on an attribute that the action lacks:
// Terraform could not show where it belongs.
func (r *rpc) wantAnchored(actionType string, diags []*tfprotov6.Diagnostic) {
	r.t.Helper()
	for _, d := range diags {
		if d.Attribute == nil {
			r.t.Errorf("on no attribute: %s", diagText(diags))
			continue
		}
		name := string(d.Attribute.Steps()[0].(tftypes.AttributeName))
		if !slices.ContainsFunc(r.schema.ActionSchemas[actionType].Schema.Block.Attributes, func(a *tfprotov6.SchemaAttribute) bool { return a.Name == name }) {
			r.t.Errorf("on %q, which %s doesn't have: %s", name, actionType, diagText(diags))
		}
	}
}

// TestActions_oneForEachPost: every POST operation of the API has its action.
func TestActions_oneForEachPost(t *testing.T) {
	t.Parallel()
	r := newWorld(t).rpc(nil)
	var tested []string
	for _, c := range actionCases() {
		tested = append(tested, c.resourceType)
	}
	slices.Sort(tested)
	if has := slices.Sorted(maps.Keys(r.schema.ActionSchemas)); len(has) != 7 || !slices.Equal(has, tested) {
		t.Errorf("the provider has the actions %q, tested are %q", has, tested)
	}
}

// TestActions_perform: the plan is quiet, the invocation sends one request and
// says what it did, and a second invocation sends nothing.
func TestActions_perform(t *testing.T) {
	t.Parallel()
	for name, c := range actionCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.item())
			r := w.rpc(nil)
			if diags := r.planAction(c.resourceType, c.arguments); len(diags) != 0 {
				t.Errorf("the plan says:\n%s", diagText(diags))
			}
			w.wantPosts()
			progress, diags := r.invokeAction(c.resourceType, c.arguments)
			if len(diags) != 0 {
				t.Errorf("the invocation says:\n%s", diagText(diags))
			}
			if len(progress) != 2 || !strings.Contains(progress[0], c.sending) || !strings.HasPrefix(progress[1], c.done+" at ") ||
				!strings.HasSuffix(progress[1], ", as identity "+mockisc.DefaultClient.IdentityID+".") {
				t.Errorf("progress:\n%s\nwant %q, then %q", strings.Join(progress, "\n"), c.sending, c.done)
			}
			w.wantActs(c.act)

			again := w.rpc(nil)
			if diags := again.planAction(c.resourceType, c.arguments); hasError(diags) || !strings.Contains(diagText(diags), "Already done: nothing is to be sent") {
				t.Errorf("the second plan says:\n%s", diagText(diags))
			} else {
				again.wantAnchored(c.resourceType, diags)
			}
			progress, diags = again.invokeAction(c.resourceType, c.arguments)
			if len(diags) != 0 || len(progress) != 1 || !strings.HasPrefix(progress[0], "No need to ") || !strings.HasSuffix(progress[0], "Nothing was sent.") {
				t.Errorf("the second invocation reports %q and says:\n%s", progress, diagText(diags))
			}
			if n := len(w.posts()); n != 1 {
				t.Errorf("%d POSTs, want 1: %v", n, w.posts())
			}
		})
	}
}

// TestActions_faults drives the actions through what can go wrong at the
// request. The engine is the resources', whose matrix is larger; what differs
// is what an action says and that it has no state.
func TestActions_faults(t *testing.T) {
	t.Parallel()
	for faultName, test := range map[string]struct {
		row faultRow
		// progress and errors are what has to be said.
		progress, failed string
	}{
		"response lost": {
			faultRow{faults: onPost(mockisc.Fault{DropAfter: true}), want: fateConfirmed},
			"the answer was lost, but the work item shows it as done", "",
		},
		"reset": {
			faultRow{faults: onPost(mockisc.Fault{DropBefore: true}), want: fateUnclear},
			"The answer is lost or unusable: reading the work item", "What to do: invoke the action again",
		},
		"busy": {
			faultRow{faults: onPost(mockisc.Fault{Status: 429, Header: retryAfterHeader("0")}), want: fateRepeated},
			"The service is busy and executed nothing", "",
		},
		"token expired": {
			faultRow{faults: onPost(mockisc.Fault{ExpireToken: true}), want: fateRepeated},
			"The access token had expired and nothing was executed", "",
		},
		"refused": {
			faultRow{faults: onPost(mockisc.Fault{Status: 403}), want: fateRefused}, "", "The service refused the request",
		},
		"somebody was faster": {
			faultRow{faults: func(a faultyAct) []mockisc.Fault { return onPost(mockisc.Fault{Before: a.asAsked})(a) }, want: fate{outcome: "adopted", posts: 1}, forward: &fatePerformed},
			"somebody else was faster", "",
		},
		"ruled out": {
			faultRow{faults: func(a faultyAct) []mockisc.Fault { return onPost(mockisc.Fault{Before: a.otherwise})(a) }, want: fate{happened: notExecuted, posts: 1}, forward: &fatePerformed},
			"", "The work item was read again",
		},
	} {
		for name, c := range actionCases() {
			t.Run(faultName+"/"+name, func(t *testing.T) {
				t.Parallel()
				want, failed := test.row.want, test.failed
				if c.resourceType == "sailpoint_workitem_forward" && test.row.forward != nil {
					want, failed = *test.row.forward, ""
				}
				inVirtualTime(t, func(t *testing.T, w *world) {
					w.Add(c.item())
					r := w.rpc(nil)
					for _, f := range test.row.faults(c.faultyAct) {
						w.AddFault(f)
					}
					progress, diags := r.invokeAction(c.resourceType, c.arguments)
					said := diagText(diags)
					expected := test.progress
					if want.outcome == "performed" && want.posts == 1 {
						expected = c.done
					}
					if hasError(diags) != (want.outcome == "") || !strings.Contains(said, failed) || !strings.Contains(strings.Join(progress, "\n"), expected) {
						t.Errorf("want outcome %q; progress %q, diagnostics:\n%s", want.outcome, progress, said)
					}
					if got := answers(said); want.outcome == "" && !slices.Equal(got, []string{want.happened}) {
						t.Errorf("the error answers %q, want %q:\n%s", got, want.happened, said)
					}
					r.wantAnchored(c.resourceType, diags)
					if len(w.acts()) != want.acts || len(w.posts()) != want.posts {
						t.Errorf("acts %q by POSTs %q, want %d by %d", w.acts(), w.posts(), want.acts, want.posts)
					}
				})
			})
		}
	}
}

// TestActions_refusedAtPlan: what the invocation would refuse, the plan does.
func TestActions_refusedAtPlan(t *testing.T) {
	t.Parallel()
	with := func(arguments map[string]any, name string, value any) map[string]any {
		arguments = maps.Clone(arguments)
		arguments[name] = value
		return arguments
	}
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	for name, c := range actionCases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, c.item())
			check := func(r *rpc, arguments map[string]any, want string) {
				t.Helper()
				diags := r.planAction(c.resourceType, arguments)
				if got := diagText(diags); want == "" && len(diags) != 0 || !strings.Contains(got, want) || hasError(diags) != (want != "") {
					t.Errorf("the plan says:\n%s\nwant %q", got, want)
				}
				r.wantAnchored(c.resourceType, slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Summary == "The provider is read-only" }))
			}
			check(w.rpc(nil), with(c.arguments, "workitem_id", workItem2), "Unable to read work item "+workItem2)
			check(w.rpc(nil), with(c.arguments, "workitem_id", unknown), "")
			readOnly := w.rpc(map[string]any{"read_only": true})
			check(readOnly, c.arguments, "The provider is read-only")
			check(readOnly, with(c.arguments, "workitem_id", unknown), "The provider is read-only")
			switch {
			case strings.Contains(c.resourceType, "bulk"):
				check(w.rpc(nil), with(c.arguments, "expected_item_ids", setOf(item1, item3)), "The items are not the expected ones")
			case c.arguments["approval_item_id"] != nil:
				check(w.rpc(nil), with(c.arguments, "approval_item_id", item3), "No such approval item in the work item")
				check(w.rpc(nil), with(c.arguments, "expect", map[string]any{"account": "other"}), "The approval item is not the expected one")
			case c.arguments["expected_owner_id"] != nil:
				check(w.rpc(nil), with(c.arguments, "expected_owner_id", somebody), "The work item belongs to another owner than expected")
			case c.arguments["selections"] != nil:
				check(w.rpc(nil), with(c.arguments, "selections", selectionsValue(map[string]string{"nothing": "x"})), "The form has no such field")
			}
			w.Update(workItem1, closed("Canceled"))
			check(w.rpc(nil), c.arguments, "Nothing was sent.")
			progress, diags := w.rpc(nil).invokeAction(c.resourceType, c.arguments)
			if !hasError(diags) || len(progress) != 0 {
				t.Errorf("the invocation reports %q and says:\n%s", progress, diagText(diags))
			}
			w.wantPosts()
		})
	}
}

// TestActions_adviceInThePlan: warnings of guards that guard nothing.
func TestActions_adviceInThePlan(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	arguments := map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "expect": map[string]any{}}
	if diags := w.rpc(nil).planAction("sailpoint_workitem_approve", arguments); hasError(diags) || len(diags) != 1 || !strings.Contains(diagText(diags), "expect checks nothing") {
		t.Errorf("the plan says:\n%s", diagText(diags))
	}
}

// TestActions_valuesKnownOnlyAtInvocation: Terraform doesn't validate what was
// unknown at plan, so whatever it turns out to be must not switch a guard off.
func TestActions_valuesKnownOnlyAtInvocation(t *testing.T) {
	t.Parallel()
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	forward := func(more map[string]any) map[string]any {
		arguments := map[string]any{"workitem_id": workItem1, "target_owner_id": successor, "comment": "On vacation", "expected_owner_id": mockisc.DefaultClient.IdentityID}
		maps.Copy(arguments, more)
		return arguments
	}
	for name, test := range map[string]struct {
		actionType     string
		plan, at       map[string]any
		want           string
		sentRegardless bool
	}{
		"an empty expected owner": {
			"sailpoint_workitem_forward", forward(map[string]any{"expected_owner_id": unknown}), forward(map[string]any{"expected_owner_id": ""}),
			"ERROR: The work item belongs to another owner than expected", false,
		},
		"no expected owner": {
			"sailpoint_workitem_forward", forward(map[string]any{"expected_owner_id": unknown}), forward(map[string]any{"expected_owner_id": nil}),
			"ERROR: The work item belongs to another owner than expected", false,
		},
		"a target that can't be one": {
			"sailpoint_workitem_forward", forward(map[string]any{"target_owner_id": unknown}), forward(map[string]any{"target_owner_id": "a/b"}),
			"Did it happen? No. Nothing was sent.", false,
		},
		"an empty work item id": {
			"sailpoint_workitem_complete", map[string]any{"workitem_id": unknown}, map[string]any{"workitem_id": ""},
			"Did it happen? No. Nothing was sent.", false,
		},
		"another approval item than expected": {
			"sailpoint_workitem_approve", map[string]any{"workitem_id": workItem2, "approval_item_id": item1, "expect": map[string]any{"account": unknown}},
			map[string]any{"workitem_id": workItem2, "approval_item_id": item1, "expect": map[string]any{"account": ""}},
			"ERROR: The approval item is not the expected one", false,
		},
		"an expectation that checks nothing": {
			"sailpoint_workitem_approve", map[string]any{"workitem_id": workItem2, "approval_item_id": item1, "expect": map[string]any{"account": unknown}},
			map[string]any{"workitem_id": workItem2, "approval_item_id": item1, "expect": map[string]any{}},
			"WARNING: expect checks nothing", true,
		},
		"selections that are no object": {
			"sailpoint_workitem_submit_account_selection", map[string]any{"workitem_id": "2c91808a0000000000000000000000a3", "selections": unknown},
			map[string]any{"workitem_id": "2c91808a0000000000000000000000a3", "selections": tftypes.NewValue(tftypes.String, "accountId")},
			"Did it happen? No.", false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, openWorkItem(workItem1, "ManualAction"), approvalWorkItem(workItem2, item1), formWorkItem("2c91808a0000000000000000000000a3"))
			if diags := w.rpc(nil).planAction(test.actionType, test.plan); len(diags) != 0 {
				t.Errorf("the plan says:\n%s", diagText(diags))
			}
			_, diags := w.rpc(nil).invokeAction(test.actionType, test.at)
			if got := diagText(diags); !strings.Contains(got, test.want) || hasError(diags) == test.sentRegardless || len(diags) != 1 {
				t.Errorf("the invocation says:\n%s\nwant %q", got, test.want)
			}
			if sent := len(w.posts()) > 0; sent != test.sentRegardless {
				t.Errorf("POSTs %q", w.posts())
			}
		})
	}
}

// TestActions_adoptionIsToldOnce: a warning that there is nothing to do comes
// with the plan, or with the invocation if the plan could not know.
func TestActions_adoptionIsToldOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t, formWorkItem(workItem1))
	if err := w.SubmitSelection(workItem1, map[string]any{"accountId": "other"}); err != nil {
		t.Fatal(err)
	}
	r := w.rpc(nil)
	arguments := map[string]any{"workitem_id": workItem1, "selections": selectionsValue(map[string]string{"accountId": "a1"})}
	for i, want := range []bool{true, false} {
		_, diags := r.invokeAction("sailpoint_workitem_submit_account_selection", arguments)
		if got := diagText(diags); hasError(diags) || strings.Contains(got, "What was submitted can't be read back") != want {
			t.Errorf("invocation %d says:\n%s", i+1, got)
		}
	}
	w.wantPosts()
}

// TestActions_notificationsByDefault: a forward notifies unless told not to.
func TestActions_notificationsByDefault(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openWorkItem(workItem1, "ManualAction"), openWorkItem(workItem2, "ManualAction"))
	arguments := map[string]any{"workitem_id": workItem1, "expected_owner_id": mockisc.DefaultClient.IdentityID, "target_owner_id": successor, "comment": "On vacation"}
	r := w.rpc(nil)
	r.invokeAction("sailpoint_workitem_forward", arguments)
	arguments["workitem_id"], arguments["send_notifications"] = workItem2, false
	r.invokeAction("sailpoint_workitem_forward", arguments)
	if acts := w.Acts(); len(acts) != 2 || !acts[0].SendNotifications || acts[1].SendNotifications || acts[0].Comment != "On vacation" {
		t.Errorf("acts %+v", acts)
	}
}

// TestActions_triggered runs through the CLI: a change triggers the act, ids
// may come from that change, and an empty plan triggers nothing.
func TestActions_triggered(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	config := w.config(fmt.Sprintf(`
action "sailpoint_workitem_approve" "this" {
  config {
    workitem_id      = %q
    approval_item_id = terraform_data.ticket.output
    expect           = { account = "jdoe" }
  }
}

resource "terraform_data" "ticket" {
  input = %q
  lifecycle {
    action_trigger {
      events  = [after_create]
      actions = [action.sailpoint_workitem_approve.this]
    }
  }
}
`, workItem1, item1))
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(version.Must(version.NewVersion(actionsSince)))},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"sailpoint": w.server},
		Steps: []resource.TestStep{w.noChangeAfter(resource.TestStep{
			Config:        config,
			PostApplyFunc: func() { w.wantPosts("approveApprovalItem " + item1) },
		}, func() { w.wantActs("approveApprovalItem " + item1) })},
	})
}

// TestActions_invoked runs terraform apply -invoke, twice.
func TestActions_invoked(t *testing.T) {
	t.Parallel()
	requireTerraform(t, actionsSince)
	w := newWorld(t, openWorkItem(workItem1, "ManualAction"))
	c := w.commandLine(requirePlugin(t))
	c.write("main.tf", requiredProviders+fmt.Sprintf(`
action "sailpoint_workitem_complete" "laptop" {
  config {
    workitem_id = %q
  }
}
`, workItem1))
	invoke := []string{"apply", "-auto-approve", "-input=false", "-no-color", "-invoke=action.sailpoint_workitem_complete.laptop"}
	if out := c.terraform(invoke...); !regexp.MustCompile(`Completed work item ` + workItem1 + ` at \S+, as identity`).MatchString(out) {
		t.Errorf("terraform printed:\n%s", out)
	}
	if out := c.terraform(invoke...); !strings.Contains(out, "No need to complete work item "+workItem1+": it is already completed. Nothing was sent.") {
		t.Errorf("terraform printed:\n%s", out)
	}
	c.wantPosts("completeWorkItem " + workItem1)
}
