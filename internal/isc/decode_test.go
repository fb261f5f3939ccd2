// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestDecodeWorkItem_bendsWhatItCan(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"full": {
			`{"id":"1","state":"Someday","numItems":2,"errors":["e"],"approvalItems":[{"id":"a","value":"v"}],"more":{}}`,
			`{"id":"1","state":"Someday","numItems":2,"errors":["e"],"approvalItems":[{"id":"a","value":"v"}]}`,
		},
		"nulls and absent": {`{"id":"1","state":null,"errors":null,"form":null}`, `{"id":"1"}`},
		"empty is not null": {
			`{"id":"1","name":"","errors":[],"approvalItems":[],"remediationItems":[]}`,
			`{"id":"1","name":"","errors":[],"remediationItems":[],"approvalItems":[]}`,
		},
		"scalars": {
			`{"id":1,"name":true,"numItems":"2","created":17}`,
			`{"id":"1","created":"17","name":"true","numItems":2}`,
		},
		"object as text":       {`{"id":"1","name":{"a": 1}}`, `{"id":"1","name":"{\"a\":1}"}`},
		"float":                {`{"id":"1","numItems":3.0}`, `{"id":"1","numItems":3}`},
		"not a number":         {`{"id":"1","numItems":"some"}`, `{"id":"1"}`},
		"fraction":             {`{"id":"1","numItems":1.5}`, `{"id":"1"}`},
		"huge":                 {`{"id":"1","numItems":1e300}`, `{"id":"1"}`},
		"single":               {`{"id":"1","errors":"e","approvalItems":{"id":7}}`, `{"id":"1","errors":["e"],"approvalItems":[{"id":"7"}]}`},
		"null elements":        {`{"id":"1","approvalItems":[null,{"id":"a"}]}`, `{"id":"1","approvalItems":[{"id":"a"}]}`},
		"scalar elements":      {`{"id":"1","approvalItems":["x",{"id":"a"}]}`, `{"id":"1","approvalItems":[{"id":"a"}]}`},
		"null remediation":     {`{"id":"1","remediationItems":[null,{"id":"r"}]}`, `{"id":"1","remediationItems":[{"id":"r"}]}`},
		"form not an object":   {`{"id":"1","form":"f"}`, `{"id":"1"}`},
		"section not a list":   {`{"id":"1","form":{"sections":{"name":"s","formItems":{"x":1}}}}`, `{"id":"1","form":{"sections":[{"name":"s","formItems":[{"x":1}]}]}}`},
		"form items stay JSON": {`{"id":"1","form":{"sections":[{"formItems":[{"b":1, "a":[true]}, 5]}]}}`, `{"id":"1","form":{"sections":[{"formItems":[{"a":[true],"b":1},5]}]}}`},
		"loose with nulls":     {`{"id":1,"errors":null,"approvalItems":null,"form":null}`, `{"id":"1"}`},
		"odd errors":           {`{"id":1,"errors":["a",null,2,{}]}`, `{"id":"1","errors":["a","2","{}"]}`},
		"empty elements":       {`{"id":"1","approvalItems":[{},{"id":"a"}],"remediationItems":[{}]}`, `{"id":"1","remediationItems":[],"approvalItems":[{"id":"a"}]}`},
		"not completed":        {`{"id":"1","completed":""}`, `{"id":"1"}`},
		"decomposed": {
			`{"id":"1","name":"e\u0301","errors":["e\u0301"],"remediationItems":[{"id":"r","targetName":"e\u0301"}],"approvalItems":[{"id":"a","value":"e\u0301"}],` +
				`"form":{"title":"e\u0301","sections":[{"label":"e\u0301","formItems":["e\u0301"]}]}}`,
			`{"id":"1","name":"é","errors":["é"],"remediationItems":[{"id":"r","targetName":"é"}],"approvalItems":[{"id":"a","value":"é"}],` +
				`"form":{"title":"é","sections":[{"label":"é","formItems":["é"]}]}}`,
		},
		"broken UTF-8": {"{\"id\":\"1\",\"name\":\"a\xffb\"}", "{\"id\":\"1\",\"name\":\"a\ufffdb\"}"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi, err := (redactor{}).decodeWorkItem([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if got := compact(t, wi); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
			// A list gives the same.
			for _, keepRaw := range []bool{false, true} {
				items, err := (redactor{}).decodeWorkItems([]byte("["+test.in+"]"), keepRaw)
				if err != nil {
					t.Fatal(err)
				}
				if got := compact(t, items[0]); got != test.want {
					t.Errorf("in a list: got  %s\nwant %s", got, test.want)
				}
			}
		})
	}
}

// compact is the JSON of a value without its nulls; empty lists stay.
func compact(t *testing.T, v any) string {
	t.Helper()
	text, err := json.Marshal(v, json.FormatNilSliceAsNull(true))
	if err != nil {
		t.Fatal(err)
	}
	for {
		before := string(text)
		s := nullField.ReplaceAllString(before, "")
		s = strings.ReplaceAll(s, "{,", "{")
		if s == before {
			return s
		}
		text = []byte(s)
	}
}

func TestDecodeWorkItems_namesTheElementAtFault(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`[{"id":"1"},null]`:          "unusable answer: element 1 of the list is not a work item with an id",
		`[{"id":"1"},{"id":"2"},{}]`: "unusable answer: element 2 of the list is not a work item with an id",
		`[{"id":"1"},[]]`:            "unusable answer: element 1 of the list is not a work item with an id",
		`["a"]`:                      "unusable answer: element 0 of the list is not a work item with an id",
		`[{"id":null}]`:              "unusable answer: element 0 of the list is not a work item with an id",
		`[{"id":""}]`:                "unusable answer: element 0 of the list is not a work item with an id",
		`{"id":"1"}`:                 "unusable answer: the body is not a JSON array",
		`null`:                       "unusable answer: the body is not a JSON array",
		`[{"id":"1"`:                 "unusable answer: the body is not complete JSON",
		`[{"id":"1"}] []`:            "unusable answer: the body goes on after its JSON",
		`{"id":"1"} {}`:              "unusable answer: the body goes on after its JSON",
		` `:                          "unusable answer: the body is empty",
	} {
		for _, keepRaw := range []bool{false, true} {
			_, err := (redactor{}).decodeWorkItems([]byte(in), keepRaw)
			if err == nil || err.Error() != want {
				t.Errorf("%s: got %v, want %s", in, err, want)
			}
		}
	} // In what words is the JSON package's affair.
	for _, in := range []string{`[{"id":"1"},]`, `[{"id":"1"}}`} {
		if _, err := (redactor{}).decodeWorkItems([]byte(in), true); !says(err, "unusable answer: the body is not JSON, from byte 12 on: ") {
			t.Errorf("%s: got %v", in, err)
		}
	}
}

// TestDecode_bounds: what is allowed, and the first that isn't.
func TestDecode_bounds(t *testing.T) {
	t.Parallel()
	many := func(n int, element string) string { return strings.TrimSuffix(strings.Repeat(element+",", n), ",") }
	for name, test := range map[string]struct{ body, err string }{
		"elements":               {`{"id":1,"errors":[` + many(maxElements, `"e"`) + `]}`, ""},
		"too many elements":      {`{"id":1,"errors":[` + many(maxElements+1, `"e"`) + `]}`, "a list of more than 10000 elements"},
		"uncounted elements":     {`{"id":"a","errors":[` + many(maxCommas, `"e"`) + `]}`, "a list of more than 10000 elements"},
		"elements to be counted": {`{"id":"a","errors":[` + many(maxCommas+1, `"e"`) + `]}`, "a list of more than 10000 elements"},
		"form items":             {`{"id":1,"form":{"sections":[{"formItems":[` + many(maxElements, "1") + `]}]}}`, ""},
		"too many form items":    {`{"id":1,"form":{"sections":[{"formItems":[` + many(maxElements+1, "1") + `]}]}}`, "a list of more than 10000 elements"},
		// Those are decoded as they come.
		"uncounted form items": {`{"id":"a","form":{"sections":[{"formItems":[` + many(maxCommas, "1") + `]}]}}`, "a list of more than 10000 elements"},
		"counted form items":   {`{"id":"a","form":{"sections":[{"formItems":[` + many(maxCommas+1, "1") + `]}]}}`, "a list of more than 10000 elements"},
	} {
		if _, err := (redactor{}).decodeWorkItem([]byte(test.body)); !says(err, test.err) {
			t.Errorf("%s: got %v", name, err)
		}
		if _, err := (redactor{}).decodeWorkItems([]byte("["+test.body+"]"), false); !says(err, test.err) {
			t.Errorf("%s, in a list: got %v", name, err)
		}
	}
	const tooMany = "a page has more than 10000 rows"
	for _, test := range []struct {
		rows     int
		row, err string
	}{
		{maxRows, `{"id":1}`, ""}, {maxRows + 1, `{"id":1}`, tooMany},
		{maxCommas + 1, `{"id":"a"}`, tooMany}, {maxCommas + 2, `{"id":"a"}`, tooMany},
	} {
		if _, err := (redactor{}).decodeWorkItems([]byte("["+many(test.rows, test.row)+"]"), false); !says(err, test.err) {
			t.Errorf("%d rows: got %v", test.rows, err)
		}
	}
}

func TestInteger(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{
		"7": 7, "-7": -7, "7.0": 7, "1e3": 1000, "9007199254740992.0": 1 << 53, "-9007199254740992.0": -1 << 53,
		"9223372036854775807": math.MaxInt64,
	} {
		if got, ok := integer(in); !ok || got != want {
			t.Errorf("%s: got %d, %t", in, got, ok)
		}
	}
	for _, in := range []string{"", "x", "1.5", "9007199254740994.0", "-9007199254740994.0", "1e400", "NaN", "Inf"} {
		if got, ok := integer(in); ok {
			t.Errorf("%s: got %d", in, got)
		}
	}
}

func FuzzDecodeWorkItems(f *testing.F) {
	for _, seed := range []string{
		`[]`, `[{"id":1,"approvalItems":{"id":2}}]`, `[{"id":"a","form":{"sections":[{"formItems":7}]}}]`, `[{"id":"a","numItems":"1e5"}]`, "[{\"id\":\"\xff\"}]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		plain, err := (redactor{}).decodeWorkItems(body, false)
		raw, rawErr := (redactor{}).decodeWorkItems(body, true)
		if (err == nil) != (rawErr == nil) || len(plain) != len(raw) {
			t.Fatalf("%v and %d items, but keeping the JSON %v and %d", err, len(plain), rawErr, len(raw))
		}
		for i := range raw {
			if plain[i].ID == "" || !raw[i].Raw.IsValid() {
				t.Errorf("item %d: id %q, raw %q", i, plain[i].ID, raw[i].Raw)
			}
		}
	})
}

var nullField = regexp.MustCompile(`,?"[A-Za-z]+":null`)
