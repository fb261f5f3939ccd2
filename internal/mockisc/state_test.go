// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

const forwardToDeputy = `{"targetOwnerId":"` + DemoDeputyID + `","comment":"away"}`

// every kind of act, on a work item that allows it.
var everyAct = []struct{ suffix, body string }{
	{"/w/approve/a1", ""},
	{"/w/reject/a1", ""},
	{"/bulk-approve/w", ""},
	{"/bulk-reject/w", ""},
	{"/w", ""},
	{"/w/forward", forwardToDeputy},
	{"/w/submit-account-selection", `{"accountId":"jdoe"}`},
}

// versatile allows every act.
func versatile() WorkItem { return accountSelection(approval("w", 1), "Jane Doe", "jdoe", "adm-jdoe") }

func TestLifecycle_lastDecisionClosesTheWorkItem(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		behavior  Behavior
		acts      []string
		state     string // "" = still open
		itemState []string
	}{
		{"one of two", Behavior{}, []string{"/w/approve/a1"}, "", []string{"Finished", ""}},
		{"both approved", Behavior{}, []string{"/w/approve/a1", "/w/approve/a2"}, "Finished", []string{"Finished", "Finished"}},
		{"mixed", Behavior{}, []string{"/w/approve/a1", "/w/reject/a2"}, "Finished", []string{"Finished", "Rejected"}},
		{"all rejected", Behavior{}, []string{"/w/reject/a1", "/w/reject/a2"}, "Finished", []string{"Rejected", "Rejected"}},
		{"all rejected is rejected", Behavior{StateWhenAllRejected: "Rejected"}, []string{"/bulk-reject/w"}, "Rejected", []string{"Rejected", "Rejected"}},
		{"bulk approve", Behavior{}, []string{"/bulk-approve/w"}, "Finished", []string{"Finished", "Finished"}},
		{"bulk decides the rest", Behavior{}, []string{"/w/reject/a2", "/bulk-approve/w"}, "Finished", []string{"Finished", "Rejected"}},
		{"stays open", Behavior{KeepOpenAfterLastDecision: true}, []string{"/bulk-approve/w"}, "", []string{"Finished", "Finished"}},
		{"other words", Behavior{ApprovedWord: "Approved", RejectedWord: "Denied"}, []string{"/w/approve/a1", "/w/reject/a2"}, "Finished", []string{"Approved", "Denied"}},
		{"other word, all rejected", Behavior{RejectedWord: "Denied"}, []string{"/bulk-reject/w"}, "Finished", []string{"Denied", "Denied"}},
		{"a second decision flips", Behavior{SecondDecisionFlips: true}, []string{"/w/approve/a1", "/w/reject/a1"}, "", []string{"Rejected", ""}},
		{"a second bulk decision flips", Behavior{SecondDecisionFlips: true}, []string{"/bulk-approve/w", "/bulk-reject/w"}, "Finished", []string{"Rejected", "Rejected"}},
		{"completed", Behavior{}, []string{"/w"}, "Finished", []string{"", ""}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := begin(t, []WorkItem{approval("w", 2)}, behaving(tt.behavior))
			var last reply
			for _, suffix := range tt.acts {
				last = c.wantPost(suffix, "", http.StatusOK)
			}
			for _, w := range []WorkItem{decoded[WorkItem](t, last.body), decoded[WorkItem](t, c.wantGet("/w", 200).body)} {
				if w.closed() != (tt.state != "") || text(w.State) != tt.state {
					t.Errorf("state %q, completed %v; want state %q", text(w.State), w.Completed, tt.state)
				}
				if w.Modified == nil || !w.Modified.Equal(start) {
					t.Errorf("modified is %v", w.Modified)
				}
				for i, want := range tt.itemState {
					if got := text(w.ApprovalItems[i].State); got != want {
						t.Errorf("approval item %d is %q, want %q", i, got, want)
					}
				}
			}
			open, closed := ids(t, c.wantGet("", 200).body), ids(t, c.wantGet("/completed", 200).body)
			if len(open)+len(closed) != 1 || (len(closed) == 1) != (tt.state != "") {
				t.Errorf("open list %v, completed list %v", open, closed)
			}
		})
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

func TestSecondAct_isRefusedOrIgnoredAndChangesNothing(t *testing.T) {
	t.Parallel()
	for _, status := range []int{0, http.StatusOK} {
		for _, again := range everyAct {
			t.Run(again.suffix, func(t *testing.T) {
				t.Parallel()
				c := begin(t, []WorkItem{versatile()}, behaving(Behavior{SecondActStatus: status}))
				c.wantPost("/w/approve/a1", "", 200)
				before, _ := c.Item("w")
				got := c.post(again.suffix, again.body)
				after, _ := c.Item("w")
				if got.status != max(status, http.StatusBadRequest)-status%400 {
					t.Errorf("status %d: %s", got.status, got.body)
				}
				if status == 0 && !strings.Contains(got.body, "already closed") {
					t.Errorf("the reason is missing: %s", got.body)
				}
				if before.OwnerID != after.OwnerID || !after.Completed.Equal(*before.Completed) || len(c.Acts()) != 1 {
					t.Errorf("the second act changed something: %+v, acts %+v", after, c.Acts())
				}
			})
		}
	}
	t.Run("decided item of an open work item", func(t *testing.T) {
		t.Parallel()
		c := begin(t, []WorkItem{approval("w", 2)})
		c.wantPost("/w/approve/a1", "", 200)
		c.wantPost("/w/reject/a1", "", 400)
	})
}

func TestRefusals_followTheirSwitches(t *testing.T) {
	t.Parallel()
	manual := WorkItem{ID: "w", Type: "ManualAction"}
	for _, tt := range []struct {
		name         string
		item         WorkItem
		suffix, body string
		status       int // in the default world
		switched     Behavior
		other        int
	}{
		{"unknown approval item", approval("w", 1), "/w/approve/zz", "", 404, Behavior{UnknownApprovalItemStatus: 400}, 400},
		{"bulk without items", manual, "/bulk-approve/w", "", 400, Behavior{BulkWithoutItemsStatus: 200}, 200},
		{"complete while undecided", approval("w", 1), "/w", "", 200, Behavior{RefuseCompleteWhileUndecided: true}, 400},
		{"complete with null", manual, "/w", "null", 200, Behavior{}, 200},
		{"complete with a string", manual, "/w", `"done"`, 200, Behavior{}, 200},
		{"complete with an object", manual, "/w", `{}`, 400, Behavior{}, 400},
		{"complete what is unknown", manual, "/other", "", 404, Behavior{}, 404},
		{"forward to an unknown identity", manual, "/w/forward", `{"targetOwnerId":"nobody","comment":"c"}`, 400, Behavior{ForwardUnknownIdentityStatus: 404}, 404},
		{"forward of an unknown work item", manual, "/other/forward", forwardToDeputy, 404, Behavior{ForwardUnknownWorkItemStatus: 400}, 400},
		{"forward without a target", manual, "/w/forward", `{"comment":"c"}`, 400, Behavior{}, 400},
		{"forward without a comment", manual, "/w/forward", `{"targetOwnerId":"` + DemoDeputyID + `"}`, 400, Behavior{}, 400},
		{"forward with an empty comment", manual, "/w/forward", `{"targetOwnerId":"` + DemoDeputyID + `","comment":" "}`, 200, Behavior{RequireForwardComment: true}, 400},
		{"forward without the header", manual, "/w/forward", forwardToDeputy, 200, Behavior{RequireExperimentalHeader: true}, 400},
		{"submit without a form", manual, "/w/submit-account-selection", `{"accountId":"x"}`, 400, Behavior{SubmitWithoutFormStatus: 404}, 404},
		{"submit no object", versatile(), "/w/submit-account-selection", `null`, 400, Behavior{}, 400},
		{"submit without a required field", versatile(), "/w/submit-account-selection", `{}`, 200, Behavior{RefuseIncompleteSelections: true}, 400},
		{"submit with a null required field", versatile(), "/w/submit-account-selection", `{"accountId":null}`, 200, Behavior{RefuseIncompleteSelections: true}, 400},
		{"submit", versatile(), "/w/submit-account-selection", `{"accountId":"x"}`, 200, Behavior{RefuseIncompleteSelections: true}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			begin(t, []WorkItem{tt.item}).wantPost(tt.suffix, tt.body, tt.status)
			begin(t, []WorkItem{tt.item}, behaving(tt.switched)).wantPost(tt.suffix, tt.body, tt.other)
		})
	}
}

func TestBulk_onPartlyDecidedItemsCanBeRefused(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 2)}, behaving(Behavior{RefuseBulkWhenPartlyDecided: true}))
	c.wantPost("/w/approve/a1", "", 200)
	c.wantPost("/bulk-approve/w", "", 400)
	if w, _ := c.Item("w"); w.closed() || w.ApprovalItems[1].State != nil {
		t.Errorf("the refused bulk decision left %+v", w)
	}
}

func TestForward_changesTheOwnerOfAnOpenWorkItem(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)})
	got := c.send(c.request(http.MethodPost, "/w/forward", `{"targetOwnerId":"`+plain.IdentityID+`","comment":"yours","sendNotifications":false}`))
	if got.status != 200 || got.body != "" {
		t.Errorf("status %d, body %q; want an empty 200", got.status, got.body)
	}
	w, _ := c.Item("w")
	if w.OwnerID != plain.IdentityID || w.OwnerName != plain.IdentityName || w.closed() {
		t.Errorf("after the forward: %+v", w)
	}
	want := Act{Seq: 1, Operation: OpForward, WorkItemID: "w", TargetOwnerID: plain.IdentityID, Comment: "yours", By: DefaultClient.IdentityID}
	if acts := c.Acts(); len(acts) != 1 || acts[0].Comment != want.Comment || acts[0].TargetOwnerID != want.TargetOwnerID ||
		acts[0].SendNotifications || acts[0].By != want.By || acts[0].Seq != want.Seq {
		t.Errorf("acts %+v, want %+v", acts, want)
	}
	c.wantPost("/w/forward", forwardToDeputy, 200)
	if acts := c.Acts(); !acts[1].SendNotifications {
		t.Error("notifications are not on by default")
	}
}

func TestReads_followTheirSwitches(t *testing.T) {
	t.Parallel()
	decided := approval("w", 2)
	decided.ApprovalItems[0].State = new("Finished")
	closed := approval("w", 1).finished(time.Hour)
	for _, tt := range []struct {
		name     string
		item     WorkItem
		behavior Behavior
		states   []string // work item, approval items; "" = null
		status   int
	}{
		{"open is null", decided, Behavior{}, []string{"", "Finished", ""}, 200},
		{"open is Pending", decided, Behavior{OpenState: "Pending"}, []string{"Pending", "Finished", "Pending"}, 200},
		{"item states are left null", closed, Behavior{LeaveItemStateNull: true, OpenState: "Pending"}, []string{"Finished", ""}, 200},
		{"items are dropped", closed, Behavior{DropApprovalItemsWhenClosed: true}, []string{"Finished"}, 200},
		{"items are not dropped while open", decided, Behavior{DropApprovalItemsWhenClosed: true}, []string{"", "Finished", ""}, 200},
		{"closed is found", closed, Behavior{}, []string{"Finished", "Finished"}, 200},
		{"closed is not found", closed, Behavior{GetClosed404: true}, nil, 404},
		{"unknown enums", decided, Behavior{UnknownEnums: true}, []string{"InReview", "Finished", ""}, 200},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := begin(t, []WorkItem{tt.item}, behaving(tt.behavior))
			got := c.wantGet("/w", tt.status)
			if tt.status != 200 {
				if found := ids(t, c.wantGet("/completed", 200).body); !slices.Equal(found, []string{"w"}) {
					t.Errorf("completed list %v", found)
				}
				return
			}
			w := decoded[WorkItem](t, got.body)
			states := []string{text(w.State)}
			for _, a := range w.ApprovalItems {
				states = append(states, text(a.State))
			}
			if !slices.Equal(states, tt.states) {
				t.Errorf("states %q, want %q", states, tt.states)
			}
			if stored, _ := c.Item("w"); text(stored.State) != text(tt.item.State) || len(stored.ApprovalItems) != len(tt.item.ApprovalItems) {
				t.Errorf("the switch changed the stored truth: %+v", stored)
			}
		})
	}
}

func TestStaleReads_showTheOldStateThatManyTimes(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)}, behaving(Behavior{StaleReads: 2}))
	if w := decoded[WorkItem](t, c.wantPost("/w/approve/a1", "", 200).body); !w.closed() {
		t.Error("the answer to the act is stale itself")
	}
	for i, want := range []bool{false, false, true} {
		if w := decoded[WorkItem](t, c.wantGet("/w", 200).body); w.closed() != want {
			t.Errorf("read %d: closed is %t", i+1, w.closed())
		}
	}
}

func TestFactsDrift_renamesTheRequesterAfterEachRead(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)}, behaving(Behavior{FactsDrift: true}))
	for _, want := range []string{"Marta Manager", "Renamed 1", "Renamed 2"} {
		if w := decoded[WorkItem](t, c.wantGet("/w", 200).body); text(w.RequesterDisplayName) != want {
			t.Errorf("requester %q, want %q", text(w.RequesterDisplayName), want)
		}
	}
}

func TestOthers_actByTheSameRulesUnrecorded(t *testing.T) {
	t.Parallel()
	form := accountSelection(WorkItem{ID: "f", Type: "Form"}, "Jane Doe", "jdoe", "adm-jdoe")
	c := begin(t, []WorkItem{approval("w", 2), {ID: "m"}, form}, behaving(Behavior{RefuseIncompleteSelections: true}))
	for _, tt := range []struct {
		name string
		err  error
		ok   bool
	}{
		{"forward", c.Forward("w", DemoDeputyID), true},
		{"forward to nobody", c.Forward("w", "nobody"), false},
		{"approve", c.Decide("w", "a1", "approve"), true},
		{"approve again", c.Decide("w", "a1", "approve"), false},
		{"reject", c.Decide("w", "a2", "reject"), true},
		{"decide otherwise", c.Decide("w", "a2", "maybe"), false},
		{"complete", c.Complete("m"), true},
		{"complete again", c.Complete("m"), false},
		{"submit nothing", c.SubmitSelection("f", nil), false},
		{"submit", c.SubmitSelection("f", map[string]any{"accountId": "jdoe"}), true},
	} {
		if (tt.err == nil) != tt.ok {
			t.Errorf("%s: %v", tt.name, tt.err)
		}
	}
	for _, w := range c.Items() {
		if !w.closed() {
			t.Errorf("%s is still open", w.ID)
		}
	}
	if len(c.Acts()) != 0 || len(c.Requests()) != 0 {
		t.Errorf("acts %v, requests %v", c.Acts(), c.Requests())
	}
}

func TestItem_isACopy(t *testing.T) {
	t.Parallel()
	c := begin(t, Demo())
	w, _ := c.Item(DemoAccountSelectionWorkItemID)
	*w.Name, *w.Form.Title, w.Form.Sections[0].FormItems[0][0] = "changed", "changed", 'x'
	a, _ := c.Item(DemoFinanceWorkItemID)
	*a.ApprovalItems[0].Account, *a.RequesterID = "changed", "changed"
	for _, id := range []string{w.ID, a.ID} {
		if got := c.wantGet("/"+id, 200); strings.Contains(got.body, "changed") {
			t.Errorf("an edit of the copy reached the service: %s", got.body)
		}
	}
	c.Update(w.ID, func(w *WorkItem) { *w.Name = "changed" })
	if got := c.wantGet("/"+w.ID, 200); !strings.Contains(got.body, "changed") {
		t.Errorf("Update did not reach the service: %s", got.body)
	}
	c.Remove(w.ID)
	c.wantGet("/"+w.ID, 404)
}

// TestArchive_underAnotherID: a work item that is closed leaves its id behind.
func TestArchive_underAnotherID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ suffix, answers string }{
		"completed":    {"/abc", "cba"},
		"all approved": {"/bulk-approve/abc", "abc"},
	} {
		c := begin(t, []WorkItem{approval("abc", 2)}, behaving(Behavior{ArchiveUnderAnotherID: true}))
		if w := decoded[WorkItem](t, c.wantPost(tt.suffix, "", 200).body); w.ID != tt.answers || !w.closed() {
			t.Errorf("%s: answered with %+v", name, w)
		}
		c.wantGet("/abc", 404)
		c.wantGet("/cba", 200)
		if got := ids(t, c.wantGet("/completed", 200).body); !slices.Equal(got, []string{"cba"}) {
			t.Errorf("%s: completed %v", name, got)
		}
		if got := ids(t, c.wantGet("", 200).body); len(got) != 0 {
			t.Errorf("%s: open %v", name, got)
		}
		if w, ok := c.Item("abc"); !ok || w.ID != "cba" {
			t.Errorf("%s: stored as %+v", name, w)
		}
	}
}
