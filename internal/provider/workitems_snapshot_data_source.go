// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var (
	_ datasource.DataSourceWithConfigure      = (*workItemsSnapshotDataSource)(nil)
	_ datasource.DataSourceWithValidateConfig = (*workItemsSnapshotDataSource)(nil)
)

// workItemsSnapshotDataSource reads work items as one JSON document for audits.
type workItemsSnapshotDataSource struct{ dataSourceBase }

type workItemsSnapshotModel struct {
	workItemsQuery
	JSON       types.String   `tfsdk:"json"`
	SHA256     types.String   `tfsdk:"sha256"`
	Manifest   types.String   `tfsdk:"manifest"`
	ItemCount  types.Int64    `tfsdk:"item_count"`
	TotalCount types.Int64    `tfsdk:"total_count"`
	Complete   types.Bool     `tfsdk:"complete"`
	Timeouts   timeouts.Value `tfsdk:"timeouts"`
}

func newWorkItemsSnapshotDataSource() datasource.DataSource {
	return &workItemsSnapshotDataSource{dataSourceBase{typeName: "sailpoint_workitems_snapshot"}}
}

func (d *workItemsSnapshotDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	attributes := queryAttributes(ctx)
	attributes["json"] = schema.StringAttribute{
		Computed: true,
		MarkdownDescription: "The work items that match as a canonical JSON array: as the service sent them, unknown fields included, ordered by creation time and id, " +
			"with sorted keys, no white space, and Unicode NFC, in which Terraform keeps all text. A redacted value is null, with `\"valueRedacted\": true` beside it. " +
			"The same remote content always gives the same bytes. Its texts are as served: mark an output of it `sensitive`, or a plan prints what others wrote with their line breaks.",
	}
	attributes["sha256"] = computedText("SHA-256 of exactly the bytes of `json`, in hexadecimal.")
	attributes["manifest"] = computedText("Canonical JSON that makes the document stand alone: host of the tenant, API version, identity of the token, owners and filters as applied, counts of each list, " +
		"`complete`, the configured `redact_regex`, `sha256`, and the version of the provider. It depends on no clock.")
	attributes["item_count"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of work items in `json`."}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads the work items of the caller, of the given owners, or of all, as one JSON document with its checksum, for audits. " +
			"It costs a fraction of what `sailpoint_workitems` does for thousands of work items.",
		Attributes: attributes,
	}
}

func (d *workItemsSnapshotDataSource) ValidateConfig(ctx context.Context, req datasource.ValidateConfigRequest, resp *datasource.ValidateConfigResponse) {
	var model workItemsSnapshotModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	resp.Diagnostics.Append(model.validate()...)
}

func (d *workItemsSnapshotDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model workItemsSnapshotModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	reading, cancel := limitedRead(ctx, model.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	snapshot, diags := model.read(reading, d.session, true)
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
	identity, err := d.session.client.IdentityID(reading)
	if err != nil {
		resp.Diagnostics.Append(act.CannotAsk("write the manifest", "the identity of the token", err))
		return
	}
	model.Manifest = types.StringValue(model.manifest(d.session.manifest, identity, snapshot))
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// snapshotJSON joins the work items, each in canonical form, to a JSON array.
func snapshotJSON(items []isc.WorkItem) []byte {
	documents := make([][]byte, len(items))
	for i := range items {
		documents[i] = items[i].Raw
	}
	return append(append([]byte{'['}, bytes.Join(documents, []byte{','})...), ']')
}

// manifestSource is what the provider block says of the source of a document.
type manifestSource struct{ baseURL, apiVersion, redactRegex, providerVersion string }

// regexInForce is what names of account attributes were matched with.
func (s manifestSource) regexInForce() string {
	if s.redactRegex == "" {
		return isc.DefaultRedactRegex.String()
	}
	return "(?:" + isc.DefaultRedactRegex.String() + ")|(?:" + s.redactRegex + ")"
}

// manifest describes the document so that it can be understood, and verified,
// without the configuration and the state.
func (m *workItemsSnapshotModel) manifest(source manifestSource, identity string, snapshot *isc.Snapshot) string {
	host := source.baseURL
	if u, err := url.Parse(source.baseURL); err == nil {
		host = u.Host
	}
	type list struct {
		OwnerID *string    `json:"owner_id"`
		Status  isc.Status `json:"status"`
		Total   int64      `json:"total_count"`
		Items   int64      `json:"item_count"`
	}
	lists := []list{}
	for _, l := range snapshot.Lists {
		lists = append(lists, list{orNil(l.OwnerID), l.Status, l.Total, l.Items})
	}
	sorted := func(set types.Set) []string {
		texts := knownTexts(set)
		slices.Sort(texts)
		return texts
	}
	apiVersion := source.apiVersion
	if apiVersion == "" {
		apiVersion = "v2024"
	}
	manifest, err := json.Marshal(map[string]any{
		"host":             host,
		"api_version":      apiVersion,
		"identity_id":      orNil(identity),
		"owner_ids":        sorted(m.OwnerIDs),
		"all_owners":       m.AllOwners.ValueBool(),
		"status":           m.Status.ValueString(),
		"lists":            lists,
		"total_count":      snapshot.Total,
		"item_count":       len(snapshot.Items),
		"complete":         snapshot.Complete,
		"redact_regex":     source.regexInForce(),
		"sha256":           m.SHA256.ValueString(),
		"provider_version": source.providerVersion,
		"filters": map[string]any{
			"types": sorted(m.Types), "states": sorted(m.States), "requester_ids": sorted(m.RequesterIDs), "applications": sorted(m.Applications),
			"name_regex":    m.NameRegex.ValueStringPointer(),
			"created_after": m.CreatedAfter.ValueStringPointer(), "created_before": m.CreatedBefore.ValueStringPointer(),
			"completed_after": m.CompletedAfter.ValueStringPointer(), "completed_before": m.CompletedBefore.ValueStringPointer(),
		},
	}, json.Deterministic(true), json.FormatNilSliceAsNull(true))
	if err != nil {
		panic(err) // Texts and numbers can always be written.
	}
	return string(manifest)
}

// orNil keeps what is not there apart from "".
func orNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
