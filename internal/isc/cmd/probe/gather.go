// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"strconv"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const (
	workItems  = "work-items"
	identities = "public-identities"

	// maxLimit is the documented longest page.
	maxLimit = 250
	// openSamples and closedSamples are how many work items are read by id, and
	// repeatedSamples how many of the open ones once more.
	openSamples, closedSamples, repeatedSamples = 6, 3, 2
	// maxOthers bounds the people whose lists are asked for.
	maxOthers = 6
	// nobody is the id of no work item.
	nobody = "00000000000000000000000000000000"
)

// evidence is all that was read, for the findings to look at.
type evidence struct {
	version string
	answers []*answer

	// token is the token request's answer; nil with a given access token.
	token  *answer
	claims object
	// own is the token's identity, "" if unknown.
	own string

	// unowned is the open list without ownerId.
	unowned list
	// owner is whose lists the following are: "" for those without ownerId, or
	// the token's identity where these are refused.
	owner string
	// The open list, the same again, and variations.
	open, again, uncounted, limitZero, overLimit, pastEnd, unknownParam list
	// pages are consecutive short pages of the open list.
	pages     []list
	pageSize  int
	completed list
	// Lists by the token's own identity.
	ownOpen, ownCompleted list

	count, completedCount, summary, ownSummary *answer

	openReads, closedReads []readOfRow
	missing, bare          *answer

	people, peopleByIDs, byAlias, byFlippedAlias *answer
	others                                       []foreignList
}

// readOfRow is a row of a list, and the work item itself as read by its id.
type readOfRow struct {
	row    object
	answer *answer
	item   object // nil if it could not be read
	again  object // a later read, nil if there was none
}

// foreignList is a list by the id of somebody else.
type foreignList struct {
	owner string
	list
}

// gather does all the reading. It fails when no list of work items can be read.
func gather(ctx context.Context, s *session) (*evidence, error) {
	e := &evidence{version: s.target.version}
	if s.target.accessToken == "" {
		e.token = s.authenticate(ctx)
		if s.token == "" {
			return nil, errors.New("no access token: " + tokenProblem(e.token))
		}
	}
	e.claims = claims(s.token)
	e.own = e.ownIdentity()

	e.gatherLists(ctx, s)
	if err := e.unreadable(); err != nil {
		return nil, err
	}
	e.gatherVariations(ctx, s)
	e.gatherCounts(ctx, s)
	e.gatherItems(ctx, s)
	e.gatherPeople(ctx, s)
	e.gatherOthers(ctx, s)
	e.answers = s.answers
	return e, nil
}

func tokenProblem(a *answer) string {
	problem := a.problem()
	switch {
	case a.failure != "":
		return problem
	case a.isHTML(), a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed, a.status >= 300 && a.status <= 399:
		return problem + "; SAIL_BASE_URL must be the tenant's API, such as https://TENANT.api.identitynow.com"
	case a.status == http.StatusBadRequest, a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return problem + "; check SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, and whether the personal access token has expired"
	case a.ok():
		return "the answer has none"
	}
	return problem
}

// ownIdentity finds whose token it is, where an id can be sent.
func (e *evidence) ownIdentity() string {
	for _, source := range []object{e.tokenReply(), e.claims} {
		if id, ok := source.text("identity_id"); ok && isc.CheckID("identity id", id) == nil {
			return id
		}
	}
	return ""
}

func (e *evidence) tokenReply() object {
	if e.token == nil {
		return nil
	}
	reply, _ := e.token.object()
	return reply
}

// page is the query of a counted page.
func page(limit, offset int) url.Values {
	return url.Values{"count": {"true"}, "limit": {strconv.Itoa(limit)}, "offset": {strconv.Itoa(offset)}}
}

func (e *evidence) gatherLists(ctx context.Context, s *session) {
	list := func(suffix string, query url.Values) list { return listOf(s.get(ctx, workItems, suffix, query)) }
	e.unowned = list("", page(maxLimit, 0))
	e.open = e.unowned
	if !e.open.usable && e.own != "" {
		e.owner = e.own
		e.open = list("", e.of(page(maxLimit, 0)))
	}
	e.again = list("", e.of(page(maxLimit, 0)))
	e.completed = list("/completed", e.of(page(maxLimit, 0)))
	if e.own != "" {
		own := url.Values{"ownerId": {e.own}}
		e.ownOpen = list("", merged(page(maxLimit, 0), own))
		e.ownCompleted = list("/completed", merged(page(maxLimit, 0), own))
	}
}

// of makes a query one of the lists that the probe looks at.
func (e *evidence) of(query url.Values) url.Values {
	if e.owner == "" {
		return query
	}
	return merged(query, url.Values{"ownerId": {e.owner}})
}

func merged(query, more url.Values) url.Values {
	maps.Copy(query, more)
	return query
}

// unreadable says why not one list of work items could be read.
func (e *evidence) unreadable() error {
	if e.open.usable || e.completed.usable {
		return nil
	}
	advice := ""
	switch {
	case e.open.status == http.StatusUnauthorized:
		advice = "; the access token is not accepted"
	case e.open.status == http.StatusForbidden:
		advice = "; is it an API client instead of a personal access token, does it lack the scope sp:scopes:all, or is this network not allowed?"
	case e.open.isHTML(), e.open.status == http.StatusNotFound, e.open.status >= 300 && e.open.status <= 399:
		advice = "; SAIL_BASE_URL must be the tenant's API, such as https://TENANT.api.identitynow.com"
	}
	return fmt.Errorf("no list of work items can be read, so nothing was learned: %s%s", e.open.problem(), advice)
}

// gatherVariations asks for the open list in other ways.
func (e *evidence) gatherVariations(ctx context.Context, s *session) {
	list := func(query url.Values) list { return listOf(s.get(ctx, workItems, "", e.of(query))) }
	e.uncounted = list(url.Values{"limit": {"1"}})
	e.limitZero = list(url.Values{"limit": {"0"}})
	e.overLimit = list(url.Values{"limit": {strconv.Itoa(maxLimit + 1)}})
	e.unknownParam = list(url.Values{"limit": {"1"}, "probeParameter": {"1"}})
	e.bare = s.read(ctx, workItems, "", e.of(url.Values{"limit": {"1"}}), true)
	if e.open.total >= 0 {
		e.pastEnd = list(page(maxLimit, e.open.total))
	}
	// A list of one or none has no second page.
	rows := len(e.open.rows)
	if rows < 2 {
		return
	}
	e.pageSize = min(rows-1, 2)
	for offset := 0; offset < min(rows, 3*e.pageSize); offset += e.pageSize {
		e.pages = append(e.pages, list(page(e.pageSize, offset)))
	}
}

func (e *evidence) gatherCounts(ctx context.Context, s *session) {
	e.count = s.get(ctx, workItems, "/count", nil)
	e.completedCount = s.get(ctx, workItems, "/completed/count", nil)
	e.summary = s.get(ctx, workItems, "/summary", nil)
	if e.own != "" {
		e.ownSummary = s.get(ctx, workItems, "/summary", url.Values{"ownerId": {e.own}})
	}
}
