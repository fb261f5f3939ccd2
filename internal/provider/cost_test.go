// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// What a run costs in requests is exact, so it is tested; what it costs in time
// is benchmarked.

// TestCost_ofPastDecisionsIsNothing reads and plans 200 decisions on closed
// work items.
func TestCost_ofPastDecisionsIsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	done, diags := w.rpc(nil).planAndApply(approvalType, approve1())
	if len(diags) != 0 {
		t.Fatal(said(diags))
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
			t.Fatalf("read: %v %s", err, said(read.Diagnostics))
		}
		plan := r.plan(approvalType, r.value(approvalType, read.NewState), arguments)
		if len(plan.Diagnostics) != 0 {
			t.Fatal(said(plan.Diagnostics))
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
	const workItems, itemsEach = 8, 3
	var items []mockisc.WorkItem
	var decisions []map[string]any
	for i := range workItems {
		var ids []string
		for j := range itemsEach {
			ids = append(ids, fmt.Sprintf("2c91808b%012x%012x", i, j))
		}
		wi := approvalWorkItem(fmt.Sprintf("2c91808a%024x", i), ids...)
		items = append(items, wi)
		for _, id := range ids {
			decisions = append(decisions, map[string]any{"workitem_id": wi.ID, "approval_item_id": id, "decision": "approve"})
		}
	}
	w := newWorld(t, items...)
	eachAtOnce := func(f func(decision map[string]any)) {
		var group sync.WaitGroup
		turns := make(chan struct{}, 10)
		for _, decision := range decisions {
			group.Go(func() {
				turns <- struct{}{}
				defer func() { <-turns }()
				f(maps.Clone(decision))
			})
		}
		group.Wait()
	}

	r := w.rpc(nil)
	eachAtOnce(func(decision map[string]any) {
		if plan := r.plan(approvalType, null(r.typeOf(approvalType)), decision); len(plan.Diagnostics) != 0 {
			t.Error(said(plan.Diagnostics))
		}
	})
	if n := w.apiRequests(); n > 3 {
		t.Errorf("%d requests to plan decisions in %d work items of one list", n, workItems)
	}

	w.ResetRequests()
	r = w.rpc(nil)
	eachAtOnce(func(decision map[string]any) {
		if _, diags := r.planAndApply(approvalType, decision); len(diags) != 0 {
			t.Error(said(diags))
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
				t.Error(said(diags))
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
