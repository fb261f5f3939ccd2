// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// completionModel is the model of sailpoint_workitem_completion, which has
// nothing of its own.
type completionModel struct{ actFields }

func newWorkItemCompletionResource() resource.Resource {
	return &actResource[completionModel, *completionModel]{kind: actKind{
		typeName: "sailpoint_workitem_completion",
		description: "Completes one work item, such as a manual action or a remediation, once. " +
			"A completion is final: destroying the resource only forgets it.",
		noun: "completion",
		ids:  []idAttribute{workItemIDAttribute},
	}}
}

func (m *completionModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

func (m *completionModel) act() act {
	return completionAct(m.WorkItemID.ValueString(), m.OnAlreadyDone.ValueString())
}

func (m *completionModel) facts() map[string]attr.Value { return nil }

func (m *completionModel) preview(*isc.WorkItem) {}

func (m *completionModel) record(*isc.WorkItem) {}

func (m *completionModel) keep(*completionModel) {}

func (m *completionModel) final(*completionModel) diag.Diagnostics { return nil }

func (m *completionModel) adopt(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	switch v := m.act().judge(wi); v.standing {
	case done:
		return true, nil
	case pending:
		return false, notImportable(wi, "it is still open")
	default:
		return false, v.diags
	}
}

// completionAct is the act of completing a work item.
func completionAct(workItemID, onAlreadyDone string) act {
	return act{
		workItemID: workItemID,
		doing:      "complete work item " + workItemID,
		did:        "Completed work item " + workItemID,
		what: func(wi *isc.WorkItem) string {
			return strings.Join(slices.Concat(present(wi.Type), present(wi.Description)), ": ")
		},
		onAlreadyDone: onAlreadyDone,
		guard:         func(*isc.WorkItem) diag.Diagnostics { return nil },
		judge: func(wi *isc.WorkItem) verdict {
			switch {
			case isFinished(wi):
				return verdict{standing: done, how: "is already completed"}
			case isClosed(wi):
				return alreadyClosed(wi)
			}
			return verdict{standing: pending, diags: warnOfUndecided(wi)}
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			return client.CompleteWorkItem(ctx, workItemID)
		},
	}
}

// warnOfUndecided names the approval items that a completion would leave
// undecided.
func warnOfUndecided(wi *isc.WorkItem) (diags diag.Diagnostics) {
	var undecided []string
	for _, item := range undecidedItems(wi) {
		undecided = append(undecided, fmt.Sprintf("  - %s: %s", isc.OneLine(item.ID), describeApprovalItem(item)))
	}
	if len(undecided) > 0 {
		diags.AddAttributeWarning(path.Root("workitem_id"), "Approval items are still undecided",
			fmt.Sprintf("Completing work item %s leaves these approval items without a decision:\n%s", describe(wi), strings.Join(undecided, "\n")))
	}
	return diags
}
