// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"net/http"
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

func TestLimiter_keepsToTheServicesLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var at []time.Time
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			at = append(at, time.Now())
			mu.Unlock()
			okItem(w, r)
		})
		c := s.client(func(config *Config) { config.RequestsPerSecond = 10 })
		c.tokens.current = &token{value: "abc"}
		var wg sync.WaitGroup
		for range 300 {
			wg.Go(func() {
				if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
					t.Error(err)
				}
			})
		}
		start := time.Now()
		wg.Wait()
		if took := time.Since(start); took < 30*time.Second || took > 32*time.Second {
			t.Errorf("300 requests took %s", took)
		}
		for i := range at {
			// The 101st after any one comes more than 10 seconds later.
			if i+100 < len(at) && at[i+100].Sub(at[i]) < 10*time.Second {
				t.Fatalf("101 requests in %s", at[i+100].Sub(at[i]))
			}
		}
	})
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
			g.observe(&reply{status: 429}, sent)
		}
		if got := g.remaining(); got > time.Second {
			t.Errorf("the pause is %s", got)
		}
		time.Sleep(2 * time.Second)
		g.observe(&reply{status: 200}, time.Now())
		g.observe(&reply{status: 429}, time.Now())
		if got := g.remaining(); got == 0 || got > time.Second {
			t.Errorf("after a success the pause is %s", got)
		}
	})
}

func TestLimiter_failsAtOnceWhenTheLimitWouldOutlastTheDeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newLimiter(0.1)
		for range burst {
			if err := g.wait(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := g.wait(ctx)
		if want := "a wait for the rate limit of 10 s would outlast the time allowed (1 s left): context deadline exceeded"; err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
		// The place in the queue was given back.
		start := time.Now()
		if err := g.wait(t.Context()); err != nil || time.Since(start) != 10*time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
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
