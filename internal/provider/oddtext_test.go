// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// decomposed is text as some directories hold it: letters and accents apart.
// Terraform composes all text it gets.
const (
	decomposed = "Ame\u0301lie Mu\u0308ller"
	composed   = "Am\u00e9lie M\u00fcller"
)

func TestText_thatTerraformComposesIsDecidedUpon(t *testing.T) {
	t.Parallel()
	wi := approvalWorkItem(workItem1, item1, item2)
	wi.Name, wi.RequesterDisplayName = new(decomposed), new(decomposed)
	for i := range wi.ApprovalItems {
		wi.ApprovalItems[i].Account = new(decomposed)
	}
	w := newWorld(t, wi)
	config := w.config(approval(workItem1, item1, "approve", `expect = { account = "`+composed+`" }`))
	w.run(
		resource.TestStep{
			Config:           config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{known(approvalType, tfjsonpath.New("item").AtMapKey("account"), knownvalue.StringExact(composed))}},
			ConfigStateChecks: []statecheck.StateCheck{
				outcomeOf(approvalType, "performed"),
				saved(approvalType, tfjsonpath.New("workitem").AtMapKey("name"), knownvalue.StringExact(composed)),
			},
		},
	)
	w.wantActs("approveApprovalItem " + item1)
}

func TestText_ofTheSnapshotIsWhatItsChecksumIsOf(t *testing.T) {
	t.Parallel()
	wi := openWorkItem(workItem1, "ManualAction")
	wi.Name = new(decomposed)
	w := newWorld(t, wi)
	w.run(resource.TestStep{
		Config: w.config(`
data "sailpoint_workitems_snapshot" "this" {}
output "same" { value = sha256(data.sailpoint_workitems_snapshot.this.json) == data.sailpoint_workitems_snapshot.this.sha256 }
data "sailpoint_workitems" "named" { name_regex = "` + composed + `" }
output "found" { value = length(data.sailpoint_workitems.named.ids) }
`),
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("same", knownvalue.Bool(true)),
			statecheck.ExpectKnownOutputValue("found", knownvalue.Int64Exact(1)),
		},
	})
}

// TestText_withOddCharactersReachesTheState has what JSON can say and a
// terminal, C or UTF-8 can't take. It stands in the state as it does in the plan.
func TestText_withOddCharactersReachesTheState(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ served, want string }{
		"NUL":                 {`"a\u0000b"`, `a\u{0}b`},
		"escape":              {`"a\u001b[31mb"`, `a\u{1b}[31mb`},
		"line break":          {`"a\r\nb"`, `a\u{d}\u{a}b`},
		"byte order mark":     {`"\ufeffb"`, `\u{feff}b`},
		"not a character":     {`"a\uffffb"`, `a\u{ffff}b`},
		"half a pair":         {`"a\udc00b"`, "a\ufffdb"},
		"right to left":       {`"a\u202eb"`, `a\u{202e}b`},
		"broken UTF-8":        {"\"a\xc3\x28b\"", "a\ufffd(b"},
		"interpolation":       {`"${a}%{b}"`, "${a}%{b}"},
		"64 KiB":              {`"` + strings.Repeat("x", 1<<16) + `"`, strings.Repeat("x", 1<<16)},
		"an object, broken":   {"{\"k\":\"\xff\"}", `{"k":"` + "\ufffd" + `"}`},
		"a number, very long": {strings.Repeat("9", 400), strings.Repeat("9", 400)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			body := `{"id":"` + workItem1 + `","type":"ManualAction","created":"2026-03-01T09:00:00Z","name":` + test.served
			w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Times: -1, Status: 200, Body: body + "}"})
			w.AddFault(mockisc.Fault{Operation: mockisc.OpComplete, Times: -1, Status: 200, Body: body + `,"completed":"2026-03-02T09:00:00Z","state":"Finished"}`})
			r := w.rpc(nil)
			arguments := map[string]any{"workitem_id": workItem1, "done": true}
			plan := r.plan(completionType, null(r.typeOf(completionType)), arguments)
			if got := field(t, r.value(completionType, plan.PlannedState), "workitem", "name"); got != test.want {
				t.Errorf("planned %q, want %q", got, test.want)
			}
			state, diags := r.apply(t.Context(), completionType, null(r.typeOf(completionType)), arguments, plan)
			if got := field(t, state, "workitem", "name"); got != test.want || field(t, state, "outcome") != "performed" || len(diags) != 0 {
				t.Errorf("saved %q, want %q; %s", got, test.want, diagText(diags))
			}
			if got := field(t, w.readDataSource("sailpoint_workitem", map[string]any{"id": workItem1}), "name"); got != test.want {
				t.Errorf("read %q, want %q", got, test.want)
			}
		})
	}
}

// TestText_ofOthersCanNotPassForTerraforms: a name is made up by whoever asks
// for access, and messages about it go to the terminal of whoever decides.
func TestText_ofOthersCanNotPassForTerraforms(t *testing.T) {
	t.Parallel()
	const forged = "x\u001b[2J\r\nError: forged\u0000"
	wi := approvalWorkItem(workItem1, item1, item2, forged)
	wi.Name, wi.OwnerName = new(forged), forged
	for i := range wi.ApprovalItems {
		a := &wi.ApprovalItems[i]
		a.Application, a.Account, a.Value, a.Operation, a.Name = forged, new(forged), new(forged), forged, new(forged)
	}
	wi.ApprovalItems[1].State = new(forged)
	wi.ApprovalItems[2].State = new("Rejected")
	for name, test := range map[string]struct {
		resource   string
		attributes map[string]any
		edit       func(*mockisc.WorkItem)
	}{
		"unknown item":   {approvalType, map[string]any{"workitem_id": workItem1, "approval_item_id": item3, "decision": "approve"}, nil},
		"undecidable":    {approvalType, map[string]any{"workitem_id": workItem1, "approval_item_id": item2, "decision": "approve"}, nil},
		"not expected":   {approvalType, map[string]any{"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve", "expect": map[string]any{"account": "jdoe"}}, nil},
		"bulk":           {bulkApprovalType, map[string]any{"workitem_id": workItem1, "decision": "approve"}, func(wi *mockisc.WorkItem) { wi.ApprovalItems[1].State = nil }},
		"bulk, expected": {bulkApprovalType, map[string]any{"workitem_id": workItem1, "decision": "approve", "expected_item_ids": setOf(item1)}, nil},
		"completion":     {completionType, map[string]any{"workitem_id": workItem1, "done": true}, func(wi *mockisc.WorkItem) { wi.ApprovalItems[1].State, wi.ApprovalItems[2].State = nil, nil }},
		"closed":         {completionType, map[string]any{"workitem_id": workItem1, "done": true}, closed("Rejected")},
		"moved on":       {forwardType, map[string]any{"workitem_id": workItem1, "target_owner_id": successor, "comment": "x", "expected_owner_id": somebody}, nil},
		"no form":        {selectionType, map[string]any{"workitem_id": workItem1, "selections": selectionsValue(map[string]string{"a": "b"})}, func(wi *mockisc.WorkItem) { wi.Type = forged }},
		"other fields": {selectionType, map[string]any{"workitem_id": workItem1, "selections": selectionsValue(map[string]string{"a": "b"})}, func(wi *mockisc.WorkItem) {
			wi.Form = &mockisc.Form{Sections: []mockisc.Section{{FormItems: []json.RawMessage{json.RawMessage(`{"name":"x\u001b[2J\r\nError: forged"}`)}}}}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, wi)
			if test.edit != nil {
				w.Update(workItem1, test.edit)
			}
			r := w.rpc(nil)
			plan := r.plan(test.resource, tftypes.NewValue(r.typeOf(test.resource), nil), test.attributes)
			said := diagText(plan.Diagnostics)
			if !strings.Contains(said, `x\u{1b}[2J\u{d}\u{a}Error: forged`) {
				t.Errorf("the name isn't shown, so the test proves nothing:\n%s", said)
			}
			if strings.ContainsAny(said, "\x1b\x00\r") || strings.Contains(said, "\nError:") {
				t.Errorf("got %q", said)
			}
		})
	}
}

// TestApprovalItems_withOneIDForTwo: which of them a decision would be on,
// nobody can tell.
func TestApprovalItems_withOneIDForTwo(t *testing.T) {
	t.Parallel()
	twins := func(edit func(twin *mockisc.ApprovalItem)) mockisc.WorkItem {
		wi := approvalWorkItem(workItem1, item1, item2)
		twin := wi.ApprovalItems[0]
		if edit != nil {
			edit(&twin)
		}
		wi.ApprovalItems = append(wi.ApprovalItems, twin)
		return wi
	}
	otherValue := func(twin *mockisc.ApprovalItem) { twin.Value = new("CN=Domain Admins") }
	decided := func(twin *mockisc.ApprovalItem) { twin.State = new("Finished") }
	one := func(id, decision string) map[string]any {
		return map[string]any{"workitem_id": workItem1, "approval_item_id": id, "decision": decision}
	}
	all := map[string]any{"workitem_id": workItem1, "decision": "approve"}
	for name, test := range map[string]struct {
		wi         mockisc.WorkItem
		resource   string
		attributes map[string]any
		// refused is a part of the error, "" if the act is done.
		refused string
	}{
		"that differ":                   {twins(otherValue), approvalType, one(item1, "approve"), "several approval items with the id " + item1},
		"that differ in the state":      {twins(decided), approvalType, one(item1, "approve"), "several approval items"},
		"that differ, the other way":    {twins(decided), approvalType, one(item1, "reject"), "several approval items"},
		"that are the same":             {twins(nil), approvalType, one(item1, "approve"), ""},
		"beside one that is its own":    {twins(otherValue), approvalType, one(item2, "approve"), ""},
		"decided in bulk":               {twins(otherValue), bulkApprovalType, all, ""},
		"closed, the second undecided":  {closedTwins(twins(nil), 2), bulkApprovalType, all, "carries no decision"},
		"closed, the first undecided":   {closedTwins(twins(nil), 0), bulkApprovalType, all, "carries no decision"},
		"closed, one of them undecided": {closedTwins(twins(nil), 2), approvalType, one(item1, "approve"), "several approval items"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.wi)
			state, diags := w.rpc(nil).planAndApply(test.resource, test.attributes)
			if test.refused == "" {
				if hasError(diags) || field(t, state, "outcome") != "performed" || len(w.posts()) != 1 {
					t.Errorf("%s, POSTs %q", diagText(diags), w.posts())
				}
				return
			}
			if !hasError(diags) || !strings.Contains(diagText(diags), test.refused) {
				t.Errorf("got %s, want %q", diagText(diags), test.refused)
			}
			w.wantPosts()
		})
	}
}

// closedTwins closes a work item with all its approval items approved, but for
// the one at the index.
func closedTwins(wi mockisc.WorkItem, undecided int) mockisc.WorkItem {
	closed("Finished")(&wi)
	for i := range wi.ApprovalItems {
		if i != undecided {
			wi.ApprovalItems[i].State = new("Finished")
		}
	}
	return wi
}

// TestIDs_thatCanNotBeInAPath are shown as they are served, and refused before
// anything is sent.
func TestIDs_thatCanNotBeInAPath(t *testing.T) {
	t.Parallel()
	for _, id := range []string{"a/b", "../x", "a?b", "a#b", "a%2fb", " a", "a\x00b", "completed", strings.Repeat("x", 300)} {
		t.Run(id[:min(len(id), 10)], func(t *testing.T) {
			t.Parallel()
			wi := openWorkItem(id, "Approval")
			wi.ApprovalItems = []mockisc.ApprovalItem{{ID: id}}
			w := newWorld(t, wi)
			ids := fields(t, w.readDataSource("sailpoint_workitems", nil))["ids"]
			var elements []tftypes.Value
			if err := ids.As(&elements); err != nil || len(elements) != 1 || field(t, elements[0]) != isc.ShownText(id) {
				t.Errorf("listed %s, %v", ids, err)
			}
			sent := w.apiRequests()
			r := w.rpc(nil)
			for _, attributes := range []map[string]any{
				{"workitem_id": id, "approval_item_id": item1, "decision": "approve"},
				{"workitem_id": workItem1, "approval_item_id": id, "decision": "approve"},
			} {
				resp, err := r.ValidateResourceConfig(t.Context(), &tfprotov6.ValidateResourceConfigRequest{TypeName: approvalType, Config: r.dynamic(object(r.typeOf(approvalType), attributes))})
				if err != nil || !hasError(resp.Diagnostics) || !strings.Contains(diagText(resp.Diagnostics), "Invalid ") {
					t.Errorf("validated %v: %v, %v", attributes, resp, err)
				}
				if _, diags := r.planAndApply(approvalType, attributes); !hasError(diags) {
					t.Errorf("applied %v", attributes)
				}
			}
			w.wantPosts()
			if n := w.count(mockisc.OpGet); n > 1 {
				t.Errorf("%d reads of a work item", n)
			}
			if n := w.apiRequests() - sent; n > 3 {
				t.Errorf("%d requests", n)
			}
		})
	}
}
