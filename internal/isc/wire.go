// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody bounds the answers that are read, in bytes. A full page of work items
// is some hundred KiB.
const maxBody = 32 << 20

// reply is an HTTP answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
	// method and path are of the request, for messages.
	method, path string
}

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
func (c *Client) transmit(req *http.Request, act bool, attempt int) (*reply, error) {
	caller := req.Context()
	if err := c.gate.pass(caller); err != nil {
		return nil, err
	}

	var connected atomic.Bool
	ctx, stop := c.sendContext(caller, act, &connected)
	defer stop()

	sent := time.Now()
	answer, err := c.roundTrip(req.WithContext(ctx))
	c.logAttempt(caller, req, answer, err, attempt, time.Since(sent))
	if err != nil {
		if timeout, ok := errors.AsType[timeoutError](context.Cause(ctx)); ok {
			err = timeout
		}
		if !act && caller.Err() != nil {
			return nil, ended(caller)
		}
		return nil, &connError{err: c.conceal(err), connected: connected.Load()}
	}
	if strings.EqualFold(answer.header.Get("X-Deprecated"), "true") {
		c.deprecated.Store(true)
	}
	c.gate.observe(answer, sent)
	return answer, nil
}

// sendContext returns the context of one attempt. The handing over of an act,
// from being cancellable to not being so, is decided by who comes first: the
// cancellation or the connection.
func (c *Client) sendContext(caller context.Context, act bool, connected *atomic.Bool) (context.Context, func()) {
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
// status has already said that the request failed, a broken body does no harm.
func (c *Client) roundTrip(req *http.Request) (*reply, error) {
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	answer := &reply{status: resp.StatusCode, header: resp.Header, method: req.Method, path: req.URL.EscapedPath()}

	if answer.ok() && resp.ContentLength > maxBody {
		return nil, oversizeError{}
	}
	var body bytes.Buffer
	if n := resp.ContentLength; n > 0 {
		body.Grow(int(min(n, maxBody)) + bytes.MinRead)
	}
	n, err := body.ReadFrom(io.LimitReader(resp.Body, maxBody+1))
	// A byte order mark is no part of the text, and JSON knows none.
	answer.body = bytes.TrimPrefix(body.Bytes(), []byte("\ufeff"))
	switch {
	case !answer.ok():
		return answer, nil
	case n > maxBody:
		return nil, oversizeError{}
	case err != nil:
		return nil, fmt.Errorf("the answer broke off: %w", err)
	}
	return answer, nil
}

func (r *reply) ok() bool { return r.status >= 200 && r.status <= 299 }

func (c *Client) logAttempt(ctx context.Context, req *http.Request, answer *reply, err error, attempt int, took time.Duration) {
	fields := map[string]any{
		"method":   req.Method,
		"path":     req.URL.EscapedPath(),
		"attempt":  attempt,
		"duration": took.Round(time.Microsecond).String(),
	}
	if err != nil {
		fields["error"] = c.redact(err.Error())
	} else {
		fields["status"] = answer.status
	}
	c.log(ctx, "API request", fields)
}

// redact blots out secrets that a server or proxy has put into its answer.
func (c *Client) redact(text string) string {
	for _, secret := range c.Secrets() {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}
