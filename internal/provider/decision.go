// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// The two decisions on an approval item.
const (
	decisionApprove = "approve"
	decisionReject  = "reject"
)

// pastTense says a decision as something done.
func pastTense(decision string) string {
	if decision == decisionReject {
		return "rejected"
	}
	return "approved"
}

func decisionAttribute(description string) schema.StringAttribute {
	return schema.StringAttribute{
		Required:            true,
		Validators:          []validator.String{stringvalidator.OneOf(decisionApprove, decisionReject)},
		MarkdownDescription: description,
	}
}

// finalDecision refuses to change a decision that has been made.
func finalDecision(decision, prior types.String, what string) (diags diag.Diagnostics) {
	if !decision.Equal(prior) {
		diags.AddAttributeError(path.Root("decision"), "Decisions are final",
			fmt.Sprintf("%s: %s already, and the service has no way to take that back. Set decision = %q again. "+
				"To have the access changed after all, make a new access request.", what, pastTense(prior.ValueString()), prior.ValueString()))
	}
	return diags
}

// decided returns the decision that an approval item's state stands for, and ""
// while it is undecided. Any other state is an error that names it: neither
// adopting nor deciding such an item would be safe.
func decided(item *isc.ApprovalItem) (string, error) {
	switch state := deref(item.State); strings.ToLower(state) {
	case "", "pending":
		return "", nil
	case "finished":
		return decisionApprove, nil
	case "rejected":
		return decisionReject, nil
	default:
		return "", fmt.Errorf("approval item %s has the state %q, which says neither approved nor rejected nor undecided", isc.OneLine(item.ID), state)
	}
}

// findApprovalItem returns the approval item, or nil.
func findApprovalItem(wi *isc.WorkItem, id string) *isc.ApprovalItem {
	for i := range wi.ApprovalItems {
		if wi.ApprovalItems[i].ID == id {
			return &wi.ApprovalItems[i]
		}
	}
	return nil
}

// undecidedItems returns the approval items that are still to be decided.
func undecidedItems(wi *isc.WorkItem) (undecided []*isc.ApprovalItem) {
	for i := range wi.ApprovalItems {
		if decision, err := decided(&wi.ApprovalItems[i]); decision == "" && err == nil {
			undecided = append(undecided, &wi.ApprovalItems[i])
		}
	}
	return undecided
}

// hasTwin reports whether another approval item of the work item has the same
// id but is not the same. One that is listed twice in the same words is one.
func hasTwin(wi *isc.WorkItem, item *isc.ApprovalItem) bool {
	return item != nil && slices.ContainsFunc(wi.ApprovalItems, func(other isc.ApprovalItem) bool {
		return other.ID == item.ID && !reflect.DeepEqual(other, *item)
	})
}

// listApprovalItems names the approval items of a work item for a person.
func listApprovalItems(wi *isc.WorkItem) string {
	if len(wi.ApprovalItems) == 0 {
		return "It has no approval items."
	}
	lines := []string{"It has these:"}
	for _, item := range wi.ApprovalItems {
		lines = append(lines, fmt.Sprintf("  - %s: %s", isc.OneLine(item.ID), describeApprovalItem(&item)))
	}
	return strings.Join(lines, "\n")
}

// describeApprovalItem says what an approval item asks for, and where.
func describeApprovalItem(item *isc.ApprovalItem) string {
	text := describeChange(item)
	if application := isc.OneLine(deref(item.Application)); application != "" {
		text += " on " + application
	}
	return text
}

// describeChange says what an approval item asks for, as far as it tells.
func describeChange(item *isc.ApprovalItem) string {
	text := isc.OneLine(strings.Join([]string{deref(item.Operation), deref(item.Name), deref(item.Value)}, " "))
	if account := isc.OneLine(deref(item.Account)); account != "" {
		text += " for " + account
	}
	return text
}

// judgeApproval tells how an approval item stands to a decision; "" is one that
// is not known yet.
func judgeApproval(wi *isc.WorkItem, itemID, asked string) verdict {
	item := findApprovalItem(wi, itemID)
	if item == nil {
		return impossible(undecidable, path.Root("approval_item_id"), "Can't tell how the approval item was decided",
			"Work item %s is closed, and the service no longer shows its approval items.", describe(wi))
	}
	return judgeApprovalItem(wi, item, asked)
}

func judgeApprovalItem(wi *isc.WorkItem, item *isc.ApprovalItem, asked string) verdict {
	at := path.Root("approval_item_id")
	decision, err := decided(item)
	switch {
	case err != nil:
		return impossible(undecidable, at, "Can't tell how the approval item was decided",
			"In work item %s, %s. Look the item up in Identity Security Cloud.", describe(wi), err)
	case decision == "" && isClosed(wi):
		return impossible(undecidable, at, "Can't tell how the approval item was decided",
			"Work item %s is closed, but its approval item %s carries no decision.", describe(wi), isc.OneLine(item.ID))
	case asked == "":
		return verdict{standing: undetermined}
	case decision == "":
		return verdict{standing: pending}
	case decision != asked:
		return impossible(ruledOut, path.Root("decision"), "The approval item has been decided the other way",
			"The configuration says %q, but approval item %s of work item %s (%s) is already %s. A decision can't be changed. "+
				"The API doesn't say who decided; the service's audit events do.\n\nWhat to do: to record what was decided, say so in the configuration; otherwise take this decision out of it.",
			asked, isc.OneLine(item.ID), describe(wi), describeApprovalItem(item), pastTense(decision))
	}
	return verdict{standing: done, how: "is already " + pastTense(decision)}
}

// judgeBulkApproval tells how all approval items stand to a decision.
func judgeBulkApproval(wi *isc.WorkItem, asked string) verdict {
	at := path.Root("workitem_id")
	if len(wi.ApprovalItems) == 0 {
		if isClosed(wi) {
			return impossible(undecidable, at, "Can't tell how the approval items were decided",
				"Work item %s is closed, and the service no longer shows its approval items.", describe(wi))
		}
		return impossible(ruledOut, at, "Nothing to decide", "Work item %s has no approval items.", describe(wi))
	}
	var otherWay []string
	var undecided int
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		decision, err := decided(item)
		switch {
		case err != nil, decision == "" && isClosed(wi):
			return judgeApprovalItem(wi, item, asked)
		case decision == "":
			undecided++
		case asked != "" && decision != asked:
			otherWay = append(otherWay, fmt.Sprintf("  - %s, which is %s: %s", isc.OneLine(item.ID), pastTense(decision), describeApprovalItem(item)))
		}
	}
	switch {
	case asked == "":
		return verdict{standing: undetermined}
	case len(otherWay) > 0:
		return impossible(ruledOut, path.Root("decision"), "Approval items have been decided the other way",
			"The configuration says %q for all approval items of work item %s, but these are decided the other way:\n%s\n\nA decision can't be changed. "+
				"To decide the rest, use sailpoint_workitem_approval for each.", asked, describe(wi), strings.Join(otherWay, "\n"))
	case undecided > 0:
		return verdict{standing: pending}
	}
	return verdict{standing: done, how: "has all its approval items " + pastTense(asked) + " already"}
}

// checkExpectedItems compares the ids that the author expects with those that
// are there. Unknown ones are checked once they are known.
func checkExpectedItems(expected types.Set, wi *isc.WorkItem) (diags diag.Diagnostics) {
	if expected.IsNull() || expected.IsUnknown() || isClosed(wi) && len(wi.ApprovalItems) == 0 {
		return nil
	}
	var missing []string
	wanted := map[string]bool{}
	for _, v := range expected.Elements() {
		if v.IsUnknown() {
			return nil
		}
		id := v.(types.String).ValueString() //nolint:forcetypeassert // The set's element type.
		wanted[id] = true
		if findApprovalItem(wi, id) == nil {
			missing = append(missing, id)
		}
	}
	var surplus []string
	for _, item := range wi.ApprovalItems {
		if !wanted[item.ID] {
			surplus = append(surplus, item.ID)
		}
	}
	if len(missing)+len(surplus) > 0 {
		slices.Sort(missing)
		diags.AddAttributeError(path.Root("expected_item_ids"), "The approval items are not the expected ones",
			fmt.Sprintf("Work item %s\n  - lacks: %s\n  - has, unexpected: %s\n\n%s",
				describe(wi), orNone(missing), orNone(surplus), listApprovalItems(wi)))
	}
	return diags
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = isc.OneLine(name)
	}
	return strings.Join(shown, ", ")
}
