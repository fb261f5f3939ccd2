// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func workItemsData(arguments ...string) string {
	return fmt.Sprintf("data \"sailpoint_workitems\" \"this\" {\n  %s\n}\n", strings.Join(arguments, "\n  "))
}

// day is a day of March 2026.
func day(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }

// TestWorkItemsDataSource_filters lists a small world in every way.
func TestWorkItemsDataSource_filters(t *testing.T) {
	t.Parallel()
	item := func(id string, created int, edit func(*mockisc.WorkItem)) mockisc.WorkItem {
		wi := mockisc.WorkItem{ID: id, Type: "ManualAction", Created: day(created), Name: new("Item " + id)}
		if edit != nil {
			edit(&wi)
		}
		return wi
	}
	world := []mockisc.WorkItem{
		item("d", 4, nil),
		item("b", 2, func(wi *mockisc.WorkItem) { wi.State = new("Pending"); wi.RequesterID = new("rita") }),
		item("a", 2, func(wi *mockisc.WorkItem) {
			wi.Type = "Approval"
			wi.ApprovalItems = []mockisc.ApprovalItem{{ID: "x", Application: "Finance"}}
		}),
		item("c", 3, func(wi *mockisc.WorkItem) {
			wi.Type, wi.OwnerID = "Remediation", somebody
			wi.RemediationItems = []mockisc.RemediationItem{{ID: "y", ApplicationName: "Payroll"}}
		}),
		item("e", 5, func(wi *mockisc.WorkItem) {
			wi.Completed, wi.State = new(day(8)), new("Finished")
		}),
		item("f", 6, func(wi *mockisc.WorkItem) {
			wi.Completed, wi.State, wi.Name = new(day(9)), new("Rejected"), nil
		}),
	}
	both := fmt.Sprintf("owner_ids = [%q, %q]", mockisc.DefaultClient.IdentityID, somebody)
	for name, test := range map[string]struct {
		arguments []string
		want      []string
		total     int64
	}{
		"the caller's own, ordered by created and id": {nil, []string{"a", "b", "d"}, 3},
		"completed":                      {[]string{`status = "completed"`}, []string{"e", "f"}, 2},
		"all":                            {[]string{`status = "all"`}, []string{"a", "b", "d", "e", "f"}, 5},
		"several owners":                 {[]string{both}, []string{"a", "b", "c", "d"}, 4},
		"somebody else's":                {[]string{fmt.Sprintf("owner_ids = [%q]", somebody)}, []string{"c"}, 1},
		"types, case ignored":            {[]string{`types = ["APPROVAL", "Form"]`}, []string{"a"}, 3},
		"no state counts as pending":     {[]string{`states = ["pending"]`}, []string{"a", "b", "d"}, 3},
		"states":                         {[]string{`status = "all"`, `states = ["REJECTED"]`}, []string{"f"}, 5},
		"requesters":                     {[]string{`requester_ids = ["rita", "otto"]`}, []string{"b"}, 3},
		"application, of approval items": {[]string{both, `applications = ["Finance"]`}, []string{"a"}, 4},
		"applications, of both kinds":    {[]string{both, `applications = ["Finance", "Payroll"]`}, []string{"a", "c"}, 4},
		"application, case matters":      {[]string{`applications = ["finance"]`}, nil, 3},
		"name":                           {[]string{`status = "all"`, `name_regex = "^Item [a-e]$"`, `types = ["manualaction"]`}, []string{"b", "d", "e"}, 5},
		"created, after is inclusive":    {[]string{`created_after = "2026-03-04T00:00:00Z"`}, []string{"d"}, 3},
		"created, before is exclusive":   {[]string{`created_before = "2026-03-04T00:00:00Z"`}, []string{"a", "b"}, 3},
		"created, in another zone":       {[]string{`created_before = "2026-03-04T02:00:00+02:00"`}, []string{"a", "b"}, 3},
		"completed after":                {[]string{`status = "all"`, `completed_after = "2026-03-09T00:00:00Z"`}, []string{"f"}, 5},
		"completed before":               {[]string{`status = "all"`, `completed_before = "2026-03-09T00:00:00Z"`}, []string{"e"}, 5},
		"nothing matches":                {[]string{`name_regex = "nothing"`}, nil, 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, world...)
			state, diags := w.readHCL(workItemsData(test.arguments...))
			if len(diags) != 0 {
				t.Fatal(diagText(diags))
			}
			got := fields(t, state)
			var listed []string
			for _, wi := range elements(t, got["workitems"]) {
				listed = append(listed, field(t, wi, "id"))
			}
			if !slices.Equal(listed, test.want) || !slices.Equal(texts(t, got["ids"]), test.want) {
				t.Errorf("listed %q with the ids %q, want %q", listed, texts(t, got["ids"]), test.want)
			}
			if total, complete := field(t, state, "total_count"), field(t, state, "complete"); total != fmt.Sprint(test.total) || complete != "true" || field(t, state, "status") == "(null)" {
				t.Errorf("total_count %s, complete %s, status %s; want %d", total, complete, field(t, state, "status"), test.total)
			}
			w.wantPosts()
		})
	}
}

func TestWorkItemsDataSource_badInput(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ argument, want string }{
		"regular expression":    {`name_regex = "(?<=x)"`, `Invalid regular expression`},
		"time":                  {`created_after = "yesterday"`, `RFC3339|RFC 3339`},
		"time without a zone":   {`completed_before = "2026-03-01T00:00:00"`, `RFC3339|RFC 3339`},
		"status":                {`status = "closed"`, `status value must be one of`},
		"owner id":              {`owner_ids = ["a/b"]`, `Invalid owner id`},
		"no owners":             {`owner_ids = []`, `at least 1`},
		"an empty filter list":  {`types = []`, `at least 1`},
		"an owner that is null": {`owner_ids = [null]`, `owner_ids holds null(?s).*missing_ok`},
		"all and named owners":  {"owner_ids = [\"x\"]\nall_owners = true", `all_owners = true asks for those of all owners, and owner_ids names some`},
		"a requester that is":   {`requester_ids = ["x", null]`, `requester_ids holds null`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			if _, diags := w.readHCL(workItemsData(test.argument)); !hasError(diags) || !regexp.MustCompile(test.want).MatchString(diagText(diags)) {
				t.Errorf("got:\n%s\nwant %q", diagText(diags), test.want)
			}
			if n := len(w.Requests()); n != 0 {
				t.Errorf("%d requests were sent", n)
			}
		})
	}
}

// TestWorkItemsDataSource_notAllOwners: a module may pass both on.
func TestWorkItemsDataSource_notAllOwners(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	if _, diags := w.readHCL(workItemsData("owner_ids = [\"" + mockisc.DefaultClient.IdentityID + "\"]\nall_owners = false")); len(diags) != 0 {
		t.Error(diagText(diags))
	}
	// Whether owners are named may not be known yet.
	r := w.rpc(nil)
	config := object(r.schema.DataSourceSchemas[listType].ValueType(), map[string]any{"owner_ids": tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, tftypes.UnknownValue), "all_owners": true})
	resp, err := r.ValidateDataResourceConfig(t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: listType, Config: r.dynamic(config)})
	if err != nil || len(resp.Diagnostics) != 0 {
		t.Errorf("%v, diagnostics:\n%s", err, diagText(resp.Diagnostics))
	}
}

func TestWorkItemsDataSource_foreignOwner(t *testing.T) {
	t.Parallel()
	w := newWorldOfOwner(t)
	_, diags := w.readHCL(workItemsData(fmt.Sprintf("owner_ids = [%q]", somebody)))
	if got := diagText(diags); !regexp.MustCompile(`Unable to list the work items(?s).*Status: 403.*administrator`).MatchString(got) {
		t.Errorf("got:\n%s", got)
	}
}

// TestWorkItemsDataSource_pages reads many work items in as few requests as
// there are pages.
func TestWorkItemsDataSource_pages(t *testing.T) {
	t.Parallel()
	w := newWorld(t, generated(620)...)
	w.readWorkItems(nil)
	if n := w.count(mockisc.OpList); n != 3 {
		t.Errorf("620 work items took %d requests, want 3", n)
	}
}

// TestWorkItemsDataSource_reproducible gets the same state whatever order the
// service serves in.
func TestWorkItemsDataSource_reproducible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, generated(200)...)
	first := w.readWorkItems(nil)
	w.SetBehavior(func(b *mockisc.Behavior) { b.UnstableOrder = true })
	if second := w.readWorkItems(nil); !second.Equal(first) {
		t.Error("the same work items served in another order gave another state")
	}
}

func generated(n int) []mockisc.WorkItem {
	return mockisc.Generate(n, 7, mockisc.DefaultClient.IdentityID, mockisc.DefaultClient.IdentityName)
}

// TestWorkItemsDataSource_movement warns when the lists never hold still.
func TestWorkItemsDataSource_movement(t *testing.T) {
	t.Parallel()
	w := newWorld(t, generated(300)...)
	n := 0
	w.AddFault(mockisc.Fault{Operation: mockisc.OpList, Times: -1, After: func(s *mockisc.Server) {
		n++
		s.Add(mockisc.Generate(1, uint64(100+n), mockisc.DefaultClient.IdentityID, mockisc.DefaultClient.IdentityName)...)
	}})
	state, diags := w.readDataSourceDiags("sailpoint_workitems", nil)
	if got := diagText(diags); hasError(diags) || !strings.Contains(got, "WARNING: The list of work items may not be complete") {
		t.Errorf("diagnostics:\n%s", got)
	}
	var complete bool
	if err := fields(t, state)["complete"].As(&complete); err != nil || complete {
		t.Errorf("complete is %t (%v), want false", complete, err)
	}
}

func (w *world) readWorkItems(arguments map[string]any) tftypes.Value {
	w.t.Helper()
	return w.readDataSource("sailpoint_workitems", arguments)
}

// TestWorkItemEncoder_equalsReflection compares the direct encoding with what
// the framework makes of Go structs.
func TestWorkItemEncoder_equalsReflection(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	w := newWorld(t, append(mockisc.Demo(), generated(40)...)...)
	client, err := isc.New(isc.Config{
		BaseURL: w.URL(), ClientID: mockisc.DefaultClient.ID, ClientSecret: mockisc.DefaultClient.Secret, RequestsPerSecond: 100000,
	})
	if err != nil {
		t.Fatal(err)
	}
	snapshot, err := client.Snapshot(ctx, isc.Query{Status: isc.StatusAll})
	if err != nil || len(snapshot.Items) < 40 {
		t.Fatalf("%d items, %v", len(snapshot.Items), err)
	}
	encoder := newWorkItemEncoder(ctx, shown)
	for _, wi := range append(snapshot.Items, isc.WorkItem{ID: "bare"}) {
		direct := encoder.value(&wi)
		if reflected := reflectedWorkItem(ctx, t, &wi); !direct.Equal(reflected) {
			t.Errorf("work item %s: encoded directly\n%v\nby reflection\n%v", wi.ID, direct, reflected)
		}
	}
}

// reflectedWorkItem encodes a work item the framework's way.
func reflectedWorkItem(ctx context.Context, t *testing.T, wi *isc.WorkItem) tftypes.Value {
	t.Helper()
	state := tfsdk.State{Schema: schema.Schema{Attributes: workItemAttributes()}}
	if diags := state.Set(ctx, newReflected(wi)); diags.HasError() {
		t.Fatal(diags)
	}
	return state.Raw
}

// reflected is a work item as the framework's reflection takes it.
type reflected struct {
	ID                   *string                    `tfsdk:"id"`
	RequesterID          *string                    `tfsdk:"requester_id"`
	RequesterDisplayName *string                    `tfsdk:"requester_display_name"`
	OwnerID              *string                    `tfsdk:"owner_id"`
	OwnerName            *string                    `tfsdk:"owner_name"`
	Created              *string                    `tfsdk:"created"`
	Modified             *string                    `tfsdk:"modified"`
	Description          *string                    `tfsdk:"description"`
	State                *string                    `tfsdk:"state"`
	Type                 *string                    `tfsdk:"type"`
	Name                 *string                    `tfsdk:"name"`
	Completed            *string                    `tfsdk:"completed"`
	NumItems             *int64                     `tfsdk:"num_items"`
	Errors               []string                   `tfsdk:"errors"`
	ApprovalItems        []reflectedApprovalItem    `tfsdk:"approval_items"`
	RemediationItems     []reflectedRemediationItem `tfsdk:"remediation_items"`
	Form                 *reflectedForm             `tfsdk:"form"`
}

type reflectedApprovalItem struct {
	ID            *string `tfsdk:"id"`
	Account       *string `tfsdk:"account"`
	Application   *string `tfsdk:"application"`
	Name          *string `tfsdk:"name"`
	Operation     *string `tfsdk:"operation"`
	Value         *string `tfsdk:"value"`
	ValueRedacted bool    `tfsdk:"value_redacted"`
	State         *string `tfsdk:"state"`
}

type reflectedRemediationItem struct {
	ID                *string `tfsdk:"id"`
	TargetID          *string `tfsdk:"target_id"`
	TargetName        *string `tfsdk:"target_name"`
	TargetDisplayName *string `tfsdk:"target_display_name"`
	ApplicationName   *string `tfsdk:"application_name"`
	AttributeName     *string `tfsdk:"attribute_name"`
	Operation         *string `tfsdk:"attribute_operation"`
	Value             *string `tfsdk:"attribute_value"`
	ValueRedacted     bool    `tfsdk:"attribute_value_redacted"`
	NativeIdentity    *string `tfsdk:"native_identity"`
}

type reflectedSection struct {
	Name      *string  `tfsdk:"name"`
	Label     *string  `tfsdk:"label"`
	FormItems []string `tfsdk:"form_items"`
}

type reflectedForm struct {
	ID         *string            `tfsdk:"id"`
	Name       *string            `tfsdk:"name"`
	Title      *string            `tfsdk:"title"`
	Subtitle   *string            `tfsdk:"subtitle"`
	TargetUser *string            `tfsdk:"target_user"`
	Sections   []reflectedSection `tfsdk:"sections"`
}

func newReflected(wi *isc.WorkItem) reflected {
	model := reflected{
		ID: &wi.ID, RequesterID: wi.RequesterID, RequesterDisplayName: wi.RequesterDisplayName, OwnerID: wi.OwnerID, OwnerName: wi.OwnerName,
		Created: wi.Created, Modified: wi.Modified, Description: wi.Description, State: wi.State, Type: wi.Type, Name: wi.Name, Completed: wi.Completed,
		NumItems: wi.NumItems, Errors: wi.Errors,
	}
	if wi.ApprovalItems != nil {
		model.ApprovalItems = []reflectedApprovalItem{}
	}
	for _, i := range wi.ApprovalItems {
		model.ApprovalItems = append(model.ApprovalItems, reflectedApprovalItem{&i.ID, i.Account, i.Application, i.Name, i.Operation, i.Value, i.ValueRedacted, i.State})
	}
	if wi.RemediationItems != nil {
		model.RemediationItems = []reflectedRemediationItem{}
	}
	for _, i := range wi.RemediationItems {
		model.RemediationItems = append(model.RemediationItems, reflectedRemediationItem{
			&i.ID, i.TargetID, i.TargetName, i.TargetDisplayName, i.ApplicationName, i.AttributeName, i.AttributeOperation, i.AttributeValue, i.AttributeValueRedacted, i.NativeIdentity,
		})
	}
	if f := wi.Form; f != nil {
		model.Form = &reflectedForm{f.ID, f.Name, f.Title, f.Subtitle, f.TargetUser, nil}
		if f.Sections != nil {
			model.Form.Sections = []reflectedSection{}
		}
		for _, s := range f.Sections {
			converted := reflectedSection{Name: s.Name, Label: s.Label}
			if s.FormItems != nil {
				converted.FormItems = []string{}
			}
			for _, raw := range s.FormItems {
				converted.FormItems = append(converted.FormItems, isc.ShownJSON(raw))
			}
			model.Form.Sections = append(model.Form.Sections, converted)
		}
	}
	return model
}

// TestWorkItems_longPause: a pause that would outlast the time allowed ends the
// read at once, and one that Ctrl-C meets is named; nothing advises to try again
// before it is over.
func TestWorkItems_longPause(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		pause     string
		cancelled time.Duration
		took      time.Duration
		want      string
	}{
		"longer than the time allowed": {"3600", 0, 0, "Pause that it asks for: 3600 s"},
		"cancelled meanwhile":          {"600", 100 * time.Second, 100 * time.Second, "during a pause the service asked for of 600 s"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inVirtualTime(t, func(t *testing.T, w *world) {
				w.AddFault(mockisc.Fault{Operation: mockisc.OpList, Status: 429, Header: retryAfterHeader(test.pause), Times: -1})
				r := w.rpc(nil)
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				if test.cancelled > 0 {
					time.AfterFunc(test.cancelled, cancel)
				}
				start := time.Now()
				config := object(r.schema.DataSourceSchemas["sailpoint_workitems"].ValueType(), nil)
				resp, err := r.ReadDataSource(ctx, &tfprotov6.ReadDataSourceRequest{TypeName: "sailpoint_workitems", Config: r.dynamic(config)})
				if err != nil {
					t.Fatal(err)
				}
				if got := diagText(resp.Diagnostics); !strings.Contains(got, test.want) || strings.Contains(got, "ry again") {
					t.Errorf("it says:\n%s\nwant %q", got, test.want)
				}
				if took := time.Since(start); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
			})
		})
	}
}
