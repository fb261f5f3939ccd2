// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func selection(selections string, more ...string) string {
	return hcl(selectionType, append([]string{fmt.Sprintf("workitem_id = %q", workItem1), "selections = " + selections}, more...)...)
}

func accountForm() mockisc.WorkItem { return formWorkItem(workItem1) }

// TestWorkItemAccountSelection_sendsExactlyWhatIsConfigured compares the bodies
// byte by byte.
func TestWorkItemAccountSelection_sendsExactlyWhatIsConfigured(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	var config strings.Builder
	bodies := map[string]string{}
	for i, test := range []struct{ name, selections, body string }{
		{"this", `{ accountId = "jdoe" }`, `{"accountId":"jdoe"}`},
		{"map", `tomap({ accountId = "jdoe", justification = "x" })`, `{"accountId":"jdoe","justification":"x"}`},
		{"null", `{ accountId = null }`, `{"accountId":null}`},
		{"numbers", `{ accountId = [true, 1, 1.5, -0.25, 12345678901234567890, 1e3] }`, `{"accountId":[true,1,1.5,-0.25,12345678901234567890,1000]}`},
		{"objects", `{ accountId = { ids = ["b", "a"], more = [{ x = null }] } }`, `{"accountId":{"ids":["b","a"],"more":[{"x":null}]}}`},
		{"characters", `{ accountId = "<a> & \"b\" ü\n" }`, `{"accountId":"<a> & \"b\" ü\n"}`},
	} {
		wi := formWorkItem(fmt.Sprintf("2c91808a%024x", i))
		w.Add(wi)
		fmt.Fprintf(&config, "resource %q %q {\n  workitem_id = %q\n  selections = %s\n}\n", selectionType, test.name, wi.ID, test.selections)
		bodies[wi.ID] = test.body
	}
	form := tfjsonpath.New("form")
	w.run(resource.TestStep{
		Config: w.config(config.String()),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: append(unknowns(selectionType, tfjsonpath.New("outcome")),
			known(selectionType, form.AtMapKey("name"), knownvalue.StringExact("Account Selection")),
			known(selectionType, form.AtMapKey("target_user"), knownvalue.StringExact("Jane Doe")),
		)},
		ConfigStateChecks: []statecheck.StateCheck{outcomeOf(selectionType, "performed")},
	})
	for _, act := range w.Acts() {
		if string(act.Selections) != bodies[act.WorkItemID] {
			t.Errorf("sent %s, want %s", act.Selections, bodies[act.WorkItemID])
		}
		delete(bodies, act.WorkItemID)
	}
	if len(bodies) > 0 {
		t.Errorf("not sent: %v", bodies)
	}
}

// TestWorkItemAccountSelection_partlyUnknown plans with what is known, and
// sends what it turned out to be.
func TestWorkItemAccountSelection_partlyUnknown(t *testing.T) {
	t.Parallel()
	account := "resource \"terraform_data\" \"account\" {\n  input = \"jdoe\"\n}\n"
	for name, selections := range map[string]string{
		"a value":    `{ accountId = terraform_data.account.output, justification = { why = [terraform_data.account.output, "x"] } }`,
		"everything": `terraform_data.account.output == "jdoe" ? { accountId = "jdoe" } : { accountId = "other" }`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, accountForm())
			config := w.config(account + selection(selections))
			w.run(resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					known(selectionType, tfjsonpath.New("form").AtMapKey("name"), knownvalue.StringExact("Account Selection")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{outcomeOf(selectionType, "performed")},
			})
			if acts := w.Acts(); len(acts) != 1 || !strings.Contains(string(acts[0].Selections), `"accountId":"jdoe"`) {
				t.Errorf("sent %+v", acts)
			}
		})
	}
}

func TestWorkItemAccountSelection_refusedAtPlan(t *testing.T) {
	t.Parallel()
	good := `{ accountId = "jdoe" }`
	runRefused(t, accountForm, map[string]refused{
		"no such field":             {hcl: selection(`{ accountID = "jdoe" }`), want: `The form has no such field(?s).*accountID.*accountId.*justification`},
		"no form":                   {hcl: selection(good), edit: func(wi *mockisc.WorkItem) { wi.Form, wi.Type = nil, "ManualAction" }, want: `The work item has no form`},
		"canceled":                  {hcl: selection(good), edit: closed("Canceled"), want: `The work item is closed`},
		"already done, as an error": {hcl: selection(good, `on_already_done = "error"`), edit: closed("Finished"), want: `Already done`},
		"read-only":                 {hcl: selection(good), want: `The provider is read-only`, settings: readOnlySetting},
		"a string":                  {hcl: selection(`"jdoe"`), want: `must be an object or a map`},
		"a list":                    {hcl: selection(`["jdoe"]`), want: `must be an object or a map`},
		"empty":                     {hcl: selection(`{}`), want: `Invalid account selections(?s).*at\s+least\s+one\s+field`},
		"null":                      {hcl: selection(`null`), want: `(?i)selections.* is required|must be an object or a map|Missing Configuration|Must set`},
	})
}

// TestWorkItemAccountSelection_unlistedFields sends any field when the form
// doesn't list its own.
func TestWorkItemAccountSelection_unlistedFields(t *testing.T) {
	t.Parallel()
	wi := accountForm()
	wi.Form.Sections = nil
	w := newWorld(t, wi)
	config := w.config(selection(`{ whatever = 1 }`))
	w.run(w.noChangeAfter(resource.TestStep{Config: config}, func() { w.wantActs("submitAccountSelection") }))
}

// TestWorkItemAccountSelection_final: other selections are refused, by the names
// of the fields only; the same in another type are no change; and after an
// import any are taken.
func TestWorkItemAccountSelection_final(t *testing.T) {
	t.Parallel()
	w := newWorld(t, accountForm())
	w.run(
		resource.TestStep{Config: w.config(selection(`{ accountId = "jdoe" }`))},
		resource.TestStep{Config: w.config(selection(`{ accountId = "other" }`)), ExpectError: regexp.MustCompile(`Submitted account selections are final(?s).*accountId`)},
		w.noChangeAfter(resource.TestStep{Config: w.config(selection(`tomap({ accountId = "jdoe" })`))}, func() { w.wantPosts("submitAccountSelection submit-account-selection") }),
		resource.TestStep{
			ResourceName: this(selectionType), ImportState: true, ImportStateId: workItem1, ImportStateVerify: true,
			ImportStateVerifyIgnore: []string{"selections", "summary", "outcome", "performed_at", "performed_by"}, Config: w.config(selection(`tomap({ accountId = "jdoe" })`)),
		},
	)
	imported := newWorld(t, accountForm())
	_ = imported.SubmitSelection(workItem1, map[string]any{"accountId": "jdoe"})
	config := imported.config(fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", this(selectionType), workItem1) + selection(`{ accountId = "jdoe" }`))
	imported.run(
		imported.noChangeAfter(resource.TestStep{Config: config, ConfigStateChecks: []statecheck.StateCheck{outcomeOf(selectionType, "adopted")}}, func() { imported.wantPosts() }),
	)
}

// TestWorkItemAccountSelection_adoptionWarns: a closed form proves only that it
// is closed.
func TestWorkItemAccountSelection_adoptionWarns(t *testing.T) {
	t.Parallel()
	arguments := map[string]any{"workitem_id": workItem1}
	for name, test := range map[string]struct {
		world   func(*world)
		outcome string
	}{
		"adopted":   {func(w *world) { _ = w.SubmitSelection(workItem1, map[string]any{"accountId": "x"}) }, "adopted"},
		"confirmed": {func(w *world) { w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true}) }, "confirmed"},
	} {
		w := newWorld(t, accountForm())
		test.world(w)
		r := w.rpc(nil)
		arguments["selections"] = selectionsValue(map[string]string{"accountId": "jdoe"})
		plan := r.plan(selectionType, null(r.typeOf(selectionType)), arguments)
		state, diags := r.apply(t.Context(), selectionType, null(r.typeOf(selectionType)), arguments, plan)
		got := diagText(append(plan.Diagnostics, diags...))
		if hasError(diags) || strings.Count(got, "What was submitted can't be read back") != 1 || field(t, state, "outcome") != test.outcome {
			t.Errorf("%s: outcome %s, diagnostics:\n%s", name, field(t, state, "outcome"), got)
		}
	}
}

func TestSelectionsJSON(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value attr.Value
		want  string
		known bool
	}{
		"unknown":         {types.DynamicUnknown(), "", false},
		"unknown inside":  {types.DynamicValue(types.TupleValueMust([]attr.Type{types.StringType}, []attr.Value{types.StringUnknown()})), "", false},
		"typed unknown":   {types.DynamicValue(types.MapUnknown(types.StringType)), "", false},
		"set, as served":  {types.SetValueMust(types.Int64Type, []attr.Value{}), "[]", true},
		"null":            {types.DynamicNull(), "null", true},
		"dynamic of null": {types.DynamicValue(types.StringNull()), "null", true},
	} {
		got := selectionsOf(types.DynamicValue(types.ObjectValueMust(map[string]attr.Type{"f": types.DynamicType}, map[string]attr.Value{"f": dynamic(test.value)}))).Body
		known := got != nil
		if known != test.known || known && string(got) != `{"f":`+test.want+`}` {
			t.Errorf("%s: %s, known %t, want %s, %t", name, got, known, test.want, test.known)
		}
	}
}

func dynamic(v attr.Value) types.Dynamic {
	if d, ok := v.(types.Dynamic); ok {
		return d
	}
	return types.DynamicValue(v)
}
