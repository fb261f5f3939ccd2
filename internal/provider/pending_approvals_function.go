// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// pendingApprovalsFunction turns work items, as the data sources show them,
// into a map of the approval items that are still to be decided.
type pendingApprovalsFunction struct{}

func newPendingApprovalsFunction() function.Function { return pendingApprovalsFunction{} }

// pendingWorkItem has the attributes of a work item that the function uses;
// Terraform drops the others of its argument.
type pendingWorkItem struct {
	ID                   *string                `tfsdk:"id"`
	RequesterDisplayName *string                `tfsdk:"requester_display_name"`
	OwnerID              *string                `tfsdk:"owner_id"`
	State                *string                `tfsdk:"state"`
	Completed            *string                `tfsdk:"completed"`
	ApprovalItems        []*pendingApprovalItem `tfsdk:"approval_items"`
}

type pendingApprovalItem struct {
	ID          *string `tfsdk:"id"`
	Account     *string `tfsdk:"account"`
	Application *string `tfsdk:"application"`
	Name        *string `tfsdk:"name"`
	Operation   *string `tfsdk:"operation"`
	Value       *string `tfsdk:"value"`
	State       *string `tfsdk:"state"`
}

// pendingApproval is an element of the result.
type pendingApproval struct {
	WorkItemID           string  `tfsdk:"workitem_id"`
	ApprovalItemID       string  `tfsdk:"approval_item_id"`
	Account              *string `tfsdk:"account"`
	Application          *string `tfsdk:"application"`
	Name                 *string `tfsdk:"name"`
	Operation            *string `tfsdk:"operation"`
	Value                *string `tfsdk:"value"`
	RequesterDisplayName *string `tfsdk:"requester_display_name"`
	OwnerID              *string `tfsdk:"owner_id"`
}

func textTypes(names ...string) map[string]attr.Type {
	attributes := map[string]attr.Type{}
	for _, name := range names {
		attributes[name] = types.StringType
	}
	return attributes
}

func (pendingApprovalsFunction) Metadata(_ context.Context, _ function.MetadataRequest, resp *function.MetadataResponse) {
	resp.Name = "pending_approvals"
}

func (pendingApprovalsFunction) Definition(_ context.Context, _ function.DefinitionRequest, resp *function.DefinitionResponse) {
	workItem := textTypes("id", "requester_display_name", "owner_id", "state", "completed")
	workItem["approval_items"] = types.ListType{ElemType: types.ObjectType{
		AttrTypes: textTypes("id", "account", "application", "name", "operation", "value", "state"),
	}}
	resp.Definition = function.Definition{
		Summary: "Approval items that are still to be decided",
		MarkdownDescription: "Turns work items, such as the `workitems` of the data source `sailpoint_workitems`, into a map of their approval items that are still to be decided. " +
			"Its keys are `WORKITEM_ID/APPROVAL_ITEM_ID`, which is also the import id of a `sailpoint_workitem_approval`; " +
			"each value has `workitem_id`, `approval_item_id`, `account`, `application`, `name`, `operation`, `value`, `requester_display_name` and `owner_id`. " +
			"An approval item leaves the map once it is decided: use the map for actions or to write a ledger, not as the `for_each` of resources.",
		Parameters: []function.Parameter{function.ListParameter{
			Name:        "workitems",
			ElementType: types.ObjectType{AttrTypes: workItem},
			MarkdownDescription: "Work items with at least `id`, `requester_display_name`, `owner_id`, `state`, `completed` and `approval_items`, " +
				"whose elements have `id`, `account`, `application`, `name`, `operation`, `value` and `state`; further attributes are ignored, and what is null is passed over.",
		}},
		Return: function.MapReturn{ElementType: types.ObjectType{
			AttrTypes: textTypes("workitem_id", "approval_item_id", "account", "application", "name", "operation", "value", "requester_display_name", "owner_id"),
		}},
	}
}

func (pendingApprovalsFunction) Run(ctx context.Context, req function.RunRequest, resp *function.RunResponse) {
	var workItems []*pendingWorkItem
	if resp.Error = req.Arguments.Get(ctx, &workItems); resp.Error != nil {
		return
	}
	pending := map[string]pendingApproval{}
	for _, wi := range workItems {
		// A conditional expression may have left null in the place of some.
		if wi == nil || isClosed(&isc.WorkItem{State: wi.State, Completed: wi.Completed}) {
			continue
		}
		for _, item := range wi.ApprovalItems {
			if item == nil {
				continue
			}
			if decision, err := decided(&isc.ApprovalItem{State: item.State}); decision != "" || err != nil {
				continue
			}
			if wi.ID == nil || item.ID == nil {
				resp.Error = function.NewArgumentFuncError(0, "A pending approval item, or its work item, has no id.")
				return
			}
			pending[*wi.ID+"/"+*item.ID] = pendingApproval{
				WorkItemID: *wi.ID, ApprovalItemID: *item.ID,
				Account: item.Account, Application: item.Application, Name: item.Name, Operation: item.Operation, Value: item.Value,
				RequesterDisplayName: wi.RequesterDisplayName, OwnerID: wi.OwnerID,
			}
		}
	}
	resp.Error = resp.Result.Set(ctx, pending)
}
