// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// gatherItems reads some work items by their ids.
func (e *evidence) gatherItems(ctx context.Context, s *session) {
	e.openReads = s.readRows(ctx, sample(where(e.open.rows, func(row object) bool { return !closed(row) }), openSamples))
	for i := range e.openReads[:min(len(e.openReads), repeatedSamples)] {
		id, _ := e.openReads[i].row.text("id")
		if a := s.get(ctx, workItems, "/"+url.PathEscape(id), nil); a.ok() {
			e.openReads[i].again, _ = a.object()
		}
	}
	e.closedReads = s.readRows(ctx, sample(e.completed.rows, closedSamples))
	e.missing = s.get(ctx, workItems, "/"+nobody, nil)
}

func (s *session) readRows(ctx context.Context, rows []object) (reads []readOfRow) {
	for _, row := range rows {
		id, _ := row.text("id")
		read := readOfRow{row: row, answer: s.get(ctx, workItems, "/"+url.PathEscape(id), nil)}
		if read.answer.ok() {
			read.item, _ = read.answer.object()
		}
		reads = append(reads, read)
	}
	return reads
}

// sample picks rows that have an id, of as many kinds as possible.
func sample(rows []object, n int) (picked []object) {
	seen := map[string]bool{}
	var rest []object
	for _, row := range rows {
		if id, _ := row.text("id"); isc.CheckID("work item id", id) != nil {
			continue
		}
		kind := fmt.Sprint(wordOf(row, "type"), row.hasValue("approvalItems"), row.hasValue("remediationItems"), row.hasValue("form"))
		if seen[kind] {
			rest = append(rest, row)
			continue
		}
		seen[kind] = true
		picked = append(picked, row)
	}
	picked = append(picked, rest...)
	return picked[:min(len(picked), n)]
}

// gatherPeople looks people up in the ways the provider does.
func (e *evidence) gatherPeople(ctx context.Context, s *session) {
	e.people = s.get(ctx, identities, "", url.Values{"limit": {"50"}})
	people, _ := e.people.rows()
	var found []string
	for _, person := range people {
		if id, ok := person.text("id"); ok && isc.CheckID("identity id", id) == nil {
			found = append(found, fmt.Sprintf("%q", id))
		}
	}
	if len(found) > 0 {
		e.peopleByIDs = s.get(ctx, identities, "", filters("id in ("+strings.Join(found[:min(len(found), 2)], ",")+")"))
	}
	for _, person := range people {
		if alias, _ := person.text("alias"); flippable(alias) {
			e.byAlias = s.get(ctx, identities, "", filters(fmt.Sprintf("alias eq %q", alias)))
			e.byFlippedAlias = s.get(ctx, identities, "", filters(fmt.Sprintf("alias eq %q", flipCase(alias))))
			break
		}
	}
}

func filters(filter string) url.Values {
	return url.Values{"filters": {filter}, "limit": {"10"}}
}

// flippable reports whether a text has another one in the other case, and needs
// no quoting.
func flippable(s string) bool {
	return flipCase(s) != s && !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' })
}

func flipCase(s string) string {
	if upper := strings.ToUpper(s); upper != s {
		return upper
	}
	return strings.ToLower(s)
}

// gatherOthers asks for the open work items of other people, until it is clear
// whether the token may see them and whether one of them has any.
func (e *evidence) gatherOthers(ctx context.Context, s *session) {
	for _, id := range e.otherPeople() {
		other := foreignList{id, listOf(s.get(ctx, workItems, "", merged(page(maxLimit, 0), url.Values{"ownerId": {id}})))}
		e.others = append(e.others, other)
		settled := e.isAdmin()
		if settled == no || settled == yes && (e.someoneElseHasItems() || e.severalOwners() || e.shownElsewhere()) || len(e.others) == maxOthers {
			return
		}
	}
}

// otherPeople lists ids of others, first those who are likely to own work items.
func (e *evidence) otherPeople() []string {
	people, _ := e.people.rows()
	var owners, managers, rest []string
	add := func(to *[]string, o object, field string) {
		if id, ok := o.text(field); ok && id != e.own && isc.CheckID("identity id", id) == nil {
			*to = append(*to, id)
		}
	}
	for _, row := range slices.Concat(e.open.rows, e.completed.rows) {
		add(&owners, row, "ownerId")
		add(&rest, row, "requesterId")
	}
	for _, person := range people {
		if manager, ok := decode[object](person["manager"]); ok {
			add(&managers, manager, "id")
		}
		add(&rest, person, "id")
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Concat(owners, managers, rest), func(id string) bool {
		known := seen[id]
		seen[id] = true
		return known
	})
}

// verdict is what the evidence says about a question.
type verdict int

const (
	unsettled verdict = iota
	yes
	no
)

// isAdmin says whether the token sees other people's work items. One list by an
// id may be that of a group which the caller belongs to or, where the token's own
// identity is unknown, its own.
func (e *evidence) isAdmin() verdict {
	granted, refused := 0, 0
	for _, other := range e.others {
		switch {
		case other.usable:
			granted++
		case other.refused():
			refused++
		}
	}
	switch {
	case refused > 1, refused == 1 && e.own != "":
		return no
	case granted > 1:
		return yes
	}
	return unsettled
}

// someoneElseHasItems reports whether an owner who is surely somebody else has
// open work items.
func (e *evidence) someoneElseHasItems() bool {
	return e.own != "" && slices.ContainsFunc(e.others, func(l foreignList) bool { return len(l.rows) > 0 })
}
