// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// Findings about ids and times.

func idFindings(e *evidence) []*finding {
	return []*finding{e.idForms(), e.archiveIDs(), e.timeForms()}
}

var (
	hexID   = regexp.MustCompile(`^[0-9a-f]{32}$`)
	uuid    = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
	decimal = regexp.MustCompile(`^[0-9]+$`)
	millis  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$`)
)

func idForm(id string) string {
	switch {
	case id == "":
		return "none"
	case hexID.MatchString(id):
		return "32 hex digits"
	case uuid.MatchString(id):
		return "UUID"
	case decimal.MatchString(id):
		return "decimal"
	case isc.CheckID("id", id) != nil:
		return "unfit for a path"
	}
	return "other"
}

func (e *evidence) idForms() *finding {
	f := about("Ids", "32 hex digits in all examples [D]")
	rows := slices.Concat(e.open.rows, e.completed.rows)
	if len(rows) == 0 {
		return f.notSeen("there is no work item")
	}
	forms := func(rows []object, field string) tally {
		t := tally{}
		for _, row := range rows {
			id, _ := row.text(field)
			t[idForm(id)]++
		}
		return t
	}
	f.saw("open work items: %s", forms(e.open.rows, "id"))
	f.saw("completed work items: %s", forms(e.completed.rows, "id"))
	f.saw("approval items: %s", forms(approvalItemsOf(rows), "id"))
	return f.saw("owners: %s; requesters: %s", forms(rows, "ownerId"), forms(rows, "requesterId"))
}

// tellsTime reports whether an id was made at a time that a field names. Ids of
// the product that the service descends from hold the time of their making, in
// milliseconds.
func tellsTime(row object, field string) bool {
	id, _ := row.text("id")
	text, _ := row.text(field)
	at, err := time.Parse(time.RFC3339, text)
	if err != nil || !hexID.MatchString(id) {
		return false
	}
	made, err := strconv.ParseInt(id[16:28], 16, 64)
	return err == nil && time.UnixMilli(made).Sub(at).Abs() < 10*time.Minute
}

// idPrefix is how much of ids is compared: it names the machine that made them.
const idPrefix = 4

// beginsLike reports whether all rows' ids begin like the one given.
func beginsLike(first string, rows []object) bool {
	return len(first) >= idPrefix && !slices.ContainsFunc(ids(rows), func(id string) bool { return !strings.HasPrefix(id, first[:idPrefix]) })
}

func (e *evidence) archiveIDs() *finding {
	f := about("Ids of completed work items", "those that they had while open, or others in an archive [I]", "ArchiveUnderAnotherID")
	open := where(e.open.rows, func(row object) bool { return !closed(row) })
	rows := e.completed.rows
	if len(rows) == 0 || len(open) < 2 {
		return f.notSeen("%d open and %d completed work items are too few to compare", len(open), len(rows))
	}
	created := func(row object) bool { return tellsTime(row, "created") }
	timed, kept := count(open, created), count(rows, created)
	f.saw("ids made when the work item was created: open %d of %d, completed %d of %d", timed, len(open), kept, len(rows))
	first, _ := open[0].text("id")
	alike := beginsLike(first, open)
	f.saw("ids that begin alike: open %s, completed like these %s", yesNo(alike), yesNo(alike && beginsLike(first, rows)))
	switch {
	case timed == len(open) && kept < len(rows):
		return f.behave("ArchiveUnderAnotherID", true)
	case timed == len(open):
		return f
	case alike && !beginsLike(first, rows):
		return f.saw("a hint, no proof").behave("ArchiveUnderAnotherID", true)
	}
	return f.notSeen("the ids don't tell; it takes a work item that was read while it was open")
}

func (e *evidence) timeForms() *finding {
	f := about("Times", "RFC 3339 with milliseconds, in UTC [D]")
	given, whole, readable := 0, 0, 0
	for _, row := range slices.Concat(e.open.rows, e.completed.rows) {
		for _, field := range []string{"created", "modified", "completed"} {
			if !row.hasValue(field) {
				continue
			}
			given++
			var text string
			if json.Unmarshal(row[field], &text) == nil && millis.MatchString(text) {
				whole++
			} else if _, err := time.Parse(time.RFC3339, text); err == nil {
				readable++
			}
		}
	}
	if given == 0 {
		return f.notSeen("there is no work item with a time")
	}
	return f.saw("so %d of %d, other RFC 3339 %d, anything else %d", whole, given, readable, given-whole-readable)
}
