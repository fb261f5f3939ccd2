// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ list.ListResourceWithConfigure = (*workItemCompletionListResource)(nil)

// workItemCompletionListResource lists the work items that are completed by
// hand, each as the resource that could complete it and does nothing until
// somebody says that the work was done.
type workItemCompletionListResource struct {
	actResource[completionModel, *completionModel]
}

type completionListModel struct {
	listedOwners
	Types        types.List `tfsdk:"types"`
	Applications types.List `tfsdk:"applications"`
}

func newWorkItemCompletionListResource() list.ListResource {
	return &workItemCompletionListResource{*newCompletionResource()}
}

func (l *workItemCompletionListResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists open work items that are completed by hand, ordered by their creation. " +
			"The configuration that `terraform query` generates is inert: each block says `done = false`, and names the items in `expected_item_ids`. " +
			"Somebody who has done the work sets `done = true`. The arguments below go into the `config` block.",
		Attributes: map[string]schema.Attribute{
			"owner_ids":    listOwnerIDsAttribute(),
			"all_owners":   listAllOwnersAttribute(),
			"types":        listTexts("Only work items of these types; case is ignored. Default: `ManualAction` and `Remediation`."),
			"applications": listTexts("Only work items with an item on one of these applications, with or without the suffix ` [source]`; case counts."),
		},
	}
}

func (l *workItemCompletionListResource) List(ctx context.Context, req list.ListRequest, stream *list.ListResultsStream) {
	var config completionListModel
	if diags := req.Config.Get(ctx, &config); diags.HasError() {
		stream.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	query := config.query()
	query.Types, query.Applications = setOfList(config.Types), setOfList(config.Applications)
	if query.Types.IsNull() {
		var manual []attr.Value
		for _, name := range act.ManualTypes {
			manual = append(manual, types.StringValue(name))
		}
		query.Types = types.SetValueMust(types.StringType, manual)
	}
	found, diags := listWorkItems(ctx, l.session, query)
	var nameless []string
	tasks := slices.DeleteFunc(found, func(wi isc.WorkItem) bool {
		if wi.Closed() {
			return true
		}
		lacks := hasItemWithoutID(&wi) || isc.CheckID("work item id", wi.ID) != nil
		if lacks {
			nameless = append(nameless, act.Describe(&wi))
		}
		return lacks
	})
	if len(nameless) > 0 {
		diags.AddWarning("Work items that can't be guarded",
			fmt.Sprintf("These work items have items without an id, so expected_item_ids can't name them, or an id that can't be used. They are not listed:\n%s", isc.Lines(nameless)))
	}
	streamResults(req, stream, diags, len(tasks), "work items", func(n int) list.ListResult { return l.result(ctx, req, &tasks[n]) })
}

func (l *workItemCompletionListResource) result(ctx context.Context, req list.ListRequest, wi *isc.WorkItem) list.ListResult {
	var model completionModel
	model.WorkItemID = types.StringValue(wi.ID)
	result := req.NewListResult(ctx)
	result.DisplayName = isc.OneLine(act.OpenTask(wi))
	result.Diagnostics.Append(l.identify(ctx, result.Identity, &model)...)
	if req.IncludeResource {
		if result.Diagnostics.Append(l.fill(ctx, &model, wi)...); result.Diagnostics.HasError() {
			return result
		}
		result.Diagnostics.Append(result.Resource.Set(ctx, &model)...)
	}
	return result
}
