// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// faultRow is what goes wrong, and what has to come of it.
type faultRow struct {
	// faults are scripted before the plan; the plan reads the work item once
	// and the apply once more before it posts.
	faults func(faultyAct) []mockisc.Fault
	// behavior and settings change the world and the provider block.
	behavior func(*mockisc.Behavior)
	settings map[string]any
	// needsGuard means that the faults are about the read before the request.
	needsGuard bool
	// door makes the service's address refuse connections once the guard read
	// is answered, for that long; negative is until the second apply.
	door time.Duration
	// waits is how long the first apply takes, at least.
	waits time.Duration
	want  fate
	// forward is the fate of a forward where it differs: it is answered without
	// a body, and a work item can be forwarded any number of times.
	forward *fate
}

// fate is what came of an act.
type fate struct {
	// outcome of the first apply; "" when it failed.
	outcome string
	// happened is how the error answers "Did it happen?"; an act that one of
	// the checks stopped says "Nothing was sent" instead.
	happened string
	// acts and posts count what the first apply did and sent.
	acts, posts int
	// second is the outcome after a second apply; "" when it fails too.
	second string
	// notShown: a warning says that the service doesn't show what it accepted.
	notShown bool
}

// onPost scripts a fault for the request of the act.
func onPost(f mockisc.Fault) func(faultyAct) []mockisc.Fault {
	f.Method = http.MethodPost
	return func(faultyAct) []mockisc.Fault { return []mockisc.Fault{f} }
}

// atGuard scripts a fault for the read before the request.
func atGuard(f mockisc.Fault) func(faultyAct) []mockisc.Fault {
	f.Operation, f.Skip = mockisc.OpGet, 1
	return func(faultyAct) []mockisc.Fault { return []mockisc.Fault{f} }
}

func all(faults ...func(faultyAct) []mockisc.Fault) func(faultyAct) []mockisc.Fault {
	return func(a faultyAct) (scripted []mockisc.Fault) {
		for _, f := range faults {
			scripted = append(scripted, f(a)...)
		}
		return scripted
	}
}

func retryAfterHeader(value string) http.Header { return http.Header{"Retry-After": {value}} }

func faultRows() map[string]faultRow {
	once := map[string]any{"max_retries": 0}
	quick := map[string]any{"request_timeout": "1s"}
	rows := map[string]faultRow{
		"nothing goes wrong": {want: fatePerformed},

		"429 with Retry-After in seconds": {faults: onPost(mockisc.Fault{Status: 429, Header: retryAfterHeader("7")}), waits: 7 * time.Second, want: fateRepeated},
		"429 with Retry-After as a date": {
			// The time in a bubble begins at midnight of the year 2000.
			faults: onPost(mockisc.Fault{Status: 429, Header: retryAfterHeader("Sat, 01 Jan 2000 00:00:40 GMT")}), waits: 28 * time.Second, want: fateRepeated,
		},
		"429 without Retry-After": {faults: onPost(mockisc.Fault{Status: 429}), want: fateRepeated},
		"429 again and again": {
			faults: onPost(mockisc.Fault{Status: 429, Header: retryAfterHeader("0"), Times: -1}), settings: map[string]any{"max_retries": 2},
			want: fate{happened: notExecuted, posts: 3, second: "performed"},
		},
		"429, then the response is lost": {
			faults: all(onPost(mockisc.Fault{Status: 429, Header: retryAfterHeader("0")}), onPost(mockisc.Fault{DropAfter: true})),
			want:   fate{outcome: "confirmed", acts: 1, posts: 2, second: "confirmed"},
		},

		"connection refused": {
			needsGuard: true, door: -1, settings: once,
			want: fate{happened: notExecuted, second: "performed"},
		},
		"connection refused for a moment":             {needsGuard: true, door: 200 * time.Millisecond, want: fatePerformed},
		"connection reset before the request is read": {faults: onPost(mockisc.Fault{DropBefore: true}), want: fateUnclear},

		"response lost after the act": {faults: onPost(mockisc.Fault{DropAfter: true}), want: fateConfirmed},
		"response truncated":          {faults: onPost(mockisc.Fault{Truncate: true}), want: fateConfirmed, forward: &fatePerformed},
		"response with a wrong id":    {faults: onPost(mockisc.Fault{AnswerAfter: true, Status: 200, Body: `{"id": "2c91808affffffffffffffffffffffff"}`}), want: fateConfirmed, forward: &fatePerformed},
		"empty 200, and nothing executed": {
			faults: onPost(mockisc.Fault{Status: 200}), want: fateUnclear,
			// That is what a success looks like; a warning tells that it doesn't show.
			forward: &fate{outcome: "performed", posts: 1, notShown: true},
		},
		"empty 200":                        {faults: onPost(mockisc.Fault{EmptyBody: true}), want: fateConfirmed, forward: &fatePerformed},
		"wrong Content-Type":               {faults: onPost(mockisc.Fault{ContentType: "application/octet-stream"}), want: fatePerformed},
		"HTML error page instead":          {faults: onPost(mockisc.Fault{HTML: true}), want: fateUnclear},
		"HTML error page after the act":    {faults: onPost(mockisc.Fault{HTMLAfter: true}), want: fateConfirmed},
		"HTML error page with status 502":  {faults: onPost(mockisc.Fault{HTML: true, Status: 502}), want: fateUnclear},
		"too slow, and given up":           {faults: onPost(mockisc.Fault{Delay: 2 * time.Second}), settings: quick, want: fateUnclear},
		"too slow to answer after the act": {faults: onPost(mockisc.Fault{Hold: 2 * time.Second}), settings: quick, want: fateConfirmed},
		"redirected":                       {faults: onPost(mockisc.Fault{Status: 307, Header: http.Header{"Location": {"/elsewhere"}}}), want: fateRefused},

		"token expired mid-run": {faults: onPost(mockisc.Fault{ExpireToken: true}), want: fateRepeated},
		"token rejected again and again": {
			faults: onPost(mockisc.Fault{ExpireToken: true, Times: -1}), want: fate{happened: notExecuted, posts: 2, second: "performed"},
		},
		"token endpoint down when the token expires": {
			faults: all(onPost(mockisc.Fault{ExpireToken: true}), func(faultyAct) []mockisc.Fault {
				return []mockisc.Fault{{Operation: mockisc.OpToken, Skip: 1, Status: 503, Times: -1}}
			}),
			settings: once, want: fateRefused,
		},
		"token endpoint down after the response is lost": {
			faults: all(onPost(mockisc.Fault{DropAfter: true, After: (*mockisc.Server).RevokeTokens}), func(faultyAct) []mockisc.Fault {
				return []mockisc.Fault{{Operation: mockisc.OpToken, Skip: 1, Status: 503, Times: -1}}
			}),
			settings: once, want: fate{happened: unclear, acts: 1, posts: 1, second: "adopted"},
		},

		"the guard read fails": {needsGuard: true, faults: atGuard(mockisc.Fault{Status: 503, Times: -1}), settings: once, want: fate{happened: notExecuted, second: "performed"}},
		"403 at the guard":     {needsGuard: true, faults: atGuard(mockisc.Fault{Status: 403, Times: -1}), want: fate{happened: notExecuted, second: "performed"}},
		"404 at the guard":     {needsGuard: true, faults: atGuard(mockisc.Fault{Status: 404, Times: -1}), want: fate{happened: notExecuted, second: "performed"}},
		"response lost, and the reads fail": {
			needsGuard: true,
			faults: all(onPost(mockisc.Fault{DropAfter: true}), func(faultyAct) []mockisc.Fault {
				return []mockisc.Fault{{Operation: mockisc.OpGet, Skip: 2, Status: 503, Times: -1}}
			}),
			settings: once, want: fate{happened: unclear, acts: 1, posts: 1, second: "adopted"},
		},
		"response lost, and the reads lag behind for a while": {
			faults: onPost(mockisc.Fault{DropAfter: true}), behavior: func(b *mockisc.Behavior) { b.StaleReads = 2 }, want: fateConfirmed,
		},
		"response lost, and the reads lag behind for too long": {
			faults: onPost(mockisc.Fault{DropAfter: true}), behavior: func(b *mockisc.Behavior) { b.StaleReads = 1000 },
			// The second apply must not send it again; the matrix lets the
			// reads catch up before it.
			want: fate{happened: unclear, acts: 1, posts: 1, second: "adopted"},
		},
		"response lost, and closed work items are found by list only": {
			faults: onPost(mockisc.Fault{DropAfter: true}), behavior: func(b *mockisc.Behavior) { b.GetClosed404 = true }, want: fateConfirmed,
		},

		"done as asked before the request": {
			needsGuard: true,
			faults:     func(a faultyAct) []mockisc.Fault { return atGuard(mockisc.Fault{Before: a.asAsked})(a) },
			want:       fate{outcome: "adopted", second: "adopted"},
		},
		"ruled out before the request": {
			needsGuard: true,
			faults:     func(a faultyAct) []mockisc.Fault { return atGuard(mockisc.Fault{Before: a.otherwise})(a) },
			want:       fate{happened: nothingSent},
		},
		"done as asked while the request was under way": {
			faults: func(a faultyAct) []mockisc.Fault { return onPost(mockisc.Fault{Before: a.asAsked})(a) },
			want:   fate{outcome: "adopted", posts: 1, second: "adopted"}, forward: &fatePerformed,
		},
		"ruled out while the request was under way": {
			faults: func(a faultyAct) []mockisc.Fault { return onPost(mockisc.Fault{Before: a.otherwise})(a) },
			want:   fate{happened: notExecuted, posts: 1}, forward: &fatePerformed,
		},
		"ruled out while the request was under way, and the answer is lost": {
			faults: func(a faultyAct) []mockisc.Fault {
				return onPost(mockisc.Fault{Before: a.otherwise, DropBefore: true})(a)
			},
			want: fate{happened: notExecuted, posts: 1},
			// That somebody forwarded it on doesn't rule it out; the next apply
			// finds it with another owner than expected.
			forward: &fate{happened: unclear, posts: 1},
		},
		"closed while the request was under way": {
			faults: onPost(mockisc.Fault{Before: func(s *mockisc.Server) { s.Update(workItem1, closed("Canceled")) }}),
			want:   fate{happened: notExecuted, posts: 1},
		},
	}
	for status, name := range map[int]string{
		400: "400", 403: "403", 404: "404", 409: "409", 415: "415", 422: "422",
	} {
		rows[name] = faultRow{faults: onPost(mockisc.Fault{Status: status}), want: fateRefused}
	}
	for status, name := range map[int]string{500: "500", 502: "502", 503: "503", 504: "504"} {
		rows[name+" before the act"] = faultRow{faults: onPost(mockisc.Fault{Status: status}), want: fateUnclear}
		rows[name+" after the act"] = faultRow{faults: onPost(mockisc.Fault{Status: status, AnswerAfter: true}), want: fateConfirmed}
	}
	return rows
}
