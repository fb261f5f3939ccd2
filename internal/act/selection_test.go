// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// TestFormFields_ofAnyForm includes a form so deep that scanning it anew for each
// level would take minutes.
func TestFormFields_ofAnyForm(t *testing.T) {
	t.Parallel()
	const depth = 4900
	deep := strings.Repeat(`{"formItems":[`, depth) + `{"name":"deep","label":"` + strings.Repeat("x", 1<<20) + `"}` + strings.Repeat("]}", depth)
	got := slices.Sorted(maps.Keys(formFields(formOf(
		deep, `{"name":"plain"}`, `{"name":"section","formItems":[]}`, `{"name":"nulled","formItems":null}`, `{"name":7,"formItems":[{"name":"below"},3,null]}`,
		`{"name":"plain"}`, `{}`, `"text"`, `5`, `null`, `[{"name":"listed"}]`, `{"name":""}`, `{"name":"odd","required":"yes","formItems":"x"}`,
	))))
	if want := []string{"below", "deep", "nulled", "odd", "plain"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// formOf is a form with the items in one section.
func formOf(items ...string) *isc.Form {
	var section isc.FormSection
	for _, item := range items {
		section.FormItems = append(section.FormItems, jsontext.Value(item))
	}
	return &isc.Form{Sections: []isc.FormSection{{}, section}}
}

// TestJudgeSelections: only what the form plainly says is held against the
// selections.
func TestJudgeSelections(t *testing.T) {
	t.Parallel()
	given := func(values map[string]string) Selections {
		s := Selections{Known: map[string]jsontext.Value{}, NamesKnown: true}
		for name, v := range values {
			s.Known[name] = jsontext.Value(v)
		}
		return s
	}
	for name, test := range map[string]struct {
		items      []string
		selections Selections
		// want is a part of the one diagnostic; "" for none.
		want string
	}{
		"required, and given":           {[]string{`{"name":"a","required":true}`}, given(map[string]string{"a": `"x"`}), ""},
		"required, and missing":         {[]string{`{"name":"a","required":true}`, `{"name":"b"}`}, given(map[string]string{"b": `"x"`}), "A required field is missing"},
		"required within a section":     {[]string{`{"name":"s","formItems":[{"name":"a","required":true}]}`, `{"name":"b"}`}, given(map[string]string{"b": `"x"`}), "A required field is missing"},
		"required, with a value":        {[]string{`{"name":"a","required":true,"value":"x"}`, `{"name":"b"}`}, given(map[string]string{"b": `"x"`}), ""},
		"required, with a null value":   {[]string{`{"name":"a","required":true,"value":null}`, `{"name":"b"}`}, given(map[string]string{"b": `"x"`}), "A required field is missing"},
		"required as a text":            {[]string{`{"name":"a","required":"true"}`, `{"name":"b"}`}, given(map[string]string{"b": `"x"`}), ""},
		"required, other names unknown": {[]string{`{"name":"a","required":true}`}, Selections{Known: map[string]jsontext.Value{}}, ""},
		"no such field":                 {[]string{`{"name":"a"}`}, given(map[string]string{"b": `"x"`}), "The form has no such field"},
		"no fields at all":              {nil, given(map[string]string{"b": `"x"`}), ""},
		"a listed text":                 {[]string{`{"name":"a","allowedValuesList":["x","y"]}`}, given(map[string]string{"a": `"x"`}), ""},
		"an unlisted text":              {[]string{`{"name":"a","allowedValuesList":["x","y"]}`}, given(map[string]string{"a": `"z"`}), "does not list a selected value"},
		"a listed value":                {[]string{`{"name":"a","allowedValuesList":[{"value":"x"},{"id":"y"}]}`}, given(map[string]string{"a": `"y"`}), ""},
		"an unlisted value":             {[]string{`{"name":"a","allowedValuesList":[{"value":"x"},{"id":"y"}]}`}, given(map[string]string{"a": `"z"`}), "does not list a selected value"},
		"a list that can't be read":     {[]string{`{"name":"a","allowedValuesList":[{"value":"x"},{"label":"y"}]}`}, given(map[string]string{"a": `"z"`}), ""},
		"a list of something else":      {[]string{`{"name":"a","allowedValuesList":{"x":1}}`}, given(map[string]string{"a": `"z"`}), ""},
		"a value that is no text":       {[]string{`{"name":"a","allowedValuesList":["x"]}`}, given(map[string]string{"a": `["z"]`}), ""},
		"a value that isn't known":      {[]string{`{"name":"a","allowedValuesList":["x"]}`}, Selections{Known: map[string]jsontext.Value{"a": nil}, NamesKnown: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := judgeSelections(&isc.WorkItem{ID: "1", Form: formOf(test.items...)}, test.selections)
			if test.want == "" {
				if len(v.Diags) != 0 || v.Status != Pending {
					t.Errorf("got %v", v)
				}
				return
			}
			if len(v.Diags) != 1 || !strings.Contains(v.Diags[0].Summary(), test.want) || (v.Status == Pending) == v.Diags.HasError() {
				t.Errorf("got %v", v)
			}
			if strings.Contains(v.Diags[0].Detail(), `"z"`) {
				t.Errorf("the selected value is shown: %s", v.Diags[0].Detail())
			}
		})
	}
}

func TestChangedSelections_namesFieldsAndNoValues(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		was, is string
		want    []string
	}{
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"x"}`, nil},
		{`{"a":1,"b":"x"}`, `{"a":1,"b":"y"}`, []string{"b"}},
		{`{"a":1}`, `{"b":1}`, []string{"a", "b"}},
		{`{"a":null}`, `{}`, []string{"a"}},
		{`{}`, `{"a":null}`, []string{"a"}},
	} {
		if got := ChangedSelections(jsontext.Value(test.was), jsontext.Value(test.is)); !slices.Equal(got, test.want) {
			t.Errorf("%s and %s: got %q, want %q", test.was, test.is, got, test.want)
		}
	}
}

type jsonText = json.RawMessage

// values are selections of one field, a.
func values(of string) map[string]jsontext.Value {
	return map[string]jsontext.Value{"a": jsontext.Value(of)}
}
