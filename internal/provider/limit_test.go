// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// What a run costs a user is requests, and pauses at the service's limit. Both
// are exact in virtual time.

// manyDecisions makes n approvals in so many work items, among others that the
// same owner has open, with ids that begin with the prefix.
func manyDecisions(prefix string, n, workItems, open int) (items []mockisc.WorkItem, decisions []map[string]any) {
	for i := range open {
		wi := approvalWorkItem(fmt.Sprintf("%s%028x", prefix, i))
		if i < workItems {
			for j := range n/workItems + 1 {
				if len(decisions) == n || j == n/workItems && i >= n%workItems {
					break
				}
				id := fmt.Sprintf("%s%024x%04x", prefix, i, j)
				wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: id, Account: new("jdoe"), Application: "Finance", Name: new("groups"), Operation: "Add", Value: new("x")})
				decisions = append(decisions, map[string]any{"workitem_id": wi.ID, "approval_item_id": id, "decision": "approve"})
			}
		} else {
			wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: "other-" + wi.ID, Application: "Finance", Operation: "Add"})
		}
		items = append(items, wi)
	}
	return items, decisions
}

// atTheServicesRate is the provider's own default.
var atTheServicesRate = map[string]any{"max_requests_per_second": 10}

// eachAtOnce calls f for each decision, so many at once.
func eachAtOnce(decisions []map[string]any, atOnce int, f func(map[string]any)) {
	var group sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, decision := range decisions {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			f(maps.Clone(decision))
		})
	}
	group.Wait()
}

// planAll plans the decisions as a run of terraform does.
func (w *world) planAll(decisions []map[string]any, atOnce int, settings map[string]any) {
	w.t.Helper()
	r := w.rpc(settings)
	eachAtOnce(decisions, atOnce, func(decision map[string]any) {
		if plan := r.plan(approvalType, null(r.typeOf(approvalType)), decision); hasError(plan.Diagnostics) {
			w.t.Error(said(plan.Diagnostics))
		}
	})
}

// applyAll plans and applies them, and returns what failed and how.
func (w *world) applyAll(decisions []map[string]any, atOnce int, settings map[string]any) (failed []map[string]any, errors []string) {
	w.t.Helper()
	r := w.rpc(settings)
	var mu sync.Mutex
	eachAtOnce(decisions, atOnce, func(decision map[string]any) {
		if _, diags := r.planAndApply(approvalType, decision); hasError(diags) {
			mu.Lock()
			defer mu.Unlock()
			failed, errors = append(failed, decision), append(errors, said(diags))
		}
	})
	return failed, errors
}

// wantEachOnce fails unless every decision was executed exactly once.
func (w *world) wantEachOnce(decisions []map[string]any) {
	w.t.Helper()
	decided := map[string]int{}
	for _, act := range w.Acts() {
		for _, id := range act.Decided {
			decided[id]++
		}
	}
	for _, decision := range decisions {
		if n := decided[decision["approval_item_id"].(string)]; n != 1 {
			w.t.Errorf("%s was decided %d times", decision["approval_item_id"], n)
		}
	}
	if len(decided) != len(decisions) {
		w.t.Errorf("%d approval items were decided, want %d", len(decided), len(decisions))
	}
}

// refusals counts the answers that were 429.
func (w *world) refusals() (n int) {
	for _, r := range w.Requests() {
		if r.Status == 429 {
			n++
		}
	}
	return n
}

func withLimit(counting string, backOff bool) func(*mockisc.Config) {
	return func(c *mockisc.Config) {
		c.RateLimit, c.Behavior.RateCounting, c.Behavior.RateBackOff = 100, counting, backOff
	}
}

// TestLimit_manyApprovals: 200 approvals in 84 of 200 open work items, at the
// service's limit. A loop that lists and approves takes 203 requests and 20 s,
// one that reads each work item before 403 requests and 40 s.
func TestLimit_manyApprovals(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		items, decisions := manyDecisions("2c91", 200, 84, 200)
		w.Add(items...)
		start := time.Now()
		w.planAll(decisions, 10, atTheServicesRate)
		if n := w.apiRequests(); n > 6 {
			t.Errorf("the plan took %d requests", n)
		}
		w.ResetRequests()
		if failed, errors := w.applyAll(decisions, 10, atTheServicesRate); len(failed) != 0 {
			t.Errorf("%d failed: %s", len(failed), errors[0])
		}
		took := time.Since(start)
		t.Logf("the apply took %d requests, plan and apply %s, with %d refusals", w.apiRequests(), took, w.refusals())
		if w.apiRequests() > 345 || took > 35*time.Second || w.refusals() != 0 {
			t.Error("at most 345 requests and 35 s, and no refusal")
		}
		w.wantEachOnce(decisions)
	}, withLimit(mockisc.CountSliding, false))
}

// TestLimit_fewApprovalsDoNotWait at all.
func TestLimit_fewApprovalsDoNotWait(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		items, decisions := manyDecisions("2c91", 40, 40, 60)
		w.Add(items...)
		start := time.Now()
		w.planAll(decisions, 10, atTheServicesRate)
		if failed, errors := w.applyAll(decisions, 10, atTheServicesRate); len(failed) != 0 {
			t.Errorf("%d failed: %s", len(failed), errors[0])
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("plan and apply of %d acts took %s", len(decisions), took)
		}
		w.wantEachOnce(decisions)
	}, withLimit(mockisc.CountSliding, false))
}

// TestLimit_howeverTheServiceCounts: alone, and with a second run on the same
// client id, no act is lost or doubled. An act that fails says how long the
// service asks to wait, and another apply does it.
func TestLimit_howeverTheServiceCounts(t *testing.T) {
	t.Parallel()
	pause := regexp.MustCompile(`a pause the service asked for of \d+(\.\d+)? s|asked for of which \d+(\.\d+)? s are left|the pause before the next attempt of \d+(\.\d+)? s`)
	for _, counting := range []string{mockisc.CountIntervals, mockisc.CountSliding, mockisc.CountBucket} {
		for _, backOff := range []bool{false, true} {
			for _, runs := range []int{1, 2} {
				t.Run(fmt.Sprintf("%s/back-off %t/%d runs", counting, backOff, runs), func(t *testing.T) {
					t.Parallel()
					inVirtualTime(t, func(t *testing.T, w *world) {
						var all []map[string]any
						var group sync.WaitGroup
						start := time.Now()
						for run := range runs {
							items, decisions := manyDecisions(fmt.Sprintf("2c9%x", run), 100, 40, 70)
							w.Add(items...)
							all = append(all, decisions...)
							group.Go(func() {
								w.planAll(decisions, 10, atTheServicesRate)
								for range 10 {
									failed, errors := w.applyAll(decisions, 10, atTheServicesRate)
									for _, text := range errors {
										if !pause.MatchString(text) {
											t.Errorf("the error doesn't say how long the service asks to wait:\n%s", text)
										}
									}
									if decisions = failed; len(failed) == 0 {
										return
									}
									time.Sleep(20 * time.Minute)
								}
								t.Errorf("%d decisions were never made", len(decisions))
							})
						}
						group.Wait()
						t.Logf("%s, %d requests, %d refusals", time.Since(start).Round(time.Second), w.apiRequests(), w.refusals())
						w.wantEachOnce(all)
					}, withLimit(counting, backOff))
				})
			}
		}
	}
}

// TestLimit_slowAnswersAndALowRate: guard and request take their turns together,
// so that a guard doesn't grow stale while its request waits.
func TestLimit_slowAnswersAndALowRate(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		items, decisions := manyDecisions("2c91", 60, 60, 60)
		w.Add(items...)
		w.AddFault(mockisc.Fault{Times: -1, Delay: 3 * time.Second})
		settings := map[string]any{"max_requests_per_second": 1}
		w.planAll(decisions, 30, settings)
		if failed, errors := w.applyAll(decisions, 30, settings); len(failed) != 0 {
			t.Errorf("%d failed: %s", len(failed), errors[0])
		}
		w.wantEachOnce(decisions)
		// A guard each, and nothing twice.
		if n := w.apiRequests(); n > 2*len(decisions)+8 {
			t.Errorf("%d requests for %d acts", n, len(decisions))
		}
	}, withLimit(mockisc.CountSliding, false))
}

// TestLimit_readsOfAllOwners: a list of several owners takes a request for each
// 250 work items, and so does that of all.
func TestLimit_readsOfAllOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for i, owner := range []string{mockisc.DefaultClient.IdentityID, somebody} {
		items := mockisc.Generate(260+i*300, uint64(i), owner, owner)
		w.Add(items...)
	}
	for _, test := range []struct {
		arguments map[string]any
		want      int
	}{
		{map[string]any{"owner_ids": setOf(mockisc.DefaultClient.IdentityID, somebody)}, 2 + 3},
		{map[string]any{"all_owners": true}, 4},
		{nil, 2},
	} {
		for _, dataSource := range []string{"sailpoint_workitems", "sailpoint_workitems_snapshot"} {
			w.ResetRequests()
			if state := w.readDataSource(dataSource, test.arguments); field(t, state, "complete") != "true" {
				t.Errorf("%v is incomplete", test.arguments)
			}
			if n := w.apiRequests(); n != test.want {
				t.Errorf("%s %v took %d requests, want %d", dataSource, slices.Collect(maps.Keys(test.arguments)), n, test.want)
			}
		}
	}
}
