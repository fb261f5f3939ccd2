// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"
	"math/big"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

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

// schemas are those of the provider, which is expensive to ask for again in each
// of thousands of cases.
var schemas = sync.OnceValues(func() (*tfprotov6.GetProviderSchemaResponse, error) {
	return newServer(&sailpointProvider{version: "test"}).GetProviderSchema(context.Background(), &tfprotov6.GetProviderSchemaRequest{})
})

// configured configures a provider for the service at the URL.
func configured(t testing.TB, server tfprotov6.ProviderServer, baseURL string, settings map[string]any) *rpc {
	t.Helper()
	schema, err := schemas()
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
		t.Fatalf("configure: %s", diagText(resp.Diagnostics))
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
	resp := r.applyChange(ctx, resourceType, prior, attributes, plan)
	return r.value(resourceType, resp.NewState), resp.Diagnostics
}

func (r *rpc) applyChange(ctx context.Context, resourceType string, prior tftypes.Value, attributes map[string]any, plan *tfprotov6.PlanResourceChangeResponse) *tfprotov6.ApplyResourceChangeResponse {
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
	return resp
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

// elements returns the elements of a list; none if it is null.
func elements(t testing.TB, v tftypes.Value) (list []tftypes.Value) {
	t.Helper()
	if err := v.As(&list); err != nil {
		t.Fatal(err)
	}
	return list
}

// texts returns the elements of a list of strings.
func texts(t testing.TB, v tftypes.Value) (list []string) {
	t.Helper()
	for _, element := range elements(t, v) {
		list = append(list, field(t, element))
	}
	return list
}

func hasError(diagnostics []*tfprotov6.Diagnostic) bool {
	for _, d := range diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return true
		}
	}
	return false
}

// diagText prints diagnostics, one after the other.
func diagText(diagnostics []*tfprotov6.Diagnostic) string {
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
		w.t.Fatal(diagText(diags))
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
