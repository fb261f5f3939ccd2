// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// TestSummary is the line that a reviewer reads, for each kind of act.
func TestSummary(t *testing.T) {
	t.Parallel()
	common := Common{WorkItemID: taskID}
	full := func(edits ...func(*isc.WorkItem)) *isc.WorkItem {
		wi := workItemOf("", "")
		wi.RequesterDisplayName = new("Rita Requester")
		wi.Description = new("Access for Jane")
		wi.Form = &isc.Form{Title: new("Select an account"), Name: new("selection"), TargetUser: new("Jane Doe")}
		for _, edit := range edits {
			edit(wi)
		}
		return wi
	}
	item := func(edit func(*isc.ApprovalItem)) func(*isc.WorkItem) {
		return func(wi *isc.WorkItem) { edit(&wi.ApprovalItems[0]) }
	}
	one := func(decision string) *Act { return Approval(common, itemA, decision, nil) }
	selections := func(names ...string) *Act {
		known := map[string]jsontext.Value{}
		for _, name := range names {
			known[name] = nil
		}
		return AccountSelection(common, Selections{Known: known, NamesKnown: true})
	}
	long := "CN=" + strings.Repeat("a", 60) + "," + strings.Repeat("b", 60)
	for name, test := range map[string]struct {
		act  *Act
		wi   *isc.WorkItem
		want string
	}{
		"approve": {one("approve"), full(), `approve: "Add" "groups" "GL" on "Finance" for "jdoe", requested by "Rita Requester"`},
		"reject, the requester by id": {
			one("reject"), full(func(wi *isc.WorkItem) { wi.RequesterDisplayName = nil }), `reject: "Add" "groups" "GL" on "Finance" for "jdoe", requested by "rita"`,
		},
		"an import that is undecided": {one(""), full(), `open: "Add" "groups" "GL" on "Finance" for "jdoe", requested by "Rita Requester"`},
		"parts that are missing": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Operation, i.Application, i.Account = nil, nil, new("") }), func(wi *isc.WorkItem) { wi.RequesterDisplayName, wi.RequesterID = nil, nil }),
			`approve: "groups" "GL"`,
		},
		"a redacted value": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Name, i.Value, i.ValueRedacted = new("password"), nil, true })),
			`approve: "Add" "password" (redacted) on "Finance" for "jdoe", requested by "Rita Requester"`,
		},
		// Nobody's text passes for the structure of the line.
		"a value like a summary": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Value = new(`Wiki" on "HR" for "jdoe", requested by "CEO`) })),
			`approve: "Add" "groups" "Wiki\u{22} on \u{22}HR\u{22} for \u{22}jdoe\u{22}, requested by \u{22}CEO" on "Finance" for "jdoe", requested by "Rita Requester"`,
		},
		"a line break and a bidi character": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Value = new("a\nb\u202ec") })),
			`approve: "Add" "groups" "a\u{a}b\u{202e}c" on "Finance" for "jdoe", requested by "Rita Requester"`,
		},
		"a long value": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Value = &long })),
			`approve: "Add" "groups" "CN=` + strings.Repeat("a", 37) + `…` + strings.Repeat("b", 39) + `" (124 characters) on "Finance" for "jdoe", requested by "Rita Requester"`,
		},
		"80 characters are not long": {
			one("approve"), full(item(func(i *isc.ApprovalItem) { i.Value = new(strings.Repeat("ä", 80)) })),
			`approve: "Add" "groups" "` + strings.Repeat("ä", 80) + `" on "Finance" for "jdoe", requested by "Rita Requester"`,
		},
		"an item that is no longer shown": {Approval(common, "gone", "approve", nil), full(), `approve: "Access", requested by "Rita Requester"`},

		"approve all": {BulkApproval(common, "approve", nil), full(), `approve all 2 items: "Access", requested by "Rita Requester"`},
		"reject all, without a name": {
			BulkApproval(common, "reject", nil), full(func(wi *isc.WorkItem) { wi.Name = nil }), `reject all 2 items: "Access for Jane", requested by "Rita Requester"`,
		},
		"all, without any text": {
			BulkApproval(common, "reject", nil), &isc.WorkItem{ID: taskID, Name: new("")}, `reject all 0 items: "` + taskID + `"`,
		},

		"forward": {Forward(common, "me", isc.Forward{TargetOwnerID: "deputy"}), full(), `forward: "Access" to deputy`},
		"complete": {Completion(common, nil), full(func(wi *isc.WorkItem) {
			wi.Type, wi.RemediationItems = new("ManualAction"), []isc.RemediationItem{{}}
		}), `complete: "ManualAction", "Access for Jane", 3 items`},
		"complete, without type and description": {
			Completion(common, nil), &isc.WorkItem{ID: taskID, Name: new("Badge")}, `complete: "Badge", 0 items`,
		},
		"submit":                  {selections("b", "a"), full(), `submit: "Select an account" for "Jane Doe": a, b`},
		"submit, by name":         {selections("a"), full(func(wi *isc.WorkItem) { wi.Form.Title, wi.Form.TargetUser = nil, nil }), `submit: "selection": a`},
		"submit, without a form":  {selections("a"), &isc.WorkItem{ID: taskID}, `submit: "` + taskID + `": a`},
		"submit, five fields":     {selections("a", "b", "c", "d", "e"), full(), `submit: "Select an account" for "Jane Doe": a, b, c, d, e`},
		"submit, seven fields":    {selections("a", "b", "c", "d", "e", "f", "g"), full(), `submit: "Select an account" for "Jane Doe": a, b, c, d, e, and 2 more`},
		"submit, nobody knows of": {selections(), full(), `submit: "Select an account" for "Jane Doe"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := test.act.Summary(test.wi); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
	if got := OpenTask(full()); got != `open: "Approval", "Access for Jane", 2 items` {
		t.Errorf("an open task: %s", got)
	}
}
