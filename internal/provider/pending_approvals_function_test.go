// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestPendingApprovals_fromTheDataSource gives the function what the data
// source shows, of open and completed work items alike.
func TestPendingApprovals_fromTheDataSource(t *testing.T) {
	t.Parallel()
	w := approvalWorld(t)
	w.Add(openWorkItem("2c91808a0000000000000000000000a4", "ManualAction"))
	expected := func(workItemID, itemID string, account knownvalue.Check, application string) knownvalue.Check {
		return knownvalue.ObjectExact(map[string]knownvalue.Check{
			"workitem_id": knownvalue.StringExact(workItemID), "approval_item_id": knownvalue.StringExact(itemID),
			"account": account, "application": knownvalue.StringExact(application),
			"name": knownvalue.StringExact("groups"), "operation": knownvalue.StringExact("Add"), "value": knownvalue.StringExact("CN=Group 1"),
			"value_redacted": knownvalue.Bool(false), "requester_id": knownvalue.StringExact("2c91808d0000000000000000000000d1"),
			"requester_display_name": knownvalue.StringExact("Rita Requester"), "owner_id": knownvalue.StringExact(mockisc.DefaultClient.IdentityID),
		})
	}
	config := w.config(`
data "sailpoint_workitems" "all" {
  status = "all"
}

output "pending" {
  value = provider::sailpoint::pending_approvals(data.sailpoint_workitems.all.workitems)
}

output "none" {
  value = provider::sailpoint::pending_approvals([])
}
`)
	w.run(resource.TestStep{
		Config: config,
		ConfigStateChecks: []statecheck.StateCheck{
			statecheck.ExpectKnownOutputValue("pending", knownvalue.MapExact(map[string]knownvalue.Check{
				workItem1 + "/" + item1: expected(workItem1, item1, knownvalue.StringExact("jdoe"), "Finance"),
				workItem2 + "/" + item3: expected(workItem2, item3, knownvalue.Null(), "CRM"),
			})),
			statecheck.ExpectKnownOutputValue("none", knownvalue.MapSizeExact(0)),
		},
	})
}

// TestPendingApprovals_states covers what counts as pending, without a CLI.
func TestPendingApprovals_states(t *testing.T) {
	t.Parallel()
	r := newWorld(t).rpc(nil)
	listType := r.schema.Functions["pending_approvals"].Parameters[0].Type.(tftypes.List)
	workItemType := listType.ElementType.(tftypes.Object)
	itemsType := workItemType.AttributeTypes["approval_items"].(tftypes.List)
	call := func(workItem map[string]any) int {
		t.Helper()
		value := null(workItemType)
		if workItem != nil {
			value = object(workItemType, workItem)
		}
		argument := tftypes.NewValue(listType, []tftypes.Value{value})
		resp, err := r.CallFunction(t.Context(), &tfprotov6.CallFunctionRequest{Name: "pending_approvals", Arguments: []*tfprotov6.DynamicValue{r.dynamic(argument)}})
		if err != nil {
			t.Fatal(err)
		}
		if resp.Error != nil {
			if resp.Error.FunctionArgument == nil || strings.Contains(resp.Error.Text, "error in the provider") {
				t.Errorf("the error is %+v", resp.Error)
			}
			return -1
		}
		result, err := resp.Result.Unmarshal(r.schema.Functions["pending_approvals"].Return.Type)
		if err != nil {
			t.Fatal(err)
		}
		return len(fields(t, result))
	}
	withItem := func(state any, workItem map[string]any) map[string]any {
		workItem["id"] = workItem1
		workItem["approval_items"] = tftypes.NewValue(itemsType, []tftypes.Value{object(itemsType.ElementType, map[string]any{"id": item1, "state": state})})
		return workItem
	}
	for name, test := range map[string]struct {
		workItem map[string]any
		// pending counts; -1 is an error.
		pending int
	}{
		"no work item":                          {nil, 0},
		"a null approval item":                  {map[string]any{"id": workItem1, "approval_items": tftypes.NewValue(itemsType, []tftypes.Value{null(itemsType.ElementType)})}, 0},
		"no id":                                 {map[string]any{"approval_items": tftypes.NewValue(itemsType, []tftypes.Value{object(itemsType.ElementType, map[string]any{"id": item1})})}, -1},
		"an approval item without id":           {map[string]any{"id": workItem1, "approval_items": tftypes.NewValue(itemsType, []tftypes.Value{object(itemsType.ElementType, nil)})}, -1},
		"no approval items":                     {map[string]any{"id": workItem1}, 0},
		"no state":                              {withItem(nil, map[string]any{}), 1},
		"pending in an open work item":          {withItem("Pending", map[string]any{"state": "Pending"}), 1},
		"another case, and an unheard-of state": {withItem("PENDING", map[string]any{"state": "Unheard"}), 1},
		"approved":                              {withItem("Finished", map[string]any{}), 0},
		"rejected":                              {withItem("Rejected", map[string]any{}), 0},
		"returned":                              {withItem("Returned", map[string]any{}), 0},
		"unheard-of":                            {withItem("Unheard", map[string]any{}), 0},
		"left undecided in a completed work item": {withItem(nil, map[string]any{"completed": "2026-03-02T00:00:00Z"}), 0},
		"left undecided in a finished work item":  {withItem(nil, map[string]any{"state": "Finished"}), 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := call(test.workItem); got != test.pending {
				t.Errorf("%v has %d pending approval items, want %d", test.workItem, got, test.pending)
			}
		})
	}
}
