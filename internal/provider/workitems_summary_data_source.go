// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*workItemsSummaryDataSource)(nil)

// workItemsSummaryDataSource reads the numbers of open and completed work items
// of one owner.
type workItemsSummaryDataSource struct{ dataSourceBase }

type workItemsSummaryModel struct {
	OwnerID   types.String `tfsdk:"owner_id"`
	Open      types.Int64  `tfsdk:"open"`
	Completed types.Int64  `tfsdk:"completed"`
	Total     types.Int64  `tfsdk:"total"`
}

func newWorkItemsSummaryDataSource() datasource.DataSource {
	return &workItemsSummaryDataSource{dataSourceBase{typeName: "sailpoint_workitems_summary"}}
}

func (d *workItemsSummaryDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads how many work items the caller, or another owner, has.",
		Attributes: map[string]schema.Attribute{
			"owner_id":  ownerAttribute(),
			"open":      schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of open work items."},
			"completed": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of completed work items."},
			"total":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of work items in all, as the service counts them."},
		},
	}
}

func (d *workItemsSummaryDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsSummaryModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)
	summary, err := d.session.client.GetWorkItemsSummary(ctx, model.OwnerID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotCount("read the summary of the work items", err))
		return
	}
	model.Open = types.Int64Value(summary.Open)
	model.Completed = types.Int64Value(summary.Completed)
	model.Total = types.Int64Value(summary.Total)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
