// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var (
	_ resource.ResourceWithConfigure      = (*workItemApprovalResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*workItemApprovalResource)(nil)
	_ resource.ResourceWithImportState    = (*workItemApprovalResource)(nil)
	_ resource.ResourceWithIdentity       = (*workItemApprovalResource)(nil)
	_ resource.ResourceWithValidateConfig = (*workItemApprovalResource)(nil)
)

// workItemApprovalResource approves or rejects one approval item.
type workItemApprovalResource struct {
	actResource[approvalModel, *approvalModel]
}

type approvalModel struct {
	actFields
	ApprovalItemID types.String `tfsdk:"approval_item_id"`
	Decision       types.String `tfsdk:"decision"`
	Expect         types.Object `tfsdk:"expect"`
	Item           types.Object `tfsdk:"item"`
}

func newWorkItemApprovalResource() resource.Resource {
	return &workItemApprovalResource{actResource[approvalModel, *approvalModel]{kind: actKind{
		typeName: "sailpoint_workitem_approval",
		description: "Approves or rejects one approval item of a work item, once. The plan shows who asks for what; the apply decides exactly that. " +
			"A decision is final: destroying the resource only forgets it.",
		noun: "approval decision",
		ids: []idAttribute{
			workItemIDAttribute,
			{"approval_item_id", "approval item id", "Id of the approval item in the work item. Changing it replaces the resource."},
		},
		attributes: map[string]schema.Attribute{
			"decision": decisionAttribute("`approve` or `reject`. It can't be changed once the item is decided."),
			"expect": schema.SingleNestedAttribute{
				Optional:            true,
				Attributes:          expectationAttributes(),
				MarkdownDescription: expectDescription,
			},
			"item": schema.SingleNestedAttribute{
				Computed:            true,
				Attributes:          approvalItemFacts.schema(),
				MarkdownDescription: "The approval item. All but its state is known in the plan.",
			},
		},
	}}}
}

func (r *workItemApprovalResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var expect types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("expect"), &expect)...)
	resp.Diagnostics.Append(warnOfEmptyExpectation(expect)...)
}

// warnOfEmptyExpectation warns of a guard that guards nothing.
func warnOfEmptyExpectation(expect types.Object) (diags diag.Diagnostics) {
	if expect.IsNull() || expect.IsUnknown() {
		return nil
	}
	for _, v := range expect.Attributes() {
		if !v.IsNull() {
			return nil
		}
	}
	diags.AddAttributeWarning(path.Root("expect"), "expect checks nothing",
		"None of its attributes is set, so any approval item matches. Set at least one of them, such as account or value, or leave expect out.")
	return diags
}

func (m *approvalModel) idValues() []*types.String {
	return []*types.String{&m.WorkItemID, &m.ApprovalItemID}
}

func (m *approvalModel) act() act {
	return approvalAct(m.WorkItemID.ValueString(), m.ApprovalItemID.ValueString(), m.Decision, m.Expect, m.OnAlreadyDone.ValueString())
}

func (m *approvalModel) facts() map[string]attr.Value { return map[string]attr.Value{"item": m.Item} }

func (m *approvalModel) preview(wi *isc.WorkItem) {
	item := findApprovalItem(wi, m.ApprovalItemID.ValueString())
	if item == nil {
		item = &isc.ApprovalItem{}
	}
	m.Item = approvalItemFacts.preview(item)
}

func (m *approvalModel) record(wi *isc.WorkItem) {
	m.Item = approvalItemFacts.record(m.Item, findApprovalItem(wi, m.ApprovalItemID.ValueString()))
}

func (m *approvalModel) keep(prior *approvalModel) { m.Item = prior.Item }

func (m *approvalModel) final(prior *approvalModel) diag.Diagnostics {
	return finalDecision(m.Decision, prior.Decision, fmt.Sprintf("Approval item %s of work item %s", m.ApprovalItemID.ValueString(), m.WorkItemID.ValueString()))
}

func (m *approvalModel) adopt(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	a := m.act()
	m.Expect = types.ObjectNull(expectationTypes())
	if diags := a.guard(wi); diags.HasError() {
		return false, diags
	}
	v := a.judge(wi)
	if v.diags.HasError() {
		return false, v.diags
	}
	// What judge did not refuse is decided one way, or not at all.
	decision, _ := decided(findApprovalItem(wi, m.ApprovalItemID.ValueString()))
	if decision == "" {
		return false, nil
	}
	m.Decision = types.StringValue(decision)
	return true, nil
}

// approvalAct is the act of deciding one approval item. An unknown or null
// decision is left open: then only what speaks against any decision is told.
func approvalAct(workItemID, itemID string, decision types.String, expect types.Object, onAlreadyDone string) act {
	verb := decision.ValueString()
	if verb == "" {
		verb = "decide"
	}
	return act{
		workItemID:    workItemID,
		doing:         fmt.Sprintf("%s approval item %s of work item %s", verb, itemID, workItemID),
		did:           fmt.Sprintf("%s approval item %s of work item %s", sentenceCase(pastTense(verb)), itemID, workItemID),
		what:          func(wi *isc.WorkItem) string { return describeApprovalItem(findApprovalItem(wi, itemID)) },
		onAlreadyDone: onAlreadyDone,
		guard: func(wi *isc.WorkItem) (diags diag.Diagnostics) {
			item := findApprovalItem(wi, itemID)
			switch {
			case hasTwin(wi, item):
				diags.AddAttributeError(path.Root("approval_item_id"), "The approval item's id is not its own",
					fmt.Sprintf("Work item %s has several approval items with the id %s, which differ, so nobody can tell which of them a decision would be on. %s\n\n"+
						"Decide it in Identity Security Cloud, and tell the service's support.", describe(wi), itemID, listApprovalItems(wi)))
			case item != nil:
				return checkExpectation(expect, wi, item)
			case !isClosed(wi) || len(wi.ApprovalItems) > 0:
				diags.AddAttributeError(path.Root("approval_item_id"), "No such approval item in the work item",
					fmt.Sprintf("Work item %s has no approval item %s. %s", describe(wi), itemID, listApprovalItems(wi)))
			}
			return diags
		},
		judge: func(wi *isc.WorkItem) verdict { return judgeApproval(wi, itemID, decision.ValueString()) },
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			if verb == decisionReject {
				return client.RejectApprovalItem(ctx, workItemID, itemID)
			}
			return client.ApproveApprovalItem(ctx, workItemID, itemID)
		},
	}
}

const expectDescription = "What the author of the decision takes the approval item to be. Each value that is set must match exactly, or nothing is decided. " +
	"A null value is not checked; an empty string matches only an empty string. " +
	"Terraform drops attribute names it doesn't know here without a word, so look for yours in the plan."

// expectation is one attribute of expect.
type expectation struct {
	name, description string
	actual            func(*isc.WorkItem, *isc.ApprovalItem) *string
}

var expectations = []expectation{
	{"account", "Account the request is about.", func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Account }},
	{"application", "Application, the source of the account.", func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Application }},
	{"name", "Name of the attribute to change.", func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Name }},
	{"operation", "Operation on the attribute.", func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Operation }},
	{"value", "Value of the attribute.", func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Value }},
	{"requester_id", "Id of the identity that made the request.", func(wi *isc.WorkItem, _ *isc.ApprovalItem) *string { return wi.RequesterID }},
}

func expectationAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, e := range expectations {
		attributes[e.name] = schema.StringAttribute{Optional: true, MarkdownDescription: e.description}
	}
	return attributes
}

func expectationTypes() map[string]attr.Type {
	attributes := map[string]attr.Type{}
	for _, e := range expectations {
		attributes[e.name] = types.StringType
	}
	return attributes
}

// checkExpectation compares what the author expects with what is there. What is
// still unknown is checked once it is known.
func checkExpectation(expect types.Object, wi *isc.WorkItem, item *isc.ApprovalItem) (diags diag.Diagnostics) {
	expected := expect.Attributes()
	for _, e := range expectations {
		want, ok := expected[e.name].(types.String)
		if !ok || want.IsNull() || want.IsUnknown() {
			continue
		}
		if actual := types.StringPointerValue(compose(e.actual(wi, item))); !actual.Equal(want) {
			diags.AddAttributeError(path.Root("expect").AtName(e.name), "The approval item is not the expected one",
				fmt.Sprintf("Approval item %s of work item %s has %s = %s, but the configuration expects %s.\n\nWhat to do: find out whether this is the item that was meant. Only then correct expect, or the ids.",
					item.ID, describe(wi), e.name, actual, want))
		}
	}
	return diags
}
