// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
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

// emailAdvice is for those who give an e-mail address for a person's id, by the
// kind of the id.
var emailAdvice = map[string]string{
	"owner id":    "The data source sailpoint_identity finds the id of an e-mail address: data.sailpoint_identity.NAME.id.",
	"identity id": "Set email instead of id.",
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
	if advice, personal := emailAdvice[v.kind]; personal && strings.Contains(id, "@") {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.kind, fmt.Sprintf("%q is an e-mail address, not an id. %s", isc.OneLine(id), advice))
		return
	}
	if err := isc.CheckID(v.kind, id); err != nil {
		advice := "take the id as the service shows it, such as from the data source sailpoint_workitems."
		switch {
		case strings.Contains(id, "://"):
			advice = "give the id alone, which is the last part of such an address."
		case strings.Contains(id, "/"):
			advice = "this looks like the id of a resource; its parts are the ids to give, each on its own."
		}
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.kind, act.Sentence(err.Error())+"\n\nNothing was sent.\n\nWhat to do: "+advice)
	}
}

// readable accepts texts that can be read as what they are to be.
type readable struct {
	what, description string
	// fault goes on where the description ends, if the text can't be read.
	fault func(text string) string
}

func (v readable) Description(context.Context) string { return v.description }

func (v readable) MarkdownDescription(context.Context) string { return v.description }

func (v readable) ValidateString(_ context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if fault := v.fault(req.ConfigValue.ValueString()); fault != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "Invalid "+v.what, fmt.Sprintf("%s %s%s.", req.Path, v.description, fault))
	}
}

var (
	positiveDuration = readable{"duration", "must be a duration such as 30s or 1m30s, greater than zero", func(text string) string {
		if d, err := time.ParseDuration(text); err == nil && d > 0 {
			return ""
		}
		return fmt.Sprintf(", not %q", text)
	}}
	validRegexp = readable{"regular expression", "must be a regular expression in RE2 syntax", func(text string) string {
		if _, err := regexp.Compile(text); err != nil {
			return ": " + err.Error()
		}
		return ""
	}}
	validTime = readable{"time", "must be a time with date, seconds and zone, such as 2026-01-01T00:00:00Z or 2026-01-01T08:30:00+01:00 (RFC 3339)", func(text string) string {
		if _, err := time.Parse(time.RFC3339, text); err != nil {
			return fmt.Sprintf(", not %q", isc.OneLine(text))
		}
		return ""
	}}
)

// conflictsIfTrue refuses true beside another attribute.
type conflictsIfTrue struct{ other string }

func (v conflictsIfTrue) Description(context.Context) string {
	return "if true, conflicts with " + v.other
}

func (v conflictsIfTrue) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v conflictsIfTrue) ValidateBool(ctx context.Context, req validator.BoolRequest, resp *validator.BoolResponse) {
	if !req.ConfigValue.ValueBool() {
		return
	}
	var other attr.Value
	if diags := req.Config.GetAttribute(ctx, path.Root(v.other), &other); diags.HasError() || other.IsNull() || other.IsUnknown() {
		resp.Diagnostics.Append(diags...)
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Whose work items?", fmt.Sprintf("%s = true asks for those of all owners, and %s names some.\n\nWhat to do: leave one of them out.", req.Path, v.other))
}
