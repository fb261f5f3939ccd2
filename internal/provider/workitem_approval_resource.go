// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
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
				Optional: true,
				Attributes: schemaOf(expectTable, func(description string) schema.Attribute {
					return schema.StringAttribute{Optional: true, MarkdownDescription: description}
				}, nil),
				MarkdownDescription: expectDescription,
			},
			"item": schema.SingleNestedAttribute{
				Computed:            true,
				Attributes:          resourceAttributes(approvalItemTable.recorded()),
				MarkdownDescription: "The approval item. All but its state is known in the plan.",
			},
		},
	}}}
}

func decisionAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{stringvalidator.OneOf(string(isc.Approved), string(isc.Rejected))},
		MarkdownDescription: description,
	}
}

// ValidateConfig warns of a guard that guards nothing.
func (r *workItemApprovalResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	r.actResource.ValidateConfig(ctx, req, resp)
	var expect types.Object
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("expect"), &expect)...)
	resp.Diagnostics.Append(warnOfEmptyExpect(expect)...)
}

func (m *approvalModel) idValues() []*types.String {
	return []*types.String{&m.WorkItemID, &m.ApprovalItemID}
}

func (m *approvalModel) act(c act.Common) *act.Act {
	return approvalAct(c, m.ApprovalItemID, m.Decision, m.Expect)
}

// approvalAct makes the act of a decision on one approval item.
func approvalAct(c act.Common, itemID, decision types.String, expect types.Object) *act.Act {
	if decision.IsUnknown() {
		c.Unknown = append(c.Unknown, "decision")
	}
	return act.Approval(c, itemID.ValueString(), decision.ValueString(), expectations(expect))
}

func (m *approvalModel) knowsSummary() bool { return !m.Decision.IsUnknown() }

func (m *approvalModel) facts() map[string]attr.Value { return map[string]attr.Value{"item": m.Item} }

func (m *approvalModel) preview(wi *isc.WorkItem) {
	item := wi.ApprovalItem(m.ApprovalItemID.ValueString())
	if item == nil {
		item = &isc.ApprovalItem{}
	}
	m.Item = approvalItemTable.recorded().preview(item)
}

func (m *approvalModel) record(wi *isc.WorkItem) {
	m.Item = approvalItemTable.recorded().record(m.Item, wi.ApprovalItem(m.ApprovalItemID.ValueString()))
}

func (m *approvalModel) final(prior *approvalModel) diag.Diagnostics {
	return finalDecision(m.Decision, prior.Decision, fmt.Sprintf("Approval item %s of work item %s", m.ApprovalItemID.ValueString(), m.WorkItemID.ValueString()))
}

// finalDecision refuses to change a decision that has been made.
func finalDecision(decision, prior types.String, what string) (diags diag.Diagnostics) {
	if !decision.IsUnknown() && !decision.Equal(prior) {
		diags.AddAttributeError(path.Root("decision"), "Decisions are final",
			fmt.Sprintf("%s: the decision was %q, and the service has no way to take that back. Nothing was sent.\n\n"+
				"What to do: set decision = %q again. To have it changed after all, make a new request in Identity Security Cloud.", what, prior.ValueString(), prior.ValueString()))
	}
	return diags
}

func (m *approvalModel) edited() string { return editedDecision(&m.actFields, m.Decision, true) }

// editedDecision tells what is wrong with the decision of a state.
func editedDecision(f *actFields, decision types.String, mayBeOpen bool) string {
	switch decision.ValueString() {
	case "":
		if f.isDone() || !mayBeOpen {
			return "it has no decision"
		}
		return ""
	case string(isc.Approved), string(isc.Rejected):
		if !f.isDone() {
			return "it has a decision, but no outcome"
		}
		return ""
	}
	return fmt.Sprintf("its decision is %s", describeValue(decision))
}

func (m *approvalModel) imported(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	itemID := m.ApprovalItemID.ValueString()
	m.Decision, m.Expect = types.StringNull(), types.ObjectNull(expectTypes())
	// Which decision it was is told by the item, if it can be told at all.
	v := act.Approval(act.Common{WorkItemID: m.WorkItemID.ValueString(), Unknown: []string{"decision"}}, itemID, "", nil).Check(wi)
	if v.Diags.HasError() {
		return false, v.Diags
	}
	item := wi.ApprovalItem(itemID)
	decision, err := item.Decision()
	if err != nil || decision == isc.Undecided {
		m.Expect = expectOf(wi, item)
		return false, nil
	}
	m.Decision = types.StringValue(string(decision))
	return true, nil
}
