// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
)

var _ datasource.DataSourceWithConfigure = (*workItemDataSource)(nil)

func newWorkItemDataSource() datasource.DataSource {
	return &workItemDataSource{dataSourceBase{typeName: "sailpoint_workitem"}}
}

// workItemDataSource reads one work item, open or completed.
type workItemDataSource struct{ dataSourceBase }

func (d *workItemDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := workItemAttributes()
	attributes["id"] = schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{validID{kind: "work item id"}},
		MarkdownDescription: "Id of the work item.",
	}
	attributes["timeouts"] = readTimeoutAttribute(ctx)
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one work item, open or completed. A field that the service leaves out or sends as null is null, never an empty string or zero.",
		Attributes:          attributes,
	}
}

func (d *workItemDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.String
	var limit timeouts.Value
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("timeouts"), &limit)...)
	configured := map[string]tftypes.Value{}
	if err := req.Config.Raw.As(&configured); err != nil {
		resp.Diagnostics.AddError("Unable to read the configuration", act.Sentence(err.Error()))
	}
	reading, cancel := limitedRead(ctx, limit, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)

	wi, err := d.session.client.Find(reading, id.ValueString())
	if err != nil {
		resp.Diagnostics.Append(act.CannotRead(path.Root("id"), id.ValueString(), err))
		return
	}
	values := newWorkItemEncoder(ctx, shown).values(wi)
	values["timeouts"] = configured["timeouts"]
	resp.State.Raw = tftypes.NewValue(req.Config.Raw.Type(), values)
}
