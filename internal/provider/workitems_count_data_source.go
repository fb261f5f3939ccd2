// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ datasource.DataSourceWithConfigure = (*workItemsCountDataSource)(nil)

// workItemsCountDataSource counts the open or the completed work items of one
// owner, or of all.
type workItemsCountDataSource struct{ dataSourceBase }

type workItemsCountModel struct {
	oneOwner
	Status     types.String   `tfsdk:"status"`
	TotalCount types.Int64    `tfsdk:"total_count"`
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
}

func newWorkItemsCountDataSource() datasource.DataSource {
	return &workItemsCountDataSource{dataSourceBase{typeName: "sailpoint_workitems_count"}}
}

func (d *workItemsCountDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Counts the open or the completed work items of the caller, of another owner, or of all.",
		Attributes: map[string]schema.Attribute{
			"owner_id":   ownerAttribute(),
			"all_owners": allOwnersAttribute("owner_id"),
			"status": schema.StringAttribute{
				Optional:            true,
				Computed:            true,
				Validators:          []validator.String{stringvalidator.OneOf(string(isc.StatusOpen), string(isc.StatusCompleted))},
				MarkdownDescription: "Which work items: `open` (default) or `completed`.",
			},
			"total_count": schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of work items, as the service counts them."},
			"timeouts":    readTimeoutAttribute(ctx),
		},
	}
}

func (d *workItemsCountDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsCountModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	reading, cancel := limitedRead(ctx, model.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)
	count := d.session.client.CountWorkItems
	if model.Status.ValueString() == string(isc.StatusCompleted) {
		count = d.session.client.CountCompletedWorkItems
	} else {
		model.Status = types.StringValue(string(isc.StatusOpen))
	}
	total, err := count(reading, model.owner())
	if err != nil {
		resp.Diagnostics.Append(act.CannotAsk("count the work items", "the number of work items", err))
		return
	}
	resp.Diagnostics.Append(model.warnOfTenant(reading, d.session)...)
	model.TotalCount = types.Int64Value(total)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// oneOwner says whose work items to count: one owner's, the caller's, or all.
type oneOwner struct {
	OwnerID   types.String `tfsdk:"owner_id"`
	AllOwners types.Bool   `tfsdk:"all_owners"`
}

// ownerAttribute is the argument of data sources that concern one owner.
func ownerAttribute() schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		Validators:          []validator.String{validID{kind: "owner id"}},
		MarkdownDescription: "Id of the owner; others than the caller need an administrator's token. Omitted: the caller, by the identity of the token.",
	}
}

func (o oneOwner) owner() isc.Owner {
	switch {
	case o.AllOwners.ValueBool():
		return isc.AllOwners
	case !o.OwnerID.IsNull():
		return isc.OwnedBy(o.OwnerID.ValueString())
	}
	return isc.Own
}

// warnOfTenant warns that a number asked for as the caller's own may be that of
// the whole tenant: a number can't show whose it is.
func (o oneOwner) warnOfTenant(ctx context.Context, s *session) (diags diag.Diagnostics) {
	id, err := s.client.OwnerID(ctx, isc.Own)
	if o.owner() == isc.Own && err == nil && id == "" && s.engine.FirstTime("tenant") {
		diags.AddWarning("A number that may be the whole tenant's",
			"The access token doesn't say whose it is, or the service refuses to be asked for its own identity, so the caller's work items were counted without naming an owner. "+
				"With an administrator's token the number may cover the whole tenant.\n\nWhat to do: set owner_id, or all_owners = true if that is meant.")
	}
	return diags
}
