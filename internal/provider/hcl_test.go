// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"slices"
	"testing"

	hclsource "github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"github.com/zclconf/go-cty/cty/msgpack"
)

// block is a resource or data source as it stands in a configuration that
// refers to nothing else.
type block struct {
	kind, typeName string
	arguments      map[string]cty.Value
}

// parseHCL returns the one block of a configuration.
func parseHCL(t testing.TB, config string) block {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(config), "main.tf", hclsource.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	blocks := file.Body.(*hclsyntax.Body).Blocks
	if len(blocks) != 1 {
		t.Fatalf("%d blocks in\n%s", len(blocks), config)
	}
	b := block{kind: blocks[0].Type, typeName: blocks[0].Labels[0], arguments: map[string]cty.Value{}}
	for name, attribute := range blocks[0].Body.Attributes {
		value, diags := attribute.Expr.Value(nil)
		if diags.HasErrors() {
			t.Fatal(diags)
		}
		b.arguments[name] = value
	}
	return b
}

// attributes returns the block's arguments as Terraform hands them over, nulls
// for what it leaves out.
func (b block) attributes(t testing.TB, valueType tftypes.Type) map[string]any {
	t.Helper()
	config, err := convert.Convert(cty.ObjectVal(b.arguments), withOptional(ctyType(t, valueType)))
	if err != nil {
		t.Fatal(err)
	}
	raw, err := msgpack.Marshal(config, ctyType(t, valueType))
	if err != nil {
		t.Fatal(err)
	}
	value, err := (&tfprotov6.DynamicValue{MsgPack: raw}).Unmarshal(valueType)
	if err != nil {
		t.Fatal(err)
	}
	attributes := map[string]any{}
	for name, v := range fields(t, value) {
		attributes[name] = v
	}
	return attributes
}

func ctyType(t testing.TB, from tftypes.Type) cty.Type {
	t.Helper()
	raw, err := from.MarshalJSON() //nolint:staticcheck // the only way from one to the other
	if err != nil {
		t.Fatal(err)
	}
	to, err := ctyjson.UnmarshalType(raw)
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// withOptional lets every attribute of an object be left out.
func withOptional(t cty.Type) cty.Type {
	switch {
	case t.IsObjectType():
		attributes := map[string]cty.Type{}
		for name, attribute := range t.AttributeTypes() {
			attributes[name] = withOptional(attribute)
		}
		return cty.ObjectWithOptionalAttrs(attributes, slices.Collect(maps.Keys(attributes)))
	case t.IsListType():
		return cty.List(withOptional(t.ElementType()))
	case t.IsSetType():
		return cty.Set(withOptional(t.ElementType()))
	}
	return t
}

// planHCL validates and plans the creation of the one resource of a
// configuration, in process.
func (w *world) planHCL(config string, settings map[string]any) []*tfprotov6.Diagnostic {
	w.t.Helper()
	r := w.rpc(settings)
	b := parseHCL(w.t, config)
	attributes := b.attributes(w.t, r.typeOf(b.typeName))
	if diags := r.validate(b.typeName, attributes); hasError(diags) {
		return diags
	}
	return r.plan(b.typeName, null(r.typeOf(b.typeName)), attributes).Diagnostics
}

// validate validates the configuration of a resource.
func (r *rpc) validate(resourceType string, attributes map[string]any) []*tfprotov6.Diagnostic {
	r.t.Helper()
	resp, err := r.ValidateResourceConfig(r.t.Context(), &tfprotov6.ValidateResourceConfigRequest{
		TypeName: resourceType, Config: r.dynamic(object(r.typeOf(resourceType), attributes)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return resp.Diagnostics
}

// readHCL validates and reads the one data source of a configuration, in
// process.
func (w *world) readHCL(config string) (tftypes.Value, []*tfprotov6.Diagnostic) {
	w.t.Helper()
	r := w.rpc(nil)
	b := parseHCL(w.t, config)
	valueType := r.schema.DataSourceSchemas[b.typeName].ValueType()
	attributes := b.attributes(w.t, valueType)
	resp, err := r.ValidateDataResourceConfig(w.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{
		TypeName: b.typeName, Config: r.dynamic(object(valueType, attributes)),
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if hasError(resp.Diagnostics) {
		return null(valueType), resp.Diagnostics
	}
	return r.readDataSource(b.typeName, attributes)
}
