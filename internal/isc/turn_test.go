// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurn: an act takes its turn together with its guard, so that it follows at
// once, and after a pause or a 429 its guard has to be read again.
func TestTurn(t *testing.T) {
	t.Parallel()
	must := func(t *testing.T, err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		l.starts(t, 88)
		turn, ctx := l.turn(), t.Context()
		must(t, turn.waitForGuard(ctx))
		// The window is full, and a slow answer doesn't lose the place.
		time.Sleep(8 * time.Second)
		start := time.Now()
		must(t, turn.waitForAct(ctx))
		if time.Since(start) != 0 {
			t.Errorf("the act waited %s", time.Since(start))
		}
		// What was held counts from when it was used.
		l.starts(t, 89)
		if at := l.starts(t, 1); at[0] != 8*time.Second {
			t.Errorf("the next request starts after %s", at[0])
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		turn, ctx := l.turn(), t.Context()
		must(t, turn.waitForGuard(ctx))
		l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"7"}}, sent: time.Now()})
		if err := turn.waitForAct(ctx); !errors.Is(err, ErrGuardExpired) {
			t.Errorf("after a 429: %v", err)
		}
		turn.Release()
		turn, start := l.turn(), time.Now()
		must(t, turn.waitForGuard(ctx))
		must(t, turn.waitForAct(ctx))
		if took := time.Since(start); took != 7*time.Second {
			t.Errorf("after the pause: %s", took)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		turns := []*Turn{}
		for range 45 {
			turn := l.turn()
			must(t, turn.waitForGuard(t.Context()))
			turns = append(turns, turn)
		}
		for _, turn := range turns {
			turn.Release()
			turn.Release()
		}
		if at := l.starts(t, 45); at[44] != 0 {
			t.Errorf("turns given back are free: the last request starts after %s", at[44])
		}
		if at := l.starts(t, 1); at[0] == 0 {
			t.Error("a turn was given back twice")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		// Another's answer guards for ten seconds, the wait for the limit
		// included; an act that would come too late learns it at once.
		l := newLimiter(10)
		l.starts(t, 90)
		turn, start := l.turn(), time.Now()
		turn.until = time.Now().Add(10*time.Second - 1)
		if err := turn.waitForAct(t.Context()); !errors.Is(err, ErrGuardExpired) || time.Since(start) != 0 {
			t.Errorf("too late: %v after %s", err, time.Since(start))
		}
		turn = l.turn()
		turn.until = time.Now().Add(10 * time.Second)
		must(t, turn.waitForAct(t.Context()))
		turn = l.turn()
		turn.until = time.Now().Add(9 * time.Second)
		must(t, turn.waitForAct(t.Context()))
		// A repetition, because no connection came about.
		time.Sleep(9 * time.Second)
		must(t, turn.waitForAct(t.Context()))
		time.Sleep(11 * time.Second)
		if err := turn.waitForAct(t.Context()); !errors.Is(err, ErrGuardExpired) {
			t.Errorf("a late repetition: %v", err)
		}
	})
}

// timed is a client in a bubble, and what arrived when.
type timed struct {
	*Client
	start time.Time

	mu  sync.Mutex
	got []string
}

func newTimed(t *testing.T, handle http.HandlerFunc) *timed {
	t.Helper()
	c := &timed{start: time.Now()}
	s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.got = append(c.got, r.Method+" "+time.Since(c.start).String())
		c.mu.Unlock()
		handle(w, r)
	})
	c.Client = s.client(func(config *Config) { config.RequestsPerSecond = 10 })
	c.tokens.current = &token{value: "abc"}
	return c
}

// act guards an act, waits, and sends it.
func (c *timed) act(t *testing.T, anew bool, pause func()) error {
	t.Helper()
	wi, turn, err := c.Guard(t.Context(), testID, anew)
	if err != nil || wi.ID != testID {
		t.Fatalf("got %+v, %v", wi, err)
	}
	defer turn.Release()
	pause()
	_, err = c.ApproveApprovalItem(turn.Context(t.Context()), testID, testItemID)
	return err
}

// TestGuard_theActFollowsAtOnce, unless its guard is no longer fresh.
func TestGuard_theActFollowsAtOnce(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// before happens before the guard, which is read anew if so asked, and
		// between happens between the guard and its act.
		before, between func(*testing.T, *timed)
		anew, expires   bool
		got             []string
	}{
		"anew": {
			before: func(t *testing.T, c *timed) { c.Find(t.Context(), testID) },
			anew:   true, got: []string{"GET 0s", "GET 0s", "POST 0s"},
		},
		"with the last turns": {
			before:  func(t *testing.T, c *timed) { c.limiter.starts(t, 88) },
			between: func(*testing.T, *timed) { time.Sleep(9 * time.Second) },
			anew:    true, got: []string{"GET 0s", "POST 9s"},
		},
		"with all but one turn taken": {
			before: func(t *testing.T, c *timed) { c.limiter.starts(t, 89) },
			anew:   true, got: []string{"GET 10s", "POST 10s"},
		},
		"however late": {
			between: func(*testing.T, *timed) { time.Sleep(time.Hour) },
			anew:    true, got: []string{"GET 0s", "POST 1h0m0s"},
		},
		"guarded by another's answer": {
			before: func(t *testing.T, c *timed) { c.Find(t.Context(), testID); time.Sleep(fresh - 1) },
			got:    []string{"GET 0s", "POST 9.999999999s"},
		},
		"guarded to the last moment": {
			before: func(t *testing.T, c *timed) { c.Find(t.Context(), testID); time.Sleep(fresh) },
			got:    []string{"GET 0s", "POST 10s"},
		},
		"read again when that is too old": {
			before: func(t *testing.T, c *timed) { c.Find(t.Context(), testID); time.Sleep(fresh + 1) },
			got:    []string{"GET 0s", "GET 10.000000001s", "POST 10.000000001s"},
		},
		"another's answer that grows too old": {
			before:  func(t *testing.T, c *timed) { c.Find(t.Context(), testID) },
			between: func(*testing.T, *timed) { time.Sleep(fresh + 1) },
			expires: true, got: []string{"GET 0s"},
		},
		"expired by a 429": {
			between: func(_ *testing.T, c *timed) {
				c.limiter.observe(&reply{status: 429, header: http.Header{"Retry-After": {"0"}}, sent: time.Now()})
			},
			anew: true, expires: true, got: []string{"GET 0s"},
		},
		"expired by a pause": {
			between: func(_ *testing.T, c *timed) {
				c.limiter.observe(&reply{status: 503, header: http.Header{"Retry-After": {"1"}}})
			},
			anew: true, expires: true, got: []string{"GET 0s"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				c := newTimed(t, okItem)
				if test.before != nil {
					test.before(t, c)
				}
				err := c.act(t, test.anew, func() {
					if test.between != nil {
						test.between(t, c)
					}
				})
				if test.expires && (!errors.Is(err, ErrGuardExpired) || !errors.Is(err, ErrNothingSent)) || !test.expires && err != nil {
					t.Errorf("got %v", err)
				}
				if !slices.Equal(c.got, test.got) {
					t.Errorf("got %q, want %q", c.got, test.got)
				}
				if c.limiter.held != 0 {
					t.Errorf("%d turns are still held", c.limiter.held)
				}
			})
		})
	}
}

// TestGuard_afterAnUnclearAct: what is read after it may be older than what
// becomes of it, so each act is guarded anew.
func TestGuard_afterAnUnclearAct(t *testing.T) {
	t.Parallel()
	for status, want := range map[int][]string{
		200: {"POST 0s", "GET 0s", "POST 0s"},
		502: {"POST 0s", "GET 0s", "GET 0s", "POST 0s"},
	} {
		synctest.Test(t, func(t *testing.T) {
			forwarded := answer(status, "")
			c := newTimed(t, answers(forwarded, okItem))
			c.ForwardWorkItem(t.Context(), testID, Forward{TargetOwnerID: testOwner})
			if _, err := c.Find(t.Context(), testID); err != nil {
				t.Error(err)
			}
			if err := c.act(t, false, func() {}); err != nil || !slices.Equal(c.got, want) {
				t.Errorf("%d: got %q, %v, want %q", status, c.got, err, want)
			}
		})
	}
}

func TestGuard_thatFailsHoldsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newTimed(t, answer(422, ""))
		if _, _, err := c.Guard(t.Context(), testID, true); err == nil || c.limiter.held != 0 {
			t.Errorf("got %v, %d held", err, c.limiter.held)
		}
	})
}

// TestTurn_ofAGuardThatIsRepeated is taken once.
func TestTurn_ofAGuardThatIsRepeated(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		turn := l.turn()
		for range 3 {
			if err := turn.waitForGuard(t.Context()); err != nil {
				t.Error(err)
			}
		}
		if l.held != 1 || len(l.sent) != 3 {
			t.Errorf("%d held, %d sent", l.held, len(l.sent))
		}
		l.observe(&reply{status: 503, header: http.Header{"Retry-After": {"1"}}})
		// Lost, so taken again.
		if err := turn.waitForGuard(t.Context()); err != nil || l.held != 1 || len(l.sent) != 4 {
			t.Errorf("%d held, %d sent, %v", l.held, len(l.sent), err)
		}
		turn.Release()
		if l.held != 0 {
			t.Errorf("%d held after it was given back", l.held)
		}
	})
}

func TestTurn_thatNeverComes(t *testing.T) {
	t.Parallel()
	for name, wait := range map[string]func(*Turn, context.Context) error{"guard": (*Turn).waitForGuard, "act": (*Turn).waitForAct} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(10)
			l.starts(t, 90)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start, turn := time.Now(), l.turn()
			turn.until = start.Add(time.Minute)
			err := wait(turn, ctx)
			if !errors.Is(err, context.Canceled) || !says(err, "during a wait for the rate limit of 10 s") || time.Since(start) != time.Second {
				t.Errorf("%s: got %v after %s", name, err, time.Since(start))
			}
			if turn.held || l.held != 0 || len(l.sent) != 90 {
				t.Errorf("%s: held %t, %d of all, %d sent", name, turn.held, l.held, len(l.sent))
			}
		})
	}
}

// TestTurn_givenUpBehindOthers says nothing of a wait whose length nobody knows.
func TestTurn_givenUpBehindOthers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		l.starts(t, windowRequests)
		var first sync.WaitGroup
		first.Go(func() { l.wait(t.Context()) })
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if err := l.wait(ctx); err == nil || err.Error() != context.Canceled.Error() {
			t.Errorf("got %v", err)
		}
		first.Wait()
		if len(l.waiting) != 0 {
			t.Errorf("%d are still in the queue", len(l.waiting))
		}
	})
}

// TestTurn_heldOnesMakeRoomWhenGivenBack: nothing else does, however long it
// takes.
func TestTurn_heldOnesMakeRoomWhenGivenBack(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.1)
		first, second := l.turn(), l.turn()
		if err := first.waitForGuard(t.Context()); err != nil {
			t.Error(err)
		}
		start := time.Now()
		time.AfterFunc(time.Hour, first.Release)
		if err := second.waitForGuard(t.Context()); err != nil || time.Since(start) != time.Hour {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// TestTurn_countsTwice while it is held, in the window and for the pace.
func TestTurn_countsTwice(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		limited bool
		// more requests start at once besides, and the next one after this time.
		more int
		next time.Duration
	}{
		"window": {false, windowRequests - 2, windowLength},
		"pace":   {true, paceBurst - 2, time.Second / slowPace},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(10)
			time.Sleep(time.Second)
			if test.limited {
				l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"0"}}, sent: time.Now()})
			}
			start := time.Now()
			if err := l.turn().waitForGuard(t.Context()); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			l.starts(t, test.more)
			if took := time.Since(start); took != 0 {
				t.Errorf("%s: %d requests took %s", name, test.more, took)
			}
			if at := l.starts(t, 1); (at[0] - test.next).Abs() > time.Millisecond {
				t.Errorf("%s: the next request starts after %s", name, at[0])
			}
		})
	}
}

// TestTurn_waitsForNoLongerThanItMust, also where it takes the whole window.
func TestTurn_waitsForNoLongerThanItMust(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.1)
		for range minTurns {
			l.starts(t, 1)
			time.Sleep(5 * time.Second)
		}
		start := time.Now()
		if err := l.turn().waitForGuard(t.Context()); err != nil || time.Since(start) != l.length-5*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
	})
}

// TestTurn_thatExpiresIsNotTaken, of the window or of the pace.
func TestTurn_thatExpiresIsNotTaken(t *testing.T) {
	t.Parallel()
	for burst, limited := range map[int]bool{windowRequests: false, paceBurst: true} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(10)
			time.Sleep(time.Second)
			if limited {
				l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"0"}}, sent: time.Now()})
			}
			if err := l.turn().waitForAct(t.Context()); !errors.Is(err, ErrGuardExpired) {
				t.Errorf("got %v", err)
			}
			if at := l.starts(t, burst); at[burst-1] != 0 {
				t.Errorf("the last request starts after %s", at[burst-1])
			}
		})
	}
}

// TestTurn_ofAnActThatAnothersAnswerGuards comes before those of the last who came
// before it, so that nobody is overtaken by more acts than these.
func TestTurn_ofAnActThatAnothersAnswerGuards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(0.1)
		l.starts(t, minTurns)
		var mu sync.Mutex
		var order []string
		var waiting sync.WaitGroup
		wait := func(name string, turn func() error) {
			waiting.Go(func() {
				if err := turn(); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, name)
			})
			synctest.Wait()
		}
		guard := l.turn()
		wait("guard", func() error {
			defer guard.Release()
			return guard.waitForGuard(t.Context())
		})
		wait("read", func() error { return l.wait(t.Context()) })
		for range 2 * mayOvertake {
			wait("act", func() error {
				turn := l.turn()
				turn.until = time.Now().Add(time.Hour)
				return turn.waitForAct(t.Context())
			})
		}
		waiting.Wait()
		if first, second := slices.Index(order, "guard"), slices.Index(order, "read"); first != mayOvertake-1 || second != mayOvertake+1 {
			t.Errorf("got %q", order)
		}
	})
}

// TestTurn_ofAnActThatLearnsInTime that its guard expires, wherever it stands in
// the queue, and whatever pause begins in another.
func TestTurn_ofAnActThatLearnsInTime(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		before func(*testing.T, *limiter)
		after  time.Duration
	}{
		"behind others": {func(t *testing.T, l *limiter) {
			l.starts(t, minTurns)
			for range 2 * mayOvertake {
				go l.wait(t.Context())
				synctest.Wait()
			}
		}, 3*time.Second + 1},
		"in a pause that grows": {func(_ *testing.T, l *limiter) {
			l.observe(&reply{status: 503, header: http.Header{"Retry-After": {"2"}}})
			time.AfterFunc(time.Second, func() {
				l.observe(&reply{status: 503, header: http.Header{"Retry-After": {"60"}}})
			})
		}, time.Second},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(0.1)
			test.before(t, l)
			turn, start := l.turn(), time.Now()
			turn.until = start.Add(3 * time.Second)
			if err := turn.waitForAct(t.Context()); !errors.Is(err, ErrGuardExpired) || time.Since(start) != test.after {
				t.Errorf("%s: %v after %s", name, err, time.Since(start))
			}
			time.Sleep(time.Hour)
		})
	}
}

// TestTurn_ofAnActWhoseGuardExpiresInTheQueue: what others do in between doesn't
// let it take place.
func TestTurn_ofAnActWhoseGuardExpiresInTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		l.starts(t, windowRequests)
		var waiting sync.WaitGroup
		for range 2 {
			turn := l.turn()
			turn.until = time.Now().Add(time.Minute)
			waiting.Go(func() {
				if err := turn.waitForAct(t.Context()); !errors.Is(err, ErrGuardExpired) {
					t.Errorf("got %v", err)
				}
			})
		}
		time.Sleep(5 * time.Second)
		l.observe(&reply{status: 503, header: http.Header{"Retry-After": {"1"}}})
		waiting.Wait()
		if len(l.sent) != windowRequests || len(l.waiting) != 0 {
			t.Errorf("%d sent, %d waiting", len(l.sent), len(l.waiting))
		}
	})
}
