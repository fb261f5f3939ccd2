// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// maxBody bounds the answers that are read, in bytes. A full page of work
	// items is some hundred KiB.
	maxBody = 32 << 20
	// maxErrorBody and errorBodyTime bound what is read of an answer that says
	// no: its status has said the essential.
	maxErrorBody  = 1 << 20
	errorBodyTime = 2 * time.Second
)

// newTransport speaks HTTP/1.1 only, because the HTTP/2 transport sends a
// request again, by itself, when the server withdraws a connection or stream.
// That is right by its protocol, but then "at most one request" can't be
// promised for an act.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 15 * time.Second,
		Protocols:           protocols,
		MaxIdleConnsPerHost: 2 * pagesAtOnce,
		// Shorter than what servers allow, some of them only five seconds, so
		// that an act doesn't meet a connection which the other side is just
		// closing: nobody could tell whether it was executed. At the rate limit
		// there are pauses that long.
		IdleConnTimeout: 3 * time.Second,
	}
}

// reply is an HTTP answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	// method and path are of the request, for messages.
	method, path string
	// sent is when the request was sent.
	sent time.Time
}

func (r *reply) ok() bool { return r.status >= 200 && r.status <= 299 }

func (r *reply) redirected() bool { return r.status >= 300 && r.status <= 399 }

// connError means that no complete answer arrived.
type connError struct {
	err error
	// connected means that a connection was handed to the request, so that some
	// or all of it may have been written.
	connected bool
}

func (e *connError) Error() string { return e.err.Error() }
func (e *connError) Unwrap() error { return e.err }

// oversizeError is an answer longer than maxBody.
type oversizeError struct{}

func (oversizeError) Error() string {
	return fmt.Sprintf("the answer is longer than %d MiB", maxBody>>20)
}

func (oversizeError) Is(target error) bool { return target == ErrTooMuch }

// timeoutError is deliberately not a context.DeadlineExceeded, which would say
// that the caller's time is over.
type timeoutError struct{ limit time.Duration }

func (e timeoutError) Error() string {
	return fmt.Sprintf("no complete answer within %s (request_timeout)", e.limit)
}

// transmit waits for its turn and sends a request, once. All traffic of the
// client goes through here. The request's context stops it at any time, except
// for an act that has got its connection: from there on only the request
// timeout does, because breaking off would leave unknown what became of it.
//
// Without a complete answer the error is a *connError; any other error means
// that the request didn't get its turn, or that the caller gave up on a read.
func (c *Client) transmit(req *http.Request, r request, attempt int) (*reply, error) {
	caller, act := req.Context(), r.act
	if err := c.limiter.admit(caller, r); err != nil {
		return nil, err
	}

	var connected atomic.Bool
	ctx, cancel := c.attemptContext(caller, act, &connected)
	defer cancel()

	sent := time.Now()
	answer, err := c.roundTrip(req.WithContext(ctx), cancel)
	c.logAttempt(caller, req, answer, err, attempt, time.Since(sent))
	if err != nil {
		if timeout, ok := errors.AsType[timeoutError](context.Cause(ctx)); ok {
			err = timeout
		}
		if !act && caller.Err() != nil {
			return nil, ended(caller)
		}
		return nil, &connError{err: c.maskError(err), connected: connected.Load()}
	}
	if strings.EqualFold(answer.header.Get("X-Deprecated"), "true") {
		c.deprecated.Store(true)
	}
	answer.sent = sent
	c.limiter.observe(answer)
	return answer, nil
}

// attemptContext returns the context of one attempt. Whether an act can still
// be cancelled is decided by who comes first: the cancellation or the
// connection.
func (c *Client) attemptContext(caller context.Context, act bool, connected *atomic.Bool) (context.Context, func()) {
	base := caller
	if act {
		base = context.WithoutCancel(caller)
	}
	ctx, cancelTimeout := context.WithTimeoutCause(base, c.timeout, timeoutError{c.timeout})
	ctx, cancel := context.WithCancelCause(ctx)

	var decided atomic.Bool
	unhook := func() bool { return true }
	if act {
		unhook = context.AfterFunc(caller, func() {
			if decided.CompareAndSwap(false, true) {
				cancel(ended(caller))
			}
		})
	}
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			// Noted even when the cancellation came first: net/http may still
			// write a part before it looks.
			connected.Store(true)
			decided.Store(true)
		},
	})
	return ctx, func() {
		unhook()
		cancel(nil)
		cancelTimeout()
	}
}

// roundTrip does the HTTP, without redirects, and reads the answer. Where the
// status has already said that the request failed, a broken or endless body
// does no harm; cancel ends the reading of it.
func (c *Client) roundTrip(req *http.Request, cancel func()) (*reply, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer := &reply{status: resp.StatusCode, header: resp.Header, method: req.Method, path: req.URL.EscapedPath()}

	if !answer.ok() {
		defer time.AfterFunc(errorBodyTime, cancel).Stop()
		body, _ := io.ReadAll(io.LimitReader(resp.Body, maxErrorBody))
		answer.body = withoutMark(body)
		return answer, nil
	}
	if resp.ContentLength > maxBody {
		return nil, oversizeError{}
	}
	var body bytes.Buffer
	if n := resp.ContentLength; n > 0 {
		body.Grow(int(min(n, maxBody)) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	answer.body = withoutMark(body.Bytes())
	switch {
	case n > maxBody:
		return nil, oversizeError{}
	case err != nil:
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	return answer, nil
}

// withoutMark removes a byte order mark, which is no part of the text.
func withoutMark(body []byte) []byte { return bytes.TrimPrefix(body, []byte("\ufeff")) }

func (c *Client) logAttempt(ctx context.Context, req *http.Request, answer *reply, err error, attempt int, took time.Duration) {
	fields := map[string]any{
		"method":   req.Method,
		"path":     req.URL.EscapedPath(),
		"attempt":  attempt,
		"duration": took.Round(time.Microsecond).String(),
	}
	if err != nil {
		fields["error"] = c.mask(err.Error())
	} else {
		fields["status"] = answer.status
	}
	c.log(ctx, "API request", fields)
}
