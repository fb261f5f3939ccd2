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
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// maxPause bounds what a Retry-After header can ask for.
const maxPause = time.Hour

// limiter lets requests pass at the configured rate, and none while the service
// has asked for a pause.
type limiter struct {
	limiter *rate.Limiter

	mu    sync.Mutex
	until time.Time
	// strikes counts 429 answers in a row that named no pause, and struck is
	// when the last of them came.
	strikes int
	struck  time.Time
	// watchers are contexts to end as soon as a pause would outlast them.
	watchers map[*watcher]struct{}
}

type watcher struct {
	deadline time.Time
	cancel   context.CancelCauseFunc
}

func newLimiter(limit rate.Limit) *limiter {
	return &limiter{limiter: rate.NewLimiter(limit, burst), watchers: map[*watcher]struct{}{}}
}

// pass waits for the end of the pause and for the rate limit. It fails at once
// if that would outlast the context's deadline.
func (l *limiter) wait(ctx context.Context) error {
	for {
		if err := wait(ctx, l.remaining(), "a pause the service asked for"); err != nil {
			return err
		}
		turn := l.limiter.Reserve()
		if err := wait(ctx, turn.Delay(), "a wait for the rate limit"); err != nil {
			turn.Cancel()
			return err
		}
		if l.remaining() == 0 {
			return nil
		}
	}
}

// remaining is what is left of the pause.
func (l *limiter) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.until))
}

// observe takes note of an answer to a request sent at the given time: whether
// the service asks for a pause, for all requests of the client.
func (l *limiter) observe(answer *reply, sent time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limited := answer.status == http.StatusTooManyRequests
	pause, named := retryAfter(answer.header, time.Now())
	switch {
	case named && (limited || answer.status == http.StatusServiceUnavailable):
	case limited:
		// Requests that were under way together count once.
		if sent.After(l.struck) {
			l.strikes++
			l.struck = time.Now()
		}
		pause = jittered(time.Second, time.Minute, l.strikes)
	default:
		l.strikes = 0
		return
	}
	until := time.Now().Add(pause)
	if !until.After(l.until) {
		return
	}
	l.until = until
	for w := range l.watchers {
		if w.deadline.Before(until) {
			w.cancel(outlasts("a pause the service asked for", pause, w.deadline))
		}
	}
}

// watch returns a context that ends, with a cause that says so, as soon as a
// pause would outlast ctx. It is for those who wait for somebody else's
// request, which has no deadline.
func (l *limiter) watch(ctx context.Context) (context.Context, func()) {
	deadline, ok := ctx.Deadline()
	if !ok {
		return ctx, func() {}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watcher{deadline, cancel}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.deadline.Before(l.until) {
		cancel(outlasts("a pause the service asked for", time.Until(l.until), deadline))
	}
	l.watchers[w] = struct{}{}
	return ctx, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.watchers, w)
		cancel(nil)
	}
}

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

// ended is the error of a context that is over, and tells of a pause that is
// under way: whoever waits for another's request doesn't see it.
func (l *limiter) ended(ctx context.Context) error {
	if pause := l.remaining(); pause > 0 {
		return fmt.Errorf("%w, during a pause the service asked for of which %s are left", ended(ctx), seconds(pause.Round(time.Millisecond)))
	}
	return ended(ctx)
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
