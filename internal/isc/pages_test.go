// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
)

// endlessList serves full pages: the same one again and again, or always new
// work items, with the count if there is one.
func endlessList(count string, alwaysNew bool) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		offset := 0
		if alwaysNew {
			offset, _ = strconv.Atoi(r.URL.Query().Get("offset"))
		}
		if count != "" {
			w.Header().Set("X-Total-Count", count)
		}
		rows := make([]string, pageSize)
		for i := range rows {
			rows[i] = `{"id":"id-` + strconv.Itoa(offset+i) + `"}`
		}
		fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
	}
}

func TestLists_endWhateverTheServiceCountsAndServes(t *testing.T) {
	t.Parallel()
	const tooMany = "more than the 1000000 this client reads"
	empty := func(count string) http.HandlerFunc { return answer(200, "[]", "X-Total-Count: "+count) }
	one := func(count string) http.HandlerFunc { return answer(200, `[{"id":"a"}]`, "X-Total-Count: "+count) }
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		// err and movement are parts of what a snapshot says; complete if both
		// are empty. iterated is a part of the error of the iterator.
		err, movement, iterated string
		// requests bounds what a snapshot sends.
		requests int
	}{
		"counts 10,000, serves none":           {handle: empty("10000"), movement: "counted 10000 work items and listed 0", requests: 30},
		"counts a million, serves none":        {handle: empty("1000000"), movement: "counted 1000000 work items and listed 0", requests: 30},
		"counts 10,000, serves one":            {handle: one("10000"), err: "repeats the page before it", iterated: "repeats the page before it", requests: 12},
		"counts 9e18, serves none":             {handle: empty("9000000000000000000"), err: "counts 9000000000000000000 work items, " + tooMany, iterated: tooMany, requests: 1},
		"counts 2^63-1":                        {handle: one("9223372036854775807"), err: tooMany, iterated: tooMany, requests: 1},
		"counts 2^63":                          {handle: one("9223372036854775808"), err: tooMany, iterated: tooMany, requests: 1},
		"counts 400 digits":                    {handle: one(strings.Repeat("9", 400)), err: tooMany, iterated: tooMany, requests: 1},
		"counts -1":                            {handle: one("-1"), requests: 1},
		"counts -2^63":                         {handle: one("-9223372036854775808"), requests: 1},
		"counts -2^63-1":                       {handle: one("-9223372036854775809"), requests: 1},
		"counts 1e3":                           {handle: one("1e3"), requests: 1},
		"counts 0, serves full pages":          {handle: endlessList("0", true), movement: "counted 0 work items and listed 250", requests: 3},
		"counts 1, serves full pages":          {handle: endlessList("1", true), movement: "counted 1 work items and listed 250", requests: 3},
		"counts 10,000, serves one page":       {handle: endlessList("10000", false), err: "repeats the page before it", iterated: "repeats the page before it", requests: 12},
		"counts nothing, serves one page":      {handle: endlessList("", false), err: "repeats the page before it", iterated: "repeats the page before it", requests: 2},
		"serves the same work item twice":      {handle: answer(200, `[{"id":"a"},{"id":"a"}]`, "X-Total-Count: 2"), movement: "the work item a came twice", requests: 3},
		"repeats an id that must not be shown": {handle: answer(200, `[{"id":"\u001b[31mx"},{"id":"\u001b[31mx"}]`, "X-Total-Count: 2"), movement: "the work item \\u{1b}[31mx came twice", requests: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, test.handle)
			snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
			switch {
			case test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)):
				t.Errorf("got %v, want an error with %q", err, test.err)
			case test.err == "" && err != nil:
				t.Errorf("got %v", err)
			case err == nil && (snapshot.Complete != (test.movement == "") || !strings.Contains(snapshot.Movement, test.movement)):
				t.Errorf("complete %v, movement %q, want %q", snapshot.Complete, snapshot.Movement, test.movement)
			}
			if n := len(s.requests()); n > test.requests {
				t.Errorf("%d requests, want at most %d", n, test.requests)
			}
			err = first(s.client().ListWorkItems(t.Context(), Own))
			if test.iterated == "" && err != nil || test.iterated != "" && (err == nil || !strings.Contains(err.Error(), test.iterated)) {
				t.Errorf("iterating: got %v, want %q", err, test.iterated)
			}
		})
	}
}

// TestLists_endWhenMoreAndMoreCome: a list that grows as fast as it is read has
// an end all the same.
func TestLists_endWhenMoreAndMoreCome(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ first, pages int }{"counted from the first page on": {0, 10}, "counted from the second page on": {pageSize, 11}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, func(w http.ResponseWriter, r *http.Request) {
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				count := ""
				if offset >= test.first {
					count = strconv.Itoa(offset + 2*pageSize)
				}
				endlessList(count, true)(w, r)
			})
			err := second(s.client().Snapshot(t.Context(), Query{Status: StatusOpen}))
			if err == nil || !strings.Contains(err.Error(), "the list goes on after ") {
				t.Errorf("got %v", err)
			}
			if n := len(s.requests()); n > 40 {
				t.Errorf("%d requests", n)
			}
			before := len(s.requests())
			err = first(s.client().ListWorkItems(t.Context(), Own))
			if !says(err, fmt.Sprintf("the list goes on after %d work items,", test.pages*pageSize)) || len(s.requests())-before != test.pages {
				t.Errorf("iterating: got %v after %d requests", err, len(s.requests())-before)
			}
		})
	}
}

// TestLists_countedAndUncountedPagesMix: the count is an aid, wherever it comes.
func TestLists_countedAndUncountedPagesMix(t *testing.T) {
	t.Parallel()
	for name, counted := range map[string]func(page int) bool{
		"not the first":  func(page int) bool { return page > 0 },
		"only the first": func(page int) bool { return page == 0 },
		"only the last":  func(page int) bool { return page == 2 },
		"every other":    func(page int) bool { return page%2 == 1 },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := newLists(t).open("caller-id", 700)
			s := newService(t, func(w http.ResponseWriter, r *http.Request) {
				offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
				l.mu.Lock()
				l.noCount = !counted(offset / pageSize)
				l.mu.Unlock()
				l.serve(w, r)
			})
			snapshot, err := s.client(func(config *Config) { config.MaxRetries = 0 }).Snapshot(t.Context(), Query{Status: StatusOpen})
			if err != nil || !snapshot.Complete || snapshot.Total != 700 || len(snapshot.Items) != 700 || len(s.requests()) != 3 {
				t.Errorf("%+v, %v, %d requests", snapshot, err, len(s.requests()))
			}
			n := 0
			for _, err := range s.client().ListWorkItems(t.Context(), Own) {
				if err != nil {
					t.Fatal(err)
				}
				n++
			}
			if n != 700 {
				t.Errorf("iterated over %d", n)
			}
		})
	}
}

// TestLists_anOffsetAtTheEndMayBeRefused: the service documents offsets up to
// the last record only, so the page after a full last one may be refused.
func TestLists_anOffsetAtTheEndMayBeRefused(t *testing.T) {
	t.Parallel()
	for _, counts := range []bool{false, true} {
		l := newLists(t).open("caller-id", 500).uncounted(!counts)
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("offset") == "500" {
				answer(400, "")(w, r)
				return
			}
			l.serve(w, r)
		})
		snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
		if err != nil || len(snapshot.Items) != 500 || snapshot.Complete != counts {
			t.Errorf("counts %t: %+v, %v", counts, snapshot, err)
		}
	}
	// Anywhere else it is an error, or a list that shrank.
	s := newService(t, answer(400, ""))
	if err := second(s.client().Snapshot(t.Context(), Query{Status: StatusOpen, OwnerIDs: []string{"o"}})); err == nil {
		t.Error("a list that is refused counts as empty")
	}
}

// TestSnapshot_aShortPageInTheMiddleIsMovement, even where the counts agree.
func TestSnapshot_aShortPageInTheMiddleIsMovement(t *testing.T) {
	t.Parallel()
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		rows := make([]string, 0, pageSize)
		for i := range pageSize - 50 {
			rows = append(rows, `{"id":"id-`+strconv.Itoa(offset+i)+`"}`)
		}
		w.Header().Set("X-Total-Count", "400")
		fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
	})
	snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusOpen})
	if err != nil || snapshot.Complete || !strings.Contains(snapshot.Movement, "a page in the middle of the list was not full") {
		t.Errorf("%+v, %v", snapshot, err)
	}
}
