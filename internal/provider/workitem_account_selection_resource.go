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
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// accountSelectionModel is the model of sailpoint_workitem_account_selection.
type accountSelectionModel struct {
	actFields
	Selections types.Dynamic `tfsdk:"selections"`
	Form       types.Object  `tfsdk:"form"`
}

var formFacts = factSet[isc.Form]{
	{"id", "Id of the form.", func(f *isc.Form) *string { return f.ID }, false},
	{"name", "Name of the form.", func(f *isc.Form) *string { return f.Name }, false},
	{"title", "Title of the form.", func(f *isc.Form) *string { return f.Title }, false},
	{"target_user", "Name of the user the form is for.", func(f *isc.Form) *string { return f.TargetUser }, false},
}

func newWorkItemAccountSelectionResource() resource.Resource {
	return &actResource[accountSelectionModel, *accountSelectionModel]{kind: actKind{
		typeName: "sailpoint_workitem_account_selection",
		description: "Submits the account selections that the form of a work item asks for, once. " +
			"A submission is final: destroying the resource only forgets it.",
		noun: "account selection",
		ids:  []idAttribute{workItemIDAttribute},
		attributes: map[string]schema.Attribute{
			"selections": schema.DynamicAttribute{
				Required:   true,
				Validators: []validator.Dynamic{validSelections{}},
				MarkdownDescription: "The selections: an object or map keyed on form field name, with any values. It is sent exactly as configured, as a JSON object. " +
					"It can't be changed once it is submitted.",
			},
			"form": schema.SingleNestedAttribute{
				Computed:            true,
				Attributes:          formFacts.schema(),
				MarkdownDescription: "The form, which is known in the plan.",
			},
		},
	}}
}

func (m *accountSelectionModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

func (m *accountSelectionModel) act() act {
	return accountSelectionAct(m.WorkItemID.ValueString(), m.Selections, m.OnAlreadyDone.ValueString())
}

func (m *accountSelectionModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"form": m.Form}
}

func (m *accountSelectionModel) preview(wi *isc.WorkItem) {
	m.Form = types.ObjectNull(formFacts.types())
	if wi.Form != nil {
		m.Form = formFacts.preview(wi.Form)
	}
}

func (m *accountSelectionModel) record(*isc.WorkItem) {}

func (m *accountSelectionModel) keep(prior *accountSelectionModel) { m.Form = prior.Form }

func (m *accountSelectionModel) final(prior *accountSelectionModel) (diags diag.Diagnostics) {
	was, wasKnown := selectionsJSON(prior.Selections)
	is, isKnown := selectionsJSON(m.Selections)
	if prior.Selections.IsNull() || !wasKnown || !isKnown || string(was) == string(is) {
		return nil
	}
	diags.AddAttributeError(path.Root("selections"), "Submitted account selections are final",
		fmt.Sprintf("The form of work item %s has been submitted, and the service has no way to take that back. Submitted:\n%s\n\nConfigured now:\n%s",
			m.WorkItemID.ValueString(), was, is))
	return diags
}

func (m *accountSelectionModel) adopt(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	switch v := m.act().judge(wi); v.standing {
	case done:
		return true, v.diags
	case pending:
		return false, notImportable(wi, "its form is still open")
	default:
		return false, v.diags
	}
}

// accountSelectionAct is the act of submitting account selections.
func accountSelectionAct(workItemID string, selections types.Dynamic, onAlreadyDone string) act {
	return act{
		workItemID: workItemID,
		doing:      "submit the account selections of work item " + workItemID,
		did:        "Submitted the account selections of work item " + workItemID,
		what: func(wi *isc.WorkItem) string {
			return fmt.Sprintf("form %s for %s, with values for %s", orNull(wi.Form.Name), orNull(wi.Form.TargetUser), orNone(selectedFields(selections)))
		},
		onAlreadyDone: onAlreadyDone,
		guard:         func(*isc.WorkItem) diag.Diagnostics { return nil },
		judge:         func(wi *isc.WorkItem) verdict { return judgeAccountSelection(wi, selections) },
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			body, known := selectionsJSON(selections)
			if !known {
				return nil, fmt.Errorf("%w: the selections are not known", isc.ErrNothingSent)
			}
			return client.SubmitAccountSelection(ctx, workItemID, body)
		},
	}
}

func judgeAccountSelection(wi *isc.WorkItem, selections types.Dynamic) verdict {
	isForm := wi.Form != nil || strings.EqualFold(deref(wi.Type), "Form")
	switch {
	case isForm && isFinished(wi):
		return verdict{standing: done, how: "is already submitted or closed", diags: diag.Diagnostics{
			diag.NewAttributeWarningDiagnostic(path.Root("selections"), "What was submitted can't be read back",
				fmt.Sprintf("Work item %s is closed. The service doesn't tell which account selections were submitted, by whom, or whether any were.", describe(wi))),
		}}
	case isClosed(wi):
		return alreadyClosed(wi)
	case wi.Form == nil:
		return impossible(ruledOut, path.Root("workitem_id"), "The work item has no form",
			"Work item %s is of type %s and has no form to submit.", describe(wi), orNull(wi.Type))
	}
	fields := formFields(wi.Form)
	for _, name := range selectedFields(selections) {
		if len(fields) > 0 && !slices.Contains(fields, name) {
			return impossible(ruledOut, path.Root("selections"), "The form has no such field",
				"The form of work item %s has no field %q. Its fields are: %s.", describe(wi), name, orNone(fields))
		}
	}
	return verdict{standing: pending}
}
