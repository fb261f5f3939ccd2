// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// accountSelectionModel is the model of sailpoint_workitem_account_selection.
type accountSelectionModel struct {
	actFields
	Selections types.Dynamic `tfsdk:"selections"`
	Form       types.Object  `tfsdk:"form"`
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
				Attributes:          resourceAttributes(formTable.recorded()),
				MarkdownDescription: "The form, which is known in the plan.",
			},
		},
	}}
}

func (m *accountSelectionModel) idValues() []*types.String { return []*types.String{&m.WorkItemID} }

func (m *accountSelectionModel) act(c act.Common) *act.Act {
	return accountSelectionAct(c, m.Selections)
}

// accountSelectionAct makes the act of submitting selections.
func accountSelectionAct(c act.Common, configured types.Dynamic) *act.Act {
	selections := selectionsOf(configured)
	if selections.Body == nil {
		c.Unknown = append(c.Unknown, "selections")
	}
	return act.AccountSelection(c, selections)
}

func (m *accountSelectionModel) knowsSummary() bool { return selectionsOf(m.Selections).NamesKnown }

func (m *accountSelectionModel) facts() map[string]attr.Value {
	return map[string]attr.Value{"form": m.Form}
}

func (m *accountSelectionModel) preview(wi *isc.WorkItem) {
	m.Form = types.ObjectNull(formTable.recorded().types())
	if wi.Form != nil {
		m.Form = formTable.recorded().preview(wi.Form)
	}
}

func (m *accountSelectionModel) final(prior *accountSelectionModel) (diags diag.Diagnostics) {
	was, is := selectionsOf(prior.Selections).Body, selectionsOf(m.Selections).Body
	if prior.Selections.IsNull() || was == nil || is == nil || string(was) == string(is) {
		return nil
	}
	diags.AddAttributeError(path.Root("selections"), "Submitted account selections are final",
		fmt.Sprintf("The form of work item %s has been submitted, and the service has no way to take that back. Nothing was sent. The configured selections differ from the submitted ones in: %s.\n\n"+
			"What to do: set these to what was submitted.", m.WorkItemID.ValueString(), strings.Join(act.ChangedSelections(was, is), ", ")))
	return diags
}

func (m *accountSelectionModel) edited() string { return editedOutcome(&m.actFields) }

func (m *accountSelectionModel) imported(wi *isc.WorkItem) (bool, diag.Diagnostics) {
	v := act.AccountSelection(act.Common{WorkItemID: m.WorkItemID.ValueString(), Unknown: []string{"selections"}}, act.Selections{}).Check(wi)
	switch v.Status {
	case act.Done:
		return true, v.Diags
	case act.Pending:
		return false, notImportable(wi, "its form is still open")
	default:
		return false, v.Diags
	}
}
