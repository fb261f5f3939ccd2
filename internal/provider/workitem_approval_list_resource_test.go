// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// listResource lists approval items, with the diagnostics of all results.
func (r *rpc) listResource(config map[string]any, includeResource bool, limit int64) (results []tfprotov6.ListResourceResult, diags []*tfprotov6.Diagnostic) {
	r.t.Helper()
	stream, err := r.ProviderServer.(tfprotov6.ListResourceServer).ListResource(r.t.Context(), &tfprotov6.ListResourceRequest{
		TypeName: approvalType, Config: r.dynamic(object(r.schema.ListResourceSchemas[approvalType].ValueType(), config)),
		IncludeResource: includeResource, Limit: limit,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	for result := range stream.Results {
		diags = append(diags, result.Diagnostics...)
		if result.Identity != nil {
			results = append(results, result)
		}
	}
	return results, diags
}

func listOf(values ...string) tftypes.Value {
	elements := make([]tftypes.Value, len(values))
	for i, v := range values {
		elements[i] = tftypes.NewValue(tftypes.String, v)
	}
	return tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, elements)
}

// approvalWorld has two open approvals, of which one item is decided and one
// undecidable, and a closed one.
func approvalWorld(t *testing.T) *world {
	first, second := approvalWorkItem(workItem1, item1, item2), approvalWorkItem(workItem2, item3, "expired")
	second.Created = first.Created.AddDate(0, 0, -1)
	second.ApprovalItems[0].Application = "CRM"
	second.ApprovalItems[0].Account = nil
	second.ApprovalItems[1].State = new("Expired")
	second.Name = nil
	done := approvalWorkItem("2c91808a0000000000000000000000a3", "done", "forgotten")
	closed("Finished")(&done)
	done.ApprovalItems[0].State = new("Finished")
	w := newWorld(t, first, second, done)
	if err := w.Decide(workItem1, item2, "reject"); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestWorkItemApprovalList_listsWhatCanBeDecided(t *testing.T) {
	t.Parallel()
	pending1, pending3 := "Finance: Add groups CN=Group 1 for jdoe – Approval for Jane Doe", "CRM: Add groups CN=Group 1"
	decided2, done := "Finance: Add groups CN=Group 2 for jdoe – Approval for Jane Doe", "Finance: Add groups CN=Group 1 for jdoe – Approval for Jane Doe"
	for name, test := range map[string]struct {
		config map[string]any
		limit  int64
		want   []string
		warned string
	}{
		"pending ones, the oldest first": {nil, 0, []string{pending3, pending1}, ""},
		"of an application":              {map[string]any{"applications": listOf("Finance", "HR")}, 0, []string{pending1}, ""},
		"of a type":                      {map[string]any{"types": listOf("approval")}, 0, []string{pending3, pending1}, ""},
		"of another type":                {map[string]any{"types": listOf("Form")}, 0, nil, ""},
		"of the caller by id":            {map[string]any{"owner_ids": listOf(mockisc.DefaultClient.IdentityID)}, 0, []string{pending3, pending1}, ""},
		"of somebody else":               {map[string]any{"owner_ids": listOf(somebody)}, 0, nil, ""},
		"decided ones too":               {map[string]any{"include_decided": true}, 0, []string{pending3, pending1, decided2, done}, ""},
		"no more than asked":             {map[string]any{"include_decided": true}, 3, []string{pending3, pending1, decided2}, "Only 3 of 4 approval items are listed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := approvalWorld(t)
			results, diags := w.rpc(nil).listResource(test.config, false, test.limit)
			var got []string
			for _, result := range results {
				got = append(got, result.DisplayName)
			}
			if hasError(diags) || (len(diags) != 0) != (test.warned != "") || !strings.Contains(diagText(diags), test.warned) || !slices.Equal(got, test.want) {
				t.Errorf("listed %q, want %q; diagnostics:\n%s", got, test.want, diagText(diags))
			}
			w.wantPosts()
		})
	}
}

// TestWorkItemApprovalList_resourcesGuardThemselves: what is listed is what an
// import would make of it, with expect filled in.
func TestWorkItemApprovalList_resourcesGuardThemselves(t *testing.T) {
	t.Parallel()
	w := approvalWorld(t)
	r := w.rpc(nil)
	results, diags := r.listResource(map[string]any{"include_decided": true}, true, 0)
	if len(diags) != 0 || len(results) != 4 {
		t.Fatalf("%d results, diagnostics:\n%s", len(results), diagText(diags))
	}
	for i, want := range []struct{ id, decision, outcome, account, value string }{
		{workItem2 + "/" + item3, "(null)", "(null)", "(null)", "CN=Group 1"},
		{workItem1 + "/" + item1, "(null)", "(null)", "jdoe", "CN=Group 1"},
		{workItem1 + "/" + item2, "reject", "adopted", "jdoe", "CN=Group 2"},
	} {
		state := r.value(approvalType, results[i].Resource)
		got := []string{field(t, state, "id"), field(t, state, "decision"), field(t, state, "outcome"), field(t, state, "expect", "account"), field(t, state, "expect", "value")}
		if fmt.Sprint(got) != fmt.Sprint([]string{want.id, want.decision, want.outcome, want.account, want.value}) {
			t.Errorf("result %d is %q, want %+v", i, got, want)
		}
		if requester := field(t, state, "expect", "requester_id"); requester != field(t, state, "workitem", "requester_id") {
			t.Errorf("result %d expects the requester %s", i, requester)
		}
		identity, err := results[i].Identity.IdentityData.Unmarshal(tftypes.Object{AttributeTypes: map[string]tftypes.Type{"workitem_id": tftypes.String, "approval_item_id": tftypes.String}})
		if err != nil || field(t, identity, "workitem_id")+"/"+field(t, identity, "approval_item_id") != want.id {
			t.Errorf("result %d has the identity %v (%v), want %s", i, identity, err, want.id)
		}
	}
}

func TestWorkItemApprovalList_errors(t *testing.T) {
	t.Parallel()
	w := newWorldOfOwner(t)
	results, diags := w.rpc(nil).listResource(map[string]any{"owner_ids": listOf(somebody)}, false, 0)
	if got := diagText(diags); len(results) != 0 || !strings.Contains(got, "Unable to list the work items") || !strings.Contains(got, "Status: 403") {
		t.Errorf("%d results, diagnostics:\n%s", len(results), got)
	}
	r := w.rpc(nil)
	// A null owner is not the caller.
	noOwner := tftypes.NewValue(tftypes.List{ElementType: tftypes.String}, []tftypes.Value{null(tftypes.String)})
	results, diags = r.listResource(map[string]any{"owner_ids": noOwner}, false, 0)
	if got := diagText(diags); len(results) != 0 || !strings.Contains(got, "owner_ids holds null") {
		t.Errorf("%d results, diagnostics:\n%s", len(results), got)
	}
	for name, config := range map[string]map[string]any{
		"an empty list": {"types": listOf()}, "a bad id": {"owner_ids": listOf("a/b")},
	} {
		resp, err := r.ProviderServer.(tfprotov6.ListResourceServer).ValidateListResourceConfig(t.Context(), &tfprotov6.ValidateListResourceConfigRequest{
			TypeName: approvalType, Config: r.dynamic(object(r.schema.ListResourceSchemas[approvalType].ValueType(), config)),
		})
		if err != nil || !hasError(resp.Diagnostics) {
			t.Errorf("%s is accepted (%v)", name, err)
		}
	}
}

// TestWorkItemApprovalList_unusableIDs: what can't be named is left out, and does
// not keep the others from being listed.
func TestWorkItemApprovalList_unusableIDs(t *testing.T) {
	t.Parallel()
	for name, odd := range map[string]mockisc.WorkItem{
		"a slash": approvalWorkItem(workItem2, "a/b"), "none": approvalWorkItem(workItem2, ""), "a reserved word": approvalWorkItem(workItem2, "completed"),
		"a blank": approvalWorkItem(workItem2, "a b"), "the same twice": approvalWorkItem(workItem2, item2, item2), "the work item's": approvalWorkItem("x/y", item2),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, odd, approvalWorkItem(workItem1, item1))
			results, diags := w.rpc(nil).listResource(nil, true, 0)
			if got := diagText(diags); len(results) != 1 || hasError(diags) || !strings.Contains(got, "Approval items that can't be named") {
				t.Errorf("%d results, diagnostics:\n%s", len(results), got)
			}
		})
	}
}

// TestWorkItemApprovalList_theSameRowTwice is one approval item.
func TestWorkItemApprovalList_theSameRowTwice(t *testing.T) {
	t.Parallel()
	wi := approvalWorkItem(workItem1, item1, item1)
	wi.ApprovalItems[1].Value = new(*wi.ApprovalItems[0].Value)
	results, diags := newWorld(t, wi).rpc(nil).listResource(nil, true, 0)
	if len(results) == 0 || len(diags) != 0 {
		t.Errorf("%d results, diagnostics:\n%s", len(results), diagText(diags))
	}
}
