// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// workItemOf is a work item with approval items in these states; "" is null.
func workItemOf(states ...string) *isc.WorkItem {
	wi := &isc.WorkItem{ID: taskID, Type: new("Approval"), Name: new("Access"), OwnerID: new("me"), RequesterID: new("rita")}
	for i, state := range states {
		item := isc.ApprovalItem{ID: []string{itemA, itemB, "c"}[i], Operation: new("Add"), Name: new("groups"), Value: new("GL"), Application: new("Finance"), Account: new("jdoe")}
		if state != "" {
			item.State = &state
		}
		wi.ApprovalItems = append(wi.ApprovalItems, item)
	}
	return wi
}

// closedAs closes the work item with the state.
func closedAs(state string, wi *isc.WorkItem) *isc.WorkItem {
	wi.State, wi.Completed = &state, new("2026-03-01T00:00:00Z")
	return wi
}

// TestCheck_howAWorkItemStandsToAnAct is the order of the checks, and what each
// says.
func TestCheck_howAWorkItemStandsToAnAct(t *testing.T) {
	t.Parallel()
	common := Common{WorkItemID: taskID}
	one := func(decision string) *Act { return Approval(common, itemA, decision, nil) }
	all := func(decision string, expected ...string) *Act { return BulkApproval(common, decision, expected) }
	forward := func(from string) *Act {
		return Forward(common, from, isc.Forward{TargetOwnerID: "deputy", Comment: "x"})
	}
	ownedBy := func(id *string, wi *isc.WorkItem) *isc.WorkItem {
		wi.OwnerID = id
		return wi
	}
	later := func(arguments ...string) Common { return Common{WorkItemID: taskID, Unknown: arguments} }
	for name, test := range map[string]struct {
		act  *Act
		wi   *isc.WorkItem
		want Status
		// says is the attribute and the summary of the one diagnostic.
		says        string
		undecidable bool
	}{
		"approve, undecided":                {one("approve"), workItemOf(""), Pending, "", false},
		"approve, pending by name":          {one("approve"), workItemOf("Pending"), Pending, "", false},
		"approve, in another case":          {one("approve"), workItemOf("FINISHED"), Done, "workitem_id: Already done", false},
		"approve, approved":                 {one("approve"), workItemOf("Finished"), Done, "workitem_id: Already done", false},
		"approve, rejected":                 {one("approve"), workItemOf("Rejected"), Impossible, "decision: The approval item has been decided the other way", false},
		"reject, rejected":                  {one("reject"), workItemOf("Rejected"), Done, "workitem_id: Already done", false},
		"approve, expired":                  {one("approve"), workItemOf("Expired"), Impossible, "approval_item_id: Can't tell how the approval item was decided", true},
		"approve, an unheard-of word":       {one("approve"), workItemOf("Approved?"), Impossible, "approval_item_id: Can't tell how the approval item was decided", true},
		"approve, closed and undecided":     {one("approve"), closedAs("Finished", workItemOf("")), Impossible, "approval_item_id: Can't tell how the approval item was decided", true},
		"approve, closed and approved":      {one("approve"), closedAs("Finished", workItemOf("Finished")), Done, "workitem_id: Already done", false},
		"approve, closed without items":     {one("approve"), closedAs("Finished", workItemOf()), Impossible, "approval_item_id: Can't tell how the approval item was decided", true},
		"approve, open without items":       {one("approve"), workItemOf(), Impossible, "approval_item_id: No such approval item in the work item", false},
		"approve, closed with other items":  {Approval(common, "other", "approve", nil), closedAs("Finished", workItemOf("Finished")), Impossible, "approval_item_id: No such approval item in the work item", false},
		"decide later, undecided":           {Approval(later("decision"), itemA, "", nil), workItemOf(""), Undetermined, "", false},
		"decide later, approved":            {Approval(later("decision"), itemA, "", nil), workItemOf("Finished"), Undetermined, "", false},
		"decide later, expired":             {Approval(later("decision"), itemA, "", nil), workItemOf("Expired"), Impossible, "approval_item_id: Can't tell how the approval item was decided", true},
		"approve all, none decided":         {all("approve"), workItemOf("", ""), Pending, "", false},
		"approve all, some approved":        {all("approve"), workItemOf("Finished", ""), Pending, "", false},
		"approve all, all approved":         {all("approve"), workItemOf("Finished", "Finished"), Done, "workitem_id: Already done", false},
		"approve all, one rejected":         {all("approve"), workItemOf("", "Rejected"), Impossible, "decision: Approval items have been decided the other way", false},
		"approve all, one expired":          {all("approve"), workItemOf("", "Expired"), Impossible, "workitem_id: Can't tell how the approval item was decided", true},
		"approve all, without items":        {all("approve"), workItemOf(), Impossible, "workitem_id: Nothing to decide", false},
		"approve all, closed without items": {all("approve"), closedAs("Finished", workItemOf()), Impossible, "workitem_id: Can't tell how the approval items were decided", true},
		"approve all, closed, undecided":    {all("approve"), closedAs("Finished", workItemOf("Finished", "")), Impossible, "workitem_id: Can't tell how the approval item was decided", true},
		"approve all, as expected":          {all("approve", itemA, itemB), workItemOf("", ""), Pending, "", false},
		"approve all, a surplus item":       {all("approve", itemA), workItemOf("", ""), Impossible, "expected_item_ids: The items are not the expected ones", false},
		"approve all, a missing item":       {all("approve", itemA, itemB), workItemOf(""), Impossible, "expected_item_ids: The items are not the expected ones", false},
		"a guard comes before an adoption":  {all("approve", itemA), workItemOf("Finished", "Finished"), Impossible, "expected_item_ids: The items are not the expected ones", false},
		"all later, one rejected":           {BulkApproval(later("decision"), "", nil), workItemOf("Rejected", ""), Undetermined, "", false},
		"forward, mine":                     {forward("me"), workItemOf(), Pending, "", false},
		"forward, the target's":             {forward("me"), ownedBy(new("deputy"), workItemOf()), Done, "workitem_id: Already done", false},
		"forward, somebody else's":          {forward("me"), ownedBy(new("somebody"), workItemOf()), Impossible, "expected_owner_id: The work item belongs to another owner than expected", false},
		"forward, nobody's":                 {forward(""), ownedBy(nil, workItemOf()), Pending, "", false},
		"forward, nobody's, taken for mine": {forward("me"), ownedBy(nil, workItemOf()), Impossible, "expected_owner_id: The work item belongs to another owner than expected", false},
		"forward, owner known later":        {Forward(later("expected_owner_id"), "", isc.Forward{TargetOwnerID: "deputy"}), workItemOf(), Pending, "", false},
		"forward, closed":                   {forward("me"), closedAs("Finished", workItemOf()), Impossible, "workitem_id: The work item is closed", false},
		"forward, closed at the target's":   {forward("me"), closedAs("Finished", ownedBy(new("deputy"), workItemOf())), Done, "workitem_id: Already done", false},
		"complete, open":                    {Completion(common, nil), workItemOf(), Pending, "", false},
		"complete, finished":                {Completion(common, nil), closedAs("Finished", workItemOf()), Done, "workitem_id: Already done", false},
		"complete, finished without state":  {Completion(common, nil), closedAs("", workItemOf()), Done, "workitem_id: Already done", false},
		"complete, canceled":                {Completion(common, nil), closedAs("Canceled", workItemOf()), Impossible, "workitem_id: The work item is closed", false},
		"complete, without items":           {Completion(common, []string{}), workItemOf(), Pending, "", false},
		"complete, items unexpected":        {Completion(common, []string{}), workItemOf(""), Impossible, "expected_item_ids: The items are not the expected ones", false},
		"complete, items no longer shown":   {Completion(common, []string{itemA}), closedAs("Finished", workItemOf()), Done, "workitem_id: Already done", false},
		"complete, done known later":        {Completion(later("done"), nil), workItemOf(), Undetermined, "", false},
		"submit, no form":                   {AccountSelection(common, Selections{Body: []byte(`{}`)}), workItemOf(), Impossible, "workitem_id: The work item has no form", false},
		"submit, canceled":                  {AccountSelection(common, Selections{Body: []byte(`{}`)}), closedAs("Canceled", workItemOf()), Impossible, "workitem_id: The work item is closed", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := test.act.Check(test.wi)
			got := diagText(v.Diags)
			if v.Status != test.want || v.undecidable != test.undecidable || (len(v.Diags) == 0) != (test.says == "") || !strings.Contains(got, "on "+test.says) && test.says != "" {
				t.Errorf("it stands %d, undecidable %t, and says:\n%s", v.Status, v.undecidable, got)
			}
			if v.Diags.HasError() != (test.want == Impossible) {
				t.Errorf("it stands %d and says:\n%s", v.Status, got)
			}
			// Errors lead out of the situation.
			for _, d := range v.Diags.Errors() {
				if !strings.Contains(d.Detail(), "\n\nWhat to do: ") {
					t.Errorf("no advice in:\n%s", d.Detail())
				}
			}
		})
	}
}

// TestCheck_outOfTheConfiguration: what is closed, undecidable or an error for
// ever has a way out, another one for what the state has.
func TestCheck_outOfTheConfiguration(t *testing.T) {
	t.Parallel()
	for name, act := range map[string]func(Common) *Act{
		"closed":      func(c Common) *Act { return Completion(c, nil) },
		"undecidable": func(c Common) *Act { return Approval(c, itemA, "approve", nil) },
		"submitted":   func(c Common) *Act { return AccountSelection(c, Selections{Body: []byte(`{}`)}) },
		"other way":   func(c Common) *Act { return Approval(c, itemB, "approve", nil) },
	} {
		check := func(c Common) string {
			c.WorkItemID = taskID
			return diagText(act(c).Check(closedAs("Canceled", workItemOf("", "Rejected"))).Diags)
		}
		if got := check(Common{}); !strings.Contains(got, "out of") || strings.Contains(got, "terraform state rm") {
			t.Errorf("%s:\n%s", name, got)
		}
		if got := check(Common{Recorded: true}); !strings.Contains(got, "terraform state rm: nothing was done, so nothing is lost") {
			t.Errorf("%s, imported:\n%s", name, got)
		}
	}
	if got := diagText(Completion(Common{WorkItemID: taskID, OnAlreadyDone: Skip}, nil).Check(closedAs("Canceled", workItemOf())).Diags); !strings.Contains(got, "take this action out") || strings.Contains(got, "resource") {
		t.Errorf("of an action:\n%s", got)
	}
}

// TestCheck_ofTwins: two approval items with one id are one if they are the same.
func TestCheck_ofTwins(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		edit func(*isc.ApprovalItem)
		want Status
	}{
		"the same":         {func(*isc.ApprovalItem) {}, Pending},
		"another account":  {func(i *isc.ApprovalItem) { i.Account = new("x") }, Impossible},
		"no application":   {func(i *isc.ApprovalItem) { i.Application = nil }, Impossible},
		"another name":     {func(i *isc.ApprovalItem) { i.Name = new("x") }, Impossible},
		"no operation":     {func(i *isc.ApprovalItem) { i.Operation = nil }, Impossible},
		"an empty value":   {func(i *isc.ApprovalItem) { i.Value = new("") }, Impossible},
		"another state":    {func(i *isc.ApprovalItem) { i.State = new("Finished") }, Impossible},
		"a redacted value": {func(i *isc.ApprovalItem) { i.ValueRedacted = true }, Impossible},
	} {
		wi := workItemOf("")
		twin := wi.ApprovalItems[0]
		test.edit(&twin)
		wi.ApprovalItems = append(wi.ApprovalItems, twin)
		if v := Approval(Common{WorkItemID: taskID}, itemA, "approve", nil).Check(wi); v.Status != test.want {
			t.Errorf("%s: it stands %d and says:\n%s", name, v.Status, diagText(v.Diags))
		}
	}
}

// TestWhat_isWhatTheProgressShows: only what is still to be decided, and only
// what there is.
func TestWhat_isWhatTheProgressShows(t *testing.T) {
	t.Parallel()
	bare := &isc.WorkItem{ID: taskID, Description: new("Give a badge")}
	for want, got := range map[string]string{
		"1 undecided:\n  - c: Add groups GL for jdoe on Finance": BulkApproval(on(taskID), "approve", nil).describe(workItemOf("Finished", "Expired", "")),
		"Give a badge":                          Completion(on(taskID), nil).describe(bare),
		"Approval":                              Completion(on(taskID), nil).describe(workItemOf()),
		"now owned by null, null":               forwardTo("x").describe(bare),
		"form null for Jane, with values for a": AccountSelection(on(taskID), Selections{Known: values("1")}).describe(&isc.WorkItem{Form: &isc.Form{TargetUser: new("Jane")}}),
		taskID:                                  Describe(bare),
		taskID + " (Access)":                    Describe(workItemOf()),
		"Add groups (redacted) for jdoe on Finance": DescribeItem(&isc.ApprovalItem{Operation: new("Add"), Name: new("groups"), ValueRedacted: true, Account: new("jdoe"), Application: new("Finance")}),
		"": DescribeItem(&isc.ApprovalItem{}),
		"approve approval item " + itemA + " of work item " + taskID:  approve(Common{}).Doing(),
		"Approved approval item " + itemA + " of work item " + taskID: approve(Common{}).Did(),
	} {
		if got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

// TestErrors_sayWhatThereIs, and no more.
func TestErrors_sayWhatThereIs(t *testing.T) {
	t.Parallel()
	check := func(a *Act, wi *isc.WorkItem) string { return diagText(a.Check(wi).Diags) }
	for name, test := range map[string]struct {
		got         string
		says, never []string
	}{
		"no approval items":    {check(approve(Common{}), workItemOf()), []string{"It has no approval items."}, []string{"It has these"}},
		"other approval items": {check(Approval(on(taskID), "other", "approve", nil), workItemOf("")), []string{"It has these:\n  - " + itemA + ": Add groups"}, nil},
		"a missing item":       {check(BulkApproval(on(taskID), "approve", []string{itemA, itemB}), workItemOf("")), []string{"It lacks:\n  - " + itemB}, []string{"unexpected"}},
		"a surplus item":       {check(BulkApproval(on(taskID), "approve", []string{itemA}), workItemOf("", "")), []string{"It has, unexpected:\n  - " + itemB}, []string{"lacks"}},
		"moved on": {
			check(Forward(on(taskID), "x", isc.Forward{TargetOwnerID: "y"}), workItemOf()), []string{"belongs to me", "moved on by somebody, perhaps after your forward", "terraform untaint"}, []string{" x"},
		},
		"moved on, of an action": {
			check(Forward(Common{WorkItemID: taskID, OnAlreadyDone: Skip}, "x", isc.Forward{TargetOwnerID: "y"}), workItemOf()), []string{"ask the owner"}, []string{"terraform untaint"},
		},
		"finished, and no form": {
			check(AccountSelection(on(taskID), Selections{}), closedAs("Finished", workItemOf())), []string{"The work item is closed"}, []string{"Already done"},
		},
	} {
		for _, part := range test.says {
			if !strings.Contains(test.got, part) {
				t.Errorf("%s: it doesn't say %q:\n%s", name, part, test.got)
			}
		}
		for _, part := range test.never {
			if strings.Contains(test.got, part) {
				t.Errorf("%s: it says %q:\n%s", name, part, test.got)
			}
		}
	}
}

// TestDoing_showsIDsInOneLine: an id is a text of others, too.
func TestDoing_showsIDsInOneLine(t *testing.T) {
	t.Parallel()
	a := Approval(Common{WorkItemID: taskID}, "x::error::pwned", "approve", nil)
	if strings.Contains(a.Doing(), "::") {
		t.Error(a.Doing())
	}
}
