// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// Forward is the act of forwarding a work item from one owner, "" being nobody,
// to another.
func Forward(common Common, expectedOwnerID string, f isc.Forward) *Act {
	return &Act{
		Common:        common,
		kind:          KindForward,
		needsOwnGuard: true,
		intent:        f.TargetOwnerID,
		doing:         fmt.Sprintf("forward work item %s to %s", isc.OneLine(common.WorkItemID), isc.OneLine(f.TargetOwnerID)),
		did:           fmt.Sprintf("Forwarded work item %s to %s", isc.OneLine(common.WorkItemID), isc.OneLine(f.TargetOwnerID)),
		evidence:      "The API doesn't say who did it; the service's audit event WORK_ITEM_FORWARD may.",
		describe: func(wi *isc.WorkItem) string {
			return fmt.Sprintf("now owned by %s, %s", orNull(wi.OwnerID), orNull(wi.OwnerName))
		},
		guard: func(*isc.WorkItem) diag.Diagnostics { return nil },
		judge: func(wi *isc.WorkItem) Verdict {
			switch {
			case deref(wi.OwnerID) == f.TargetOwnerID:
				return Verdict{Status: Done, how: "already belongs to " + f.TargetOwnerID}
			case wi.Closed():
				return impossible(path.Root("workitem_id"), "The work item is closed",
					"Work item %s is closed with the state %s (completed %s), so there is nothing left to forward.\n\n%s",
					Describe(wi), orNull(wi.State), orNull(wi.Completed), common.takeOut())
			}
			return Verdict{Status: Pending}
		},
		precondition: func(wi *isc.WorkItem) diag.Diagnostics {
			if !common.isKnown("expected_owner_id") || deref(wi.OwnerID) == expectedOwnerID {
				return nil
			}
			return diag.Diagnostics{movedOn(common, wi)}
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			return client.ForwardWorkItem(ctx, common.WorkItemID, f)
		},
		// The new owner's work items may be none of the caller's business.
		withoutPermission: func(before *isc.WorkItem) *isc.WorkItem {
			after := *before
			after.OwnerID, after.OwnerName = &f.TargetOwnerID, nil
			return &after
		},
		summary: func(wi *isc.WorkItem) string {
			return "forward: " + quoted(wi.Name, wi.Description, &wi.ID) + " to " + f.TargetOwnerID
		},
	}
}

// movedOn is the error of a forward from an owner who doesn't have the work
// item, most often because it has moved on since it was forwarded before.
func movedOn(common Common, wi *isc.WorkItem) diag.Diagnostic {
	next := "ask the owner. Correct expected_owner_id only if the work item is to be taken from there."
	if common.OnAlreadyDone != Skip {
		next += " If Terraform is making a former record anew, because of a taint or a new address, keep it with terraform untaint or a moved block."
	}
	return diag.NewAttributeErrorDiagnostic(path.Root("expected_owner_id"), "The work item belongs to another owner than expected",
		fmt.Sprintf("Work item %s belongs to %s (%s), not to expected_owner_id: moved on by somebody, perhaps after your forward.\n\n%s %s",
			Describe(wi), orNull(wi.OwnerID), orNull(wi.OwnerName), whatToDo, next))
}
