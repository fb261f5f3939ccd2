// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestPreview_isWhatThePlanSays of each status.
func TestPreview_isWhatThePlanSays(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		happens func(*world)
		act     *Act
		status  Status
		says    string
		unread  bool
	}{
		"pending":          {func(*world) {}, approve(Common{}), Pending, "", false},
		"done":             {func(w *world) { decide("approve")(w.Server) }, approve(Common{}), Done, "Already done: recorded without sending anything", false},
		"done, of actions": {func(w *world) { decide("approve")(w.Server) }, approve(Common{OnAlreadyDone: Skip}), Done, "Already done: nothing is to be sent", false},
		"done, as an error": {
			func(w *world) { decide("approve")(w.Server) }, approve(Common{OnAlreadyDone: Fail}), Impossible, "Nothing was sent.", false,
		},
		"the other way": {func(w *world) { decide("reject")(w.Server) }, approve(Common{}), Impossible, "Nothing was sent.", false},
		"an action, the other way": {
			func(w *world) { decide("reject")(w.Server) }, approve(Common{OnAlreadyDone: Skip}), Impossible, "Nothing was sent.", false,
		},
		"ids unknown":    {func(*world) {}, approve(Common{Unknown: []string{"approval_item_id"}}), Undetermined, "", true},
		"not there":      {func(w *world) { w.Remove(taskID) }, approve(Common{}), Impossible, "Unable to read work item " + taskID, true},
		"no such item":   {func(w *world) { w.Update(taskID, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].ID = another }) }, approve(Common{}), Impossible, "No such approval item", false},
		"decision later": {func(*world) {}, Approval(Common{WorkItemID: taskID, Unknown: []string{"decision"}}, itemA, "", nil), Undetermined, "", false},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			test.happens(w)
			wi, v := w.Preview(t.Context(), test.act)
			if got := diagText(v.Diags); v.Status != test.status || !strings.Contains(got, test.says) || v.Diags.HasError() != (test.status == Impossible) || test.says == "" && got != "" {
				t.Errorf("%s: %d, it says:\n%s", name, v.Status, got)
			}
			if strings.Contains(diagText(v.Diags), "terraform destroy -refresh=false") != (test.status == Impossible && test.act.OnAlreadyDone != Skip) {
				t.Errorf("%s: what stands in the way of a destroy knows the way out: %s", name, diagText(v.Diags))
			}
			if known := wi != nil; known == test.unread {
				t.Errorf("%s: the work item is known: %t", name, known)
			}
			if w.posts() != 0 {
				t.Errorf("%s: something was sent", name)
			}
		})
	}
}

// TestPreview_warnsOfAnAdoptionOnce in a run: the plan has told it.
func TestPreview_warnsOfAnAdoptionOnce(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		decide("approve")(w.Server)
		if _, v := w.Preview(t.Context(), approve(Common{})); len(v.Diags) != 1 {
			t.Errorf("the plan says:\n%s", diagText(v.Diags))
		}
		if result, diags := w.Perform(t.Context(), approve(Common{}), anything); result == nil || result.Outcome != Adopted || len(diags) != 0 {
			t.Errorf("%+v, the apply says:\n%s", result, diagText(diags))
		}
	})
}
