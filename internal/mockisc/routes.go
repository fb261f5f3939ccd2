// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// destination is what a request's method and path mean.
type destination struct {
	op             Operation // "" when refused by status
	status         int       // 404 or 405 when op is ""
	allow          string    // for 405
	family         string    // version prefix, such as v2024 or v1
	workItemID     string
	approvalItemID string
}

// routes in order of precedence: the fixed words win over work item ids. The
// first pattern that matches a path is the only one that counts for it.
var routes = []struct {
	pattern string
	methods map[string]Operation
}{
	{"", map[string]Operation{http.MethodGet: OpList}},
	{"completed", map[string]Operation{http.MethodGet: OpListCompleted}},
	{"completed/count", map[string]Operation{http.MethodGet: OpCountCompleted}},
	{"count", map[string]Operation{http.MethodGet: OpCount}},
	{"summary", map[string]Operation{http.MethodGet: OpSummary}},
	{"bulk-approve/{id}", map[string]Operation{http.MethodPost: OpBulkApprove}},
	{"bulk-reject/{id}", map[string]Operation{http.MethodPost: OpBulkReject}},
	{"{id}", map[string]Operation{http.MethodGet: OpGet, http.MethodPost: OpComplete}},
	{"{id}/forward", map[string]Operation{http.MethodPost: OpForward}},
	{"{id}/submit-account-selection", map[string]Operation{http.MethodPost: OpSubmit}},
	{"{id}/approve/{item}", map[string]Operation{http.MethodPost: OpApprove}},
	{"{id}/reject/{item}", map[string]Operation{http.MethodPost: OpReject}},
}

const tokenPath = "/oauth/token"

// prefixes lead to the work items, each with its family.
var prefixes = []struct{ path, family string }{
	{"/v3/work-items", "v3"},
	{"/v2024/work-items", "v2024"},
	{"/v2025/work-items", "v2025"},
	{"/v2026/work-items", "v2026"},
	{"/work-items/v1", "v1"},
}

// identityPrefixes lead to the public identities, each with its family.
var identityPrefixes = map[string]string{
	"/v3/public-identities": "v3", "/v2024/public-identities": "v2024", "/v2025/public-identities": "v2025", "/v2026/public-identities": "v2026",
	"/public-identities/v1": "v1",
}

// locate finds the destination of a request. It works on the escaped path: an
// escaped slash belongs to an id.
func locate(method, escapedPath string) destination {
	if escapedPath == tokenPath {
		return destination{}.choose(method, map[string]Operation{http.MethodPost: OpToken})
	}
	if family, ok := identityPrefixes[escapedPath]; ok {
		return destination{family: family}.choose(method, map[string]Operation{http.MethodGet: OpIdentities})
	}
	for _, prefix := range prefixes {
		rest, found := strings.CutPrefix(escapedPath, prefix.path)
		if !found || rest == "/" || rest != "" && rest[0] != '/' {
			continue
		}
		for _, route := range routes {
			to := destination{family: prefix.family}
			if to.match(route.pattern, strings.TrimPrefix(rest, "/")) {
				return to.choose(method, route.methods)
			}
		}
	}
	return destination{status: http.StatusNotFound}
}

// match compares a path with a pattern and takes the ids from it.
func (to *destination) match(pattern, path string) bool {
	want, got := strings.Split(pattern, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i, word := range want {
		value, err := url.PathUnescape(got[i])
		switch {
		case err != nil:
			return false
		case word == "{id}" && value != "":
			to.workItemID = value
		case word == "{item}" && value != "":
			to.approvalItemID = value
		case word != value:
			return false
		}
	}
	return true
}

func (to destination) choose(method string, methods map[string]Operation) destination {
	op, ok := methods[method]
	if !ok {
		to.status = http.StatusMethodNotAllowed
		to.allow = strings.Join(slices.Sorted(maps.Keys(methods)), ", ")
	}
	to.op = op
	return to
}
