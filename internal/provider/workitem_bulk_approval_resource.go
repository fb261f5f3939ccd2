// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// bulkApprovalModel is the model of sailpoint_workitem_bulk_approval, which
// decides all approval items of a work item by one request.
type bulkApprovalModel struct {
	actFields
	Decision        types.String `tfsdk:"decision"`
	ExpectedItemIDs types.Set    `tfsdk:"expected_item_ids"`
	Items           types.List   `tfsdk:"items"`
}

const expectedItemIDsDescription = "Ids of the approval items that the author of the decision takes the work item to have, decided ones included. " +
	"If the work item has others, or lacks one of them, nothing is decided."

var expectedItemIDsValidators = []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(stringvalidator.LengthAtLeast(1))}

func newWorkItemBulkApprovalResource() resource.Resource {
	return &actResource[bulkApprovalModel, *bulkApprovalModel]{kind: actKind{
		typeName: "sailpoint_workitem_bulk_approval",
		description: "Approves or rejects all approval items of one work item by a single request, once. The plan lists every item; the apply decides exactly those. " +
			"A decision is final: destroying the resource only forgets it.",
		noun: "bulk decision",
		ids:  []idAttribute{workItemIDAttribute},
		attributes: map[string]schema.Attribute{
			"decision":          decisionAttribute("`approve` or `reject`, for all approval items. It can't be changed once they are decided."),
			"expected_item_ids": expectedItemIDsAttribute(expectedItemIDsDescription),
			"items":             itemsAttribute("The approval items, ordered by id. All but their state is known in the plan.", approvalItemTable),
		},
	}}
}

func expectedItemIDsAttribute(description string) schema.Attribute {
	return schema.SetAttribute{Optional: true, ElementType: types.StringType, Validators: expectedItemIDsValidators, MarkdownDescription: description}
}

func itemsAttribute[Item any](description string, t attributeTable[Item]) schema.Attribute {
	return schema.ListNestedAttribute{
		Computed:            true,
		NestedObject:        schema.NestedAttributeObject{Attributes: resourceAttributes(t)},
		MarkdownDescription: description,
	}
}

func (m *bulkApprovalModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

func (m *bulkApprovalModel) act(c act.Common) *act.Act {
	return bulkApprovalAct(c, m.Decision, m.ExpectedItemIDs)
}

// bulkApprovalAct makes the act of a decision on all approval items.
func bulkApprovalAct(c act.Common, decision types.String, expectedIDs types.Set) *act.Act {
	if decision.IsUnknown() {
		c.Unknown = append(c.Unknown, "decision")
	}
	return act.BulkApproval(c, decision.ValueString(), knownTexts(expectedIDs))
}

// knownTexts returns the elements of a set; nil if there is none, or if any of
// it is unknown.
func knownTexts(set types.Set) []string {
	if set.IsNull() || set.IsUnknown() {
		return nil
	}
	texts := []string{}
	for _, v := range set.Elements() {
		s, ok := v.(types.String)
		if !ok || s.IsUnknown() {
			return nil
		}
		texts = append(texts, s.ValueString())
	}
	return texts
}

func (m *bulkApprovalModel) knowsSummary() bool { return !m.Decision.IsUnknown() }

func (m *bulkApprovalModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"items": m.Items}
}

func (m *bulkApprovalModel) preview(wi *isc.WorkItem) { m.Items = previewApprovalItems(wi) }

func (m *bulkApprovalModel) record(wi *isc.WorkItem) { m.Items = recordApprovalItems(m.Items, wi) }

// previewApprovalItems returns the approval items, ordered by id, with their
// states unknown.
func previewApprovalItems(wi *isc.WorkItem) types.List {
	return previewItems(approvalItemTable, wi.ApprovalItems, func(i isc.ApprovalItem) string { return i.ID })
}

func previewItems[Item any](table attributeTable[Item], items []Item, id func(Item) string) types.List {
	sorted := slices.SortedStableFunc(slices.Values(items), func(a, b Item) int { return strings.Compare(id(a), id(b)) })
	objects := make([]attr.Value, len(sorted))
	for i := range sorted {
		objects[i] = table.preview(&sorted[i])
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: table.types()}, objects)
}

// recordApprovalItems fills in the states of previewed approval items.
func recordApprovalItems(previewed types.List, wi *isc.WorkItem) types.List {
	objects := previewed.Elements()
	for i, object := range objects {
		item := object.(types.Object)                              //nolint:forcetypeassert // The list's element type.
		id := item.Attributes()["id"].(types.String).ValueString() //nolint:forcetypeassert // As in the schema.
		objects[i] = approvalItemTable.record(item, wi.ApprovalItem(id))
	}
	return types.ListValueMust(previewed.ElementType(nil), objects) //nolint:staticcheck // It ignores its context.
}

func (m *bulkApprovalModel) final(prior *bulkApprovalModel) diag.Diagnostics {
	return finalDecision(m.Decision, prior.Decision, "The approval items of work item "+m.WorkItemID.ValueString())
}

func (m *bulkApprovalModel) edited() string { return editedDecision(&m.actFields, m.Decision, false) }

func (m *bulkApprovalModel) imported(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	m.ExpectedItemIDs = types.SetNull(types.StringType)
	for _, decision := range []isc.Decision{isc.Approved, isc.Rejected} {
		m.Decision = types.StringValue(string(decision))
		if m.act(act.Common{WorkItemID: m.WorkItemID.ValueString()}).Check(wi).Status == act.Done {
			return true, nil
		}
	}
	return false, notImportable(wi, "its approval items are not all decided the same way")
}
