// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"time"
)

// Turn is the place of an act in the queue for the rate limit. Its guard takes
// it together with its own, so that between the two lies nothing but the
// guard's answer, however long the queue. After a pause of the service's, or a
// 429, it is lost, and the guard has to be read again.
type Turn struct {
	limiter *limiter
	// held means that the act has its turn. Else it may take one until the given
	// time, for as long as what guards it is fresh.
	held  bool
	until time.Time
	// interruptions is what the limiter had counted when the guard was asked for.
	interruptions int
}

// turn returns a turn that is not taken yet.
func (l *limiter) turn() *Turn {
	l.mu.Lock()
	defer l.mu.Unlock()
	return &Turn{limiter: l, interruptions: l.interruptions}
}

// waitForGuard lets the guard of an act start, and takes the act's turn too.
func (t *Turn) waitForGuard(ctx context.Context) error {
	l := t.limiter
	l.mu.Lock()
	held := t.held && t.interruptions == l.interruptions
	l.mu.Unlock()
	if held {
		return l.wait(ctx)
	}
	t.held = false
	return l.acquire(ctx, &waiter{guard: t})
}

// waitForAct lets the act start. It fails with [ErrGuardExpired] if its guard
// has to be read again.
func (t *Turn) waitForAct(ctx context.Context) error {
	l := t.limiter
	if !t.held {
		return l.acquire(ctx, &waiter{act: t})
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	t.held = false
	if t.interruptions != l.interruptions {
		return ErrGuardExpired
	}
	now := time.Now()
	// A repetition, because no connection came about, may still take place.
	t.until = now.Add(fresh)
	l.held--
	l.sent = append(l.sent, now)
	l.wake()
	return nil
}

// expires reports whether an act that has no turn yet would come too late then;
// the limiter's mu is held.
func (t *Turn) expires(at time.Time) bool {
	return t != nil && (t.interruptions != t.limiter.interruptions || at.After(t.until))
}

// Release gives back a turn that was not used.
func (t *Turn) Release() {
	l := t.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	if t.held && t.interruptions == l.interruptions {
		l.held--
		l.wake()
	}
	t.held = false
}

type turnKey struct{}

// Context returns the context for sending the act whose turn this is.
func (t *Turn) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, turnKey{}, t)
}
