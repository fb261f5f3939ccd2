// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"fmt"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/semaphore"
	"golang.org/x/time/rate"
)

// The service counts 100 requests in 10 seconds, per client id and API version.
// How it counts is not documented: in fixed intervals, in a sliding window or
// by a bucket. And others may use the same client id. So:
//
//   - No more than 90 requests start in any 10 seconds. The rest is for the run
//     before this one, and for requests that the service counts later than they
//     were sent. A run of up to 90 requests doesn't wait at all.
//   - The first 429 adds a smooth pace for the rest of the run, 9 a second with a
//     burst of 5, and each further one halves both window and pace: the service
//     answers repeated excess with minutes of Retry-After.
//   - A pause that the service asks for holds all requests of the client.
//   - An act takes the turns of its guard and of its request together, so that
//     the request follows at once. See [Turn].
//
// Config.RequestsPerSecond scales window and pace alike; 10 is what stands here.
const (
	windowRequests = 90
	windowLength   = 10 * time.Second
	pacePerSecond  = 9
	paceBurst      = 5
	// minTurns is what the narrowest limit lets pass together: an act and its
	// guard.
	minTurns = 2
	// maxHalvings bounds how far repeated 429 slow the client down: a pause of
	// the service's does the rest.
	maxHalvings = 4

	// maxPause bounds what a Retry-After header can ask for.
	maxPause = time.Hour
	// fresh is how long an answer can guard an act that is to follow.
	fresh = 10 * time.Second
)

// limiter lets requests pass within the service's limit, and none while the
// service has asked for a pause.
type limiter struct {
	// queue makes those who wait for room wait in the order in which they came.
	queue *semaphore.Weighted

	mu     sync.Mutex
	window int
	length time.Duration
	// sent has the times of the requests within the window, the oldest first.
	sent []time.Time
	// held counts the turns that are taken and not used yet; changed is closed,
	// and made anew, when they become fewer.
	held    int
	changed chan struct{}
	// pace is nil until the first 429, and halvings counts what followed.
	pace     *rate.Limiter
	perSec   float64
	halvings int
	// slowed is when the last 429 was taken note of.
	slowed time.Time

	// until is the end of the pause.
	until time.Time
	// interruptions counts what makes guards expire: pauses and 429.
	interruptions int
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

// newLimiter makes a limiter for so many requests a second; 10 is the service's.
func newLimiter(perSecond float64) *limiter {
	scale := perSecond / defaultRequestsPerSecond
	window := max(minTurns, int(windowRequests*scale))
	return &limiter{
		queue:  semaphore.NewWeighted(1),
		window: window,
		// A window of a few requests is longer, so that the rate is the same.
		length:   time.Duration(float64(windowLength) * float64(window) / (windowRequests * scale)),
		changed:  make(chan struct{}),
		perSec:   pacePerSecond * scale,
		watchers: map[*watcher]struct{}{},
	}
}

// wait waits until a request may start. It fails at once if a pause, or the wait
// for room, would outlast the context's deadline.
func (l *limiter) wait(ctx context.Context) error { return l.acquire(ctx, nil) }

// admit waits until a request may start.
func (l *limiter) admit(ctx context.Context, r request) error {
	switch {
	case r.turn == nil:
		return l.wait(ctx)
	case r.act:
		return r.turn.waitForAct(ctx)
	}
	return r.turn.waitForGuard(ctx)
}

// acquire takes a turn for a request that starts now and, if there is a holder,
// another one for it to hold.
func (l *limiter) acquire(ctx context.Context, holder *Turn) error {
	waiting, stop := l.watch(ctx)
	defer stop()
	gone := func() error {
		if ctx.Err() != nil {
			return l.ended(ctx)
		}
		return context.Cause(waiting)
	}
	for {
		if l.queue.Acquire(waiting, 1) != nil {
			return gone()
		}
		mayHold, err := l.next(ctx, holder)
		l.queue.Release(1)
		if mayHold == nil || err != nil {
			return err
		}
		select {
		case <-mayHold:
		case <-waiting.Done():
			return gone()
		}
	}
}

// next takes the turns of whoever comes next in the queue. It takes none while
// so many are held that their holders could not repeat a request: then those
// who hold turns go first, and what to wait for is returned.
func (l *limiter) next(ctx context.Context, holder *Turn) (mayHold <-chan struct{}, err error) {
	n := 1
	if holder != nil {
		n = 2
	}
	for {
		if holder != nil {
			if mayHold = l.untilMayHold(); mayHold != nil {
				return mayHold, nil
			}
		}
		if err := wait(ctx, l.remaining(), "a pause the service asked for"); err != nil {
			return nil, err
		}
		if err := l.keepPace(ctx, n); err != nil {
			return nil, err
		}
		if err := l.waitForRoom(ctx, n); err != nil {
			return nil, err
		}
		if l.take(holder) {
			return nil, nil
		}
	}
}

// untilMayHold returns nil if another turn may be held, and otherwise what is
// closed when fewer are: one turn in the window is always left to those who hold
// the others.
func (l *limiter) untilMayHold() <-chan struct{} {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held+2 <= l.window {
		return nil
	}
	return l.changed
}

// keepPace waits for the smooth pace, if there is one.
func (l *limiter) keepPace(ctx context.Context, n int) error {
	l.mu.Lock()
	pace := l.pace
	l.mu.Unlock()
	if pace == nil {
		return nil
	}
	turn := pace.ReserveN(time.Now(), n)
	if err := wait(ctx, turn.Delay(), "a wait for the rate limit"); err != nil {
		turn.Cancel()
		return err
	}
	return nil
}

// waitForRoom waits until n requests fit into the window.
func (l *limiter) waitForRoom(ctx context.Context, n int) error {
	for {
		d, changed := l.untilRoom(n)
		if d == 0 {
			return nil
		}
		if deadline, ok := ctx.Deadline(); ok && time.Now().Add(d).After(deadline) {
			return outlasts("a wait for the rate limit", d, deadline)
		}
		timer := time.NewTimer(d)
		select {
		case <-timer.C:
		case <-changed:
		case <-ctx.Done():
			timer.Stop()
			return fmt.Errorf("%w, during a wait for the rate limit of %s", ended(ctx), seconds(d.Round(time.Millisecond)))
		}
		timer.Stop()
	}
}

// untilRoom is how long it takes until n requests fit into the window, unless
// fewer turns are held before.
func (l *limiter) untilRoom(n int) (time.Duration, <-chan struct{}) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forget()
	over := len(l.sent) + l.held + n - l.window
	switch {
	case over <= 0:
		return 0, nil
	case over > len(l.sent):
		// Only turns that are given back, or used, make room.
		return l.length, l.changed
	}
	return time.Until(l.sent[over-1].Add(l.length)), l.changed
}

// forget drops what has left the window; mu is held.
func (l *limiter) forget() {
	now := time.Now()
	old := 0
	for old < len(l.sent) && now.Sub(l.sent[old]) >= l.length {
		old++
	}
	l.sent = l.sent[old:]
}

// take marks turns as taken, unless a pause has begun.
func (l *limiter) take(holder *Turn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if time.Now().Before(l.until) {
		return false
	}
	l.sent = append(l.sent, time.Now())
	if holder != nil {
		l.held++
		holder.held, holder.interruptions = true, l.interruptions
	}
	return true
}

// remaining is what is left of the pause.
func (l *limiter) remaining() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	return max(0, time.Until(l.until))
}

// observe takes note of an answer: whether the service asks for a pause, for all
// requests of the client.
func (l *limiter) observe(answer *reply) {
	l.mu.Lock()
	defer l.mu.Unlock()
	limited := answer.status == http.StatusTooManyRequests
	if limited {
		l.slowDown(answer.sent)
		l.interrupt()
	}
	pause, named := retryAfter(answer.header, time.Now())
	switch {
	case named && (limited || answer.status == http.StatusServiceUnavailable):
	case limited:
		// Requests that were under way together count once.
		if answer.sent.After(l.struck) {
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
	l.interrupt()
	for w := range l.watchers {
		if w.deadline.Before(until) {
			w.cancel(outlasts("a pause the service asked for", pause, w.deadline))
		}
	}
}

// interrupt makes all guards expire, and gives back the turns that were taken
// with them; mu is held.
func (l *limiter) interrupt() {
	l.interruptions++
	l.held = 0
	l.wake()
}

// slowDown adds the pace, or halves pace and window; mu is held. Requests that
// were under way together count once.
func (l *limiter) slowDown(sent time.Time) {
	switch {
	case !sent.After(l.slowed):
		return
	case l.pace == nil:
		l.pace = rate.NewLimiter(rate.Limit(l.perSec), paceBurst)
	case l.halvings < maxHalvings:
		l.halvings++
		l.window = max(minTurns, l.window/2)
		l.perSec /= 2
		l.pace.SetLimit(rate.Limit(l.perSec))
		l.pace.SetBurst(max(minTurns, paceBurst>>l.halvings))
	}
	l.slowed = time.Now()
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

// ended is the error of a context that is over, and tells of a pause that is
// under way: whoever waits for another's request doesn't see it.
func (l *limiter) ended(ctx context.Context) error {
	if pause := l.remaining(); pause > 0 {
		return fmt.Errorf("%w, during a pause the service asked for of which %s are left", ended(ctx), seconds(pause.Round(time.Millisecond)))
	}
	return ended(ctx)
}
