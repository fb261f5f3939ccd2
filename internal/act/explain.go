// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const (
	whatToDo = "What to do:"

	// How an error says what became of the act.
	didItHappen = "Did it happen? "
	nothingSent = "Nothing was sent."
)

// Explanation is the detail of a diagnostic about a request: what happened, the
// facts to quote to the service's support, whether anything was changed, and
// what to do. Empty parts are left out.
type Explanation struct {
	What     string
	Cause    error
	Happened string
	Next     string
}

// String joins the parts to paragraphs.
func (e Explanation) String() string {
	paragraphs := []string{e.What}
	if answer := serviceAnswer(e.Cause); answer != "" {
		paragraphs = append(paragraphs, answer)
	}
	if e.Happened != "" {
		paragraphs = append(paragraphs, didItHappen+e.Happened)
	}
	if e.Next != "" {
		paragraphs = append(paragraphs, whatToDo+" "+e.Next)
	}
	return strings.Join(paragraphs, "\n\n")
}

// conclude adds to each error what became of the act, before what there is to do:
// what stands in its way is told alike before, instead of and after a request.
func conclude(diags diag.Diagnostics, what string) diag.Diagnostics {
	return amended(diags, func(detail string) string {
		happened, next, found := strings.Cut(detail, "\n\n"+whatToDo)
		if found {
			next = "\n\n" + whatToDo + next
		}
		return happened + "\n\n" + what + next
	})
}

// blocking adds to the errors of a resource's plan what [Blocking] does; an
// action has nothing to destroy.
func (a *Act) blocking(diags diag.Diagnostics) diag.Diagnostics {
	if a.OnAlreadyDone == Skip {
		return diags
	}
	return Blocking(diags)
}

// Blocking adds to the errors of a plan that they need not stand in the way of a
// destroy, before which Terraform plans everything.
func Blocking(diags diag.Diagnostics) diag.Diagnostics {
	return amended(diags, func(detail string) string {
		return detail + "\n\nTo destroy a configuration that can't be planned, use terraform destroy -refresh=false, which plans no acts."
	})
}

// amended changes the details of the errors.
func amended(diags diag.Diagnostics, change func(detail string) string) (changed diag.Diagnostics) {
	for _, d := range diags {
		if d.Severity() == diag.SeverityError {
			at, anchored := d.(diag.DiagnosticWithPath)
			d = diag.NewErrorDiagnostic(d.Summary(), change(d.Detail()))
			if anchored {
				d = diag.WithPath(at.Path(), d)
			}
		}
		changed = append(changed, d)
	}
	return changed
}

// serviceAnswer lists what the service said, one labelled line each.
func serviceAnswer(err error) string {
	var lines []string
	add := func(label, value string) {
		if value != "" {
			lines = append(lines, label+": "+value)
		}
	}
	if noToken, ok := errors.AsType[*isc.TokenError](err); ok {
		err = noToken.Err
	}
	var apiErr *isc.APIError
	var ambiguous *isc.AmbiguousError
	switch {
	case err == nil:
	case errors.As(err, &apiErr):
		add("The service said", strings.Join(apiErr.Messages, "; "))
		add("Status", fmt.Sprint(apiErr.StatusCode))
		if apiErr.RetryAfter > 0 {
			add("Pause that it asks for", fmt.Sprintf("%g s", apiErr.RetryAfter.Seconds()))
		}
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

// CannotRead explains why a work item could not be read, on the attribute that
// names it.
func CannotRead(at path.Path, id string, err error) diag.Diagnostic {
	what, next := why("the work item", err)
	switch {
	case errors.Is(err, isc.ErrNotFound):
		what = "The service does not know a work item with this id, neither open nor, among the caller's, completed. " +
			"The id may be wrong, or one of something else, such as of an access request; the work item may belong to another owner: work items of others need an administrator's token. " +
			"The service may also keep a closed work item under another id."
		next = "check the id and whose token the provider uses. Look for a closed one with the data source sailpoint_workitems and status = \"completed\". " +
			"If what was to be done is done, take this out of the configuration."
	case errors.Is(err, context.Canceled):
		what = "The run was cancelled before the work item was read."
	}
	return diag.NewAttributeErrorDiagnostic(at, "Unable to read work item "+isc.OneLine(id), Explanation{What: what, Cause: err, Next: next}.String())
}

// CannotAsk explains why a request that is about no single work item failed.
// Doing completes "Unable to", and what is asked for completes "for".
func CannotAsk(doing, what string, err error) diag.Diagnostic {
	happened, next := why(what, err)
	return diag.NewErrorDiagnostic("Unable to "+doing, Explanation{What: happened, Cause: err, Next: next}.String())
}

// why says what a failed request for something means, and what to do about it.
// It gives advice that mends; "try again" only where that can help.
func why(what string, err error) (happened, next string) {
	if noToken, ok := errors.AsType[*isc.TokenError](err); ok {
		return "There is no access token for the request, so nothing was asked about " + what + ".", tokenAdvice(noToken)
	}
	var apiErr *isc.APIError
	var wrongURL *isc.BaseURLError
	switch {
	case errors.As(err, &wrongURL):
		return "The answer to the request for " + what + " is none of the API.", baseURLAdvice(wrongURL)
	case errors.Is(err, isc.ErrForbidden):
		return "The service refuses this token access to " + what + ".", forbiddenAdvice
	case errors.Is(err, isc.ErrUnauthorized):
		return "The service did not accept the access token.", "give a fresh access_token, or client_id and client_secret, with which the provider renews its tokens by itself."
	case errors.Is(err, context.DeadlineExceeded):
		return "The request for " + what + " did not end within the time allowed. A pause that the service asks for counts, and one that would outlast the time ends the request at once.",
			"raise the timeouts, or run again when the pause is over."
	case errors.Is(err, context.Canceled):
		return "The run was cancelled before the request for " + what + " ended.", ""
	case errors.As(err, &apiErr):
		return "The request for " + what + " failed.", statusAdvice(apiErr)
	}
	return "The request for " + what + " failed.", failureAdvice(err)
}

const forbiddenAdvice = "ask in this order. Is it a user's personal access token? An API client without a user has no work items. " +
	"Do the work items belong to somebody else? Those need an administrator's token. Does the token have the scope sp:scopes:all? " +
	"After a scope was changed it takes up to twenty minutes and a new token. Does the token's owner have to call from certain networks or countries? " +
	"Does the owner have several elevated user levels, which can cancel each other?"

func statusAdvice(err *isc.APIError) string {
	quote := ""
	if err.TrackingID != "" {
		quote = ", and give the tracking id to the service's support if it goes on"
	}
	switch {
	case err.StatusCode == http.StatusTooManyRequests:
		return "other runs with the same client id use up the rate limit. Let them end, lower max_requests_per_second, or use a personal access token for each, and run again."
	case err.StatusCode >= 500:
		return "the service has trouble. Run again later" + quote + "."
	}
	return "the service does not take the request as the API documents it. Check api_version" + quote + "; trying again won't help."
}

// failureAdvice says what to do about a request that got no answer that could
// be understood.
func failureAdvice(err error) string {
	var dial *net.OpError
	var name *net.DNSError
	switch {
	case errors.Is(err, isc.ErrTooMuch):
		return "ask for less: name owner_ids, and open and completed work items apart. Filters don't help, since they are applied to what was read."
	case errors.Is(err, isc.ErrUnusable):
		return "nothing of such an answer is used. Check base_url and api_version, and whether a proxy between changes what the service sends; if not, tell the service's support."
	case errors.As(err, &name), errors.As(err, &dial) && dial.Op == "dial":
		return "check base_url, or SAIL_BASE_URL, and the network."
	case strings.Contains(err.Error(), "certificate"):
		return "the server's certificate is not trusted. Check base_url; behind an inspecting proxy, add its authority to the system's."
	}
	return "check the network, and run again."
}

func tokenAdvice(err *isc.TokenError) string {
	var wrongURL *isc.BaseURLError
	var apiErr *isc.APIError
	switch {
	case errors.As(err.Err, &wrongURL):
		return baseURLAdvice(wrongURL)
	case err.Refused:
		return "check client_id, client_secret and base_url, or SAIL_CLIENT_ID, SAIL_CLIENT_SECRET and SAIL_BASE_URL. They must belong to one tenant, and a personal access token may have expired. " +
			"The provider does not try them again in this run, because that gets accounts locked."
	case errors.As(err.Err, &apiErr):
		return "check client_id, client_secret and base_url; " + statusAdvice(apiErr)
	case errors.Is(err.Err, context.Canceled):
		return ""
	case errors.Is(err.Err, context.DeadlineExceeded):
		return "raise the timeouts, or run again when the pause is over."
	}
	return failureAdvice(err.Err)
}

func baseURLAdvice(err *isc.BaseURLError) string {
	advice := "check base_url, or SAIL_BASE_URL: " + isc.OneLine(err.BaseURL) + " answers like a web site."
	if err.Likely != "" {
		return advice + " It is the address of the tenant's user interface; that of its API is probably " + err.Likely + "."
	}
	return advice + " The API of a tenant is usually at https://TENANT.api.identitynow.com."
}

// notDone is the error of an act that is not known to be done: it always says
// whether it happened.
func (a *Act) notDone(at path.Path, cause error, what, happened, next string) diag.Diagnostics {
	switch {
	case errors.Is(cause, context.Canceled):
		what += " The run was cancelled."
	case errors.Is(cause, context.DeadlineExceeded):
		what += " The time allowed was over."
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(at, "Unable to "+a.doing,
		Explanation{What: what, Cause: cause, Happened: happened, Next: next}.String())}
}

// afterRefusal says what to do about a request that the service refused.
func (a *Act) afterRefusal(cause error) string {
	var apiErr *isc.APIError
	switch {
	case errors.Is(cause, isc.ErrForbidden):
		return forbiddenAdvice
	case a.refusedAt(cause).Equal(path.Root("target_owner_id")):
		return "check target_owner_id: it must be the id of an identity that can own work items. The data source sailpoint_identity finds it by e-mail address. If the service asks for a comment, set it."
	case a.refusedAt(cause).Equal(path.Root("selections")):
		return "compare the selections with what the form asks for; the work item's form is in the data source sailpoint_workitem."
	case !errors.As(cause, &apiErr):
		return a.again()
	case a.kind == KindBulkApproval:
		return "if some of the items are decided already, decide the others one by one, as with sailpoint_workitem_approval. Otherwise " + statusAdvice(apiErr)
	case a.kind == KindCompletion:
		return "if approval items are still undecided, decide them first. Otherwise " + statusAdvice(apiErr)
	}
	return statusAdvice(apiErr)
}

// refusedAt is the attribute that a refusal is probably about, where the work
// item itself can be read.
func (a *Act) refusedAt(cause error) path.Path {
	var apiErr *isc.APIError
	if errors.As(cause, &apiErr) && (apiErr.StatusCode == http.StatusBadRequest || apiErr.StatusCode == http.StatusNotFound || apiErr.StatusCode == http.StatusUnprocessableEntity) {
		switch a.kind {
		case KindForward, KindAccountSelection:
			return a.intentPath()
		default:
		}
	}
	return path.Root("workitem_id")
}

// explain takes apart what a verdict says, and what to do about it.
func (v Verdict) explain() (what, next string) {
	what, next, _ = strings.Cut(v.Diags.Errors()[0].Detail(), "\n\n"+whatToDo+" ")
	return what, next
}

// again says what a second run of the act does.
func (a *Act) again() string {
	switch a.OnAlreadyDone {
	case Skip:
		return "invoke the action again: it first reads the work item, and sends a request only if it is still to be done."
	case Fail:
		return "set on_already_done = \"adopt\", or import the resource if it was done, and apply again: as it is configured now, an act that was done after all fails for ever. " +
			"The next apply first reads the work item."
	}
	return "apply again: it first reads the work item, adopts the act if it was done, and sends it otherwise."
}

// readOnly is the error of an act that the provider block forbids.
func readOnly(doing string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider is read-only",
		fmt.Sprintf("The configuration asks to %s, but the provider block, or SAIL_READ_ONLY, sets read_only = true. In such a workspace only what is done already can be recorded.\n\n"+
			"%s apply this where acts are allowed, or take it out of the configuration.", doing, whatToDo))
}

// Describe names a work item for a person: its id and, where it has one, its
// name.
func Describe(wi *isc.WorkItem) string {
	id := isc.OneLine(wi.ID)
	if name := isc.OneLine(deref(wi.Name)); name != "" {
		return fmt.Sprintf("%s (%s)", id, name)
	}
	return id
}

// Sentence makes a sentence of an error text.
func Sentence(text string) string {
	text = sentenceCase(text)
	if !strings.HasSuffix(text, ".") {
		text += "."
	}
	return text
}

// sentenceCase begins a text with a capital.
func sentenceCase(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

// orNull returns the text, or a word for its absence, for messages.
func orNull(s *string) string {
	if s == nil {
		return "null"
	}
	return isc.OneLine(*s)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
