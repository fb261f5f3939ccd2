// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"net/http"
	"net/netip"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// FuzzDecodeWorkItem checks that whatever is taken for a work item is fit for
// Terraform's protocol, that being in a list makes no difference, and that
// nothing is lost or made up when it is written and read again.
func FuzzDecodeWorkItem(f *testing.F) {
	for _, seed := range []string{
		`{"id":"a"}`, `{"id":1,"approvalItems":{"id":2,"state":true}}`, `{"id":"a","form":{"sections":[{"formItems":[7,{"b":[]}]}]}}`,
		"{\"id\":\"a\",\"name\":{\"\xff\":1}}", `{"id":"a","errors":[[],"x",null,3]}`, `{"id":"a","numItems":"1e5"}`, `{"id":"a","numItems":1e400}`,
		`{"ID":"a","Name":"b"}`, "{\"id\":\"a\",\"form\":{\"sections\":[{\"formItems\":[\"\xff\"]}]}}", `{"id":"a","approvalItems":[{},null,{"id":""}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		wi, err := (redactor{}).decodeWorkItem(body)
		listed, listErr := (redactor{}).decodeWorkItems(append(append([]byte{'['}, body...), ']'), false)
		if err != nil {
			if utf8.ValidString(err.Error()) && len(err.Error()) < 10*maxText {
				return
			}
			t.Fatalf("the error is %q", err)
		}
		if wi.ID == "" {
			t.Error("there is no id")
		}
		if listErr != nil || len(listed) != 1 || !reflect.DeepEqual(listed[0], *wi) {
			t.Fatalf("alone %+v, in a list %+v, %v", wi, listed, listErr)
		}
		checkTexts(t, reflect.ValueOf(*wi))
		written, err := json.Marshal(wi)
		if err != nil {
			t.Fatal(err)
		}
		again, err := (redactor{}).decodeWorkItem(written)
		if err != nil {
			t.Fatalf("%s can't be read again: %v", written, err)
		}
		if rewritten, err := json.Marshal(again); err != nil || string(rewritten) != string(written) {
			t.Errorf("written %s, read and written again %s, %v", written, rewritten, err)
		}
	})
}

// checkTexts fails unless all strings within v are valid UTF-8, and all raw
// JSON valid.
func checkTexts(t *testing.T, v reflect.Value) {
	t.Helper()
	switch {
	case v.Type() == reflect.TypeFor[jsontext.Value]():
		if !v.IsNil() && !jsontext.Value(v.Bytes()).IsValid() {
			t.Errorf("invalid JSON %q", v.Bytes())
		}
	case v.Kind() == reflect.String:
		if !utf8.ValidString(v.String()) {
			t.Errorf("broken UTF-8 %q", v.String())
		}
	case v.Kind() == reflect.Pointer && !v.IsNil():
		checkTexts(t, v.Elem())
	case v.Kind() == reflect.Slice:
		for i := range v.Len() {
			checkTexts(t, v.Index(i))
		}
	case v.Kind() == reflect.Struct:
		for _, field := range v.Fields() {
			checkTexts(t, field)
		}
	}
}

// FuzzBaseURL checks that a base URL which is accepted leads where it says, and
// that nobody can listen in.
func FuzzBaseURL(f *testing.F) {
	for _, seed := range []string{
		"https://acme.api.identitynow.com", "HTTPS://acme.com:8443/", "http://localhost:8765", "http://[::1]:1/", "http://127.0.0.1.evil.example",
		"https://acme.com//", "https://acme.com/?", "https://u:p@acme.com", "https://acme.com:", "https://ac%20me.com", "https://[fe80::1%25eth0]",
		"http://[::ffff:127.0.0.1]", "http://0x7f.1", "http://127.1", "https://acme.com\\@evil.example", "https://ÄCME.com", "http://localhost#@evil.example",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, base string) {
		refused := CheckBaseURL(base)
		c, err := New(Config{BaseURL: base, AccessToken: "abc-token"})
		if (refused == nil) != (err == nil) {
			t.Fatalf("the check says %v, the client %v", refused, err)
		}
		if err != nil {
			return
		}
		asked, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.url(request{path: c.path("a b"), query: url.Values{"x": {"y"}}}), nil)
		if err != nil {
			t.Fatalf("an accepted base URL makes no request: %v", err)
		}
		u := req.URL
		if u.Scheme != asked.Scheme || u.Host != strings.TrimSuffix(asked.Host, ":") || u.User != nil || u.Opaque != "" ||
			u.EscapedPath() != "/v2024/work-items/a%20b" || u.RawQuery != "x=y" || u.Fragment != "" {
			t.Errorf("%q leads to %q", base, u)
		}
		if u.Scheme == "http" {
			ip, err := netip.ParseAddr(u.Hostname())
			if !strings.EqualFold(u.Hostname(), "localhost") && (err != nil || !ip.Unmap().IsLoopback()) {
				t.Errorf("%q sends credentials in the clear to %q", base, u.Hostname())
			}
		} else if u.Scheme != "https" {
			t.Errorf("scheme %q", u.Scheme)
		}
	})
}
