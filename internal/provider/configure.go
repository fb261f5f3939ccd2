// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-log/tflog"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
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
	set := &settings{diags: &resp.Diagnostics}
	config := p.clientConfig(set, model, req.TerraformVersion)
	rails := guardRails(set, model)
	allowClear := set.envBool("SAIL_ALLOW_CLEAR_VALUES", "redact_regex")
	if resp.Diagnostics.HasError() {
		return
	}
	config.ReadOnly = rails.ReadOnly

	client, err := newClient(config)
	var configErr *isc.ConfigError
	switch {
	case errors.As(err, &configErr):
		resp.Diagnostics.AddAttributeError(path.Root(configErr.Field), "Invalid provider configuration", configErr.Message+".")
		return
	case err != nil:
		resp.Diagnostics.AddError("Invalid provider configuration", act.Sentence(err.Error()))
		return
	}
	s := &session{
		client:           client,
		engine:           act.NewEngine(client, rails),
		allowClearValues: allowClear,
		manifest:         manifestSource{baseURL: config.BaseURL, apiVersion: config.APIVersion, redactRegex: model.RedactRegex.ValueString(), providerVersion: p.version},
	}
	resp.DataSourceData = s
	resp.ResourceData = s
	resp.ActionData = s
	resp.ListResourceData = s
	resp.EphemeralResourceData = s
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

// clientConfig resolves what the client needs.
func (p *sailpointProvider) clientConfig(set *settings, model providerModel, terraformVersion string) isc.Config {
	config := isc.Config{
		BaseURL:           set.text(model.BaseURL, "base_url", "SAIL_BASE_URL"),
		APIVersion:        set.text(model.APIVersion, "api_version", "SAIL_API_VERSION"),
		RequestsPerSecond: defaultRequestsPerSecond,
		MaxRetries:        defaultMaxRetries,
		RequestTimeout:    defaultRequestTimeout,
		UserAgent:         fmt.Sprintf("terraform-provider-sailpoint/%s (Terraform %s; +%s)", p.version, terraformVersion, projectURL),
		Transport:         p.transport,
	}
	if config.BaseURL == "" && !set.failed("base_url") {
		set.fail("base_url", "Missing API base URL",
			"Set base_url in the provider block, or the environment variable SAIL_BASE_URL, to the tenant's API base URL, such as https://acme.api.identitynow.com.")
	}
	fromEnvironment := resolveCredentials(set, model, &config)
	checkOrigin(set, config.BaseURL, fromEnvironment)

	switch v := model.MaxRequestsPerSecond; {
	case v.IsUnknown():
		set.unknown("max_requests_per_second")
	case !v.IsNull():
		config.RequestsPerSecond = v.ValueFloat64()
		if config.RequestsPerSecond <= 0 {
			set.fail("max_requests_per_second", "Invalid request rate", "max_requests_per_second must be greater than 0.")
		}
		if config.RequestsPerSecond > defaultRequestsPerSecond {
			set.diags.AddAttributeWarning(path.Root("max_requests_per_second"), "Request rate above the service's limit",
				fmt.Sprintf("The service allows 100 requests in 10 seconds for each client id and API version. With %g per second it will answer 429 (Too Many Requests) "+
					"from time to time; the provider then pauses as long as the service asks.", config.RequestsPerSecond))
		}
	}
	switch v := model.MaxRetries; {
	case v.IsUnknown():
		set.unknown("max_retries")
	case !v.IsNull():
		config.MaxRetries = int(v.ValueInt64())
		if v.ValueInt64() < 0 || v.ValueInt64() > 100 {
			set.fail("max_retries", "Invalid number of retries", "max_retries must be between 0 and 100.")
		}
	}
	if timeout := set.text(model.RequestTimeout, "request_timeout", ""); timeout != "" {
		// The validator has spoken about a bad duration.
		config.RequestTimeout, _ = time.ParseDuration(timeout)
	}
	if pattern := set.text(model.RedactRegex, "redact_regex", ""); pattern != "" {
		// The validator has spoken about a bad expression.
		config.RedactRegex, _ = regexp.Compile(pattern)
	}
	return config
}

// guardRails resolves what keeps a run within bounds: the stricter of block and
// environment counts, so that neither a pull request nor a forgotten variable
// disarms the other.
func guardRails(set *settings, model providerModel) act.GuardRails {
	rails := act.GuardRails{
		ReadOnly:          set.guard(model.ReadOnly, "read_only", "SAIL_READ_ONLY"),
		RefuseOwnRequests: set.guard(model.RefuseOwnRequests, "refuse_own_requests", "SAIL_REFUSE_OWN_REQUESTS"),
		MaxActs:           set.bound(model.MaxActs, "max_acts", "SAIL_MAX_ACTS"),
	}
	for id := range strings.SplitSeq(set.env("SAIL_ACTORS"), ",") {
		if id = strings.TrimSpace(id); id == "" {
			continue
		}
		err := isc.CheckID("identity id", id)
		// What is no id would compare with nobody.
		switch {
		case err != nil:
		case strings.Contains(id, "@"):
			err = fmt.Errorf("%q is an e-mail address, and the data source sailpoint_identity finds its id", isc.OneLine(id))
		case strings.ContainsFunc(id, func(r rune) bool {
			return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.:", r)
		}):
			err = fmt.Errorf("%q has a quote, a bracket, a separator that is no comma, or another character that no id has", isc.OneLine(id))
		}
		if err != nil {
			set.fail("refuse_own_requests", "Invalid environment variable", "SAIL_ACTORS must be identity ids, separated by commas: "+err.Error()+".")
		}
		rails.Actors = append(rails.Actors, id)
	}
	return rails
}

// resolveCredentials takes the credentials from the provider block if it names
// any, and only otherwise from the environment: a token of the CI job must not
// conflict with what the block says. It reports whether any of them comes from
// the environment.
func resolveCredentials(set *settings, model providerModel, config *isc.Config) (fromEnvironment bool) {
	hasToken, hasClient := !model.AccessToken.IsNull(), !model.ClientID.IsNull() || !model.ClientSecret.IsNull()
	if hasToken && hasClient {
		set.fail("access_token", "Conflicting credentials", "Set either access_token, or client_id and client_secret, not both.")
		return false
	}
	if !hasClient {
		config.AccessToken = set.text(model.AccessToken, "access_token", "SAIL_ACCESS_TOKEN")
		fromEnvironment = model.AccessToken.IsNull() && config.AccessToken != ""
	}
	if !hasToken {
		config.ClientID = set.text(model.ClientID, "client_id", "SAIL_CLIENT_ID")
		config.ClientSecret = set.text(model.ClientSecret, "client_secret", "SAIL_CLIENT_SECRET")
		fromEnvironment = fromEnvironment || model.ClientID.IsNull() && config.ClientID != "" || model.ClientSecret.IsNull() && config.ClientSecret != ""
	}
	if set.failed("access_token", "client_id", "client_secret") {
		return fromEnvironment
	}
	export := ""
	if set.env("SAIL_BASE_URL") == "" {
		export = " Credentials are taken from the environment only if SAIL_BASE_URL is exported too."
	}
	switch {
	case config.AccessToken != "" && (config.ClientID != "" || config.ClientSecret != ""):
		set.diags.AddError("Conflicting credentials",
			"The environment has both SAIL_ACCESS_TOKEN and SAIL_CLIENT_ID or SAIL_CLIENT_SECRET. Unset one of them, or name the credentials in the provider block.")
	case config.AccessToken != "":
	case config.ClientID == "" && config.ClientSecret == "":
		set.fail("client_id", "Missing credentials",
			"Set client_id and client_secret in the provider block, or the environment variables SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, to a personal access token of the tenant. "+
				"Alternatively set access_token, or SAIL_ACCESS_TOKEN, to an access token."+export)
	case config.ClientID == "":
		set.fail("client_id", "Missing client id",
			"There is a client secret but no client id. Set client_id in the provider block, or the environment variable SAIL_CLIENT_ID."+export)
	case config.ClientSecret == "":
		set.fail("client_secret", "Missing client secret",
			"There is a client id but no client secret. Set client_secret in the provider block, or the environment variable SAIL_CLIENT_SECRET."+export)
	}
	return fromEnvironment
}

// checkOrigin makes sure that a secret goes where it belongs. Whoever changes
// the configuration must not be able to send the credentials of the environment
// somewhere else.
func checkOrigin(set *settings, baseURL string, fromEnvironment bool) {
	exported := set.env("SAIL_BASE_URL")
	var allowed []string
	for _, named := range append([]string{exported}, strings.Split(set.env("SAIL_ALLOWED_BASE_URLS"), ",")...) {
		if named = strings.TrimSpace(named); named == "" {
			continue
		}
		if isc.CheckBaseURL(named) != nil {
			if named != baseURL {
				set.fail("base_url", "Invalid environment variable", "SAIL_BASE_URL and SAIL_ALLOWED_BASE_URLS must hold base URLs such as https://acme.api.identitynow.com, the latter separated by commas.")
			}
			continue
		}
		allowed = append(allowed, isc.Origin(named))
	}
	if isc.CheckBaseURL(baseURL) != nil || set.failed("base_url") {
		// The client says what is wrong with it.
		return
	}
	origin := isc.Origin(baseURL)
	switch {
	case exported != "" && !slices.Contains(allowed, origin):
		set.fail("base_url", "The credentials belong to another address",
			fmt.Sprintf("base_url is %s, but SAIL_BASE_URL, to which this environment's credentials belong, is %s. Nothing was sent.\n\n"+
				"What to do: leave base_url out of the provider block, or, if both addresses are meant, add it to the environment variable SAIL_ALLOWED_BASE_URLS.", origin, isc.Origin(exported)))
	case exported == "" && fromEnvironment:
		set.fail("base_url", "Nothing says where the environment's credentials belong",
			fmt.Sprintf("base_url is %s in the provider block, and credentials come from the environment, where SAIL_BASE_URL is not set. Whoever changes the block could send them anywhere, so nothing was sent.\n\n"+
				"What to do: export SAIL_BASE_URL beside the credentials, or put the credentials into the provider block.", origin))
	}
}
