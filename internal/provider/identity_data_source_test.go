// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestIdentityDataSource finds people by each key, leavers too.
func TestIdentityDataSource(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	leaver := func(key string) []statecheck.StateCheck {
		var checks []statecheck.StateCheck
		for name, want := range map[string]string{
			"id": mockisc.DemoLeaverID, "email": "leo.leaver@example.com", "alias": "lleaver", "name": "Leo Leaver", "status": "Terminated", "state": "INACTIVE_LONG_TERM",
			"manager_id": mockisc.DemoDeputyID, "manager_name": "Dora Deputy",
		} {
			checks = append(checks, statecheck.ExpectKnownValue("data.sailpoint_identity."+key, tfjsonpath.New(name), knownvalue.StringExact(want)))
		}
		return checks
	}
	config := w.config(`
data "sailpoint_identity" "id" { id = "` + mockisc.DemoLeaverID + `" }
data "sailpoint_identity" "email" { email = "leo.leaver@example.com" }
data "sailpoint_identity" "alias" { alias = "lleaver" }
`)
	w.run(resource.TestStep{Config: config, ConfigStateChecks: append(append(leaver("id"), leaver("email")...), leaver("alias")...)})
}

func TestIdentityDataSource_notFound(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		hcl    string
		behave func(*mockisc.Behavior)
		// failed and warned are parts of what is said.
		failed, warned string
	}{
		"nobody":                      {`email = "nobody@example.com"`, nil, `Unable to find the identity with the email "nobody@example.com"`, ""},
		"nobody by id":                {`id = "nobody"`, nil, `Unable to find the identity with the id "nobody"`, ""},
		"nobody, and that is fine":    {`email = "nobody@example.com"` + "\nmissing_ok = true", nil, "", "missing_ok is set, so all of it is null."},
		"nobody by id, and fine":      {`id = "nobody"` + "\nmissing_ok = true", nil, "", "The identity is not there"},
		"several":                     {`email = "twin@example.com"`, nil, "twin-1, Twin 1, state ACTIVE\n  - twin-2, Twin 2, state INACTIVE_LONG_TERM", ""},
		"several, which isn't fine":   {`email = "twin@example.com"` + "\nmissing_ok = true", nil, "Several identities have it", ""},
		"forbidden":                   {`id = "twin-1"`, func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 }, "The service refuses this token access to the identity", ""},
		"forbidden, which isn't fine": {`id = "twin-1"` + "\nmissing_ok = true", func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 }, "Status: 403", ""},
		"not there, by the service":   {`id = "twin-1"` + "\nmissing_ok = true", func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 404 }, "Status: 404", ""},
		"no key":                      {``, nil, "one (and only one) of", ""},
		"two keys":                    {`id = "x"` + "\n" + `email = "y"`, nil, "one (and only one) of", ""},
		"an e-mail address for an id": {`id = "twin@example.com"`, nil, "Set email instead of id", ""},
		"an empty one":                {`alias = ""`, nil, "string length must be at least 1", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.AddIdentity(mockisc.Identity{ID: "twin-1", Name: "Twin 1", Alias: "t1", Email: "twin@example.com"})
			w.AddIdentity(mockisc.Identity{ID: "twin-2", Name: "Twin 2", Alias: "t2", Email: "twin@example.com", Inactive: true})
			if test.behave != nil {
				w.SetBehavior(test.behave)
			}
			state, diags := w.readHCL("data \"sailpoint_identity\" \"this\" {\n" + test.hcl + "\n}")
			got := diagText(diags)
			if !strings.Contains(got, test.failed) || !strings.Contains(got, test.warned) || hasError(diags) != (test.failed != "") {
				t.Errorf("it says:\n%s", got)
			}
			if test.warned != "" && (field(t, state, "name") != "(null)" || field(t, state, "manager_id") != "(null)") {
				t.Errorf("the state is %s", state)
			}
		})
	}
}

// TestIdentityDataSource_idInAnotherCase is found, as by e-mail or alias.
func TestIdentityDataSource_idInAnotherCase(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	state := w.readDataSource("sailpoint_identity", map[string]any{"id": strings.ToUpper(mockisc.DemoLeaverID)})
	if got := field(t, state, "name"); got != "Leo Leaver" || field(t, state, "id") != strings.ToUpper(mockisc.DemoLeaverID) {
		t.Errorf("found %s", state)
	}
}
