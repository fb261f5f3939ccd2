// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// TestAdvice leads out of each situation, and says "again" only where trying
// again can help.
func TestAdvice(t *testing.T) {
	t.Parallel()
	status := func(code int) error {
		return &isc.APIError{StatusCode: code, Method: "GET", Path: "/v2024/work-items/x", TrackingID: "t-1", Messages: []string{"said so"}}
	}
	noToken := func(err error, refused bool) error { return &isc.TokenError{Err: err, Refused: refused} }
	website := &isc.BaseURLError{BaseURL: "https://acme.identitynow.com", Likely: "https://acme.api.identitynow.com", Err: errors.New("HTML")}
	for name, test := range map[string]struct {
		err error
		// what and next are parts of the explanation and of the advice.
		what, next string
		again      bool
	}{
		"401":                        {status(401), "did not accept the access token", "give a fresh access_token", false},
		"403":                        {status(403), "refuses this token access", "An API client without a user has no work items", false},
		"404":                        {status(404), "failed", "trying again won't help", false},
		"409":                        {status(409), "failed", "give the tracking id to the service's support", false},
		"429":                        {status(429), "failed", "Let them end, lower max_requests_per_second", true},
		"500":                        {status(500), "failed", "the service has trouble", true},
		"no token, refused":          {noToken(status(401), true), "There is no access token for the request", "check client_id, client_secret and base_url, or SAIL_CLIENT_ID", false},
		"no token, 403":              {noToken(status(403), true), "nothing was asked about the work item", "gets accounts locked", false},
		"no token, 404":              {noToken(status(404), false), "nothing was asked about the work item", "check client_id, client_secret and base_url", false},
		"no token, 503":              {noToken(status(503), false), "There is no access token", "the service has trouble", true},
		"no token, a web site":       {noToken(website, false), "There is no access token", "that of its API is probably https://acme.api.identitynow.com.", false},
		"no token, time over":        {noToken(fmt.Errorf("x: %w", context.DeadlineExceeded), false), "There is no access token", "raise the timeouts", true},
		"no token, cancelled":        {noToken(context.Canceled, false), "There is no access token", "", false},
		"no token, no connection":    {noToken(&net.OpError{Op: "dial", Err: errors.New("refused")}, false), "There is no access token", "check base_url", false},
		"a web site":                 {website, "none of the API", "It is the address of the tenant's user interface", false},
		"a web site nobody knows":    {&isc.BaseURLError{BaseURL: "https://x", Err: errors.New("HTML")}, "none of the API", "usually at https://TENANT.api.identitynow.com", false},
		"time over":                  {fmt.Errorf("a pause the service asked for of 3600 s would outlast: %w", context.DeadlineExceeded), "would outlast the time ends the request at once", "raise the timeouts", true},
		"cancelled":                  {fmt.Errorf("x: %w", context.Canceled), "The run was cancelled", "", false},
		"a name that isn't there":    {&net.DNSError{Err: "no such host", Name: "acme"}, "failed", "check base_url, or SAIL_BASE_URL, and the network", false},
		"a certificate":              {errors.New("tls: failed to verify certificate"), "failed", "not trusted", false},
		"broken off":                 {errors.New("the answer broke off"), "failed", "check the network, and run again", true},
		"not what the API documents": {unusable(t), "failed", "nothing of such an answer is used", false},
		"too much":                   {isc.ErrTooMuch, "failed", "name owner_ids", false},
	} {
		what, next := why("the work item", test.err)
		if !strings.Contains(what, test.what) || !strings.Contains(next, test.next) || test.next == "" && next != "" {
			t.Errorf("%s: %q, %q", name, what, next)
		}
		if again := strings.Contains(next, "again") && !strings.Contains(next, "again won't help") && !strings.Contains(next, "does not try them again"); again != test.again {
			t.Errorf("%s: again %t in %q", name, again, next)
		}
	}
}

func unusable(t *testing.T) error {
	t.Helper()
	return fmt.Errorf("GET /x: %w", isc.ErrUnusable)
}

// TestExplanation has the facts to quote, and leaves out what it doesn't have.
func TestExplanation(t *testing.T) {
	t.Parallel()
	apiErr := &isc.APIError{StatusCode: 400, DetailCode: "400.1", TrackingID: "t-1", Method: "POST", Path: "/x", Messages: []string{"first", "second"}}
	facts := "The service said: first; second\nStatus: 400\nDetail code: 400.1\nTracking id: t-1\nRequest: POST /x"
	for want, e := range map[string]Explanation{
		"What.\n\n" + facts + "\n\nDid it happen? No.\n\nWhat to do: this.": {"What.", apiErr, "No.", "this."},
		"What.\n\n" + facts: {"What.", &isc.TokenError{Err: apiErr}, "", ""},
		"What.\n\nCause: lost\nTracking id: t-2\nRequest: POST /y": {"What.", &isc.AmbiguousError{Err: errors.New("lost"), Method: "POST", Path: "/y", TrackingID: "t-2"}, "", ""},
		"What.\n\nCause: other": {"What.", errors.New("other"), "", ""},
		"What.":                 {What: "What."},
		"What.\n\nThe service said: first; second\nStatus: 400\nRequest: GET /z":      {"What.", &isc.APIError{StatusCode: 400, Method: "GET", Path: "/z", Messages: []string{"first", "second"}}, "", ""},
		"What.\n\nStatus: 403\nRequest: GET /z\n\nDid it happen? No.":                 {"What.", &isc.APIError{StatusCode: 403, Method: "GET", Path: "/z"}, "No.", ""},
		"What.\n\nCause: no token for it: x\n\nWhat to do: look for it.":              {"What.", errors.New("no token for it: x"), "", "look for it."},
		"What.\n\nCause: status 500\nRequest: POST /y\n\nDid it happen? Unknown, but": {"What.", &isc.AmbiguousError{Err: errors.New("status 500"), Method: "POST", Path: "/y"}, "Unknown, but", ""},
	} {
		if got := e.String(); got != want {
			t.Errorf("got  %q\nwant %q", got, want)
		}
	}
}

func TestCannotRead(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		says   []string
		silent string
	}{
		"not found": {&isc.APIError{StatusCode: 404}, []string{"may belong to another owner", "under another id", "sailpoint_workitems and status = \"completed\"", "take this out of the configuration"}, "access token"},
		"forbidden": {&isc.APIError{StatusCode: 403}, []string{"refuses this token access to the work item", "sp:scopes:all", "twenty minutes", "networks or countries"}, "does not know"},
		"cancelled": {fmt.Errorf("%w, during a pause the service asked for of which 59 s are left", context.Canceled), []string{"The run was cancelled before the work item was read", "59 s are left"}, "What to do"},
		"no token":  {&isc.TokenError{Err: &isc.APIError{StatusCode: 404}}, []string{"There is no access token"}, "does not know"},
	} {
		d := CannotRead(path.Root("id"), "x\x1b", test.err)
		for _, want := range test.says {
			if !strings.Contains(d.Detail(), want) {
				t.Errorf("%s: %q is not in\n%s", name, want, d.Detail())
			}
		}
		if d.Summary() != `Unable to read work item x\u{1b}` || strings.Contains(d.Detail(), test.silent) {
			t.Errorf("%s: %s\n%s", name, d.Summary(), d.Detail())
		}
	}
}

func TestCannotAsk(t *testing.T) {
	t.Parallel()
	d := CannotAsk("list the work items", "the work items", &isc.APIError{StatusCode: 403, Method: "GET", Path: "/x"})
	if d.Summary() != "Unable to list the work items" || !strings.HasPrefix(d.Detail(), "The service refuses this token access to the work items.\n\nStatus: 403\n") {
		t.Errorf("%s\n%s", d.Summary(), d.Detail())
	}
}

// TestRefused: what the service refuses stands on the attribute it is about.
func TestRefused(t *testing.T) {
	t.Parallel()
	forward := forwardTo("deputy")
	selection := AccountSelection(on(taskID), Selections{Body: []byte(`{}`)})
	for name, test := range map[string]struct {
		act      *Act
		status   int
		at, next string
	}{
		"a forward, 400":    {forward, 400, "target_owner_id", "The data source sailpoint_identity finds it by e-mail address"},
		"a forward, 404":    {forward, 404, "target_owner_id", "check target_owner_id"},
		"a forward, 422":    {forward, 422, "target_owner_id", "check target_owner_id"},
		"without a comment": {forward, 400, "target_owner_id", "If the service asks for a comment, set it"},
		"a bulk decision":   {BulkApproval(on(taskID), "approve", nil), 400, "workitem_id", "decide the others one by one"},
		"a completion":      {Completion(on(taskID), nil), 400, "workitem_id", "decide them first"},
		"a forward, 403":    {forward, 403, "workitem_id", "ask in this order"},
		"a selection, 400":  {selection, 400, "selections", "compare the selections with what the form asks for"},
		"a decision, 400":   {approve(Common{}), 400, "workitem_id", "Check api_version"},
		"a completion, 409": {Completion(on(taskID), nil), 409, "workitem_id", "trying again won't help"},
	} {
		err := &isc.APIError{StatusCode: test.status}
		if at := test.act.refusedAt(err).String(); at != test.at || !strings.Contains(test.act.afterRefusal(err), test.next) {
			t.Errorf("%s: on %s: %s", name, at, test.act.afterRefusal(err))
		}
	}
	if got := approve(Common{}).afterRefusal(errors.New("x")); !strings.HasPrefix(got, "apply again") {
		t.Error(got)
	}
}

func TestSentence(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"ärger": "Ärger.", "Done.": "Done.", "x": "X."} {
		if got := Sentence(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
