// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-json-experiment/json"
)

// lists is a service with lists of work items.
type lists struct {
	t  *testing.T
	mu sync.Mutex
	// rows are keyed on status and owner.
	rows    map[string][]string
	noCount bool
	// reads counts the first pages asked for.
	reads int
	// before is called, with mu held, before a page is served.
	before func(l *lists, key string, offset int)
}

func newLists(t *testing.T) *lists { return &lists{t: t, rows: map[string][]string{}} }

func (l *lists) add(key string, n int, extra string) *lists {
	for i := range n {
		// Served last first, to see that they are put in order.
		id := fmt.Sprintf("%s-%04d", strings.ReplaceAll(key, " ", "-"), n-i)
		row := fmt.Sprintf(`{"id":%q,"created":"2024-05-01T10:00:00.%03dZ"%s}`, id, (n-i)/2%1000, extra)
		l.rows[key] = append(l.rows[key], row)
	}
	return l
}

func (l *lists) open(owner string, n int) *lists { return l.add("open "+owner, n, "") }

func (l *lists) completed(owner string, n int) *lists {
	return l.add("completed "+owner, n, `,"completed":"2024-06-01T00:00:00Z"`)
}

func (l *lists) uncounted(yes bool) *lists {
	l.noCount = yes
	return l
}

func (l *lists) serve(w http.ResponseWriter, r *http.Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := r.URL.Query()
	key := "open " + q.Get("ownerId")
	if strings.HasSuffix(r.URL.Path, "/completed") {
		key = "completed " + q.Get("ownerId")
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	limit, _ := strconv.Atoi(q.Get("limit"))
	if offset == 0 {
		l.reads++
	}
	if l.before != nil {
		l.before(l, key, offset)
	}
	rows := l.rows[key]
	if q.Get("count") == "true" && !l.noCount {
		w.Header().Set("X-Total-Count", strconv.Itoa(len(rows)))
	}
	rows = rows[min(offset, len(rows)):min(offset+limit, len(rows))]
	fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
}

func TestSnapshot_readsEachPageOnce(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ items, requests int }{{0, 1}, {1, 1}, {249, 1}, {250, 1}, {251, 2}, {500, 2}, {2600, 11}, {10_000, 40}} {
		t.Run(strconv.Itoa(test.items), func(t *testing.T) {
			t.Parallel()
			s := newService(t, newLists(t).open("caller-id", test.items).serve)
			snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
			if err != nil {
				t.Fatal(err)
			}
			if !snapshot.Complete || snapshot.Movement != "" || snapshot.Total != int64(test.items) || len(snapshot.Items) != test.items || snapshot.Items == nil {
				t.Errorf("complete %v (%s), total %d, %d items", snapshot.Complete, snapshot.Movement, snapshot.Total, len(snapshot.Items))
			}
			if n := len(s.requests()); n != test.requests {
				t.Errorf("%d requests, want %d", n, test.requests)
			}
			for i, wi := range snapshot.Items {
				if i > 0 && (*snapshot.Items[i-1].Created > *wi.Created || *snapshot.Items[i-1].Created == *wi.Created && snapshot.Items[i-1].ID >= wi.ID) {
					t.Fatalf("item %d is out of order", i)
				}
			}
		})
	}
}

func TestSnapshot_ofAllListsOfSeveralOwners(t *testing.T) {
	t.Parallel()
	l := newLists(t).open("a", 300).completed("a", 2).open("b", 1).completed("b", 251)
	s := newService(t, l.serve)
	snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusAll, OwnerIDs: []string{"b", "a", "b"}})
	if err != nil {
		t.Fatal(err)
	}
	if !snapshot.Complete || snapshot.Total != 554 || len(snapshot.Items) != 554 {
		t.Errorf("complete %v (%s), total %d, %d items", snapshot.Complete, snapshot.Movement, snapshot.Total, len(snapshot.Items))
	}
	if n := len(s.requests()); n != 6 {
		t.Errorf("%d requests", n)
	}
}

func TestSnapshot_readsAgainWhenTheListMoves(t *testing.T) {
	t.Parallel()
	newRow := `{"id":"new","created":"2024-05-01T00:00:00Z"}`
	for name, test := range map[string]struct {
		status Status
		// move changes the rows; it is called before a page is served.
		move     func(l *lists, key string, offset int)
		movement string
		total    int64
		items    int
	}{
		"the total changes": {StatusOpen, func(l *lists, key string, offset int) {
			if offset > 0 {
				l.rows[key] = append(l.rows[key], `{"id":"late-`+strconv.Itoa(l.reads)+`"}`)
			}
		}, "the number of work items changed from 302 to 303", 302, 303},
		"a row comes twice": {StatusOpen, func(l *lists, key string, offset int) {
			if offset > 0 {
				l.rows[key] = append([]string{`{"id":"new-` + strconv.Itoa(l.reads) + `"}`}, l.rows[key][:len(l.rows[key])-1]...)
			}
		}, "the work item open-caller-id-0053 came twice", 300, 299},
		"a completed row": {StatusOpen, func(l *lists, key string, _ int) {
			l.rows[key][3] = `{"id":"done","completed":"2024-06-01T00:00:00Z"}`
		}, "the completed work item done was in the list of open ones", 300, 299},
		"a work item in two lists": {StatusAll, func(l *lists, _ string, _ int) {
			l.rows["completed caller-id"] = []string{`{"id":"open-caller-id-0003","completed":"2024-06-01T00:00:00Z"}`}
		}, "the work item open-caller-id-0003 was in two lists", 301, 300},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// For ever.
			l := newLists(t).open("caller-id", 300)
			l.before = test.move
			s := newService(t, l.serve)
			snapshot, err := s.client().Snapshot(t.Context(), Query{Status: test.status})
			if err != nil {
				t.Fatal(err)
			}
			if snapshot.Complete || snapshot.Movement != test.movement || snapshot.Total != test.total || len(snapshot.Items) != test.items {
				t.Errorf("complete %v (%s), total %d, %d items", snapshot.Complete, snapshot.Movement, snapshot.Total, len(snapshot.Items))
			}
			attempts := 3
			if test.status == StatusAll {
				attempts = 6
			}
			if l.reads != attempts {
				t.Errorf("read %d times", l.reads)
			}
			for _, wi := range snapshot.Items {
				if test.status == StatusOpen && wi.Completed != nil || wi.ID == "open-caller-id-0003" && test.status == StatusAll && wi.Completed == nil {
					t.Errorf("%s is here with completed %v", wi.ID, wi.Completed)
				}
			}
		})
	}

	t.Run("once", func(t *testing.T) {
		t.Parallel()
		l := newLists(t).open("caller-id", 300)
		l.before = func(l *lists, key string, offset int) {
			if l.reads == 1 && offset > 0 {
				l.rows[key] = append(l.rows[key], newRow)
			}
		}
		s := newService(t, l.serve)
		snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
		if err != nil {
			t.Fatal(err)
		}
		if !snapshot.Complete || snapshot.Total != 301 || len(snapshot.Items) != 301 || len(s.requests()) != 4 {
			t.Errorf("complete %v (%s), total %d, %d items, %d requests", snapshot.Complete, snapshot.Movement, snapshot.Total, len(snapshot.Items), len(s.requests()))
		}
	})
}

func TestSnapshot_doesNotTrustTheServiceToListWhatItCounts(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(200, `[{"id":"a"}]`, "X-Total-Count: 2"))
	snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen, OwnerIDs: []string{"o"}})
	if err != nil {
		t.Fatal(err)
	}
	if want := "the service counted 2 work items and listed 1 (owner o)"; snapshot.Complete || snapshot.Movement != want {
		t.Errorf("got %q, want %q", snapshot.Movement, want)
	}
}

func TestSnapshot_withoutCounts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		items, requests int
		complete        bool
	}{{0, 1, true}, {249, 1, true}, {250, 2, false}, {600, 3, false}} {
		s := newService(t, newLists(t).open("caller-id", test.items).uncounted(true).serve)
		snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
		if err != nil {
			t.Fatal(err)
		}
		if snapshot.Complete != test.complete || snapshot.Total != int64(test.items) || len(s.requests()) != test.requests {
			t.Errorf("%+v: complete %v (%s), total %d, %d requests", test, snapshot.Complete, snapshot.Movement, snapshot.Total, len(s.requests()))
		}
	}
}

func TestSnapshot_keepsTheRawJSONOnlyWhenAsked(t *testing.T) {
	t.Parallel()
	row := `{"id": "a", "unknown": {"x": [1, null]}, "numItems": "2"}`
	for _, keep := range []bool{false, true} {
		s := newService(t, answer(200, "["+row+"]", "X-Total-Count: 1"))
		snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen, KeepRaw: keep})
		if err != nil {
			t.Fatal(err)
		}
		wi := snapshot.Items[0]
		if keep && string(wi.Raw) != `{"id":"a","numItems":"2","unknown":{"x":[1,null]}}` || !keep && wi.Raw != nil || *wi.NumItems != 2 {
			t.Errorf("keep %v: raw %s, numItems %d", keep, wi.Raw, *wi.NumItems)
		}
	}
}

func TestSnapshot_errorNamesTheOwner(t *testing.T) {
	t.Parallel()
	l := newLists(t).open("a", 300)
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("ownerId") == "b" {
			answer(403, `{"detailCode":"403 Forbidden"}`)(w, r)
			return
		}
		l.serve(w, r)
	})
	_, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen, OwnerIDs: []string{"a", "b"}})
	if !errors.Is(err, ErrForbidden) || !strings.HasSuffix(err.Error(), "(owner b)") {
		t.Errorf("got %v", err)
	}
	if _, err := s.client().Snapshot(t.Context(), Query{Status: "both"}); err == nil {
		t.Error("an unknown status is accepted")
	}
}

// TestSnapshot_endsWithItsContext, also for the pages that wait for others.
func TestSnapshot_endsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		owners      []string
		least, most int
	}{
		{[]string{"a"}, 1 + pagesAtOnce, 1 + pagesAtOnce},
		// The other's first page may have to wait, too.
		{[]string{"a", "b"}, 1 + pagesAtOnce, 2 + pagesAtOnce},
	} {
		synctest.Test(t, func(t *testing.T) {
			l := newLists(t).open("a", 5000).open("b", 5000)
			s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Query().Get("offset") != "0" {
					<-r.Context().Done()
				}
				l.serve(w, r)
			})
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(time.Second, cancel)
			_, err := s.client().Snapshot(ctx, Query{Status: StatusOpen, OwnerIDs: test.owners})
			if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
				t.Errorf("%q: got %v after %s", test.owners, err, time.Since(start))
			}
			if n := len(s.requests()); n < test.least || n > test.most {
				t.Errorf("%q: %d requests", test.owners, n)
			}
		})
	}
}

// TestListing_aChangedCountIsMovement, unless there was none before.
func TestListing_aChangedCountIsMovement(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		counts [2]int64
		total  int64
		moved  string
	}{
		{[2]int64{300, 300}, 300, ""},
		{[2]int64{300, 0}, 300, "the number of work items changed from 300 to 0"},
		{[2]int64{0, 300}, 0, "the number of work items changed from 0 to 300"},
		{[2]int64{-1, 300}, 300, ""},
		{[2]int64{300, -1}, 300, ""},
		{[2]int64{-1, -1}, -1, ""},
	} {
		r := &listing{seen: map[string]struct{}{}}
		for n, count := range test.counts {
			p := page{total: count}
			for i := range pageSize {
				p.items = append(p.items, WorkItem{ID: strconv.Itoa(n*pageSize + i)})
			}
			r.add(n, p)
		}
		if r.total != test.total || r.moved != test.moved {
			t.Errorf("%d: total %d, %q", test.counts, r.total, r.moved)
		}
	}
}

// TestJoin_keepsTheCompletedOne, or else the later.
func TestJoin_keepsTheCompletedOne(t *testing.T) {
	t.Parallel()
	at := new("2024-06-01T00:00:00Z")
	for name, test := range map[string]struct {
		completed [2]*string
		want      string
	}{
		"both open":       {[2]*string{nil, nil}, "1"},
		"first completed": {[2]*string{at, nil}, "0"},
		"later completed": {[2]*string{nil, at}, "1"},
		"both completed":  {[2]*string{at, at}, "1"},
	} {
		var read []*listing
		for i, completed := range test.completed {
			read = append(read, &listing{items: []WorkItem{{ID: "a", Name: new(strconv.Itoa(i)), Completed: completed}}, total: 1})
		}
		snapshot, again := join(StatusAll, read)
		if len(snapshot.Items) != 1 || *snapshot.Items[0].Name != test.want || !again || snapshot.Movement != "the work item a was in two lists" {
			t.Errorf("%s: got %+v, again %t", name, snapshot, again)
		}
	}
}

func TestSortItems(t *testing.T) {
	t.Parallel()
	var items []WorkItem
	if err := json.Unmarshal([]byte(`[
		{"id":"none"}, {"id":"b","created":"yesterday"}, {"id":"a","created":"yesterday"},
		{"id":"3","created":"2024-05-01T12:00:00Z"}, {"id":"2","created":"2024-05-01T12:00:00+02:00"},
		{"id":"1","created":"2024-05-01T10:00:00.000Z"}, {"id":"0","created":"2024-05-01T10:00:00.001Z"}]`), &items); err != nil {
		t.Fatal(err)
	}
	sortItems(items)
	var got []string
	for _, wi := range items {
		got = append(got, wi.ID)
	}
	if want := []string{"1", "2", "0", "3", "none", "a", "b"}; !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
