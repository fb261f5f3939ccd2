// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// completionModel is the model of sailpoint_workitem_completion.
type completionModel struct {
	actFields
	Done             types.Bool `tfsdk:"done"`
	ExpectedItemIDs  types.Set  `tfsdk:"expected_item_ids"`
	Items            types.List `tfsdk:"items"`
	RemediationItems types.List `tfsdk:"remediation_items"`
}

const expectedTaskItemIDsDescription = "Ids of the items that the author takes the work item to have, approval and remediation items together; `[]` means that it has none. " +
	"If the work item has others, or lacks one of them, nothing is completed."

func newWorkItemCompletionResource() resource.Resource { return newCompletionResource() }

func newCompletionResource() *actResource[completionModel, *completionModel] {
	return &actResource[completionModel, *completionModel]{kind: actKind{
		typeName: "sailpoint_workitem_completion",
		description: "Completes one work item, such as a manual task or a remediation, once. Who sets `done = true` says that the work was done. " +
			"A completion is final: destroying the resource only forgets it.",
		noun: "completion",
		ids:  []idAttribute{workItemIDAttribute},
		attributes: map[string]schema.Attribute{
			"done": schema.BoolAttribute{
				Required: true,
				MarkdownDescription: "Whether the work was done. While it is `false`, the resource only records the work item, and nothing is sent. " +
					"It can't be taken back once the work item is completed.",
			},
			"expected_item_ids": expectedItemIDsAttribute(expectedTaskItemIDsDescription),
			"items":             itemsAttribute("The approval items, ordered by id: the changes that somebody says have been made. All but their state is known in the plan.", approvalItemTable),
			"remediation_items": itemsAttribute("The remediation items, ordered by id.", remediationItemTable),
		},
	}}
}

func (m *completionModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

// idle is a completion that says that the work is not done yet.
func (m *completionModel) idle() bool { return !m.Done.IsUnknown() && !m.Done.ValueBool() }

func (m *completionModel) act(c act.Common) *act.Act {
	if m.Done.IsUnknown() {
		c.Unknown = append(c.Unknown, "done")
	}
	return act.Completion(c, knownTexts(m.ExpectedItemIDs))
}

func (m *completionModel) knowsSummary() bool { return !m.Done.IsUnknown() }

func (m *completionModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"items": m.Items, "remediation_items": m.RemediationItems}
}

func (m *completionModel) preview(wi *isc.WorkItem) {
	m.Items = previewApprovalItems(wi)
	m.RemediationItems = previewItems(remediationItemTable, wi.RemediationItems, func(i isc.RemediationItem) string { return i.ID })
}

func (m *completionModel) record(wi *isc.WorkItem) { m.Items = recordApprovalItems(m.Items, wi) }

func (m *completionModel) final(prior *completionModel) (diags diag.Diagnostics) {
	if !m.idle() || !prior.isDone() {
		return nil
	}
	if prior.Outcome.ValueString() != act.Adopted {
		diags.AddAttributeError(path.Root("done"), "Completions are final",
			fmt.Sprintf("Work item %s has been completed, and the service has no way to take that back. Nothing was sent.\n\nWhat to do: set done = true again.", m.WorkItemID.ValueString()))
		return diags
	}
	diags.AddAttributeWarning(path.Root("done"), "The work item is completed, whatever done says",
		fmt.Sprintf("Work item %s was completed by somebody else. That done = false is only recorded.", m.WorkItemID.ValueString()))
	return diags
}

func (m *completionModel) edited() string {
	switch {
	case m.Done.IsNull():
		return "it doesn't say whether it is done"
	case m.isDone() != m.Done.ValueBool():
		return fmt.Sprintf("done is %t and the outcome %s", m.Done.ValueBool(), describeValue(m.Outcome))
	}
	return ""
}

// imported takes over whether the task is finished. An unfinished one is guarded
// by its items: the block that is generated for it is inert until somebody says
// that the work was done.
func (m *completionModel) imported(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	m.ExpectedItemIDs = types.SetNull(types.StringType)
	m.Done = types.BoolValue(true)
	v := m.act(act.Common{WorkItemID: m.WorkItemID.ValueString()}).Check(wi)
	switch v.Status {
	case act.Done:
		return true, nil
	case act.Pending:
		m.Done = types.BoolValue(false)
		if hasItemWithoutID(wi) {
			return false, diag.Diagnostics{diag.NewWarningDiagnostic("The task can't be guarded",
				fmt.Sprintf("Work item %s has items without an id, so expected_item_ids can't name them, and is left out.", act.Describe(wi)))}
		}
		m.ExpectedItemIDs = expectedTaskItemIDs(wi)
		return false, nil
	default:
		return false, v.Diags
	}
}

// hasItemWithoutID reports whether expected_item_ids can't name all items.
func hasItemWithoutID(wi *isc.WorkItem) bool {
	return slices.ContainsFunc(wi.ApprovalItems, func(i isc.ApprovalItem) bool { return i.ID == "" }) ||
		slices.ContainsFunc(wi.RemediationItems, func(i isc.RemediationItem) bool { return i.ID == "" })
}

// expectedTaskItemIDs is the guard that a work item would pass as it is now.
func expectedTaskItemIDs(wi *isc.WorkItem) types.Set {
	ids := []attr.Value{}
	add := func(id string) {
		if v := types.StringValue(id); !slices.ContainsFunc(ids, v.Equal) {
			ids = append(ids, v)
		}
	}
	for _, item := range wi.ApprovalItems {
		add(item.ID)
	}
	for _, item := range wi.RemediationItems {
		add(item.ID)
	}
	return types.SetValueMust(types.StringType, ids)
}
