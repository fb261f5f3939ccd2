// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"golang.org/x/text/unicode/norm"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ datasource.DataSourceWithConfigure = (*workItemsSnapshotDataSource)(nil)

// workItemsSnapshotDataSource reads work items as one JSON document for audits.
type workItemsSnapshotDataSource struct{ dataSourceBase }

type workItemsSnapshotModel struct {
	workItemsQuery
	JSON       types.String `tfsdk:"json"`
	SHA256     types.String `tfsdk:"sha256"`
	ItemCount  types.Int64  `tfsdk:"item_count"`
	TotalCount types.Int64  `tfsdk:"total_count"`
	Complete   types.Bool   `tfsdk:"complete"`
}

func newWorkItemsSnapshotDataSource() datasource.DataSource {
	return &workItemsSnapshotDataSource{dataSourceBase{typeName: "sailpoint_workitems_snapshot"}}
}

func (d *workItemsSnapshotDataSource) Schema(_ context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := queryAttributes()
	attributes["json"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "The work items that match as a canonical JSON array: as the service sent them, unknown fields included, ordered by creation time and id, " +
			"with sorted keys, no white space, and Unicode NFC, in which Terraform keeps all text. The same remote content always gives the same bytes.",
	}
	attributes["sha256"] = computedText("SHA-256 of exactly the bytes of `json`, in hexadecimal.")
	attributes["item_count"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of work items in `json`."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the work items of the caller, or of the given owners, as one JSON document with its checksum, for audits. " +
			"It costs a fraction of what `sailpoint_workitems` does for thousands of work items.",
		Attributes: attributes,
	}
}

func (d *workItemsSnapshotDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsSnapshotModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	snapshot, diags := model.read(ctx, d.session, true)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	document := snapshotJSON(snapshot.Items)
	sum := sha256.Sum256(document)
	model.JSON = types.StringValue(string(document))
	model.SHA256 = types.StringValue(hex.EncodeToString(sum[:]))
	model.ItemCount = types.Int64Value(int64(len(snapshot.Items)))
	model.TotalCount = types.Int64Value(snapshot.Total)
	model.Complete = types.BoolValue(snapshot.Complete)
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// snapshotJSON joins the work items, as served, to a canonical JSON array, with
// its text composed as Terraform would do anyway: the checksum has to be that of
// what Terraform holds.
func snapshotJSON(items []isc.WorkItem) []byte {
	documents := make([][]byte, len(items))
	for i := range items {
		documents[i] = canonicalJSON(items[i].Raw)
	}
	return norm.NFC.Bytes(append(append([]byte{'['}, bytes.Join(documents, []byte{','})...), ']'))
}
