// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// configureWith configures a provider in process and returns what it says.
func configureWith(t *testing.T, settings map[string]any, env map[string]string) []*tfprotov6.Diagnostic {
	t.Helper()
	for _, name := range []string{"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET", "SAIL_ACCESS_TOKEN", "SAIL_API_VERSION", "SAIL_READ_ONLY"} {
		t.Setenv(name, env[name])
	}
	server, err := (&world{t: t}).server()
	if err != nil {
		t.Fatal(err)
	}
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rpc{server, t, schema}
	config := r.dynamic(object(schema.Provider.ValueType(), settings))
	validated, err := server.ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if hasError(validated.Diagnostics) {
		return validated.Diagnostics
	}
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.99.0", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	return resp.Diagnostics
}

func TestConfigure_settings(t *testing.T) { //nolint:paralleltest // It sets environment variables.
	const tenant = "https://acme.api.identitynow.com"
	unknown := tftypes.NewValue(tftypes.String, tftypes.UnknownValue)
	with := func(name string, value any) map[string]any {
		settings := map[string]any{"base_url": tenant, "client_id": "id", "client_secret": "secret"}
		if value == nil {
			delete(settings, name)
		} else {
			settings[name] = value
		}
		return settings
	}
	for name, test := range map[string]struct {
		settings map[string]any
		env      map[string]string
		// want is "" or the severity and summary, at the attribute, and a part of the detail.
		want, attribute, detail string
	}{
		"complete":              {settings: with("api_version", "v2024")},
		"token":                 {settings: map[string]any{"base_url": tenant, "access_token": "t"}},
		"all from environment":  {env: map[string]string{"SAIL_BASE_URL": tenant, "SAIL_CLIENT_ID": "id", "SAIL_CLIENT_SECRET": "s"}},
		"token in environment":  {env: map[string]string{"SAIL_BASE_URL": tenant, "SAIL_ACCESS_TOKEN": "t"}},
		"block beats token env": {settings: with("api_version", "v1"), env: map[string]string{"SAIL_ACCESS_TOKEN": "t"}},
		"block token beats env": {settings: map[string]any{"base_url": tenant, "access_token": "t"}, env: map[string]string{"SAIL_CLIENT_ID": "id", "SAIL_CLIENT_SECRET": "s"}},
		"http to loopback":      {settings: with("base_url", "http://127.0.0.1:8765")},
		"http to localhost":     {settings: with("base_url", "http://localhost:8765/")},

		"no base_url":             {settings: with("base_url", nil), want: "ERROR: Missing API base URL", attribute: "base_url", detail: "SAIL_BASE_URL"},
		"empty base_url":          {settings: with("base_url", ""), want: "ERROR: Empty provider setting", attribute: "base_url", detail: "SAIL_BASE_URL"},
		"malformed base_url":      {settings: with("base_url", "acme"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"http elsewhere":          {settings: with("base_url", "http://acme.api.identitynow.com"), want: "ERROR: Invalid provider configuration", attribute: "base_url", detail: "https"},
		"path in base_url":        {settings: with("base_url", tenant+"/v2024"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"query in base_url":       {settings: with("base_url", tenant+"?x=y"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"userinfo in base_url":    {settings: with("base_url", "https://user:hunter2@acme.api.identitynow.com"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"unknown api_version":     {settings: with("api_version", "v2023"), want: "ERROR: Invalid provider configuration", attribute: "api_version", detail: "v2024"},
		"no credentials":          {settings: map[string]any{"base_url": tenant}, want: "ERROR: Missing credentials", attribute: "client_id", detail: "SAIL_CLIENT_SECRET"},
		"no secret":               {settings: with("client_secret", nil), want: "ERROR: Missing client secret", attribute: "client_secret", detail: "SAIL_CLIENT_SECRET"},
		"no id":                   {settings: with("client_id", nil), want: "ERROR: Missing client id", attribute: "client_id", detail: "SAIL_CLIENT_ID"},
		"conflicting":             {settings: with("access_token", "t"), want: "ERROR: Conflicting credentials", attribute: "access_token"},
		"conflicting env":         {settings: map[string]any{"base_url": tenant}, env: map[string]string{"SAIL_CLIENT_ID": "id", "SAIL_CLIENT_SECRET": "s", "SAIL_ACCESS_TOKEN": "t"}, want: "ERROR: Conflicting credentials", detail: "SAIL_ACCESS_TOKEN"},
		"bad request_timeout":     {settings: with("request_timeout", "soon"), want: "ERROR: Invalid duration", attribute: "request_timeout"},
		"zero request_timeout":    {settings: with("request_timeout", "0s"), want: "ERROR: Invalid duration", attribute: "request_timeout"},
		"negative retries":        {settings: with("max_retries", -1), want: "ERROR: Invalid number of retries", attribute: "max_retries"},
		"zero rate":               {settings: with("max_requests_per_second", 0), want: "ERROR: Invalid request rate", attribute: "max_requests_per_second"},
		"rate above the limit":    {settings: with("max_requests_per_second", 20), want: "WARNING: Request rate above the service's limit", attribute: "max_requests_per_second"},
		"unknown secret":          {settings: with("client_secret", unknown), want: "ERROR: Unknown provider setting", attribute: "client_secret", detail: "-target"},
		"unknown base_url":        {settings: with("base_url", unknown), want: "ERROR: Unknown provider setting", attribute: "base_url"},
		"unknown read_only":       {settings: with("read_only", tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue)), want: "ERROR: Unknown provider setting", attribute: "read_only"},
		"bad SAIL_READ_ONLY":      {settings: with("api_version", "v2024"), env: map[string]string{"SAIL_READ_ONLY": "on"}, want: "ERROR: Invalid environment variable", attribute: "read_only", detail: "true or false"},
		"bad SAIL_API_VERSION":    {settings: with("api_version", nil), env: map[string]string{"SAIL_API_VERSION": "beta"}, want: "ERROR: Invalid provider configuration", attribute: "api_version"},
		"white space as base_url": {settings: with("base_url", "  "), want: "ERROR: Empty provider setting", attribute: "base_url"},
	} {
		t.Run(name, func(t *testing.T) {
			diags := configureWith(t, test.settings, test.env)
			got := text(diags)
			if test.want == "" {
				if got != "" {
					t.Errorf("unexpected:\n%s", got)
				}
				return
			}
			attribute := ""
			if test.attribute != "" {
				attribute = fmt.Sprintf("AttributeName(%q)", test.attribute)
			}
			if len(diags) != 1 || !strings.HasPrefix(got, test.want+" ["+attribute+"]") || !strings.Contains(got, test.detail) {
				t.Errorf("got:\n%s\nwant %q at %s with %q", got, test.want, attribute, test.detail)
			}
			for _, secret := range []string{"hunter2"} {
				if strings.Contains(got, secret) {
					t.Errorf("the secret %q is shown:\n%s", secret, got)
				}
			}
		})
	}
}

// TestConfigure_unknownSetting shows the message as a user meets it: a secret
// that the same run is to create.
func TestConfigure_unknownSetting(t *testing.T) {
	t.Parallel()
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"sailpoint": (&world{t: t}).server},
		Steps: []resource.TestStep{{
			Config: `
resource "terraform_data" "secret" {
  input = "made in this run"
}
provider "sailpoint" {
  base_url      = "http://127.0.0.1:1"
  client_id     = "id"
  client_secret = terraform_data.secret.output
}
data "sailpoint_workitem" "this" {
  id = "2c91808a0000000000000000000000a1"
}`,
			ExpectError: regexp.MustCompile(`Unknown provider setting(?s).*client_secret is not known yet`),
		}},
	})
}
