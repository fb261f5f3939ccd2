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

	"github.com/hashicorp/terraform-plugin-framework-validators/setvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// workItemsQuery is the part of a data source's configuration that says which
// work items to read: whose, open or completed, and filtered how. Data sources
// that list work items embed it.
type workItemsQuery struct {
	OwnerIDs        types.Set    `tfsdk:"owner_ids"`
	AllOwners       types.Bool   `tfsdk:"all_owners"`
	Status          types.String `tfsdk:"status"`
	Types           types.Set    `tfsdk:"types"`
	States          types.Set    `tfsdk:"states"`
	RequesterIDs    types.Set    `tfsdk:"requester_ids"`
	Applications    types.Set    `tfsdk:"applications"`
	NameRegex       types.String `tfsdk:"name_regex"`
	CreatedAfter    types.String `tfsdk:"created_after"`
	CreatedBefore   types.String `tfsdk:"created_before"`
	CompletedAfter  types.String `tfsdk:"completed_after"`
	CompletedBefore types.String `tfsdk:"completed_before"`
}

// queryAttributes returns the arguments of workItemsQuery and the computed
// attributes that tell how the reading went.
func queryAttributes(ctx context.Context) map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"owner_ids": textSet("Ids of the owners whose work items are read; others' need an administrator's token. Omitted: the caller's own, by the identity of the token. "+
			"Name them where plan and apply use different tokens.",
			setvalidator.ValueStringsAre(validID{kind: "owner id"})),
		"all_owners": allOwnersAttribute("owner_ids"),
		"status": schema.StringAttribute{
			Optional: true,
			Computed: true,
			Validators: []validator.String{
				stringvalidator.OneOf(string(isc.StatusOpen), string(isc.StatusCompleted), string(isc.StatusAll)),
			},
			MarkdownDescription: "Which work items: `open` (default), `completed` or `all`.",
		},
		"types":         textSet("Only work items of these types, such as `Approval`; case is ignored."),
		"states":        textSet("Only work items in these states; case is ignored. A work item that isn't completed and has no state counts as `Pending`."),
		"requester_ids": textSet("Only work items requested by these identities."),
		"applications":  textSet("Only work items with an approval or remediation item on one of these applications, with or without the suffix ` [source]`; case counts. A work item that matches comes with all its items."),
		"name_regex": schema.StringAttribute{
			Optional: true, Validators: []validator.String{validRegexp},
			MarkdownDescription: "Only work items whose name, as it is shown, matches this regular expression (RE2 syntax).",
		},
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
		"timeouts": readTimeoutAttribute(ctx),
	}
}

const allOwnersDescription = "Ask without naming an owner, and take what comes: with an administrator's token that is the whole tenant. Default `false`."

// allOwnersAttribute conflicts with the attribute that names owners.
func allOwnersAttribute(named string) schema.BoolAttribute {
	return schema.BoolAttribute{
		Optional:            true,
		Validators:          []validator.Bool{conflictsIfTrue{named}},
		MarkdownDescription: allOwnersDescription,
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
		Validators:          []validator.String{validTime},
		MarkdownDescription: "Only work items " + which + " (RFC 3339, such as `2026-01-01T00:00:00Z`). One whose time can't be read is kept, and named in a warning.",
	}
}

// validate refuses filters that nothing can match, and warns of words that
// nobody knows.
func (q *workItemsQuery) validate() (diags diag.Diagnostics) {
	if q.Status.ValueString() == string(isc.StatusOpen) || q.Status.IsNull() {
		for name, bound := range map[string]types.String{"completed_after": q.CompletedAfter, "completed_before": q.CompletedBefore} {
			if !bound.IsNull() {
				diags.AddAttributeError(path.Root(name), "A filter that nothing can match",
					fmt.Sprintf("Open work items have no time of completion, so %s leaves none.\n\nWhat to do: set status = \"completed\" or \"all\", or leave %s out.", name, name))
			}
		}
	}
	for name, bounds := range map[string][2]types.String{"created": {q.CreatedAfter, q.CreatedBefore}, "completed": {q.CompletedAfter, q.CompletedBefore}} {
		after, afterErr := time.Parse(time.RFC3339, bounds[0].ValueString())
		before, beforeErr := time.Parse(time.RFC3339, bounds[1].ValueString())
		if afterErr == nil && beforeErr == nil && !after.Before(before) {
			diags.AddAttributeError(path.Root(name+"_after"), "A filter that nothing can match",
				fmt.Sprintf("%s_after is not before %s_before, so no work item lies between them.", name, name))
		}
	}
	for name, set := range map[string]types.Set{
		"owner_ids": q.OwnerIDs, "types": q.Types, "states": q.States, "requester_ids": q.RequesterIDs, "applications": q.Applications,
	} {
		// A null owner is not the caller.
		if slices.ContainsFunc(set.Elements(), attr.Value.IsNull) {
			diags.AddAttributeError(path.Root(name), "A null that says nothing",
				fmt.Sprintf("%s holds null. The id of an identity that isn't there is null, for example, where sailpoint_identity has missing_ok = true.\n\n"+
					"What to do: leave nulls out, and the data source too if nothing is left: [for v in the_list : v if v != null].", name))
		}
	}
	diags.Append(warnOfUnknownWords("types", q.Types.Elements(), knownTypes)...)
	diags.Append(warnOfUnknownWords("states", q.States.Elements(), knownStates)...)
	return diags
}

// read lists the work items and keeps those that match, in the snapshot's
// order. A snapshot that isn't complete comes with a warning.
func (q *workItemsQuery) read(ctx context.Context, s *session, keepRaw bool) (snapshot *isc.Snapshot, diags diag.Diagnostics) {
	defer s.notices(&diags)
	if q.Status.IsNull() {
		q.Status = types.StringValue(string(isc.StatusOpen))
	}
	if diags = q.validate().Errors(); diags.HasError() {
		return nil, diags
	}
	snapshot, err := s.client.Snapshot(ctx, isc.Query{
		OwnerIDs: knownTexts(q.OwnerIDs), AllOwners: q.AllOwners.ValueBool(), Status: isc.Status(q.Status.ValueString()), KeepRaw: keepRaw,
	})
	if err != nil {
		diags.Append(act.CannotAsk("list the work items", "the list of work items", err))
		return nil, diags
	}
	if !snapshot.Complete {
		diags.AddWarning("The list of work items may not be complete",
			fmt.Sprintf("Work items moved while they were read, also when the lists were read again. What was seen: %s.", snapshot.Movement))
	}
	if snapshot.Foreign {
		diags.Append(s.warnOfForeign()...)
	}
	unreadable := q.filter(snapshot)
	if len(unreadable) > 0 {
		diags.AddWarning("Times that can't be read",
			"These work items have a time that can't be read, or none, so nobody can tell whether they match the time filters. They are kept:\n"+isc.Lines(unreadable))
	}
	return snapshot, diags
}

// warnOfForeign warns that what was asked for as the caller's own may be more.
func (s *session) warnOfForeign() (diags diag.Diagnostics) {
	if s.engine.FirstTime("foreign") {
		diags.AddWarning("Work items of several owners",
			"The access token doesn't say whose it is, or the service refuses to be asked for its own identity, so the caller's work items were asked for without an owner. "+
				"Those of several owners came: an administrator's token covers the whole tenant.\n\nWhat to do: set owner_ids, or all_owners = true if that is meant.")
	}
	return diags
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

// filter keeps the work items that match all filters, and names those of which
// nobody can tell.
func (q *workItemsQuery) filter(snapshot *isc.Snapshot) (unreadable []string) {
	filters := q.filters()
	snapshot.Items = slices.DeleteFunc(snapshot.Items, func(wi isc.WorkItem) bool {
		unsure := false
		for _, f := range filters {
			switch f(&wi) {
			case no:
				return true
			case unknown:
				unsure = true
			case yes:
			}
		}
		if unsure {
			unreadable = append(unreadable, act.Describe(&wi))
		}
		return false
	})
	return unreadable
}

// match is what a filter says of a work item.
type match int

const (
	no match = iota
	yes
	unknown
)

func matchIf(matches bool) match {
	if matches {
		return yes
	}
	return no
}

// filters returns the configured filters; a work item must match them all.
func (q *workItemsQuery) filters() (filters []func(*isc.WorkItem) match) {
	anyOf := func(set types.Set, normal func(string) string, values func(*isc.WorkItem) []string) {
		if set.IsNull() {
			return
		}
		wanted := map[string]bool{}
		for _, text := range knownTexts(set) {
			wanted[normal(text)] = true
		}
		filters = append(filters, func(wi *isc.WorkItem) match {
			return matchIf(slices.ContainsFunc(values(wi), func(v string) bool { return wanted[normal(v)] }))
		})
	}
	asIs := func(s string) string { return s }
	anyOf(q.Types, normalWord, func(wi *isc.WorkItem) []string { return present(wi.Type) })
	anyOf(q.States, normalWord, stateOf)
	anyOf(q.RequesterIDs, asIs, func(wi *isc.WorkItem) []string { return present(wi.RequesterID) })
	anyOf(q.Applications, withoutSource, applicationsOf)

	if !q.NameRegex.IsNull() {
		// The validator has spoken about a bad expression.
		if re, err := regexp.Compile(q.NameRegex.ValueString()); err == nil {
			filters = append(filters, func(wi *isc.WorkItem) match { return matchIf(wi.Name != nil && re.MatchString(*shown(wi.Name))) })
		}
	}

	within := func(bound types.String, value func(*isc.WorkItem) (s *string, has bool), matches func(t, bound time.Time) bool) {
		limit, err := time.Parse(time.RFC3339, bound.ValueString())
		if bound.IsNull() || err != nil {
			return
		}
		filters = append(filters, func(wi *isc.WorkItem) match {
			s, has := value(wi)
			if !has {
				return no
			}
			t, ok := isc.ParseTime(deref(s))
			if !ok {
				return unknown
			}
			return matchIf(matches(t, limit))
		})
	}
	created := func(wi *isc.WorkItem) (*string, bool) { return wi.Created, true }
	completed := func(wi *isc.WorkItem) (*string, bool) { return wi.Completed, wi.Closed() }
	notBefore := func(t, bound time.Time) bool { return !t.Before(bound) }
	within(q.CreatedAfter, created, notBefore)
	within(q.CreatedBefore, created, time.Time.Before)
	within(q.CompletedAfter, completed, notBefore)
	within(q.CompletedBefore, completed, time.Time.Before)
	return filters
}

// stateOf returns the state of a work item; the service leaves it out while
// the work item is open.
func stateOf(wi *isc.WorkItem) []string {
	if deref(wi.State) == "" && wi.Completed == nil {
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

// withoutSource removes the suffix that the service appends to the names of
// sources in manual tasks.
func withoutSource(application string) string { return strings.TrimSuffix(application, " [source]") }

func present(s *string) []string {
	if s == nil {
		return nil
	}
	return []string{*shown(s)}
}
