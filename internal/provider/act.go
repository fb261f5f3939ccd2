// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// Outcomes of an act, as the state shows them.
const (
	outcomePerformed = "performed"
	outcomeAdopted   = "adopted"
	outcomeConfirmed = "confirmed"
)

// What is to happen with an act that has been done already, as asked:
// on_already_done says the first or the second; a Terraform Action has nothing
// to record and does the third.
const (
	alreadyDoneAdopt = "adopt"
	alreadyDoneError = "error"
	alreadyDoneSkip  = "skip"
)

// act is one irreversible act on one work item. Everything that is the same for
// all acts (order of checks, at most one request that the service might have
// executed, what an unclear answer means) is the engine's, below; an act says
// only what it is.
type act struct {
	workItemID string
	// doing names the act in messages, "Unable to " + doing, and did once it is
	// done.
	doing, did string
	// what describes what the act decides, for a person.
	what func(*isc.WorkItem) string
	// guard tells, before anything else, whether the work item is the one the
	// author meant. Its errors name the attribute at fault.
	guard func(*isc.WorkItem) diag.Diagnostics
	// judge tells how the work item stands to the act.
	judge func(*isc.WorkItem) verdict
	// hold is a last check of an act that is still to be done; may be nil.
	hold func(*isc.WorkItem) diag.Diagnostics
	// send sends the one request of the act.
	send func(context.Context, *isc.Client) (*isc.ActResult, error)
	// unseen, if set, means that the act itself may take the work item out of
	// the caller's sight; it returns what the work item then is taken to be.
	unseen func(before *isc.WorkItem) *isc.WorkItem
	// onAlreadyDone is alreadyDoneAdopt or alreadyDoneError; of an act without
	// a record it is alreadyDoneSkip.
	onAlreadyDone string
	// progress, if set, is told each step.
	progress func(string)
}

// report tells a step.
func (a act) report(format string, args ...any) {
	if a.progress != nil {
		a.progress(fmt.Sprintf(format, args...))
	}
}

// again says what a second run of the act does.
func (a act) again() string {
	if a.onAlreadyDone == alreadyDoneSkip {
		return "invoke the action again: it first reads the work item, and sends a request only if it is still to be done."
	}
	return "apply again: it first reads the work item, adopts the act if it was done, and sends it otherwise."
}

// standing is how a work item stands to an act.
type standing int

const (
	// pending: the act can be done.
	pending standing = iota
	// done: what the act is for has been done already, as asked.
	done
	// ruledOut: the work item stands so that the act can no longer be done.
	ruledOut
	// undecidable: the service doesn't show whether the act has been done.
	undecidable
	// undetermined: the configuration isn't known enough to tell.
	undetermined
)

type verdict struct {
	standing standing
	// diags explain ruledOut and undecidable with errors; with done and pending
	// they are warnings to give when Terraform adopts or acts.
	diags diag.Diagnostics
	// how says, when done, what the service shows: "is already approved".
	how string
}

// alreadyClosed is the verdict on a work item that was closed in another way
// than the act would have.
func alreadyClosed(wi *isc.WorkItem) verdict {
	return impossible(ruledOut, path.Root("workitem_id"), "The work item is closed",
		"Work item %s is closed with the state %s (completed %s).", describe(wi), orNull(wi.State), orNull(wi.Completed))
}

// impossible is the verdict ruledOut or undecidable with its explanation.
func impossible(standing standing, at path.Path, summary, format string, args ...any) verdict {
	return verdict{standing: standing, diags: diag.Diagnostics{
		diag.NewAttributeErrorDiagnostic(at, summary, fmt.Sprintf(format, args...)),
	}}
}

// check applies all checks to a work item, in the order that plan, apply and
// the read before the request share.
func (a act) check(wi *isc.WorkItem) (standing, diag.Diagnostics) {
	diags := a.guard(wi)
	if diags.HasError() {
		return ruledOut, diags
	}
	v := a.judge(wi)
	switch v.standing {
	case done:
		const whoDidIt = "The API doesn't say who did it; the service's audit events do."
		switch a.onAlreadyDone {
		case alreadyDoneError:
			diags.AddAttributeError(path.Root("on_already_done"), "Already done",
				fmt.Sprintf("Can't %s: it %s, and on_already_done is \"error\". %s", a.doing, v.how, whoDidIt))
			return ruledOut, diags
		case alreadyDoneSkip:
			diags.AddAttributeWarning(path.Root("workitem_id"), "Already done: nothing is to be sent",
				fmt.Sprintf("No need to %s: it %s. %s", a.doing, v.how, whoDidIt))
		default:
			diags.AddAttributeWarning(path.Root("workitem_id"), "Already done: recorded without sending anything",
				fmt.Sprintf("No need to %s: it %s. Terraform adopts that as the outcome. %s", a.doing, v.how, whoDidIt))
		}
	case pending:
		if a.hold != nil {
			diags.Append(a.hold(wi)...)
			if diags.HasError() {
				return ruledOut, diags
			}
		}
	default:
	}
	diags.Append(v.diags...)
	return v.standing, diags
}

// preview applies all checks for a plan. Without known ids they are left to the
// apply, and the work item is nil, as it is with errors that come from reading.
func (s *session) preview(ctx context.Context, a act, idsKnown bool) (*isc.WorkItem, standing, diag.Diagnostics) {
	if !idsKnown {
		var diags diag.Diagnostics
		if s.readOnly {
			diags.Append(refusedReadOnly(a.doing))
		}
		return nil, undetermined, ending(diags, nothingSent)
	}
	wi, err := s.find(ctx, cachedReads, a.workItemID)
	if err != nil {
		return nil, undetermined, diag.Diagnostics{cannotRead(path.Root("workitem_id"), a.workItemID, err)}
	}
	standing, diags := a.check(wi)
	if standing != done && s.readOnly && !diags.HasError() {
		diags.Append(refusedReadOnly(a.doing))
	}
	return wi, standing, ending(diags, nothingSent)
}

// result is what is known once an act is done.
type result struct {
	outcome     string
	performedAt time.Time
	performedBy string
	// before is the work item as read just before the act, which has the facts
	// that were decided upon; after is the latest view of it.
	before, after *isc.WorkItem
}

// perform does the act, once: it returns a result when the act is done, by this
// call or before it, and errors when it is not, or may not be. Of the requests
// it sends, at most one might have been executed by the service. Nothing is
// sent unless planned accepts the work item as it is now.
func (s *session) perform(ctx context.Context, a act, planned func(*isc.WorkItem) diag.Diagnostics) (*result, diag.Diagnostics) {
	giveBack, err := s.takeTurn(ctx, a.workItemID)
	if err != nil {
		return nil, a.notDone(err, "Another act on the same work item was under way, and the run ended before this one's turn came.", "No. Nothing was sent.", a.again())
	}
	defer giveBack()

	var refreshedToken bool
	soFar := nothingSent
	for attempt := 0; ; attempt++ {
		if attempt > 0 {
			soFar = "The service executed nothing."
		}
		wi, err := s.find(ctx, freshReads, a.workItemID)
		if err != nil {
			return nil, a.notDone(err, "The work item can't be read, and its state must be known before a request is sent.", "No. "+soFar, "")
		}
		standing, diags := a.check(wi)
		if changes := planned(wi); changes.HasError() && !diags.HasError() {
			// A warning that it is adopted would not be true.
			diags = changes
		}
		if diags.HasError() {
			return nil, ending(diags, soFar)
		}
		if standing == done {
			a.report("No need to %s: it %s. %s", a.doing, a.judge(wi).how, soFar)
			return &result{outcome: outcomeAdopted, before: wi, after: wi}, diags
		}
		if s.readOnly {
			return nil, ending(diag.Diagnostics{refusedReadOnly(a.doing)}, nothingSent)
		}

		a.report("Sending the request to %s: %s.", a.doing, a.what(wi))
		answer, err := a.send(ctx, s.client)
		var ambiguous *isc.AmbiguousError
		switch {
		case err == nil:
			return s.performed(ctx, a, wi, answer, diags)
		case errors.As(err, &ambiguous):
			a.report("The answer is lost or unusable: reading the work item to find out whether the request was executed.")
			return s.settle(ctx, a, wi, err, diags)
		case errors.Is(err, isc.ErrRateLimited) && attempt < s.client.MaxRetries():
			// The service did not execute it. The client pauses before the
			// next read as long as the service asked.
			a.report("The service is busy and executed nothing: waiting as long as it asks, then reading the work item again.")
			continue
		case errors.Is(err, isc.ErrUnauthorized) && !refreshedToken && s.client.RenewsToken():
			refreshedToken = true
			a.report("The access token had expired and nothing was executed: fetching a new one, then reading the work item again.")
			continue
		case errors.Is(err, isc.ErrInvalidID), errors.Is(err, isc.ErrReadOnly):
			return nil, a.notDone(err, "The request can't be sent.", "No. "+soFar, "")
		case errors.Is(err, isc.ErrNothingSent), errors.Is(err, isc.ErrRateLimited), errors.Is(err, isc.ErrUnauthorized):
			return nil, a.notDone(err, "The request did not get through.", "No. The service executed nothing.", a.again())
		default:
			return s.refused(ctx, a, wi, err)
		}
	}
}

// performed records a documented success. That answer is the fact: if the
// service's reads lag behind, a warning says so, and no more.
func (s *session) performed(ctx context.Context, a act, before *isc.WorkItem, answer *isc.ActResult, diags diag.Diagnostics) (*result, diag.Diagnostics) {
	r := &result{
		outcome:     outcomePerformed,
		performedAt: answer.Date,
		performedBy: answer.PerformedBy,
		before:      before,
		after:       answer.WorkItem,
	}
	var readErr error
	if r.after == nil || a.judge(r.after).standing != done {
		var latest *isc.WorkItem
		latest, readErr = s.reread(ctx, a, s.confirmFor)
		switch {
		case latest != nil:
			r.after = latest
		case a.outOfSight(readErr):
			r.after = a.unseen(before)
			return r, diags
		case r.after == nil:
			r.after = before
		}
	}
	if v := a.judge(r.after); v.standing != done {
		detail := fmt.Sprintf("The service accepted the request to %s, so it counts as performed, but what the service returns for the work item doesn't show it yet.", a.doing)
		switch {
		case v.diags.HasError():
			detail += " What it shows: " + v.diags.Errors()[0].Detail()
		case readErr != nil:
			detail += " The last attempt to read it failed: " + sentence(readErr.Error())
		}
		diags.AddWarning("Performed, but not shown by the service", detail)
	}
	return r, diags
}

// settle finds out what an unclear answer means: it reads until the service
// shows the act as done, or until it has had time enough to show it. The act is
// not sent again, whatever is found.
func (s *session) settle(ctx context.Context, a act, before *isc.WorkItem, cause error, diags diag.Diagnostics) (*result, diag.Diagnostics) {
	// From the first byte of the request on, what became of it must be found
	// out and saved, also when somebody presses Ctrl-C.
	latest, readErr := s.reread(context.WithoutCancel(ctx), a, s.settleFor)
	if latest == nil && a.outOfSight(readErr) {
		return nil, a.notDone(cause, "The answer to the request was lost or unusable, and since then the work item is out of this token's sight. That is what a success looks like to somebody who may not see the new owner's work items.",
			"Probably. The request was not repeated.", "ask the new owner. If it arrived, take the forward out of the configuration: there is nothing left to do.")
	}
	if latest == nil {
		return nil, a.notDone(cause, "The answer to the request was lost or unusable, and the work item can't be read to find out: "+sentence(readErr.Error()),
			"Unknown. The service may have executed the request. It was not repeated.", a.again())
	}
	v := a.judge(latest)
	if v.standing == done {
		return &result{
			outcome:     outcomeConfirmed,
			performedBy: s.client.IdentityID(),
			before:      before,
			after:       latest,
		}, append(diags, v.diags...)
	}
	switch v.standing {
	case ruledOut:
		return nil, a.notDone(cause, "The answer to the request was lost or unusable. The work item was read again: "+v.diags.Errors()[0].Detail(),
			"No: not as asked.", "")
	case undecidable:
		return nil, a.notDone(cause, "The answer to the request was lost or unusable. The work item was read again: "+v.diags.Errors()[0].Detail(),
			"Unknown. The request was not repeated.", "ask the service's audit events.")
	default:
	}
	return nil, a.notDone(cause, fmt.Sprintf("The answer to the request was lost or unusable. The work item was read again for %s and does not show it as done.", s.settleFor),
		"Unknown, but the service does not show it. The request was not repeated.", a.again())
}

// refused looks once more at a work item whose act the service refused: it may
// have refused because somebody else was faster.
func (s *session) refused(ctx context.Context, a act, before *isc.WorkItem, cause error) (*result, diag.Diagnostics) {
	const happened = "No. The service refused the request, and nothing was changed by it."
	what := "The service refused the request."
	if wi, err := s.find(ctx, freshReads, a.workItemID); err == nil {
		v := a.judge(wi)
		switch {
		case v.standing == done:
			_, diags := a.check(wi)
			if diags.HasError() {
				return nil, ending(diags, didItHappen+happened)
			}
			a.report("The service refused the request, and the work item shows why: somebody else was faster, it %s. This request changed nothing.", v.how)
			return &result{outcome: outcomeAdopted, before: before, after: wi}, diags
		case v.diags.HasError():
			what += " The work item was read again: " + v.diags.Errors()[0].Detail()
		}
	}
	return nil, a.notDone(cause, what, happened, "")
}

// reread reads the work item until the act is done or ruled out, the last time
// when the time is over. It returns the last view it got, and the error of the
// last read.
func (s *session) reread(ctx context.Context, a act, limit time.Duration) (latest *isc.WorkItem, err error) {
	const longestWait = 2 * time.Second
	end := time.Now().Add(limit)
	// The last read too may take its time.
	ctx, cancel := context.WithTimeout(ctx, limit+s.client.RequestTimeout())
	defer cancel()
	for wait := s.firstPoll; ; wait = min(2*wait, longestWait) {
		var wi *isc.WorkItem
		wi, err = s.find(ctx, freshReads, a.workItemID)
		switch {
		case err == nil:
			latest = wi
			if a.judge(wi).standing != pending {
				return latest, nil
			}
		case a.outOfSight(err):
			return nil, err
		}
		left := time.Until(end)
		if left <= 0 {
			return latest, err
		}
		select {
		case <-time.After(min(wait, left)):
		case <-ctx.Done():
			return latest, err
		}
	}
}

// outOfSight reports whether a failed read means that the act took the work
// item out of the caller's sight.
func (a act) outOfSight(err error) bool {
	return a.unseen != nil && (errors.Is(err, isc.ErrNotFound) || errors.Is(err, isc.ErrForbidden))
}

// notDone is the error of an act that is not known to be done: it always says
// whether it happened.
func (a act) notDone(cause error, what, happened, next string) diag.Diagnostics {
	switch {
	case errors.Is(cause, context.Canceled):
		what += " The run was cancelled."
	case errors.Is(cause, context.DeadlineExceeded):
		what += " The time allowed was over."
	}
	return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("workitem_id"), "Unable to "+a.doing,
		explanation{what: what, cause: cause, happened: happened, next: next}.String())}
}

// refusedReadOnly is the error of an act that the provider block forbids.
func refusedReadOnly(doing string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("The provider is read-only",
		fmt.Sprintf("The configuration asks to %s, but the provider block, or SAIL_READ_ONLY, sets read_only = true. In such a workspace only what is done already can be recorded.", doing))
}
