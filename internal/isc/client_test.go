// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"compress/gzip"
	"context"
	"errors"
	"io"
	"math"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestCheckBaseURL(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]string{
		"https://acme.api.identitynow.com":        "",
		"https://acme.api.identitynow.com/":       "",
		"HTTPS://acme.api.identitynow.com:8443":   "",
		"http://localhost:8765":                   "",
		"http://127.0.0.1:1":                      "",
		"http://127.9.8.7":                        "",
		"http://[::1]:8765/":                      "",
		"":                                        "is missing",
		"acme.api.identitynow.com":                "full URL",
		"acme":                                    "full URL",
		"https://":                                "full URL",
		"https:acme.com":                          "full URL",
		"ftp://acme.com":                          "full URL",
		"http://acme.api.identitynow.com":         "must start with https://",
		"http://10.0.0.1":                         "must start with https://",
		"http://localhost.evil.example":           "must start with https://",
		"http://127.0.0.1.evil.example":           "must start with https://",
		"https://acme.com/v2024":                  "must not have a path",
		"https://acme.com//":                      "must not have a path",
		"https://acme.com?x=1":                    "query",
		"https://acme.com/?":                      "query",
		"https://acme.com/#":                      "fragment",
		"https://acme.com/#top":                   "fragment",
		"https://user:hunter2@acme.com":           "user name",
		"https://acme.com\n":                      "not a URL",
		"https://u:hunter2@acme.com:port":         "not a URL",
		" https://acme.api.identitynow.com":       "not a URL",
		"https://acme.api.identitynow.com:99 99/": "not a URL",
		"https://acme.api.identitynow.com/%zz":    "not a URL",
		"https://\u0430cme.com":                   "plain letters",
		"https://exa\u200bmple.com":               "plain letters",
		"https://acme.com;x":                      "plain letters",
		"https://acme.com.":                       "",
	} {
		err := CheckBaseURL(url)
		if want == "" {
			if err != nil {
				t.Errorf("%q: %v", url, err)
			}
			continue
		}
		var configErr *ConfigError
		if !errors.As(err, &configErr) || configErr.Field != "base_url" || !strings.Contains(configErr.Message, want) {
			t.Errorf("%q: got %v, want a refusal with %q", url, err, want)
		} else if strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: the password is in the message %q", url, err)
		}
	}
}

func TestNew_namesTheSettingThatIsWrong(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		change func(*Config)
		field  string
	}{
		"fine":               {func(*Config) {}, ""},
		"static token":       {func(c *Config) { c.ClientID, c.ClientSecret, c.AccessToken = "", "", "abc.def.ghi" }, ""},
		"v1":                 {func(c *Config) { c.APIVersion = "v1" }, ""},
		"base url":           {func(c *Config) { c.BaseURL = "x" }, "base_url"},
		"version":            {func(c *Config) { c.APIVersion = "beta" }, "api_version"},
		"no id":              {func(c *Config) { c.ClientID = "" }, "client_id"},
		"no secret":          {func(c *Config) { c.ClientSecret = "" }, "client_secret"},
		"both":               {func(c *Config) { c.AccessToken = "abc-token" }, "access_token"},
		"short token":        {func(c *Config) { c.ClientID, c.ClientSecret, c.AccessToken = "", "", "1234567" }, "access_token"},
		"short secret":       {func(c *Config) { c.ClientSecret = "1234567" }, "client_secret"},
		"long enough token":  {func(c *Config) { c.ClientID, c.ClientSecret, c.AccessToken = "", "", "12345678" }, ""},
		"long enough secret": {func(c *Config) { c.ClientSecret = "12345678" }, ""},
		"token with a line":  {func(c *Config) { c.ClientID, c.ClientSecret, c.AccessToken = "", "", "abc\n" }, "access_token"},
		"negative rate":      {func(c *Config) { c.RequestsPerSecond = -1 }, "max_requests_per_second"},
		"rate not a number":  {func(c *Config) { c.RequestsPerSecond = math.NaN() }, "max_requests_per_second"},
		"infinite rate":      {func(c *Config) { c.RequestsPerSecond = math.Inf(1) }, "max_requests_per_second"},
		"negative retries":   {func(c *Config) { c.MaxRetries = -1 }, "max_retries"},
		"negative timeout":   {func(c *Config) { c.RequestTimeout = -time.Second }, "request_timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			config := Config{BaseURL: "https://acme.api.identitynow.com", ClientID: "id", ClientSecret: testSecret}
			test.change(&config)
			_, err := New(config)
			var configErr *ConfigError
			switch {
			case test.field == "" && err != nil:
				t.Errorf("got error %v", err)
			case test.field != "" && (!errors.As(err, &configErr) || configErr.Field != test.field || !strings.HasPrefix(configErr.Message, test.field)):
				t.Errorf("got %#v, want an error about %s", err, test.field)
			}
			if err != nil && strings.Contains(err.Error(), testSecret) {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
}

func TestNew_defaults(t *testing.T) {
	t.Parallel()
	c, err := New(Config{BaseURL: "https://acme.api.identitynow.com/", AccessToken: "abc-token", MaxRetries: 7})
	if err != nil {
		t.Fatal(err)
	}
	if got := c.url(request{path: c.path("a b")}); got != "https://acme.api.identitynow.com/v2024/work-items/a%20b" {
		t.Errorf("URL %s", got)
	}
	if c.RequestTimeout() != 30*time.Second || c.MaxRetries() != 7 || c.limiter.window != 90 || c.limiter.length != 10*time.Second {
		t.Errorf("timeout %s, retries %d, %d requests in %s", c.RequestTimeout(), c.MaxRetries(), c.limiter.window, c.limiter.length)
	}
	for range 50 {
		if first, last := c.backoff(1), c.backoff(99); first < 250*time.Millisecond || first > 500*time.Millisecond || last < 10*time.Second || last > 20*time.Second {
			t.Errorf("backoff %s and %s", first, last)
		}
	}
	if id, err := c.IdentityID(t.Context()); c.RenewsToken() || id != "" || err != nil {
		t.Error("a static token can't be renewed and names nobody")
	}
}

func TestTransport_isSafe(t *testing.T) {
	t.Parallel()
	transport := newTransport()
	if transport.TLSClientConfig.InsecureSkipVerify || transport.TLSClientConfig.MinVersion < 0x0303 {
		t.Error("certificates must be verified, with TLS 1.2 at least")
	}
	if p := transport.Protocols; p.HTTP2() || p.UnencryptedHTTP2() || !p.HTTP1() {
		t.Errorf("protocols %v: only HTTP/1 never repeats a POST", p)
	}
	if transport.IdleConnTimeout <= 0 || transport.IdleConnTimeout > 4*time.Second {
		t.Errorf("connections are kept for %s, and some servers close theirs after five", transport.IdleConnTimeout)
	}
	if transport.TLSHandshakeTimeout != 15*time.Second || transport.MaxIdleConnsPerHost < pagesAtOnce {
		t.Errorf("%s for a handshake, %d idle connections for %d pages at once", transport.TLSHandshakeTimeout, transport.MaxIdleConnsPerHost, pagesAtOnce)
	}
	if transport.Proxy == nil {
		t.Error("the environment's proxy must be used")
	}
}

func TestCheckID(t *testing.T) {
	t.Parallel()
	for _, id := range []string{testID, "a", "a.b", "A-1_2~3", "a:b@c;d,e", strings.Repeat("x", 256)} {
		if err := CheckID("id", id); err != nil {
			t.Errorf("%q: %v", id, err)
		}
	}
	for _, id := range []string{
		"", ".", "..", "a..b", "a/b", `a\b`, "a?b", "a#b", "a%2fb", "a\nb", "a\x00b", "\x7f", "a\u0085b", " a", "a ", "\u00a0a",
		"a\xffb", "a b", "Ä", "ad\u200bmin", strings.Repeat("x", 257), "Completed", "COUNT", "completed", "count", "summary", "bulk-approve", "bulk-reject",
	} {
		err := CheckID("work item id", id)
		if !errors.Is(err, ErrInvalidID) {
			t.Errorf("%q: got %v", id, err)
		} else if !strings.Contains(err.Error(), "work item id") {
			t.Errorf("%q: the message %q doesn't name the kind", id, err)
		}
	}
}

func TestOperations_refuseBadIDsBeforeAnyRequest(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	c := s.client()
	const bad = "../x"
	ctx := t.Context()
	for name, err := range map[string]error{
		"list":             first(c.ListWorkItems(ctx, OwnedBy(bad))),
		"list completed":   first(c.ListCompletedWorkItems(ctx, OwnedBy(bad))),
		"count":            second(c.CountWorkItems(ctx, OwnedBy(bad))),
		"count completed":  second(c.CountCompletedWorkItems(ctx, OwnedBy(bad))),
		"summary":          second(c.GetWorkItemsSummary(ctx, OwnedBy(bad))),
		"get":              second(c.GetWorkItem(ctx, bad)),
		"get in clear":     second(c.GetWorkItemInClear(ctx, bad)),
		"find":             second(c.Find(ctx, bad)),
		"find listed":      second(c.FindListed(ctx, bad)),
		"guard":            func() error { _, _, err := c.Guard(ctx, bad, false); return err }(),
		"find after":       second(c.FindAfterAct(ctx, bad)),
		"approve":          second(c.ApproveApprovalItem(ctx, bad, testItemID)),
		"approve item":     second(c.ApproveApprovalItem(ctx, testID, bad)),
		"reject":           second(c.RejectApprovalItem(ctx, bad, testItemID)),
		"bulk approve":     second(c.BulkApprove(ctx, bad)),
		"bulk reject":      second(c.BulkReject(ctx, bad)),
		"complete":         second(c.CompleteWorkItem(ctx, bad)),
		"submit":           second(c.SubmitAccountSelection(ctx, bad, []byte(`{}`))),
		"forward":          second(c.ForwardWorkItem(ctx, bad, Forward{TargetOwnerID: testOwner})),
		"forward to":       second(c.ForwardWorkItem(ctx, testID, Forward{TargetOwnerID: bad})),
		"forward to noone": second(c.ForwardWorkItem(ctx, testID, Forward{})),
		"snapshot":         second(c.Snapshot(ctx, Query{Status: StatusOpen, OwnerIDs: []string{bad}})),
	} {
		if !errors.Is(err, ErrInvalidID) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(s.requests()) + len(s.tokenRequests()); n != 0 {
		t.Errorf("%d requests were sent", n)
	}
}

// first drains a list and returns its error.
func first(items func(func(WorkItem, error) bool)) (err error) {
	for _, e := range items {
		if e != nil {
			err = e
		}
	}
	return err
}

func second[T any](_ T, err error) error { return err }

func TestLog_tellsOfEachAttemptAndNoSecret(t *testing.T) {
	t.Parallel()
	s := newService(t, answers(answer(503, "", "Connection: close"), drop, okItem))
	var mu sync.Mutex
	var lines []map[string]any
	c := s.client(func(config *Config) {
		config.Log = func(_ context.Context, _ string, fields map[string]any) {
			mu.Lock()
			defer mu.Unlock()
			lines = append(lines, fields)
		}
	})
	if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
		t.Fatal(err)
	}
	path := "/v2024/work-items/" + testID
	want := []map[string]any{
		{"method": "POST", "path": "/oauth/token", "status": 200, "attempt": 1},
		{"method": "GET", "path": path, "status": 503, "attempt": 1},
		{"method": "GET", "path": path, "error": "EOF", "attempt": 2},
		{"method": "GET", "path": path, "status": 200, "attempt": 3},
	}
	if len(lines) != len(want) {
		t.Fatalf("got %v", lines)
	}
	for i, fields := range lines {
		if _, ok := fields["duration"].(string); !ok {
			t.Errorf("line %d has no duration", i)
		}
		delete(fields, "duration")
		if len(fields) != len(want[i]) {
			t.Errorf("line %d: got %v, want %v", i, fields, want[i])
		}
		for key, value := range want[i] {
			if fields[key] != value {
				t.Errorf("line %d, %s: got %v, want %v", i, key, fields[key], value)
			}
		}
	}
}

func TestDeprecated_isRemembered(t *testing.T) {
	t.Parallel()
	s := newService(t, answers(okItem, answer(200, `{"id":"`+testID+`"}`, "X-Deprecated: true"), okItem))
	c := s.client()
	for i, want := range []bool{false, true, true} {
		if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
		if c.Deprecated() != want {
			t.Errorf("after request %d: %v", i+1, c.Deprecated())
		}
	}
}

func TestGet_acceptsCompressedAndOddlyLabelledAnswers(t *testing.T) {
	t.Parallel()
	for name, handle := range map[string]http.HandlerFunc{
		"wrong type":     answer(200, `{"id":"`+testID+`"}`, "Content-Type: application/octet-stream"),
		"utf-8 encoding": answer(200, `{"id":"`+testID+`"}`, "Content-Encoding: UTF-8"),
		"gzip":           gzipped(`{"id":"` + testID + `"}`),
		"white space":    answer(200, "  \n{\"id\":\""+testID+"\"}\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi, err := newService(t, handle).client().GetWorkItem(t.Context(), testID)
			if err != nil || wi.ID != testID {
				t.Errorf("got %v, %v", wi, err)
			}
		})
	}
}

func gzipped(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Accept-Encoding") != "gzip" {
			http.Error(w, "gzip is not accepted", http.StatusNotAcceptable)
			return
		}
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		defer z.Close()
		io.WriteString(z, body)
	}
}
