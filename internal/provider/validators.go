// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// validID accepts what the service could have given out as an id, so that a
// slip is told before any request is sent.
type validID struct {
	kind string
	// orEmpty accepts an empty string too.
	orEmpty bool
}

func (v validID) Description(context.Context) string {
	return "must be a " + v.kind + ": printable ASCII without blanks, '/', '..', '?', '#' and '%'"
}

func (v validID) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validID) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	id := req.ConfigValue.ValueString()
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() || id == "" && v.orEmpty {
		return
	}
	if v.kind == "owner id" && strings.Contains(id, "@") {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.kind,
			fmt.Sprintf("%q is an e-mail address, not an id. The data source sailpoint_identity finds the id of an e-mail address: data.sailpoint_identity.NAME.id.", isc.OneLine(id)))
		return
	}
	if err := isc.CheckID(v.kind, id); err != nil {
		advice := "take the id as the service shows it, such as from the data source sailpoint_workitems."
		if strings.Contains(id, "/") {
			advice = "this looks like the id of a resource; its parts are the ids to give, each on its own."
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.kind, act.Sentence(err.Error())+"\n\nNothing was sent.\n\nWhat to do: "+advice)
	}
}

// positiveDuration accepts durations greater than zero.
type positiveDuration struct{}

func (positiveDuration) Description(context.Context) string {
	return "must be a duration such as 30s or 1m30s, greater than zero"
}

func (v positiveDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v positiveDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d <= 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid duration",
			fmt.Sprintf("%s %s, not %q.", req.Path, v.Description(ctx), req.ConfigValue.ValueString()))
	}
}

// validRegexp accepts RE2 regular expressions.
type validRegexp struct{}

func (validRegexp) Description(context.Context) string {
	return "must be a regular expression in RE2 syntax"
}

func (v validRegexp) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validRegexp) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := regexp.Compile(req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid regular expression",
			fmt.Sprintf("%s %s: %s.", req.Path, v.Description(ctx), err))
	}
}

// validTime accepts RFC 3339 times.
type validTime struct{}

func (validTime) Description(context.Context) string {
	return "must be a time with date, seconds and zone, such as 2026-01-01T00:00:00Z or 2026-01-01T08:30:00+01:00 (RFC 3339)"
}

func (v validTime) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validTime) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if _, err := time.Parse(time.RFC3339, req.ConfigValue.ValueString()); err != nil {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid time",
			fmt.Sprintf("%s %s, not %q.", req.Path, v.Description(ctx), isc.OneLine(req.ConfigValue.ValueString())))
	}
}
