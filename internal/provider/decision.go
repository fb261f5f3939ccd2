// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"

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
		return "", fmt.Errorf("approval item %s has the state %q, which says neither approved nor rejected nor undecided", item.ID, state)
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

// listApprovalItems names the approval items of a work item for a person.
func listApprovalItems(wi *isc.WorkItem) string {
	if len(wi.ApprovalItems) == 0 {
		return "It has no approval items."
	}
	lines := []string{"It has these:"}
	for _, item := range wi.ApprovalItems {
		lines = append(lines, fmt.Sprintf("  - %s: %s", item.ID, describeApprovalItem(&item)))
	}
	return strings.Join(lines, "\n")
}

// describeApprovalItem says what an approval item asks for.
func describeApprovalItem(item *isc.ApprovalItem) string {
	text := fmt.Sprintf("%s %s %s for %s on %s", deref(item.Operation), deref(item.Name), deref(item.Value), deref(item.Account), deref(item.Application))
	return strings.Join(strings.Fields(text), " ")
}
