// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"fmt"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// on returns the common part of an act on the work item.
func on(id string) Common { return Common{WorkItemID: id} }

func forwardTo(target string) *Act {
	return Forward(on(taskID), mockisc.DefaultClient.IdentityID, isc.Forward{TargetOwnerID: target, Comment: "x"})
}

// TestRegister_contradictions: two acts of one run that can't both be meant. The
// message is the same on whichever of them Terraform plans last.
func TestRegister_contradictions(t *testing.T) {
	t.Parallel()
	one := func(itemID, decision string) *Act { return Approval(on(taskID), itemID, decision, nil) }
	all := func(decision string) *Act { return BulkApproval(on(taskID), decision, nil) }
	selected := func(v string) *Act { return AccountSelection(on(taskID), Selections{Body: []byte(v)}) }
	for name, test := range map[string]struct {
		a, b        *Act
		contradicts bool
	}{
		"approve and reject":              {one(itemA, "approve"), one(itemA, "reject"), true},
		"the same twice":                  {one(itemA, "approve"), one(itemA, "approve"), false},
		"two items":                       {one(itemA, "approve"), one(itemB, "reject"), false},
		"all and one, the other way":      {all("approve"), one(itemB, "reject"), true},
		"all and one, alike":              {all("approve"), one(itemB, "approve"), false},
		"all, both ways":                  {all("approve"), all("reject"), true},
		"two targets":                     {forwardTo("a"), forwardTo("b"), true},
		"one target":                      {forwardTo("a"), forwardTo("a"), false},
		"other selections":                {selected(`{"a":1}`), selected(`{"a":2}`), true},
		"a decision and a completion":     {one(itemA, "approve"), Completion(on(taskID), nil), false},
		"a decision and a forward":        {one(itemA, "approve"), forwardTo("a"), false},
		"all of one and one of another":   {BulkApproval(on("another"), "reject", nil), one(itemA, "approve"), false},
		"two work items":                  {one(itemA, "approve"), Approval(on("another"), itemA, "reject", nil), false},
		"a decision that isn't known yet": {one(itemA, "approve"), Approval(Common{WorkItemID: taskID, Unknown: []string{"decision"}}, itemA, "", nil), false},
		"an id that isn't known yet":      {one(itemA, "approve"), Approval(Common{WorkItemID: taskID, Unknown: []string{"approval_item_id"}}, itemA, "reject", nil), false},
	} {
		var messages []string
		for _, order := range [][2]*Act{{test.a, test.b}, {test.b, test.a}} {
			e := NewEngine(nil, GuardRails{})
			if diags := e.enter(order[0]); len(diags) != 0 {
				t.Errorf("%s: the first says:\n%s", name, diagText(diags))
			}
			diags := e.enter(order[1])
			if diags.HasError() != test.contradicts {
				t.Errorf("%s: the second says:\n%s", name, diagText(diags))
			}
			for _, d := range diags {
				messages = append(messages, d.Summary()+d.Detail())
			}
		}
		if test.contradicts && (messages[0] != messages[1] || !strings.Contains(messages[0], test.a.doing) || !strings.Contains(messages[0], test.b.doing)) {
			t.Errorf("%s: the messages are\n%s\nand\n%s", name, messages[0], messages[1])
		}
	}
}

// TestRegister_inAPlan: a replacement is entered once, an adoption too, and each
// plan of the same act is the same act.
func TestRegister_inAPlan(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{MaxActs: new(int64(1))}, func(t *testing.T, w *world) {
		first := Approval(Common{WorkItemID: taskID, Replaces: true}, itemA, "reject", nil)
		for name, a := range map[string]*Act{"the first half of a replacement": first} {
			if _, v := w.Preview(t.Context(), a); len(v.Diags) != 0 {
				t.Errorf("%s: %s", name, diagText(v.Diags))
			}
		}
		for range 3 {
			if _, v := w.Preview(t.Context(), approve(Common{})); len(v.Diags) != 0 {
				t.Errorf("an act that is planned again: %s", diagText(v.Diags))
			}
		}
		if _, v := w.Preview(t.Context(), Approval(on(taskID), itemB, "approve", nil)); v.Status != Impossible || !strings.Contains(diagText(v.Diags), "more than max_acts = 1 acts in this run") {
			t.Errorf("one too many: %s", diagText(v.Diags))
		}
		if _, v := w.Preview(t.Context(), BulkApproval(on(taskID), "approve", nil)); v.Diags.HasError() {
			t.Errorf("the plan tells it once: %s", diagText(v.Diags))
		}
		// Contradicting an adoption is one, too.
		decide("approve")(w.Server)
		w.begin(w.rails)
		if _, v := w.Preview(t.Context(), approve(Common{})); v.Status != Done {
			t.Errorf("an adoption: %s", diagText(v.Diags))
		}
		if _, v := w.Preview(t.Context(), BulkApproval(on(taskID), "reject", nil)); !strings.Contains(diagText(v.Diags), "decided the other way") {
			t.Errorf("against an adoption: %s", diagText(v.Diags))
		}
	})
}

// TestRegister_maxActs: the plan has one error, and of the acts that are to be
// sent each one too many is refused, before anything is.
func TestRegister_maxActs(t *testing.T) {
	t.Parallel()
	decisions := func() []*Act {
		return []*Act{Approval(on(taskID), itemA, "approve", nil), Approval(on(taskID), itemB, "approve", nil), Approval(on(taskID), itemC, "approve", nil)}
	}
	for limit, want := range map[int64]int{0: 0, 1: 1, 2: 2, 3: 3, 100: 3} {
		inWorld(t, GuardRails{MaxActs: &limit}, func(t *testing.T, w *world) {
			w.Update(taskID, func(wi *mockisc.WorkItem) { wi.ApprovalItems = approvalOf(itemA, itemB, itemC).ApprovalItems })
			refused := 0
			for _, a := range decisions() {
				if _, v := w.Preview(t.Context(), a); v.Diags.HasError() {
					refused++
				}
			}
			if planned := min(1, 3-want); refused != planned {
				t.Errorf("max_acts = %d: the plan has %d errors, want %d", limit, refused, planned)
			}
			w.begin(w.rails)
			for _, a := range decisions() {
				// In an apply, Terraform plans each act before it does it.
				w.Preview(t.Context(), a)
				result, diags := w.Perform(t.Context(), a, anything)
				// Where none are allowed, several runs are no way out.
				if got := diagText(diags); result == nil && (strings.Contains(got, "in several runs") == (limit == 0) || !strings.Contains(got, fmt.Sprintf("more than max_acts = %d acts", limit)) || !strings.Contains(got, "Nothing was sent.")) {
					t.Errorf("max_acts = %d: it says:\n%s", limit, got)
				}
			}
			if n := w.posts(); n != want {
				t.Errorf("max_acts = %d: %d requests were sent, want %d", limit, n, want)
			}
		})
	}
}

const itemC = "2c91808b0000000000000000000000b3"

// TestRegister_maxActsCountsARepetitionOnce: after a 429 it is the same act. What
// was done already doesn't count.
func TestRegister_maxActsCountsARepetitionOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{MaxActs: new(int64(1))}, func(t *testing.T, w *world) {
		if err := w.Decide(taskID, itemB, "approve"); err != nil {
			t.Fatal(err)
		}
		w.AddFault(mockisc.Fault{Operation: mockisc.OpApprove, Status: 429})
		for _, id := range []string{itemB, itemA, itemB} {
			if result, diags := w.Perform(t.Context(), Approval(on(taskID), id, "approve", nil), anything); result == nil {
				t.Errorf("%s: %s", id, diagText(diags))
			}
		}
	})
}

// TestRegister_maxActsAndWhatIsNotKnown: an act counts once, whether it is known
// already what it is about or not.
func TestRegister_maxActsAndWhatIsNotKnown(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{MaxActs: new(int64(2))}, func(t *testing.T, w *world) {
		unknown := func() *Act { return Approval(Common{Unknown: []string{"workitem_id"}}, itemA, "approve", nil) }
		for i, a := range []*Act{unknown(), approve(Common{}), unknown()} {
			if _, v := w.Preview(t.Context(), a); v.Diags.HasError() != (i == 2) {
				t.Errorf("act %d: %s", i, diagText(v.Diags))
			}
		}
	})
	inWorld(t, GuardRails{ReadOnly: true}, func(t *testing.T, w *world) {
		a := Approval(Common{Unknown: []string{"workitem_id"}}, itemA, "approve", nil)
		if _, v := w.Preview(t.Context(), a); !strings.Contains(diagText(v.Diags), "The provider is read-only") {
			t.Errorf("an act that can't be excluded: %s", diagText(v.Diags))
		}
		if result, diags := w.Perform(t.Context(), approve(Common{}), anything); result != nil || !strings.Contains(diagText(diags), "The provider is read-only") || w.posts() != 0 {
			t.Errorf("%+v, it says:\n%s", result, diagText(diags))
		}
		decide("approve")(w.Server)
		w.begin(w.rails)
		if result, diags := w.Perform(t.Context(), approve(Common{}), anything); result == nil || result.Outcome != Adopted {
			t.Errorf("what is done can be recorded: %s", diagText(diags))
		}
	})
}

// TestRegister_ownRequests: nobody decides what they have requested, by whatever
// token. Who is behind the run, the environment says.
func TestRegister_ownRequests(t *testing.T) {
	t.Parallel()
	me := mockisc.DefaultClient.IdentityID
	for name, test := range map[string]struct {
		requester *string
		kind      string
		actors    []string
		nobody    bool
		act       func() *Act
		// refused is a part of the error, "" if the act is done.
		refused string
	}{
		"somebody else's":             {new("rita"), "Approval", nil, false, func() *Act { return approve(Common{}) }, ""},
		"the token's own":             {&me, "Approval", nil, false, func() *Act { return approve(Common{}) }, "was requested by " + me},
		"an actor's":                  {new("rita"), "Approval", []string{"otto", "rita"}, false, func() *Act { return approve(Common{}) }, "was requested by rita (Rita)"},
		"an actor's, rejected":        {new("rita"), "Approval", []string{"rita"}, false, func() *Act { return Approval(on(taskID), itemA, "reject", nil) }, "Nobody may decide their own request"},
		"an actor's, in bulk":         {new("rita"), "Approval", []string{"rita"}, false, func() *Act { return BulkApproval(on(taskID), "approve", nil) }, "Nobody may decide their own request"},
		"an actor's, completed":       {new("rita"), "Approval", []string{"rita"}, false, func() *Act { return Completion(on(taskID), nil) }, ""},
		"an actor's, forwarded":       {new("rita"), "Approval", []string{"rita"}, false, func() *Act { return forwardTo(mockisc.DemoDeputyID) }, ""},
		"nobody's":                    {nil, "Approval", nil, false, func() *Act { return approve(Common{}) }, "doesn't say who requested it"},
		"nobody's, of a manual task":  {nil, "ManualAction", nil, false, func() *Act { return approve(Common{}) }, ""},
		"nobody to compare with":      {new("rita"), "Approval", nil, true, func() *Act { return approve(Common{}) }, "there is nobody to compare the requester with"},
		"an actor is to compare with": {new("rita"), "Approval", []string{"otto"}, true, func() *Act { return approve(Common{}) }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, GuardRails{RefuseOwnRequests: true, Actors: test.actors}, func(t *testing.T, w *world) {
				w.SetBehavior(func(b *mockisc.Behavior) { b.OmitTokenIdentityID = test.nobody })
				w.Update(taskID, func(wi *mockisc.WorkItem) { wi.RequesterID, wi.Type = test.requester, test.kind })
				a := test.act()
				_, v := w.Preview(t.Context(), a)
				result, diags := w.Perform(t.Context(), a, anything)
				for _, got := range []string{diagText(v.Diags), diagText(diags)} {
					if !strings.Contains(got, test.refused) || strings.Contains(got, "Error") != (test.refused != "") {
						t.Errorf("it says:\n%s", got)
					}
				}
				if (result == nil) != (test.refused != "") || w.posts() == 0 != (test.refused != "") {
					t.Errorf("%+v by %d requests", result, w.posts())
				}
				// What is done is only recorded.
				if test.refused != "" && a.kind == KindApproval && a.intent == "approve" {
					decide("approve")(w.Server)
					w.begin(w.rails)
					if result, diags := w.Perform(t.Context(), a, anything); result == nil || result.Outcome != Adopted {
						t.Errorf("an adoption: %s", diagText(diags))
					}
				}
			})
		})
	}
}

// TestRegister_siblings warns of what makes the order of two acts matter.
func TestRegister_siblings(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		first, second *Act
		warned        string
	}{
		"a decision, then a forward":     {approve(Common{}), forwardTo("deputy"), "depends_on"},
		"a forward, then a decision":     {forwardTo("deputy"), approve(Common{}), "depends_on"},
		"of two work items":              {forwardTo("deputy"), Approval(on("another"), itemA, "approve", nil), ""},
		"two decisions":                  {approve(Common{}), Approval(on(taskID), itemB, "reject", nil), ""},
		"a completion without decisions": {Approval(on("x"), "y", "approve", nil), Completion(on(taskID), nil), "  - " + itemA + ": Add groups GL for jdoe on Finance\n  - " + itemB},
		"a completion and one decision":  {approve(Common{}), Completion(on(taskID), nil), "without a decision:\n  - " + itemB},
		"a completion and all decisions": {BulkApproval(on(taskID), "reject", nil), Completion(on(taskID), nil), "depends_on"},
		"a decision after a completion":  {Completion(on(taskID), nil), approve(Common{}), "depends_on"},
	} {
		wi := workItemOf("", "")
		e := NewEngine(nil, GuardRails{})
		e.enter(test.first)
		e.enter(test.second)
		if got := diagText(e.warnOfSiblings(test.second, wi)); !strings.Contains(got, test.warned) || (got == "") != (test.warned == "") || strings.Contains(got, "Error") {
			t.Errorf("%s: it says:\n%s", name, got)
		}
	}
	// The plan tells it, once it knows the work item.
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		w.Preview(t.Context(), approve(Common{}))
		if _, v := w.Preview(t.Context(), forwardTo(mockisc.DemoDeputyID)); !strings.Contains(diagText(v.Diags), "depends_on") {
			t.Errorf("the plan says:\n%s", diagText(v.Diags))
		}
	})
	// In a manual task undecided items are the changes to make.
	task := workItemOf("", "")
	task.Type = new("ManualAction")
	if diags := NewEngine(nil, GuardRails{}).warnOfSiblings(Completion(on(taskID), nil), task); len(diags) != 0 {
		t.Errorf("a manual task: %s", diagText(diags))
	}
}
