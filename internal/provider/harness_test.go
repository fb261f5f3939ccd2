// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// Ids that the tests use; the service's have 32 hex characters.
const (
	workItem1 = "2c91808a0000000000000000000000a1"
	workItem2 = "2c91808a0000000000000000000000a2"
	item1     = "2c91808b0000000000000000000000b1"
	item2     = "2c91808b0000000000000000000000b2"
	item3     = "2c91808b0000000000000000000000b3"
	somebody  = "2c91808c0000000000000000000000c1"
)

// Where the service will show what was done, a test waits for it however slow
// the machine is; where it never will, what is tested is what is decided then,
// not the length of the wait.
var (
	patientTiming = timing{settleFor: time.Minute, confirmFor: time.Minute, firstPoll: 50 * time.Millisecond}
	shortTiming   = timing{settleFor: 300 * time.Millisecond, confirmFor: 300 * time.Millisecond, firstPoll: 50 * time.Millisecond}
)

// world is a mock service of its own and the provider configured for it.
type world struct {
	*mockisc.Server
	t      testing.TB
	timing timing
}

func newWorld(t testing.TB, items ...mockisc.WorkItem) *world {
	t.Helper()
	w := &world{mockisc.RunT(t), t, patientTiming}
	w.Add(items...)
	return w
}

// newWorldOfOwner is newWorld with a caller who is no administrator.
func newWorldOfOwner(t *testing.T, items ...mockisc.WorkItem) *world {
	t.Helper()
	w := &world{mockisc.RunT(t, func(c *mockisc.Config) {
		client := mockisc.DefaultClient
		client.Admin = false
		c.Clients = []mockisc.Client{client}
	}), t, patientTiming}
	w.Add(items...)
	return w
}

// server returns the provider's constructor for protocol 6.
func (w *world) server() (tfprotov6.ProviderServer, error) {
	return newServer(&sailpointProvider{version: "test", timing: w.timing}), nil
}

// config puts the provider block before the configuration. The rate is lifted:
// the limiter has its own tests.
func (w *world) config(hcl string, settings ...string) string {
	return fmt.Sprintf(`
provider "sailpoint" {
  base_url                = %q
  client_id               = %q
  client_secret           = %q
  max_requests_per_second = 100000
  %s
}
%s`, w.URL(), mockisc.DefaultClient.ID, mockisc.DefaultClient.Secret, strings.Join(settings, "\n  "), hcl)
}

// run runs the steps through the real terraform.
func (w *world) run(steps ...resource.TestStep) {
	w.t.Helper()
	resource.Test(w.t.(*testing.T), resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"sailpoint": w.server},
		Steps:                    steps,
	})
}

// posts returns the recorded POSTs of acts, as "operation approval-item-id".
func (w *world) posts() (posts []string) {
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Operation != mockisc.OpToken {
			posts = append(posts, strings.TrimSuffix(string(r.Operation)+" "+r.Path[strings.LastIndex(r.Path, "/")+1:], "/"))
		}
	}
	return posts
}

// count counts the recorded requests of the operation.
func (w *world) count(operation mockisc.Operation) (n int) {
	for _, r := range w.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// apiRequests counts all recorded requests but those for tokens.
func (w *world) apiRequests() int { return len(w.Requests()) - w.count(mockisc.OpToken) }

// acts returns the acts applied through the API, as "operation approval-item-ids".
func (w *world) acts() (acts []string) {
	for _, a := range w.Acts() {
		acts = append(acts, strings.TrimSpace(string(a.Operation)+" "+strings.Join(a.Decided, ",")))
	}
	return acts
}

// wantActs fails unless exactly these acts were applied.
func (w *world) wantActs(want ...string) {
	w.t.Helper()
	if got := w.acts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("acts on the service:\n%q\nwant:\n%q", got, want)
	}
}

// wantPosts fails unless exactly these POSTs were sent.
func (w *world) wantPosts(want ...string) {
	w.t.Helper()
	if got := w.posts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("POSTs sent:\n%q\nwant:\n%q", got, want)
	}
}

// emptyPlan is a step that expects nothing to change, and that checks what the
// service saw.
func (w *world) emptyPlan(config string, checks ...func()) resource.TestStep {
	return resource.TestStep{
		Config:            config,
		ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}},
		ConfigStateChecks: []statecheck.StateCheck{stateFunc(func() { runAll(checks) })},
	}
}

func runAll(checks []func()) {
	for _, check := range checks {
		check()
	}
}

// stateFunc runs a function after an apply.
type stateFunc func()

func (f stateFunc) CheckState(context.Context, statecheck.CheckStateRequest, *statecheck.CheckStateResponse) {
	f()
}

// planFunc runs a function between plan and apply.
type planFunc func()

func (f planFunc) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

// successor is an identity that every mock knows, so a valid target of a forward.
const successor = mockisc.DemoDeputyID

// address of the resource named "this" of a type.
func this(resourceType string) string { return resourceType + ".this" }

// hcl is the configuration of one resource named "this".
func hcl(resourceType string, arguments ...string) string {
	return fmt.Sprintf("resource %q \"this\" {\n  %s\n}\n", resourceType, strings.Join(arguments, "\n  "))
}

// known expects a value of the resource named "this" in the plan.
func known(resourceType string, at tfjsonpath.Path, value knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(this(resourceType), at, value)
}

// unknown expects values of the resource named "this" to be known after apply.
func unknown(resourceType string, paths ...tfjsonpath.Path) (checks []plancheck.PlanCheck) {
	for _, at := range paths {
		checks = append(checks, plancheck.ExpectUnknownValue(this(resourceType), at))
	}
	return checks
}

// saved expects a value of the resource named "this" after apply.
func saved(resourceType string, at tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(this(resourceType), at, value)
}

// outcomeOf expects an outcome of the resource named "this".
func outcomeOf(resourceType, want string) statecheck.StateCheck {
	return saved(resourceType, tfjsonpath.New("outcome"), knownvalue.StringExact(want))
}

// openWorkItem is an open work item of the type, without items or form.
func openWorkItem(id, workItemType string) mockisc.WorkItem {
	return mockisc.WorkItem{
		ID:          id,
		Created:     time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Description: "Collect the laptop",
		Type:        workItemType,
		Name:        new("Laptop return"),
	}
}

// formWorkItem is an open account selection with the fields accountId and
// justification.
func formWorkItem(id string) mockisc.WorkItem {
	wi := openWorkItem(id, "Form")
	wi.Form = &mockisc.Form{
		ID: new("f1"), Name: new("Account Selection"), Title: new("Select an account"), TargetUser: "Jane Doe",
		Sections: []mockisc.Section{{Name: new("accounts"), FormItems: []json.RawMessage{
			json.RawMessage(`{"name": "accountId", "required": true}`),
			json.RawMessage(`{"name": "details", "formItems": [{"name": "justification"}]}`),
		}}},
	}
	return wi
}

// refused is a row of a table of plans that must fail without a POST.
type refused struct {
	hcl  string
	edit func(*mockisc.WorkItem)
	want string
}

// runRefused plans each row against a world with the work item.
func runRefused(t *testing.T, item func() mockisc.WorkItem, rows map[string]refused) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := item()
			if row.edit != nil {
				row.edit(&wi)
			}
			w := newWorld(t, wi)
			var settings []string
			if name == "read-only" {
				settings = []string{"read_only = true"}
			}
			w.run(resource.TestStep{Config: w.config(row.hcl, settings...), PlanOnly: true, ExpectError: regexp.MustCompile(row.want)})
			w.wantPosts()
		})
	}
}

// closed closes a work item out of band, with the state.
func closed(state string) func(*mockisc.WorkItem) {
	return func(wi *mockisc.WorkItem) {
		wi.Completed, wi.State = new(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)), &state
	}
}

// approvalWorkItem is an open approval with the given undecided items.
func approvalWorkItem(id string, itemIDs ...string) mockisc.WorkItem {
	wi := mockisc.WorkItem{
		ID:                   id,
		RequesterID:          new("2c91808d0000000000000000000000d1"),
		RequesterDisplayName: new("Rita Requester"),
		Created:              time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Description:          "Access request for Jane Doe",
		Type:                 "Approval",
		Name:                 new("Approval for Jane Doe"),
		NumItems:             new(len(itemIDs)),
	}
	for i, itemID := range itemIDs {
		wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{
			ID:          itemID,
			Account:     new("jdoe"),
			Application: "Finance",
			Name:        new("groups"),
			Operation:   "Add",
			Value:       new(fmt.Sprintf("CN=Group %d", i+1)),
		})
	}
	return wi
}

// approval is the configuration of one approval resource named "this".
func approval(workItemID, itemID, decision string, more ...string) string {
	return fmt.Sprintf(`
resource "sailpoint_workitem_approval" "this" {
  workitem_id      = %q
  approval_item_id = %q
  decision         = %q
  %s
}`, workItemID, itemID, decision, strings.Join(more, "\n  "))
}

// rpc drives the provider in process, at the level of the protocol.
type rpc struct {
	tfprotov6.ProviderServer
	t      testing.TB
	schema *tfprotov6.GetProviderSchemaResponse
}

// rpc returns a configured provider.
func (w *world) rpc(settings map[string]any) *rpc {
	w.t.Helper()
	server, err := w.server()
	if err != nil {
		w.t.Fatal(err)
	}
	return configured(w.t, server, w.URL(), settings)
}

// configured configures a provider for the service at the URL.
func configured(t testing.TB, server tfprotov6.ProviderServer, baseURL string, settings map[string]any) *rpc {
	t.Helper()
	schema, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	r := &rpc{server, t, schema}
	all := map[string]any{
		"base_url": baseURL, "client_id": mockisc.DefaultClient.ID, "client_secret": mockisc.DefaultClient.Secret,
		"max_requests_per_second": 100000,
	}
	maps.Copy(all, settings)
	config := r.dynamic(object(schema.Provider.ValueType(), all))
	resp, err := server.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{TerraformVersion: "1.99.0", Config: config})
	if err != nil {
		t.Fatal(err)
	}
	if hasError(resp.Diagnostics) {
		t.Fatalf("configure: %s", text(resp.Diagnostics))
	}
	return r
}

// The types of the acts' resources.
const (
	approvalType     = "sailpoint_workitem_approval"
	bulkApprovalType = "sailpoint_workitem_bulk_approval"
	forwardType      = "sailpoint_workitem_forward"
	selectionType    = "sailpoint_workitem_account_selection"
	completionType   = "sailpoint_workitem_completion"
)

func (r *rpc) typeOf(resourceType string) tftypes.Object {
	return r.schema.ResourceSchemas[resourceType].ValueType().(tftypes.Object)
}

func (r *rpc) dynamic(v tftypes.Value) *tfprotov6.DynamicValue {
	r.t.Helper()
	d, err := tfprotov6.NewDynamicValue(v.Type(), v)
	if err != nil {
		r.t.Fatal(err)
	}
	return &d
}

// plan plans a change from prior (null for a create) to the configuration.
func (r *rpc) plan(resourceType string, prior tftypes.Value, attributes map[string]any) *tfprotov6.PlanResourceChangeResponse {
	r.t.Helper()
	config := object(r.typeOf(resourceType), attributes)
	resp, err := r.PlanResourceChange(r.t.Context(), &tfprotov6.PlanResourceChangeRequest{
		TypeName:         resourceType,
		PriorState:       r.dynamic(prior),
		ProposedNewState: r.dynamic(r.proposed(resourceType, prior, config)),
		Config:           r.dynamic(config),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return resp
}

// proposed merges the configuration with the computed values of prior, as
// Terraform does.
func (r *rpc) proposed(resourceType string, prior, config tftypes.Value) tftypes.Value {
	if prior.IsNull() {
		return config
	}
	values, old := fields(r.t, config), fields(r.t, prior)
	for _, attribute := range r.schema.ResourceSchemas[resourceType].Block.Attributes {
		if attribute.Computed && values[attribute.Name].IsNull() {
			values[attribute.Name] = old[attribute.Name]
		}
	}
	return tftypes.NewValue(config.Type(), values)
}

// apply applies a plan.
func (r *rpc) apply(ctx context.Context, resourceType string, prior tftypes.Value, attributes map[string]any, plan *tfprotov6.PlanResourceChangeResponse) (tftypes.Value, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	resp, err := r.ApplyResourceChange(ctx, &tfprotov6.ApplyResourceChangeRequest{
		TypeName:       resourceType,
		PriorState:     r.dynamic(prior),
		PlannedState:   plan.PlannedState,
		Config:         r.dynamic(object(r.typeOf(resourceType), attributes)),
		PlannedPrivate: plan.PlannedPrivate,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return r.value(resourceType, resp.NewState), resp.Diagnostics
}

// planAndApply creates a resource.
func (r *rpc) planAndApply(resourceType string, attributes map[string]any) (tftypes.Value, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	prior := tftypes.NewValue(r.typeOf(resourceType), nil)
	plan := r.plan(resourceType, prior, attributes)
	if hasError(plan.Diagnostics) {
		return prior, plan.Diagnostics
	}
	return r.apply(r.t.Context(), resourceType, prior, attributes, plan)
}

func (r *rpc) value(resourceType string, d *tfprotov6.DynamicValue) tftypes.Value {
	r.t.Helper()
	v, err := d.Unmarshal(r.typeOf(resourceType))
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

// object builds a value of the type; attributes left out are null. Values may
// be strings, bools, ints, maps (for objects) or tftypes values.
func object(t tftypes.Type, attributes map[string]any) tftypes.Value {
	values := map[string]tftypes.Value{}
	for name, attributeType := range t.(tftypes.Object).AttributeTypes {
		switch v := attributes[name].(type) {
		case tftypes.Value:
			values[name] = v
		case map[string]any:
			values[name] = object(attributeType, v)
		default:
			values[name] = tftypes.NewValue(attributeType, v)
		}
	}
	return tftypes.NewValue(t, values)
}

func fields(t testing.TB, v tftypes.Value) map[string]tftypes.Value {
	t.Helper()
	values := map[string]tftypes.Value{}
	if err := v.As(&values); err != nil {
		t.Fatal(err)
	}
	return values
}

// field returns the string, number or bool at the path of attribute names as
// text: "(null)" and "(unknown)" where it is that.
func field(t testing.TB, v tftypes.Value, names ...string) string {
	t.Helper()
	for _, name := range names {
		if v.IsNull() || !v.IsKnown() {
			break
		}
		v = fields(t, v)[name]
	}
	var s string
	var b bool
	var n big.Float
	switch {
	case !v.IsKnown():
		return "(unknown)"
	case v.IsNull():
		return "(null)"
	case v.As(&b) == nil:
		return strconv.FormatBool(b)
	case v.As(&n) == nil:
		return n.String()
	}
	if err := v.As(&s); err != nil {
		t.Fatal(err)
	}
	return s
}

func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// text prints diagnostics, one after the other.
func text(diagnostics []*tfprotov6.Diagnostic) string {
	var b strings.Builder
	for _, d := range diagnostics {
		fmt.Fprintf(&b, "%s: %s [%s]\n%s\n", d.Severity, d.Summary, d.Attribute, d.Detail)
	}
	return b.String()
}

// readDataSource reads a data source in process and expects no diagnostics.
func (w *world) readDataSource(name string, arguments map[string]any) tftypes.Value {
	w.t.Helper()
	state, diags := w.readDataSourceDiags(name, arguments)
	if len(diags) != 0 {
		w.t.Fatal(text(diags))
	}
	return state
}

func (w *world) readDataSourceDiags(name string, arguments map[string]any) (tftypes.Value, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	return w.rpc(nil).readDataSource(name, arguments)
}

func (r *rpc) readDataSource(name string, arguments map[string]any) (tftypes.Value, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	valueType := r.schema.DataSourceSchemas[name].ValueType()
	resp, err := r.ReadDataSource(r.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: r.dynamic(object(valueType, arguments))})
	if err != nil {
		r.t.Fatal(err)
	}
	state, err := resp.State.Unmarshal(valueType)
	if err != nil {
		r.t.Fatal(err)
	}
	return state, resp.Diagnostics
}

// setOf is a set of strings.
func setOf(values ...string) tftypes.Value {
	elements := make([]tftypes.Value, len(values))
	for i, v := range values {
		elements[i] = tftypes.NewValue(tftypes.String, v)
	}
	return tftypes.NewValue(tftypes.Set{ElementType: tftypes.String}, elements)
}

func null(t tftypes.Type) tftypes.Value { return tftypes.NewValue(t, nil) }

// selectionsValue is an object of strings, for a dynamic attribute.
func selectionsValue(values map[string]string) tftypes.Value {
	attributes, elements := map[string]tftypes.Type{}, map[string]tftypes.Value{}
	for name, v := range values {
		attributes[name], elements[name] = tftypes.String, tftypes.NewValue(tftypes.String, v)
	}
	return tftypes.NewValue(tftypes.Object{AttributeTypes: attributes}, elements)
}

// toHCL writes a list of strings.
func toHCL(values []string) string {
	quoted := make([]string, len(values))
	for i, v := range values {
		quoted[i] = fmt.Sprintf("%q", v)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}
