// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import "net/http"

// Findings about looking people up.

func peopleFindings(e *evidence) []*finding {
	return []*finding{e.lookingUp(), e.severalIDs(), e.filterCase()}
}

func (e *evidence) lookingUp() *finding {
	f := about("Looking people up", "anybody may [D]", "PublicIdentitiesStatus")
	if e.people.refused() {
		return f.saw("the service answered %d", e.people.status).behave("PublicIdentitiesStatus", e.people.status)
	}
	people, ok := e.people.rows()
	if !e.people.ok() || !ok {
		return f.notSeen("%s", e.people.problem())
	}
	return f.saw("200 with %d of at most 50; without e-mail: %d, identityState: %s", len(people),
		count(people, func(p object) bool { return !p.hasValue("email") }), tallyOf(people, "identityState"))
}

func (e *evidence) severalIDs() *finding {
	f := about("Filter id in (...)", "is supported [D]", "RefuseIdentityFilterIn")
	switch {
	case e.peopleByIDs == nil:
		return f.notSeen("nobody is known to look up")
	case e.peopleByIDs.status == http.StatusBadRequest:
		return f.saw("the service answered 400").behave("RefuseIdentityFilterIn", true)
	case !e.peopleByIDs.ok():
		return f.notSeen("%s", e.peopleByIDs.problem())
	}
	found, _ := e.peopleByIDs.rows()
	return f.saw("200, found %d", len(found))
}

func (e *evidence) filterCase() *finding {
	f := about("Filter alias eq", "ignores case [D for most comparisons]", "IdentityFilterIsCaseSensitive")
	if e.byAlias == nil || !e.byAlias.ok() || !e.byFlippedAlias.ok() {
		return f.notSeen("nobody with an alias in letters could be looked up")
	}
	asIs, _ := e.byAlias.rows()
	flipped, _ := e.byFlippedAlias.rows()
	f.saw("found as it is: %s, in the other case: %s", yesNo(len(asIs) > 0), yesNo(len(flipped) > 0))
	switch {
	case len(asIs) == 0:
		f.notSeen("the filter finds nobody")
	case len(flipped) == 0:
		f.behave("IdentityFilterIsCaseSensitive", true)
	}
	return f
}
