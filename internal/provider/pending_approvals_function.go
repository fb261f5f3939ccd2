// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// pendingApprovalsFunction turns work items, as the data sources show them,
// into a map of the approval items that are still to be decided.
type pendingApprovalsFunction struct{}

func newPendingApprovalsFunction() function.Function { return pendingApprovalsFunction{} }

// The attributes of a work item that the function uses, and those of the
// approval item, follow from the tables; Terraform drops the others of its
// argument.
var (
	pendingWorkItemTable = workItemTable.only(func(a attribute[isc.WorkItem]) bool {
		switch a.name {
		case "id", "requester_id", "requester_display_name", "owner_id", "state", "completed":
			return true
		}
		return false
	})
	pendingWorkItemFacts = []string{"requester_id", "requester_display_name", "owner_id"}
	pendingItemFacts     = approvalItemTable.only(func(a attribute[isc.ApprovalItem]) bool { return a.expectable })
)

func pendingApprovalTypes() map[string]attr.Type {
	attributes := pendingItemFacts.types()
	attributes["workitem_id"], attributes["approval_item_id"] = types.StringType, types.StringType
	for _, name := range pendingWorkItemFacts {
		attributes[name] = types.StringType
	}
	return attributes
}

func (pendingApprovalsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "pending_approvals"
}

func (pendingApprovalsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	workItem := pendingWorkItemTable.types()
	workItem["approval_items"] = types.ListType{ElemType: types.ObjectType{AttrTypes: approvalItemTable.types()}}
	resp.Definition = function.Definition{
		Summary: "Approval items that are still to be decided",
		MarkdownDescription: "Turns work items, such as the `workitems` of the data source `sailpoint_workitems`, into a map of their approval items that are still to be decided. " +
			"Its keys are `WORKITEM_ID/APPROVAL_ITEM_ID`, which is also the import id of a `sailpoint_workitem_approval`; " +
			"each value has `workitem_id`, `approval_item_id`, `account`, `application`, `name`, `operation`, `value`, `value_redacted`, `requester_id`, `requester_display_name` and `owner_id`. " +
			"A work item that was found by one of its applications comes with all its items: a rule about an application also has to filter this result by it. " +
			"An approval item leaves the map once it is decided: use the map for actions or to write a ledger, not as the `for_each` of resources.",
		Parameters: []function.Parameter{function.ListParameter{
			Name:        "workitems",
			ElementType: types.ObjectType{AttrTypes: workItem},
			MarkdownDescription: "Work items with at least `id`, `requester_id`, `requester_display_name`, `owner_id`, `state`, `completed` and `approval_items`, " +
				"whose elements have all that the data source shows of them; further attributes are ignored, and what is null is passed over.",
		}},
		Return: function.MapReturn{ElementType: types.ObjectType{AttrTypes: pendingApprovalTypes()}},
	}
}

func (pendingApprovalsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var workItems types.List
	if resp.Error = req.Arguments.Get(ctx, &workItems); resp.Error != nil {
		return
	}
	pending := map[string]attr.Value{}
	for _, v := range workItems.Elements() {
		// A conditional expression may have left null in the place of some.
		wi, ok := v.(types.Object)
		if !ok || wi.IsNull() || isc.IsClosed(text(wi, "state"), text(wi, "completed")) {
			continue
		}
		items, ok := wi.Attributes()["approval_items"].(types.List)
		if !ok {
			continue
		}
		for _, v := range items.Elements() {
			item, ok := v.(types.Object)
			if !ok || item.IsNull() {
				continue
			}
			if decision, err := isc.DecisionOf(text(item, "state")); decision != isc.Undecided || err != nil {
				continue
			}
			key, problem := pendingKey(wi, item)
			if problem != "" {
				resp.Error = function.NewArgumentFuncError(0, problem)
				return
			}
			pending[key] = pendingApproval(wi, item)
		}
	}
	resp.Error = resp.Result.Set(ctx, types.MapValueMust(types.ObjectType{AttrTypes: pendingApprovalTypes()}, pending))
}

// text returns a text attribute of an object, nil where it is null.
func text(object types.Object, name string) *string {
	s, ok := object.Attributes()[name].(types.String)
	if !ok {
		return nil
	}
	return s.ValueStringPointer()
}

// pendingKey makes a key of two ids, or says why it can't: two pairs of ids must
// not become one key.
func pendingKey(wi, item types.Object) (key, problem string) {
	workItemID, itemID := text(wi, "id"), text(item, "id")
	if workItemID == nil || itemID == nil {
		return "", "A pending approval item, or its work item, has no id."
	}
	for _, id := range []string{*workItemID, *itemID} {
		if strings.Contains(id, "/") {
			return "", fmt.Sprintf("The id %q holds a slash, so that its key could be that of another approval item too.", isc.OneLine(id))
		}
	}
	return *workItemID + "/" + *itemID, ""
}

func pendingApproval(wi, item types.Object) types.Object {
	values := map[string]attr.Value{"workitem_id": wi.Attributes()["id"], "approval_item_id": item.Attributes()["id"]}
	for name := range pendingItemFacts.types() {
		values[name] = item.Attributes()[name]
	}
	for _, name := range pendingWorkItemFacts {
		values[name] = wi.Attributes()[name]
	}
	return types.ObjectValueMust(pendingApprovalTypes(), values)
}
