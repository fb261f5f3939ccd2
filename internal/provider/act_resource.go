// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const (
	defaultActTimeout  = 5 * time.Minute
	defaultReadTimeout = 2 * time.Minute

	// adoptionWarned, with an act's id, keeps create from repeating the warning
	// that the plan of the same run has just given.
	adoptionWarned = "adopted "
)

// actResource is the resource of one kind of act: the plan previews the act,
// create performs it once, destroy only forgets. M is the kind's model.
type actResource[M any, P actModel[M]] struct {
	resourceBase
	kind actKind
}

// actKind describes a kind of act.
type actKind struct {
	// typeName is the resource's type name.
	typeName string
	// description is what the registry shows, in Markdown.
	description string
	// noun is what a destroy forgets, such as "approval decision".
	noun string
	// ids are the attributes that together identify the act, in the order of
	// the import id, with the word for each in messages.
	ids []idAttribute
	// undoable means that others may take back what was done, such as by
	// forwarding a work item on: a read that shows that is drift. Otherwise
	// such a read only lags behind.
	undoable bool
	// attributes are the kind's own attributes, besides the ids and those that
	// all kinds share.
	attributes map[string]schema.Attribute
}

type idAttribute struct{ name, word, description string }

var workItemIDAttribute = idAttribute{"workitem_id", "work item id", "Id of the work item. Changing it replaces the resource."}

// actModel is what a kind of act adds to actFields, which it embeds.
type actModel[M any] interface {
	*M
	// shared returns the embedded fields.
	shared() *actFields
	// idValues returns the values of the kind's ids, in their order.
	idValues() []*types.String
	// act makes the act from the configuration, which may be partly unknown.
	act() act
	// facts returns the kind's own immutable facts by attribute name, besides
	// workitem.
	facts() map[string]attr.Value
	// preview sets the kind's own facts from a work item, with what may still
	// change left unknown.
	preview(*isc.WorkItem)
	// record sets what preview left unknown.
	record(*isc.WorkItem)
	// keep takes over the kind's own computed values from the state.
	keep(prior *M)
	// final refuses changes that would need the act to be undone.
	final(prior *M) diag.Diagnostics
	// adopt fills the kind's arguments from a work item that is being imported,
	// and reports whether the act is done.
	adopt(*isc.WorkItem) (bool, diag.Diagnostics)
}

// actFields are the attributes that all acts share.
type actFields struct {
	ID            types.String   `tfsdk:"id"`
	WorkItemID    types.String   `tfsdk:"workitem_id"`
	OnAlreadyDone types.String   `tfsdk:"on_already_done"`
	Outcome       types.String   `tfsdk:"outcome"`
	PerformedAt   types.String   `tfsdk:"performed_at"`
	PerformedBy   types.String   `tfsdk:"performed_by"`
	WorkItem      types.Object   `tfsdk:"workitem"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (f *actFields) shared() *actFields { return f }

// isDone reports whether the state says that the act is done; an imported
// approval item may still be undecided.
func (f *actFields) isDone() bool { return !f.Outcome.IsNull() && !f.Outcome.IsUnknown() }

func (r *actResource[M, P]) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.kind.typeName
}

func (r *actResource[M, P]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`" + r.importForm() + "`.",
		},
		"on_already_done": schema.StringAttribute{
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(alreadyDoneAdopt),
			Validators: []validator.String{stringvalidator.OneOf(alreadyDoneAdopt, alreadyDoneError)},
			MarkdownDescription: "What to do when the act has been done already, as asked, before Terraform came: `adopt` (default) records it with a warning and sends nothing, " +
				"`error` fails.",
		},
		"outcome": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "How the act came to be done: `performed` by Terraform; `adopted`, because it had been done already when Terraform came; " +
				"or `confirmed`, because the answer to Terraform's request was lost and a later read showed it done (another actor can't be excluded).",
		},
		"performed_at": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "When Terraform performed the act (RFC 3339, the Date header of the answer). Null unless known.",
		},
		"performed_by": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "Id of the identity whose token performed the act. Null unless known.",
		},
		"workitem": schema.SingleNestedAttribute{
			Computed:            true,
			Attributes:          workItemFacts.schema(),
			MarkdownDescription: "The work item. What doesn't change while it is open is known in the plan.",
		},
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, CreateDescription: timeoutDescription("the act when the resource is created", defaultActTimeout),
			Update: true, UpdateDescription: timeoutDescription("the act when an imported, undecided item is decided", defaultActTimeout),
			Read: true, ReadDescription: timeoutDescription("reading for plan, refresh and import", defaultReadTimeout),
		}),
	}
	for _, id := range r.kind.ids {
		attributes[id.name] = schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{validID{id.word}},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: id.description,
		}
	}
	maps.Copy(attributes, r.kind.attributes)
	resp.Schema = schema.Schema{MarkdownDescription: r.kind.description, Attributes: attributes}
}

func timeoutDescription(what string, limit time.Duration) string {
	return fmt.Sprintf("Time limit for %s, waiting for the rate limit included, such as `30s` or `10m`. Default `%gm`.", what, limit.Minutes())
}

func (r *actResource[M, P]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	for _, id := range r.kind.ids {
		attributes[id.name] = identityschema.StringAttribute{RequiredForImport: true, Description: id.description}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: attributes}
}

// ModifyPlan makes the plan a preview: it reads the work item, applies every
// check, and plans the immutable facts as known values. Terraform calls it
// again during apply and refuses known values that differ then, so nothing that
// the run itself may change is ever planned.
func (r *actResource[M, P]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		resp.Diagnostics.AddWarning("Nothing is undone by destroying this "+r.kind.noun,
			"Terraform only forgets it: no request is sent, and what was done in the service stays done.")
		return
	}
	var plan, prior M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	hasPrior := !req.State.Raw.IsNull()
	if hasPrior {
		resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	defer r.session.notices(&resp.Diagnostics)

	p, old := P(&plan), P(&prior)
	same := hasPrior && slices.EqualFunc(p.idValues(), old.idValues(), func(a, b *types.String) bool { return a.Equal(*b) })
	if same && old.shared().isDone() {
		resp.Diagnostics.Append(p.final(&prior)...)
		if resp.Diagnostics.HasError() {
			return
		}
		p.shared().keep(old.shared())
		p.keep(&prior)
		resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
		return
	}

	limit, diags := p.shared().Timeouts.Read(ctx, defaultReadTimeout)
	resp.Diagnostics.Append(diags...)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	wi, standing, diags := r.session.preview(ctx, p.act(), r.idsKnown(p))
	if same && wi != nil && !diags.HasError() {
		diags.Append(ending(r.sameFacts(old, wi), nothingSent)...)
	}
	resp.Diagnostics.Append(diags...)
	if wi == nil || resp.Diagnostics.HasError() {
		return
	}
	p.shared().ID = r.id(p)
	if standing == done {
		r.session.once(adoptionWarned + r.id(p).ValueString())
	}
	r.preview(p, wi)
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
}

// preview sets the immutable facts, with what may still change left unknown.
func (r *actResource[M, P]) preview(p P, wi *isc.WorkItem) {
	p.shared().WorkItem = workItemFacts.preview(wi)
	p.preview(wi)
}

// sameFacts tells whether the work item still is what the facts of p say.
// Without this check a work item that changed between plan and request would
// be acted on although nobody saw it in a plan.
func (r *actResource[M, P]) sameFacts(p P, wi *isc.WorkItem) (diags diag.Diagnostics) {
	now := *p
	r.preview(&now, wi)
	changes := changed("workitem", p.shared().WorkItem, P(&now).shared().WorkItem)
	seen := P(&now).facts()
	for _, name := range slices.Sorted(maps.Keys(seen)) {
		changes = append(changes, changed(name, p.facts()[name], seen[name])...)
	}
	if len(changes) > 0 {
		diags.AddAttributeError(path.Root("workitem_id"), "The work item is not what was planned",
			fmt.Sprintf("Work item %s changed since it was last looked at:\n  - %s\n\nMake a new plan and review it.", describe(wi), strings.Join(changes, "\n  - ")))
	}
	return diags
}

func (r *actResource[M, P]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.apply(ctx, req.Plan, timeouts.Value.Create, &resp.State, resp.Identity, &resp.Diagnostics)
}

// Update decides an imported item that was still undecided. Any other change
// concerns only what Terraform remembers.
func (r *actResource[M, P]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan M
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if P(&plan).shared().isDone() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(r.identify(ctx, resp.Identity, &plan)...)
		return
	}
	r.apply(ctx, req.Plan, timeouts.Value.Update, &resp.State, resp.Identity, &resp.Diagnostics)
}

// apply performs the planned act and saves what came of it. On an error it
// saves nothing: an instance saved with an error would be tainted, replaced,
// and its act sent again.
func (r *actResource[M, P]) apply(ctx context.Context, planned tfsdk.Plan, timeout func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics),
	state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics,
) {
	var plan M
	diags.Append(planned.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	defer r.session.notices(diags)
	p := P(&plan)
	limit, timeoutDiags := timeout(p.shared().Timeouts, ctx, defaultActTimeout)
	diags.Append(timeoutDiags...)
	if diags.HasError() {
		return
	}
	actCtx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	done, actDiags := r.session.perform(actCtx, p.act(), func(wi *isc.WorkItem) diag.Diagnostics { return r.sameFacts(p, wi) })
	p.shared().ID = r.id(p)
	if actDiags.HasError() || done.outcome != outcomeAdopted || r.session.once(adoptionWarned+p.shared().ID.ValueString()) {
		diags.Append(actDiags...)
	}
	if diags.HasError() {
		return
	}
	r.preview(p, done.before)
	r.record(p, done.after)
	p.shared().setOutcome(done)
	diags.Append(state.Set(ctx, &plan)...)
	diags.Append(r.identify(ctx, identity, p)...)
}

func (r *actResource[M, P]) record(p P, wi *isc.WorkItem) {
	p.shared().WorkItem = workItemFacts.record(p.shared().WorkItem, wi)
	p.record(wi)
}

// Read follows the work item until it is closed, and then never again. What
// Terraform did is never forgotten: a work item that can't be seen any more, or
// that a lagging read shows as undecided, leaves the state as it is.
func (r *actResource[M, P]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model M
	resp.Diagnostics.Append(req.State.Get(ctx, &model)...)
	if resp.Diagnostics.HasError() {
		return
	}
	p := P(&model)
	f := p.shared()
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, p)...)
	if f.OnAlreadyDone.IsNull() {
		f.OnAlreadyDone = types.StringValue(alreadyDoneAdopt)
	}
	if !f.isDone() || !f.recordedClosed() {
		resp.Diagnostics.Append(r.refresh(ctx, p)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (r *actResource[M, P]) refresh(ctx context.Context, p P) (diags diag.Diagnostics) {
	defer r.session.notices(&diags)
	f := p.shared()
	limit, diags := f.Timeouts.Read(ctx, defaultReadTimeout)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()

	id := f.WorkItemID.ValueString()
	wi, err := r.session.find(ctx, cachedReads, id, f.recordedOwner())
	switch {
	case errors.Is(err, isc.ErrNotFound), errors.Is(err, isc.ErrForbidden):
	case err != nil:
		diags.Append(cannotRead(path.Root("workitem_id"), id, err))
	case !f.isDone():
		r.preview(p, wi)
		r.record(p, wi)
	case r.kind.undoable || p.act().judge(wi).standing != pending:
		r.record(p, wi)
	}
	return diags
}

// Delete forgets: there is no way to undo an act.
func (r *actResource[M, P]) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

func (r *actResource[M, P]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	var model M
	p := P(&model)
	resp.Diagnostics.Append(r.parseImport(ctx, req, p)...)
	if resp.Diagnostics.HasError() {
		return
	}
	defer r.session.notices(&resp.Diagnostics)
	ctx, cancel := context.WithTimeout(ctx, defaultReadTimeout)
	defer cancel()

	f := p.shared()
	wi, err := r.session.find(ctx, cachedReads, f.WorkItemID.ValueString())
	if err != nil {
		resp.Diagnostics.Append(cannotRead(path.Root("workitem_id"), f.WorkItemID.ValueString(), err))
		return
	}
	resp.Diagnostics.Append(r.fill(p, wi)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, p)...)
}

// fill completes a model that has only its ids, from the work item as it is.
func (r *actResource[M, P]) fill(p P, wi *isc.WorkItem) diag.Diagnostics {
	isDone, diags := p.adopt(wi)
	if diags.HasError() {
		return diags
	}
	f := p.shared()
	f.ID = r.id(p)
	f.OnAlreadyDone = types.StringValue(alreadyDoneAdopt)
	f.Timeouts = timeouts.Value{Object: types.ObjectNull(map[string]attr.Type{
		"create": types.StringType, "read": types.StringType, "update": types.StringType,
	})}
	r.preview(p, wi)
	r.record(p, wi)
	if isDone {
		f.Outcome = types.StringValue(outcomeAdopted)
	}
	return diags
}

// parseImport takes the ids from the import id or, with an identity import,
// from the identity.
func (r *actResource[M, P]) parseImport(ctx context.Context, req resource.ImportStateRequest, p P) (diags diag.Diagnostics) {
	values := p.idValues()
	if req.ID == "" {
		for i, id := range r.kind.ids {
			diags.Append(req.Identity.GetAttribute(ctx, path.Root(id.name), values[i])...)
		}
	} else {
		parts := strings.Split(req.ID, "/")
		if len(parts) != len(values) {
			diags.AddError("Invalid import id", fmt.Sprintf("The import id must have the form %s, not %q.", r.importForm(), req.ID))
			return diags
		}
		for i, part := range parts {
			*values[i] = types.StringValue(part)
		}
	}
	for i, id := range r.kind.ids {
		if err := isc.CheckID(id.word, values[i].ValueString()); err != nil {
			diags.AddError("Invalid import id", fmt.Sprintf("%s The import id must have the form %s.", sentence(err.Error()), r.importForm()))
		}
	}
	return diags
}

// notImportable is the error of an import of what is not done.
func notImportable(wi *isc.WorkItem, why string) diag.Diagnostics {
	return diag.Diagnostics{diag.NewErrorDiagnostic("Only what is done can be imported",
		fmt.Sprintf("Work item %s can't be imported, because %s.", describe(wi), why))}
}

// importForm is the form of the import id, which is that of the id attribute:
// WORKITEM_ID/APPROVAL_ITEM_ID, for example.
func (r *actResource[M, P]) importForm() string {
	var names []string
	for _, id := range r.kind.ids {
		names = append(names, strings.ToUpper(id.name))
	}
	return strings.Join(names, "/")
}

func (r *actResource[M, P]) id(p P) types.String {
	var parts []string
	for _, v := range p.idValues() {
		parts = append(parts, v.ValueString())
	}
	return types.StringValue(strings.Join(parts, "/"))
}

func (r *actResource[M, P]) idsKnown(p P) bool {
	return !slices.ContainsFunc(p.idValues(), func(v *types.String) bool { return v.IsUnknown() })
}

// identify sets the identity. Planning never does: a replacement's identity
// differs from that of the instance it replaces, which Terraform refuses there.
func (r *actResource[M, P]) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, p P) (diags diag.Diagnostics) {
	if identity == nil {
		return nil
	}
	for i, v := range p.idValues() {
		diags.Append(identity.SetAttribute(ctx, path.Root(r.kind.ids[i].name), *v)...)
	}
	return diags
}

// keep takes over what is known of an act that is done: the framework marks
// every computed value unknown on any difference.
func (f *actFields) keep(prior *actFields) {
	f.ID, f.Outcome, f.PerformedAt, f.PerformedBy, f.WorkItem = prior.ID, prior.Outcome, prior.PerformedAt, prior.PerformedBy, prior.WorkItem
}

func (f *actFields) setOutcome(r *result) {
	f.Outcome = types.StringValue(r.outcome)
	f.PerformedAt, f.PerformedBy = types.StringNull(), types.StringNull()
	if !r.performedAt.IsZero() {
		f.PerformedAt = types.StringValue(r.performedAt.UTC().Format(time.RFC3339))
	}
	if r.performedBy != "" {
		f.PerformedBy = types.StringValue(r.performedBy)
	}
}

// recordedClosed reports whether the state shows the work item as closed.
func (f *actFields) recordedClosed() bool {
	return isClosed(&isc.WorkItem{Completed: f.recorded("completed"), State: f.recorded("state")})
}

// recordedOwner is the owner as the state has it; "" when it has none.
func (f *actFields) recordedOwner() string { return deref(f.recorded("owner_id")) }

func (f *actFields) recorded(name string) *string {
	s, ok := f.WorkItem.Attributes()[name].(types.String)
	if !ok || s.IsNull() || s.IsUnknown() {
		return nil
	}
	return s.ValueStringPointer()
}
