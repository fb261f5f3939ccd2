// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
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
		decisionAction("sailpoint_workitem_approve", "Approves", isc.Approved),
		decisionAction("sailpoint_workitem_reject", "Rejects", isc.Rejected),
		bulkDecisionAction("sailpoint_workitem_bulk_approve", "Approves", isc.Approved),
		bulkDecisionAction("sailpoint_workitem_bulk_reject", "Rejects", isc.Rejected),
		newAction(actAction[completeModel]{
			typeName:    "sailpoint_workitem_complete",
			description: "Completes one work item, such as a manual task or a remediation: who invokes it says that the work was done.",
			attributes:  map[string]schema.Attribute{"expected_item_ids": actionItemIDsAttribute(expectedTaskItemIDsDescription)},
			act:         func(m *completeModel, c act.Common) *act.Act { return act.Completion(c, knownTexts(m.ExpectedItemIDs)) },
		}),
		newAction(actAction[forwardActionModel]{
			typeName:    "sailpoint_workitem_forward",
			description: "Forwards one work item from one owner to another.",
			ids:         []idAttribute{{"target_owner_id", "owner id", "Id of the identity to forward to."}},
			attributes: map[string]schema.Attribute{
				"comment": schema.StringAttribute{Required: true, MarkdownDescription: "Comment that goes with the forward."},
				"send_notifications": schema.BoolAttribute{
					Optional: true, MarkdownDescription: "Whether the service notifies the new owner. Default `true`.",
				},
				"expected_owner_id": schema.StringAttribute{
					Required: true, Validators: []validator.String{validID{kind: "owner id", orEmpty: true}}, MarkdownDescription: expectedOwnerIDDescription,
				},
			},
			act: func(m *forwardActionModel, c act.Common) *act.Act {
				return forwardAct(c, m.TargetOwnerID, m.ExpectedOwnerID, m.Comment, m.SendNotifications)
			},
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
			act: func(m *selectionActionModel, c act.Common) *act.Act { return accountSelectionAct(c, m.Selections) },
		}),
	}
}

// The configurations of the actions.
type (
	actionModel struct {
		WorkItemID types.String `tfsdk:"workitem_id"`
	}
	completeModel struct {
		actionModel
		ExpectedItemIDs types.Set `tfsdk:"expected_item_ids"`
	}
	decisionModel struct {
		actionModel
		ApprovalItemID types.String `tfsdk:"approval_item_id"`
		Expect         types.Object `tfsdk:"expect"`
	}
	bulkDecisionModel struct {
		actionModel
		ExpectedItemIDs types.Set `tfsdk:"expected_item_ids"`
	}
	forwardActionModel struct {
		actionModel
		TargetOwnerID     types.String `tfsdk:"target_owner_id"`
		Comment           types.String `tfsdk:"comment"`
		SendNotifications types.Bool   `tfsdk:"send_notifications"`
		ExpectedOwnerID   types.String `tfsdk:"expected_owner_id"`
	}
	selectionActionModel struct {
		actionModel
		Selections types.Dynamic `tfsdk:"selections"`
	}
)

func decisionAction(typeName, verb string, decision isc.Decision) func() action.Action {
	return newAction(actAction[decisionModel]{
		typeName:    typeName,
		description: verb + " one approval item of a work item.",
		ids:         []idAttribute{{"approval_item_id", "approval item id", "Id of the approval item in the work item."}},
		attributes: map[string]schema.Attribute{
			"expect": schema.SingleNestedAttribute{
				Optional: true,
				Attributes: schemaOf(expectTable, func(description string) schema.Attribute {
					return schema.StringAttribute{Optional: true, MarkdownDescription: description}
				}, nil),
				MarkdownDescription: expectDescription,
			},
		},
		act: func(m *decisionModel, c act.Common) *act.Act {
			return approvalAct(c, m.ApprovalItemID, types.StringValue(string(decision)), m.Expect)
		},
		advise: func(m *decisionModel) diag.Diagnostics { return warnOfEmptyExpect(m.Expect) },
	})
}

func bulkDecisionAction(typeName, verb string, decision isc.Decision) func() action.Action {
	return newAction(actAction[bulkDecisionModel]{
		typeName:    typeName,
		description: verb + " all approval items of one work item that are still undecided, by a single request.",
		attributes:  map[string]schema.Attribute{"expected_item_ids": actionItemIDsAttribute(expectedItemIDsDescription)},
		act: func(m *bulkDecisionModel, c act.Common) *act.Act {
			return bulkApprovalAct(c, types.StringValue(string(decision)), m.ExpectedItemIDs)
		},
	})
}

func actionItemIDsAttribute(description string) schema.Attribute {
	return schema.SetAttribute{Optional: true, ElementType: types.StringType, Validators: expectedItemIDsValidators, MarkdownDescription: description}
}

// actAction is the Terraform Action of one kind of act: the plan checks, the
// invocation performs. Model is its configuration.
type actAction[Model any] struct {
	sessionHolder
	typeName, description string
	// ids are the required ids besides workitem_id, and attributes the rest.
	ids        []idAttribute
	attributes map[string]schema.Attribute
	// act makes the act from the configuration, which may be partly unknown.
	act func(*Model, act.Common) *act.Act
	// advise warns of what the configuration leaves out; may be nil.
	advise func(*Model) diag.Diagnostics
}

func newAction[Model any](a actAction[Model]) func() action.Action {
	a.ids = append([]idAttribute{{"workitem_id", "work item id", "Id of the work item."}}, a.ids...)
	return func() action.Action {
		fresh := a
		return &fresh
	}
}

func (a *actAction[Model]) Metadata(_ context.Context, _ action.MetadataRequest, resp *action.MetadataResponse) {
	resp.TypeName = a.typeName
}

func (a *actAction[Model]) Schema(_ context.Context, _ action.SchemaRequest, resp *action.SchemaResponse) {
	attributes := map[string]schema.Attribute{}
	for _, id := range a.ids {
		attributes[id.name] = schema.StringAttribute{Required: true, Validators: []validator.String{validID{kind: id.word}}, MarkdownDescription: id.description}
	}
	maps.Copy(attributes, a.attributes)
	resp.Schema = schema.Schema{
		MarkdownDescription: a.description + " What has been done already, as asked, is not sent again; what is done can't be undone.",
		Attributes:          attributes,
	}
}

func (a *actAction[Model]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	resp.Diagnostics.Append(a.configure(req.ProviderData)...)
}

// read returns the act that the configuration asks for.
func (a *actAction[Model]) read(ctx context.Context, config tfsdk.Config, progress func(string)) (*act.Act, diag.Diagnostics) {
	var model Model
	diags := config.Get(ctx, &model)
	common := act.Common{OnAlreadyDone: act.Skip, Progress: progress}
	for _, id := range a.ids {
		var value types.String
		diags.Append(config.GetAttribute(ctx, path.Root(id.name), &value)...)
		if value.IsUnknown() {
			common.Unknown = append(common.Unknown, id.name)
		}
		if id.name == "workitem_id" {
			common.WorkItemID = value.ValueString()
		}
	}
	if diags.HasError() {
		return nil, diags
	}
	made := a.act(&model, common)
	// Here rather than in a validation, which would repeat it in every run,
	// whether the action is to be invoked or not.
	if a.advise != nil && a.session.engine.FirstTime("advised to "+made.Doing()) {
		diags.Append(a.advise(&model)...)
	}
	return made, diags
}

// ModifyPlan reads the work item and applies every check, so that the plan
// fails where the invocation would.
func (a *actAction[Model]) ModifyPlan(ctx context.Context, req action.ModifyPlanRequest, resp *action.ModifyPlanResponse) {
	planned, diags := a.read(ctx, req.Config, nil)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	defer a.session.notices(&resp.Diagnostics)
	ctx, cancel := context.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()
	_, verdict := a.session.engine.Preview(ctx, planned)
	resp.Diagnostics.Append(a.anchor(verdict.Diags)...)
}

// Invoke performs the act, and reports each step.
func (a *actAction[Model]) Invoke(ctx context.Context, req action.InvokeRequest, resp *action.InvokeResponse) {
	var unheard []string
	progress := func(message string) {
		if ctx.Err() == nil {
			resp.SendProgress(action.InvokeProgressEvent{Message: message})
		} else {
			unheard = append(unheard, message)
		}
	}
	invoked, diags := a.read(ctx, req.Config, progress)
	resp.Diagnostics.Append(diags...)
	if diags.HasError() {
		return
	}
	defer a.session.notices(&resp.Diagnostics)
	performing, cancel := context.WithTimeout(ctx, defaultActTimeout)
	defer cancel()
	finished, diags := a.session.engine.Perform(performing, invoked, func(*isc.WorkItem, act.Verdict) diag.Diagnostics { return nil })
	if !diags.HasError() {
		switch finished.Outcome {
		case act.Performed:
			progress(invoked.Did() + finished.Circumstances() + ".")
		case act.Confirmed:
			progress(invoked.Did() + ": the answer was lost, but the work item shows it as done. Another actor can't be excluded.")
		default:
			// The engine has told that there was nothing to do.
		}
	}
	resp.Diagnostics.Append(a.anchor(diags)...)
	if len(unheard) > 0 {
		// Once it is interrupted, Terraform shows no more progress.
		resp.Diagnostics.AddAttributeWarning(path.Root("workitem_id"), "Interrupted: what became of the action", strings.Join(unheard, "\n"))
	}
}

// anchor moves diagnostics about arguments that only the resource has, such as
// decision, to the work item.
func (a *actAction[Model]) anchor(diags diag.Diagnostics) (anchored diag.Diagnostics) {
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

func (a *actAction[Model]) isID(name string) bool {
	return slices.ContainsFunc(a.ids, func(id idAttribute) bool { return id.name == name })
}
