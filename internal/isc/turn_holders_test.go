// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurn_holdersAreNeverStuck: acts that hold turns and need one more request (a
// guard repeated after 503, a token renewed) are not kept from it by those who
// wait for their turns.
func TestTurn_holdersAreNeverStuck(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name    string
		perSec  float64
		limited int // 429 answers before
		expired bool
	}{
		{"0.2 a second, 503", 0.2, 0, false}, {"1 a second, 503", 1, 0, false},
		{"default rate, after five 429, 503", 10, 5, false}, {"default rate, after five 429, token expired", 10, 5, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				var mu sync.Mutex
				asked := map[string]int{}
				s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
					mu.Lock()
					asked[r.URL.Path]++
					first := asked[r.URL.Path] == 1
					mu.Unlock()
					time.Sleep(200 * time.Millisecond)
					switch {
					case first && !test.expired:
						http.Error(w, "{}", http.StatusServiceUnavailable)
					case test.expired && r.Header.Get("Authorization") == "Bearer token-no-1":
						http.Error(w, "{}", http.StatusUnauthorized)
					default:
						fmt.Fprintf(w, `{"id":%q}`, r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:])
					}
				})
				c := s.client(func(config *Config) { config.RequestsPerSecond = test.perSec })
				c.backoff = func(int) time.Duration { return 20 * time.Second }
				for range test.limited {
					time.Sleep(time.Second)
					c.limiter.observe(&reply{status: 429, header: http.Header{"Retry-After": {"1"}}, sent: time.Now()})
				}
				time.Sleep(time.Minute)
				if _, err := c.IdentityID(t.Context()); err != nil {
					t.Fatal(err)
				}
				start := time.Now()
				var wg sync.WaitGroup
				for n := range 10 {
					wg.Go(func() {
						ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
						defer cancel()
						_, turn, err := c.Guard(ctx, fmt.Sprintf("item-%d", n), true)
						if err != nil {
							t.Errorf("act %d after %s: %v", n, time.Since(start), err)
							return
						}
						turn.waitForAct(ctx)
						turn.Release()
					})
				}
				wg.Wait()
				if took := time.Since(start); took > 10*time.Minute {
					t.Errorf("ten acts took %s", took)
				}
				time.Sleep(time.Minute) // for the handlers of those who have gone
			})
		})
	}
}

// TestTurn_heldIsNeverNegative: also if a 429 comes while turns are taken.
func TestTurn_heldIsNeverNegative(t *testing.T) {
	t.Parallel()
	l := newLimiter(1e6)
	var done atomic.Bool
	var worst atomic.Int64
	var interrupting, acting sync.WaitGroup
	interrupting.Go(func() {
		for !done.Load() {
			l.observe(&reply{status: 429, header: http.Header{"Retry-After": {"0"}}})
			runtime.Gosched()
		}
	})
	for range 4 {
		acting.Go(func() {
			for range 20000 {
				turn := l.turn()
				if turn.waitForGuard(context.Background()) != nil {
					continue
				}
				turn.Release()
				l.mu.Lock()
				worst.Store(min(worst.Load(), int64(l.held)))
				l.mu.Unlock()
			}
		})
	}
	acting.Wait()
	done.Store(true)
	interrupting.Wait()
	if worst.Load() < 0 {
		t.Errorf("the limiter counted %d turns as held", worst.Load())
	}
}

// TestTurn_takenOverGuardStaysFresh: an answer taken over as a guard is good for 10
// seconds, also where the act is repeated because no connection comes about.
func TestTurn_takenOverGuardStaysFresh(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var asked, posted time.Time
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodPost {
				posted = time.Now()
			} else {
				asked = time.Now()
			}
			okItem(w, r)
		})
		failures, transport := 5, s.transport
		c := s.client(func(config *Config) {
			config.MaxRetries = 5
			config.Transport = roundTripper(func(r *http.Request) (*http.Response, error) {
				if r.Method == http.MethodPost && r.URL.Path != tokenPath && failures > 0 {
					failures--
					return nil, &net.OpError{Op: "dial", Err: errors.New("connection refused")}
				}
				return transport.RoundTrip(r)
			})
		})
		c.backoff = func(n int) time.Duration { return 500 * time.Millisecond << (n - 1) } // as in New, unjittered
		if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
		time.Sleep(9 * time.Second)
		_, turn, err := c.Guard(t.Context(), testID, false)
		if err != nil {
			t.Fatal(err)
		}
		defer turn.Release()
		_, err = c.ApproveApprovalItem(turn.Context(t.Context()), testID, testItemID)
		if age := posted.Sub(asked); !posted.IsZero() && age > fresh+time.Second {
			t.Errorf("the act was sent %s after its guard was asked for (%v)", age, err)
		}
	})
}
