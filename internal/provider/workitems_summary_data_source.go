// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
)

var _ datasource.DataSourceWithConfigure = (*workItemsSummaryDataSource)(nil)

// workItemsSummaryDataSource reads the numbers of open and completed work items
// of one owner, or of all.
type workItemsSummaryDataSource struct{ dataSourceBase }

type workItemsSummaryModel struct {
	oneOwner
	Open      types.Int64    `tfsdk:"open"`
	Completed types.Int64    `tfsdk:"completed"`
	Total     types.Int64    `tfsdk:"total"`
	Timeouts  timeouts.Value `tfsdk:"timeouts"`
}

func newWorkItemsSummaryDataSource() datasource.DataSource {
	return &workItemsSummaryDataSource{dataSourceBase{typeName: "sailpoint_workitems_summary"}}
}

func (d *workItemsSummaryDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	number := func(description string) schema.Attribute {
		return schema.Int64Attribute{Computed: true, MarkdownDescription: description}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads how many work items the caller, another owner, or all have.",
		Attributes: map[string]schema.Attribute{
			"owner_id":   ownerAttribute(),
			"all_owners": allOwnersAttribute("owner_id"),
			"open":       number("Number of open work items."),
			"completed":  number("Number of completed work items."),
			"total":      number("Number of work items in all, as the service counts them."),
			"timeouts":   readTimeoutAttribute(ctx),
		},
	}
}

func (d *workItemsSummaryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsSummaryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	reading, cancel := limitedRead(ctx, model.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)
	summary, err := d.session.client.GetWorkItemsSummary(reading, model.owner())
	if err != nil {
		resp.Diagnostics.Append(act.CannotAsk("read the summary of the work items", "the summary of work items", err))
		return
	}
	resp.Diagnostics.Append(model.warnOfTenant(reading, d.session)...)
	model.Open = types.Int64Value(summary.Open)
	model.Completed = types.Int64Value(summary.Completed)
	model.Total = types.Int64Value(summary.Total)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
