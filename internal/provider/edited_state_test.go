// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// TestEditedState: a state that no run of the provider can have left is an error
// of the plan, which says so and asks nothing.
func TestEditedState(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		act    string
		edited map[string]any
		want   string
	}{
		"an outcome nobody knows":      {"approval", map[string]any{"outcome": "done"}, `its outcome is "done"`},
		"an empty outcome":             {"approval", map[string]any{"outcome": ""}, `its outcome is ""`},
		"a decision without outcome":   {"approval", map[string]any{"outcome": nil}, "it has a decision, but no outcome"},
		"an outcome without decision":  {"approval", map[string]any{"decision": nil}, "it has no decision"},
		"an unknown decision":          {"approval", map[string]any{"decision": "deny"}, `its decision is "deny"`},
		"an unknown, undone decision":  {"approval", map[string]any{"decision": "deny", "outcome": nil}, `its decision is "deny"`},
		"all without outcome":          {"bulk approval", map[string]any{"outcome": nil}, "it has a decision, but no outcome"},
		"all without decision":         {"bulk approval", map[string]any{"decision": nil, "outcome": nil}, "it has no decision"},
		"all with an unknown decision": {"bulk approval", map[string]any{"decision": "Approve"}, `its decision is "Approve"`},
		"a forward without outcome":    {"forward", map[string]any{"outcome": nil}, "it has no outcome"},
		"a selection without outcome":  {"account selection", map[string]any{"outcome": nil}, "it has no outcome"},
		"done without outcome":         {"completion", map[string]any{"outcome": nil}, "done is true and the outcome null"},
		"an outcome without done":      {"completion", map[string]any{"done": false}, `done is false and the outcome "performed"`},
		"neither done nor not":         {"completion", map[string]any{"done": nil}, "it doesn't say whether it is done"},
		"a completion's outcome":       {"completion", map[string]any{"outcome": "closed"}, `its outcome is "closed"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			act := faultyActs()[row.act]
			w := newWorld(t, act.item())
			r := w.rpc(nil)
			state, diags := r.planAndApply(act.resourceType, act.arguments)
			if hasError(diags) {
				t.Fatal(diagText(diags))
			}
			w.ResetRequests()
			edited := fields(t, state)
			for attribute, value := range row.edited {
				edited[attribute] = tftypes.NewValue(edited[attribute].Type(), value)
			}
			plan := w.rpc(nil).plan(act.resourceType, tftypes.NewValue(state.Type(), edited), act.arguments)
			if got := diagText(plan.Diagnostics); !hasError(plan.Diagnostics) || !strings.Contains(got, "The state was edited") || !strings.Contains(got, row.want) {
				t.Errorf("the plan says:\n%s\nwant %q", got, row.want)
			}
			if n := len(w.Requests()); n != 0 {
				t.Errorf("the plan sent %d requests", n)
			}
		})
	}
}

// TestEditedState_inTerraform: Terraform's own checks don't come first.
func TestEditedState_inTerraform(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	c := w.commandLine(requirePlugin(t))
	c.write("main.tf", requiredProviders+approval(workItem1, item1, "approve"))
	c.terraform("apply", "-auto-approve", "-input=false")
	state := filepath.Join(c.folder, "terraform.tfstate")
	saved, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	for from, to := range map[string]string{
		`"outcome": "performed"`: `"outcome": "bogus"`,
		`"decision": "approve"`:  `"decision": "deny"`,
	} {
		if err := os.WriteFile(state, []byte(strings.Replace(string(saved), from, to, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
			out, err := c.command("plan", "-input=false", "-no-color", refresh).CombinedOutput()
			if err == nil || !strings.Contains(string(out), "The state was edited") || strings.Contains(string(out), "bug in the provider") {
				t.Errorf("with %s, %s, it says:\n%s", to, refresh, out)
			}
		}
	}
	w.wantPosts("approveApprovalItem " + item1)
}

// TestApply_failsClosed: whatever drives the provider, a decision that is neither
// approve nor reject sends nothing.
func TestApply_failsClosed(t *testing.T) {
	t.Parallel()
	for _, actName := range []string{"approval", "bulk approval"} {
		for _, decision := range []any{nil, "", "deny", "Approve", "approve ", tftypes.UnknownValue} {
			t.Run(fmt.Sprintf("%s/%v", actName, decision), func(t *testing.T) {
				t.Parallel()
				act := faultyActs()[actName]
				w := newWorld(t, act.item())
				r := w.rpc(nil)
				none := null(r.typeOf(act.resourceType))
				planned := fields(t, r.value(act.resourceType, r.plan(act.resourceType, none, act.arguments).PlannedState))
				planned["decision"] = tftypes.NewValue(tftypes.String, decision)
				attributes := map[string]any{"decision": planned["decision"]}
				for name, value := range act.arguments {
					if name != "decision" {
						attributes[name] = value
					}
				}
				plan := &tfprotov6.PlanResourceChangeResponse{PlannedState: r.dynamic(tftypes.NewValue(none.Type(), planned))}
				state, diags := r.apply(t.Context(), act.resourceType, none, attributes, plan)
				if !hasError(diags) || !state.IsNull() {
					t.Errorf("state %v, it says:\n%s", state, diagText(diags))
				}
				w.wantPosts()
			})
		}
	}
}
