// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// The service counts 100 requests in 10 seconds, per client id and API version.
// How it counts is not documented: in fixed intervals, in a sliding window or
// by a bucket. And others may use the same client id. So:
//
//   - No more than 90 requests start in any 10 seconds. The rest is for the run
//     before this one, and for requests that the service counts later than they
//     were sent. A run of up to 90 that decide nothing doesn't wait at all.
//   - Acts and their guards keep a pace of 100 a second, after a burst of 5.
//   - The first 429 makes it one of 9 a second, for all requests of the run, and
//     each further one halves both window and pace: the service answers repeated
//     excess with minutes of Retry-After.
//   - A pause that the service asks for holds all requests of the client.
//   - An act takes the turns of its guard and of its request together, so that
//     the request follows at once. See [Turn].
//   - An act that needs no guard of its own, because another's answer guards it
//     for a while yet, may overtake a few others.
//
// Config.RequestsPerSecond scales window and paces alike; 10 is what stands here.
const (
	windowRequests = 90
	windowLength   = 10 * time.Second
	// actPace and slowPace are in requests a second. An answer guards other acts
	// for about as long as it counts in the window. So it guards those that had to
	// wait for room only if they follow each other as fast as the requests before
	// the wait. Terraform can't repeat its fastest burst, but it can keep this
	// pace, and 200 acts take ten guards fewer.
	actPace   = 100
	slowPace  = 9
	paceBurst = 5
	// minTurns is what the narrowest limit lets pass together: an act and its
	// guard.
	minTurns = 2
	// mayOvertake is how many of the last requests before it an act may overtake
	// which somebody else's answer guards: else that would often expire in the
	// queue, and cost a request more.
	mayOvertake = 10
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
	mu sync.Mutex
	// waiting is the queue, and changed is closed, and made anew, when somebody
	// has left it, or when what it waits for has changed.
	waiting  []*waiter
	arrivals int
	changed  chan struct{}

	window int
	length time.Duration
	// sent has the times of the requests within the window, the oldest first.
	sent []time.Time
	// held counts the turns that are taken and not used yet.
	held int
	// pace is that of the acts until the first 429, and then that of all requests.
	// slowed is when the last 429 was taken note of, and halvings counts those
	// after the first.
	pace     *rate.Limiter
	slowed   time.Time
	halvings int
	// scale is what the configured rate is of the default.
	scale float64

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
		window: window,
		// A window of a few requests is longer, so that the rate is the same.
		length:   time.Duration(float64(windowLength) * float64(window) / (windowRequests * scale)),
		changed:  make(chan struct{}),
		pace:     rate.NewLimiter(rate.Limit(actPace*scale), paceBurst),
		scale:    scale,
		watchers: map[*watcher]struct{}{},
	}
}

// wait waits until a request may start. It fails at once if a pause, or the wait
// for room, would outlast the context's deadline.
func (l *limiter) wait(ctx context.Context) error { return l.acquire(ctx, &waiter{}) }

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

// waiter is a request in the queue.
type waiter struct {
	// place orders the queue: the number of its arrival, which is less for those
	// who may overtake.
	place int
	// guard is set for a guard, which takes the turn of its act too, and act for
	// an act without a turn, which has to come while its guard is fresh.
	guard, act *Turn
}

// turns is how many the request takes.
func (w *waiter) turns() int {
	if w.guard != nil {
		return 2
	}
	return 1
}

// obstacle is what keeps a request from starting.
type obstacle struct {
	what string
	// lasts is zero where only a change ends it.
	lasts   time.Duration
	changed <-chan struct{}
}

// acquire waits in the queue until it has taken the turns of a request.
func (l *limiter) acquire(ctx context.Context, w *waiter) error {
	watched, stop := l.watch(ctx)
	defer stop()
	l.join(w)
	defer l.leave(w)
	for {
		if watched.Err() != nil {
			return l.gone(ctx, watched)
		}
		o, err := l.take(w)
		if o == nil || err != nil {
			return err
		}
		var over <-chan time.Time
		switch {
		case o.lasts > 0:
			if deadline, ok := ctx.Deadline(); ok && time.Now().Add(o.lasts).After(deadline) {
				return outlasts(o.what, o.lasts, deadline)
			}
			over = time.After(o.lasts)
		case w.act != nil:
			// Whoever is not the next learns in time, too, that it is too late.
			over = time.After(time.Until(w.act.until) + 1)
		}
		select {
		case <-over:
		case <-o.changed:
		case <-watched.Done():
			if ctx.Err() != nil && o.lasts > 0 {
				return fmt.Errorf("%w, during %s of %s", ended(ctx), o.what, seconds(o.lasts.Round(time.Millisecond)))
			}
			return l.gone(ctx, watched)
		}
	}
}

// gone is the error of somebody who no longer waits.
func (l *limiter) gone(ctx, watched context.Context) error {
	if ctx.Err() != nil {
		return l.ended(ctx)
	}
	return context.Cause(watched)
}

// join puts a request into the queue.
func (l *limiter) join(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.arrivals++
	w.place = l.arrivals
	if w.act != nil {
		// It comes after those whom it may not overtake.
		w.place -= mayOvertake + 1
	}
	l.waiting = append(l.waiting, w)
	slices.SortStableFunc(l.waiting, func(a, b *waiter) int { return cmp.Compare(a.place, b.place) })
}

// leave takes it out again.
func (l *limiter) leave(w *waiter) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = slices.DeleteFunc(l.waiting, func(other *waiter) bool { return other == w })
	l.wake()
}

// wake tells whoever waits to look again; mu is held.
func (l *limiter) wake() {
	close(l.changed)
	l.changed = make(chan struct{})
}

// take takes the turns of a request, unless something is in its way. It fails
// with [ErrGuardExpired] for an act that would come too late.
func (l *limiter) take(w *waiter) (*obstacle, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if w.act.expires(now) {
		return nil, ErrGuardExpired
	}
	if o := l.obstacle(w, now); o != nil {
		if w.act.expires(now.Add(o.lasts)) {
			return nil, ErrGuardExpired
		}
		return o, nil
	}
	l.sent = append(l.sent, now)
	if t := w.guard; t != nil {
		l.held++
		t.held, t.interruptions = true, l.interruptions
	}
	return nil, nil
}

// obstacle returns what is in a request's way; mu is held.
func (l *limiter) obstacle(w *waiter, now time.Time) *obstacle {
	if l.next() != w {
		return &obstacle{changed: l.changed}
	}
	if pause := l.until.Sub(now); pause > 0 {
		return &obstacle{"a pause the service asked for", pause, l.changed}
	}
	l.forget(now)
	n := w.turns()
	if over := len(l.sent) + l.held + n - l.window; over > 0 {
		// There are so many: of the window, one turn at least is never held.
		return &obstacle{"a wait for the rate limit", l.sent[over-1].Add(l.length).Sub(now), l.changed}
	}
	if l.slowed.IsZero() && w.guard == nil && w.act == nil {
		return nil
	}
	turn := l.pace.ReserveN(now, n)
	if d := turn.DelayFrom(now); d > 0 {
		turn.CancelAt(now)
		return &obstacle{"a wait for the rate limit", d, l.changed}
	}
	return nil
}

// next is whose turn it is; mu is held. While so many turns are held that their
// holders could not repeat a request, it is nobody's who would hold another one.
func (l *limiter) next() *waiter {
	for _, w := range l.waiting {
		if w.guard == nil || l.held+2 <= l.window {
			return w
		}
	}
	return nil
}

// forget drops what has left the window; mu is held.
func (l *limiter) forget(now time.Time) {
	old := 0
	for old < len(l.sent) && now.Sub(l.sent[old]) >= l.length {
		old++
	}
	l.sent = l.sent[old:]
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

// slowDown lowers the pace, or halves pace and window; mu is held. Requests that
// were under way together count once.
func (l *limiter) slowDown(sent time.Time) {
	if !sent.After(l.slowed) {
		return
	}
	if !l.slowed.IsZero() && l.halvings < maxHalvings {
		l.halvings++
		l.window = max(minTurns, l.window/2)
		l.pace.SetBurst(max(minTurns, paceBurst>>l.halvings))
	}
	l.pace.SetLimit(rate.Limit(slowPace * l.scale / float64(int(1)<<l.halvings)))
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
