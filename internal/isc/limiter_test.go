// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

var retryAfterCases = []struct {
	value, date string
	want        time.Duration
	named       bool
}{
	{"0", "", 0, true},
	{"7", "", 7 * time.Second, true},
	{" 7 ", "", 7 * time.Second, true},
	{"-5", "", 0, true},
	{"3600", "", time.Hour, true},
	{"3601", "", time.Hour, true},
	{"99999999999999999999999", "", time.Hour, true},
	{"-99999999999999999999999", "", 0, true},
	{"", "", 0, false},
	{"soon", "", 0, false},
	{"1.5", "", 0, false},
	{"Wed, 01 May 2024 10:00:30 GMT", "", 30 * time.Second, true},
	{"Wed, 01 May 2024 09:00:00 GMT", "", 0, true},
	{"Wed, 01 May 2099 10:00:00 GMT", "", time.Hour, true},
	{"Wed, 01 May 2024 12:00:30 GMT", "Wed, 01 May 2024 12:00:00 GMT", 30 * time.Second, true},
	{"Wed, 01 May 2024 10:00:30 GMT", "yesterday", 30 * time.Second, true},
	{"Wednesday, 01-May-24 10:00:30 GMT", "", 30 * time.Second, true},
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	for _, test := range retryAfterCases {
		header := http.Header{"Retry-After": {test.value}, "Date": {test.date}}
		if got, named := retryAfter(header, now); got != test.want || named != test.named {
			t.Errorf("%q at %q: got %s, %v", test.value, test.date, got, named)
		}
	}
	if got, named := retryAfter(http.Header{}, now); got != 0 || named {
		t.Errorf("absent: got %s, %v", got, named)
	}
}

func FuzzRetryAfter(f *testing.F) {
	for _, test := range retryAfterCases {
		f.Add(test.value, test.date)
	}
	f.Fuzz(func(t *testing.T, value, date string) {
		got, named := retryAfter(http.Header{"Retry-After": {value}, "Date": {date}}, time.Now())
		if got < 0 || got > time.Hour || !named && got != 0 {
			t.Errorf("got %s, %v", got, named)
		}
	})
}

// starts waits n times at once, and returns when each could start, since the
// first call.
func (l *limiter) starts(t *testing.T, n int) (at []time.Duration) {
	t.Helper()
	var mu sync.Mutex
	var wg sync.WaitGroup
	start := time.Now()
	for range n {
		wg.Go(func() {
			err := l.wait(t.Context())
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				t.Error(err)
			}
			at = append(at, time.Since(start))
		})
	}
	wg.Wait()
	slices.Sort(at)
	return at
}

// TestLimiter_window: what fits into the window doesn't wait, and no window of
// the length has more.
func TestLimiter_window(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		perSecond float64
		window    int
		length    time.Duration
	}{
		{10, 90, 10 * time.Second}, {20, 180, 10 * time.Second}, {1, 9, 10 * time.Second},
		{0.3, 2, 7407 * time.Millisecond}, {0.1, 2, 22222 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			at := newLimiter(test.perSecond).starts(t, 3*test.window+1)
			for i, got := range at {
				if want := time.Duration(i/test.window) * test.length; (got - want).Abs() > 5*time.Millisecond {
					t.Fatalf("%v a second: request %d starts after %s, want %s", test.perSecond, i+1, got, want)
				}
			}
		})
	}
}

// TestLimiter_paceOfActs: acts and their guards keep it, and nothing else does.
func TestLimiter_paceOfActs(t *testing.T) {
	t.Parallel()
	for _, perSecond := range []float64{10, 20, 5} {
		synctest.Test(t, func(t *testing.T) {
			l, start := newLimiter(perSecond), time.Now()
			const acts = 20
			for range acts {
				turn := l.turn()
				if err := errors.Join(turn.waitForGuard(t.Context()), turn.waitForAct(t.Context())); err != nil {
					t.Fatal(err)
				}
			}
			took, want := time.Since(start), time.Duration((2*acts-paceBurst)/(actPace*perSecond/10)*float64(time.Second))
			if (took - want).Abs() > time.Millisecond {
				t.Errorf("%v a second: %d acts took %s, want %s", perSecond, acts, took, want)
			}
			if at := l.starts(t, 5); at[4] != 0 {
				t.Errorf("%v a second: reads wait %s", perSecond, at[4])
			}
		})
	}
}

// TestLimiter_after429 slows down: a pace, then half of it and of the window.
func TestLimiter_after429(t *testing.T) {
	t.Parallel()
	limited := func(l *limiter) {
		time.Sleep(time.Second)
		l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"20"}}, sent: time.Now()})
		time.Sleep(20 * time.Second)
	}
	for _, want := range []struct {
		configured    float64
		limited       int
		burst, window int
		perSecond     float64
	}{
		{10, 1, 5, 90, 9}, {10, 2, 2, 45, 4.5}, {10, 3, 2, 22, 2.25}, {10, 4, 2, 11, 1.125}, {10, 5, 2, 5, 0.5625}, {10, 6, 2, 5, 0.5625},
		{5, 1, 5, 45, 4.5}, {5, 2, 2, 22, 2.25},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLimiter(want.configured)
			for range want.limited {
				limited(l)
			}
			const n = 60
			at := l.starts(t, n)
			if at[want.burst-1] != 0 || at[want.burst] == 0 {
				t.Errorf("after %d: %d requests should start at once: %s", want.limited, want.burst, at[:want.burst+1])
			}
			for i := range at {
				if i+want.window < n && at[i+want.window]-at[i] < 10*time.Second {
					t.Fatalf("after %d: %d requests in less than 10 s", want.limited, want.window+1)
				}
			}
			if took, least := at[n-1], time.Duration(float64(n-want.burst)/want.perSecond*float64(time.Second)); took < least-time.Millisecond || took > 2*least {
				t.Errorf("after %d: %d requests took %s, want about %s", want.limited, n, took, least)
			}
		})
	}
}

func TestLimiter_aPauseHoldsAllRequests(t *testing.T) {
	t.Parallel()
	for status, pauses := range map[int]bool{429: true, 503: true, 502: false} {
		synctest.Test(t, func(t *testing.T) {
			var mu sync.Mutex
			limited := false
			start := time.Now()
			s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				defer mu.Unlock()
				switch {
				case !limited:
					limited = true
					answer(status, "", "Retry-After: 30")(w, r)
				case pauses && time.Since(start) < 30*time.Second:
					t.Errorf("%d: a request came after %s", status, time.Since(start))
					fallthrough
				default:
					okItem(w, r)
				}
			})
			c := s.client()
			c.tokens.current = &token{value: "abc"}
			if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
				t.Error(err)
			}
			if took := time.Since(start); (took >= 30*time.Second) != pauses {
				t.Errorf("%d: it took %s", status, took)
			}
		})
	}
}

func TestLimiter_pausesOfItsOwnGrow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var at []time.Duration
		start := time.Now()
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			at = append(at, time.Since(start))
			answer(429, "")(w, r)
		})
		c := s.client(func(config *Config) { config.MaxRetries = 8 })
		c.tokens.current = &token{value: "abc"}
		if _, err := c.GetWorkItem(t.Context(), testID); !errors.Is(err, ErrRateLimited) {
			t.Fatalf("got %v", err)
		}
		for i := 1; i < len(at); i++ {
			full := min(time.Second<<(i-1), time.Minute)
			if pause := at[i] - at[i-1]; pause < full/2 || pause > full+time.Millisecond {
				t.Errorf("pause %d was %s, want between half of %s and all of it", i, pause, full)
			}
		}
		if len(at) != 9 {
			t.Errorf("%d requests", len(at))
		}
	})
}

func TestLimiter_requestsLimitedTogetherCountOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newLimiter(1e6)
		sent := time.Now()
		time.Sleep(time.Second)
		for range 20 {
			g.observe(&reply{status: 429, sent: sent})
		}
		if got := g.remaining(); got > time.Second {
			t.Errorf("the pause is %s", got)
		}
		time.Sleep(2 * time.Second)
		g.observe(&reply{status: 200, sent: time.Now()})
		g.observe(&reply{status: 429, sent: time.Now()})
		if got := g.remaining(); got == 0 || got > time.Second {
			t.Errorf("after a success the pause is %s", got)
		}
	})
}

func TestLimiter_failsAtOnceWhenThePaceWouldOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		time.Sleep(time.Second)
		l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"0"}}, sent: time.Now()})
		l.starts(t, paceBurst)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		for range 3 {
			if err := l.wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !says(err, "a wait for the rate limit of 0.111 s would outlast") {
				t.Errorf("got %v", err)
			}
		}
		// The places were given back.
		if at := l.starts(t, 1); (at[0] - time.Second/slowPace).Abs() > time.Millisecond {
			t.Errorf("the next request starts after %s", at[0])
		}
	})
}

func TestLimiter_failsAtOnceWhenTheLimitWouldOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		l.starts(t, 90)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := l.wait(ctx)
		if want := "a wait for the rate limit of 10 s would outlast the time allowed (1 s left): context deadline exceeded"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		// The place in the queue was given back.
		if at := l.starts(t, 1); at[0] != 10*time.Second {
			t.Errorf("the next request starts after %s", at[0])
		}
	})
}

// TestLimiter_queueIsToldOfAPause: who waits behind others for room learns at
// once of a pause that outlasts the time allowed.
func TestLimiter_queueIsToldOfAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLimiter(10)
		l.starts(t, 90)
		first := make(chan error)
		go func() { first <- l.wait(t.Context()) }()
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		time.AfterFunc(time.Second, func() {
			l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"3600"}}, sent: time.Now()})
		})
		if err := l.wait(ctx); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(err.Error(), "a pause the service asked for of 3600 s would outlast") || time.Since(start) != time.Second {
			t.Errorf("after %s: %v", time.Since(start), err)
		}
		if err := <-first; err != nil || time.Since(start) != time.Hour+time.Second {
			t.Errorf("the first got %v after %s", err, time.Since(start))
		}
	})
}

func TestLimiter_whoWaitsForAnothersRequestIsToldOfAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, answers(answer(429, "", "Retry-After: 300"), okItem))
		c := s.client()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		start := time.Now()
		for range 2 {
			// First a pause that comes, then one that is there.
			_, err := c.getCached(ctx, testID)
			if !errors.Is(err, context.DeadlineExceeded) || !strings.HasPrefix(err.Error(), "a pause the service asked for of 300 s would outlast") {
				t.Errorf("got %v", err)
			}
			if took := time.Since(start); took != 0 {
				t.Errorf("it took %s", took)
			}
		}
	})
}

func TestJittered(t *testing.T) {
	t.Parallel()
	for n, full := range map[int]time.Duration{-3: time.Second, 0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 6: 20 * time.Second, 1000: 20 * time.Second} {
		for range 50 {
			if got := jittered(time.Second, 20*time.Second, n); got < full/2 || got > full {
				t.Errorf("%d: got %s", n, got)
			}
		}
	}
}
