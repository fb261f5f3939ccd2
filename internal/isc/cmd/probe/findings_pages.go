// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Findings about pages: counts, limits, order and repetition.

func pageFindings(e *evidence) []*finding {
	return []*finding{e.totalCount(), e.limitOfZero(), e.limitOverMax(), e.offsetPastEnd(), e.unknownParameter(), e.order(), e.stability(), e.repetition()}
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func (e *evidence) totalCount() *finding {
	f := about("X-Total-Count", "on lists with count=true, and only there [D]")
	asked, with, fits := 0, 0, 0
	for _, l := range append([]list{e.open, e.again, e.completed, e.ownOpen, e.ownCompleted}, e.pages...) {
		if !l.usable {
			continue
		}
		asked++
		if l.total >= 0 {
			with++
		}
		if l.total >= len(l.rows) {
			fits++
		}
	}
	f.saw("with count=true: %d of %d, not below the rows of the page: %d", with, asked, fits)
	if !e.uncounted.usable {
		return f.saw("without: not seen, %s", e.uncounted.problem())
	}
	return f.saw("without: %s", yesNo(e.uncounted.total >= 0))
}

func (e *evidence) limitOfZero() *finding {
	f := about("limit=0", "an empty page [A], or as if there were no limit", "LimitZeroServesDefault")
	switch {
	case e.limitZero.refused():
		return f.saw("the service answered %d, which the mock can't", e.limitZero.status).notSeen("it is refused")
	case !e.limitZero.usable:
		return f.notSeen("%s", e.limitZero.problem())
	case len(e.open.rows) == 0:
		return f.notSeen("the list is empty in any case")
	}
	f.saw("%s of %d", plural(len(e.limitZero.rows), "row"), len(e.open.rows))
	if len(e.limitZero.rows) > 0 {
		f.behave("LimitZeroServesDefault", true)
	}
	return f
}

func (e *evidence) limitOverMax() *finding {
	f := about("limit=251", "400 [A], or a page of 250", "OverLimitStatus")
	if !e.overLimit.usable && !e.overLimit.refused() {
		return f.notSeen("%s", e.overLimit.problem())
	}
	f.saw("the service answered %d", e.overLimit.status)
	if e.overLimit.usable {
		f.saw("with no more than %d rows: %s", maxLimit, yesNo(len(e.overLimit.rows) <= maxLimit))
	}
	if e.overLimit.status != http.StatusBadRequest {
		f.behave("OverLimitStatus", e.overLimit.status)
	}
	return f
}

func (e *evidence) offsetPastEnd() *finding {
	f := about("An offset just past the end", "an empty page, or 400 [D leaves both]")
	switch {
	case e.pastEnd.answer == nil:
		return f.notSeen("the list is not counted")
	case e.pastEnd.usable:
		return f.saw("200 with %s", plural(len(e.pastEnd.rows), "row"))
	}
	return f.saw("%s", e.pastEnd.problem())
}

func (e *evidence) unknownParameter() *finding {
	return about("Unknown query parameters", "are ignored [W]").saw("%s", yesNo(e.unknownParam.usable))
}

func (e *evidence) order() *finding {
	f := about("Order of a list", "unspecified; the mock: as added")
	var times []time.Time
	for _, row := range e.open.rows {
		text, _ := row.text("created")
		at, err := time.Parse(time.RFC3339, text)
		if err == nil {
			times = append(times, at)
		}
	}
	if len(times) < 2 {
		return f.notSeen("fewer than two open work items say when they were created")
	}
	return f.saw("by creation, oldest first: %s, newest first: %s", yesNo(slices.IsSortedFunc(times, time.Time.Compare)),
		yesNo(slices.IsSortedFunc(times, func(a, b time.Time) int { return b.Compare(a) })))
}

// identified reports whether all rows have an id.
func identified(lists ...list) bool {
	return !slices.ContainsFunc(lists, func(l list) bool { return slices.Contains(ids(l.rows), "") })
}

// common returns the ids of a that b has too.
func common(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(id string) bool { return !slices.Contains(b, id) })
}

// shuffled says whether the open list came in another order when asked again.
func (e *evidence) shuffled() verdict {
	first, second := ids(e.open.rows), ids(e.again.rows)
	switch {
	case !e.open.usable || !e.again.usable || len(first) < 2 || !identified(e.open, e.again):
		return unsettled
	case !slices.Equal(common(first, second), common(second, first)):
		return yes
	case e.open.total != e.again.total || len(common(first, second)) < 2:
		return unsettled
	case !slices.Equal(first, second):
		return yes
	}
	return no
}

func (e *evidence) stability() *finding {
	f := about("The same page twice", "comes in the same order [A]", "UnstableOrder")
	switch e.shuffled() {
	case yes:
		return f.saw("in another order").behave("UnstableOrder", true)
	case no:
		return f.saw("%s in the same order", plural(len(e.open.rows), "row"))
	default:
		return f.notSeen("fewer than two open work items with an id, or the list moved meanwhile")
	}
}

func (e *evidence) repetition() *finding {
	f := about("Rows across pages", "each once [A]; nothing promises it", "DuplicateAcrossPages")
	if len(e.pages) < 2 {
		return f.notSeen("no second page: %s", plural(len(e.open.rows), "open work item"))
	}
	var rows []string
	overfull := 0
	for _, l := range e.pages {
		if !l.usable {
			return f.notSeen("%s", l.problem())
		}
		rows = append(rows, ids(l.rows)...)
		if len(l.rows) > e.pageSize {
			overfull++
		}
	}
	if !identified(e.pages...) {
		return f.saw("pages with more rows than asked for: %d of %d", overfull, len(e.pages)).notSeen("rows have no id")
	}
	distinct := len(slices.Compact(slices.SortedFunc(slices.Values(rows), strings.Compare)))
	due := ids(e.open.rows)[:min(len(e.open.rows), len(e.pages)*e.pageSize)]
	f.saw("%d pages of %d: %s, repeated %d, missing %d; pages with more rows than asked for: %d",
		len(e.pages), e.pageSize, plural(len(rows), "row"), len(rows)-distinct, len(due)-len(common(due, rows)), overfull)
	switch {
	case overfull > 0, len(rows) > distinct && e.shuffled() == no:
		f.behave("DuplicateAcrossPages", true)
	case len(rows) > distinct:
		f.saw("repetition comes with the changing order")
	}
	return f
}
