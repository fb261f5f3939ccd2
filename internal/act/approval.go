// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const decisionEvidence = "The API doesn't say who decided, and the service documents no audit event for it: the item itself is the only evidence."

// Approval is the act of deciding one approval item. A decision that is not
// known yet is "", and named in common.Unknown: then only what speaks against
// any decision is told. A decision that is known and neither approve nor reject
// is refused.
func Approval(common Common, itemID, decision string, expect []Expectation) *Act {
	verb, past := words(decision)
	return &Act{
		Common:   common,
		kind:     KindApproval,
		itemID:   itemID,
		intent:   decision,
		doing:    fmt.Sprintf("%s approval item %s of work item %s", verb, isc.OneLine(itemID), isc.OneLine(common.WorkItemID)),
		did:      fmt.Sprintf("%s approval item %s of work item %s", sentenceCase(past), isc.OneLine(itemID), isc.OneLine(common.WorkItemID)),
		evidence: decisionEvidence,
		describe: func(wi *isc.WorkItem) string {
			return DescribeItem(wi.ApprovalItem(itemID))
		},
		guard: func(wi *isc.WorkItem) diag.Diagnostics { return guardApproval(wi, itemID, expect) },
		judge: func(wi *isc.WorkItem) Verdict {
			if v, refused := common.refuseDecision(decision); refused {
				return v
			}
			item := wi.ApprovalItem(itemID)
			if item == nil {
				return undecidable(path.Root("approval_item_id"), "Can't tell how the approval item was decided",
					"Work item %s is closed, and the service no longer shows its approval items.\n\n%s look the item up in Identity Security Cloud, and take this decision out of the configuration%s.",
					Describe(wi), whatToDo, common.outOfState())
			}
			return common.judgeItem(wi, item, decision)
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			switch isc.Decision(decision) {
			case isc.Approved:
				return client.ApproveApprovalItem(ctx, common.WorkItemID, itemID)
			case isc.Rejected:
				return client.RejectApprovalItem(ctx, common.WorkItemID, itemID)
			default:
				return nil, noDecision(decision)
			}
		},
		summary: func(wi *isc.WorkItem) string {
			return leading(decision) + summarizeItem(wi, wi.ApprovalItem(itemID))
		},
	}
}

// BulkApproval is the act of deciding all approval items of a work item. The
// expected ids are nil if there is no such guard.
func BulkApproval(common Common, decision string, expectedIDs []string) *Act {
	verb, past := words(decision)
	return &Act{
		Common:   common,
		kind:     KindBulkApproval,
		intent:   decision,
		doing:    fmt.Sprintf("%s all approval items of work item %s", verb, isc.OneLine(common.WorkItemID)),
		did:      fmt.Sprintf("%s all approval items of work item %s", sentenceCase(past), isc.OneLine(common.WorkItemID)),
		evidence: decisionEvidence,
		describe: func(wi *isc.WorkItem) string {
			undecided := Undecided(wi)
			return fmt.Sprintf("%d undecided:\n%s", len(undecided), isc.Lines(undecided))
		},
		guard: func(wi *isc.WorkItem) diag.Diagnostics {
			return guardItems(wi, expectedIDs, approvalItems(wi))
		},
		judge: func(wi *isc.WorkItem) Verdict {
			if v, refused := common.refuseDecision(decision); refused {
				return v
			}
			return common.judgeAll(wi, decision)
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			switch isc.Decision(decision) {
			case isc.Approved:
				return client.BulkApprove(ctx, common.WorkItemID)
			case isc.Rejected:
				return client.BulkReject(ctx, common.WorkItemID)
			default:
				return nil, noDecision(decision)
			}
		},
		summary: func(wi *isc.WorkItem) string {
			return leading(decision, "all") + fmt.Sprintf("%d items: %s%s", len(wi.ApprovalItems), quoted(wi.Name, wi.Description, &wi.ID), requestedBy(wi))
		},
	}
}

// ManualTypes are the types of work items that people complete.
var ManualTypes = []string{"ManualAction", "Remediation"}

// warnOfManualTask warns of a decision on what is to be done, not decided.
func warnOfManualTask(a *Act, wi *isc.WorkItem) (diags diag.Diagnostics) {
	if a.kind != KindApproval && a.kind != KindBulkApproval {
		return nil
	}
	t := deref(wi.Type)
	if slices.ContainsFunc(ManualTypes, func(manual string) bool { return strings.EqualFold(t, manual) }) {
		diags.AddAttributeWarning(path.Root("workitem_id"), "A decision on a manual task",
			fmt.Sprintf("Work item %s is of type %s. Its items are changes that somebody makes by hand; they are not decided, and deciding them may close the task although no change was made.\n\n"+
				"%s once the changes are made, complete the work item with sailpoint_workitem_completion.", Describe(wi), isc.OneLine(t), whatToDo))
	}
	return diags
}

// words returns a decision as a verb and as something done.
func words(decision string) (verb, past string) {
	switch isc.Decision(decision) {
	case isc.Approved:
		return "approve", "approved"
	case isc.Rejected:
		return "reject", "rejected"
	default:
		return "decide", "decided"
	}
}

// noDecision is the error of a request that nobody asked for.
func noDecision(decision string) error {
	return fmt.Errorf("%w: %q is neither approve nor reject", isc.ErrNothingSent, isc.OneLine(decision))
}

// refuseDecision is the verdict on a decision that is none, or isn't known yet.
func (c Common) refuseDecision(decision string) (v Verdict, refused bool) {
	switch {
	case !c.isKnown("decision"), decision == string(isc.Approved), decision == string(isc.Rejected):
		return Verdict{}, false
	case decision == "":
		return impossible(path.Root("decision"), "The decision is missing",
			"Nothing says whether to approve or to reject.\n\n%s set decision to \"approve\" or \"reject\".", whatToDo), true
	}
	return impossible(path.Root("decision"), "Unknown decision",
		"%q is neither approve nor reject.\n\n%s set decision to \"approve\" or \"reject\".", isc.OneLine(decision), whatToDo), true
}

// judgeItem tells how an approval item stands to a decision; "" is one that is
// not known yet.
func (c Common) judgeItem(wi *isc.WorkItem, item *isc.ApprovalItem, asked string) Verdict {
	at := path.Root("approval_item_id")
	decision, err := item.Decision()
	switch {
	case err != nil:
		return undecidable(at, "Can't tell how the approval item was decided",
			"In work item %s, approval item %s: %s.\n\n%s look the item up in Identity Security Cloud, and take this decision out of the configuration%s.",
			Describe(wi), isc.OneLine(item.ID), err, whatToDo, c.outOfState())
	case decision == isc.Undecided && wi.Closed():
		return undecidable(at, "Can't tell how the approval item was decided",
			"Work item %s is closed, but its approval item %s carries no decision.\n\n%s look the item up in Identity Security Cloud, and take this decision out of the configuration%s.",
			Describe(wi), isc.OneLine(item.ID), whatToDo, c.outOfState())
	case asked == "":
		return Verdict{Status: Undetermined}
	case decision == isc.Undecided:
		return Verdict{Status: Pending}
	case string(decision) != asked:
		_, past := words(string(decision))
		return impossible(path.Root("decision"), "The approval item has been decided the other way",
			"The configuration says %q, but approval item %s of work item %s (%s) is already %s. A decision can't be changed. %s\n\n"+
				"%s to record what was decided, say so in the configuration; otherwise take this decision out of it%s.",
			asked, isc.OneLine(item.ID), Describe(wi), DescribeItem(item), past, decisionEvidence, whatToDo, c.outOfState())
	}
	_, past := words(asked)
	return Verdict{Status: Done, how: "is already " + past}
}

// judgeAll tells how all approval items of a work item stand to a decision.
func (c Common) judgeAll(wi *isc.WorkItem, asked string) Verdict {
	if len(wi.ApprovalItems) == 0 {
		if wi.Closed() {
			return undecidable(path.Root("workitem_id"), "Can't tell how the approval items were decided",
				"Work item %s is closed, and the service no longer shows its approval items.\n\n%s look it up in Identity Security Cloud, and take this decision out of the configuration%s.",
				Describe(wi), whatToDo, c.outOfState())
		}
		return impossible(path.Root("workitem_id"), "Nothing to decide",
			"Work item %s has no approval items.\n\n%s check the id. A manual task without approval items is completed with sailpoint_workitem_completion.", Describe(wi), whatToDo)
	}
	var otherWay []string
	undecided := 0
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		decision, err := item.Decision()
		switch {
		case err != nil, decision == isc.Undecided && wi.Closed():
			v := c.judgeItem(wi, item, asked)
			for i, d := range v.Diags {
				v.Diags[i] = diag.WithPath(path.Root("workitem_id"), d)
			}
			return v
		case decision == isc.Undecided:
			undecided++
		case asked != "" && string(decision) != asked:
			_, past := words(string(decision))
			otherWay = append(otherWay, fmt.Sprintf("%s, which is %s: %s", isc.OneLine(item.ID), past, DescribeItem(item)))
		}
	}
	switch {
	case asked == "":
		return Verdict{Status: Undetermined}
	case len(otherWay) > 0:
		next := "decide the rest with sailpoint_workitem_approval for each, instead of this resource."
		if undecided == 0 {
			next = fmt.Sprintf("take this decision out of the configuration%s. To record what was decided, say so with sailpoint_workitem_approval for each item.", c.outOfState())
		}
		return impossible(path.Root("decision"), "Approval items have been decided the other way",
			"The configuration says %q for all approval items of work item %s, but these are decided the other way:\n%s\n\nA decision can't be changed.\n\n"+
				"%s %s", asked, Describe(wi), isc.Lines(otherWay), whatToDo, next)
	case undecided > 0:
		return Verdict{Status: Pending}
	}
	_, past := words(asked)
	return Verdict{Status: Done, how: "has all its approval items " + past + " already"}
}

// guardApproval tells whether the approval item is there, and what the author
// takes it to be.
func guardApproval(wi *isc.WorkItem, itemID string, expect []Expectation) (diags diag.Diagnostics) {
	item := wi.ApprovalItem(itemID)
	switch {
	case HasTwin(wi, item):
		diags.AddAttributeError(path.Root("approval_item_id"), "The approval item's id is not its own",
			fmt.Sprintf("Work item %s has several approval items with the id %s, which differ, so nobody can tell which of them a decision would be on. %s\n\n"+
				"%s decide it in Identity Security Cloud, and tell the service's support.", Describe(wi), itemID, listItems(wi), whatToDo))
	case item != nil:
		return checkExpectations(expect, wi, item)
	case !wi.Closed() || len(wi.ApprovalItems) > 0:
		diags.AddAttributeError(path.Root("approval_item_id"), "No such approval item in the work item",
			fmt.Sprintf("Work item %s has no approval item %s. %s\n\n%s correct the ids.", Describe(wi), itemID, listItems(wi), whatToDo))
	}
	return diags
}

// HasTwin reports whether another approval item of the work item has the same
// id but is not the same. One that is listed twice in the same words is one.
func HasTwin(wi *isc.WorkItem, item *isc.ApprovalItem) bool {
	return item != nil && slices.ContainsFunc(wi.ApprovalItems, func(other isc.ApprovalItem) bool {
		return other.ID == item.ID && !sameItem(other, *item)
	})
}

func sameItem(a, b isc.ApprovalItem) bool {
	same := func(a, b *string) bool { return (a == nil) == (b == nil) && deref(a) == deref(b) }
	return same(a.Account, b.Account) && same(a.Application, b.Application) && same(a.Name, b.Name) && same(a.Operation, b.Operation) &&
		same(a.Value, b.Value) && same(a.State, b.State) && a.ValueRedacted == b.ValueRedacted
}

// Undecided describes the approval items that are still to be decided, a line
// each.
func Undecided(wi *isc.WorkItem) (lines []string) {
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		if decision, err := item.Decision(); decision == isc.Undecided && err == nil {
			lines = append(lines, isc.OneLine(item.ID)+": "+DescribeItem(item))
		}
	}
	return lines
}

// listItems names the approval items of a work item for a person.
func listItems(wi *isc.WorkItem) string {
	if len(wi.ApprovalItems) == 0 {
		return "It has no approval items."
	}
	var lines []string
	for i := range wi.ApprovalItems {
		lines = append(lines, isc.OneLine(wi.ApprovalItems[i].ID)+": "+DescribeItem(&wi.ApprovalItems[i]))
	}
	return "It has these:\n" + isc.Lines(lines)
}

// DescribeItem says what an approval item asks for, and where.
func DescribeItem(item *isc.ApprovalItem) string {
	text := DescribeChange(item)
	if application := isc.OneLine(deref(item.Application)); application != "" {
		text += " on " + application
	}
	return text
}

// DescribeChange says what an approval item asks for, as far as it tells.
func DescribeChange(item *isc.ApprovalItem) string {
	value := deref(item.Value)
	if item.ValueRedacted {
		value = redactedValue
	}
	var parts []string
	for _, part := range []string{deref(item.Operation), deref(item.Name), value} {
		if part = isc.OneLine(part); part != "" {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, " ")
	if account := isc.OneLine(deref(item.Account)); account != "" {
		text += " for " + account
	}
	return text
}
