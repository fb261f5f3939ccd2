// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ ephemeral.EphemeralResourceWithConfigure = (*workItemEphemeralResource)(nil)

// workItemEphemeralResource reads one work item without storing it, so that a
// generated password can go where it is needed, and nowhere else.
type workItemEphemeralResource struct{ ephemeralBase }

func newWorkItemEphemeralResource() ephemeral.EphemeralResource { return &workItemEphemeralResource{} }

func (e *workItemEphemeralResource) Metadata(_ context.Context, _ ephemeral.MetadataRequest, resp *ephemeral.MetadataResponse) {
	resp.TypeName = "sailpoint_workitem"
}

func (e *workItemEphemeralResource) Schema(_ context.Context, _ ephemeral.SchemaRequest, resp *ephemeral.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Reads one work item, open or completed, without storing it in plan or state. " +
			"With `SAIL_ALLOW_CLEAR_VALUES=true` in the environment nothing in it is redacted, so that a generated password can go into a write-only argument of the provider that makes the account. " +
			"Set the variable for the apply only: whatever a plan can read, whoever changes the configuration can read. Values are as served.",
		Attributes: ephemeralWorkItemAttributes(),
	}
}

func ephemeralWorkItemAttributes() map[string]schema.Attribute {
	section := ephemeralAttributes(formSectionTable)
	section["form_items"] = schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Fields and nested sections, each as a JSON string with sorted keys."}
	form := ephemeralAttributes(formTable)
	form["sections"] = ephemeralList("Sections of the form.", section)

	attributes := ephemeralAttributes(workItemTable)
	attributes["id"] = schema.StringAttribute{Required: true, Validators: []validator.String{validID{kind: "work item id"}}, MarkdownDescription: "Id of the work item."}
	attributes["missing_ok"] = schema.BoolAttribute{
		Optional:            true,
		MarkdownDescription: "Whether a work item that is not there, and nothing else, gives nulls and a warning instead of an error: a task that was completed long ago may be archived under another id. Default `false`.",
	}
	attributes["num_items"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of items in the work item."}
	attributes["errors"] = schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Errors the service recorded."}
	attributes["approval_items"] = ephemeralList("The lines of an approval, or the changes that a manual task asks for.", ephemeralAttributes(approvalItemTable))
	attributes["remediation_items"] = ephemeralList("The lines of a remediation.", ephemeralAttributes(remediationItemTable))
	attributes["form"] = schema.SingleNestedAttribute{Computed: true, Attributes: form, MarkdownDescription: "The form of the work item."}
	return attributes
}

func ephemeralAttributes[Object any](t attributeTable[Object]) map[string]schema.Attribute {
	return schemaOf(t,
		func(description string) schema.Attribute {
			return schema.StringAttribute{Computed: true, MarkdownDescription: description}
		},
		func(description string) schema.Attribute {
			return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
		})
}

func ephemeralList(description string, attributes map[string]schema.Attribute) schema.Attribute {
	return schema.ListNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}

// Open reads the work item. It depends on its configuration alone, and changes
// nothing: Terraform calls it in every plan and apply that refers to it.
func (e *workItemEphemeralResource) Open(ctx context.Context, req ephemeral.OpenRequest, resp *ephemeral.OpenResponse) {
	var id types.String
	var missingOK types.Bool
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("id"), &id)...)
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("missing_ok"), &missingOK)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer e.session.notices(&resp.Diagnostics)
	ctx, cancel := context.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()

	values := map[string]tftypes.Value{}
	if err := req.Config.Raw.As(&values); err != nil {
		resp.Diagnostics.AddError("Unable to read the configuration", act.Sentence(err.Error()))
		return
	}
	wi, err := e.find(ctx, id.ValueString())
	switch {
	case errors.Is(err, isc.ErrNotFound) && missingOK.ValueBool():
		resp.Diagnostics.AddAttributeWarning(path.Root("id"), "The work item is not there",
			fmt.Sprintf("Nobody knows a work item with the id %s, neither open nor, among the caller's, completed. missing_ok is set, so all of it is null.", id.ValueString()))
	case err != nil:
		resp.Diagnostics.Append(act.CannotRead(path.Root("id"), id.ValueString(), err))
		return
	default:
		resp.Diagnostics.Append(e.warnOfRedacted(wi)...)
		maps.Copy(values, newWorkItemEncoder(ctx, asServed).values(wi))
	}
	resp.Result.Raw = tftypes.NewValue(req.Config.Raw.Type(), values)
}

// find reads the work item anew, in clear where that is allowed.
func (e *workItemEphemeralResource) find(ctx context.Context, id string) (*isc.WorkItem, error) {
	if e.session.allowClearValues {
		return e.session.client.FindInClear(ctx, id)
	}
	return e.session.client.Find(ctx, id)
}

func (e *workItemEphemeralResource) warnOfRedacted(wi *isc.WorkItem) (diags diag.Diagnostics) {
	for _, item := range wi.ApprovalItems {
		if item.ValueRedacted {
			return diag.Diagnostics{redactedWarning(wi)}
		}
	}
	for _, item := range wi.RemediationItems {
		if item.AttributeValueRedacted {
			return diag.Diagnostics{redactedWarning(wi)}
		}
	}
	return nil
}

func redactedWarning(wi *isc.WorkItem) diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root("id"), "Values are redacted",
		fmt.Sprintf("Work item %s has values that look like secrets, and they are null here. To have them in clear, set SAIL_ALLOW_CLEAR_VALUES=true in the environment of the apply; a plan does without.", act.Describe(wi)))
}
