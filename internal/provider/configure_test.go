// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
)

// variables are those that the provider reads.
var variables = []string{
	"SAIL_BASE_URL", "SAIL_CLIENT_ID", "SAIL_CLIENT_SECRET", "SAIL_ACCESS_TOKEN", "SAIL_API_VERSION", "SAIL_READ_ONLY", "SAIL_MAX_ACTS",
	"SAIL_REFUSE_OWN_REQUESTS", "SAIL_ACTORS", "SAIL_ALLOW_CLEAR_VALUES", "SAIL_ALLOWED_BASE_URLS",
}

// configureWith configures a provider in process and returns what it says.
func configureWith(t *testing.T, settings map[string]any, env map[string]string) []*tfprotov6.Diagnostic {
	t.Helper()
	for _, name := range variables {
		t.Setenv(name, env[name])
		if _, set := env[name]; !set {
			os.Unsetenv(name)
		}
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
		settings := map[string]any{"base_url": tenant, "client_id": "id", "client_secret": "block-secret"}
		if value == nil {
			delete(settings, name)
		} else {
			settings[name] = value
		}
		return settings
	}
	env := func(pairs ...string) map[string]string {
		env := map[string]string{}
		for i := 0; i < len(pairs); i += 2 {
			env[pairs[i]] = pairs[i+1]
		}
		return env
	}
	token := map[string]any{"base_url": tenant, "access_token": "long-token"}
	clientEnv := []string{"SAIL_CLIENT_ID", "id", "SAIL_CLIENT_SECRET", "env-secret"}
	for name, test := range map[string]struct {
		settings map[string]any
		env      map[string]string
		// want is "" or the severity and summary, at the attribute, and a part of the detail.
		want, attribute, detail string
	}{
		"complete":              {settings: with("api_version", "v2024")},
		"token":                 {settings: token},
		"all from environment":  {env: env(append(clientEnv, "SAIL_BASE_URL", tenant)...)},
		"token in environment":  {env: env("SAIL_BASE_URL", tenant, "SAIL_ACCESS_TOKEN", "long-token")},
		"block beats token env": {settings: with("api_version", "v1"), env: env("SAIL_ACCESS_TOKEN", "long-token")},
		"block token beats env": {settings: token, env: env(clientEnv...)},
		"http to loopback":      {settings: with("base_url", "http://127.0.0.1:8765")},
		"http to localhost":     {settings: with("base_url", "http://localhost:8765/")},
		"empty variables":       {settings: with("api_version", "v1"), env: env("SAIL_BASE_URL", "", "SAIL_CLIENT_ID", "", "SAIL_ACTORS", "", "SAIL_ALLOW_CLEAR_VALUES", "", "SAIL_ALLOWED_BASE_URLS", "")},

		"no base_url":               {settings: with("base_url", nil), want: "ERROR: Missing API base URL", attribute: "base_url", detail: "SAIL_BASE_URL"},
		"empty base_url":            {settings: with("base_url", ""), want: "ERROR: Empty provider setting", attribute: "base_url", detail: "SAIL_BASE_URL"},
		"malformed base_url":        {settings: with("base_url", "acme"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"http elsewhere":            {settings: with("base_url", "http://acme.api.identitynow.com"), want: "ERROR: Invalid provider configuration", attribute: "base_url", detail: "https"},
		"path in base_url":          {settings: with("base_url", tenant+"/v2024"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"query in base_url":         {settings: with("base_url", tenant+"?x=y"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"userinfo in base_url":      {settings: with("base_url", "https://user:hunter2@acme.api.identitynow.com"), want: "ERROR: Invalid provider configuration", attribute: "base_url"},
		"a letter that looks alike": {settings: with("base_url", "https://\u0430cme.api.identitynow.com"), want: "ERROR: Invalid provider configuration", attribute: "base_url", detail: "plain letters"},
		"unknown api_version":       {settings: with("api_version", "v2023"), want: "ERROR: Invalid provider configuration", attribute: "api_version", detail: "v2024"},
		"no credentials":            {settings: map[string]any{"base_url": tenant}, want: "ERROR: Missing credentials", attribute: "client_id", detail: "only if SAIL_BASE_URL is exported too"},
		"no secret":                 {settings: with("client_secret", nil), want: "ERROR: Missing client secret", attribute: "client_secret", detail: "SAIL_CLIENT_SECRET"},
		"no id":                     {settings: with("client_id", nil), want: "ERROR: Missing client id", attribute: "client_id", detail: "SAIL_CLIENT_ID"},
		"a short secret":            {settings: with("client_secret", "hunter2"), want: "ERROR: Invalid provider configuration", attribute: "client_secret", detail: "fewer than 8 characters"},
		"a short token":             {settings: map[string]any{"base_url": tenant, "access_token": "hunter2"}, want: "ERROR: Invalid provider configuration", attribute: "access_token", detail: "fewer than 8 characters"},
		"conflicting":               {settings: with("access_token", "long-token"), want: "ERROR: Conflicting credentials", attribute: "access_token"},
		"conflicting env":           {env: env(append(clientEnv, "SAIL_BASE_URL", tenant, "SAIL_ACCESS_TOKEN", "long-token")...), want: "ERROR: Conflicting credentials", detail: "SAIL_ACCESS_TOKEN"},
		"bad request_timeout":       {settings: with("request_timeout", "soon"), want: "ERROR: Invalid duration", attribute: "request_timeout"},
		"zero request_timeout":      {settings: with("request_timeout", "0s"), want: "ERROR: Invalid duration", attribute: "request_timeout"},
		"negative retries":          {settings: with("max_retries", -1), want: "ERROR: Invalid number of retries", attribute: "max_retries"},
		"zero rate":                 {settings: with("max_requests_per_second", 0), want: "ERROR: Invalid request rate", attribute: "max_requests_per_second"},
		"rate above the limit":      {settings: with("max_requests_per_second", 20), want: "WARNING: Request rate above the service's limit", attribute: "max_requests_per_second"},
		"unknown secret":            {settings: with("client_secret", unknown), want: "ERROR: Unknown provider setting", attribute: "client_secret", detail: "-target"},
		"unknown base_url":          {settings: with("base_url", unknown), want: "ERROR: Unknown provider setting", attribute: "base_url"},
		"unknown read_only":         {settings: with("read_only", tftypes.NewValue(tftypes.Bool, tftypes.UnknownValue)), want: "ERROR: Unknown provider setting", attribute: "read_only"},
		"bad SAIL_API_VERSION":      {settings: with("api_version", nil), env: env("SAIL_API_VERSION", "beta"), want: "ERROR: Invalid provider configuration", attribute: "api_version"},
		"white space as base_url":   {settings: with("base_url", "  "), want: "ERROR: Empty provider setting", attribute: "base_url"},

		// A secret goes where it belongs.
		"secret of the environment elsewhere": {settings: map[string]any{"base_url": "http://127.0.0.1:18901"}, env: env(append(clientEnv, "SAIL_BASE_URL", tenant)...), want: "ERROR: The credentials belong to another address", attribute: "base_url",
			detail: "base_url is http://127.0.0.1:18901, but SAIL_BASE_URL, to which this environment's credentials belong, is https://acme.api.identitynow.com:443."},
		"token of the environment elsewhere": {settings: map[string]any{"base_url": "http://127.0.0.1:18901"}, env: env("SAIL_ACCESS_TOKEN", "long-token", "SAIL_BASE_URL", tenant), want: "ERROR: The credentials belong to another address", attribute: "base_url", detail: "SAIL_ALLOWED_BASE_URLS"},
		"own secret elsewhere":               {settings: with("base_url", "https://evil.example"), env: env("SAIL_BASE_URL", tenant), want: "ERROR: The credentials belong to another address", attribute: "base_url"},
		"another port":                       {settings: with("base_url", tenant+":444"), env: env("SAIL_BASE_URL", tenant), want: "ERROR: The credentials belong to another address", attribute: "base_url"},
		"the same, written otherwise":        {settings: with("base_url", "HTTPS://ACME.api.identitynow.com.:443/"), env: env("SAIL_BASE_URL", tenant)},
		"allowed":                            {settings: with("base_url", "https://other.example"), env: env("SAIL_BASE_URL", tenant, "SAIL_ALLOWED_BASE_URLS", " https://third.example , https://OTHER.example/")},
		"allowed, not this one":              {settings: with("base_url", "https://evil.example"), env: env("SAIL_BASE_URL", tenant, "SAIL_ALLOWED_BASE_URLS", "https://*.example"), want: "ERROR: Invalid environment variable", attribute: "base_url", detail: "SAIL_ALLOWED_BASE_URLS"},
		"secret without address":             {settings: map[string]any{"base_url": tenant}, env: env(clientEnv...), want: "ERROR: Nothing says where the environment's credentials belong", attribute: "base_url", detail: "export SAIL_BASE_URL"},
		"half a secret without address":      {settings: with("client_id", nil), env: env(clientEnv...), want: "ERROR: Nothing says where the environment's credentials belong", attribute: "base_url"},
		"token without address":              {settings: map[string]any{"base_url": "http://127.0.0.1:1"}, env: env("SAIL_ACCESS_TOKEN", "long-token"), want: "ERROR: Nothing says where the environment's credentials belong", attribute: "base_url"},

		// Guards: the stricter of block and environment counts.
		"bad SAIL_READ_ONLY":               {settings: with("read_only", true), env: env("SAIL_READ_ONLY", "on"), want: "ERROR: Invalid environment variable", attribute: "read_only", detail: "true or false"},
		"empty SAIL_READ_ONLY":             {settings: with("api_version", "v1"), env: env("SAIL_READ_ONLY", ""), want: "ERROR: Invalid environment variable", attribute: "read_only", detail: "Unset it"},
		"SAIL_READ_ONLY overrules":         {settings: with("read_only", false), env: env("SAIL_READ_ONLY", "true"), want: "WARNING: The environment overrules the provider block", attribute: "read_only"},
		"read_only of both":                {settings: with("read_only", true), env: env("SAIL_READ_ONLY", "true")},
		"bad SAIL_MAX_ACTS":                {settings: with("max_acts", 5), env: env("SAIL_MAX_ACTS", "many"), want: "ERROR: Invalid environment variable", attribute: "max_acts"},
		"negative SAIL_MAX_ACTS":           {settings: with("max_acts", 5), env: env("SAIL_MAX_ACTS", "-1"), want: "ERROR: Invalid environment variable", attribute: "max_acts"},
		"empty SAIL_MAX_ACTS":              {settings: with("max_acts", 5), env: env("SAIL_MAX_ACTS", ""), want: "ERROR: Invalid environment variable", attribute: "max_acts"},
		"SAIL_MAX_ACTS overrules":          {settings: with("max_acts", 5), env: env("SAIL_MAX_ACTS", "3"), want: "WARNING: The environment overrules the provider block", attribute: "max_acts"},
		"max_acts is stricter":             {settings: with("max_acts", 2), env: env("SAIL_MAX_ACTS", "3")},
		"negative max_acts":                {settings: with("max_acts", -1), want: "ERROR: Invalid Attribute Value", attribute: "max_acts"},
		"bad SAIL_REFUSE_OWN_REQUESTS":     {settings: with("api_version", "v1"), env: env("SAIL_REFUSE_OWN_REQUESTS", "2"), want: "ERROR: Invalid environment variable", attribute: "refuse_own_requests"},
		"refuse_own_requests is overruled": {settings: with("refuse_own_requests", false), env: env("SAIL_REFUSE_OWN_REQUESTS", "1"), want: "WARNING: The environment overrules the provider block", attribute: "refuse_own_requests"},
		"SAIL_ACTORS with semicolons":      {settings: with("api_version", "v1"), env: env("SAIL_ACTORS", "a;b"), want: "ERROR: Invalid environment variable", attribute: "refuse_own_requests", detail: "no comma"},
		"SAIL_ACTORS by e-mail":            {settings: with("api_version", "v1"), env: env("SAIL_ACTORS", "rita@example.com"), want: "ERROR: Invalid environment variable", attribute: "refuse_own_requests", detail: "sailpoint_identity finds its id"},
		"SAIL_ACTORS in quotes":            {settings: with("api_version", "v1"), env: env("SAIL_ACTORS", `"a"`), want: "ERROR: Invalid environment variable", attribute: "refuse_own_requests", detail: "no id has"},
		"bad SAIL_ACTORS":                  {settings: with("api_version", "v1"), env: env("SAIL_ACTORS", "a,b/c"), want: "ERROR: Invalid environment variable", attribute: "refuse_own_requests", detail: "SAIL_ACTORS"},
		"bad SAIL_ALLOW_CLEAR_VALUES":      {settings: with("api_version", "v1"), env: env("SAIL_ALLOW_CLEAR_VALUES", "yes"), want: "ERROR: Invalid environment variable", attribute: "redact_regex", detail: "SAIL_ALLOW_CLEAR_VALUES"},
		"bad redact_regex":                 {settings: with("redact_regex", "("), want: "ERROR: Invalid regular expression", attribute: "redact_regex"},
		"unknown redact_regex":             {settings: with("redact_regex", unknown), want: "ERROR: Unknown provider setting", attribute: "redact_regex"},
	} {
		t.Run(name, func(t *testing.T) {
			diags := configureWith(t, test.settings, test.env)
			got := diagText(diags)
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
			for _, secret := range []string{"hunter2", "block-secret", "env-secret", "long-token"} {
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

// TestConfigure_tellsAllThatIsMissingInOneGo.
func TestConfigure_tellsAllThatIsMissingInOneGo(t *testing.T) { //nolint:paralleltest // It sets environment variables.
	got := diagText(configureWith(t, nil, nil))
	for _, want := range []string{"Missing API base URL", "Missing credentials", "SAIL_BASE_URL", "SAIL_CLIENT_ID", "only if SAIL_BASE_URL is exported too"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is not in\n%s", want, got)
		}
	}
}
