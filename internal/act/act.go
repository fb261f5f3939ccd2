// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package act does irreversible acts on work items, once. An [Act] says what one
// is: when it is done, what rules it out, and which request does it. The
// [Engine] makes sure that of its requests at most one can have been executed,
// and says truly what became of it. One file holds what is particular to each
// kind of act.
package act

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// What is to happen with an act that has been done already, as asked.
const (
	// Adopt records it, with a warning.
	Adopt = "adopt"
	// Fail is an error.
	Fail = "error"
	// Skip says so and does nothing: a Terraform Action has no record.
	Skip = "skip"
)

// Kind tells acts apart that can stand beside each other on one work item.
type Kind string

// The kinds of acts.
const (
	KindApproval         Kind = "approval"
	KindBulkApproval     Kind = "bulk approval"
	KindForward          Kind = "forward"
	KindAccountSelection Kind = "account selection"
	KindCompletion       Kind = "completion"
)

// Common is what the acts of all kinds have.
type Common struct {
	WorkItemID string
	// OnAlreadyDone is Adopt, Fail or Skip; "" means Adopt.
	OnAlreadyDone string
	// Unknown names the arguments whose values are not known yet, such as
	// workitem_id, decision or expect.
	Unknown []string
	// Recorded means that the state has the act, as an import that is still to
	// be done.
	Recorded bool
	// Replaces means that the act is planned as the first half of a replacement,
	// and is going to be planned once more: it counts only then.
	Replaces bool
	// Progress, if set, is told each step.
	Progress func(string)
}

func (c Common) isKnown(argument string) bool { return !slices.Contains(c.Unknown, argument) }

// Act is one irreversible act on one work item, made by [Approval],
// [BulkApproval], [Forward], [AccountSelection] or [Completion].
type Act struct {
	Common
	kind Kind
	// itemID is the approval item that a single decision is about.
	itemID string
	// intent is what the act asks for, so that two acts can contradict each
	// other: the decision, the target, or the selections.
	intent string
	// doing names the act in messages, "Unable to " + doing, and did once it is
	// done.
	doing, did string
	// evidence says where to look for who did it.
	evidence string
	// describe tells what the act decides, for a person.
	describe func(*isc.WorkItem) string
	// guard tells, before anything else, whether the work item is the one the
	// author meant. Its errors name the attribute at fault.
	guard func(*isc.WorkItem) diag.Diagnostics
	// judge tells how the work item stands to the act.
	judge func(*isc.WorkItem) Verdict
	// precondition is a last check of an act that is still to be done; may be
	// nil.
	precondition func(*isc.WorkItem) diag.Diagnostics
	// send sends the one request of the act.
	send func(context.Context, *isc.Client) (*isc.ActResult, error)
	// needsOwnGuard means that the service would not refuse a second such act,
	// so that only a read of its own may guard it.
	needsOwnGuard bool
	// withoutPermission, if set, means that the act itself may take from the
	// caller the permission to read the work item; it returns what the work item
	// is then taken to be.
	withoutPermission func(before *isc.WorkItem) *isc.WorkItem
	// summary says in one line what the act does, by immutable facts only.
	summary func(*isc.WorkItem) string
}

// Doing names the act in messages: "approve approval item …".
func (a *Act) Doing() string { return a.doing }

// Did names the act once it is done: "Approved approval item …".
func (a *Act) Did() string { return a.did }

// Summary says in one line what the act does, for a person who reviews it. It
// is made of the configuration and of facts that don't change, all of which
// must be known.
func (a *Act) Summary(wi *isc.WorkItem) string { return a.summary(wi) }

// IDsKnown reports whether it is known what the act is about.
func (a *Act) IDsKnown() bool {
	return a.isKnown("workitem_id") && a.isKnown("approval_item_id") && a.isKnown("target_owner_id")
}

// MayNotBeAsked reports whether it isn't known yet that the act is to be done at
// all.
func (a *Act) MayNotBeAsked() bool { return !a.isKnown("done") }

// report tells a step.
func (a *Act) report(format string, args ...any) {
	if a.Progress != nil {
		a.Progress(fmt.Sprintf(format, args...))
	}
}

// Status is how a work item stands to an act. The zero value is none, so that
// what nobody has judged is never acted upon.
type Status int

const (
	// Pending means that the act can be done.
	Pending Status = iota + 1
	// Done means that what the act is for has been done already, as asked.
	Done
	// Impossible means that the act can't be done, or that nobody can tell
	// whether it was done.
	Impossible
	// Undetermined means that the configuration isn't known enough to tell.
	Undetermined
)

// Verdict is what a check of a work item comes to.
type Verdict struct {
	Status Status
	// Diags explain Impossible with errors; with Done and Pending they are
	// warnings to give when Terraform adopts or acts.
	Diags diag.Diagnostics
	// how says, when Done, what the service shows: "is already approved".
	how string
	// undecidable means that the service doesn't show whether it was done.
	undecidable bool
}

// impossible is the verdict Impossible with its explanation.
func impossible(at path.Path, summary, format string, args ...any) Verdict {
	return Verdict{Status: Impossible, Diags: diag.Diagnostics{
		diag.NewAttributeErrorDiagnostic(at, summary, fmt.Sprintf(format, args...)),
	}}
}

// undecidable is the verdict on a work item that doesn't show whether the act
// was done.
func undecidable(at path.Path, summary, format string, args ...any) Verdict {
	v := impossible(at, summary, format, args...)
	v.undecidable = true
	return v
}

// Check applies all checks to a work item, in the order that plan, apply and
// the read before the request share: what is it, is it done, is it ruled out,
// does the last precondition hold.
func (a *Act) Check(wi *isc.WorkItem) Verdict {
	diags := a.guard(wi)
	if diags.HasError() {
		return Verdict{Status: Impossible, Diags: diags}
	}
	v := a.judge(wi)
	switch v.Status {
	case Done:
		diags.Append(a.alreadyDone(v))
		if diags.HasError() {
			v.Status = Impossible
		}
	case Pending:
		if a.precondition != nil {
			diags.Append(a.precondition(wi)...)
		}
		if diags.HasError() {
			return Verdict{Status: Impossible, Diags: diags}
		}
	case Impossible, Undetermined:
	default:
		return impossible(path.Root("workitem_id"), "Can't tell whether the act can be done",
			"Nothing says how work item %s stands to the request to %s. This is a bug in the provider; please report it.", Describe(wi), a.doing)
	}
	v.Diags = append(diags, v.Diags...)
	return v
}

// alreadyDone is what is said of an act that has been done already, as asked.
func (a *Act) alreadyDone(v Verdict) diag.Diagnostic {
	switch a.OnAlreadyDone {
	case Fail:
		return diag.NewAttributeErrorDiagnostic(path.Root("on_already_done"), "Already done",
			fmt.Sprintf("Can't %s: it %s, and on_already_done is \"error\". %s\n\n%s to record what was done, set on_already_done = \"adopt\". Otherwise take this resource out of the configuration%s.",
				a.doing, v.how, a.evidence, whatToDo, a.outOfState()))
	case Skip:
		return diag.NewAttributeWarningDiagnostic(path.Root("workitem_id"), "Already done: nothing is to be sent",
			fmt.Sprintf("No need to %s: it %s. %s", a.doing, v.how, a.evidence))
	default:
		return diag.NewAttributeWarningDiagnostic(path.Root("workitem_id"), "Already done: recorded without sending anything",
			fmt.Sprintf("No need to %s: it %s. Terraform adopts that as the outcome. %s\n\n"+
				"If it was done by this configuration before, and its record is being made anew because of a taint or a new address, terraform untaint or a moved block keeps the old one.", a.doing, v.how, a.evidence))
	}
}

// outOfState says what else it takes to get rid of an act that the state has.
func (c Common) outOfState() string {
	if c.Recorded {
		return " and forget the import with terraform state rm: nothing was done, so nothing is lost"
	}
	return ""
}

// takeOut leads out of an act that can't be done any more.
func (c Common) takeOut() string {
	if c.OnAlreadyDone == Skip {
		return whatToDo + " take this action out of the configuration."
	}
	return whatToDo + " take this resource, or its key, out of the configuration" + c.outOfState() + "."
}

// closedOtherwise is the verdict on a work item that was closed in another way
// than the act would have.
func (c Common) closedOtherwise(wi *isc.WorkItem) Verdict {
	return impossible(path.Root("workitem_id"), "The work item is closed",
		"Work item %s is closed with the state %s (completed %s).\n\n%s", Describe(wi), orNull(wi.State), orNull(wi.Completed), c.takeOut())
}
