// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// forwardModel is the model of sailpoint_workitem_forward.
type forwardModel struct {
	actFields
	TargetOwnerID     types.String `tfsdk:"target_owner_id"`
	Comment           types.String `tfsdk:"comment"`
	SendNotifications types.Bool   `tfsdk:"send_notifications"`
	ExpectedOwnerID   types.String `tfsdk:"expected_owner_id"`
	PreviousOwnerID   types.String `tfsdk:"previous_owner_id"`
}

func newWorkItemForwardResource() resource.Resource {
	return &actResource[forwardModel, *forwardModel]{kind: actKind{
		typeName: "sailpoint_workitem_forward",
		description: "Forwards one work item to another owner, once. The plan shows who owns it now. If the new owner, or somebody else, forwards it on, " +
			"that is shown as drift and the work item is never pulled back.",
		noun: "forward",
		ids: []idAttribute{
			workItemIDAttribute,
			{"target_owner_id", "owner id", "Id of the identity or governance group to forward to. Changing it makes a new forward."},
		},
		undoable: true,
		attributes: map[string]schema.Attribute{
			"comment": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Comment that goes with the forward. Changing it later sends nothing.",
			},
			"send_notifications": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
				MarkdownDescription: "Whether the service notifies the new owner. Default `true`. Changing it later sends nothing.",
			},
			"expected_owner_id": schema.StringAttribute{
				Optional:   true,
				Validators: []validator.String{validID{"owner id"}},
				MarkdownDescription: "Id of the owner that the author of the forward takes the work item to have now. If somebody else owns it, nothing is sent. " +
					"Without it, a forward that is made again would pull back a work item that has moved on.",
			},
			"previous_owner_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the owner from whom the work item was forwarded. Null when it belonged to the target already when it was planned.",
			},
		},
	}}
}

func (m *forwardModel) idValues() []*types.String {
	return []*types.String{&m.WorkItemID, &m.TargetOwnerID}
}

func (m *forwardModel) act() act {
	return forwardAct(m.WorkItemID.ValueString(), isc.Forward{
		TargetOwnerID:     m.TargetOwnerID.ValueString(),
		Comment:           m.Comment.ValueString(),
		SendNotifications: m.SendNotifications.ValueBool(),
	}, m.ExpectedOwnerID, m.OnAlreadyDone.ValueString())
}

func (m *forwardModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"previous_owner_id": m.PreviousOwnerID}
}

func (m *forwardModel) preview(wi *isc.WorkItem) {
	switch {
	case m.act().judge(wi).standing != done:
		m.PreviousOwnerID = types.StringPointerValue(wi.OwnerID)
	case m.PreviousOwnerID.IsUnknown():
		m.PreviousOwnerID = types.StringNull()
	default:
		// Somebody forwarded it, as asked, since the owner was planned, which
		// remains what it says: the owner before.
	}
}

func (m *forwardModel) record(*isc.WorkItem) {}

func (m *forwardModel) keep(prior *forwardModel) { m.PreviousOwnerID = prior.PreviousOwnerID }

func (m *forwardModel) final(*forwardModel) diag.Diagnostics { return nil }

func (m *forwardModel) adopt(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	m.SendNotifications = types.BoolValue(true)
	if m.act().judge(wi).standing != done {
		return false, notImportable(wi, fmt.Sprintf("it is owned by %s (%s), not by %s", deref(wi.OwnerID), deref(wi.OwnerName), m.TargetOwnerID.ValueString()))
	}
	return true, nil
}

// forwardAct is the act of forwarding a work item.
func forwardAct(workItemID string, f isc.Forward, expectedOwnerID types.String, onAlreadyDone string) act {
	return act{
		workItemID: workItemID,
		doing:      fmt.Sprintf("forward work item %s to %s", workItemID, f.TargetOwnerID),
		did:        fmt.Sprintf("Forwarded work item %s to %s", workItemID, f.TargetOwnerID),
		what: func(wi *isc.WorkItem) string {
			return fmt.Sprintf("now owned by %s, %s", orNull(wi.OwnerID), orNull(wi.OwnerName))
		},
		onAlreadyDone: onAlreadyDone,
		guard:         func(*isc.WorkItem) diag.Diagnostics { return nil },
		judge: func(wi *isc.WorkItem) verdict {
			switch {
			case deref(wi.OwnerID) == f.TargetOwnerID:
				return verdict{standing: done, how: "already belongs to " + f.TargetOwnerID}
			case isClosed(wi):
				return alreadyClosed(wi)
			}
			return verdict{standing: pending}
		},
		hold: func(wi *isc.WorkItem) (diags diag.Diagnostics) {
			if !expectedOwnerID.IsNull() && !expectedOwnerID.IsUnknown() && deref(wi.OwnerID) != expectedOwnerID.ValueString() {
				diags.AddAttributeError(path.Root("expected_owner_id"), "The work item belongs to another owner than expected",
					fmt.Sprintf("Work item %s belongs to %s (%s), but the configuration expects %s. Either it was moved on by somebody, perhaps after your forward, or expected_owner_id is wrong.\n\nWhat to do: ask the owner. Correct expected_owner_id only if the work item is to be taken from there.",
						describe(wi), orNull(wi.OwnerID), orNull(wi.OwnerName), expectedOwnerID.ValueString()))
			}
			return diags
		},
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			return client.ForwardWorkItem(ctx, workItemID, f)
		},
		// The new owner's work items may be none of the caller's business.
		unseen: func(before *isc.WorkItem) *isc.WorkItem {
			after := *before
			after.OwnerID, after.OwnerName = &f.TargetOwnerID, nil
			return &after
		},
	}
}
