// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"net/http"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestClient_leavesNoGoroutineBehind lets a client meet all that can end a
// request. In a bubble it is certain when all that could still end has ended,
// so nothing has to be waited for: when a call returns, nothing may be left of
// it but idle connections, and when the client is closed, nothing at all.
func TestClient_leavesNoGoroutineBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newLists(t).open("caller-id", 2000).open("broken", 2000)
		var mu sync.Mutex
		slow := map[string]bool{}
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			wait := slow[r.URL.Path]
			mu.Unlock()
			switch {
			case wait:
				<-r.Context().Done()
			case r.URL.Query().Get("ownerId") == "broken" && r.URL.Query().Get("offset") == "750":
				answer(403, "")(w, r)
			case strings.HasSuffix(r.URL.Path, "/work-items"):
				l.serve(w, r)
			case strings.HasSuffix(r.URL.Path, "/dropped"):
				drop(w, r)
			case strings.HasSuffix(r.URL.Path, "/limited"):
				answer(429, "", "Retry-After: 1800")(w, r)
			default:
				time.Sleep(time.Second)
				okItem(w, r)
			}
		})
		slow["/v2024/work-items/slow"] = true
		c := s.client()
		var wg sync.WaitGroup
		// do calls fn with a context that ends after the time, by itself or, if
		// it is negative, by being cancelled.
		do := func(limit time.Duration, fn func(context.Context)) {
			wg.Go(func() {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if limit > 0 {
					ctx, cancel = context.WithTimeout(ctx, limit)
					defer cancel()
				} else {
					time.AfterFunc(-limit, cancel)
				}
				fn(ctx)
			})
		}
		want := func(wanted bool, err error) {
			t.Helper()
			if (err == nil) != wanted {
				t.Errorf("got %v", err)
			}
		}
		for _, limit := range []time.Duration{-300 * time.Millisecond, 300 * time.Millisecond, time.Hour} {
			lasts := limit == time.Hour
			// The first is the leader of a shared read, and may leave first.
			for range 3 {
				do(limit, func(ctx context.Context) { want(lasts, second(c.getCached(ctx, testID))) })
			}
			do(limit, func(ctx context.Context) { want(lasts, second(c.GetWorkItem(ctx, testID))) })
			do(limit, func(ctx context.Context) { want(false, second(c.GetWorkItem(ctx, "slow"))) })
			do(limit, func(ctx context.Context) { want(false, second(c.GetWorkItem(ctx, "dropped"))) })
			do(limit, func(ctx context.Context) { want(false, second(c.CompleteWorkItem(ctx, "other"))) })
			do(limit, func(ctx context.Context) { want(false, second(c.CompleteWorkItem(ctx, "slow"))) })
			do(limit, func(ctx context.Context) { want(false, second(c.CompleteWorkItem(ctx, "dropped"))) })
			do(limit, func(ctx context.Context) { second(c.Snapshot(ctx, Query{Status: StatusOpen})) })
			do(limit, func(ctx context.Context) {
				want(false, second(c.Snapshot(ctx, Query{Status: StatusOpen, OwnerIDs: []string{"broken", "a", "b"}})))
			})
			do(limit, func(ctx context.Context) { second(c.FindAfterAct(ctx, testID)) })
			do(limit, func(ctx context.Context) {
				for range c.ListWorkItems(ctx, Own) {
					break
				}
			})
			wg.Wait()
			checkNoneLeft(t, func(stack string) bool { return production.MatchString(stack) })
		}
		// A pause ends the waiting of those whose time it would outlast.
		for range 3 {
			do(10*time.Second, func(ctx context.Context) { want(false, second(c.getCached(ctx, "limited"))) })
			do(-2*time.Second, func(ctx context.Context) { want(false, second(c.getCached(ctx, "limited"))) })
		}
		wg.Wait()
		checkNoneLeft(t, func(stack string) bool { return production.MatchString(stack) })
		if n := len(s.requests()); n < 50 {
			t.Errorf("only %d requests, so the test proves little", n)
		}
		c.Close()
		checkNoneLeft(t, func(stack string) bool {
			return !strings.Contains(stack, "isc.pipeListener.Accept") && !strings.Contains(stack, "testing/synctest.testingSynctestTest") && !strings.Contains(stack, "internal/synctest.Run")
		})
	})
}

// production matches stacks with a function of the client that is no test's.
var production = regexp.MustCompile(`/internal/isc/[a-z]+\.go:`)

var bubble = regexp.MustCompile(`^goroutine \d+ \[.*(synctest bubble \d+)`)

// checkNoneLeft fails for each other goroutine of the bubble whose stack
// matches, once all are done or blocked.
func checkNoneLeft(t *testing.T, matches func(stack string) bool) {
	t.Helper()
	synctest.Wait()
	all := make([]byte, 16<<20)
	all = all[:runtime.Stack(all, true)]
	// The first is the one that asks.
	stacks := strings.Split(string(all), "\n\n")
	mine := bubble.FindStringSubmatch(stacks[0])
	for _, stack := range stacks[1:] {
		if its := bubble.FindStringSubmatch(stack); its != nil && its[1] == mine[1] && matches(stack) {
			t.Errorf("left behind:\n%s", stack)
		}
	}
}
