// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// forwardModel is the model of sailpoint_workitem_forward.
type forwardModel struct {
	actFields
	TargetOwnerID     types.String `tfsdk:"target_owner_id"`
	TargetOwnerName   types.String `tfsdk:"target_owner_name"`
	Comment           types.String `tfsdk:"comment"`
	SendNotifications types.Bool   `tfsdk:"send_notifications"`
	ExpectedOwnerID   types.String `tfsdk:"expected_owner_id"`
	PreviousOwnerID   types.String `tfsdk:"previous_owner_id"`
	PreviousOwnerName types.String `tfsdk:"previous_owner_name"`
}

const expectedOwnerIDDescription = "Id of the owner from whom the work item is to be forwarded; `\"\"` if nobody owns it. If somebody else owns it, nothing is sent: " +
	"a forward that is made again must not pull back a work item that has moved on."

func newWorkItemForwardResource() resource.Resource {
	return &actResource[forwardModel, *forwardModel]{kind: actKind{
		typeName: "sailpoint_workitem_forward",
		description: "Forwards one work item from one owner to another, once. The plan names the new owner. If the new owner, or somebody else, forwards it on, it is never pulled back: " +
			"the resource is the record of this forward.",
		noun: "forward",
		ids: []idAttribute{
			workItemIDAttribute,
			{"target_owner_id", "owner id", "Id of the identity to forward to (documented for identities; a governance group's id may work). Changing it makes a new forward, from the former target."},
		},
		attributes: map[string]schema.Attribute{
			"target_owner_name": schema.StringAttribute{
				Computed: true,
				MarkdownDescription: "Name of the target, as far as the token may look people up. Known in the plan; null where it was not found or not asked. " +
					"Plan and apply must be made with the same right to look people up.",
			},
			"comment": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "Comment that goes with the forward. It can't be changed once the work item is forwarded.",
			},
			"send_notifications": schema.BoolAttribute{
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(true),
				MarkdownDescription: "Whether the service notifies the new owner. Default `true`. It can't be changed once the work item is forwarded.",
			},
			"expected_owner_id": schema.StringAttribute{
				Required:            true,
				Validators:          []validator.String{validID{kind: "owner id", orEmpty: true}},
				MarkdownDescription: expectedOwnerIDDescription,
			},
			"previous_owner_id": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Id of the owner from whom the work item was forwarded. Null where the forward was adopted.",
			},
			"previous_owner_name": schema.StringAttribute{
				Computed:            true,
				MarkdownDescription: "Name of that owner.",
			},
		},
	}}
}

func (m *forwardModel) idValues() []*types.String {
	return []*types.String{&m.WorkItemID, &m.TargetOwnerID}
}

func (m *forwardModel) act(c act.Common) *act.Act {
	return forwardAct(c, m.TargetOwnerID, m.ExpectedOwnerID, m.Comment, m.SendNotifications)
}

// forwardAct makes the act of a forward; notifications are sent unless the
// configuration says otherwise.
func forwardAct(c act.Common, target, expectedOwner, comment types.String, notify types.Bool) *act.Act {
	for name, unknown := range map[string]bool{
		"expected_owner_id": expectedOwner.IsUnknown(), "comment": comment.IsUnknown(), "send_notifications": notify.IsUnknown(),
	} {
		if unknown {
			c.Unknown = append(c.Unknown, name)
		}
	}
	return act.Forward(c, expectedOwner.ValueString(), isc.Forward{
		TargetOwnerID:     target.ValueString(),
		Comment:           comment.ValueString(),
		SendNotifications: notify.IsNull() || notify.ValueBool(),
	})
}

func (m *forwardModel) computed() map[string]attr.Value {
	values := m.actFields.computed()
	maps.Copy(values, map[string]attr.Value{
		"target_owner_name": m.TargetOwnerName, "previous_owner_id": m.PreviousOwnerID, "previous_owner_name": m.PreviousOwnerName,
	})
	return values
}

// preview leaves the previous owner open: who that is may change meanwhile.
func (m *forwardModel) preview(*isc.WorkItem) {
	m.PreviousOwnerID, m.PreviousOwnerName = types.StringUnknown(), types.StringUnknown()
}

func (m *forwardModel) setOutcome(r *act.Result) {
	m.actFields.setOutcome(r)
	m.PreviousOwnerID, m.PreviousOwnerName = types.StringNull(), types.StringNull()
	if r.Outcome != act.Adopted {
		m.PreviousOwnerID, m.PreviousOwnerName = types.StringPointerValue(shown(r.Before.OwnerID)), types.StringPointerValue(shown(r.Before.OwnerName))
	}
	if m.TargetOwnerName.IsUnknown() {
		m.TargetOwnerName = types.StringNull()
	}
}

// lookUp finds the target's name, unless the plan has it.
func (m *forwardModel) lookUp(ctx context.Context, s *session) (diags diag.Diagnostics) {
	if !m.TargetOwnerName.IsUnknown() && !m.TargetOwnerName.IsNull() {
		return nil
	}
	id := m.TargetOwnerID.ValueString()
	identity, err := s.client.IdentityByID(ctx, id)
	if err == nil {
		m.TargetOwnerName = types.StringPointerValue(shown(identity.Name))
	}
	if !s.engine.FirstTime("looked up " + id) {
		return nil
	}
	at := path.Root("target_owner_id")
	switch {
	case errors.Is(err, isc.ErrNotFound):
		diags.AddAttributeWarning(at, "The target of the forward is no known identity",
			fmt.Sprintf("Nobody with the id %s was found among the tenant's identities. It may be a governance group, or wrong; the service decides. target_owner_name stays null.", id))
	case err != nil:
		diags.AddAttributeWarning(at, "The name of the forward's target is not known",
			fmt.Sprintf("The identity %s could not be looked up, so target_owner_name stays null: %s Plan and apply must be made with the same right to look people up: "+
				"Terraform stops an apply whose token can't see what the plan's could.", id, act.Sentence(err.Error())))
	case identity.IsInactive():
		diags.AddAttributeWarning(at, "The target of the forward is inactive",
			fmt.Sprintf("%s (%s) has the state %s. Work items forwarded to somebody who has left stay undone.", isc.OneLine(deref(identity.Name)), id, isc.OneLine(deref(identity.State))))
	}
	return diags
}

func (m *forwardModel) final(prior *forwardModel) (diags diag.Diagnostics) {
	if prior.Outcome.ValueString() == act.Adopted {
		return nil
	}
	for name, changed := range map[string]bool{
		"comment":            !m.Comment.IsUnknown() && !m.Comment.Equal(prior.Comment),
		"send_notifications": !m.SendNotifications.IsUnknown() && !m.SendNotifications.Equal(prior.SendNotifications),
	} {
		if changed {
			diags.AddAttributeError(path.Root(name), "What was sent can't be changed",
				fmt.Sprintf("Work item %s has been forwarded to %s, and %s went with it. The record says what was sent. Nothing was sent now.\n\n"+
					"What to do: set %s to its former value.", m.WorkItemID.ValueString(), m.TargetOwnerID.ValueString(), name, name))
		}
	}
	return diags
}

func (m *forwardModel) edited() string { return editedOutcome(&m.actFields) }

// editedOutcome tells what is wrong with a state that is always of a done act.
func editedOutcome(f *actFields) string {
	if !f.isDone() {
		return "it has no outcome"
	}
	return ""
}

func (m *forwardModel) imported(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	m.SendNotifications = types.BoolValue(true)
	m.TargetOwnerName = types.StringNull()
	if m.act(act.Common{WorkItemID: m.WorkItemID.ValueString(), Unknown: []string{"expected_owner_id"}}).Check(wi).Status != act.Done {
		return false, notImportable(wi, strings.TrimSpace(fmt.Sprintf("it is owned by %s %s, not by %s", isc.OneLine(deref(wi.OwnerID)), isc.OneLine(deref(wi.OwnerName)), m.TargetOwnerID.ValueString())))
	}
	return true, nil
}
