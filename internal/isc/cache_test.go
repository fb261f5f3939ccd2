// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// versions answers each request with a name that tells them apart.
func versions() http.HandlerFunc {
	var n atomic.Int32
	return func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `{"id":%q,"name":"v%d"}`, testID, n.Add(1))
	}
}

func TestGetWorkItemCached_asksOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, versions())
	c := s.client()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if wi, err := c.GetWorkItemCached(t.Context(), testID); err != nil || *wi.Name != "v1" {
				t.Errorf("got %v, %v", wi, err)
			}
		})
	}
	wg.Wait()
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
	if wi, err := c.GetWorkItem(t.Context(), testID); err != nil || *wi.Name != "v2" {
		t.Errorf("fresh: got %v, %v", wi, err)
	}
	if wi, err := c.GetWorkItemCached(t.Context(), testID); err != nil || *wi.Name != "v2" {
		t.Errorf("after a fresh read: got %v, %v", wi, err)
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestGetWorkItemCached_remembersOnlyErrorsAboutTheWorkItem(t *testing.T) {
	t.Parallel()
	for status, requests := range map[int]int{404: 1, 403: 1, 400: 2} {
		s := newService(t, answer(status, ""))
		c := s.client()
		for range 2 {
			var apiErr *APIError
			if _, err := c.GetWorkItemCached(t.Context(), testID); !errors.As(err, &apiErr) || apiErr.StatusCode != status {
				t.Errorf("got %v", err)
			}
		}
		if n := len(s.requests()); n != requests {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

func TestGetWorkItemCached_afterAnAct(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act      http.HandlerFunc
		want     string
		requests int
	}{
		"answered with the work item": {answer(200, `{"id":"`+testID+`","name":"answer"}`), "answer", 2},
		"refused":                     {answer(400, ""), "read again", 3},
		"ambiguous":                   {answer(502, ""), "read again", 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			again := answer(200, `{"id":"`+testID+`","name":"read again"}`)
			s := newService(t, answers(okItem, test.act, again))
			c := s.client()
			if _, err := c.GetWorkItemCached(t.Context(), testID); err != nil {
				t.Fatal(err)
			}
			c.CompleteWorkItem(t.Context(), testID)
			for range 2 {
				if wi, err := c.GetWorkItemCached(t.Context(), testID); err != nil || *wi.Name != test.want {
					t.Errorf("got %v, %v", wi, err)
				}
			}
			if n := len(s.requests()); n != test.requests {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestGetWorkItemCached_aReadOvertakenByAnActIsNotRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reads atomic.Int32
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			if r.Method == http.MethodGet && reads.Add(1) == 1 {
				time.Sleep(10 * time.Second)
				answer(200, `{"id":"`+testID+`","name":"before"}`)(w, r)
				return
			}
			answer(200, `{"id":"`+testID+`","name":"after"}`)(w, r)
		})
		c := s.client(func(config *Config) { config.RequestTimeout = time.Minute })
		var wg sync.WaitGroup
		wg.Go(func() {
			if wi, err := c.GetWorkItemCached(t.Context(), testID); err != nil || *wi.Name != "before" {
				t.Errorf("got %v, %v", wi, err)
			}
		})
		time.Sleep(time.Second)
		if _, err := c.ForwardWorkItem(t.Context(), testID, Forward{TargetOwnerID: testOwner}); err != nil {
			t.Fatal(err)
		}
		// Neither joins the read under way, nor finds what it brings.
		for range 2 {
			if wi, err := c.GetWorkItemCached(t.Context(), testID); err != nil || *wi.Name != "after" {
				t.Errorf("got %v, %v", wi, err)
			}
			wg.Wait()
		}
	})
}

func TestGetWorkItemCached_theReadOutlivesItsLeaderButNotTheLastFollower(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			select {
			case <-r.Context().Done():
				ended.Add(1)
			case <-time.After(5 * time.Second):
				okItem(w, r)
			}
		})
		c := s.client()
		read := func(wg *sync.WaitGroup, d time.Duration, want error) {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(d, cancel)
			wg.Go(func() {
				defer cancel()
				if _, err := c.GetWorkItemCached(ctx, testID); !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			})
			synctest.Wait()
		}
		var wg sync.WaitGroup
		read(&wg, time.Second, context.Canceled)
		read(&wg, 2*time.Second, context.Canceled)
		wg.Wait()
		synctest.Wait()
		if ended.Load() != 1 || len(s.requests()) != 1 {
			t.Errorf("%d of %d requests ended early", ended.Load(), len(s.requests()))
		}
		read(&wg, time.Second, context.Canceled)
		read(&wg, time.Minute, nil)
		wg.Wait()
		if n := len(s.requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestFindCompleted_readsTheListOnce(t *testing.T) {
	t.Parallel()
	l := newLists(t).completed("", 260).completed("o", 1)
	s := newService(t, l.serve)
	c := s.client()
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			id := fmt.Sprintf("completed--%04d", i+1)
			if wi, err := c.FindCompleted(t.Context(), "", id); err != nil || wi.ID != id {
				t.Errorf("got %v, %v", wi, err)
			}
			if _, err := c.FindCompleted(t.Context(), "", "unknown"); !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
	if _, err := c.FindCompleted(t.Context(), "o", "completed-o-0001"); err != nil {
		t.Error(err)
	}
	if n := len(s.requests()); n != 3 {
		t.Errorf("%d requests", n)
	}
}

func TestFindCompletedFresh_replacesTheList(t *testing.T) {
	t.Parallel()
	l := newLists(t)
	s := newService(t, l.serve)
	c := s.client()
	find := func(find func(context.Context, string, string) (*WorkItem, error), requests int, found bool) {
		t.Helper()
		if _, err := find(t.Context(), "", "completed--0001"); (err == nil) != found || !found && !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
		if n := len(s.requests()); n != requests {
			t.Errorf("%d requests", n)
		}
	}
	find(c.FindCompleted, 1, false)
	l.completed("", 1)
	find(c.FindCompleted, 1, false)
	find(c.FindCompletedFresh, 2, true)
	find(c.FindCompleted, 2, true)
	find(c.FindCompletedFresh, 3, true)
}

func TestFindCompleted_takesARefusalForAnEmptyListButNoOtherError(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]struct {
		notFound bool
		requests int
	}{403: {true, 1}, 404: {true, 1}, 400: {false, 2}} {
		s := newService(t, answer(status, ""))
		c := s.client()
		for range 2 {
			if _, err := c.FindCompleted(t.Context(), "o", testID); err == nil || errors.Is(err, ErrNotFound) != want.notFound {
				t.Errorf("%d: got %v", status, err)
			}
		}
		if n := len(s.requests()); n != want.requests {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}
