// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestPerform_settles: an unclear answer is read after for 15 seconds, the last
// time at their end, and not longer.
func TestPerform_settles(t *testing.T) {
	t.Parallel()
	for _, late := range []bool{false, true} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			w.AddFault(mockisc.Fault{Method: http.MethodPost, DropBefore: true})
			start := time.Now()
			w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Times: -1, Before: func(s *mockisc.Server) {
				if after := time.Since(start); late == (after > 15*time.Second) && after >= 15*time.Second {
					decide("approve")(s)
				}
			}})
			var steps []string
			result, diags := w.Perform(t.Context(), approve(Common{Progress: func(s string) { steps = append(steps, s) }}), anything)
			if took := time.Since(start); took != 15*time.Second || (result != nil) == late {
				t.Errorf("%+v after %s, it says:\n%s", result, took, diagText(diags))
			}
			if len(steps) != 2 || !strings.HasPrefix(steps[0], "Sending the request to approve approval item "+itemA) || !strings.HasPrefix(steps[1], "The answer is lost or unusable: reading the work item") {
				t.Errorf("progress %q", steps)
			}
			// The reads come ever more seldom: 0.5, 1, 2, 2, ... seconds apart.
			reads := 0
			for _, r := range w.Requests() {
				if r.Operation == mockisc.OpGet {
					reads++
				}
			}
			if reads != 1+10 {
				t.Errorf("%d reads, the guard included", reads)
			}
		})
	}
}

// TestPerform_aForwardOutOfSight: who forwards may not see the new owner's work
// items.
func TestPerform_aForwardOutOfSight(t *testing.T) {
	t.Parallel()
	toDeputy := func() *Act {
		return Forward(Common{WorkItemID: taskID}, mockisc.DefaultClient.IdentityID, isc.Forward{TargetOwnerID: mockisc.DemoDeputyID, Comment: "x"})
	}
	for name, test := range map[string]struct {
		post, read mockisc.Fault
		outcome    string
		says       string
	}{
		"performed":               {mockisc.Fault{}, mockisc.Fault{Status: 403}, Performed, ""},
		"performed, and not seen": {mockisc.Fault{}, mockisc.Fault{Status: 404}, Performed, ""},
		"lost":                    {mockisc.Fault{DropAfter: true}, mockisc.Fault{Status: 403}, "", "Did it happen? Probably."},
		"the reads fail":          {mockisc.Fault{DropAfter: true}, mockisc.Fault{Status: 400}, "", "Did it happen? Unknown."},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			test.post.Method = http.MethodPost
			test.read.Operation, test.read.Skip, test.read.Times = mockisc.OpGet, 1, -1
			w.AddFault(test.post)
			w.AddFault(test.read)
			start := time.Now()
			result, diags := w.Perform(t.Context(), toDeputy(), anything)
			if got := diagText(diags); (result != nil) != (test.outcome != "") || !strings.Contains(got, test.says) {
				t.Errorf("%s: %+v, it says:\n%s", name, result, got)
			}
			if result != nil && (*result.After.OwnerID != mockisc.DemoDeputyID || result.Unconfirmed || result.After.OwnerName != nil) {
				t.Errorf("%s: afterwards it is %+v", name, result.After)
			}
			if strings.HasPrefix(test.says, "Did it happen? Probably") && time.Since(start) != 0 {
				t.Errorf("%s: it took %s", name, time.Since(start))
			}
		})
	}
}

// TestPerform_unconfirmed: a success that nothing shows is followed.
func TestPerform_unconfirmed(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		w.SetBehavior(func(b *mockisc.Behavior) { b.LeaveItemStateNull = true })
		a := approve(Common{})
		result, diags := w.Perform(t.Context(), a, anything)
		if got := diagText(diags); result == nil || !result.Unconfirmed || result.Outcome != Performed || !strings.Contains(got, "Warning on workitem_id: Performed, but not shown by the service") {
			t.Fatalf("%+v, it says:\n%s", result, got)
		}
		// What this run has read is not asked for again.
		if unconfirmed, diags := w.Follow(t.Context(), a); !unconfirmed || !strings.Contains(diagText(diags), "still doesn't show that it was done. Nothing is sent again.") {
			t.Errorf("still unconfirmed: %t, it says:\n%s", unconfirmed, diagText(diags))
		}
	})
	for name, test := range map[string]struct {
		happens     func(*world)
		unconfirmed bool
		says        string
	}{
		"done":      {func(w *world) { decide("approve")(w.Server) }, false, ""},
		"closed":    {func(w *world) { w.Update(taskID, func(wi *mockisc.WorkItem) { wi.Completed = new(time.Now()) }) }, false, ""},
		"gone":      {func(w *world) { w.Remove(taskID) }, false, ""},
		"forbidden": {func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Status: 403}) }, false, ""},
		"unchanged": {func(*world) {}, true, "still doesn't show"},
		"unreadable": {
			func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Status: 400, Times: -1}) }, true, "could not be read now",
		},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			test.happens(w)
			unconfirmed, diags := w.Follow(t.Context(), approve(Common{}))
			if got := diagText(diags); unconfirmed != test.unconfirmed || !strings.Contains(got, test.says) || diags.HasError() || (len(diags) != 0) != unconfirmed {
				t.Errorf("%s: %t, it says:\n%s", name, unconfirmed, got)
			}
			if w.posts() != 0 {
				t.Errorf("%s: it was sent again", name)
			}
		})
	}
}

// TestPerform_timeOver: what the time allowed cuts off is told.
func TestPerform_timeOver(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Delay: 20 * time.Second})
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		start := time.Now()
		result, diags := w.Perform(ctx, approve(Common{}), anything)
		if got := diagText(diags); result != nil || time.Since(start) != 10*time.Second || !strings.Contains(got, "The time allowed was over.") || !strings.Contains(got, "Did it happen? No. Nothing was sent.") {
			t.Errorf("after %s: %+v, it says:\n%s", time.Since(start), result, got)
		}
	})
}
