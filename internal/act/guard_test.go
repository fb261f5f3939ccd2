// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

func ofValue(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Value }

// TestExpectation: text is the same text in the form in which Terraform shows it,
// or JSON of the same content.
func TestExpectation(t *testing.T) {
	t.Parallel()
	const ignored = "\x00absent"
	for name, test := range map[string]struct {
		served, want string
		matches      bool
	}{
		"the same":                       {"CN=GL", "CN=GL", true},
		"another case":                   {"CN=GL", "cn=gl", false},
		"a blank more":                   {"CN=GL", "CN=GL ", false},
		"empty and empty":                {"", "", true},
		"absent and empty":               {ignored, "", false},
		"a line break, as served":        {"a\nb", "a\nb", true},
		"a line break, as shown":         {"a\nb", `a\u{a}b`, true},
		"what looks like a line break":   {`a\u{a}b`, `a\u{a}b`, false},
		"the same, as shown":             {`a\u{a}b`, `a\\u{a}b`, true},
		"a backslash":                    {`ACME\jdoe`, `ACME\jdoe`, true},
		"a backslash, doubled":           {`ACME\jdoe`, `ACME\\jdoe`, false},
		"a hidden character":             {"ad\u200bmin", "admin", false},
		"a list, written anew":           {`["R&D", "Ops"]`, `["R\u0026D","Ops"]`, true},
		"an object, written anew":        {`{ "b": 1, "a": [] }`, `{"a":[],"b":1}`, true},
		"another number":                 {`{"a":1}`, `{"a":2}`, false},
		"large numbers that differ":      {`[9007199254740993]`, `[9007199254740992]`, false},
		"another order of a list":        {`["a","b"]`, `["b","a"]`, false},
		"a member named twice":           {`{"a":1,"a":2}`, `{"a":2}`, false},
		"a number is no JSON here":       {"007", "7", false},
		"a text is no JSON here":         {`"a"`, `"\u0061"`, false},
		"a list beside no JSON":          {`["a"]`, `["a"`, false},
		"deep JSON, as shown":            {strings.Repeat("[", 50) + strings.Repeat("]", 50), isc.ShownText(strings.Repeat("[", 50) + strings.Repeat("]", 50)), true},
		"deep JSON, by another checksum": {strings.Repeat("[", 50) + strings.Repeat("]", 50), isc.ShownText(strings.Repeat("[", 51) + strings.Repeat("]", 51)), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := workItemOf("")
			wi.ApprovalItems[0].Value = &test.served
			if test.served == ignored {
				wi.ApprovalItems[0].Value = nil
			}
			diags := checkExpectations([]Expectation{{"value", &test.want, ofValue}}, wi, &wi.ApprovalItems[0])
			if got := diagText(diags); diags.HasError() == test.matches || len(diags) > 1 || !test.matches && !strings.HasPrefix(got, "Error on expect: The approval item is not the expected one\n") {
				t.Errorf("it says:\n%s", got)
			}
		})
	}
}

// TestExpectation_neverShowsTheConfiguration, which may be sensitive, and cuts
// what is served.
func TestExpectation_neverShowsTheConfiguration(t *testing.T) {
	t.Parallel()
	wi := workItemOf("")
	wi.ApprovalItems[0].Value = new(strings.Repeat("served ", 10_000))
	got := diagText(checkExpectations([]Expectation{{"value", new("configured-secret"), ofValue}}, wi, &wi.ApprovalItems[0]))
	if strings.Contains(got, "configured-secret") || !strings.Contains(got, `value = "served served `) || len(got) > 1000 {
		t.Errorf("it says:\n%s", got)
	}
}

// TestExpectation_ofARedactedValue can't be checked, also while it is unknown.
func TestExpectation_ofARedactedValue(t *testing.T) {
	t.Parallel()
	wi := workItemOf("")
	wi.ApprovalItems[0].Value, wi.ApprovalItems[0].ValueRedacted, wi.ApprovalItems[0].Name = nil, true, new("password")
	for _, want := range []*string{new("x"), nil} {
		got := diagText(checkExpectations([]Expectation{{"value", want, ofValue}}, wi, &wi.ApprovalItems[0]))
		if !strings.Contains(got, "Error on expect: expect.value can't be checked") || !strings.Contains(got, "password, looks like that of a secret") {
			t.Errorf("it says:\n%s", got)
		}
	}
	if diags := checkExpectations([]Expectation{{"account", new("jdoe"), func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Account }}}, wi, &wi.ApprovalItems[0]); len(diags) != 0 {
		t.Errorf("another fact of it: %s", diagText(diags))
	}
	// What is not known yet is checked once it is.
	if diags := checkExpectations([]Expectation{{"account", nil, func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Account }}}, wi, &wi.ApprovalItems[0]); len(diags) != 0 {
		t.Errorf("an unknown one: %s", diagText(diags))
	}
}

// TestGuardItems lists what is missing and what is too much, and cuts long lists.
func TestGuardItems(t *testing.T) {
	t.Parallel()
	wi := &isc.WorkItem{ID: taskID}
	for i := range 30 {
		wi.ApprovalItems = append(wi.ApprovalItems, isc.ApprovalItem{ID: strings.Repeat("x", i+1), Value: new("V")})
	}
	wi.RemediationItems = []isc.RemediationItem{{ID: "r1", AttributeOperation: new("Remove"), AttributeName: new("password"), AttributeValueRedacted: true}}
	got := diagText(Completion(Common{WorkItemID: taskID}, []string{"gone-2", "gone-1"}).Check(wi).Diags)
	for _, want := range []string{"It lacks:\n  - gone-1\n  - gone-2\n", "It has, unexpected:\n  - x: V\n", "  - and 11 more\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("it doesn't say %q:\n%s", want, got)
		}
	}
	wi.ApprovalItems = nil
	if got := diagText(Completion(Common{WorkItemID: taskID}, []string{}).Check(wi).Diags); !strings.Contains(got, "  - r1: Remove password (redacted)\n") {
		t.Errorf("it says:\n%s", got)
	}
	if v := Completion(Common{WorkItemID: taskID}, []string{"r1"}).Check(wi); v.Status != Pending {
		t.Errorf("it says:\n%s", diagText(v.Diags))
	}
	// As many, but others.
	if v := Completion(Common{WorkItemID: taskID}, []string{"r2"}).Check(wi); v.Status != Impossible || !strings.Contains(diagText(v.Diags), "It lacks:\n  - r2\n") {
		t.Errorf("%d, it says:\n%s", v.Status, diagText(v.Diags))
	}
}

// TestPerform_isGuardedByNoRow: where the work item itself can't be read, a row of
// the completed list that isn't closed guards nothing.
func TestPerform_isGuardedByNoRow(t *testing.T) {
	t.Parallel()
	posts := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		row := `{"id":"` + taskID + `","type":"ManualAction","state":null,"completed":null}`
		switch {
		case r.Method == http.MethodPost:
			posts++
			io.WriteString(w, strings.Replace(row, `"state":null`, `"state":"Finished"`, 1))
		case strings.HasSuffix(r.URL.Path, "/completed"):
			fmt.Fprintf(w, "[%s]", row)
		default:
			http.Error(w, `{"detailCode":"403 Forbidden"}`, http.StatusForbidden)
		}
	}))
	defer server.Close()
	client, err := isc.New(isc.Config{BaseURL: server.URL, AccessToken: "a-static-token"})
	if err != nil {
		t.Fatal(err)
	}
	_, diags := NewEngine(client, GuardRails{}).Perform(t.Context(), Completion(Common{WorkItemID: taskID}, nil), anything)
	if posts > 0 {
		t.Errorf("an act was sent on the strength of a row: %s", diagText(diags))
	}
}

// TestMatches_numbersInJSON: numbers that a float can't tell apart differ.
func TestMatches_numbersInJSON(t *testing.T) {
	t.Parallel()
	long := "1." + strings.Repeat("0", 98) // 100 characters
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"[1e400]", "[1e500]", false},
		{"[0.1]", "[0.1000000000000000055]", false},
		{"[1.0]", "[1.00000000000000000001]", false},
		// The same number, written in another way, as generated configuration does.
		{"[1.0]", "[1]", true},
		{"[1E2]", "[100]", true},
		{"[12e-1]", "[1.2]", true},
		{"[10e399]", "[1e400]", true},
		{"[0.1e-399]", "[1e-400]", true},
		// Too long or too large to be worth it: only the same text is the same.
		{"[10e400]", "[1e401]", false},
		{"[0.1e-400]", "[1e-401]", false},
		{"[1e500]", "[1e500]", true},
		{"[" + long + "]", "[1]", true},
		{"[" + long + "0]", "[1]", false},
		{"[" + long + "0]", "[" + long + "0]", true},
	} {
		if got := matches(&test.a, test.b); got != test.same {
			t.Errorf("%s for %s: %t", test.a, test.b, got)
		}
		if got := matches(&test.b, test.a); got != test.same {
			t.Errorf("%s for %s: %t", test.b, test.a, got)
		}
	}
}
