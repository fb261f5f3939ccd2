// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

var expectedItemIDsValidators = []validator.Set{setvalidator.NoNullValues(), setvalidator.ValueStringsAre(validID{"approval item id"})}

func newWorkItemBulkApprovalResource() resource.Resource {
	return &actResource[bulkApprovalModel, *bulkApprovalModel]{kind: actKind{
		typeName: "sailpoint_workitem_bulk_approval",
		description: "Approves or rejects all approval items of one work item by a single request, once. The plan lists every item; the apply decides exactly those. " +
			"A decision is final: destroying the resource only forgets it.",
		noun: "bulk decision",
		ids:  []idAttribute{workItemIDAttribute},
		attributes: map[string]schema.Attribute{
			"decision": decisionAttribute("`approve` or `reject`, for all approval items. It can't be changed once they are decided."),
			"expected_item_ids": schema.SetAttribute{
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          expectedItemIDsValidators,
				MarkdownDescription: expectedItemIDsDescription,
			},
			"items": schema.ListNestedAttribute{
				Computed:            true,
				NestedObject:        schema.NestedAttributeObject{Attributes: listedApprovalItemFacts.schema()},
				MarkdownDescription: "The approval items, ordered by id. All but their state is known in the plan.",
			},
		},
	}}
}

func (m *bulkApprovalModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

func (m *bulkApprovalModel) act() act {
	return bulkApprovalAct(m.WorkItemID.ValueString(), m.Decision, m.ExpectedItemIDs, m.OnAlreadyDone.ValueString())
}

func (m *bulkApprovalModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"items": m.Items}
}

func (m *bulkApprovalModel) preview(wi *isc.WorkItem) {
	items := slices.SortedFunc(slices.Values(wi.ApprovalItems), func(a, b isc.ApprovalItem) int { return strings.Compare(a.ID, b.ID) })
	objects := make([]attr.Value, len(items))
	for i := range items {
		objects[i] = listedApprovalItemFacts.preview(&items[i])
	}
	m.setItems(objects)
}

func (m *bulkApprovalModel) record(wi *isc.WorkItem) {
	objects := m.Items.Elements()
	for i, object := range objects {
		previewed := object.(types.Object)                              //nolint:forcetypeassert // The list's element type.
		id := previewed.Attributes()["id"].(types.String).ValueString() //nolint:forcetypeassert // As in the schema.
		objects[i] = listedApprovalItemFacts.record(previewed, findApprovalItem(wi, id))
	}
	m.setItems(objects)
}

func (m *bulkApprovalModel) setItems(objects []attr.Value) {
	m.Items = types.ListValueMust(types.ObjectType{AttrTypes: listedApprovalItemFacts.types()}, objects)
}

func (m *bulkApprovalModel) keep(prior *bulkApprovalModel) { m.Items = prior.Items }

func (m *bulkApprovalModel) final(prior *bulkApprovalModel) diag.Diagnostics {
	return finalDecision(m.Decision, prior.Decision, "The approval items of work item "+m.WorkItemID.ValueString())
}

func (m *bulkApprovalModel) adopt(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	m.ExpectedItemIDs = types.SetNull(types.StringType)
	for _, decision := range []string{decisionApprove, decisionReject} {
		m.Decision = types.StringValue(decision)
		if m.act().judge(wi).standing == done {
			return true, nil
		}
	}
	return false, notImportable(wi, "its approval items are not all decided the same way")
}

// bulkApprovalAct is the act of deciding all approval items of a work item.
func bulkApprovalAct(workItemID string, decision types.String, expectedIDs types.Set, onAlreadyDone string) act {
	verb := decision.ValueString()
	if verb == "" {
		verb = "decide"
	}
	return act{
		workItemID: workItemID,
		doing:      fmt.Sprintf("%s all approval items of work item %s", verb, workItemID),
		did:        fmt.Sprintf("%s all approval items of work item %s", sentenceCase(pastTense(verb)), workItemID),
		what: func(wi *isc.WorkItem) string {
			var undecided []string
			for _, item := range undecidedItems(wi) {
				undecided = append(undecided, describeApprovalItem(item))
			}
			return fmt.Sprintf("%d undecided: %s", len(undecided), strings.Join(undecided, "; "))
		},
		onAlreadyDone: onAlreadyDone,
		guard:         func(wi *isc.WorkItem) diag.Diagnostics { return checkExpectedItems(expectedIDs, wi) },
		judge:         func(wi *isc.WorkItem) verdict { return judgeBulkApproval(wi, decision.ValueString()) },
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			if verb == decisionReject {
				return client.BulkReject(ctx, workItemID)
			}
			return client.BulkApprove(ctx, workItemID)
		},
	}
}
