// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*workItemsCountDataSource)(nil)

// workItemsCountDataSource counts the open or the completed work items of one
// owner.
type workItemsCountDataSource struct{ dataSourceBase }

type workItemsCountModel struct {
	OwnerID   types.String `tfsdk:"owner_id"`
	Completed types.Bool   `tfsdk:"completed"`
	Total     types.Int64  `tfsdk:"total"`
}

func newWorkItemsCountDataSource() datasource.DataSource {
	return &workItemsCountDataSource{dataSourceBase{typeName: "sailpoint_workitems_count"}}
}

func (d *workItemsCountDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Counts the open or the completed work items of the caller or of another owner.",
		Attributes: map[string]schema.Attribute{
			"owner_id":  ownerAttribute(),
			"completed": schema.BoolAttribute{Optional: true, MarkdownDescription: "Count the completed work items instead of the open ones. Default `false`."},
			"total":     schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of work items."},
		},
	}
}

func (d *workItemsCountDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsCountModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)
	count := d.session.client.CountWorkItems
	if model.Completed.ValueBool() {
		count = d.session.client.CountCompletedWorkItems
	}
	total, err := count(ctx, model.OwnerID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotCount("count the work items", err))
		return
	}
	model.Total = types.Int64Value(total)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}
