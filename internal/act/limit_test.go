// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"fmt"
	"math/rand/v2"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// What runs at the service's limit come to: exact, in virtual time.

// decision approves an approval item.
type decision struct{ workItemID, itemID string }

// addDecisions adds so many open work items whose ids begin with the prefix, and
// returns n decisions on approval items of some of them.
func (w *world) addDecisions(prefix string, n, workItems, open int) (decisions []decision) {
	items := make([]mockisc.WorkItem, open)
	for i := range items {
		items[i] = approvalOf()
		items[i].ID = fmt.Sprintf("%s%028x", prefix, i)
	}
	for i := range n {
		wi, id := &items[i%workItems], fmt.Sprintf("%s-item-%d", prefix, i)
		wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: id, Application: "Finance", Operation: "Add"})
		decisions = append(decisions, decision{wi.ID, id})
	}
	w.Add(items...)
	return decisions
}

func (d decision) act() *Act {
	return Approval(Common{WorkItemID: d.workItemID}, d.itemID, "approve", nil)
}

// eachAtOnce calls f for each decision, so many at once.
func eachAtOnce(decisions []decision, atOnce int, f func(decision)) {
	var group sync.WaitGroup
	turns := make(chan struct{}, atOnce)
	for _, d := range decisions {
		turns <- struct{}{}
		group.Go(func() {
			defer func() { <-turns }()
			f(d)
		})
	}
	group.Wait()
}

// planAll plans the decisions in a run of their own.
func (w *world) planAll(decisions []decision, atOnce int) {
	w.t.Helper()
	engine := w.newEngine(GuardRails{})
	eachAtOnce(decisions, atOnce, func(d decision) {
		if _, v := engine.Preview(w.t.Context(), d.act()); v.Status != Pending {
			w.t.Errorf("planned as %v: %s", v.Status, diagText(v.Diags))
		}
	})
}

// applyAll plans and performs them, with the time that the provider allows, and
// returns what failed and how.
func (w *world) applyAll(decisions []decision, atOnce int) (failed []decision, errors []string) {
	w.t.Helper()
	engine := w.newEngine(GuardRails{})
	var mu sync.Mutex
	eachAtOnce(decisions, atOnce, func(d decision) {
		ctx, cancel := context.WithTimeout(w.t.Context(), 5*time.Minute)
		defer cancel()
		_, v := engine.Preview(ctx, d.act())
		diags := v.Diags
		if !diags.HasError() {
			_, diags = engine.Perform(ctx, d.act(), anything)
		}
		if diags.HasError() {
			mu.Lock()
			defer mu.Unlock()
			failed, errors = append(failed, d), append(errors, diagText(diags))
		}
	})
	return failed, errors
}

// wantAllApplied fails unless one run does all decisions.
func (w *world) wantAllApplied(decisions []decision, atOnce int) {
	w.t.Helper()
	if failed, errors := w.applyAll(decisions, atOnce); len(failed) != 0 {
		w.t.Errorf("%d failed: %s", len(failed), errors[0])
	}
	w.wantEachOnce(decisions)
}

// wantEachOnce fails unless every decision was executed exactly once.
func (w *world) wantEachOnce(decisions []decision) {
	w.t.Helper()
	decided := w.Decisions()
	for _, d := range decisions {
		if n := decided[d.itemID]; n != 1 {
			w.t.Errorf("%s was decided %d times", d.itemID, n)
		}
	}
	if len(decided) != len(decisions) {
		w.t.Errorf("%d approval items were decided, want %d", len(decided), len(decisions))
	}
}

// count counts the requests that were answered like that, 0 for all, without
// those for tokens.
func (w *world) count(status int) (n int) {
	for _, r := range w.Requests() {
		if r.Operation != mockisc.OpToken && (status == 0 || r.Status == status) {
			n++
		}
	}
	return n
}

// atTheLimit runs a test in a world whose service allows 100 requests in 10
// seconds, counted like that, and with the provider's own rate.
func atTheLimit(t *testing.T, counting string, backOff bool, test func(t *testing.T, w *world)) {
	t.Helper()
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		w.rate = 10
		test(t, w)
	}, func(c *mockisc.Config) {
		c.RateLimit, c.Behavior.RateCounting, c.Behavior.RateBackOff = 100, counting, backOff
	})
}

// TestLimit_anyOrder: in which order Terraform begins the acts is chance. A plan
// of 200 approvals in 84 work items takes 6 requests or fewer, and an apply 345
// or fewer, in four intervals of 10 seconds, although answers come later than
// they did in the first.
func TestLimit_anyOrder(t *testing.T) {
	t.Parallel()
	for counting, most := range map[string]struct {
		// mean is that of the requests of an apply.
		mean float64
		took time.Duration
	}{
		// Without a pace, or without overtaking in the queue, it would be 336.
		mockisc.CountSliding: {332, 32 * time.Second},
		// Without overtaking it would be 340.
		mockisc.CountBucket: {336, 45 * time.Second},
	} {
		t.Run(counting, func(t *testing.T) {
			t.Parallel()
			const orders = 8
			total := 0
			for seed := range uint64(orders) {
				atTheLimit(t, counting, false, func(t *testing.T, w *world) {
					decisions := w.addDecisions("2c91", 200, 84, 200)
					start := time.Now()
					w.planAll(decisions, 10)
					planned := w.count(0)
					if planned > 6 {
						t.Errorf("the plan took %d requests", planned)
					}
					w.AddFault(mockisc.Fault{Times: 80, Delay: 20 * time.Millisecond})
					w.AddFault(mockisc.Fault{Times: -1, Delay: 30 * time.Millisecond})
					rand.New(rand.NewPCG(seed, 0)).Shuffle(len(decisions), func(i, j int) {
						decisions[i], decisions[j] = decisions[j], decisions[i]
					})
					w.wantAllApplied(decisions, 10)
					applied, took := w.count(0)-planned-w.count(429), time.Since(start)
					t.Logf("the apply took %d requests, plan and apply %s, with %d refusals", applied, took, w.count(429))
					total += applied
					if applied > 345 {
						t.Errorf("the apply took %d requests", applied)
					}
					if took > most.took || counting == mockisc.CountSliding && w.count(429) != 0 {
						t.Errorf("plan and apply took %s, with %d refusals", took, w.count(429))
					}
				})
			}
			if mean := float64(total) / orders; mean > most.mean {
				t.Errorf("an apply took %.1f requests on average, want at most %g", mean, most.mean)
			}
		})
	}
}

// TestLimit_fewActsHardlyWait: 40 take less than a second.
func TestLimit_fewActsHardlyWait(t *testing.T) {
	t.Parallel()
	atTheLimit(t, mockisc.CountSliding, false, func(t *testing.T, w *world) {
		decisions := w.addDecisions("2c91", 40, 40, 60)
		start := time.Now()
		w.planAll(decisions, 10)
		w.wantAllApplied(decisions, 10)
		if took := time.Since(start); took >= time.Second {
			t.Errorf("plan and apply of %d acts took %s", len(decisions), took)
		}
	})
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
					atTheLimit(t, counting, backOff, func(t *testing.T, w *world) {
						var all []decision
						var group sync.WaitGroup
						start := time.Now()
						for run := range runs {
							decisions := w.addDecisions(fmt.Sprintf("2c9%x", run), 100, 40, 70)
							all = append(all, decisions...)
							group.Go(func() {
								w.planAll(decisions, 10)
								for range 10 {
									failed, errors := w.applyAll(decisions, 10)
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
						t.Logf("%s, %d requests, %d refusals", time.Since(start).Round(time.Second), w.count(0), w.count(429))
						w.wantEachOnce(all)
					})
				})
			}
		}
	}
}

// TestLimit_slowAnswersAndALowRate: guard and request take their turns together,
// so that a guard doesn't grow stale while its request waits.
func TestLimit_slowAnswersAndALowRate(t *testing.T) {
	t.Parallel()
	atTheLimit(t, mockisc.CountSliding, false, func(t *testing.T, w *world) {
		decisions := w.addDecisions("2c91", 60, 60, 60)
		w.AddFault(mockisc.Fault{Times: -1, Delay: 3 * time.Second})
		w.rate = 1
		w.planAll(decisions, 30)
		w.wantAllApplied(decisions, 30)
		// A guard each, and nothing twice.
		if n := w.count(0); n > 2*len(decisions)+8 {
			t.Errorf("%d requests for %d acts", n, len(decisions))
		}
	})
}
