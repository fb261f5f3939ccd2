// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ list.ListResourceWithConfigure = (*workItemApprovalListResource)(nil)

// workItemApprovalListResource lists approval items for terraform query, each
// as the resource that could decide it.
type workItemApprovalListResource struct{ workItemApprovalResource }

type approvalListModel struct {
	listedOwners
	Types          types.List `tfsdk:"types"`
	Applications   types.List `tfsdk:"applications"`
	IncludeDecided types.Bool `tfsdk:"include_decided"`
}

// listedOwners says whose work items a query is about.
type listedOwners struct {
	OwnerIDs  types.List `tfsdk:"owner_ids"`
	AllOwners types.Bool `tfsdk:"all_owners"`
}

func newWorkItemApprovalListResource() list.ListResource {
	return &workItemApprovalListResource{*newWorkItemApprovalResource().(*workItemApprovalResource)} //nolint:forcetypeassert // That is what the constructor makes.
}

func (l *workItemApprovalListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists approval items, ordered by the creation of their work items. " +
			"The configuration that `terraform query` generates guards itself by `expect` and needs nothing but a `decision` in each block. The arguments below go into the `config` block.",
		Attributes: map[string]schema.Attribute{
			"owner_ids":    listOwnerIDsAttribute(),
			"all_owners":   listAllOwnersAttribute(),
			"types":        listTexts("Only approval items of work items of these types; case is ignored."),
			"applications": listTexts("Only approval items on these applications, with or without the suffix ` [source]`; case counts."),
			"include_decided": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "List approval items that are decided too, those of completed work items included. Default `false`.",
			},
		},
	}
}

// List schemas have no sets.
func listTexts(description string, validators ...validator.List) schema.ListAttribute {
	return schema.ListAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		Validators:          append(validators, listvalidator.SizeAtLeast(1)),
		MarkdownDescription: description,
	}
}

func listOwnerIDsAttribute() schema.Attribute {
	return listTexts("Ids of the owners whose work items are listed; others' need an administrator's token. Omitted: the caller's own.",
		listvalidator.ValueStringsAre(validID{kind: "owner id"}))
}

func listAllOwnersAttribute() schema.Attribute {
	return schema.BoolAttribute{Optional: true, Validators: []validator.Bool{conflictsIfTrue{"owner_ids"}}, MarkdownDescription: allOwnersDescription}
}

func (l *workItemApprovalListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config approvalListModel
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	query := config.query()
	query.Types, query.Applications = setOfList(config.Types), setOfList(config.Applications)
	if config.IncludeDecided.ValueBool() {
		query.Status = types.StringValue(string(isc.StatusAll))
	}
	found, diags := listWorkItems(ctx, l.session, query)
	approvals, unusable := approvalsToList(found, config)
	if len(unusable) > 0 {
		diags.AddWarning("Approval items that can't be named",
			fmt.Sprintf("The ids of these approval items, or of their work items, can't be used, or several have the same. They are not listed:\n%s", isc.Lines(unusable)))
	}
	streamResults(req, stream, diags, len(approvals), "approval items", func(n int) list.ListResult { return l.result(ctx, req, approvals[n]) })
}

func (o listedOwners) query() workItemsQuery {
	return workItemsQuery{OwnerIDs: setOfList(o.OwnerIDs), AllOwners: o.AllOwners}
}

// listWorkItems reads the work items of a query.
func listWorkItems(ctx context.Context, s *session, query workItemsQuery) ([]isc.WorkItem, diag.Diagnostics) {
	ctx, cancel := context.WithTimeout(ctx, defaultListTimeout)
	defer cancel()
	diags := query.validate()
	snapshot, readDiags := query.read(ctx, s, false)
	diags.Append(readDiags...)
	if diags.HasError() {
		return nil, diags
	}
	return snapshot.Items, diags
}

// streamResults hands over so many results, up to the limit. What there is to
// say comes before them: Terraform drops what comes later.
func streamResults(req list.ListRequest, stream *list.ListResultsStream, diags diag.Diagnostics, n int, what string, result func(int) list.ListResult) {
	if diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if limit := int(req.Limit); limit > 0 && n > limit {
		diags.AddWarning("Not all are listed",
			fmt.Sprintf("Only %d of %d %s are listed, because of the limit; without one, Terraform stops at 100.\n\nWhat to do: set limit in the list block, or filter.", limit, n, what))
		n = limit
	}
	stream.Results = func(push func(list.ListResult) bool) {
		if len(diags) > 0 && !push(list.ListResult{Diagnostics: diags}) {
			return
		}
		for i := range n {
			if !push(result(i)) {
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
// neither decided nor undecided can't be decided, nor imported. It describes
// those whose ids can't be used.
func approvalsToList(workItems []isc.WorkItem, config approvalListModel) (found []listedApproval, unusable []string) {
	var applications []string
	for _, v := range config.Applications.Elements() {
		applications = append(applications, withoutSource(v.(types.String).ValueString())) //nolint:forcetypeassert // The list's element type.
	}
	for i := range workItems {
		wi := &workItems[i]
		for j := range wi.ApprovalItems {
			item := &wi.ApprovalItems[j]
			decision, err := item.Decision()
			pending := decision == isc.Undecided && !wi.Closed()
			switch {
			case err != nil, !pending && (decision == isc.Undecided || !config.IncludeDecided.ValueBool()):
			case len(applications) > 0 && !slices.ContainsFunc(present(item.Application), func(name string) bool { return slices.Contains(applications, withoutSource(name)) }):
			case !identifies(wi, item):
				unusable = append(unusable, fmt.Sprintf("%s of work item %s", act.DescribeItem(item), act.Describe(wi)))
			default:
				found = append(found, listedApproval{wi, item})
			}
		}
	}
	return found, unusable
}

// identifies reports whether the ids of an approval item and its work item can
// be used, and belong to no other item.
func identifies(wi *isc.WorkItem, item *isc.ApprovalItem) bool {
	return isc.CheckID("work item id", wi.ID) == nil && isc.CheckID("approval item id", item.ID) == nil && !act.HasTwin(wi, item)
}

func (l *workItemApprovalListResource) result(ctx context.Context, req list.ListRequest, listed listedApproval) list.ListResult {
	var model approvalModel
	model.WorkItemID = types.StringValue(listed.workItem.ID)
	model.ApprovalItemID = types.StringValue(listed.item.ID)

	result := req.NewListResult(ctx)
	result.DisplayName = listed.displayName()
	result.Diagnostics.Append(l.identify(ctx, result.Identity, &model)...)
	if req.IncludeResource {
		if result.Diagnostics.Append(l.fill(ctx, &model, listed.workItem)...); result.Diagnostics.HasError() {
			return result
		}
		model.Expect = expectOf(listed.workItem, listed.item)
		result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	}
	return result
}

// displayName is what somebody who looks for an approval item reads:
// "Finance: Add groups CN=Readers for jdoe – Approval for Jane Doe".
func (a listedApproval) displayName() string {
	text := act.DescribeChange(a.item)
	if application := isc.OneLine(deref(a.item.Application)); application != "" {
		text = application + ": " + text
	}
	if name := isc.OneLine(deref(a.workItem.Name)); name != "" {
		text += " – " + name
	}
	return text
}

// setOfList returns the elements of a list.
func setOfList(l types.List) types.Set {
	if l.IsNull() {
		return types.SetNull(types.StringType)
	}
	seen := map[string]bool{}
	var elements []attr.Value
	for _, v := range l.Elements() {
		if s, ok := v.(types.String); ok && !seen[s.ValueString()] {
			seen[s.ValueString()] = true
			elements = append(elements, s)
		}
	}
	return types.SetValueMust(types.StringType, elements)
}
