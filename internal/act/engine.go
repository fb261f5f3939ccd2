// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"golang.org/x/sync/semaphore"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// adoptionOf begins the key of the warnings that an act is adopted.
const adoptionOf = "adoption of "

const (
	// settleFor bounds the re-reading after an answer that doesn't tell whether
	// the act was executed.
	settleFor = 15 * time.Second
	// firstPoll is the first wait between two such reads; it doubles up to
	// longestPoll.
	firstPoll   = 500 * time.Millisecond
	longestPoll = 2 * time.Second
)

// Engine does the acts of one configured provider, each at most once.
type Engine struct {
	client *isc.Client
	rails  GuardRails
	// settleFor bounds the re-reading after an unclear answer.
	settleFor time.Duration

	mu sync.Mutex
	// locks keep the acts on one work item apart.
	locks map[string]*semaphore.Weighted

	run run
}

// NewEngine makes an engine that sends through the client.
func NewEngine(client *isc.Client, rails GuardRails) *Engine {
	return &Engine{client: client, rails: rails, settleFor: settleFor, locks: map[string]*semaphore.Weighted{}, run: newRun()}
}

// Preview applies all checks for a plan, and enters the act into the run's
// register. Without known ids the checks are left to the apply, and the work
// item is nil, as it is with errors that come from reading.
func (e *Engine) Preview(ctx context.Context, a *Act) (*isc.WorkItem, Verdict) {
	if !a.IDsKnown() {
		return nil, Verdict{Status: Undetermined, Diags: a.blocking(conclude(e.register(ctx, a, nil, Undetermined), nothingSent))}
	}
	wi, err := e.client.FindListed(ctx, a.WorkItemID)
	if err != nil {
		return nil, Verdict{Status: Impossible, Diags: a.blocking(diag.Diagnostics{CannotRead(path.Root("workitem_id"), a.WorkItemID, err)})}
	}
	v := a.Check(wi)
	if !v.Diags.HasError() {
		v.Diags = append(v.Diags, e.register(ctx, a, wi, v.Status)...)
	}
	switch {
	case v.Diags.HasError():
		v.Status = Impossible
	case v.Status == Done:
		e.FirstTime(adoptionOf + a.doing)
	}
	v.Diags = a.blocking(conclude(v.Diags, nothingSent))
	return wi, v
}

// register enters a planned act into the run's register, and applies the guard
// rails to one that would be sent.
func (e *Engine) register(ctx context.Context, a *Act, wi *isc.WorkItem, status Status) (diags diag.Diagnostics) {
	if a.Replaces {
		return nil
	}
	diags.Append(e.enter(a)...)
	if status != Done && !diags.HasError() {
		diags.Append(e.admit(ctx, a, wi, planned)...)
		if wi != nil {
			diags.Append(e.warnOfSiblings(a, wi)...)
			diags.Append(warnOfManualTask(a, wi)...)
		}
	}
	return diags
}

// Perform does the act, once: it returns a result when the act is done, by this
// call or before it, and errors when it is not, or may not be. Of the requests
// it sends, at most one might have been executed by the service. Nothing is
// sent unless asPlanned accepts the work item, and how it stands to the act, as
// it is now.
func (e *Engine) Perform(ctx context.Context, a *Act, asPlanned func(*isc.WorkItem, Verdict) diag.Diagnostics) (*Result, diag.Diagnostics) {
	lock := e.lockOf(a.WorkItemID)
	if err := lock.Acquire(ctx, 1); err != nil {
		return nil, a.notDone(path.Root("workitem_id"), err, "Another act on the same work item was under way, and the run ended before this one's turn came.", "No. Nothing was sent.", a.again())
	}
	defer lock.Release(1)

	soFar, renewed, anew := nothingSent, false, a.needsOwnGuard
	for attempts := 0; ; anew = true {
		// The guard: what the work item is now decides whether to send.
		wi, turn, err := e.client.Guard(ctx, a.WorkItemID, anew)
		if err != nil {
			what, next := why("the work item", err)
			return nil, a.notDone(path.Root("workitem_id"), err, "The work item's state must be known before a request is sent. "+what, "No. "+soFar, next)
		}
		defer turn.Release()
		v := a.Check(wi)
		if changes := asPlanned(wi, v); changes.HasError() && !v.Diags.HasError() {
			// A warning that it is adopted would not be true.
			v.Diags = changes
		}
		if !v.Diags.HasError() {
			v.Diags = append(v.Diags, e.enter(a)...)
		}
		if v.Status != Done && !v.Diags.HasError() {
			v.Diags = append(v.Diags, e.admit(ctx, a, wi, sent)...)
		}
		if v.Diags.HasError() {
			return nil, conclude(v.Diags, soFar)
		}
		switch v.Status {
		case Done:
			a.report("No need to %s: it %s. %s", a.doing, v.how, soFar)
			if !e.FirstTime(adoptionOf + a.doing) {
				// The plan of this run has given the warnings.
				v.Diags = nil
			}
			return &Result{Outcome: Adopted, Before: wi, After: wi}, v.Diags
		case Pending:
			if accepted, found := e.alreadySent(a); found {
				return e.sentBefore(a, wi, accepted)
			}
		default:
			return nil, conclude(impossible(path.Root("workitem_id"), "Can't tell whether the act is to be done",
				"Work item %s does not show whether it is still to be done to %s.", Describe(wi), a.doing).Diags, soFar)
		}
		warnings := v.Diags

		a.report("Sending the request to %s: %s.", a.doing, a.describe(wi))
		answer, err := a.send(turn.Context(ctx), e.client)
		var ambiguous *isc.AmbiguousError
		switch {
		case err == nil:
			e.recordSent(a, true)
			r, diags := e.performed(ctx, a, wi, answer)
			return r, append(warnings, diags...)
		case errors.As(err, &ambiguous):
			e.recordSent(a, false)
			a.report("The answer is lost or unusable: reading the work item to find out whether the request was executed.")
			r, diags := e.settle(ctx, a, wi, err)
			return r, append(warnings, diags...)
		case errors.Is(err, isc.ErrGuardExpired):
			a.report("The request had to wait for so long that the work item has to be read again.")
			continue
		case errors.Is(err, isc.ErrRateLimited) && attempts < e.client.MaxRetries():
			attempts++
			// The service did not execute it. The client pauses before the
			// next read as long as the service asked.
			a.report("The service is busy and executed nothing: waiting as long as it asks, then reading the work item again.")
		case errors.Is(err, isc.ErrUnauthorized) && !renewed && e.client.RenewsToken():
			renewed = true
			a.report("The access token had expired and nothing was executed: fetching a new one, then reading the work item again.")
		case errors.Is(err, isc.ErrInvalidID), errors.Is(err, isc.ErrReadOnly):
			return nil, a.notDone(path.Root("workitem_id"), err, "The request can't be sent.", "No. "+soFar, "")
		case errors.Is(err, isc.ErrNothingSent), errors.Is(err, isc.ErrRateLimited), errors.Is(err, isc.ErrUnauthorized):
			what, next := why("the act", err)
			return nil, a.notDone(path.Root("workitem_id"), err, "The request did not get through. "+what, "No. The service executed nothing.", next)
		default:
			return e.refused(ctx, a, wi, err)
		}
		soFar = "The service executed nothing."
	}
}

// sentBefore is what comes of an act that another object of this run has sent
// already, and that the service doesn't show: nothing is sent a second time.
func (e *Engine) sentBefore(a *Act, wi *isc.WorkItem, accepted bool) (*Result, diag.Diagnostics) {
	if !accepted {
		return nil, a.notDone(path.Root("workitem_id"), nil, "Another object of this run asks for the same. Its request was sent, and the answer was lost or unusable.",
			"Unknown, but the service does not show it. The request was not repeated.", a.again())
	}
	done := a.alreadyDone(Verdict{how: "was done by this run, for another object that asks for the same, and the service doesn't show it yet"})
	if done.Severity() == diag.SeverityError {
		return nil, conclude(diag.Diagnostics{done}, nothingSent)
	}
	a.report("No need to %s: this run has done it, for another object that asks for the same. %s", a.doing, nothingSent)
	return &Result{Outcome: Adopted, Before: wi, After: wi, Unconfirmed: true}, diag.Diagnostics{done}
}

// performed records a documented success. That answer is the fact: where
// neither it nor one read shows the act, a warning says so, and no more.
func (e *Engine) performed(ctx context.Context, a *Act, before *isc.WorkItem, answer *isc.ActResult) (r *Result, diags diag.Diagnostics) {
	r = &Result{
		Outcome:     Performed,
		PerformedAt: answer.Date,
		PerformedBy: answer.PerformedBy,
		Before:      before,
		After:       answer.WorkItem,
	}
	var shown Verdict
	if r.After != nil {
		diags.Append(warnOfErrors(a, r.After)...)
		shown = a.judge(r.After)
	}
	if shown.Status == Done && len(r.After.Errors) == 0 {
		return r, diags
	}

	// What was sent must be told truly, whoever presses Ctrl-C.
	ctx, cancel := e.untilSettled(ctx)
	defer cancel()
	latest, err := e.client.FindAfterAct(ctx, a.WorkItemID)
	switch {
	case err == nil:
		r.After, shown = latest, a.judge(latest)
		if shown.Status == Done {
			return r, diags
		}
	case a.permissionLost(err):
		r.After = a.withoutPermission(before)
		return r, diags
	case r.After == nil:
		r.After = before
	}
	r.Unconfirmed = true
	detail := fmt.Sprintf("The service accepted the request to %s, so it counts as performed, but what the service returns for the work item doesn't show it yet.", a.doing)
	switch {
	case err != nil:
		detail += " The attempt to read it failed: " + Sentence(err.Error())
	case shown.Diags.HasError():
		what, _ := shown.explain()
		detail += " What it shows: " + what
	}
	if a.OnAlreadyDone != Skip { // An action leaves no record to look again for.
		detail += " The next runs look again and repeat this warning until it shows, or the work item is closed."
	}
	diags.AddAttributeWarning(path.Root("workitem_id"), unconfirmedSummary, detail)
	return r, diags
}

const unconfirmedSummary = "Performed, but not shown by the service"

// Follow looks again at an act that was performed and not shown. It reports
// whether that is still so, with a warning.
func (e *Engine) Follow(ctx context.Context, a *Act) (unconfirmed bool, diags diag.Diagnostics) {
	wi, err := e.client.Find(ctx, a.WorkItemID)
	switch {
	case errors.Is(err, isc.ErrNotFound), errors.Is(err, isc.ErrForbidden):
		return false, nil
	case err != nil:
		return true, diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("workitem_id"), unconfirmedSummary,
			fmt.Sprintf("The service accepted the request to %s, and no read has shown that it was done. The work item could not be read now: %s", a.doing, Sentence(err.Error())))}
	case wi.Closed(), a.judge(wi).Status == Done:
		return false, nil
	}
	diags.AddAttributeWarning(path.Root("workitem_id"), unconfirmedSummary,
		fmt.Sprintf("The service accepted the request to %s, but work item %s still doesn't show that it was done. Nothing is sent again.\n\n"+
			"%s look the work item up in Identity Security Cloud. If the act did not take effect, remove the resource from the state with terraform state rm, and apply again.", a.doing, Describe(wi), whatToDo))
	return true, diags
}

// warnOfErrors tells what a successful answer says went wrong.
func warnOfErrors(a *Act, wi *isc.WorkItem) (diags diag.Diagnostics) {
	if len(wi.Errors) == 0 {
		return nil
	}
	lines := make([]string, len(wi.Errors))
	for i, text := range wi.Errors {
		lines[i] = isc.OneLine(text)
	}
	diags.AddAttributeWarning(path.Root("workitem_id"), "The service accepted the request and reports errors",
		fmt.Sprintf("Its answer to the request to %s carries these errors of work item %s:\n%s", a.doing, Describe(wi), isc.Lines(lines)))
	return diags
}

// settle finds out what an unclear answer means: it reads until the service
// shows the act as done, or until it has had time enough to show it. The act is
// not sent again, whatever is found.
func (e *Engine) settle(ctx context.Context, a *Act, before *isc.WorkItem, cause error) (*Result, diag.Diagnostics) {
	ctx, cancel := e.untilSettled(ctx)
	defer cancel()
	at := path.Root("workitem_id")
	latest, v, readErr := e.reread(ctx, a)
	switch {
	case latest == nil && a.permissionLost(readErr):
		return nil, a.notDone(at, cause, "The answer to the request was lost or unusable, and since then the work item is out of this token's sight. That is what a success looks like to somebody who may not see the new owner's work items.",
			"Probably. The request was not repeated.", "ask the new owner. If it arrived, take the forward out of the configuration: there is nothing left to do.")
	case latest == nil && errors.Is(readErr, isc.ErrNotFound):
		return nil, a.notDone(at, cause, "The answer to the request was lost or unusable, and since then the service does not know the work item. It may have been closed, and archived under another id.",
			"Unknown. The service may have executed the request. It was not repeated.",
			"look for it with the data source sailpoint_workitems and status = \"completed\". If it was done, take this out of the configuration: there is nothing left to do.")
	case latest == nil:
		return nil, a.notDone(at, cause, "The answer to the request was lost or unusable, and the work item can't be read to find out: "+Sentence(readErr.Error()),
			"Unknown. The service may have executed the request. It was not repeated.", a.again())
	case v.Status == Done:
		by, _ := e.client.IdentityID(ctx) // Unknown is "".
		return &Result{Outcome: Confirmed, PerformedBy: by, Before: before, After: latest}, v.Diags
	case v.Status == Impossible:
		what, next := v.explain()
		happened := "No: not as asked."
		if v.undecidable {
			happened = "Unknown. The request was not repeated."
		}
		return nil, a.notDone(at, cause, "The answer to the request was lost or unusable. The work item was read again: "+what, happened, next)
	}
	return nil, a.notDone(at, cause, fmt.Sprintf("The answer to the request was lost or unusable. The work item was read again for %s and does not show it as done.", e.settleFor),
		"Unknown, but the service does not show it. The request was not repeated.", a.again())
}

// refused looks once more at a work item whose act the service refused: it may
// have refused because somebody else was faster.
func (e *Engine) refused(ctx context.Context, a *Act, before *isc.WorkItem, cause error) (*Result, diag.Diagnostics) {
	const happened = "No. The service refused the request, and nothing was changed by it."
	what, at, next := "The service refused the request.", path.Root("workitem_id"), a.afterRefusal(cause)
	if wi, err := e.client.FindAfterAct(ctx, a.WorkItemID); err == nil {
		switch v := a.judge(wi); v.Status {
		case Done:
			if v = a.Check(wi); v.Diags.HasError() {
				return nil, conclude(v.Diags, didItHappen+happened)
			}
			a.report("The service refused the request, and the work item shows why: somebody else was faster, it %s. This request changed nothing.", v.how)
			return &Result{Outcome: Adopted, Before: before, After: wi}, v.Diags
		case Impossible:
			shown, instead := v.explain()
			what, next = what+" The work item was read again: "+shown, instead
		default:
			at = a.refusedAt(cause)
		}
	}
	return nil, a.notDone(at, cause, what, happened, next)
}

// reread reads the work item until the act is done or ruled out, the last time
// when the time is over. It returns the last view it got, what it comes to, and
// the error of the last read.
func (e *Engine) reread(ctx context.Context, a *Act) (latest *isc.WorkItem, v Verdict, err error) {
	end := time.Now().Add(e.settleFor)
	for wait := firstPoll; ; wait = min(2*wait, longestPoll) {
		var wi *isc.WorkItem
		wi, err = e.client.FindAfterAct(ctx, a.WorkItemID)
		switch {
		case err == nil:
			latest, v = wi, a.judge(wi)
			if v.Status != Pending {
				return latest, v, nil
			}
		case a.permissionLost(err):
			return nil, Verdict{}, err
		}
		left := time.Until(end)
		if left <= 0 {
			return latest, v, err
		}
		select {
		case <-time.After(min(wait, left)):
		case <-ctx.Done():
			return latest, v, err
		}
	}
}

// untilSettled is a context for finding out what became of a request, which
// neither cancellation nor a timeout of Terraform's ends. The last read too may
// take its time.
func (e *Engine) untilSettled(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), e.settleFor+e.client.RequestTimeout())
}

// lockOf returns the lock of a work item.
func (e *Engine) lockOf(workItemID string) *semaphore.Weighted {
	e.mu.Lock()
	defer e.mu.Unlock()
	lock := e.locks[workItemID]
	if lock == nil {
		lock = semaphore.NewWeighted(1)
		e.locks[workItemID] = lock
	}
	return lock
}

// permissionLost reports whether a failed read means that the act took the work
// item out of the caller's sight.
func (a *Act) permissionLost(err error) bool {
	return a.withoutPermission != nil && (errors.Is(err, isc.ErrNotFound) || errors.Is(err, isc.ErrForbidden))
}
