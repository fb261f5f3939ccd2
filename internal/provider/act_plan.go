// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// ModifyPlan makes the plan a preview: it reads the work item, applies every
// check, and plans the immutable facts as known values. Terraform calls it
// again during apply and refuses known values that differ then, so nothing that
// the run itself may change is ever planned.
func (r *actResource[Model, Ptr]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, prior Model
	p, old := Ptr(&plan), Ptr(&prior)
	hasPrior := !req.State.Raw.IsNull()
	if hasPrior {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(r.warnOfDestroy(old))
		return
	}
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer r.session.notices(&resp.Diagnostics)

	same := hasPrior && slices.EqualFunc(p.idValues(), old.idValues(), func(a, b *types.String) bool { return a.Equal(*b) })
	if same {
		if resp.Diagnostics.Append(act.Blocking(r.refuseEdited(old))...); resp.Diagnostics.HasError() {
			return
		}
	}
	switch {
	case same && old.shared().isDone() && !p.idle():
		if resp.Diagnostics.Append(act.Blocking(p.final(&prior))...); resp.Diagnostics.HasError() {
			return
		}
		// The framework has marked every computed value unknown, if anything
		// differs. A done act is a record.
		resp.Diagnostics.Append(r.keepComputed(req.State, &resp.Plan)...)
		if r.act(p, false, false).MayNotBeAsked() && old.shared().Outcome.ValueString() == act.Adopted {
			resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
			f := p.shared()
			f.Outcome, f.PerformedAt, f.PerformedBy, f.Summary = types.StringUnknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
			resp.Diagnostics.Append(r.setComputed(ctx, &resp.Plan, p)...)
		}
	case same && p.idle():
		if resp.Diagnostics.Append(act.Blocking(p.final(&prior))...); resp.Diagnostics.HasError() {
			return
		}
		resp.Diagnostics.Append(r.keepComputed(req.State, &resp.Plan)...)
		resp.Diagnostics.Append(resp.Plan.Get(ctx, &plan)...)
		p.shared().forget()
		if old.shared().isDone() && !old.shared().Summary.IsNull() {
			p.shared().Summary = types.StringValue(act.Reopened(p.shared().Summary.ValueString()))
		}
		resp.Diagnostics.Append(r.setComputed(ctx, &resp.Plan, p)...)
	case p.idle():
		if r.planIdle(ctx, p, &resp.Diagnostics) {
			resp.Diagnostics.Append(r.setComputed(ctx, &resp.Plan, p)...)
		}
	default:
		if !same {
			old = nil
		}
		if r.planAct(ctx, p, old, hasPrior && !same, &resp.Diagnostics) {
			resp.Diagnostics.Append(r.setComputed(ctx, &resp.Plan, p)...)
		}
	}
}

// planAct previews an act that is to be done; old is nil unless it is an import.
// It reports whether there is something to show.
func (r *actResource[Model, Ptr]) planAct(ctx context.Context, p, old Ptr, replaces bool, diags *diag.Diagnostics) bool {
	ctx, cancel := limited(ctx, p, timeouts.Value.Read, defaultReadTimeout, diags)
	defer cancel()
	if diags.HasError() {
		return false
	}
	a := r.act(p, old != nil, replaces)
	wi, v := r.session.engine.Preview(ctx, a)
	diags.Append(v.Diags...)
	if wi != nil && old != nil && !diags.HasError() {
		// What an earlier version's state lacks is no difference.
		diags.Append(act.Blocking(r.sameFacts(old, wi, skipNull))...)
	}
	if wi == nil || diags.HasError() {
		return false
	}
	diags.Append(p.lookUp(ctx, r.session)...)
	r.preview(p, wi)
	f := p.shared()
	if p.knowsSummary() {
		f.Summary = types.StringValue(a.Summary(wi))
	}
	f.Outcome, f.PerformedAt, f.PerformedBy = types.StringUnknown(), types.StringUnknown(), types.StringUnknown()
	if v.Status == act.Done && !a.MayNotBeAsked() {
		f.Outcome = types.StringValue(act.Adopted)
	}
	return true
}

// planIdle previews a record of what is not to be done yet.
func (r *actResource[Model, Ptr]) planIdle(ctx context.Context, p Ptr, diags *diag.Diagnostics) bool {
	p.shared().forget()
	if !r.idsKnown(p) {
		return true
	}
	ctx, cancel := limited(ctx, p, timeouts.Value.Read, defaultReadTimeout, diags)
	defer cancel()
	var unread diag.Diagnostics
	wi := r.read(ctx, p, &unread)
	if diags.Append(act.Blocking(unread)...); wi == nil {
		return false
	}
	r.preview(p, wi)
	p.shared().Summary = types.StringValue(act.OpenTask(wi))
	return true
}

// warnOfDestroy says what a destroy does not do.
func (r *actResource[Model, Ptr]) warnOfDestroy(old Ptr) diag.Diagnostic {
	stays := "what was done in the service stays done."
	if !old.shared().isDone() {
		stays = "the work item stays as it is, undone."
	}
	return diag.NewWarningDiagnostic("Nothing is undone by destroying this "+r.kind.noun, "Terraform only forgets it: no request is sent, and "+stays)
}

// refuseEdited refuses a state that no run of the provider can have left.
func (r *actResource[Model, Ptr]) refuseEdited(old Ptr) (diags diag.Diagnostics) {
	what := old.edited()
	if o := old.shared().Outcome; old.shared().isDone() && !slices.Contains([]string{act.Performed, act.Adopted, act.Confirmed}, o.ValueString()) {
		what = fmt.Sprintf("its outcome is %s", describeValue(o))
	}
	if what != "" {
		diags.AddError("The state was edited",
			fmt.Sprintf("The state of this %s of work item %s can't have been written by the provider: %s. So nobody can tell from it what was done, and nothing is sent.\n\n"+
				"What to do: restore the state from a backup, or remove the resource from it with terraform state rm and import or apply it again.",
				r.kind.noun, isc.OneLine(old.shared().WorkItemID.ValueString()), what))
	}
	return diags
}

// sameFacts compares what is known of an act with what is there now. What was
// unknown is not a difference.
func (r *actResource[Model, Ptr]) sameFacts(known Ptr, wi *isc.WorkItem, nulls nullRule) (diags diag.Diagnostics) {
	now := *known
	n := Ptr(&now)
	r.preview(n, wi)
	changes := changed("workitem", known.shared().WorkItem, n.shared().WorkItem, nulls)
	seen := n.facts()
	if wi.Closed() && len(wi.ApprovalItems) == 0 && len(wi.RemediationItems) == 0 {
		// The service may no longer show what there was.
		seen = nil
	}
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		changes = append(changes, changed(name, known.facts()[name], seen[name], nulls)...)
	}
	if len(changes) > 0 {
		diags.AddAttributeError(path.Root("workitem_id"), "The work item is not what was planned",
			fmt.Sprintf("Work item %s changed since it was last looked at:\n%s\n\nWhat to do: make a new plan and review it.", act.Describe(wi), isc.Lines(changes)))
	}
	return diags
}
