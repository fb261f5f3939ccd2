// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestRead_isRepeatedWhereThatMayHelp(t *testing.T) {
	t.Parallel()
	// A fresh connection each time, as net/http itself repeats reads on old ones.
	const fresh = "Connection: close"
	for name, test := range map[string]struct {
		bad   http.HandlerFunc
		again bool
	}{
		"429":        {answer(429, "", fresh, "Retry-After: 0"), true},
		"500":        {answer(500, "", fresh), true},
		"502":        {answer(502, "", fresh), true},
		"503":        {answer(503, "", fresh), true},
		"504":        {answer(504, "", fresh), true},
		"html":       {answer(200, "<html>", fresh), true},
		"truncated":  {answer(200, `{"id":"`, fresh), true},
		"empty":      {answer(200, "", fresh), true},
		"cut off":    {answer(200, "{}", fresh, "Content-Length: 9"), true},
		"wrong kind": {answer(200, `[]`, fresh), false},
		"400":        {answer(400, "", fresh), false},
		"403":        {answer(403, "", fresh), false},
		"404":        {answer(404, "", fresh), false},
		"409":        {answer(409, "", fresh), false},
		"422":        {answer(422, "", fresh), false},
		"501":        {answer(501, "", fresh), false},
		"304":        {answer(304, "", fresh), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, answers(test.bad, test.bad, okItem))
			_, err := s.client().GetWorkItem(t.Context(), testID)
			requests := 1
			if test.again {
				requests = 3
			}
			if (err == nil) != test.again || len(s.requests()) != requests {
				t.Errorf("got %v after %d requests", err, len(s.requests()))
			}

			s = newService(t, test.bad)
			_, err = s.client().GetWorkItem(t.Context(), testID)
			if test.again {
				requests = 4
			}
			if err == nil || len(s.requests()) != requests || strings.Contains(err.Error(), "(after 4 attempts)") != test.again {
				t.Errorf("for ever: got %v after %d requests", err, len(s.requests()))
			}

			s = newService(t, test.bad)
			_, err = s.client(func(config *Config) { config.MaxRetries = 0 }).GetWorkItem(t.Context(), testID)
			if err == nil || len(s.requests()) != 1 {
				t.Errorf("without retries: got %v after %d requests", err, len(s.requests()))
			}
		})
	}
}

func TestRead_isRepeatedWhenTheConnectionFails(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	broken := &unreachable{RoundTripper: s.transport, n: 2}
	c := s.client(func(config *Config) { config.Transport = broken })
	if _, err := c.GetWorkItem(t.Context(), testID); err != nil || broken.calls != 3 {
		t.Errorf("got %v after %d calls", err, broken.calls)
	}
	broken.n = 100
	_, err := c.GetWorkItem(t.Context(), testID)
	if want := "GET /v2024/work-items/" + testID + ": connection refused (after 4 attempts)"; err == nil || err.Error() != want || !errors.Is(err, errRefused) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestRead_isNotRepeatedWithACertificateThatIsNotTrusted(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(okItem)
	server.Config.ErrorLog = discardLog()
	server.StartTLS()
	defer server.Close()
	var dials int
	transport := newTransport()
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		dials++
		return dial(ctx, network, address)
	}
	c, err := New(Config{BaseURL: server.URL, AccessToken: "abc-token", MaxRetries: 3, Transport: transport})
	if err != nil {
		t.Fatal(err)
	}
	c.backoff = func(int) time.Duration { return 0 }
	if _, err := c.GetWorkItem(t.Context(), testID); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("got %v", err)
	}
	if _, err := c.CompleteWorkItem(t.Context(), testID); !errors.Is(err, ErrNothingSent) {
		t.Errorf("got %v", err)
	}
	if dials != 2 {
		t.Errorf("%d connections", dials)
	}
}

func TestRead_timesOutPerAttempt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		hang := func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
		s := newBubbleService(t, answers(hang, hang, okItem))
		start := time.Now()
		if _, err := s.client().GetWorkItem(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took != 20*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

func TestRead_stopsWithItsContext(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		says   string
	}{
		"in the request": {func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }, "GET /v2024/work-items/" + testID + ": context canceled: somebody pressed Ctrl-C"},
		"in a pause":     {answer(429, "", "Retry-After: 3600"), "during a pause the service asked for of 3600 s"},
		"in the backoff": {answer(503, `{"message":"down"}`), "status 503 Service Unavailable: down"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, test.handle)
				c := s.client()
				c.backoff = func(int) time.Duration { return time.Minute }
				ctx, cancel := context.WithCancelCause(t.Context())
				why := errors.New("somebody pressed Ctrl-C")
				start := time.Now()
				time.AfterFunc(time.Second, func() { cancel(why) })
				_, err := c.GetWorkItem(ctx, testID)
				if !errors.Is(err, context.Canceled) || !errors.Is(err, why) || time.Since(start) != time.Second {
					t.Errorf("got %v after %s", err, time.Since(start))
				}
				if !strings.Contains(err.Error(), test.says) {
					t.Errorf("got  %v\nwant %s", err, test.says)
				}
			})
		})
	}
}

func TestRead_failsAtOnceWhenAPauseWouldOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		want   string
	}{
		"named by the service": {
			answer(429, `{"message":"slow"}`, "Retry-After: 90"),
			"status 429 Too Many Requests: slow; the pause before the next attempt of 90 s would outlast the time allowed (60 s left): context deadline exceeded",
		},
		"our own": {
			answer(502, ""),
			"status 502 Bad Gateway; the pause before the next attempt of 120 s would outlast the time allowed (60 s left): context deadline exceeded",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, test.handle)
				c := s.client()
				c.backoff = func(int) time.Duration { return 2 * time.Minute }
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				start := time.Now()
				_, err := c.GetWorkItem(ctx, testID)
				if want := "GET /v2024/work-items/" + testID + ": " + test.want; err == nil || err.Error() != want {
					t.Errorf("got  %v\nwant %s", err, want)
				}
				var apiErr *APIError
				if !errors.Is(err, context.DeadlineExceeded) || !errors.As(err, &apiErr) || time.Since(start) != 0 {
					t.Errorf("got %#v after %s", err, time.Since(start))
				}
			})
		})
	}
}

func TestRead_isNotRepeatedWhenTheLimitWouldOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, okItem)
		c := s.client(func(config *Config) { config.RequestsPerSecond = 10 })
		c.tokens.current = &token{value: "abc"}
		c.limiter.starts(t, 90)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := c.GetWorkItem(ctx, testID)
		want := "GET /v2024/work-items/" + testID + ": a wait for the rate limit of 10 s would outlast the time allowed (1 s left): context deadline exceeded"
		if err == nil || err.Error() != want || len(s.requests()) != 0 {
			t.Errorf("got %v after %d requests", err, len(s.requests()))
		}
	})
}

func TestRead_followsRedirectsWithinTheOriginOnly(t *testing.T) {
	t.Parallel()
	hops := func(n int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			hop, _ := strconv.Atoi(r.URL.Query().Get("hop"))
			if hop == n {
				okItem(w, r)
				return
			}
			http.Redirect(w, r, "/moved?hop="+strconv.Itoa(hop+1), http.StatusTemporaryRedirect)
		}
	}
	elsewhere := newService(t, okItem)
	for name, test := range map[string]struct {
		handle   http.HandlerFunc
		requests int
		want     string
	}{
		"one":        {hops(1), 2, ""},
		"three":      {hops(3), 4, ""},
		"four":       {hops(4), 4, "status 307 Temporary Redirect: the redirect was not followed"},
		"other port": {answer(302, "", "Location: "+elsewhere.baseURL+"/x"), 1, "status 302 Found: the redirect to " + strings.TrimPrefix(elsewhere.baseURL, "http://") + " was not followed"},
		"other host": {answer(302, "", "Location: http://evil.example/?secret=1"), 1, "status 302 Found: the redirect to evil.example was not followed"},
		"unreadable": {answer(302, "", "Location: http://[::"), 1, "status 302 Found: the redirect was not followed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, test.handle)
			_, err := s.client().GetWorkItem(t.Context(), testID)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v", err)
			}
			seen := s.requests()
			if len(seen) != test.requests {
				t.Errorf("%d requests", len(seen))
			}
			for _, r := range seen {
				if r.header.Get("Authorization") != "Bearer "+testToken {
					t.Errorf("%s has no token", r)
				}
			}
		})
	}
	t.Cleanup(func() {
		if n := len(elsewhere.requests()); n != 0 {
			t.Errorf("%d requests went elsewhere", n)
		}
	})
}

func TestOrigin(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		a, b string
		same bool
	}{
		{"https://acme.com/a", "https://ACME.com:443/b", true},
		{"http://localhost", "http://localhost:80", true},
		{"https://acme.com", "http://acme.com", false},
		{"https://acme.com", "https://acme.com:8443", false},
		{"https://acme.com", "https://www.acme.com", false},
		{"https://acme.com.", "https://acme.com", true},
		{"http://[::1]", "http://[::1]:80/", true},
	} {
		if got := Origin(test.a) == Origin(test.b); got != test.same {
			t.Errorf("%s and %s: %v", test.a, test.b, got)
		}
	}
	for in, want := range map[string]string{"HTTPS://acme.com/v1": "https://acme.com:443", "http://[::1]:1": "http://[::1]:1", "http://[::": ""} {
		if got := Origin(in); got != want {
			t.Errorf("%s: got %q", in, got)
		}
	}
}

func TestAnswers_areBounded(t *testing.T) {
	t.Parallel()
	for name, length := range map[string]int64{"announced": maxBody + 1, "not announced": -1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, okItem)
			c := s.client()
			c.tokens.current = &token{value: "abc"}
			calls := 0
			c.transport = roundTripper(func(req *http.Request) (*http.Response, error) {
				calls++
				httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
				return &http.Response{StatusCode: 200, ContentLength: length, Body: io.NopCloser(endless{})}, nil
			})
			_, err := c.GetWorkItem(t.Context(), testID)
			if want := "GET /v2024/work-items/" + testID + ": the answer is longer than 32 MiB"; err == nil || err.Error() != want {
				t.Errorf("got %v, want %s", err, want)
			}
			_, err = c.CompleteWorkItem(t.Context(), testID)
			var ambiguous *AmbiguousError
			if !errors.As(err, &ambiguous) || ambiguous.Err.Error() != "the answer is longer than 32 MiB" {
				t.Errorf("got %v", err)
			}
			if calls != 2 {
				t.Errorf("%d calls", calls)
			}
		})
	}
}

// TestAnswers_ofTheMostThatIsRead are read.
func TestAnswers_ofTheMostThatIsRead(t *testing.T) {
	t.Parallel()
	item := `{"id":"` + testID + `"}`
	for name, test := range map[string]struct{ announced, length int64 }{"announced": {maxBody, 100}, "not announced": {-1, maxBody}} {
		c := newService(t, okItem).client()
		c.tokens.current = &token{value: "abc"}
		c.transport = roundTripper(func(*http.Request) (*http.Response, error) {
			body := io.MultiReader(strings.NewReader(item), io.LimitReader(spaces{}, test.length-int64(len(item))))
			return &http.Response{StatusCode: 200, ContentLength: test.announced, Body: io.NopCloser(body)}, nil
		})
		if wi, err := c.GetWorkItem(t.Context(), testID); err != nil || wi.ID != testID {
			t.Errorf("%s: got %+v, %v", name, wi, err)
		}
	}
}

func TestReply_kinds(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][2]bool{
		199: {false, false}, 200: {true, false}, 299: {true, false}, 300: {false, true}, 399: {false, true}, 400: {false, false},
	} {
		r := reply{status: status}
		if r.ok() != want[0] || r.redirected() != want[1] {
			t.Errorf("%d: ok %t, redirected %t", status, r.ok(), r.redirected())
		}
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) { return copy(p, bytes.Repeat([]byte(" "), len(p))), nil }

// endless is a body without an end.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
