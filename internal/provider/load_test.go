// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// loadSize is the full size with LOAD=full (make load), else a tenth of it.
func loadSize(full int) int {
	if os.Getenv("LOAD") == "full" {
		return full
	}
	return full / 10
}

// TestLoad_approvals plans and applies many approvals, ten to a work item,
// through the real terraform against the service's rate limit: nothing fails,
// and every item is decided exactly once.
func TestLoad_approvals(t *testing.T) {
	t.Parallel()
	const itemsEach = 10
	for name, test := range map[string]struct {
		workItems int
		limit     int
		window    time.Duration
		rate      int
		// refused is how many acts the service refuses with 429, whatever the
		// rate.
		refused int
	}{
		// The service's window and the client's default rate, 20 times as fast.
		// At that speed the jitter of the machine may cause a refusal or two.
		"at the provider's own rate": {workItems: 100, limit: 100, window: 500 * time.Millisecond, rate: 190},
		"faster than allowed":        {workItems: 30, rate: 100000, refused: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plugin := requirePlugin(t)
			workItems := loadSize(test.workItems)
			w := &world{Server: mockisc.RunT(t, func(c *mockisc.Config) { c.RateLimit, c.RateWindow = test.limit, test.window }), t: t}
			if test.refused > 0 {
				w.AddFault(mockisc.Fault{Method: http.MethodPost, Status: http.StatusTooManyRequests, Header: retryAfterHeader("1"), Skip: 10, Times: test.refused})
			}
			var ledger strings.Builder
			for i := range workItems {
				wi := approvalWorkItem(fmt.Sprintf("2c91808a%024x", i))
				for j := range itemsEach {
					id := fmt.Sprintf("2c91808b%020x%04x", i, j)
					wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: id, Account: new("jdoe"), Application: "Finance", Operation: "Add"})
					fmt.Fprintf(&ledger, "    %q = { item = %q, decision = %q }\n", wi.ID+"/"+id, id, []string{"approve", "reject"}[j%2])
				}
				w.Add(wi)
			}
			c := w.commandLine(plugin)
			c.write("main.tf", requiredProviders+fmt.Sprintf(`
provider "sailpoint" {
  max_requests_per_second = %d
}

locals {
  ledger = {
%s  }
}

resource "sailpoint_workitem_approval" "ledger" {
  for_each         = local.ledger
  workitem_id      = split("/", each.key)[0]
  approval_item_id = each.value.item
  decision         = each.value.decision
}
`, test.rate, ledger.String()))
			c.terraform("plan", "-input=false", "-out=plan.bin")
			planReads := w.count(mockisc.OpGet)
			c.terraform("apply", "-input=false", "plan.bin")
			c.terraform("plan", "-detailed-exitcode", "-input=false")

			limited := 0
			for _, r := range w.Requests() {
				if r.Status == http.StatusTooManyRequests {
					limited++
				}
			}
			decided := w.Decisions()
			t.Logf("%d approvals in %d work items: %d requests, of which %d POSTs, %d answered 429", workItems*itemsEach, workItems, len(w.Requests()), len(w.posts()), limited)
			if len(decided) != workItems*itemsEach || len(w.Acts()) != len(decided) {
				t.Errorf("%d acts on %d approval items, want each of %d once", len(w.Acts()), len(decided), workItems*itemsEach)
			}
			if limited < test.refused {
				t.Errorf("the service refused %d requests, want %d at least", limited, test.refused)
			}
			if test.refused == 0 && planReads > 3+limited {
				t.Errorf("the plan read %d work items by their ids, though all are in one list", planReads)
			}
		})
	}
}

// TestLoad_snapshotOfAMovingList reads a list while its work items are being
// completed: what it says is complete is a state that the list really had, and
// otherwise it says so.
func TestLoad_snapshotOfAMovingList(t *testing.T) {
	t.Parallel()
	n := loadSize(10000)
	for name, test := range map[string]struct {
		// completions bounds how many work items are completed, one with each
		// page that is served.
		completions int
		complete    bool
	}{
		"that never rests":            {n, false},
		"that rests after a while":    {n/250 + 1, true},
		"that moved before the first": {1, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mockisc.Generate(n, 1, mockisc.DefaultClient.IdentityID, mockisc.DefaultClient.IdentityName)...)
			left := openIDs(w.Server)
			slices.Sort(left)
			var mu sync.Mutex
			w.AddFault(mockisc.Fault{Operation: mockisc.OpList, Times: -1, Before: func(s *mockisc.Server) {
				mu.Lock()
				defer mu.Unlock()
				if n-len(left) == test.completions {
					return
				}
				if err := s.Complete(left[0]); err != nil {
					t.Error(err)
				}
				left = left[1:]
			}})
			state, diags := w.readDataSourceDiags("sailpoint_workitems_snapshot", nil)
			complete, counted, total := field(t, state, "complete") == "true", field(t, state, "item_count"), field(t, state, "total_count")
			if complete != test.complete {
				t.Errorf("complete is %t, want %t", complete, test.complete)
			}
			if warned := strings.Contains(diagText(diags), "may not be complete"); hasError(diags) || warned == complete {
				t.Errorf("complete is %t, with diagnostics:\n%s", complete, diagText(diags))
			}
			if complete {
				if want := fmt.Sprint(len(left)); counted != want || total != want {
					t.Errorf("%s work items of %s counted, but %s are open", counted, total, want)
				}
				var listed []struct{ ID string }
				if err := json.Unmarshal([]byte(field(t, state, "json")), &listed); err != nil {
					t.Fatal(err)
				}
				ids := make([]string, len(listed))
				for i := range listed {
					ids[i] = listed[i].ID
				}
				slices.Sort(ids)
				if !slices.Equal(ids, left) {
					t.Error("what is listed is not what is open")
				}
			}
			t.Logf("%d work items, %d completed meanwhile, %d requests: complete = %t, %s listed of %s counted", n, n-len(left), w.count(mockisc.OpList), complete, counted, total)
		})
	}
}

// openIDs returns the ids of the open work items.
func openIDs(s *mockisc.Server) (ids []string) {
	for _, wi := range s.Items() {
		if wi.Completed == nil {
			ids = append(ids, wi.ID)
		}
	}
	return ids
}
