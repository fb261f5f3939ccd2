// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

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
	// attributes are the kind's own attributes, besides the ids and those that
	// all kinds share.
	attributes map[string]schema.Attribute
}

type idAttribute struct{ name, word, description string }

var workItemIDAttribute = idAttribute{"workitem_id", "work item id", "Id of the work item. Changing it replaces the resource."}

// actModel is what a kind of act adds to actFields, which it embeds.
type actModel[Model any] interface {
	*Model
	// shared returns the embedded fields.
	shared() *actFields
	// idValues returns the values of the kind's ids, in their order.
	idValues() []*types.String
	// act makes the act from the configuration, which may be partly unknown.
	act(act.Common) *act.Act
	// idle reports that nothing is to be done: the resource only records.
	idle() bool
	// preview sets the kind's own facts from a work item, with what may still
	// change left unknown, and record sets what preview left unknown.
	preview(*isc.WorkItem)
	record(*isc.WorkItem)
	// facts returns the kind's own immutable facts by attribute name, besides
	// workitem.
	facts() map[string]attr.Value
	// computed returns the other computed attributes by name.
	computed() map[string]attr.Value
	// knowsSummary reports whether all parts of the summary are known.
	knowsSummary() bool
	// lookUp asks for what the work item doesn't tell.
	lookUp(context.Context, *session) diag.Diagnostics
	// setOutcome sets what came of the act.
	setOutcome(*act.Result)
	// final refuses changes that would need the act to be undone.
	final(prior *Model) diag.Diagnostics
	// edited finds what only an edited state can hold.
	edited() string
	// imported fills the kind's arguments from a work item that is being
	// imported, and reports whether the act is done.
	imported(*isc.WorkItem) (bool, diag.Diagnostics)
}

// actFields are the attributes that all acts share.
type actFields struct {
	ID            types.String   `tfsdk:"id"`
	WorkItemID    types.String   `tfsdk:"workitem_id"`
	OnAlreadyDone types.String   `tfsdk:"on_already_done"`
	Outcome       types.String   `tfsdk:"outcome"`
	PerformedAt   types.String   `tfsdk:"performed_at"`
	PerformedBy   types.String   `tfsdk:"performed_by"`
	Summary       types.String   `tfsdk:"summary"`
	WorkItem      types.Object   `tfsdk:"workitem"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

func (f *actFields) shared() *actFields { return f }

func (f *actFields) idle() bool { return false }

func (f *actFields) facts() map[string]attr.Value { return nil }

func (f *actFields) computed() map[string]attr.Value {
	return map[string]attr.Value{
		"id": f.ID, "outcome": f.Outcome, "performed_at": f.PerformedAt, "performed_by": f.PerformedBy, "summary": f.Summary, "workitem": f.WorkItem,
	}
}

func (f *actFields) knowsSummary() bool { return true }

func (f *actFields) record(*isc.WorkItem) {}

func (f *actFields) lookUp(context.Context, *session) diag.Diagnostics { return nil }

// isDone reports whether the state says that the act is done; an import may
// still be to be done.
func (f *actFields) isDone() bool { return !f.Outcome.IsNull() && !f.Outcome.IsUnknown() }

// forget makes a record of what is not to be done yet.
func (f *actFields) forget() {
	f.Outcome, f.PerformedAt, f.PerformedBy = types.StringNull(), types.StringNull(), types.StringNull()
}

func (f *actFields) setOutcome(r *act.Result) {
	f.forget()
	f.Outcome = types.StringValue(r.Outcome)
	if !r.PerformedAt.IsZero() {
		f.PerformedAt = types.StringValue(r.PerformedAt.UTC().Format(time.RFC3339))
	}
	if r.PerformedBy != "" {
		f.PerformedBy = types.StringValue(r.PerformedBy)
	}
}
