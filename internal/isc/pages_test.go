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
		"counts 10,000, serves one":            {handle: one("10000"), movement: "the work item a came twice", iterated: "repeats the page before it", requests: 120},
		"counts 9e18, serves none":             {handle: empty("9000000000000000000"), err: "counts 9000000000000000000 work items, " + tooMany, iterated: tooMany, requests: 1},
		"counts 2^63-1":                        {handle: one("9223372036854775807"), err: tooMany, iterated: tooMany, requests: 1},
		"counts 2^63":                          {handle: one("9223372036854775808"), err: tooMany, iterated: tooMany, requests: 1},
		"counts 400 digits":                    {handle: one(strings.Repeat("9", 400)), err: tooMany, iterated: tooMany, requests: 1},
		"counts -1":                            {handle: one("-1"), requests: 1},
		"counts -2^63":                         {handle: one("-9223372036854775808"), requests: 1},
		"counts -2^63-1":                       {handle: one("-9223372036854775809"), requests: 1},
		"counts 1e3":                           {handle: one("1e3"), requests: 1},
		"counts 1, serves full pages":          {handle: endlessList("1", true), movement: "counted 1 work items and listed 250", requests: 3},
		"counts 10,000, serves one page":       {handle: endlessList("10000", false), iterated: "repeats the page before it", movement: "came twice", requests: 120},
		"counts nothing, serves one page":      {handle: endlessList("", false), err: "repeats the page before it", iterated: "repeats the page before it", requests: 2},
		"serves the same work item twice":      {handle: answer(200, `[{"id":"a"},{"id":"a"}]`, "X-Total-Count: 2"), movement: "the work item a came twice", requests: 3},
		"repeats an id that must not be shown": {handle: answer(200, `[{"id":"\u001b[31mx"},{"id":"\u001b[31mx"}]`, "X-Total-Count: 2"), movement: "the work item [31mx came twice", requests: 3},
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
			err = first(s.client().ListWorkItems(t.Context(), ""))
			if test.iterated == "" && err != nil || test.iterated != "" && (err == nil || !strings.Contains(err.Error(), test.iterated)) {
				t.Errorf("iterating: got %v, want %q", err, test.iterated)
			}
		})
	}
}

// TestLists_endWhenMoreAndMoreCome asks for the last page that is read, and the
// one after it: getting there takes a million work items.
func TestLists_endWhenMoreAndMoreCome(t *testing.T) {
	t.Parallel()
	s := newService(t, endlessList("", true))
	c := s.client()
	l := list{StatusOpen, ""}
	if p, err := c.readPage(t.Context(), l, maxListed-pageSize, false); err != nil || p.last(maxListed-pageSize) {
		t.Errorf("the last page: %v", err)
	}
	_, err := c.readPage(t.Context(), l, maxListed, false)
	if err == nil || !strings.Contains(err.Error(), "goes on after 1000000 work items") || len(s.requests()) != 1 {
		t.Errorf("the page after it: %v, %d requests", err, len(s.requests()))
	}
}
