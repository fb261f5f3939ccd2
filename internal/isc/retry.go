// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
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
	// act marks a request that is repeated only if nothing of it was written.
	act bool
	// turn, if set, is that of the act, or of the act that a read guards.
	turn *Turn
}

// do sends a request until it succeeds, fails for good, or the retries are used
// up. It hands a successful answer to use, whose error tells whether another
// attempt might help. An act is repeated only while no connection comes about.
func (c *Client) do(ctx context.Context, r request, use func(*reply) error) error {
	for attempt := 1; ; attempt++ {
		answer, err := c.attempt(ctx, r, attempt)
		if err == nil {
			err = c.blameBaseURL(c.judge(answer, r, use), answer, r.anonymous)
		}
		if err == nil {
			return nil
		}
		if ctx.Err() == nil && attempt <= c.retries && c.mayHelp(r, err) {
			waitErr := c.pauseBefore(ctx, attempt)
			if waitErr == nil {
				continue
			}
			err = fmt.Errorf("%w; %w", err, waitErr)
		}
		if _, ok := errors.AsType[*APIError](err); !ok {
			err = fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		if attempt > 1 {
			err = fmt.Errorf("%w (after %d attempts)", err, attempt)
		}
		return c.maskError(err)
	}
}

// judge makes an error of an answer that says no, or hands it to use.
func (c *Client) judge(answer *reply, r request, use func(*reply) error) error {
	if !answer.ok() {
		return c.apiError(answer, !r.anonymous)
	}
	err := use(answer)
	if err == nil {
		c.understood.Store(true)
	}
	return c.maskError(err)
}

// pauseBefore waits before the next attempt. A pause that the service asked for
// is waited for at the limiter, by everybody.
func (c *Client) pauseBefore(ctx context.Context, attempt int) error {
	pause, backoff := c.limiter.remaining(), time.Duration(0)
	if pause == 0 {
		backoff = c.backoff(attempt)
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(pause+backoff).After(deadline) {
		return outlasts("the pause before the next attempt", pause+backoff, deadline)
	}
	return wait(ctx, backoff, "the pause before the next attempt")
}

// attempt sends a request once, with its redirects. A read whose access token
// is rejected is sent once more with a fresh one.
func (c *Client) attempt(ctx context.Context, r request, number int) (*reply, error) {
	if r.anonymous {
		return c.send(ctx, r, "", number)
	}
	for renewed := false; ; renewed = true {
		t, err := c.tokens.get(ctx)
		if err != nil {
			return nil, err
		}
		answer, err := c.send(ctx, r, t.value, number)
		if err != nil {
			return nil, err
		}
		if answer.status != http.StatusUnauthorized {
			c.tokens.accept(t)
			return answer, nil
		}
		c.tokens.reject(t, c.apiError(answer, true))
		if r.act || renewed || !c.RenewsToken() {
			return answer, nil
		}
	}
}

func (c *Client) url(r request) string {
	target := c.baseURL + r.path
	if len(r.query) > 0 {
		target += "?" + r.query.Encode()
	}
	return target
}

// send sends a request once, and follows redirects of a GET.
func (c *Client) send(ctx context.Context, r request, accessToken string, attempt int) (*reply, error) {
	target := c.url(r)
	for redirects := 0; ; redirects++ {
		// net/http sends a POST again by itself only if it wrote nothing of it,
		// as long as it bears no Idempotency-Key.
		req, err := http.NewRequestWithContext(ctx, r.method, target, bytes.NewReader(r.body))
		if err != nil {
			return nil, err
		}
		c.setHeader(req.Header, r, accessToken)
		answer, err := c.transmit(req, r, attempt)
		if err != nil || r.method != http.MethodGet || redirects == maxRedirects {
			return answer, err
		}
		next := redirect(req.URL, answer)
		if next == "" {
			return answer, nil
		}
		target = next
	}
}

// redirect returns where a redirect leads that may be followed: within the same
// origin only, because the access token goes along.
func redirect(from *url.URL, answer *reply) string {
	switch answer.status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
	default:
		return ""
	}
	to, err := from.Parse(answer.header.Get("Location"))
	if err != nil || to.User != nil || origin(to) != origin(from) || answer.header.Get("Location") == "" {
		return ""
	}
	return to.String()
}

func (c *Client) setHeader(h http.Header, r request, accessToken string) {
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
	if accessToken != "" {
		h.Set("Authorization", "Bearer "+accessToken)
	}
}

// mayHelp reports whether another attempt at a request that failed like this
// may succeed, and is allowed.
func (c *Client) mayHelp(r request, err error) bool {
	var noToken *TokenError
	var conn *connError
	var apiErr *APIError
	var unusable *unusableError
	switch {
	case errors.As(err, &noToken):
		// Its request has had its own attempts.
		return false
	case errors.As(err, &conn):
		var oversize oversizeError
		mayRepeat := !r.act || !conn.connected
		return mayRepeat && !errors.As(err, &oversize) && !isUntrusted(err)
	case r.act:
		return false
	case errors.As(err, &apiErr):
		switch apiErr.StatusCode {
		case http.StatusTooManyRequests, http.StatusInternalServerError,
			http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
			return true
		}
		return false
	case errors.As(err, &unusable):
		var wrongURL *BaseURLError
		return unusable.transient && !errors.As(err, &wrongURL)
	}
	return false
}

// isUntrusted reports whether the server's certificate was refused, which
// repeating doesn't change.
func isUntrusted(err error) bool {
	var verification *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return errors.As(err, &verification) || errors.As(err, &authority)
}
