// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var (
	_ action.ActionWithConfigure  = (*actAction[completeModel])(nil)
	_ action.ActionWithModifyPlan = (*actAction[completeModel])(nil)
)

// workItemActions lists the Terraform Actions, one for each POST operation of
// the API. An action does by the same engine what its resource does, and leaves
// nothing in the state.
func workItemActions() []func() action.Action {
	return []func() action.Action{
		decisionAction("sailpoint_workitem_approve", "Approves", decisionApprove),
		decisionAction("sailpoint_workitem_reject", "Rejects", decisionReject),
		bulkDecisionAction("sailpoint_workitem_bulk_approve", "Approves", decisionApprove),
		bulkDecisionAction("sailpoint_workitem_bulk_reject", "Rejects", decisionReject),
		newAction(actAction[completeModel]{
			typeName:    "sailpoint_workitem_complete",
			description: "Completes one work item, such as a manual action or a remediation.",
			act:         func(m *completeModel) act { return completionAct(m.WorkItemID.ValueString(), alreadyDoneSkip) },
		}),
		newAction(actAction[forwardActionModel]{
			typeName:    "sailpoint_workitem_forward",
			description: "Forwards one work item to another owner.",
			ids:         []idAttribute{{"target_owner_id", "owner id", "Id of the identity or governance group to forward to."}},
			attributes: map[string]schema.Attribute{
				"comment": schema.StringAttribute{Required: true, MarkdownDescription: "Comment that goes with the forward."},
				"send_notifications": schema.BoolAttribute{
					Optional: true, MarkdownDescription: "Whether the service notifies the new owner. Default `true`.",
				},
				"expected_owner_id": schema.StringAttribute{
					Optional: true, Validators: []validator.String{validID{"owner id"}},
					MarkdownDescription: "Id of the owner that the author of the forward takes the work item to have now. If somebody else owns it, nothing is sent. " +
						"Without it, an action that is triggered again pulls back a work item that has moved on.",
				},
			},
			act: func(m *forwardActionModel) act {
				return forwardAct(m.WorkItemID.ValueString(), isc.Forward{
					TargetOwnerID:     m.TargetOwnerID.ValueString(),
					Comment:           m.Comment.ValueString(),
					SendNotifications: m.SendNotifications.IsNull() || m.SendNotifications.ValueBool(),
				}, m.ExpectedOwnerID, alreadyDoneSkip)
			},
			advise: warnOfUnexpectedOwner,
		}),
		newAction(actAction[selectionActionModel]{
			typeName:    "sailpoint_workitem_submit_account_selection",
			description: "Submits the account selections that the form of one work item asks for.",
			attributes: map[string]schema.Attribute{
				"selections": schema.DynamicAttribute{
					Required: true, Validators: []validator.Dynamic{validSelections{}},
					MarkdownDescription: "The selections: an object or map keyed on form field name, with any values. It is sent exactly as configured, as a JSON object.",
				},
			},
			act: func(m *selectionActionModel) act {
				return accountSelectionAct(m.WorkItemID.ValueString(), m.Selections, alreadyDoneSkip)
			},
		}),
	}
}

// The configurations of the actions.
type (
	completeModel struct {
		WorkItemID types.String `tfsdk:"workitem_id"`
	}
	decisionModel struct {
		completeModel
		ApprovalItemID types.String `tfsdk:"approval_item_id"`
		Expect         types.Object `tfsdk:"expect"`
	}
	bulkDecisionModel struct {
		completeModel
		ExpectedItemIDs types.Set `tfsdk:"expected_item_ids"`
	}
	forwardActionModel struct {
		completeModel
		TargetOwnerID     types.String `tfsdk:"target_owner_id"`
		Comment           types.String `tfsdk:"comment"`
		SendNotifications types.Bool   `tfsdk:"send_notifications"`
		ExpectedOwnerID   types.String `tfsdk:"expected_owner_id"`
	}
	selectionActionModel struct {
		completeModel
		Selections types.Dynamic `tfsdk:"selections"`
	}
)

func decisionAction(typeName, verb, decision string) func() action.Action {
	expectation := map[string]schema.Attribute{}
	for _, e := range expectations {
		expectation[e.name] = schema.StringAttribute{Optional: true, MarkdownDescription: e.description}
	}
	return newAction(actAction[decisionModel]{
		typeName:    typeName,
		description: verb + " one approval item of a work item.",
		ids:         []idAttribute{{"approval_item_id", "approval item id", "Id of the approval item in the work item."}},
		attributes: map[string]schema.Attribute{
			"expect": schema.SingleNestedAttribute{Optional: true, Attributes: expectation, MarkdownDescription: expectDescription},
		},
		act: func(m *decisionModel) act {
			return approvalAct(m.WorkItemID.ValueString(), m.ApprovalItemID.ValueString(), types.StringValue(decision), m.Expect, alreadyDoneSkip)
		},
		advise: func(m *decisionModel) diag.Diagnostics { return warnOfEmptyExpectation(m.Expect) },
	})
}

func bulkDecisionAction(typeName, verb, decision string) func() action.Action {
	return newAction(actAction[bulkDecisionModel]{
		typeName:    typeName,
		description: verb + " all approval items of one work item that are still undecided, by a single request.",
		attributes: map[string]schema.Attribute{
			"expected_item_ids": schema.SetAttribute{
				Optional: true, ElementType: types.StringType,
				Validators:          expectedItemIDsValidators,
				MarkdownDescription: expectedItemIDsDescription,
			},
		},
		act: func(m *bulkDecisionModel) act {
			return bulkApprovalAct(m.WorkItemID.ValueString(), types.StringValue(decision), m.ExpectedItemIDs, alreadyDoneSkip)
		},
	})
}

// warnOfUnexpectedOwner advises a forward to name the owner that it expects:
// an action has no state by which to know that it has been done before.
func warnOfUnexpectedOwner(m *forwardActionModel) (diags diag.Diagnostics) {
	if m.ExpectedOwnerID.IsNull() {
		diags.AddAttributeWarning(path.Root("expected_owner_id"), "The forward doesn't say whose work item it expects",
			"Each time it is triggered, it forwards the work item again, from whoever owns it then: one that the new owner has passed on is pulled back. Set expected_owner_id to the owner from whom it is to be forwarded.")
	}
	return diags
}

// actAction is the Terraform Action of one kind of act: the plan checks, the
// invocation performs. M is its configuration.
type actAction[M any] struct {
	sessionHolder
	typeName, description string
	// ids are the required ids besides workitem_id, and attributes the rest.
	ids        []idAttribute
	attributes map[string]schema.Attribute
	// act makes the act from the configuration, which may be partly unknown.
	act func(*M) act
	// advise warns of what the configuration leaves out; may be nil.
	advise func(*M) diag.Diagnostics
}

func newAction[M any](a actAction[M]) func() action.Action {
	a.ids = append([]idAttribute{{"workitem_id", "work item id", "Id of the work item."}}, a.ids...)
	return func() action.Action {
		fresh := a
		return &fresh
	}
}

func (a *actAction[M]) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = a.typeName
}

func (a *actAction[M]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for _, id := range a.ids {
		attributes[id.name] = schema.StringAttribute{Required: true, Validators: []validator.String{validID{id.word}}, MarkdownDescription: id.description}
	}
	maps.Copy(attributes, a.attributes)
	resp.Schema = schema.Schema{
		MarkdownDescription: a.description + " What has been done already, as asked, is not sent again; what is done can't be undone.",
		Attributes:          attributes,
	}
}

func (a *actAction[M]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	resp.Diagnostics.Append(a.configure(req.ProviderData)...)
}

// read returns the act that the configuration asks for, and whether its ids are
// known.
func (a *actAction[M]) read(ctx context.Context, config tfsdk.Config) (act act, idsKnown bool, diags diag.Diagnostics) {
	var model M
	diags.Append(config.Get(ctx, &model)...)
	idsKnown = true
	for _, id := range a.ids {
		var value types.String
		diags.Append(config.GetAttribute(ctx, path.Root(id.name), &value)...)
		idsKnown = idsKnown && !value.IsUnknown()
	}
	if diags.HasError() {
		return act, false, diags
	}
	act = a.act(&model)
	// Here rather than in a validation, which would repeat it in every run,
	// whether the action is to be invoked or not.
	if a.advise != nil && a.session.once("advised to "+act.doing) {
		diags.Append(a.advise(&model)...)
	}
	return act, idsKnown, diags
}

func (a *actAction[M]) isID(name string) bool {
	return slices.ContainsFunc(a.ids, func(id idAttribute) bool { return id.name == name })
}

// ModifyPlan reads the work item and applies every check, so that the plan
// fails where the invocation would.
func (a *actAction[M]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	act, idsKnown, diags := a.read(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	defer a.session.notices(&resp.Diagnostics)
	ctx, cancel := context.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()
	_, standing, diags := a.session.preview(ctx, act, idsKnown)
	if standing == done {
		a.session.once(adoptionWarned + act.doing)
	}
	resp.Diagnostics.Append(a.anchor(diags)...)
}

// Invoke performs the act, and reports each step.
func (a *actAction[M]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	act, _, diags := a.read(ctx, req.Config)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	defer a.session.notices(&resp.Diagnostics)
	var unheard []string
	act.progress = func(message string) {
		if ctx.Err() == nil {
			resp.SendProgress(action.InvokeProgressEvent{Message: message})
		} else {
			unheard = append(unheard, message)
		}
	}
	performing, cancel := context.WithTimeout(ctx, defaultActTimeout)
	defer cancel()
	finished, diags := a.session.perform(performing, act, func(*isc.WorkItem) diag.Diagnostics { return nil })
	if !diags.HasError() {
		switch finished.outcome {
		case outcomePerformed:
			act.report("%s%s.", act.did, finished.circumstances())
		case outcomeConfirmed:
			act.report("%s: the answer was lost, but the work item shows it as done. Another actor can't be excluded.", act.did)
		default:
			// The engine has told that there was nothing to do.
		}
		if finished.outcome == outcomeAdopted && !a.session.once(adoptionWarned+act.doing) {
			diags = nil
		}
	}
	resp.Diagnostics.Append(a.anchor(diags)...)
	if len(unheard) > 0 {
		// Once it is interrupted, Terraform shows no more progress.
		resp.Diagnostics.AddAttributeWarning(path.Root("workitem_id"), "Interrupted: what became of the action", strings.Join(unheard, "\n"))
	}
}

// circumstances says when, and as whom, an act was performed, as far as known.
func (r *result) circumstances() (text string) {
	if !r.performedAt.IsZero() {
		text = " at " + r.performedAt.UTC().Format(time.RFC3339)
	}
	if r.performedBy != "" {
		text += ", as identity " + r.performedBy
	}
	return text
}

// anchor moves diagnostics about arguments that only the resource has, such as
// decision, to the work item.
func (a *actAction[M]) anchor(diags diag.Diagnostics) (anchored diag.Diagnostics) {
	for _, d := range diags {
		if on, ok := d.(diag.DiagnosticWithPath); ok && len(on.Path().Steps()) > 0 {
			name := on.Path().Steps()[0].String()
			if _, has := a.attributes[name]; !has && !a.isID(name) {
				d = diag.WithPath(path.Root("workitem_id"), on)
			}
		}
		anchored = append(anchored, d)
	}
	return anchored
}
