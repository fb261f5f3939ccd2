// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var _ datasource.DataSourceWithConfigure = (*workItemDataSource)(nil)

func newWorkItemDataSource() datasource.DataSource {
	return &workItemDataSource{dataSourceBase{typeName: "sailpoint_workitem"}}
}

// workItemDataSource reads one work item, open or completed.
type workItemDataSource struct{ dataSourceBase }

func (d *workItemDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := workItemAttributes()
	attributes["id"] = schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{validID{"work item id"}},
		MarkdownDescription: "Id of the work item.",
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one work item, open or completed. A field that the service leaves out or sends as null is null, never an empty string or zero.",
		Attributes:          attributes,
	}
}

func (d *workItemDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var id types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)

	wi, err := d.session.find(ctx, cachedReads, id.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotRead(path.Root("id"), id.ValueString(), err))
		return
	}
	resp.State.Raw = newWorkItemEncoder(ctx).value(wi)
}

// ownerAttribute is the argument of data sources that concern one owner.
func ownerAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validID{"owner id"}},
		MarkdownDescription: "Id of the owner; others than the caller need an administrator's token. Omitted: the caller.",
	}
}
