// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
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

func TestFind_asksOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, versions())
	c := s.client()
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if wi, err := c.Find(t.Context(), testID); err != nil || *wi.Name != "v1" {
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
	if wi, err := c.Find(t.Context(), testID); err != nil || *wi.Name != "v2" {
		t.Errorf("after a fresh read: got %v, %v", wi, err)
	}
	if n := len(s.requests()); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestFind_remembersOnlyErrorsAboutTheWorkItem(t *testing.T) {
	t.Parallel()
	for status, requests := range map[int]int{404: 2, 403: 2, 400: 2} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/completed") {
				answer(200, "[]")(w, r)
				return
			}
			answer(status, "")(w, r)
		})
		c := s.client()
		for range 2 {
			var apiErr *APIError
			if _, err := c.Find(t.Context(), testID); !errors.As(err, &apiErr) || apiErr.StatusCode != status {
				t.Errorf("got %v", err)
			}
		}
		if n := len(s.requests()); n != requests {
			t.Errorf("%d: %d requests", status, n)
		}
	}
}

func TestFind_afterAnAct(t *testing.T) {
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
			if _, err := c.Find(t.Context(), testID); err != nil {
				t.Fatal(err)
			}
			c.CompleteWorkItem(t.Context(), testID)
			for range 2 {
				if wi, err := c.Find(t.Context(), testID); err != nil || *wi.Name != test.want {
					t.Errorf("got %v, %v", wi, err)
				}
			}
			if n := len(s.requests()); n != test.requests {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestFind_aReadOvertakenByAnActIsNotRemembered(t *testing.T) {
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
			if wi, err := c.Find(t.Context(), testID); err != nil || *wi.Name != "before" {
				t.Errorf("got %v, %v", wi, err)
			}
		})
		time.Sleep(time.Second)
		if _, err := c.ForwardWorkItem(t.Context(), testID, Forward{TargetOwnerID: testOwner}); err != nil {
			t.Fatal(err)
		}
		// Neither joins the read under way, nor finds what it brings.
		for range 2 {
			if wi, err := c.Find(t.Context(), testID); err != nil || *wi.Name != "after" {
				t.Errorf("got %v, %v", wi, err)
			}
			wg.Wait()
		}
	})
}

func TestFind_theReadOutlivesItsLeaderButNotTheLastFollower(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		s := newBubbleService(t, late(&ended, okItem))
		c := s.client()
		read := func(wg *sync.WaitGroup, d time.Duration, want error) {
			impatient(t, wg, d, func(ctx context.Context) {
				if _, err := c.Find(ctx, testID); !errors.Is(err, want) {
					t.Errorf("got %v, want %v", err, want)
				}
			})
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

// closedLists serves lists in which no work item can be read by its id.
func closedLists(l *lists) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/work-items") || strings.HasSuffix(r.URL.Path, "/completed") {
			l.serve(w, r)
			return
		}
		answer(404, "")(w, r)
	}
}

// guarded reads as an act does, and gives its turn back.
func guarded(c *Client) func(context.Context, string) (*WorkItem, error) {
	return func(ctx context.Context, id string) (*WorkItem, error) {
		wi, turn, err := c.Guard(ctx, id, true)
		turn.Release()
		return wi, err
	}
}

func TestFind_readsTheCompletedListOnce(t *testing.T) {
	t.Parallel()
	s := newService(t, closedLists(newLists(t).completed("caller-id", 260)))
	c := s.client()
	var wg sync.WaitGroup
	for i := range 10 {
		wg.Go(func() {
			id := fmt.Sprintf("completed-caller-id-%04d", i+1)
			for range 2 {
				if wi, err := c.Find(t.Context(), id); err != nil || wi.ID != id {
					t.Errorf("got %v, %v", wi, err)
				}
			}
			if wi, err := guarded(c)(t.Context(), id); err != nil || wi.ID != id {
				t.Errorf("fresh: got %v, %v", wi, err)
			}
			if _, err := c.Find(t.Context(), "unknown"); !errors.Is(err, ErrNotFound) {
				t.Errorf("got %v", err)
			}
		})
	}
	wg.Wait()
	lists := 0
	for _, r := range s.requests() {
		if strings.Contains(r.uri, "/completed?") {
			lists++
		}
	}
	if lists != 2 {
		t.Errorf("%d requests for pages of the list", lists)
	}
}

func TestFindAfterAct_readsTheCompletedListAgain(t *testing.T) {
	t.Parallel()
	l := newLists(t)
	s := newService(t, closedLists(l))
	c := s.client()
	find := func(find func(context.Context, string) (*WorkItem, error), found bool) {
		t.Helper()
		if _, err := find(t.Context(), "completed-caller-id-0001"); (err == nil) != found || !found && !errors.Is(err, ErrNotFound) {
			t.Errorf("got %v", err)
		}
	}
	find(c.Find, false)
	l.completed("caller-id", 1)
	find(c.Find, false)
	find(guarded(c), false)
	find(c.FindAfterAct, true)
	find(c.Find, true)
	if l.reads != 2 {
		t.Errorf("the list was read %d times", l.reads)
	}
}

func TestFind_takesARefusedListForAnEmptyOneButNoOtherError(t *testing.T) {
	t.Parallel()
	for status, notFound := range map[int]bool{403: true, 404: true, 422: false} {
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "/completed") {
				answer(status, "")(w, r)
				return
			}
			answer(404, "")(w, r)
		})
		if _, err := s.client().Find(t.Context(), testID); err == nil || errors.Is(err, ErrNotFound) != notFound {
			t.Errorf("%d: got %v", status, err)
		}
	}
}

// TestFind_recallsTheItemsOfAClosedWorkItem: where the service stops showing
// items once the work item is closed, what was seen before is final.
func TestFind_recallsTheItemsOfAClosedWorkItem(t *testing.T) {
	t.Parallel()
	open := `{"id":"` + testID + `","approvalItems":[{"id":"a","state":"Finished"}],"remediationItems":[{"id":"r"}]}`
	closed := `{"id":"` + testID + `","state":"Finished","completed":"2024-05-01T00:00:00Z"}`
	s := newService(t, answers(answer(200, open), answer(200, closed)))
	c := s.client()
	for range 2 {
		wi, err := guarded(c)(t.Context(), testID)
		if err != nil || wi.ApprovalItem("a") == nil || len(wi.RemediationItems) != 1 {
			t.Errorf("got %+v, %v", wi, err)
		}
	}
	wi, err := newService(t, answer(200, closed)).client().Find(t.Context(), testID)
	if err != nil || wi.ApprovalItems != nil {
		t.Errorf("never seen: got %+v, %v", wi, err)
	}
}

func TestSeen_recall(t *testing.T) {
	t.Parallel()
	a, b := []ApprovalItem{{ID: "a"}}, []ApprovalItem{{ID: "b"}}
	r := []RemediationItem{{ID: "r"}}
	closed, pending := new("Finished"), new("Pending")
	for name, test := range map[string]struct{ seen, now, want WorkItem }{
		"approval items":    {WorkItem{ApprovalItems: a}, WorkItem{State: closed}, WorkItem{State: closed, ApprovalItems: a}},
		"remediation items": {WorkItem{RemediationItems: r}, WorkItem{State: closed}, WorkItem{State: closed, RemediationItems: r}},
		"one of both":       {WorkItem{ApprovalItems: a, RemediationItems: r}, WorkItem{State: closed, ApprovalItems: b}, WorkItem{State: closed, ApprovalItems: b, RemediationItems: r}},
		"the other":         {WorkItem{ApprovalItems: a, RemediationItems: r}, WorkItem{State: closed, RemediationItems: r}, WorkItem{State: closed, ApprovalItems: a, RemediationItems: r}},
		"none while open":   {WorkItem{ApprovalItems: a, RemediationItems: r}, WorkItem{State: pending}, WorkItem{State: pending}},
		"none, as served": {
			WorkItem{}, WorkItem{State: closed, ApprovalItems: []ApprovalItem{}, RemediationItems: []RemediationItem{}},
			WorkItem{State: closed, ApprovalItems: []ApprovalItem{}, RemediationItems: []RemediationItem{}},
		},
		"all, as served": {
			WorkItem{}, WorkItem{State: closed, ApprovalItems: a, RemediationItems: []RemediationItem{}},
			WorkItem{State: closed, ApprovalItems: a, RemediationItems: []RemediationItem{}},
		},
	} {
		var s seenItems
		test.seen.ID, test.now.ID, test.want.ID = "1", "1", "1"
		s.recall(&WorkItem{ID: "2", ApprovalItems: b, RemediationItems: r})
		s.recall(&test.seen)
		if got := s.recall(&test.now); !reflect.DeepEqual(*got, test.want) {
			t.Errorf("%s: got %+v, want %+v", name, *got, test.want)
		}
	}
}

// between is a context in which something happens as soon as it is looked at.
type between struct {
	context.Context
	happens func()
}

func (c between) Err() error {
	c.happens()
	return c.Context.Err()
}

// TestShare_looksAgain: what came between a look at what is known and the call is
// not asked for again.
func TestShare_looksAgain(t *testing.T) {
	t.Parallel()
	s := newService(t, closedLists(newLists(t)))
	c := s.client()
	item := &WorkItem{ID: testID}
	for name, test := range map[string]struct {
		happens func()
		find    func(context.Context) (any, error)
		want    any
	}{
		"token": {
			func() { c.tokens.current = &token{value: "abc"} },
			func(ctx context.Context) (any, error) {
				got, err := c.tokens.get(ctx)
				return *got, err
			},
			token{value: "abc"},
		},
		"work item": {
			func() { c.items.store(testID, 0, time.Now(), item, nil) },
			func(ctx context.Context) (any, error) { return c.getCached(ctx, testID) },
			item,
		},
		"completed": {
			func() { c.completed.items = map[string]*WorkItem{testID: item} },
			func(ctx context.Context) (any, error) {
				got, err := c.completedItems(ctx, false)
				return got[testID], err
			},
			item,
		},
	} {
		if got, err := test.find(between{t.Context(), sync.OnceFunc(test.happens)}); err != nil || got != test.want {
			t.Errorf("%s: got %v, %v", name, got, err)
		}
	}
	if n := len(s.requests()) + len(s.tokenRequests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestFind_afterItsTimeSendsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("Ctrl-C"))
	if _, err := s.client().Find(ctx, testID); !errors.Is(err, context.Canceled) || err.Error() != "context canceled: Ctrl-C" {
		t.Errorf("got %v", err)
	}
	if n := len(s.requests()) + len(s.tokenRequests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestFindInClear(t *testing.T) {
	t.Parallel()
	const secret = "hunter2"
	row := func(id string) string {
		return `{"id":"` + id + `","completed":"2024-06-01T00:00:00Z","approvalItems":[{"id":"a","name":"password","value":"` + secret + `"}]}`
	}
	get := "GET /v2024/work-items/" + testID
	page := func(offset int) string {
		return fmt.Sprintf("GET /v2024/work-items/completed?count=true&limit=250&offset=%d&ownerId=caller-id", offset)
	}
	completed := newLists(t).completed("caller-id", 260)
	completed.rows["completed caller-id"][250] = row(testID)
	for name, test := range map[string]struct {
		single, list http.HandlerFunc
		// err is a part of the error; "" means that it is found.
		err  string
		asks []string
	}{
		"open":             {answer(200, row(testID)), nil, "", []string{get}},
		"completed":        {answer(404, ""), completed.serve, "", []string{get, page(0), page(250)}},
		"not the caller's": {answer(403, ""), completed.serve, "", []string{get, page(0), page(250)}},
		"nowhere":          {answer(404, ""), answer(200, "["+row("another")+"]"), "status 404", []string{get, page(0)}},
		"no list":          {answer(404, ""), answer(404, ""), "/work-items/" + testID + ": status 404", []string{get, page(0)}},
		"forbidden":        {answer(403, ""), answer(404, ""), "/work-items/" + testID + ": status 403", []string{get, page(0)}},
		"a broken list":    {answer(404, ""), answer(422, ""), "/completed: status 422", []string{get, page(0)}},
		"a broken one":     {answer(422, ""), completed.serve, "status 422", []string{get}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, func(w http.ResponseWriter, r *http.Request) {
				if strings.HasSuffix(r.URL.Path, "/completed") {
					test.list(w, r)
					return
				}
				test.single(w, r)
			})
			c := s.client()
			wi, err := c.FindInClear(t.Context(), testID)
			if !says(err, test.err) || err == nil && (wi.ID != testID || text(wi.ApprovalItems[0].Value) != secret || wi.ApprovalItems[0].ValueRedacted) {
				t.Errorf("got %+v, %v", wi, err)
			}
			var asked []string
			for _, r := range s.requests() {
				asked = append(asked, r.String())
			}
			if !slices.Equal(asked, test.asks) {
				t.Errorf("asked %q", asked)
			}
			// Nothing of it is remembered, and nothing that is remembered is in clear.
			if again, err := c.Find(t.Context(), testID); (err == nil) != (wi != nil) || err == nil && !again.ApprovalItems[0].ValueRedacted {
				t.Errorf("then found %+v, %v", again, err)
			}
			if n := len(s.requests()); n != 2*len(asked) {
				t.Errorf("%d requests", n)
			}
			if again, err := c.FindInClear(t.Context(), testID); err == nil && text(again.ApprovalItems[0].Value) != secret {
				t.Errorf("what was remembered is shown: %+v", again)
			}
		})
	}
}
