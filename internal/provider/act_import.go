// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// IdentitySchema makes an identity of the ids that the import id consists of.
func (r *actResource[Model, Ptr]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	for _, id := range r.kind.ids {
		attributes[id.name] = identityschema.StringAttribute{RequiredForImport: true, Description: id.description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ImportState reads the work item and records what is done, or still to be done.
func (r *actResource[Model, Ptr]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var model Model
	p := Ptr(&model)
	if resp.Diagnostics.Append(r.parseImport(ctx, req, p)...); resp.Diagnostics.HasError() {
		return
	}
	defer r.session.notices(&resp.Diagnostics)
	ctx, cancel := context.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()
	id := p.shared().WorkItemID.ValueString()
	wi, err := r.session.client.FindListed(ctx, id)
	if err != nil {
		resp.Diagnostics.Append(act.CannotRead(path.Root("workitem_id"), id, err))
		return
	}
	if resp.Diagnostics.Append(r.fill(ctx, p, wi)...); resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, p)...)
}

// fill completes a model that has only its ids, from the work item as it is.
func (r *actResource[Model, Ptr]) fill(ctx context.Context, p Ptr, wi *isc.WorkItem) diag.Diagnostics {
	isDone, diags := p.imported(wi)
	if diags.HasError() {
		return diags
	}
	f := p.shared()
	f.OnAlreadyDone = types.StringValue(act.Adopt)
	f.Timeouts = timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType,
	})}
	r.preview(p, wi)
	r.record(p, wi)
	f.forget()
	f.Summary = types.StringValue(r.open(p, wi))
	if isDone {
		diags.Append(p.lookUp(ctx, r.session)...)
		p.setOutcome(&act.Result{Outcome: act.Adopted, Before: wi, After: wi})
	}
	return diags
}

// parseImport takes the ids from the import id or, with an identity import,
// from the identity.
func (r *actResource[Model, Ptr]) parseImport(ctx context.Context, req resource.ImportStateRequest, p Ptr) (diags diag.Diagnostics) {
	values := p.idValues()
	if req.ID == "" {
		for i, id := range r.kind.ids {
			diags.Append(req.Identity.GetAttribute(ctx, path.Root(id.name), values[i])...)
		}
	} else {
		parts := strings.Split(req.ID, "/")
		if len(parts) != len(values) {
			diags.AddError("Invalid import id", fmt.Sprintf("The import id must have the form %s, not %q.", r.importForm(), isc.OneLine(req.ID)))
			return diags
		}
		for i, part := range parts {
			*values[i] = types.StringValue(part)
		}
	}
	for i, id := range r.kind.ids {
		if err := isc.CheckID(id.word, values[i].ValueString()); err != nil {
			diags.AddError("Invalid import id", fmt.Sprintf("%s The import id must have the form %s.", act.Sentence(err.Error()), r.importForm()))
		}
	}
	return diags
}

// notImportable is the error of an import of what is not done.
func notImportable(wi *isc.WorkItem, why string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Only what is done can be imported",
		fmt.Sprintf("Work item %s can't be imported, because %s.\n\nWhat to do: leave the import out; the plan of the resource then shows whether it can still be done.", act.Describe(wi), why))}
}

// importForm is the form of the import id, which is that of the id attribute:
// WORKITEM_ID/APPROVAL_ITEM_ID, for example.
func (r *actResource[Model, Ptr]) importForm() string {
	var names []string
	for _, id := range r.kind.ids {
		names = append(names, strings.ToUpper(id.name))
	}
	return strings.Join(names, "/")
}
