// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// settings resolves provider settings, each once: configuration, environment,
// default. What is wrong with them is collected, so that it is told in one go.
type settings struct {
	diags *diag.Diagnostics
}

func (s *settings) fail(attribute, summary, detail string) {
	s.diags.AddAttributeError(path.Root(attribute), summary, detail)
}

// failed reports whether something is wrong with one of the attributes.
func (s *settings) failed(attributes ...string) bool {
	for _, d := range s.diags.Errors() {
		for _, attribute := range attributes {
			if at, ok := d.(diag.DiagnosticWithPath); ok && at.Path().Equal(path.Root(attribute)) {
				return true
			}
		}
	}
	return false
}

// env returns an environment variable; one that is empty counts as not set.
func (s *settings) env(name string) string { return strings.TrimSpace(os.Getenv(name)) }

// text resolves a text. An empty string in the configuration is an error rather
// than "not set": it is nearly always a variable that somebody forgot to fill,
// and falling back to the environment would hide that.
func (s *settings) text(v types.String, attribute, env string) string {
	switch {
	case v.IsUnknown():
		s.unknown(attribute)
		return ""
	case v.IsNull() && env == "":
		return ""
	case v.IsNull():
		return s.env(env)
	case strings.TrimSpace(v.ValueString()) == "":
		detail := fmt.Sprintf("%s is set to an empty string. Give it a value, or leave it out", attribute)
		if env != "" {
			detail += fmt.Sprintf(" (then the environment variable %s is used)", env)
		}
		s.fail(attribute, "Empty provider setting", detail+".")
	}
	return v.ValueString()
}

// guard resolves a guard that either the block or the environment turns on. The
// variable is always read: one that can't be read must not be taken for "off".
func (s *settings) guard(v types.Bool, attribute, env string) bool {
	if v.IsUnknown() {
		s.unknown(attribute)
	}
	text, set := os.LookupEnv(env)
	if !set {
		return v.ValueBool()
	}
	on, err := strconv.ParseBool(strings.TrimSpace(text))
	if err != nil {
		s.badVariable(attribute, env, "true or false", text)
	}
	if on && !v.IsNull() && !v.ValueBool() {
		s.overruled(attribute, env, "false", "true")
	}
	return on || v.ValueBool()
}

// bound resolves an upper bound, of which the smaller counts; nil is none.
func (s *settings) bound(v types.Int64, attribute, env string) *int64 {
	if v.IsUnknown() {
		s.unknown(attribute)
	}
	bound := v.ValueInt64Pointer()
	text, set := os.LookupEnv(env)
	if !set {
		return bound
	}
	n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
	switch {
	case err != nil || n < 0:
		s.badVariable(attribute, env, "a whole number from 0 up", text)
	case bound != nil && *bound > n:
		s.overruled(attribute, env, strconv.FormatInt(*bound, 10), strconv.FormatInt(n, 10))
		bound = &n
	case bound == nil:
		bound = &n
	}
	return bound
}

// envBool resolves what only the environment can turn on; what is wrong with it
// is told on the attribute.
func (s *settings) envBool(env, attribute string) bool {
	text := s.env(env)
	if text == "" {
		return false
	}
	on, err := strconv.ParseBool(text)
	if err != nil {
		s.badVariable(attribute, env, "true or false", text)
	}
	return on
}

func (s *settings) badVariable(attribute, env, wanted, got string) {
	s.fail(attribute, "Invalid environment variable", fmt.Sprintf("%s must be %s, not %q. Unset it if it is not meant.", env, wanted, isc.OneLine(got)))
}

func (s *settings) overruled(attribute, env, block, environment string) {
	s.diags.AddAttributeWarning(path.Root(attribute), "The environment overrules the provider block",
		fmt.Sprintf("The provider block sets %s = %s, and %s is %s. The stricter of the two counts.", attribute, block, env, environment))
}

func (s *settings) unknown(attribute string) {
	s.fail(attribute, "Unknown provider setting",
		fmt.Sprintf("The value of %s is not known yet, because it comes from something that this same run is still to create. "+
			"The provider needs it to read work items for the plan. Use a value that is known before the run, the environment, "+
			"or first apply what it comes from with -target.", attribute))
}
