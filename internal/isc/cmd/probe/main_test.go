// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// failed runs a probe that can't learn anything, and returns its message.
func failed(t *testing.T, env environment) string {
	t.Helper()
	out, err := probe(t, env)
	if err == nil {
		t.Fatalf("the probe succeeded:\n%s", out)
	}
	if out != "" {
		t.Errorf("a report in spite of %v:\n%s", err, out)
	}
	for name, value := range env {
		if name != "SAIL_API_VERSION" && strings.Contains(err.Error(), strings.TrimPrefix(value, "http://")) {
			t.Errorf("the message holds %s: %v", name, err)
		}
	}
	return err.Error()
}

func TestRun_refusesSettings(t *testing.T) {
	t.Parallel()
	complete := environment{"SAIL_BASE_URL": "https://acme.api.identitynow.com", "SAIL_CLIENT_ID": "some-client", "SAIL_CLIENT_SECRET": "some-secret"}
	for name, c := range map[string]struct{ variable, value, message string }{
		"no address":       {"SAIL_BASE_URL", "", "SAIL_BASE_URL: base_url is missing"},
		"plain http":       {"SAIL_BASE_URL", "http://acme.example.com", "SAIL_BASE_URL: base_url must start with https://"},
		"no client id":     {"SAIL_CLIENT_ID", " ", "SAIL_CLIENT_ID: client_id is missing"},
		"no secret":        {"SAIL_CLIENT_SECRET", "", "SAIL_CLIENT_SECRET: client_secret is missing"},
		"both credentials": {"SAIL_ACCESS_TOKEN", "some-access-token", "SAIL_ACCESS_TOKEN: access_token can't be combined"},
		"unknown version":  {"SAIL_API_VERSION", "some-secret", "SAIL_API_VERSION must be one of v3,"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			env := environment{c.variable: c.value}
			for variable, value := range complete {
				if variable != c.variable {
					env[variable] = value
				}
			}
			out, err := probe(t, env)
			if err == nil || !strings.Contains(err.Error(), c.message) || out != "" || strings.Contains(err.Error(), "some-") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

func TestRun_saysWhyNothingWasLearned(t *testing.T) {
	t.Parallel()
	everything := mockisc.Fault{HTML: true, Times: -1}
	token := mockisc.Fault{Operation: mockisc.OpToken, Times: -1}
	tokenHTML, tokenMissing := token, token
	tokenHTML.HTML, tokenMissing.Status = true, http.StatusNotFound
	for name, c := range map[string]struct {
		client  mockisc.Client
		fault   mockisc.Fault
		env     []string
		message string
		atMost  int
	}{
		"wrong secret":  {env: []string{"SAIL_CLIENT_SECRET", "another-secret"}, message: "no access token: the service answered 401; check SAIL_CLIENT_ID and SAIL_CLIENT_SECRET", atMost: 1},
		"wrong token":   {env: []string{"SAIL_CLIENT_ID", "", "SAIL_CLIENT_SECRET", "", "SAIL_ACCESS_TOKEN", "another-token"}, message: "the access token is not accepted", atMost: 3},
		"web page":      {fault: tokenHTML, message: "web page; SAIL_BASE_URL must be the tenant's API", atMost: 1},
		"no such path":  {fault: tokenMissing, message: "the service answered 404; SAIL_BASE_URL must be", atMost: 1},
		"pages of HTML": {fault: everything, message: "web page; SAIL_BASE_URL must be", atMost: 7},
		"out of order":  {fault: mockisc.Fault{Status: 503, Times: -1}, message: "no list of work items can be read, so nothing was learned: the service answered 503", atMost: 7},
		"no person":     {client: mockisc.Client{ID: mockisc.DefaultClient.ID, Secret: mockisc.DefaultClient.Secret}, message: "the service answered 403; is it an API client", atMost: 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := mockisc.Config{Items: mockisc.Demo()}
			if c.client.ID != "" {
				cfg.Clients = []mockisc.Client{c.client}
			}
			served := newTenant(t, cfg)
			if c.fault.Times != 0 {
				served.AddFault(c.fault)
			}
			env := served.environment(c.env...)
			for variable, value := range env {
				if value == "" {
					delete(env, variable)
				}
			}
			if message := failed(t, env); !strings.Contains(message, c.message) {
				t.Errorf("the message: %s", message)
			}
			checkReadOnly(t, served)
			if n := len(served.Requests()); n > c.atMost {
				t.Errorf("%d requests, want at most %d", n, c.atMost)
			}
		})
	}
}

func TestRun_unreachableHostIsNotNamed(t *testing.T) {
	t.Parallel()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	message := failed(t, environment{"SAIL_BASE_URL": gone.URL, "SAIL_CLIENT_ID": "some-client", "SAIL_CLIENT_SECRET": "some-secret"})
	if message != "no access token: no connection came about, or it broke off: check SAIL_BASE_URL and the network" {
		t.Errorf("the message: %s", message)
	}
}

// TestRun_emptyTenant learns what needs no work item.
func TestRun_emptyTenant(t *testing.T) {
	t.Parallel()
	behavior := mockisc.Behavior{OverLimitStatus: 200, CountAsArray: true, ContentEncodingUTF8On4xx: true, IdentityFilterIsCaseSensitive: true}
	served := newTenant(t, mockisc.Config{Behavior: behavior})
	out := mustProbe(t, served.environment())
	if got, admin := flagsOf(t, out); got != behavior || !admin {
		t.Errorf("got %+v", got)
	}
	if !strings.Contains(out, "NO WORK ITEM") || !strings.Contains(section(t, out, "State while open"), "not seen: there is no open work item") {
		t.Errorf("the report:\n%s", out)
	}
	checkReadOnly(t, served)
	checkNamesNobody(t, served, out)
}

func TestRun_redirectsAreNotFollowed(t *testing.T) {
	t.Parallel()
	other := newTenant(t, mockisc.Config{})
	redirecting := httptest.NewServer(http.RedirectHandler(other.url, http.StatusTemporaryRedirect))
	t.Cleanup(redirecting.Close)
	for name, env := range map[string]environment{
		"token": {"SAIL_CLIENT_ID": "some-client", "SAIL_CLIENT_SECRET": "some-secret"},
		"list":  {"SAIL_ACCESS_TOKEN": "some-access-token"},
	} {
		env["SAIL_BASE_URL"] = redirecting.URL
		if message := failed(t, env); !strings.Contains(message, "the service answered 307; SAIL_BASE_URL must be") {
			t.Errorf("%s: %s", name, message)
		}
	}
	if n := len(other.Requests()); n > 0 {
		t.Errorf("%d requests followed a redirect", n)
	}
}

// TestRun_pausesAsAsked meets a service that is used by others too.
func TestRun_pausesAsAsked(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	served.AddFault(mockisc.Fault{Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"7"}}})
	served.AddFault(mockisc.Fault{Operation: mockisc.OpSummary, Status: http.StatusTooManyRequests, Header: http.Header{"Retry-After": {"1200"}}})
	waits := new(unhurried)
	var out strings.Builder
	env := served.environment()
	if err := run(t.Context(), func(name string) string { return env[name] }, waits.pacer(), &out); err != nil {
		t.Fatal(err)
	}
	if waits.count(7*time.Second) != 1 || waits.count(maxPause) != 1 {
		t.Errorf("pauses: %v", waits.pauses)
	}
	if n := len(served.Requests()); waits.count(betweenRequests) != n-1 {
		t.Errorf("%d pauses between %d requests", waits.count(betweenRequests), n)
	}
	if got, _ := flagsOf(t, out.String()); got != (mockisc.Behavior{}) {
		t.Errorf("got %+v", got)
	}
}

// TestRun_isBounded meets a service whose tokens are never accepted for long.
func TestRun_isBounded(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	served.AddFault(mockisc.Fault{Skip: 5, Times: -1, ExpireToken: true})
	mustProbe(t, served.environment())
	tokens := 0
	for _, r := range served.Requests() {
		if r.Operation == mockisc.OpToken {
			tokens++
		}
	}
	if tokens != 1+maxRenewals {
		t.Errorf("%d token requests", tokens)
	}
	checkReadOnly(t, served)
}

func TestSession_stopsAtItsLimit(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	s := newSession(target{baseURL: served.url, version: "v2024", accessToken: "some-access-token"}, new(unhurried).pacer())
	var last *answer
	for range maxRequests + 5 {
		last = s.get(t.Context(), workItems, "/count", nil)
	}
	if n := len(served.Requests()); n != maxRequests || last.failure == "" {
		t.Errorf("%d requests, and then %+v", n, last)
	}
}

// TestRun_expiredTokenIsRenewed meets a token that lives for a short time only.
func TestRun_expiredTokenIsRenewed(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	served.AddFault(mockisc.Fault{Operation: mockisc.OpGet, ExpireToken: true})
	out := mustProbe(t, served.environment())
	if text := section(t, out, "Rows of lists against the work item itself"); !strings.Contains(text, "8 work items compared") {
		t.Errorf("%s", text)
	}
	checkNamesNobody(t, served, out)
}

// TestRun_identityFromTheToken takes whose token it is from a given one.
func TestRun_identityFromTheToken(t *testing.T) {
	t.Parallel()
	token := "x." + base64.RawURLEncoding.EncodeToString([]byte(`{"identity_id":"`+mockisc.DefaultClient.IdentityID+`"}`)) + ".y"
	served := newTenant(t, mockisc.Config{Items: mockisc.Demo(), StaticTokens: map[string]string{token: mockisc.DefaultClient.ID}})
	out := mustProbe(t, environment{"SAIL_BASE_URL": served.url, "SAIL_ACCESS_TOKEN": token})
	if text := section(t, out, "A list by one's own id"); !strings.Contains(text, "9 of one's own id") {
		t.Errorf("%s", text)
	}
	if text := section(t, out, "The token reply"); !strings.Contains(text, "with the claim identity_id: yes") || !strings.Contains(text, "not seen: an access token was given") {
		t.Errorf("%s", text)
	}
	if strings.Contains(out, token) {
		t.Error("the report holds the token")
	}
	checkNamesNobody(t, served, out)
}

// TestRun_ownIDUnknown can't tell its own id, which is refused, from those of
// others, which are not.
func TestRun_ownIDUnknown(t *testing.T) {
	t.Parallel()
	served := world{behavior: mockisc.Behavior{OmitTokenIdentityID: true, OwnOwnerIDStatus: 403}}.tenant(t)
	out := mustProbe(t, served.environment())
	if got, admin := flagsOf(t, out); !admin || got != (mockisc.Behavior{OmitTokenIdentityID: true}) {
		t.Errorf("got %+v, admin %t", got, admin)
	}
	if text := section(t, out, "A list by one's own id"); !strings.Contains(text, "not seen: neither token reply nor token say whose token it is") {
		t.Errorf("%s", text)
	}
}

// TestRun_ownListInstead looks at one's own list where the other is refused.
func TestRun_ownListInstead(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	served.AddFault(mockisc.Fault{Operation: mockisc.OpList, Status: http.StatusForbidden})
	out := mustProbe(t, served.environment())
	if text := section(t, out, "State while open"); !strings.Contains(text, "null 9 of 9") {
		t.Errorf("%s", text)
	}
	if text := section(t, out, "An admin's list without ownerId"); !strings.Contains(text, "not seen: the service answered 403") {
		t.Errorf("%s", text)
	}
}

// TestReport_counts looks at what has no switch.
func TestReport_counts(t *testing.T) {
	t.Parallel()
	out := mustProbe(t, world{}.tenant(t).environment())
	for title, want := range map[string]string{
		"Applications with the suffix [source]": "approval items: 4 of 11, remediation items: 0 of 2",
		"Operations of approval items":          "Add 7 of 11, Create 3 of 11, Remove 1 of 11",
		"What may be missing":                   "requesterId 8 of 14, ownerId 1 of 14, name 0 of 14",
		"X-Total-Count":                         "with count=true: 8 of 8, not below the rows of the page: 8",
		"An offset just past the end":           "200 with 0 rows",
		"Unknown query parameters":              "yes",
		"Order of a list":                       "oldest first: yes, newest first: no",
		"Ids":                                   "completed work items: 32 hex digits 2 of 2",
		"Times":                                 "so 18 of 18",
		"Content-Type without Accept":           "JSON all the same: no",
		"Forms and item counts":                 "forms: 1 of 1",
		"Refusals":                              "of 2: detailCode 2, trackingId 2, SLPT-Request-ID 0",
		"A list by one's own id":                "9 of one's own id, 0 of another id",
	} {
		if text := section(t, out, title); !strings.Contains(text, want) {
			t.Errorf("%s: want %q in\n%s", title, want, text)
		}
	}
}

// TestFailureOf_namesNoHost has what net/http reports, host included.
func TestFailureOf_namesNoHost(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"the host of SAIL_BASE_URL is not known":                                         &net.DNSError{Err: "no such host", Name: "acme.example.com"},
		"the certificate of SAIL_BASE_URL is not trusted":                                &tls.CertificateVerificationError{Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "acme.example.com"}},
		"no answer within the time":                                                      context.DeadlineExceeded,
		"the probe was stopped":                                                          context.Canceled,
		"no connection came about, or it broke off: check SAIL_BASE_URL and the network": errors.New("acme.example.com: connection refused"),
	} {
		if got := failureOf(&url.Error{Op: "Get", URL: "https://acme.example.com", Err: err}); got != want {
			t.Errorf("%v: %s", err, got)
		}
	}
}

// TestRun_goneService stops trying when the service has gone away.
func TestRun_goneService(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	served.AddFault(mockisc.Fault{Skip: 5, Times: -1, After: func(*mockisc.Server) { panic(http.ErrAbortHandler) }})
	out := mustProbe(t, served.environment())
	if text := section(t, out, "Looking people up"); !strings.Contains(text, "not seen: the service has stopped answering") {
		t.Errorf("%s", text)
	}
	if n := len(served.Requests()); n > 15 {
		t.Errorf("%d requests", n)
	}
	checkNamesNobody(t, served, out)
}
