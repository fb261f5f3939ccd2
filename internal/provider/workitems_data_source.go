// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var (
	_ datasource.DataSourceWithConfigure      = (*workItemsDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*workItemsDataSource)(nil)
)

// workItemsDataSource lists work items of one or several owners.
type workItemsDataSource struct{ dataSourceBase }

type workItemsModel struct {
	workItemsQuery
	WorkItems  types.List     `tfsdk:"workitems"`
	IDs        types.List     `tfsdk:"ids"`
	TotalCount types.Int64    `tfsdk:"total_count"`
	Complete   types.Bool     `tfsdk:"complete"`
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
}

func newWorkItemsDataSource() datasource.DataSource {
	return &workItemsDataSource{dataSourceBase{typeName: "sailpoint_workitems"}}
}

func (d *workItemsDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := queryAttributes(ctx)
	attributes["workitems"] = nestedList("The work items that match, ordered by creation time and id.", workItemAttributes())
	attributes["ids"] = schema.ListAttribute{
		Computed:            true,
		ElementType:         types.StringType,
		MarkdownDescription: "Ids of the work items that match, in the same order.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Lists the work items of the caller, of the given owners, or of all, as a snapshot that is complete, ordered and reproducible: " +
			"the same remote content always gives the same state.",
		Attributes: attributes,
	}
}

func (d *workItemsDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var model workItemsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(model.validate()...)
}

func (d *workItemsDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	reading, cancel := limitedRead(ctx, model.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	snapshot, diags := model.read(reading, d.session, false)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	state, err := model.state(req.Config.Raw, snapshot, map[string]tftypes.Value{
		"workitems": newWorkItemEncoder(ctx, shown).listOf(snapshot.Items),
		"ids":       listValue(tftypes.String, snapshot.Items, func(wi *isc.WorkItem) tftypes.Value { return textValue(shown(&wi.ID)) }),
	})
	if err != nil {
		resp.Diagnostics.AddError("Unable to keep the list of work items", act.Sentence(err.Error()))
		return
	}
	setLongState(ctx, resp, state)
}
