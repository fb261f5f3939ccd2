// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestToken_isRequestedInTheBodyAndShared(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	c := s.client()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	tokens := s.tokenRequests()
	if len(tokens) != 1 {
		t.Fatalf("%d token requests", len(tokens))
	}
	r := tokens[0]
	form, err := url.ParseQuery(r.body)
	if err != nil || r.String() != "POST /oauth/token" || form.Get("grant_type") != "client_credentials" ||
		form.Get("client_id") != "client-id" || form.Get("client_secret") != testSecret {
		t.Errorf("got %s with %s", r, r.body)
	}
	if r.header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.header.Get("Authorization") != "" || r.header.Get("User-Agent") == "" {
		t.Errorf("headers %v", r.header)
	}
	if id, err := c.IdentityID(t.Context()); id != "caller-id" || err != nil || !c.RenewsToken() {
		t.Errorf("identity %q, %v, renews %v", id, err, c.RenewsToken())
	}
	if got, want := c.Secrets(), []string{testSecret, "s3cr3t%2Bvalue%2Fwith%3Dsigns", "s3cr3t%2bvalue%2fwith%3dsigns", testToken}; !slices.Equal(got, want) {
		t.Errorf("secrets %q, want %q", got, want)
	}
}

func TestToken_rejectedIsRenewedOnceForAll(t *testing.T) {
	t.Parallel()
	const readers = 12
	var arrived, rejected atomic.Int32
	var once sync.Once
	all, renewed := make(chan struct{}), make(chan struct{})
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") == "Bearer "+testToken {
			// All of them use the token before the first is rejected, and half
			// of them hear of it only when it has been replaced.
			if arrived.Add(1) == readers {
				close(all)
			}
			<-all
			if rejected.Add(1) > readers/2 {
				<-renewed
			}
			answer(401, `{"error":"JWT expired"}`)(w, r)
			return
		}
		if r.Header.Get("Authorization") == "Bearer token-no-2" {
			once.Do(func() { close(renewed) })
		}
		okItem(w, r)
	})
	c := s.client()
	var wg sync.WaitGroup
	for range readers {
		wg.Go(func() {
			if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := len(s.tokenRequests()); n != 2 {
		t.Errorf("%d token requests", n)
	}
	if n := len(s.requests()); n != 2*readers {
		t.Errorf("%d requests", n)
	}
	if got := c.Secrets(); !slices.Contains(got, "token-no-1") || !slices.Contains(got, "token-no-2") {
		t.Errorf("secrets %q", got)
	}
}

func TestToken_rejectedTwiceIsAnError(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(401, `{"error":"no"}`))
	_, err := s.client().GetWorkItem(t.Context(), testID)
	if !errors.Is(err, ErrUnauthorized) || len(s.tokenRequests()) != 2 || len(s.requests()) != 2 {
		t.Errorf("got %v after %d token requests and %d requests", err, len(s.tokenRequests()), len(s.requests()))
	}
}

func TestToken_staticRejectedSaysSo(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(401, `{"error":"JWT expired, was static-token"}`))
	c := s.client(func(config *Config) {
		config.ClientID, config.ClientSecret, config.AccessToken = "", "", "static-token"
	})
	want := " /v2024/work-items/" + testID + ": status 401 Unauthorized: JWT expired, was ***; " +
		"the access_token was rejected; it may have expired, and a static one can't be renewed"
	_, err := c.GetWorkItem(t.Context(), testID)
	if err == nil || err.Error() != "GET"+want || !errors.Is(err, ErrUnauthorized) {
		t.Errorf("got %v", err)
	}
	_, err = c.CompleteWorkItem(t.Context(), testID)
	if err == nil || err.Error() != "POST"+want {
		t.Errorf("got %v", err)
	}
	if len(s.tokenRequests()) != 0 || len(s.requests()) != 2 || s.requests()[0].header.Get("Authorization") != "Bearer static-token" {
		t.Errorf("got %v", s.requests())
	}
	if got := c.Secrets(); !slices.Equal(got, []string{"static-token"}) {
		t.Errorf("secrets %q", got)
	}
}

func TestToken_isRenewedShortlyBeforeItExpires(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply       string
		lives, dies time.Duration
	}{
		"749 s":      {`{"access_token":"a","expires_in":749}`, 718 * time.Second, 720 * time.Second},
		"10 s":       {`{"access_token":"a","expires_in":"10"}`, 8900 * time.Millisecond, 9100 * time.Millisecond},
		"unknown":    {`{"access_token":"a"}`, 1000 * time.Hour, 0},
		"zero":       {`{"access_token":"a","expires_in":0}`, 1000 * time.Hour, 0},
		"astronomic": {`{"access_token":"a","expires_in":9223372036854775807}`, 1000 * time.Hour, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, okItem)
				s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { answer(200, test.reply)(w, r) }
				c := s.client()
				read := func(want int) {
					t.Helper()
					if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
						t.Fatal(err)
					}
					if n := len(s.tokenRequests()); n != want {
						t.Errorf("%d token requests, want %d", n, want)
					}
				}
				read(1)
				time.Sleep(test.lives)
				read(1)
				if test.dies > 0 {
					time.Sleep(test.dies - test.lives)
					read(2)
				}
			})
		})
	}
}

func TestToken_requestIsRetriedLikeARead(t *testing.T) {
	t.Parallel()
	for name, bad := range map[string]http.HandlerFunc{
		"429": answer(429, "", "Retry-After: 0"), "500": answer(500, ""), "502": answer(502, "<html>"), "503": answer(503, ""), "504": answer(504, ""),
		"dropped": drop, "truncated": answer(200, `{"access_token":`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, okItem)
			s.grant = func(w http.ResponseWriter, r *http.Request, n int) {
				if n < 3 {
					bad(w, r)
					return
				}
				answer(200, `{"access_token":"good","expires_in":99}`)(w, r)
			}
			if _, err := s.client().CompleteWorkItem(t.Context(), testID); err != nil {
				t.Error(err)
			}
			if n := len(s.tokenRequests()); n != 3 {
				t.Errorf("%d token requests", n)
			}
		})
	}
}

func TestToken_requestThatFailsForGood(t *testing.T) {
	t.Parallel()
	const get = "GET /v2024/work-items/" + testID + ": no access token: POST /oauth/token: "
	for name, test := range map[string]struct {
		grant    http.HandlerFunc
		requests int
		want     string
	}{
		"rejected":   {answer(400, `{"error":"invalid_request"}`), 1, get + "status 400 Bad Request: invalid_request"},
		"redirected": {answer(307, "", "Location: https://evil.example/oauth/token"), 1, get + "status 307 Temporary Redirect: the redirect to evil.example was not followed"},
		"exhausted":  {answer(503, ""), 4, get + "status 503 Service Unavailable (after 4 attempts)"},
		"no token":   {answer(200, `{"token_type":"bearer"}`), 1, get + "unusable answer: the answer has no usable access_token"},
		"odd token":  {answer(200, `{"access_token":"a\nb"}`), 1, get + "unusable answer: the answer has no usable access_token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, okItem)
			s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { test.grant(w, r) }
			_, err := s.client().GetWorkItem(t.Context(), testID)
			if err == nil || err.Error() != test.want {
				t.Errorf("got  %v\nwant %s", err, test.want)
			}
			if n := len(s.tokenRequests()); n != test.requests || len(s.requests()) != 0 {
				t.Errorf("%d token requests, %d others", n, len(s.requests()))
			}
		})
	}
}

func TestToken_fetchOutlivesTheOneWhoStartedIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, _ int) {
			time.Sleep(3 * time.Second)
			answer(200, `{"access_token":"good"}`)(w, r)
		}
		c := s.client()
		leader, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.GetWorkItem(leader, testID); !errors.Is(err, context.Canceled) {
				t.Errorf("leader: %v", err)
			}
		})
		time.Sleep(time.Second)
		wg.Go(func() {
			if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
				t.Errorf("follower: %v", err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()
		if n := len(s.tokenRequests()); n != 1 {
			t.Errorf("%d token requests", n)
		}
	})
}

// TestToken_shortIsNotMasked: that would mangle messages.
func TestToken_shortIsNotMasked(t *testing.T) {
	t.Parallel()
	for token, masked := range map[string]bool{"1234567": false, "12345678": true} {
		s := newService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { answer(200, `{"access_token":"`+token+`"}`)(w, r) }
		c := s.client()
		if _, err := c.GetWorkItem(t.Context(), testID); err != nil || slices.Contains(c.Secrets(), token) != masked {
			t.Errorf("%s: secrets %q, %v", token, c.Secrets(), err)
		}
	}
}

func TestUsableToken(t *testing.T) {
	t.Parallel()
	for token, want := range map[string]bool{"!": true, "~": true, "a.b-c": true, "": false, " ": false, "a b": false, "\x7f": false, "ä": false} {
		if got := usableToken(token); got != want {
			t.Errorf("%q: %t", token, got)
		}
	}
}

func TestClaimedIdentity(t *testing.T) {
	t.Parallel()
	good := jwt(`{"identity_id":"me"}`)
	for name, test := range map[string]struct{ token, want string }{
		"JWT":           {good, "me"},
		"padded":        {strings.Replace(good, ".c2", "==.c2", 1), "me"},
		"opaque":        {"opaque-token", ""},
		"two parts":     {strings.TrimSuffix(good, ".c2lnbmF0dXJl"), ""},
		"four parts":    {good + ".x", ""},
		"not base64":    {"a.!.c", ""},
		"not JSON":      {jwt("me"), ""},
		"no such claim": {jwt(`{}`), ""},
	} {
		if got := claimedIdentity(test.token); got != test.want {
			t.Errorf("%s: got %q", name, got)
		}
	}
}

func TestErrors_neverHoldASecret(t *testing.T) {
	t.Parallel()
	// A server that repeats all it got.
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		answer(400, `{"detailCode":"`+r.Header.Get("Authorization")+`","error":"`+r.Header.Get("Authorization")+`"}`)(w, r)
	})
	_, err := s.client().GetWorkItem(t.Context(), testID)
	s.grant = func(w http.ResponseWriter, r *http.Request, _ int) {
		answer(400, s.tokenRequests()[0].body+" "+testSecret)(w, r)
	}
	_, tokenErr := s.client().GetWorkItem(t.Context(), testID)
	for _, err := range []error{err, tokenErr} {
		text := err.Error()
		if !strings.Contains(text, "***") {
			t.Errorf("nothing was masked in %q, so the test proves nothing", text)
		}
		for _, secret := range []string{testSecret, "s3cr3t%2Bvalue%2Fwith%3Dsigns", "s3cr3t%2bvalue%2fwith%3dsigns", testToken} {
			if strings.Contains(text, secret) {
				t.Errorf("%q holds a secret", text)
			}
		}
	}
}

// TestToken_noTokenNoVerdict: what goes wrong with the token request says nothing
// about the work item.
func TestToken_noTokenNoVerdict(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 401, 403, 404, 429, 500} {
		s := newService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, _ int) {
			answer(status, `{"error":"no"}`, "Retry-After: 0")(w, r)
		}
		c := s.client(func(config *Config) { config.MaxRetries = 0 })
		ctx := t.Context()
		for operation, err := range map[string]error{
			"get": second(c.GetWorkItem(ctx, testID)), "find": second(c.Find(ctx, testID)), "list": first(c.ListWorkItems(ctx, Own)),
			"count": second(c.CountWorkItems(ctx, Own)), "forward": second(c.ForwardWorkItem(ctx, testID, Forward{TargetOwnerID: testOwner})),
		} {
			var noToken *TokenError
			if !errors.As(err, &noToken) || noToken.Refused != slices.Contains([]int{400, 401, 403}, status) {
				t.Errorf("%d, %s: got %v", status, operation, err)
			}
			for _, verdict := range []error{ErrNotFound, ErrForbidden, ErrUnauthorized, ErrRateLimited} {
				if errors.Is(err, verdict) {
					t.Errorf("%d, %s: %v is taken for %v", status, operation, err, verdict)
				}
			}
			if apiErr := new(*APIError); errors.As(err, apiErr) {
				t.Errorf("%d, %s: %v is taken for an answer about the work item", status, operation, err)
			}
		}
		if len(s.requests()) != 0 {
			t.Errorf("%d: got %v", status, s.requests())
		}
	}
}

// TestToken_refusedCredentialsAreTriedOnce: trying on gets accounts locked.
func TestToken_refusedCredentialsAreTriedOnce(t *testing.T) {
	t.Parallel()
	for status, tries := range map[int]int{400: 1, 401: 1, 403: 1, 404: 80, 503: 80} {
		s := newService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { answer(status, "")(w, r) }
		c := s.client(func(config *Config) { config.MaxRetries = 0 })
		for range 40 {
			if second(c.GetWorkItem(t.Context(), testID)) == nil || second(c.CompleteWorkItem(t.Context(), testID)) == nil {
				t.Error("there was a token")
			}
		}
		if n := len(s.tokenRequests()); n != tries {
			t.Errorf("%d: %d token requests, want %d", status, n, tries)
		}
	}
}

// TestToken_twoFreshOnesRefusedIsFinal: a service that rejects every token won't
// accept the next one either.
func TestToken_twoFreshOnesRefusedIsFinal(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(401, `{"error":"no"}`))
	c := s.client()
	var noToken *TokenError
	for i := range 40 {
		err := second(c.GetWorkItem(t.Context(), testID))
		if i == 0 && !errors.Is(err, ErrUnauthorized) || i > 0 && (!errors.As(err, &noToken) || !noToken.Refused) {
			t.Errorf("read %d: %v", i, err)
		}
	}
	if len(s.tokenRequests()) != 2 || len(s.requests()) != 2 {
		t.Errorf("%d token requests, %d others", len(s.tokenRequests()), len(s.requests()))
	}

	// Tokens that were accepted may expire as often as they like.
	var n atomic.Int32
	s = newService(t, func(w http.ResponseWriter, r *http.Request) {
		if n.Add(1)%2 == 0 {
			answer(401, "")(w, r)
			return
		}
		okItem(w, r)
	})
	c = s.client()
	for range 10 {
		if err := second(c.GetWorkItem(t.Context(), testID)); err != nil {
			t.Error(err)
		}
	}
}

// TestToken_ofFifteenSecondsIsUsedForMostOfThem and is not fetched for ever.
func TestToken_ofFifteenSecondsIsUsedForMostOfThem(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, n int) {
			answer(200, fmt.Sprintf(`{"access_token":"short-%d","expires_in":15}`, n))(w, r)
		}
		c := s.client()
		for range 30 {
			if err := second(c.GetWorkItem(t.Context(), testID)); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
		}
		if n := len(s.tokenRequests()); n != 3 {
			t.Errorf("%d tokens in 30 s", n)
		}
	})
}

// TestBaseURL_ofTheUserInterfaceIsTold from an answer that is no API's.
func TestBaseURL_ofTheUserInterfaceIsTold(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]string{
		"acme.identitynow.com": "https://acme.api.identitynow.com", "acme.identitynow-demo.com": "https://acme.api.identitynow-demo.com",
		"acme.saas.sailpoint.com": "https://acme.api.saas.sailpoint.com", "acme.saas.sailpointfedramp.com": "https://acme.api.saas.sailpointfedramp.com",
		"ACME.identitynow.com.": "https://acme.api.identitynow.com", "acme.api.identitynow.com": "", "login.acme.com": "", "identitynow.com": "", "[::": "",
	} {
		if got := likelyBaseURL("https://" + host); got != want {
			t.Errorf("%s: got %q, want %q", host, got, want)
		}
	}
	for name, grant := range map[string]http.HandlerFunc{
		"page": answer(200, "<!DOCTYPE html><title>Sign in</title>"), "redirect": answer(302, "", "Location: /login"),
		"not found": answer(404, "<html>"), "not allowed": answer(405, ""),
	} {
		s := newService(t, okItem)
		s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { grant(w, r) }
		var noToken *TokenError
		var wrong *BaseURLError
		err := second(s.client().GetWorkItem(t.Context(), testID))
		if !errors.As(err, &noToken) || !errors.As(noToken.Err, &wrong) || wrong.BaseURL != s.baseURL || len(s.tokenRequests()) != 1 {
			t.Errorf("%s: got %v after %d requests", name, err, len(s.tokenRequests()))
		}
	}
	// A page of a service that has answered before is a gateway's.
	s := newService(t, answers(okItem, answer(200, "<html>"), okItem))
	c := s.client()
	for range 2 {
		if err := second(c.GetWorkItem(t.Context(), testID)); err != nil {
			t.Error(err)
		}
	}
}
