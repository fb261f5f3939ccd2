// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"mime"
	"net/http"
	"slices"
	"strings"
)

// Findings about tokens and headers.

func wireFindings(e *evidence) []*finding {
	return []*finding{e.tokenHolds(), e.contentTypes(), e.withoutAccept(), e.deprecation(), e.encoding(), e.errorBodies(), e.limits()}
}

func (e *evidence) tokenHolds() *finding {
	f := about("The token reply", "says whose token it is, as identity_id or as a claim of the token [D/W]", "OmitTokenIdentityID")
	_, claimed := e.claims.text("identity_id")
	f.saw("the token is a JWT: %s, with the claim identity_id: %s", yesNo(e.claims != nil), yesNo(claimed))
	reply := e.tokenReply()
	if reply == nil {
		return f.notSeen("an access token was given, so none was asked for")
	}
	undocumented := 0
	for field := range reply {
		if !slices.Contains(tokenReplyFields, field) {
			undocumented++
		}
	}
	var holds []string
	for _, field := range tokenReplyFields {
		if reply.hasValue(field) {
			holds = append(holds, field)
		}
	}
	scope, _ := reply.text("scope")
	_, quoted, isNumber := number(reply["expires_in"])
	f.saw("holds %s and %d more", strings.Join(holds, ", "), undocumented).
		saw("expires_in is a number: %s; scope has sp:scopes:all: %s", yesNo(isNumber && !quoted), yesNo(slices.Contains(strings.Fields(scope), "sp:scopes:all")))
	if !reply.hasValue("identity_id") {
		f.behave("OmitTokenIdentityID", true)
	}
	return f
}

// isJSON reports whether an answer is labelled as JSON.
func (a *answer) isJSON() bool {
	mediaType, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	return err == nil && (mediaType == "application/json" || strings.HasSuffix(mediaType, "+json"))
}

// answersThat returns the answers of the API that came whole and fit.
func (e *evidence) answersThat(fit func(*answer) bool) []*answer {
	return slices.DeleteFunc(slices.Clone(e.answers), func(a *answer) bool { return a.failure != "" || !fit(a) })
}

func (e *evidence) contentTypes() *finding {
	f := about("Content-Type", "application/json for requests that accept it", "WrongContentType")
	answers := e.answersThat(func(a *answer) bool { return a.ok() && !a.bare && len(a.body) > 0 })
	labelled := len(slices.DeleteFunc(slices.Clone(answers), func(a *answer) bool { return !a.isJSON() }))
	if len(answers) == 0 {
		return f.notSeen("no answer has a body")
	}
	f.saw("JSON %d of %d", labelled, len(answers))
	if labelled*2 < len(answers) {
		f.behave("WrongContentType", true)
	}
	return f
}

func (e *evidence) withoutAccept() *finding {
	f := about("Content-Type without Accept", "application/octet-stream [W]")
	if !e.bare.ok() {
		return f.notSeen("%s", e.bare.problem())
	}
	return f.saw("JSON all the same: %s", yesNo(e.bare.isJSON()))
}

func (e *evidence) deprecation() *finding {
	f := about("X-Deprecated", "marks deprecated versions [D]", "XDeprecated")
	all := e.answersThat(func(*answer) bool { return true })
	marked := e.answersThat(func(a *answer) bool { return strings.EqualFold(a.header.Get("X-Deprecated"), "true") })
	f.saw("%d of %d answers of %s", len(marked), len(all), e.version)
	switch {
	case len(marked) > 0:
		f.behave("XDeprecated", true)
	case e.version == "v1":
		f.notSeen("v1 is the current version; try a yearly one")
	}
	return f
}

// refusals are the answers from 400 to 499.
func (e *evidence) refusals() []*answer {
	return e.answersThat(func(a *answer) bool { return a.status >= 400 && a.status <= 499 })
}

func (e *evidence) encoding() *finding {
	f := about("Content-Encoding of refusals", "UTF-8 for some, though the body is plain [W]; the mock: none", "ContentEncodingUTF8On4xx")
	refusals := e.refusals()
	if len(refusals) == 0 {
		return f.notSeen("nothing was refused")
	}
	encoded := slices.DeleteFunc(slices.Clone(refusals), func(a *answer) bool { return !strings.EqualFold(a.header.Get("Content-Encoding"), "UTF-8") })
	f.saw("%d of %d", len(encoded), len(refusals))
	if len(encoded) > 0 {
		f.behave("ContentEncodingUTF8On4xx", true)
	}
	return f
}

func (e *evidence) errorBodies() *finding {
	f := about("Refusals", "have detailCode and trackingId, or the header SLPT-Request-ID [D/W]; an unknown id is 404 [D]")
	refusals := e.refusals()
	detail, tracking, header := 0, 0, 0
	for _, a := range refusals {
		body, _ := a.object()
		if body.hasValue("detailCode") {
			detail++
		}
		if body.hasValue("trackingId") {
			tracking++
		}
		if a.header.Get("SLPT-Request-ID") != "" {
			header++
		}
	}
	if e.missing.failure == "" {
		f.saw("an unknown id: %d", e.missing.status)
	}
	if len(refusals) == 0 {
		return f.notSeen("nothing was refused")
	}
	return f.saw("of %d: detailCode %d, trackingId %d, SLPT-Request-ID %d", len(refusals), detail, tracking, header)
}

func (e *evidence) limits() *finding {
	f := about("Rate limit", "100 in 10 seconds; perhaps a header X-RateLimit-Remaining [W]")
	remaining := e.answersThat(func(a *answer) bool { return a.header.Get("X-RateLimit-Remaining") != "" })
	tooMany := e.answersThat(func(a *answer) bool { return a.status == http.StatusTooManyRequests })
	return f.saw("answers with the header: %d of %d; answers of 429, after pauses: %d", len(remaining), len(e.answers), len(tooMany)).
		notSeen("how requests are counted: the probe stays below the limit")
}
