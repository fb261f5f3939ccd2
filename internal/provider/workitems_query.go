// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// workItemsQuery is the part of a data source's configuration that says which
// work items to read: whose, open or completed, and filtered how. Data sources
// that list work items embed it.
type workItemsQuery struct {
	OwnerIDs        types.Set         `tfsdk:"owner_ids"`
	Status          types.String      `tfsdk:"status"`
	Types           types.Set         `tfsdk:"types"`
	States          types.Set         `tfsdk:"states"`
	RequesterIDs    types.Set         `tfsdk:"requester_ids"`
	Applications    types.Set         `tfsdk:"applications"`
	NameRegex       types.String      `tfsdk:"name_regex"`
	CreatedAfter    timetypes.RFC3339 `tfsdk:"created_after"`
	CreatedBefore   timetypes.RFC3339 `tfsdk:"created_before"`
	CompletedAfter  timetypes.RFC3339 `tfsdk:"completed_after"`
	CompletedBefore timetypes.RFC3339 `tfsdk:"completed_before"`
}

// queryAttributes returns the arguments of workItemsQuery and the computed
// attributes that tell how the reading went.
func queryAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"owner_ids": textSet("Ids of the owners whose work items are read; others' need an administrator's token. Omitted: the caller's own.",
			setvalidator.ValueStringsAre(validID{"owner id"})),
		"status": schema.StringAttribute{
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				stringvalidator.OneOf(string(isc.StatusOpen), string(isc.StatusCompleted), string(isc.StatusAll)),
			},
			MarkdownDescription: "Which work items: `open` (default), `completed` or `all`.",
		},
		"types":            textSet("Only work items of these types, such as `Approval`; case is ignored."),
		"states":           textSet("Only work items in these states; case is ignored. A work item that isn't completed and has no state counts as `Pending`."),
		"requester_ids":    textSet("Only work items requested by these identities."),
		"applications":     textSet("Only work items with an approval or remediation item on one of these applications."),
		"name_regex":       schema.StringAttribute{Optional: true, Validators: []validator.String{validRegexp{}}, MarkdownDescription: "Only work items whose name matches this regular expression (RE2 syntax)."},
		"created_after":    timeBound("created at this time or later"),
		"created_before":   timeBound("created before this time"),
		"completed_after":  timeBound("completed at this time or later"),
		"completed_before": timeBound("completed before this time"),
		"total_count": schema.Int64Attribute{
			Computed:            true,
			MarkdownDescription: "Number of work items the service counts for these owners and this status, before the filters.",
		},
		"complete": schema.BoolAttribute{
			Computed: true,
			MarkdownDescription: "Whether nothing was seen to move while the lists were read. The API offers no isolation, so this can't promise more. " +
				"When false, even repeated reading didn't give a consistent picture, and a warning says what moved.",
		},
	}
}

func textSet(description string, validators ...validator.Set) schema.SetAttribute {
	return schema.SetAttribute{
		Optional:            true,
		ElementType:         types.StringType,
		Validators:          append(validators, setvalidator.SizeAtLeast(1)),
		MarkdownDescription: description,
	}
}

func timeBound(which string) schema.StringAttribute {
	return schema.StringAttribute{
		Optional:            true,
		CustomType:          timetypes.RFC3339Type{},
		MarkdownDescription: "Only work items " + which + " (RFC 3339).",
	}
}

// read lists the work items and keeps those that match, in the snapshot's
// order. A snapshot that isn't complete comes with a warning.
func (q *workItemsQuery) read(ctx context.Context, s *session, keepRaw bool) (snapshot *isc.Snapshot, diags diag.Diagnostics) {
	defer s.notices(&diags)
	if q.Status.IsNull() {
		q.Status = types.StringValue(string(isc.StatusOpen))
	}
	query := isc.Query{Status: isc.Status(q.Status.ValueString()), KeepRaw: keepRaw}
	query.OwnerIDs, diags = texts(ctx, q.OwnerIDs)
	filters, filterDiags := q.filters(ctx)
	diags.Append(filterDiags...)
	if diags.HasError() {
		return nil, diags
	}

	snapshot, err := s.client.Snapshot(ctx, query)
	if err != nil {
		diags.Append(cannotCount("list the work items", err))
		return nil, diags
	}
	if !snapshot.Complete {
		diags.AddWarning("The list of work items may not be complete",
			fmt.Sprintf("Work items moved while they were read, also when the lists were read again. What was seen: %s.", snapshot.Movement))
	}
	snapshot.Items = slices.DeleteFunc(snapshot.Items, func(wi isc.WorkItem) bool {
		return slices.ContainsFunc(filters, func(matches filter) bool { return !matches(&wi) })
	})
	return snapshot, diags
}

// state returns the whole state: the arguments as configured, the computed
// attributes that tell how the reading went, and those given.
func (q *workItemsQuery) state(config tftypes.Value, snapshot *isc.Snapshot, computed map[string]tftypes.Value) (tftypes.Value, error) {
	values := map[string]tftypes.Value{}
	if err := config.As(&values); err != nil {
		return tftypes.Value{}, err
	}
	values["status"] = tftypes.NewValue(tftypes.String, q.Status.ValueString())
	values["total_count"] = tftypes.NewValue(tftypes.Number, snapshot.Total)
	values["complete"] = tftypes.NewValue(tftypes.Bool, snapshot.Complete)
	maps.Copy(values, computed)
	return tftypes.NewValue(config.Type(), values), nil
}

// filter reports whether a work item matches.
type filter func(*isc.WorkItem) bool

// filters returns the configured filters; a work item must match them all.
func (q *workItemsQuery) filters(ctx context.Context) (filters []filter, diags diag.Diagnostics) {
	addSet := func(set types.Set, fold bool, values func(*isc.WorkItem) []string) {
		if set.IsNull() {
			return
		}
		wanted, setDiags := texts(ctx, set)
		diags.Append(setDiags...)
		equal := func(a, b string) bool { return a == b }
		if fold {
			equal = strings.EqualFold
		}
		filters = append(filters, func(wi *isc.WorkItem) bool {
			return slices.ContainsFunc(values(wi), func(v string) bool {
				return slices.ContainsFunc(wanted, func(w string) bool { return equal(v, w) })
			})
		})
	}
	addSet(q.Types, true, func(wi *isc.WorkItem) []string { return present(wi.Type) })
	addSet(q.States, true, stateOf)
	addSet(q.RequesterIDs, false, func(wi *isc.WorkItem) []string { return present(wi.RequesterID) })
	addSet(q.Applications, false, applicationsOf)

	if !q.NameRegex.IsNull() {
		// The validator has spoken about a bad expression.
		re, err := regexp.Compile(q.NameRegex.ValueString())
		if err != nil {
			diags.AddError("Invalid regular expression", err.Error())
			return nil, diags
		}
		filters = append(filters, func(wi *isc.WorkItem) bool { return wi.Name != nil && re.MatchString(*compose(wi.Name)) })
	}

	addTime := func(bound timetypes.RFC3339, value func(*isc.WorkItem) *string, matches func(t, bound time.Time) bool) {
		if bound.IsNull() {
			return
		}
		limit, timeDiags := bound.ValueRFC3339Time()
		diags.Append(timeDiags...)
		filters = append(filters, func(wi *isc.WorkItem) bool {
			t, err := time.Parse(time.RFC3339, deref(value(wi)))
			return err == nil && matches(t, limit)
		})
	}
	created := func(wi *isc.WorkItem) *string { return wi.Created }
	completed := func(wi *isc.WorkItem) *string { return wi.Completed }
	notBefore := func(t, bound time.Time) bool { return !t.Before(bound) }
	addTime(q.CreatedAfter, created, notBefore)
	addTime(q.CreatedBefore, created, time.Time.Before)
	addTime(q.CompletedAfter, completed, notBefore)
	addTime(q.CompletedBefore, completed, time.Time.Before)
	return filters, diags
}

// stateOf returns the state of a work item; the service leaves it out while
// the work item is open.
func stateOf(wi *isc.WorkItem) []string {
	if wi.State == nil && wi.Completed == nil {
		return []string{"Pending"}
	}
	return present(wi.State)
}

// applicationsOf returns the applications that a work item concerns.
func applicationsOf(wi *isc.WorkItem) (applications []string) {
	for _, item := range wi.ApprovalItems {
		applications = append(applications, present(item.Application)...)
	}
	for _, item := range wi.RemediationItems {
		applications = append(applications, present(item.ApplicationName)...)
	}
	return applications
}

func present(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*compose(s)}
}

// texts returns the elements of a set of strings, in an order of their own.
func texts(ctx context.Context, set types.Set) (elements []string, diags diag.Diagnostics) {
	if set.IsNull() {
		return nil, nil
	}
	diags = set.ElementsAs(ctx, &elements, false)
	return elements, diags
}
