// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"sync"
	"time"
)

// flights lets concurrent callers with the same key share one call.
type flights[T any] struct {
	mu    sync.Mutex
	calls map[string]*flight[T]
}

type flight[T any] struct {
	done    chan struct{}
	cancel  context.CancelFunc
	waiters int
	value   T
	err     error
}

// share calls fn, or waits for a call with the same key that is under way. The
// call is nobody's in particular: it goes on while anybody waits for it, and is
// cancelled when the last one has left.
func share[T any](ctx context.Context, l *limiter, f *flights[T], key string, fn func(context.Context) (T, error)) (T, error) {
	var zero T
	if ctx.Err() != nil {
		return zero, ended(ctx)
	}
	waiting, stop := l.watch(ctx)
	defer stop()

	f.mu.Lock()
	call := f.calls[key]
	if call == nil {
		call = f.start(ctx, key, fn)
	}
	call.waiters++
	f.mu.Unlock()

	select {
	case <-call.done:
		return call.value, call.err
	case <-waiting.Done():
	}
	f.mu.Lock()
	call.waiters--
	last := call.waiters == 0
	if last {
		f.remove(key, call)
	}
	f.mu.Unlock()
	if last {
		call.cancel()
		// Nothing may run on behalf of a caller who has gone.
		<-call.done
	}
	if ctx.Err() != nil {
		return zero, l.ended(ctx)
	}
	return zero, context.Cause(waiting)
}

// start begins a call; f.mu is held.
func (f *flights[T]) start(ctx context.Context, key string, fn func(context.Context) (T, error)) *flight[T] {
	shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
	call := &flight[T]{done: make(chan struct{}), cancel: cancel}
	if f.calls == nil {
		f.calls = map[string]*flight[T]{}
	}
	f.calls[key] = call
	go func() {
		defer close(call.done)
		defer cancel()
		call.value, call.err = fn(shared)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.remove(key, call)
	}()
	return call
}

// remove makes the next caller start anew; f.mu is held.
func (f *flights[T]) remove(key string, call *flight[T]) {
	if f.calls[key] == call {
		delete(f.calls, key)
	}
}

// itemCache remembers what the service answered about single work items: the
// items, and that some can't be read.
type itemCache struct {
	flights flights[*WorkItem]

	mu      sync.Mutex
	entries map[string]*cachedItem
}

type cachedItem struct {
	// version grows with each act, so that a read which began before an act
	// can't be remembered after it.
	version int
	known   bool
	item    *WorkItem
	err     error
	// asked is when the request was sent that this is the answer to.
	asked time.Time
	// unclear means that nobody knows what became of the last act on it.
	unclear bool
}

// guards reports whether this run knows enough of the work item to act upon it.
func (e cachedItem) guards() bool {
	return e.known && !e.unclear && time.Since(e.asked) <= fresh
}

// entry returns the entry of an id; mu is held.
func (c *itemCache) entry(id string) *cachedItem {
	e := c.entries[id]
	if e == nil {
		if c.entries == nil {
			c.entries = map[string]*cachedItem{}
		}
		e = &cachedItem{}
		c.entries[id] = e
	}
	return e
}

func (c *itemCache) get(id string) cachedItem {
	c.mu.Lock()
	defer c.mu.Unlock()
	return *c.entry(id)
}

func (c *itemCache) version(id string) int { return c.get(id).version }

// store remembers the result of a request that was sent at the given time and
// version. Only errors that say something about the work item are remembered.
func (c *itemCache) store(id string, version int, asked time.Time, item *WorkItem, err error) {
	if err != nil && !isAboutTheItem(err) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.entry(id); e.version == version {
		e.known, e.item, e.err, e.asked = true, item, err, asked
	}
}

// forget drops what is remembered, and what reads under way will bring, after an
// act that is clear or not.
func (c *itemCache) forget(id string, unclear bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.entry(id)
	*e = cachedItem{version: e.version + 1, unclear: unclear}
}
