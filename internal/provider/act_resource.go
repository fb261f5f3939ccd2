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
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const (
	defaultActTimeout  = 5 * time.Minute
	defaultReadTimeout = 2 * time.Minute

	// unconfirmedKey is the key of private state that marks an act which the
	// service accepted and has not shown yet.
	unconfirmedKey = "unconfirmed"
)

// actResource is the resource of one kind of act: the plan previews the act,
// create performs it once, destroy only forgets. Model is the kind's model.
type actResource[Model any, Ptr actModel[Model]] struct {
	resourceBase
	kind actKind
}

func (r *actResource[Model, Ptr]) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = r.kind.typeName
}

func (r *actResource[Model, Ptr]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	attributes := map[string]schema.Attribute{
		"id": schema.StringAttribute{
			Computed:            true,
			MarkdownDescription: "`" + r.importForm() + "`.",
		},
		"on_already_done": schema.StringAttribute{
			Optional:   true,
			Computed:   true,
			Default:    stringdefault.StaticString(act.Adopt),
			Validators: []validator.String{stringvalidator.OneOf(act.Adopt, act.Fail)},
			MarkdownDescription: "What to do when the act has been done already, as asked, before Terraform came: `adopt` (default) records it with a warning and sends nothing, " +
				"`error` fails.",
		},
		"outcome": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "How the act came to be done: `performed`, because the service accepted Terraform's request; `adopted`, because it had been done already when Terraform came, which the plan shows; " +
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
		"summary": schema.StringAttribute{
			Computed: true,
			MarkdownDescription: "The act in one line, for people who review it. Known in the plan. Each part that the service provides stands in quotes; " +
				"of an import that is still to be done, the line begins with `open:`.",
		},
		"workitem": schema.SingleNestedAttribute{
			Computed:            true,
			Attributes:          resourceAttributes(workItemTable.recorded()),
			MarkdownDescription: "The work item, as the act left it. What doesn't change while it is open is known in the plan.",
		},
		"timeouts": timeouts.Attributes(ctx, timeouts.Opts{
			Create: true, CreateDescription: timeoutDescription("the act when the resource is created", defaultActTimeout),
			Update: true, UpdateDescription: timeoutDescription("the act when an import that was still to be done is done", defaultActTimeout),
			Read: true, ReadDescription: timeoutDescription("reading for plan, refresh and import", defaultReadTimeout),
		}),
	}
	for _, id := range r.kind.ids {
		attributes[id.name] = schema.StringAttribute{
			Required:            true,
			Validators:          []validator.String{validID{kind: id.word}},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
			MarkdownDescription: id.description,
		}
	}
	maps.Copy(attributes, r.kind.attributes)
	resp.Schema = schema.Schema{MarkdownDescription: r.kind.description, Attributes: attributes}
}

func resourceAttributes[Object any](t attributeTable[Object]) map[string]schema.Attribute {
	return schemaOf(t,
		func(description string) schema.Attribute {
			return schema.StringAttribute{Computed: true, MarkdownDescription: description}
		},
		func(description string) schema.Attribute {
			return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
		})
}

func timeoutDescription(what string, limit time.Duration) string {
	return fmt.Sprintf("Time limit for %s, waiting for the rate limit and pauses that the service asks for included, such as `30s` or `10m`. Default `%gm`.", what, limit.Minutes())
}

// ValidateConfig checks what the schema can't.
func (r *actResource[Model, Ptr]) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	resp.Diagnostics.Append(validateTimeouts(ctx, req.Config)...)
}

func (r *actResource[Model, Ptr]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	r.apply(ctx, req.Plan, timeouts.Value.Create, &resp.State, resp.Identity, resp.Private, &resp.Diagnostics)
}

// Update does an import that was still to be done. Any other change concerns
// only what Terraform remembers.
func (r *actResource[Model, Ptr]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, prior Model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &prior)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if p := Ptr(&plan); p.idle() || Ptr(&prior).shared().isDone() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
		resp.Diagnostics.Append(r.identify(ctx, resp.Identity, p)...)
		return
	}
	r.apply(ctx, req.Plan, timeouts.Value.Update, &resp.State, resp.Identity, resp.Private, &resp.Diagnostics)
}

// privateState is what Terraform keeps beside a state.
type privateState interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// apply performs the planned act and saves what came of it. On an error it
// saves nothing: an instance saved with an error would be tainted, replaced,
// and its act sent again.
func (r *actResource[Model, Ptr]) apply(ctx context.Context, plan tfsdk.Plan, timeout timeoutOf, state *tfsdk.State, identity *tfsdk.ResourceIdentity, private privateState, diags *diag.Diagnostics) {
	var model Model
	if diags.Append(plan.Get(ctx, &model)...); diags.HasError() {
		return
	}
	defer r.session.notices(diags)
	p := Ptr(&model)
	ctx, cancel := limited(ctx, p, timeout, defaultActTimeout, diags)
	defer cancel()
	if diags.HasError() {
		return
	}
	if p.idle() {
		r.applyIdle(ctx, p, diags)
	} else {
		diags.Append(r.perform(ctx, p, private)...)
	}
	if diags.HasError() {
		return
	}
	p.shared().ID = r.id(p)
	diags.Append(state.Set(ctx, &model)...)
	diags.Append(r.identify(ctx, identity, p)...)
}

func (r *actResource[Model, Ptr]) perform(ctx context.Context, p Ptr, private privateState) diag.Diagnostics {
	a := r.act(p, false, false)
	done, diags := r.session.engine.Perform(ctx, a, func(wi *isc.WorkItem, v act.Verdict) diag.Diagnostics {
		if p.shared().isDone() && v.Status == act.Pending {
			return undoneAgain(a, wi)
		}
		return r.sameFacts(p, wi, compareNull)
	})
	if diags.HasError() {
		return diags
	}
	// What was done is saved soon, whatever becomes of the rest.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), r.session.client.RequestTimeout())
	defer cancel()
	diags.Append(p.lookUp(ctx, r.session)...)
	r.preview(p, done.Before)
	p.shared().Summary = types.StringValue(a.Summary(done.Before))
	r.record(p, done.After)
	p.setOutcome(done)
	if done.Unconfirmed {
		diags.Append(private.SetKey(ctx, unconfirmedKey, []byte("true"))...)
	}
	return diags
}

// undoneAgain is the error of an act that was planned as an adoption and turns
// out to be undone: what is only to be recorded is never sent.
func undoneAgain(a *act.Act, wi *isc.WorkItem) (diags diag.Diagnostics) {
	diags.AddAttributeError(path.Root("workitem_id"), "What was to be recorded is not done any more",
		fmt.Sprintf("The plan says outcome = \"adopted\", because it found that there was no need to %s. Work item %s shows that it is to be done again.\n\nWhat to do: make a new plan and review it.", a.Doing(), act.Describe(wi)))
	return diags
}

// applyIdle records what is not to be done yet.
func (r *actResource[Model, Ptr]) applyIdle(ctx context.Context, p Ptr, diags *diag.Diagnostics) {
	wi := r.read(ctx, p, diags)
	if wi == nil {
		return
	}
	if diags.Append(r.sameFacts(p, wi, compareNull)...); diags.HasError() {
		return
	}
	r.preview(p, wi)
	r.record(p, wi)
	p.shared().Summary = types.StringValue(act.OpenTask(wi))
}

// Read leaves a done act as it is recorded, and asks nothing. Of an act that is
// still to be done it follows what may change; one that can't be seen any more
// stays as it was last seen.
func (r *actResource[Model, Ptr]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var model Model
	if resp.Diagnostics.Append(req.State.Get(ctx, &model)...); resp.Diagnostics.HasError() {
		return
	}
	p := Ptr(&model)
	resp.Diagnostics.Append(r.identify(ctx, resp.Identity, p)...)
	unconfirmed, diags := req.Private.GetKey(ctx, unconfirmedKey)
	resp.Diagnostics.Append(diags...)
	switch {
	case p.shared().isDone() && len(unconfirmed) == 0:
		return
	case p.shared().isDone():
		defer r.session.notices(&resp.Diagnostics)
		ctx, cancel := limited(ctx, p, timeouts.Value.Read, defaultReadTimeout, &resp.Diagnostics)
		defer cancel()
		still, diags := r.session.engine.Follow(ctx, r.act(p, false, false))
		resp.Diagnostics.Append(diags...)
		if !still {
			resp.Diagnostics.Append(resp.Private.SetKey(ctx, unconfirmedKey, nil)...)
		}
		return
	}
	r.refresh(ctx, p, &resp.Diagnostics)
	if !resp.Diagnostics.HasError() {
		resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
	}
}

// refresh follows an import that is still to be done.
func (r *actResource[Model, Ptr]) refresh(ctx context.Context, p Ptr, diags *diag.Diagnostics) {
	defer r.session.notices(diags)
	ctx, cancel := limited(ctx, p, timeouts.Value.Read, defaultReadTimeout, diags)
	defer cancel()
	f := p.shared()
	wi, err := r.session.client.FindListed(ctx, f.WorkItemID.ValueString())
	switch {
	case errors.Is(err, isc.ErrNotFound), errors.Is(err, isc.ErrForbidden):
	case err != nil:
		diags.Append(act.CannotRead(path.Root("workitem_id"), f.WorkItemID.ValueString(), err))
	default:
		r.preview(p, wi)
		r.record(p, wi)
		f.Summary = types.StringValue(r.open(p, wi))
	}
}

// Delete forgets: there is no way to undo an act.
func (r *actResource[Model, Ptr]) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
}

// open is the summary of an import that is still to be done.
func (r *actResource[Model, Ptr]) open(p Ptr, wi *isc.WorkItem) string {
	if p.idle() {
		return act.OpenTask(wi)
	}
	return r.act(p, true, false).Summary(wi)
}

// read reads the work item, or says why it can't.
func (r *actResource[Model, Ptr]) read(ctx context.Context, p Ptr, diags *diag.Diagnostics) *isc.WorkItem {
	id := p.shared().WorkItemID.ValueString()
	wi, err := r.session.client.FindListed(ctx, id)
	if err != nil {
		diags.Append(act.CannotRead(path.Root("workitem_id"), id, err))
		return nil
	}
	return wi
}

// act makes the act of a model. Recorded means that the state has it as an
// import that is still to be done; replaces, that it is planned once more.
func (r *actResource[Model, Ptr]) act(p Ptr, recorded, replaces bool) *act.Act {
	f := p.shared()
	common := act.Common{WorkItemID: f.WorkItemID.ValueString(), OnAlreadyDone: f.OnAlreadyDone.ValueString(), Recorded: recorded, Replaces: replaces}
	for i, v := range p.idValues() {
		if v.IsUnknown() {
			common.Unknown = append(common.Unknown, r.kind.ids[i].name)
		}
	}
	return p.act(common)
}

// preview sets the facts of a work item, with what may still change unknown.
func (r *actResource[Model, Ptr]) preview(p Ptr, wi *isc.WorkItem) {
	p.shared().ID = r.id(p)
	p.shared().WorkItem = workItemTable.recorded().preview(wi)
	p.preview(wi)
}

func (r *actResource[Model, Ptr]) record(p Ptr, wi *isc.WorkItem) {
	p.shared().WorkItem = workItemTable.recorded().record(p.shared().WorkItem, wi)
	p.record(wi)
}

// keepComputed takes over what the state has computed.
func (r *actResource[Model, Ptr]) keepComputed(state tfsdk.State, plan *tfsdk.Plan) diag.Diagnostics {
	return replaceInPlan(plan, func(values map[string]tftypes.Value) error {
		var kept map[string]tftypes.Value
		if err := state.Raw.As(&kept); err != nil {
			return err
		}
		for name, attribute := range plan.Schema.GetAttributes() {
			if attribute.IsComputed() && !attribute.IsOptional() {
				values[name] = kept[name]
			}
		}
		return nil
	})
}

// setComputed plans what a model computes. To have the framework set the whole
// model, by reflection, costs as much as everything else that previews an act.
func (r *actResource[Model, Ptr]) setComputed(ctx context.Context, plan *tfsdk.Plan, p Ptr) diag.Diagnostics {
	return replaceInPlan(plan, func(values map[string]tftypes.Value) (err error) {
		computed := p.computed()
		maps.Copy(computed, p.facts())
		for name, v := range computed {
			if values[name], err = v.ToTerraformValue(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

// replaceInPlan changes planned values.
func replaceInPlan(plan *tfsdk.Plan, change func(map[string]tftypes.Value) error) (diags diag.Diagnostics) {
	var values map[string]tftypes.Value
	err := plan.Raw.As(&values)
	if err == nil {
		values = maps.Clone(values) // The request's plan shares them.
		err = change(values)
	}
	if err != nil {
		diags.AddError("Unable to plan the computed values", act.Sentence(err.Error()))
		return diags
	}
	plan.Raw = tftypes.NewValue(plan.Raw.Type(), values)
	return diags
}

func (r *actResource[Model, Ptr]) id(p Ptr) types.String {
	var parts []string
	for _, v := range p.idValues() {
		parts = append(parts, v.ValueString())
	}
	return types.StringValue(strings.Join(parts, "/"))
}

func (r *actResource[Model, Ptr]) idsKnown(p Ptr) bool {
	return !slices.ContainsFunc(p.idValues(), func(v *types.String) bool { return v.IsUnknown() })
}

// identify sets the identity. Planning never does: a replacement's identity
// differs from that of the instance it replaces, which Terraform refuses there.
func (r *actResource[Model, Ptr]) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, p Ptr) (diags diag.Diagnostics) {
	if identity == nil {
		return nil
	}
	for i, v := range p.idValues() {
		diags.Append(identity.SetAttribute(ctx, path.Root(r.kind.ids[i].name), *v)...)
	}
	return diags
}
