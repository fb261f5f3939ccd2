// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// session is what all objects of one configured provider share.
type session struct {
	client *isc.Client
	engine *act.Engine
	// allowClearValues permits ephemeral resources to show what is redacted
	// everywhere else.
	allowClearValues bool
	// manifest is what identifies the source of an audit document.
	manifest manifestSource
}

// notices adds what the service wants its callers to know, once per run.
func (s *session) notices(diags *diag.Diagnostics) {
	if s.client.Deprecated() && s.engine.FirstTime("deprecated") {
		diags.AddWarning("The service calls this API version deprecated",
			"An answer carried the header X-Deprecated: true. By the vendor's published plan, v3 and the yearly versions are supported until the second quarter of 2028 "+
				"and stop working in the first quarter of 2029. To move to the current version, set api_version = \"v1\" in the provider block.")
	}
}

// sessionHolder is embedded by every object that uses the session.
type sessionHolder struct{ session *session }

func (h *sessionHolder) configure(data any) (diags diag.Diagnostics) {
	if data == nil {
		// Terraform validates before it configures.
		return nil
	}
	s, ok := data.(*session)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", data))
	}
	h.session = s
	return diags
}

// dataSourceBase is embedded by every data source.
type dataSourceBase struct {
	sessionHolder
	typeName string
}

func (b *dataSourceBase) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = b.typeName
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

// resourceBase is embedded by every resource.
type resourceBase struct{ sessionHolder }

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

// ephemeralBase is embedded by every ephemeral resource.
type ephemeralBase struct{ sessionHolder }

func (b *ephemeralBase) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}
