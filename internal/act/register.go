// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// GuardRails are what the provider block and the environment allow.
type GuardRails struct {
	// ReadOnly allows no act.
	ReadOnly bool
	// MaxActs bounds the acts of one run; nil is no bound.
	MaxActs *int64
	// RefuseOwnRequests refuses to decide what the token's identity or one of
	// the Actors has requested.
	RefuseOwnRequests bool
	// Actors are the identities of the people behind the run.
	Actors []string
}

// run is the register of the acts of one run: those that a plan has looked at, and those
// that were to be sent. Terraform plans an act once in a plan, and once more in
// the apply before the act itself, so that every entry has a key.
type run struct {
	mu sync.Mutex
	// entries are the acts on each work item.
	entries  map[string]map[key]*Act
	admitted [2]map[key]bool
	// unknown counts planned acts that nobody can tell apart yet.
	unknown int
	// surplusTold means that the plan has had its error about max_acts.
	surplusTold bool
	// warned remembers which once-per-run warnings have been given.
	warned map[string]bool
	// sentActs has the acts whose request the service might have executed, and
	// whether it accepted it.
	sentActs map[key]bool
}

func newRun() run {
	return run{
		entries:  map[string]map[key]*Act{},
		admitted: [2]map[key]bool{{}, {}},
		warned:   map[string]bool{},
		sentActs: map[key]bool{},
	}
}

// phase is when an act is admitted: the plan and the sending count apart,
// because an apply goes through both.
type phase int

const (
	planned phase = iota
	sent
)

// recordSent notes that the service might have executed the act's request.
func (e *Engine) recordSent(a *Act, accepted bool) {
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sentActs[a.key()] = accepted
}

// alreadySent reports whether this run has sent the act before, for another
// object that asks for the same, and whether the service accepted it.
func (e *Engine) alreadySent(a *Act) (accepted, found bool) {
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	accepted, found = r.sentActs[a.key()]
	return accepted, found
}

// key tells what an act is about.
type key struct {
	kind       Kind
	workItemID string
	itemID     string
}

func (a *Act) key() key { return key{a.kind, a.WorkItemID, a.itemID} }

// isComparable reports whether ids and intent are known, so that the act can be
// compared with others.
func (a *Act) isComparable() bool { return a.IDsKnown() && a.intent != "" }

// FirstTime reports whether a key is new in this run, for warnings to be given once.
func (e *Engine) FirstTime(key string) bool {
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.warned[key]
	r.warned[key] = true
	return !known
}

// enter puts an act into the register, and refuses one that contradicts
// another. Which of two is refused depends on Terraform's order, so both get the
// same message.
func (e *Engine) enter(a *Act) (diags diag.Diagnostics) {
	if !a.isComparable() {
		return nil
	}
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, other := range r.entries[a.WorkItemID] {
		if !a.contradicts(other) {
			continue
		}
		both := []string{a.doing, other.doing}
		slices.Sort(both)
		diags.AddAttributeError(a.intentPath(), "Two acts of this run contradict each other",
			fmt.Sprintf("The configuration asks to\n%s\n\n%s keep one of them.", isc.Lines(both), whatToDo))
		return diags
	}
	if r.entries[a.WorkItemID] == nil {
		r.entries[a.WorkItemID] = map[key]*Act{}
	}
	r.entries[a.WorkItemID][a.key()] = a
	return nil
}

// contradicts reports whether two acts on one work item can't both be meant.
func (a *Act) contradicts(other *Act) bool {
	if a.intent == other.intent {
		return false
	}
	decisions := map[Kind]bool{KindApproval: true, KindBulkApproval: true}
	return a.key() == other.key() || decisions[a.kind] && decisions[other.kind] && a.kind != other.kind
}

// intentPath is the attribute that says what the act asks for.
func (a *Act) intentPath() path.Path {
	switch a.kind {
	case KindForward:
		return path.Root("target_owner_id")
	case KindAccountSelection:
		return path.Root("selections")
	case KindCompletion:
		return path.Root("workitem_id")
	default:
		return path.Root("decision")
	}
}

// endsWorkItem reports whether others can't act on the work item after it.
func (a *Act) endsWorkItem() bool { return a.kind == KindForward || a.kind == KindCompletion }

// warnOfSiblings warns of what another act of this run, or its absence, makes
// of an act that is to be done.
func (e *Engine) warnOfSiblings(a *Act, wi *isc.WorkItem) (diags diag.Diagnostics) {
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	siblings := r.entries[a.WorkItemID]
	for _, other := range siblings {
		if other.key() != a.key() && (a.endsWorkItem() || other.endsWorkItem()) {
			both := []string{a.doing, other.doing}
			slices.Sort(both)
			diags.AddAttributeWarning(path.Root("workitem_id"), "Two acts on one work item, whose order matters",
				fmt.Sprintf("This run is to\n%s\n\nTheir order decides whether both can be done. %s give one of them a depends_on on the other, unless it has one.", isc.Lines(both), whatToDo))
			break
		}
	}
	if a.kind == KindCompletion {
		diags.Append(warnOfUndecided(wi, func(itemID string) bool {
			return siblings[key{KindApproval, a.WorkItemID, itemID}] != nil || siblings[key{KindBulkApproval, a.WorkItemID, ""}] != nil
		})...)
	}
	return diags
}

// admit applies the guard rails to an act that would be sent. The work item is
// nil while it isn't known.
func (e *Engine) admit(ctx context.Context, a *Act, wi *isc.WorkItem, when phase) diag.Diagnostics {
	if e.rails.ReadOnly {
		return diag.Diagnostics{readOnly(a.doing)}
	}
	if e.rails.RefuseOwnRequests && wi != nil && (a.kind == KindApproval || a.kind == KindBulkApproval) {
		if diags := e.refuseOwn(ctx, a, wi); diags.HasError() {
			return diags
		}
	}
	return e.count(a, when)
}

// count counts the acts of the run. The plan has one error, at the first act too
// many; of those to be sent each one too many is refused.
func (e *Engine) count(a *Act, when phase) diag.Diagnostics {
	limit := e.rails.MaxActs
	if limit == nil {
		return nil
	}
	r := &e.run
	r.mu.Lock()
	defer r.mu.Unlock()
	acts := r.admitted[when]
	n := int64(len(acts))
	if when == planned {
		n += int64(r.unknown)
	}
	switch {
	case acts[a.key()] && a.IDsKnown():
		return nil
	case n < *limit && a.IDsKnown():
		acts[a.key()] = true
		return nil
	case n < *limit:
		r.unknown++
		return nil
	case when == planned && r.surplusTold:
		return nil
	}
	r.surplusTold = r.surplusTold || when == planned
	next := "find out whether so many are meant. If they are, decide them in several runs, or raise max_acts."
	if *limit == 0 {
		next = "apply this where acts are allowed, or take it out of the configuration."
	}
	return diag.Diagnostics{diag.NewErrorDiagnostic("Too many acts in one run",
		fmt.Sprintf("There are more than max_acts = %d acts in this run; one that is too many is to %s. (The provider block and SAIL_MAX_ACTS set max_acts; the smaller one counts.)\n\n"+
			"%s %s", *limit, a.doing, whatToDo, next))}
}

// refuseOwn refuses to decide what one of the people behind the run has
// requested.
func (e *Engine) refuseOwn(ctx context.Context, a *Act, wi *isc.WorkItem) (diags diag.Diagnostics) {
	refuse := func(what, next string) {
		diags.AddAttributeError(path.Root("workitem_id"), "Nobody may decide their own request",
			fmt.Sprintf("The configuration asks to %s, and refuse_own_requests is set, by the provider block or SAIL_REFUSE_OWN_REQUESTS. %s\n\n%s %s", a.doing, what, whatToDo, next))
	}
	people := slices.Clone(e.rails.Actors)
	id, err := e.client.IdentityID(ctx)
	switch {
	case err != nil:
		what, next := why("the identity of the token", err)
		refuse(what, next)
		return diags
	case id != "":
		people = append(people, id)
	}
	switch requester := deref(wi.RequesterID); {
	case len(people) == 0:
		refuse("The access token doesn't say whose it is, and SAIL_ACTORS names nobody, so there is nobody to compare the requester with.", "set SAIL_ACTORS to the identity ids of the people behind this run.")
	case requester == "" && strings.EqualFold(deref(wi.Type), "Approval"):
		refuse(fmt.Sprintf("Work item %s doesn't say who requested it.", Describe(wi)), "have it decided in Identity Security Cloud, by somebody who knows.")
	case slices.ContainsFunc(people, func(id string) bool { return strings.EqualFold(id, requester) }):
		refuse(fmt.Sprintf("Work item %s was requested by %s (%s), who is behind this run.", Describe(wi), isc.OneLine(requester), orNull(wi.RequesterDisplayName)), "let somebody else decide it.")
	}
	return diags
}
