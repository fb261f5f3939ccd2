// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ list.ListResourceWithConfigure = (*workItemApprovalListResource)(nil)

// workItemApprovalListResource lists approval items for terraform query, each
// as the resource that could decide it.
type workItemApprovalListResource struct{ workItemApprovalResource }

type approvalListModel struct {
	OwnerIDs       types.List `tfsdk:"owner_ids"`
	Types          types.List `tfsdk:"types"`
	Applications   types.List `tfsdk:"applications"`
	IncludeDecided types.Bool `tfsdk:"include_decided"`
}

func newWorkItemApprovalListResource() list.ListResource {
	return &workItemApprovalListResource{*newWorkItemApprovalResource().(*workItemApprovalResource)} //nolint:forcetypeassert // That is what the constructor makes.
}

func (l *workItemApprovalListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	texts := func(description string, validators ...validator.List) schema.ListAttribute {
		return schema.ListAttribute{
			Optional:            true,
			ElementType:         types.StringType,
			Validators:          append(validators, listvalidator.SizeAtLeast(1)),
			MarkdownDescription: description,
		}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists approval items, ordered by the creation of their work items. " +
			"The configuration that `terraform query` generates guards itself by `expect` and needs nothing but a `decision` in each block. The arguments below go into the `config` block.",
		Attributes: map[string]schema.Attribute{
			"owner_ids": texts("Ids of the owners whose approval items are listed; others' need an administrator's token. Omitted: the caller's own.",
				listvalidator.ValueStringsAre(validID{"owner id"})),
			"types":        texts("Only approval items of work items of these types; case is ignored."),
			"applications": texts("Only approval items on these applications."),
			"include_decided": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "List approval items that are decided too, those of completed work items included. Default `false`.",
			},
		},
	}
}

func (l *workItemApprovalListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config approvalListModel
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	query := workItemsQuery{OwnerIDs: setOfList(config.OwnerIDs), Types: setOfList(config.Types), Applications: setOfList(config.Applications)}
	if config.IncludeDecided.ValueBool() {
		query.Status = types.StringValue(string(isc.StatusAll))
	}
	snapshot, diags := query.read(ctx, l.session, false)
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	stream.Results = func(push func(list.ListResult) bool) {
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		for n, listed := range approvalsToList(snapshot.Items, config) {
			if req.Limit > 0 && int64(n) >= req.Limit || !push(l.result(ctx, req, listed)) {
				return
			}
		}
	}
}

// listedApproval is an approval item with its work item.
type listedApproval struct {
	workItem *isc.WorkItem
	item     *isc.ApprovalItem
}

// approvalsToList returns the approval items to list. Those whose state says
// neither decided nor undecided can't be decided, nor imported.
func approvalsToList(workItems []isc.WorkItem, config approvalListModel) (found []listedApproval) {
	applications := config.Applications.Elements()
	for i := range workItems {
		wi := &workItems[i]
		for j := range wi.ApprovalItems {
			item := &wi.ApprovalItems[j]
			decision, err := decided(item)
			pending := decision == "" && !isClosed(wi)
			switch {
			case err != nil, !pending && (decision == "" || !config.IncludeDecided.ValueBool()):
			case len(applications) > 0 && !slices.ContainsFunc(applications, types.StringPointerValue(compose(item.Application)).Equal):
			default:
				found = append(found, listedApproval{wi, item})
			}
		}
	}
	return found
}

func (l *workItemApprovalListResource) result(ctx context.Context, req list.ListRequest, listed listedApproval) list.ListResult {
	var model approvalModel
	model.WorkItemID = types.StringValue(listed.workItem.ID)
	model.ApprovalItemID = types.StringValue(listed.item.ID)

	result := req.NewListResult(ctx)
	result.DisplayName = listed.displayName()
	result.Diagnostics.Append(l.identify(ctx, result.Identity, &model)...)
	if req.IncludeResource {
		result.Diagnostics.Append(l.fill(&model, listed.workItem)...)
		model.Expect = listed.expectation()
		result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	}
	return result
}

// displayName is what somebody who looks for an approval item reads:
// "Finance: Add groups CN=Readers for jdoe – Approval for Jane Doe".
func (a listedApproval) displayName() string {
	text := describeChange(a.item)
	if application := isc.OneLine(deref(a.item.Application)); application != "" {
		text = application + ": " + text
	}
	if name := isc.OneLine(deref(a.workItem.Name)); name != "" {
		text += " – " + name
	}
	return text
}

// expectation is what the approval item is now.
func (a listedApproval) expectation() types.Object {
	values := map[string]attr.Value{}
	for _, e := range expectations {
		values[e.name] = types.StringPointerValue(e.actual(a.workItem, a.item))
	}
	return types.ObjectValueMust(expectationTypes(), values)
}

// setOfList returns the elements of a list: list schemas have no sets.
func setOfList(l types.List) types.Set {
	if l.IsNull() {
		return types.SetNull(types.StringType)
	}
	return types.SetValueMust(types.StringType, l.Elements())
}
