// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package provider is the Terraform-facing side: configuration, data sources,
// and the resources and actions that each perform one irreversible act on a
// work item.
package provider

import (
	"context"
	"net/http"

	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

var (
	_ provider.Provider                  = (*sailpointProvider)(nil)
	_ provider.ProviderWithActions       = (*sailpointProvider)(nil)
	_ provider.ProviderWithListResources = (*sailpointProvider)(nil)
	_ provider.ProviderWithFunctions     = (*sailpointProvider)(nil)

	_ provider.ProviderWithEphemeralResources = (*sailpointProvider)(nil)
)

// New returns the constructor of the provider at the given version.
func New(version string) func() provider.Provider {
	return func() provider.Provider { return &sailpointProvider{version: version} }
}

type sailpointProvider struct {
	version string
	// transport replaces the client's own if set.
	transport http.RoundTripper
}

// providerModel is the provider block.
type providerModel struct {
	BaseURL              types.String  `tfsdk:"base_url"`
	ClientID             types.String  `tfsdk:"client_id"`
	ClientSecret         types.String  `tfsdk:"client_secret"`
	AccessToken          types.String  `tfsdk:"access_token"`
	APIVersion           types.String  `tfsdk:"api_version"`
	MaxRequestsPerSecond types.Float64 `tfsdk:"max_requests_per_second"`
	MaxRetries           types.Int64   `tfsdk:"max_retries"`
	RequestTimeout       types.String  `tfsdk:"request_timeout"`
	ReadOnly             types.Bool    `tfsdk:"read_only"`
	RedactRegex          types.String  `tfsdk:"redact_regex"`
	MaxActs              types.Int64   `tfsdk:"max_acts"`
	RefuseOwnRequests    types.Bool    `tfsdk:"refuse_own_requests"`
}

func (p *sailpointProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "sailpoint"
	resp.Version = p.version
}

func (p *sailpointProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Work items of SailPoint Identity Security Cloud (ISC) as reviewable, auditable code. " +
			"The plan is the approval ticket: it shows exactly what will be decided, and the apply does exactly that, once.",
		Attributes: map[string]schema.Attribute{
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "API base URL of the tenant, such as `https://acme.api.identitynow.com`. " +
					"Must be `https`, unless the host is a loopback address. Environment variable: `SAIL_BASE_URL`. " +
					"Where that is set, it says where credentials may go: a `base_url` of another origin must stand in `SAIL_ALLOWED_BASE_URLS` (comma-separated). " +
					"Where it is not, credentials are not taken from the environment.",
			},
			"client_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Client id of a personal access token. Environment variable: `SAIL_CLIENT_ID`.",
			},
			"client_secret": schema.StringAttribute{
				Optional:            true,
				Sensitive:           true,
				MarkdownDescription: "Client secret of the personal access token. Environment variable: `SAIL_CLIENT_SECRET`.",
			},
			"access_token": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "A ready-made access token, instead of `client_id` and `client_secret`. It can't be renewed: " +
					"once it expires, every request fails. Environment variable: `SAIL_ACCESS_TOKEN`.",
			},
			"api_version": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Version of the Work Items API: `v2024` (default), `v3`, `v2025`, `v2026`, or `v1` for the per-service path. " +
					"Environment variable: `SAIL_API_VERSION`.",
			},
			"max_requests_per_second": schema.Float64Attribute{
				Optional: true,
				MarkdownDescription: "Requests per second that all objects of this provider share. Default `10`: at most 90 requests in any 10 seconds, " +
					"so that the service's limit of 100 is not exceeded. A higher value is honoured with a warning.",
			},
			"max_retries": schema.Int64Attribute{
				Optional:            true,
				MarkdownDescription: "How often a request that may safely be repeated is repeated. Default `5`; `0` turns retries off.",
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				Validators:          []validator.String{positiveDuration},
				MarkdownDescription: "Time limit of one HTTP attempt, as a Go duration such as `30s` (default) or `1m30s`. Waiting for the rate limit does not count.",
			},
			"read_only": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Refuse every plan that would change something in the service. Data sources, imports, adopting what is already done, " +
					"and plans without changes work. Default `false`. Environment variable: `SAIL_READ_ONLY`; the stricter of the two counts.",
			},
			"redact_regex": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{validRegexp},
				MarkdownDescription: "Regular expression (RE2) for names of account attributes whose values are never shown or stored, because they are secrets. " +
					"It adds to the built-in names, such as `password`, `initialPwd`, `secret`, `token` and `pin`, and can't take any away. " +
					"A missing name is matched as an empty string. There is no environment variable for it: plan and apply must redact the same.",
			},
			"max_acts": schema.Int64Attribute{
				Optional:   true,
				Validators: []validator.Int64{int64validator.AtLeast(0)},
				MarkdownDescription: "At most so many acts in one run of this provider configuration; `0` allows none. What has been done already doesn't count. " +
					"Environment variable: `SAIL_MAX_ACTS`; the smaller of the two counts.",
			},
			"refuse_own_requests": schema.BoolAttribute{
				Optional: true,
				MarkdownDescription: "Refuse to decide approval items that were requested by the token's own identity, or by one of the identities in the environment variable `SAIL_ACTORS` " +
					"(ids, comma-separated): the people behind the run. For whom something is requested, the API doesn't say. " +
					"Default `false`. Environment variable: `SAIL_REFUSE_OWN_REQUESTS`; the stricter of the two counts.",
			},
		},
	}
}

func (p *sailpointProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newWorkItemDataSource,
		newWorkItemsDataSource,
		newWorkItemsSnapshotDataSource,
		newWorkItemsCountDataSource,
		newWorkItemsSummaryDataSource,
		newIdentityDataSource,
	}
}

func (p *sailpointProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{
		newWorkItemApprovalResource,
		newWorkItemBulkApprovalResource,
		newWorkItemForwardResource,
		newWorkItemAccountSelectionResource,
		newWorkItemCompletionResource,
	}
}

func (p *sailpointProvider) Actions(context.Context) []func() action.Action {
	return workItemActions()
}

func (p *sailpointProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newWorkItemApprovalListResource, newWorkItemCompletionListResource}
}

func (p *sailpointProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newWorkItemEphemeralResource}
}

func (p *sailpointProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{newPendingApprovalsFunction}
}
