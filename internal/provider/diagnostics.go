// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// explanation is the detail of a diagnostic about a request: what happened,
// the facts to quote to the service's support, whether anything was changed,
// and what to do. Empty parts are left out.
type explanation struct {
	what     string
	cause    error
	happened string
	next     string
}

func (e explanation) String() string {
	paragraphs := []string{e.what}
	if facts := facts(e.cause); facts != "" {
		paragraphs = append(paragraphs, facts)
	}
	if e.happened != "" {
		paragraphs = append(paragraphs, didItHappen+e.happened)
	}
	if e.next != "" {
		paragraphs = append(paragraphs, "What to do: "+e.next)
	}
	return strings.Join(paragraphs, "\n\n")
}

// How an error says what became of the act.
const (
	didItHappen = "Did it happen? "
	nothingSent = "Nothing was sent."
)

// ending adds to each error what became of the act: what stands in its way is
// told alike before, instead of and after a request.
func ending(diags diag.Diagnostics, what string) (ended diag.Diagnostics) {
	for _, d := range diags {
		if d.Severity() == diag.SeverityError {
			at, anchored := d.(diag.DiagnosticWithPath)
			d = diag.NewErrorDiagnostic(d.Summary(), d.Detail()+"\n\n"+what)
			if anchored {
				d = diag.WithPath(at.Path(), d)
			}
		}
		ended = append(ended, d)
	}
	return ended
}

// facts lists what the service said, one labelled line each.
func facts(err error) string {
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	var apiErr *isc.APIError
	var ambiguous *isc.AmbiguousError
	switch {
	case err == nil:
	case errors.As(err, &apiErr):
		add("The service said", strings.Join(apiErr.Messages, "; "))
		add("Status", fmt.Sprint(apiErr.StatusCode))
		add("Detail code", apiErr.DetailCode)
		add("Tracking id", apiErr.TrackingID)
		add("Request", apiErr.Method+" "+apiErr.Path)
	case errors.As(err, &ambiguous):
		add("Cause", ambiguous.Err.Error())
		add("Tracking id", ambiguous.TrackingID)
		add("Request", ambiguous.Method+" "+ambiguous.Path)
	default:
		add("Cause", err.Error())
	}
	return strings.Join(lines, "\n")
}

// cannotRead explains why a work item could not be read, on the attribute that
// names it.
func cannotRead(at path.Path, id string, err error) diag.Diagnostic {
	e := explanation{cause: err}
	switch {
	case errors.Is(err, isc.ErrNotFound):
		e.what = "The service does not know a work item with this id, neither open nor, among the caller's, completed. " +
			"The id may be wrong, or the work item may belong to another owner: work items of others need an administrator's token."
		e.next = "check the id and whose token the provider uses."
	case errors.Is(err, isc.ErrForbidden):
		e.what = "The service refuses this token access to the work item. " +
			"It may belong to another owner: work items of others need an administrator's token."
		e.next = "use the owner's or an administrator's token, with the scope sp:scopes:all or, where the tenant offers them, idn:work-item:read and idn:work-item:update; or have the work item forwarded."
	case errors.Is(err, isc.ErrUnauthorized):
		e.what = "The service did not accept the credentials."
		e.next = "check client_id and client_secret, or access_token: it may have expired."
	case errors.Is(err, context.Canceled):
		e.what = "The run was cancelled before the work item was read."
	case errors.Is(err, context.DeadlineExceeded):
		e.what = "The work item was not read within the time allowed."
		e.next = "try again, or raise the timeouts."
	default:
		e.what = "The request for the work item failed."
		e.next = tryAgain(err)
	}
	return diag.NewAttributeErrorDiagnostic(at, fmt.Sprintf("Unable to read work item %s", id), e.String())
}

// cannotCount explains why work items could not be listed or counted.
func cannotCount(doing string, err error) diag.Diagnostic {
	e := explanation{what: "The request failed.", cause: err, next: tryAgain(err)}
	if errors.Is(err, isc.ErrForbidden) {
		e.what = "The service refuses this token access to the owner's work items."
		e.next = "use the owner's or an administrator's token: work items of others need an administrator."
	}
	return diag.NewErrorDiagnostic("Unable to "+doing, e.String())
}

// tryAgain says what to do about a request that failed for no reason that the
// configuration could mend, unless it is where the request went.
func tryAgain(err error) string {
	var dial *net.OpError
	var name *net.DNSError
	var apiErr *isc.APIError
	switch {
	case errors.As(err, &name), errors.As(err, &dial) && dial.Op == "dial":
		return "check base_url, or SAIL_BASE_URL, and the network."
	case errors.As(err, &apiErr) && apiErr.TrackingID != "":
		return "try again; if it goes on, give the tracking id to the service's support."
	}
	return "try again."
}

// sentenceCase begins a text with a capital.
func sentenceCase(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// sentence makes a sentence of an error text.
func sentence(text string) string {
	text = sentenceCase(text)
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}
