// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"
)

// maxRedirects bounds the redirects followed on a GET.
const maxRedirects = 3

// request is what the operations differ in.
type request struct {
	method string
	// path is escaped, without the base URL.
	path  string
	query url.Values
	body  []byte
	// contentType is sent if set.
	contentType string
	// experimental opts in to operations that the service calls so.
	experimental bool
	// anonymous requests carry no access token.
	anonymous bool
}

func (c *Client) url(r request) string {
	target := c.baseURL + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	return target
}

func (c *Client) setHeader(h http.Header, r request) {
	h.Set("Accept", "application/json")
	if c.userAgent != "" {
		h.Set("User-Agent", c.userAgent)
	}
	if r.contentType != "" {
		h.Set("Content-Type", r.contentType)
	}
	if r.experimental {
		h.Set("X-SailPoint-Experimental", "true")
	}
}

// repeatable sends a request that may be repeated, a read or a token request,
// until it succeeds, fails for good, or the retries are used up. It hands a
// successful answer to use, whose error tells whether another attempt might
// help.
func (c *Client) repeatable(ctx context.Context, r request, use func(*reply) error) error {
	var body any
	if r.body != nil {
		body = r.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, r.method, c.url(r), body)
	if err != nil {
		return err
	}
	c.setHeader(req.Header, r)

	x := &exchange{client: c, anonymous: r.anonymous, use: use, attempt: 1}
	req.SetResponseHandler(func(*http.Response) error { return x.judge() })
	retrying := retryablehttp.Client{
		HTTPClient: &http.Client{Transport: x, CheckRedirect: checkRedirect},
		RetryMax:   c.retries,
		CheckRetry: x.checkRetry,
		Backoff:    x.backoff,
		ErrorHandler: func(_ *http.Response, err error, _ int) (*http.Response, error) {
			return nil, err
		},
	}
	//nolint:bodyclose // It is http.NoBody: transmit has read the answer to its end.
	if _, err := retrying.Do(req); err != nil {
		return x.explain(ctx, r, err)
	}
	return nil
}

// exchange is one repeatable request with all its attempts. It is the
// RoundTripper below go-retryablehttp, so that every attempt, and every
// redirect followed, passes the gate.
type exchange struct {
	client    *Client
	anonymous bool
	use       func(*reply) error

	attempt int
	renewed bool
	// answer is the last one; its body is not handed up through net/http.
	answer *reply
	// pending is the wait before the next attempt.
	pending time.Duration
	// failure is why the last attempt failed.
	failure error
}

// RoundTrip adds the access token and, if the service rejects it, tries once
// more with a fresh one.
func (x *exchange) RoundTrip(req *http.Request) (*http.Response, error) {
	if x.anonymous {
		return x.transmit(req)
	}
	for {
		t, err := x.client.tokens.get(req.Context())
		if err != nil {
			return nil, &tokenError{err}
		}
		authorized := req.Clone(req.Context())
		authorized.Header.Set("Authorization", "Bearer "+t.value)
		resp, err := x.transmit(authorized)
		if err != nil || resp.StatusCode != http.StatusUnauthorized {
			return resp, err
		}
		x.client.tokens.drop(t)
		if x.renewed || !x.client.RenewsToken() {
			return resp, nil
		}
		x.renewed = true
	}
}

func (x *exchange) transmit(req *http.Request) (*http.Response, error) {
	answer, err := x.client.transmit(req, false, x.attempt)
	if err != nil {
		return nil, err
	}
	x.answer = answer
	return &http.Response{
		StatusCode: answer.status,
		Status:     http.StatusText(answer.status),
		Header:     answer.header,
		Body:       http.NoBody,
		Request:    req,
	}, nil
}

// checkRedirect follows a redirect of a GET within the same origin only,
// because the access token goes along. What isn't followed ends as an error
// with the redirect's status.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	if first.Method != http.MethodGet || len(via) > maxRedirects || origin(req.URL) != origin(first.URL) {
		return http.ErrUseLastResponse
	}
	return nil
}

// origin is scheme, host and port.
func origin(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return u.Scheme + "://" + strings.ToLower(u.Hostname()) + ":" + port
}

// judge turns the last answer into an error, or hands it over.
func (x *exchange) judge() error {
	if !x.answer.ok() {
		return x.client.apiError(x.answer, !x.anonymous)
	}
	return x.client.conceal(x.use(x.answer))
}

// checkRetry decides after each attempt, and a second time once judge has
// looked at the answer.
func (x *exchange) checkRetry(ctx context.Context, _ *http.Response, err error) (bool, error) {
	if err == nil {
		return false, nil
	}
	if fromClient, ok := errors.AsType[*url.Error](err); ok {
		// It repeats method and URL, query included.
		err = fromClient.Err
	}
	x.failure = err
	if ctx.Err() != nil || !transient(err) || x.attempt > x.client.retries {
		return false, err
	}
	// A pause is waited for at the gate, by everybody.
	pause := x.client.gate.remaining()
	x.pending = 0
	if pause == 0 {
		x.pending = x.client.backoff(x.attempt)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(pause+x.pending).After(deadline) {
		return false, fmt.Errorf("%w; %w", err, outlasts("the pause before the next attempt", pause+x.pending, deadline))
	}
	return true, nil
}

func (x *exchange) backoff(_, _ time.Duration, _ int, _ *http.Response) time.Duration {
	x.attempt++
	return x.pending
}

// explain makes the final error tell what was asked and how often.
func (x *exchange) explain(ctx context.Context, r request, err error) error {
	if ctx.Err() != nil && x.failure != nil && !errors.Is(x.failure, ctx.Err()) {
		// It ended during the wait for another attempt.
		err = fmt.Errorf("%w, after %w", ended(ctx), x.failure)
	}
	if _, ok := errors.AsType[*APIError](err); !ok {
		err = fmt.Errorf("%s %s: %w", r.method, r.path, err)
	}
	if x.attempt > 1 {
		err = fmt.Errorf("%w (after %d attempts)", err, x.attempt)
	}
	return x.client.conceal(err)
}

// transient reports whether a read that failed like this may succeed when
// repeated. A missing token is final: its request has had its own retries.
func transient(err error) bool {
	var conn *connError
	var apiErr *APIError
	var unusable *unusableError
	var noToken *tokenError
	switch {
	case errors.As(err, &noToken):
		return false
	case errors.As(err, &conn):
		var oversize oversizeError
		return !errors.As(err, &oversize) && !distrusted(err)
	case errors.As(err, &apiErr):
		switch apiErr.StatusCode {
		case http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	case errors.As(err, &unusable):
		return unusable.transient
	}
	return false
}

// distrusted reports whether the server's certificate was refused, which
// repeating doesn't change.
func distrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &verification) || errors.As(err, &authority)
}
