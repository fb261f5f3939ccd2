// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Waiting, and how it is told.

// wait sleeps, or fails at once if the context is over or would be by then.
// What is waited for is named in the error.
func wait(ctx context.Context, d time.Duration, what string) error {
	if ctx.Err() != nil {
		return ended(ctx)
	}
	if d <= 0 {
		return nil
	}
	if deadline, ok := ctx.Deadline(); ok && time.Now().Add(d).After(deadline) {
		return outlasts(what, d, deadline)
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%w, during %s of %s", ended(ctx), what, seconds(d))
	}
}

// seconds shows a duration as people read it in a header.
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', -1, 64) + " s"
}

// ended is the error of a context that is over: ctx.Err(), with the cause if
// there is a special one.
func ended(ctx context.Context) error {
	if cause := context.Cause(ctx); !errors.Is(cause, ctx.Err()) {
		return fmt.Errorf("%w: %w", ctx.Err(), cause)
	}
	return ctx.Err()
}

// outlasts is the error of a wait that would end after the deadline. It is a
// context.DeadlineExceeded that comes early.
func outlasts(what string, d time.Duration, deadline time.Time) error {
	return fmt.Errorf("%s of %s would outlast the time allowed (%s left): %w",
		what, seconds(d.Round(time.Millisecond)), seconds(max(0, time.Until(deadline)).Round(time.Millisecond)), context.DeadlineExceeded)
}

// jittered is the exponential wait before the n-th repetition, counted from 1:
// at random between half of it and all of it.
func jittered(first, limit time.Duration, n int) time.Duration {
	d := limit
	if shift := n - 1; shift < 16 {
		d = min(limit, first<<max(0, shift))
	}
	return d/2 + rand.N(d/2+1)
}

// retryAfter reads the header Retry-After: whole seconds, or an HTTP date,
// which is taken relative to the answer's own Date, so that a wrong local clock
// does no harm. The result is between 0 and maxPause.
func retryAfter(header http.Header, now time.Time) (pause time.Duration, named bool) {
	value := strings.TrimSpace(header.Get("Retry-After"))
	seconds, err := strconv.ParseInt(value, 10, 64)
	switch {
	case err == nil, errors.Is(err, strconv.ErrRange):
		pause = time.Duration(min(max(seconds, 0), int64(maxPause/time.Second))) * time.Second
	default:
		at, err := http.ParseTime(value)
		if err != nil {
			return 0, false
		}
		if date, err := http.ParseTime(header.Get("Date")); err == nil {
			now = date
		}
		pause = min(max(at.Sub(now), 0), maxPause)
	}
	return pause, true
}
