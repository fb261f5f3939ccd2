// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"net/http"
	"slices"
)

// Findings about whose work items a list holds.

func scopeFindings(e *evidence) []*finding {
	return []*finding{e.ownList(), e.foreignLists(), e.withoutOwner(), e.closedInOpenList(), e.countsAgree()}
}

// owners counts whose rows are.
func (e *evidence) owners(rows []object) (own, other, none, unknown int) {
	for _, row := range rows {
		id, named := row.text("ownerId")
		switch {
		case !row.has("ownerId"):
			unknown++
		case !named:
			none++
		case id == e.own:
			own++
		default:
			other++
		}
	}
	return own, other, none, unknown
}

func (e *evidence) ownList() *finding {
	f := about("A list by one's own id", "200 with one's own work items [A]; whether it holds those of one's groups is unknown", "OwnOwnerIDStatus")
	switch {
	case e.own == "":
		return f.notSeen("neither token reply nor token say whose token it is")
	case e.ownOpen.refused():
		return f.saw("the service answered %d", e.ownOpen.status).behave("OwnOwnerIDStatus", e.ownOpen.status)
	case !e.ownOpen.usable:
		return f.notSeen("%s", e.ownOpen.problem())
	}
	own, other, none, unknown := e.owners(e.ownOpen.rows)
	return f.saw("200; open: %s; rows: %d of one's own id, %d of another id, %d without owner, %d that don't say", totalText(e.ownOpen), own, other, none, unknown).
		saw("completed: %s", totalText(e.ownCompleted))
}

// totalText says how long a list is.
func totalText(l list) string {
	switch {
	case !l.usable:
		return "not seen, " + l.problem()
	case l.total >= 0:
		return plural(l.total, "work item")
	}
	return "at least " + plural(len(l.rows), "work item")
}

func (e *evidence) foreignLists() *finding {
	f := about("A list by somebody else's id", "for admins; others are refused [D] with 403 [A]", "ForeignOwnerStatus")
	if len(e.others) == 0 {
		return f.notSeen("nobody else is known to ask for")
	}
	granted, withRows, matching, rows := 0, 0, 0, 0
	refusedWith := 0
	for _, other := range e.others {
		switch {
		case other.usable:
			granted++
			rows += len(other.rows)
			matching += count(other.rows, func(row object) bool { id, ok := row.text("ownerId"); return ok && id == other.owner })
			if len(other.rows) > 0 {
				withRows++
			}
		case other.refused():
			refusedWith = other.status
		}
	}
	f.saw("granted %d of %d, %d of these with work items; rows of that owner: %d of %d", granted, len(e.others), withRows, matching, rows)
	switch e.isAdmin() {
	case yes:
		f.saw("so the token is an admin's").notSeen("how others are refused: the token is an admin's")
	case no:
		f.saw("refused with %d", refusedWith).flag("-admin=false")
		if refusedWith != http.StatusForbidden {
			f.behave("ForeignOwnerStatus", refusedWith)
		}
	default:
		f.notSeen("too few answers to tell whether the token is an admin's")
	}
	return f
}

func (e *evidence) withoutOwner() *finding {
	f := about("An admin's list without ownerId", "covers the whole tenant [W]", "AdminSeesOwnOnly")
	if !e.unowned.usable {
		return f.notSeen("%s", e.unowned.problem())
	}
	own, other, none, unknown := e.owners(e.unowned.rows)
	f.saw("without ownerId: open %s, completed %s; open rows: %d of one's own id, %d of another id, %d without owner, %d that don't say",
		totalText(e.unowned), totalText(e.completed), own, other, none, unknown)
	if e.ownOpen.usable {
		f.saw("with one's own: open %s, completed %s", totalText(e.ownOpen), totalText(e.ownCompleted))
	}
	switch {
	case e.isAdmin() == no:
		return f.notSeen("the token is not an admin's")
	case e.isAdmin() == unsettled:
		return f.notSeen("whether the token is an admin's is not known")
	case e.shownElsewhere():
		return f.saw("another owner's work items are not in it").behave("AdminSeesOwnOnly", true)
	case none > 0, other > 0 && e.own != "", e.severalOwners(), e.ownOpen.usable && e.unowned.total > e.ownOpen.total:
		return f
	}
	return f.notSeen("none of the %d lists by another id shows a work item that would tell", len(e.others))
}

// severalOwners reports whether the open list has work items of two owners.
func (e *evidence) severalOwners() bool {
	owners := map[string]bool{}
	for _, row := range e.open.rows {
		if id, ok := row.text("ownerId"); ok {
			owners[id] = true
		}
	}
	return len(owners) > 1
}

// shownElsewhere reports whether a list by another id has work items that the
// list without id, which is whole, doesn't have.
func (e *evidence) shownElsewhere() bool {
	listed := ids(e.open.rows)
	return e.open.whole() && slices.ContainsFunc(e.others, func(l foreignList) bool {
		return l.total > 0 && !slices.ContainsFunc(ids(l.rows), func(id string) bool { return slices.Contains(listed, id) })
	})
}

func (e *evidence) closedInOpenList() *finding {
	f := about("The open list", "holds open work items only [W]", "OpenListIncludesClosed")
	n := count(e.open.rows, closed)
	f.saw("closed rows: %d of %d", n, len(e.open.rows))
	switch {
	case n > 0:
		f.behave("OpenListIncludesClosed", true)
	case len(e.completed.rows) == 0:
		f.notSeen("there is no completed work item that could be in it")
	}
	return f
}

func (e *evidence) countsAgree() *finding {
	f := about("Counts and summary", "agree with X-Total-Count of the lists [D]")
	for _, part := range []struct {
		name, field string
		answer      *answer
		total       int
	}{
		{"count", "count", e.count, e.open.total},
		{"completed/count", "count", e.completedCount, e.completed.total},
		{"summary, open", "open", e.summary, e.open.total},
		{"summary, completed", "completed", e.summary, e.completed.total},
		{"own summary, open", "open", e.ownSummary, e.ownOpen.total},
	} {
		n, _, ok := number(counted(part.answer)[part.field])
		if ok && part.total >= 0 {
			f.saw("%s: %s", part.name, yesNo(n == part.total))
		} else if !ok {
			f.saw("%s: not seen, %s", part.name, part.answer.problem())
		}
	}
	if len(f.seen) == 0 {
		f.notSeen("lists are not counted")
	}
	return f
}

// counted decodes an answer of counts, an object or an array of one.
func counted(a *answer) object {
	if a == nil || !a.ok() {
		return nil
	}
	if o, ok := a.object(); ok {
		return o
	}
	if rows, _ := a.rows(); len(rows) > 0 {
		return rows[0]
	}
	return nil
}
