// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxRequests bounds a run, the token's included; it needs about forty.
	maxRequests = 60
	// maxBody bounds an answer; a full page is some hundred KiB.
	maxBody = 32 << 20
	// maxPauses and maxPause bound what the service can ask for by 429.
	maxPauses = 2
	// maxFailures is after how many requests in a row without an answer the rest
	// is not tried.
	maxFailures = 3
	// maxRenewals bounds the further tokens of a run.
	maxRenewals = 2
	maxPause    = time.Minute
)

// pacer leaves time between requests.
type pacer struct {
	between time.Duration
	sleep   func(context.Context, time.Duration) error
}

// session sends requests to one tenant and keeps all answers.
type session struct {
	target target
	client *http.Client
	pace   pacer

	token string
	// failures counts the requests in a row that got no answer.
	sent, pauses, renewals, failures int
	answers                          []*answer
}

func newSession(t target, pace pacer) *session {
	return &session{target: t, client: newHTTPClient(), pace: pace, token: t.accessToken}
}

// answer is an HTTP answer as it came, or why there is none.
type answer struct {
	status int
	header http.Header
	body   []byte
	// failure says without names why no whole answer came; "" if one did.
	failure string
	// bare means that the request had no Accept header.
	bare bool
}

func (a *answer) ok() bool { return a.failure == "" && a.status >= 200 && a.status <= 299 }

// refused reports whether the service said no for good.
func (a *answer) refused() bool {
	return a != nil && a.failure == "" && a.status >= 400 && a.status <= 499 &&
		a.status != http.StatusUnauthorized && a.status != http.StatusTooManyRequests
}

func (a *answer) isHTML() bool {
	return strings.HasPrefix(strings.TrimSpace(string(a.body[:min(len(a.body), 100)])), "<")
}

// problem says why an answer can't be used.
func (a *answer) problem() string {
	switch {
	case a == nil:
		return "it was not asked"
	case a.failure != "":
		return a.failure
	case !a.ok():
		return fmt.Sprintf("the service answered %d", a.status)
	case a.isHTML():
		return "the service answered with a web page"
	}
	return "the answer is not the JSON that is documented"
}

// get reads a path below that of the API. What goes wrong is in the answer.
func (s *session) get(ctx context.Context, api, suffix string, query url.Values) *answer {
	return s.read(ctx, api, suffix, query, false)
}

func (s *session) read(ctx context.Context, api, suffix string, query url.Values, bare bool) *answer {
	target := s.target.baseURL + s.target.path(api) + suffix
	if len(query) > 0 {
		target += "?" + query.Encode()
	}
	send := func() *answer {
		return s.send(ctx, http.MethodGet, target, "", func(h http.Header) {
			h.Set("Authorization", "Bearer "+s.token)
			if !bare {
				h.Set("Accept", "application/json")
			}
		})
	}
	a := send()
	if a.status == http.StatusUnauthorized && s.target.accessToken == "" && s.renewals < maxRenewals {
		// A token may live for 15 seconds.
		s.renewals++
		if s.authenticate(ctx).ok() {
			a = send()
		}
	}
	a.bare = bare
	s.answers = append(s.answers, a)
	return a
}

// authenticate asks for an access token and keeps it.
func (s *session) authenticate(ctx context.Context) *answer {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {s.target.clientID},
		"client_secret": {s.target.clientSecret},
	}
	a := s.send(ctx, http.MethodPost, s.target.baseURL+"/oauth/token", form.Encode(), func(h http.Header) {
		h.Set("Accept", "application/json")
		h.Set("Content-Type", "application/x-www-form-urlencoded")
	})
	if reply, ok := a.object(); ok && a.ok() {
		s.token, _ = reply.text("access_token")
	}
	return a
}

// send sends a request at its turn, and once more after a pause that the
// service asks for.
func (s *session) send(ctx context.Context, method, target, body string, edit func(http.Header)) *answer {
	for {
		switch {
		case s.sent == maxRequests:
			return &answer{failure: fmt.Sprintf("the probe's %d requests are used up", maxRequests)}
		case s.failures == maxFailures:
			return &answer{failure: "the service has stopped answering"}
		}
		if s.sent > 0 {
			if s.pace.sleep(ctx, s.pace.between) != nil {
				return &answer{failure: "the probe was stopped"}
			}
		}
		s.sent++
		a := s.exchange(ctx, method, target, body, edit)
		s.failures++
		if a.failure == "" {
			s.failures = 0
		}
		if a.status != http.StatusTooManyRequests || s.pauses == maxPauses {
			return a
		}
		s.pauses++
		if s.pace.sleep(ctx, retryAfter(a.header)) != nil {
			return &answer{failure: "the probe was stopped"}
		}
	}
}

func retryAfter(h http.Header) time.Duration {
	seconds, err := strconv.Atoi(h.Get("Retry-After"))
	if err != nil || seconds < 1 {
		seconds = 10
	}
	return min(time.Duration(seconds)*time.Second, maxPause)
}

// exchange sends one request. Errors of net/http name the host, so only their
// kind is kept.
func (s *session) exchange(ctx context.Context, method, target, body string, edit func(http.Header)) *answer {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return &answer{failure: "the request could not be made"}
	}
	edit(req.Header)
	req.Header.Set("User-Agent", "terraform-provider-sailpoint-probe")
	resp, err := s.client.Do(req)
	if err != nil {
		return &answer{failure: failureOf(err)}
	}
	defer resp.Body.Close()
	a := &answer{status: resp.StatusCode, header: resp.Header}
	a.body, err = io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	switch {
	case err != nil:
		a.failure = "the answer broke off"
	case len(a.body) > maxBody:
		a.failure = "the answer is too long"
	}
	return a
}

// failureOf names the kind of a connection's failure.
func failureOf(err error) string {
	var dns *net.DNSError
	var certificate *tls.CertificateVerificationError
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, context.Canceled):
		return "the probe was stopped"
	case errors.As(err, &dns):
		return "the host of SAIL_BASE_URL is not known"
	case errors.As(err, &certificate):
		return "the certificate of SAIL_BASE_URL is not trusted"
	case errors.As(err, &timeout) && timeout.Timeout():
		return "no answer within the time"
	}
	return "no connection came about, or it broke off: check SAIL_BASE_URL and the network"
}
