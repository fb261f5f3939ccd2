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

// Completion is the act of completing a work item. The expected ids are nil if
// there is no such guard, and empty if the work item is to have no items.
func Completion(common Common, expectedIDs []string) *Act {
	a := &Act{
		Common:   common,
		kind:     KindCompletion,
		intent:   "complete",
		doing:    "complete work item " + isc.OneLine(common.WorkItemID),
		did:      "Completed work item " + isc.OneLine(common.WorkItemID),
		evidence: "The API doesn't say who did it, and the service documents no audit event for it: the item itself is the only evidence.",
		describe: func(wi *isc.WorkItem) string {
			var parts []string
			for _, part := range []*string{wi.Type, wi.Description} {
				if part != nil {
					parts = append(parts, isc.OneLine(*part))
				}
			}
			return strings.Join(parts, ": ")
		},
		guard: func(wi *isc.WorkItem) diag.Diagnostics {
			return guardItems(wi, expectedIDs, slices.Concat(approvalItems(wi), remediationItems(wi)))
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			return client.CompleteWorkItem(ctx, common.WorkItemID)
		},
		summary: func(wi *isc.WorkItem) string { return "complete: " + summarizeTask(wi) },
	}
	a.judge = func(wi *isc.WorkItem) Verdict {
		switch {
		case wi.Finished():
			return Verdict{Status: Done, how: "is already completed"}
		case wi.Closed():
			return a.closedOtherwise(wi)
		case !common.isKnown("done"):
			return Verdict{Status: Undetermined}
		}
		return Verdict{Status: Pending}
	}
	return a
}

// OpenTask says in one line what a work item that is not to be completed yet
// asks for.
func OpenTask(wi *isc.WorkItem) string { return leading("") + summarizeTask(wi) }

func summarizeTask(wi *isc.WorkItem) string {
	parts := []string{quoted(wi.Description, wi.Name, &wi.ID), fmt.Sprintf("%d items", len(wi.ApprovalItems)+len(wi.RemediationItems))}
	if kind := quoted(wi.Type); kind != "" {
		parts = slices.Insert(parts, 0, kind)
	}
	return strings.Join(parts, ", ")
}

// warnOfUndecided names the approval items that completing an approval would
// leave undecided, less those that this run decides. In a manual task they are
// changes to make, and undecided is how they stay.
func warnOfUndecided(wi *isc.WorkItem, decides func(itemID string) bool) (diags diag.Diagnostics) {
	if !strings.EqualFold(deref(wi.Type), "Approval") {
		return nil
	}
	var lines []string
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		if decision, err := item.Decision(); decision == isc.Undecided && err == nil && !decides(item.ID) {
			lines = append(lines, isc.OneLine(item.ID)+": "+DescribeItem(item))
		}
	}
	if len(lines) > 0 {
		diags.AddAttributeWarning(path.Root("workitem_id"), "Approval items are still undecided",
			fmt.Sprintf("Completing work item %s leaves these approval items without a decision:\n%s", Describe(wi), isc.Lines(lines)))
	}
	return diags
}
