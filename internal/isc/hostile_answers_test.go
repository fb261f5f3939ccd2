// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// TestShownText_makesNoJSON of what was none, by doubling backslashes.
func TestShownText_makesNoJSON(t *testing.T) {
	t.Parallel()
	for name, s := range map[string]string{
		"Terraform shows the last of two names": `{"value\":"CN=Domain Admins", "value\":"CN=Readers", "\u{1}":0}`,
		"OpenTofu shows the first JSON only":    `["CN=Readers\"] and CN=Domain Admins, "` + "\u200b",
		"more than 20 levels":                   `["\",` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `,"\u{1}"]`,
	} {
		shown := ShownText(s)
		if read := readAsJSON(shown); read.misleads || read.levels > maxLevels {
			t.Errorf("%s: %s is shown as %s, which reads as JSON: %+v", name, s, shown, read)
		}
	}
}

// TestShownJSON_levelsWithinStrings: JSON within JSON counts together.
func TestShownJSON_levelsWithinStrings(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("[", 20) + strings.Repeat("]", 20)
	shown := ShownJSON(jsontext.Value(strings.Repeat("[", 19) + `"` + deep + `"` + strings.Repeat("]", 19)))
	if levels := readAsJSON(shown).levels; levels > maxLevels {
		t.Errorf("Terraform has to render %d levels: %s", levels, shown)
	}
}

// TestSecrets_ofItsOwnInOddPlaces: the id of a request, and lower-case encoding.
func TestSecrets_ofItsOwnInOddPlaces(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(http.StatusOK, "<html></html>", "SLPT-Request-ID: Bearer "+testToken))
	_, err := s.client().CompleteWorkItem(t.Context(), testID)
	ambiguous, ok := errors.AsType[*AmbiguousError](err)
	if !ok {
		t.Fatal(err)
	}
	if strings.Contains(ambiguous.TrackingID, testToken) {
		t.Errorf("the tracking id holds the access token: %s", ambiguous.TrackingID)
	}
	s = newService(t, answer(http.StatusBadRequest, `{"message":"bad form: client_secret=s3cr3t%2bvalue%2fwith%3dsigns"}`))
	if _, err := s.client().CompleteWorkItem(t.Context(), testID); strings.Contains(err.Error(), "s3cr3t%2bvalue") {
		t.Errorf("lower-case percent encoding: %v", err)
	}
}

// TestSecrets_ofOthersInRefusals that quote an item.
func TestSecrets_ofOthersInRefusals(t *testing.T) {
	t.Parallel()
	for _, body := range []string{
		`{"message":{"item":{"name":"password","value":"Hunter22!"}}}`,
		`{"messages":[[{"name":"password","value":"Hunter22!"}]]}`,
		`{"error":[{"attributeName":"password","attributeValue":"Hunter22!"}]}`,
		`{"item":{"name":"password","value":"Hunter22!"}}`,
	} {
		s := newService(t, answer(http.StatusBadRequest, body))
		if _, err := s.client().CompleteWorkItem(t.Context(), testID); strings.Contains(err.Error(), "Hunter22") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestSecrets_underOddNames: of another type, and in letters that fold to others.
func TestSecrets_underOddNames(t *testing.T) {
	t.Parallel()
	for _, name := range []string{`["p\u0061ssword"]`, `{"x":"p\u0061ssword"}`, `"pa\u017fsword"`} {
		wi, err := redactor{}.decodeWorkItem([]byte(`{"id":"1","approvalItems":[{"id":"2","name":` + name + `,"value":"Hunter22!"}]}`))
		if err != nil {
			t.Fatal(err)
		}
		if item := wi.ApprovalItems[0]; item.Value != nil {
			t.Errorf("the name %s (%q): value %q", name, text(item.Name), *item.Value)
		}
	}
}
