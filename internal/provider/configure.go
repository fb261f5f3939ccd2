// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const (
	projectURL = "https://github.com/sailpoint-gitops/terraform-provider-sailpoint"

	defaultRequestsPerSecond = 10
	defaultMaxRetries        = 5
	defaultRequestTimeout    = 30 * time.Second
)

// Configure checks the settings and makes the client. It sends nothing.
func (p *sailpointProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var model providerModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	config := p.clientConfig(model, req.TerraformVersion, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}

	client, err := newClient(config)
	var configErr *isc.ConfigError
	switch {
	case errors.As(err, &configErr):
		resp.Diagnostics.AddAttributeError(path.Root(configErr.Field), "Invalid provider configuration", configErr.Message+".")
		return
	case err != nil:
		resp.Diagnostics.AddError("Invalid provider configuration", sentence(err.Error()))
		return
	}
	s := newSession(client, config.ReadOnly, p.timing)
	resp.DataSourceData = s
	resp.ResourceData = s
	resp.ActionData = s
	resp.ListResourceData = s
}

// newClient makes a client whose log lines go to Terraform's log, with every
// secret masked.
func newClient(config isc.Config) (*isc.Client, error) {
	var client *isc.Client
	config.Log = func(ctx context.Context, msg string, fields map[string]any) {
		secrets := client.Secrets()
		ctx = tflog.MaskAllFieldValuesStrings(ctx, secrets...)
		ctx = tflog.MaskMessageStrings(ctx, secrets...)
		tflog.Debug(ctx, msg, fields)
	}
	client, err := isc.New(config)
	return client, err
}

// clientConfig resolves every setting: configuration, then environment, then
// default.
func (p *sailpointProvider) clientConfig(model providerModel, terraformVersion string, diags *diag.Diagnostics) isc.Config {
	config := isc.Config{
		BaseURL:           stringSetting(model.BaseURL, "base_url", "SAIL_BASE_URL", diags),
		APIVersion:        stringSetting(model.APIVersion, "api_version", "SAIL_API_VERSION", diags),
		RequestsPerSecond: defaultRequestsPerSecond,
		MaxRetries:        defaultMaxRetries,
		RequestTimeout:    defaultRequestTimeout,
		UserAgent:         fmt.Sprintf("terraform-provider-sailpoint/%s (Terraform %s; +%s)", p.version, terraformVersion, projectURL),
	}
	if config.BaseURL == "" && !diags.HasError() {
		diags.AddAttributeError(path.Root("base_url"), "Missing API base URL",
			"Set base_url in the provider block, or the environment variable SAIL_BASE_URL, to the tenant's API base URL, such as https://acme.api.identitynow.com.")
	}
	resolveCredentials(model, &config, diags)

	switch v := model.MaxRequestsPerSecond; {
	case v.IsUnknown():
		unknownSetting("max_requests_per_second", diags)
	case !v.IsNull():
		config.RequestsPerSecond = v.ValueFloat64()
		if config.RequestsPerSecond <= 0 {
			diags.AddAttributeError(path.Root("max_requests_per_second"), "Invalid request rate",
				"max_requests_per_second must be greater than 0.")
		}
		if config.RequestsPerSecond > defaultRequestsPerSecond {
			diags.AddAttributeWarning(path.Root("max_requests_per_second"), "Request rate above the service's limit",
				fmt.Sprintf("The service allows 100 requests in 10 seconds for each client id and API version. With %g per second it will answer 429 (Too Many Requests) "+
					"from time to time; the provider then pauses as long as the service asks.", config.RequestsPerSecond))
		}
	}
	switch v := model.MaxRetries; {
	case v.IsUnknown():
		unknownSetting("max_retries", diags)
	case !v.IsNull():
		config.MaxRetries = int(v.ValueInt64())
		if v.ValueInt64() < 0 || v.ValueInt64() > 100 {
			diags.AddAttributeError(path.Root("max_retries"), "Invalid number of retries", "max_retries must be between 0 and 100.")
		}
	}
	if timeout := stringSetting(model.RequestTimeout, "request_timeout", "", diags); timeout != "" {
		// The validator has already spoken about a bad duration.
		config.RequestTimeout, _ = time.ParseDuration(timeout)
	}
	config.ReadOnly = boolSetting(model.ReadOnly, "read_only", "SAIL_READ_ONLY", diags)
	return config
}

// resolveCredentials takes the credentials from the provider block if it names
// any, and only otherwise from the environment: a token of the CI job must not
// conflict with what the block says.
func resolveCredentials(model providerModel, config *isc.Config, diags *diag.Diagnostics) {
	hasToken, hasClient := !model.AccessToken.IsNull(), !model.ClientID.IsNull() || !model.ClientSecret.IsNull()
	if hasToken && hasClient {
		diags.AddAttributeError(path.Root("access_token"), "Conflicting credentials",
			"Set either access_token, or client_id and client_secret, not both.")
		return
	}
	if !hasClient {
		config.AccessToken = stringSetting(model.AccessToken, "access_token", "SAIL_ACCESS_TOKEN", diags)
	}
	if !hasToken {
		config.ClientID = stringSetting(model.ClientID, "client_id", "SAIL_CLIENT_ID", diags)
		config.ClientSecret = stringSetting(model.ClientSecret, "client_secret", "SAIL_CLIENT_SECRET", diags)
	}
	if diags.HasError() {
		return
	}
	switch {
	case config.AccessToken != "" && (config.ClientID != "" || config.ClientSecret != ""):
		diags.AddError("Conflicting credentials",
			"The environment has both SAIL_ACCESS_TOKEN and SAIL_CLIENT_ID or SAIL_CLIENT_SECRET. Unset one of them, or name the credentials in the provider block.")
	case config.AccessToken != "":
	case config.ClientID == "" && config.ClientSecret == "":
		diags.AddAttributeError(path.Root("client_id"), "Missing credentials",
			"Set client_id and client_secret in the provider block, or the environment variables SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, to a personal access token of the tenant. "+
				"Alternatively set access_token, or SAIL_ACCESS_TOKEN, to an access token.")
	case config.ClientID == "":
		diags.AddAttributeError(path.Root("client_id"), "Missing client id",
			"There is a client secret but no client id. Set client_id in the provider block, or the environment variable SAIL_CLIENT_ID.")
	case config.ClientSecret == "":
		diags.AddAttributeError(path.Root("client_secret"), "Missing client secret",
			"There is a client id but no client secret. Set client_secret in the provider block, or the environment variable SAIL_CLIENT_SECRET.")
	}
}

// stringSetting resolves one setting. An empty string in the configuration is
// an error rather than "not set": it is nearly always a variable that somebody
// forgot to fill, and falling back to the environment would hide that.
func stringSetting(v types.String, attribute, env string, diags *diag.Diagnostics) string {
	switch {
	case v.IsUnknown():
		unknownSetting(attribute, diags)
		return ""
	case v.IsNull():
		return strings.TrimSpace(os.Getenv(env))
	case strings.TrimSpace(v.ValueString()) == "":
		detail := fmt.Sprintf("%s is set to an empty string. Give it a value, or leave it out", attribute)
		if env != "" {
			detail += fmt.Sprintf(" (then the environment variable %s is used)", env)
		}
		diags.AddAttributeError(path.Root(attribute), "Empty provider setting", detail+".")
	}
	return v.ValueString()
}

func boolSetting(v types.Bool, attribute, env string, diags *diag.Diagnostics) bool {
	if v.IsUnknown() {
		unknownSetting(attribute, diags)
	}
	text := os.Getenv(env)
	if !v.IsNull() || text == "" {
		return v.ValueBool()
	}
	b, err := strconv.ParseBool(text)
	if err != nil {
		// A guard that can't be read must not be taken for "off".
		diags.AddAttributeError(path.Root(attribute), "Invalid environment variable",
			fmt.Sprintf("%s must be true or false, not %q.", env, text))
	}
	return b
}

func unknownSetting(attribute string, diags *diag.Diagnostics) {
	diags.AddAttributeError(path.Root(attribute), "Unknown provider setting",
		fmt.Sprintf("The value of %s is not known yet, because it comes from something that this same run is still to create. "+
			"The provider needs it to read work items for the plan. Use a value that is known before the run, the environment, "+
			"or first apply what it comes from with -target.", attribute))
}
