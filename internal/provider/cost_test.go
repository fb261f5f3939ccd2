// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// What a run costs in requests is exact, so it is tested; what it costs in time
// is benchmarked. What it waits for at the service's limit is tested in package act.

// manyDecisions makes n approvals in so many work items, among others that the
// same owner has open.
func manyDecisions(n, workItems, open int) (items []mockisc.WorkItem, decisions []map[string]any) {
	for i := range open {
		wi := approvalWorkItem(fmt.Sprintf("2c91%028x", i))
		if i < workItems {
			for j := range n/workItems + 1 {
				if len(decisions) == n || j == n/workItems && i >= n%workItems {
					break
				}
				id := fmt.Sprintf("2c91%024x%04x", i, j)
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

// wantEachOnce fails unless every decision was executed exactly once.
func (w *world) wantEachOnce(decisions []map[string]any) {
	w.t.Helper()
	decided := w.Decisions()
	for _, decision := range decisions {
		if n := decided[decision["approval_item_id"].(string)]; n != 1 {
			w.t.Errorf("%s was decided %d times", decision["approval_item_id"], n)
		}
	}
	if len(decided) != len(decisions) {
		w.t.Errorf("%d approval items were decided, want %d", len(decided), len(decisions))
	}
}

// withLimit makes the service allow 100 requests in 10 seconds, counted like that.
func withLimit(counting string) func(*mockisc.Config) {
	return func(c *mockisc.Config) { c.RateLimit, c.Behavior.RateCounting = 100, counting }
}

// TestCost_ofPastDecisionsIsNothing reads and plans 200 decisions on closed
// work items.
func TestCost_ofPastDecisionsIsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	done, diags := w.rpc(nil).planAndApply(approvalType, approve1())
	if len(diags) != 0 {
		t.Fatal(diagText(diags))
	}
	w.ResetRequests()

	r := w.rpc(nil)
	for i := range 200 {
		arguments := map[string]any{"workitem_id": fmt.Sprintf("2c91808a%024x", i), "approval_item_id": fmt.Sprintf("2c91808b%024x", i), "decision": "approve"}
		values := fields(t, done)
		for name, v := range arguments {
			values[name] = tftypes.NewValue(tftypes.String, v)
		}
		values["id"] = tftypes.NewValue(tftypes.String, arguments["workitem_id"].(string)+"/"+arguments["approval_item_id"].(string))
		state := tftypes.NewValue(done.Type(), values)

		read, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{TypeName: approvalType, CurrentState: r.dynamic(state)})
		if err != nil || len(read.Diagnostics) != 0 {
			t.Fatalf("read: %v %s", err, diagText(read.Diagnostics))
		}
		plan := r.plan(approvalType, r.value(approvalType, read.NewState), arguments)
		if len(plan.Diagnostics) != 0 {
			t.Fatal(diagText(plan.Diagnostics))
		}
		if planned := r.value(approvalType, plan.PlannedState); !planned.Equal(state) {
			t.Fatalf("planned\n%v\nfor the state\n%v", planned, state)
		}
	}
	if requests := w.Requests(); len(requests) != 0 {
		t.Errorf("%d requests, the first for %s", len(requests), requests[0].Path)
	}
}

// TestCost_ofDecisions plans and applies decisions on work items that several
// share, as Terraform does: ten at a time, each command with a new provider,
// and each instance planned again in apply.
func TestCost_ofDecisions(t *testing.T) {
	t.Parallel()
	const workItems = 8
	items, decisions := manyDecisions(3*workItems, workItems, workItems)
	w := newWorld(t, items...)

	r := w.rpc(nil)
	eachAtOnce(decisions, 10, func(decision map[string]any) {
		if plan := r.plan(approvalType, null(r.typeOf(approvalType)), decision); len(plan.Diagnostics) != 0 {
			t.Error(diagText(plan.Diagnostics))
		}
	})
	if n := w.apiRequests(); n > 3 {
		t.Errorf("%d requests to plan decisions in %d work items of one list", n, workItems)
	}

	w.ResetRequests()
	r = w.rpc(nil)
	eachAtOnce(decisions, 10, func(decision map[string]any) {
		if _, diags := r.planAndApply(approvalType, decision); len(diags) != 0 {
			t.Error(diagText(diags))
		}
	})
	// Siblings are guarded by each other's answers.
	if reads := w.count(mockisc.OpGet); reads > workItems {
		t.Errorf("%d reads to apply %d decisions in %d work items", reads, len(decisions), workItems)
	}
	if posts := w.count(mockisc.OpApprove); posts != len(decisions) || w.apiRequests() > posts+workItems+2 {
		t.Errorf("%d POSTs for %d decisions, %d requests in all", posts, len(decisions), w.apiRequests())
	}
}

// TestCost_ofAdoptions: where closed work items can't be read by their id, the
// list of completed ones is read once for all.
func TestCost_ofAdoptions(t *testing.T) {
	t.Parallel()
	const n = 30
	w := newWorld(t)
	w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true })
	var adoptions []map[string]any
	for i := range n {
		wi := approvalWorkItem(fmt.Sprintf("2c91808a%024x", i), fmt.Sprintf("2c91808b%024x", i))
		w.Add(wi)
		if err := w.Decide(wi.ID, wi.ApprovalItems[0].ID, "approve"); err != nil {
			t.Fatal(err)
		}
		adoptions = append(adoptions, map[string]any{"workitem_id": wi.ID, "approval_item_id": wi.ApprovalItems[0].ID, "decision": "approve"})
	}
	r := w.rpc(nil)
	var group sync.WaitGroup
	for _, adoption := range adoptions {
		group.Go(func() {
			if state, diags := r.planAndApply(approvalType, adoption); hasError(diags) || field(t, state, "outcome") != "adopted" {
				t.Error(diagText(diags))
			}
		})
	}
	group.Wait()
	if lists := w.count(mockisc.OpListCompleted); lists != 1 {
		t.Errorf("the list of completed work items was read %d times", lists)
	}
	if reads := w.count(mockisc.OpGet); reads > n {
		t.Errorf("%d reads for %d adoptions", reads, n)
	}
	w.wantPosts()
}

// TestCost_throughTerraform counts the requests of whole commands.
func TestCost_throughTerraform(t *testing.T) {
	t.Parallel()
	const n = 30
	var items []mockisc.WorkItem
	var resources strings.Builder
	for i := range n {
		wi := approvalWorkItem(fmt.Sprintf("2c91808a%024x", i), fmt.Sprintf("2c91808b%024x", i))
		items = append(items, wi)
		resources.WriteString(strings.Replace(approval(wi.ID, wi.ApprovalItems[0].ID, "approve"), `"this"`, fmt.Sprintf("\"n%d\"", i), 1))
	}
	e := newWorld(t, items...).commandLine(requirePlugin(t))
	e.write("main.tf", liftedRate+resources.String())
	for _, step := range []struct {
		args       []string
		most, acts int
	}{
		{[]string{"plan", "-input=false", "-out=this.tfplan"}, 3, 0},
		{[]string{"apply", "-input=false", "this.tfplan"}, 2*n + 3, n},
		{[]string{"plan", "-input=false", "-detailed-exitcode"}, 0, 0},
	} {
		e.ResetRequests()
		e.terraform(step.args...)
		if acts := e.count(mockisc.OpApprove); acts != step.acts || e.apiRequests() > step.most {
			t.Errorf("%s sent %d requests, %d of them acts, want %d at most and %d", step.args[0], e.apiRequests(), acts, step.most, step.acts)
		}
	}
	if requests := e.Requests(); len(requests) != 0 {
		t.Errorf("an empty plan sent %d requests", len(requests))
	}
}

// TestCost_atTheDefaultRate: a run of more than 90 requests takes a pause of
// ten seconds.
func TestCost_atTheDefaultRate(t *testing.T) {
	t.Parallel()
	inVirtualTime(t, func(t *testing.T, w *world) {
		items, decisions := manyDecisions(60, 30, 30)
		w.Add(items...)
		r := w.rpc(map[string]any{"max_requests_per_second": nil})
		start := time.Now()
		eachAtOnce(decisions, 10, func(decision map[string]any) {
			if _, diags := r.planAndApply(approvalType, decision); hasError(diags) {
				t.Error(diagText(diags))
			}
		})
		if took := time.Since(start); took != 10*time.Second {
			t.Errorf("%d requests took %s", w.apiRequests(), took)
		}
		w.wantEachOnce(decisions)
	}, withLimit(mockisc.CountSliding))
}

// TestCost_ofReadingAllOwners: a list of several owners takes a request for each
// 250 work items, and so does that of all.
func TestCost_ofReadingAllOwners(t *testing.T) {
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
