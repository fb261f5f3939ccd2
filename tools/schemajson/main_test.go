// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/provider"
)

// The docs generator parses the file with terraform-json, so that package
// judges it.
func TestRun_everySchemaIsReadByTerraformJSON(t *testing.T) {
	t.Parallel()

	p := provider.New("test")()
	var out bytes.Buffer
	if err := run(t.Context(), &out, p); err != nil {
		t.Fatal(err)
	}
	var got tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	written, ok := got.Schemas["sailpoint"]
	if !ok {
		t.Fatalf("no schemas for the provider: %v", got.Schemas)
	}

	server := providerserver.NewProtocol6(p)()
	served, err := server.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identities, err := server.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if len(served.ResourceSchemas) == 0 || len(served.DataSourceSchemas) == 0 {
		t.Fatal("the provider serves no resources or no data sources")
	}
	sameSchema(t, "provider", written.ConfigSchema, served.Provider)
	sameSchemas(t, "resource", written.ResourceSchemas, served.ResourceSchemas)
	sameSchemas(t, "data source", written.DataSourceSchemas, served.DataSourceSchemas)
	sameSchemas(t, "list resource", written.ListResourceSchemas, served.ListResourceSchemas)
	sameNames(t, "action", written.ActionSchemas, served.ActionSchemas)
	sameNames(t, "function", written.Functions, served.Functions)
	sameNames(t, "identity", written.ResourceIdentitySchemas, identities.IdentitySchemas)
}

func sameNames[Written, Served any](t *testing.T, kind string, written map[string]Written, served map[string]Served) {
	t.Helper()
	if w, s := slices.Sorted(maps.Keys(written)), slices.Sorted(maps.Keys(served)); !slices.Equal(w, s) {
		t.Errorf("%ss: wrote %v, the provider serves %v", kind, w, s)
	}
}

func sameSchemas(t *testing.T, kind string, written map[string]*tfjson.Schema, served map[string]*tfprotov6.Schema) {
	t.Helper()
	sameNames(t, kind, written, served)
	for name, s := range served {
		sameSchema(t, kind+" "+name, written[name], s)
	}
}

// sameSchema compares what both sides say of each attribute of the root block.
func sameSchema(t *testing.T, name string, written *tfjson.Schema, served *tfprotov6.Schema) {
	t.Helper()
	if written == nil {
		t.Errorf("%s: not written", name)
		return
	}
	if w, s := len(written.Block.Attributes), len(served.Block.Attributes); w != s {
		t.Errorf("%s: wrote %d attributes, the provider serves %d", name, w, s)
	}
	for _, s := range served.Block.Attributes {
		w := written.Block.Attributes[s.Name]
		if w == nil {
			t.Errorf("%s: %s is not written", name, s.Name)
			continue
		}
		if w.Required != s.Required || w.Optional != s.Optional || w.Computed != s.Computed || w.Sensitive != s.Sensitive {
			t.Errorf("%s: %s has other flags", name, s.Name)
		}
		if w.Description != s.Description || !strings.EqualFold(string(w.DescriptionKind), s.DescriptionKind.String()) {
			t.Errorf("%s: %s has another description", name, s.Name)
		}
		wrote, err := json.Marshal(impliedType(w))
		if err != nil {
			t.Fatal(err)
		}
		serves, err := json.Marshal(s.ValueType())
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(wrote, serves) {
			t.Errorf("%s: %s has the type %s, the provider serves %s", name, s.Name, wrote, serves)
		}
	}
}

// impliedType is the type of an attribute as Terraform sees it, whether or not
// it is nested.
func impliedType(a *tfjson.SchemaAttribute) cty.Type {
	if a.AttributeNestedType == nil {
		return a.AttributeType
	}
	attributes := map[string]cty.Type{}
	for name, nested := range a.AttributeNestedType.Attributes {
		attributes[name] = impliedType(nested)
	}
	object := cty.Object(attributes)
	switch a.AttributeNestedType.NestingMode {
	case tfjson.SchemaNestingModeList:
		return cty.List(object)
	case tfjson.SchemaNestingModeSet:
		return cty.Set(object)
	case tfjson.SchemaNestingModeMap:
		return cty.Map(object)
	default:
		return object
	}
}

// What the provider doesn't happen to use today has to come out right too.
func TestConvert_coversTheWholeProtocol(t *testing.T) {
	t.Parallel()

	text := &tfprotov6.SchemaAttribute{Name: "text", Type: tftypes.String, Required: true, DescriptionKind: tfprotov6.StringKindMarkdown, Description: "*Text*"}
	schemaOf := func(attributes ...*tfprotov6.SchemaAttribute) *tfprotov6.Schema {
		return &tfprotov6.Schema{Version: 3, Block: &tfprotov6.SchemaBlock{Attributes: attributes}}
	}
	served := &tfprotov6.GetProviderSchemaResponse{
		Provider: &tfprotov6.Schema{Block: &tfprotov6.SchemaBlock{
			Deprecated: true,
			BlockTypes: []*tfprotov6.SchemaNestedBlock{{
				TypeName: "retry", Nesting: tfprotov6.SchemaNestedBlockNestingModeList, MaxItems: 1, MinItems: 1,
				Block: schemaOf(text).Block,
			}},
		}},
		ResourceSchemas: map[string]*tfprotov6.Schema{"x_thing": schemaOf(
			&tfprotov6.SchemaAttribute{Name: "anything", Type: tftypes.DynamicPseudoType, Optional: true, WriteOnly: true},
			&tfprotov6.SchemaAttribute{Name: "names", Type: tftypes.Set{ElementType: tftypes.String}, Computed: true, Sensitive: true, Deprecated: true},
			&tfprotov6.SchemaAttribute{Name: "parts", Computed: true, NestedType: &tfprotov6.SchemaObject{
				Nesting: tfprotov6.SchemaObjectNestingModeMap, Attributes: []*tfprotov6.SchemaAttribute{text},
			}},
		)},
		EphemeralResourceSchemas: map[string]*tfprotov6.Schema{"x_token": schemaOf()},
		ListResourceSchemas:      map[string]*tfprotov6.Schema{"x_thing": schemaOf(text)},
		ActionSchemas:            map[string]*tfprotov6.ActionSchema{"x_act": {Schema: schemaOf(text)}},
		Functions: map[string]*tfprotov6.Function{"f": {
			Summary: "Short", Description: "Long", DeprecationMessage: "Old",
			Parameters:        []*tfprotov6.FunctionParameter{{Name: "a", Type: tftypes.Number, AllowNullValue: true}},
			VariadicParameter: &tfprotov6.FunctionParameter{Name: "rest", Type: tftypes.Bool, Description: "More"},
			Return:            &tfprotov6.FunctionReturn{Type: tftypes.Map{ElementType: tftypes.String}},
		}},
	}
	identities := &tfprotov6.GetResourceIdentitySchemasResponse{IdentitySchemas: map[string]*tfprotov6.ResourceIdentitySchema{
		"x_thing": {Version: 1, IdentityAttributes: []*tfprotov6.ResourceIdentitySchemaAttribute{
			{Name: "id", Type: tftypes.String, RequiredForImport: true, Description: "Id"},
			{Name: "zone", Type: tftypes.String, OptionalForImport: true},
		}},
	}}
	const textBlock = `{
		"attributes": {"text": {"type": "string", "description": "*Text*", "description_kind": "markdown", "required": true}},
		"description_kind": "plain"
	}`
	want := `{
		"provider": {"version": 0, "block": {
			"block_types": {"retry": {"nesting_mode": "list", "min_items": 1, "max_items": 1, "block": ` + textBlock + `}},
			"description_kind": "plain", "deprecated": true
		}},
		"resource_schemas": {"x_thing": {"version": 3, "block": {
			"attributes": {
				"anything": {"type": "dynamic", "description_kind": "plain", "optional": true, "write_only": true},
				"names": {"type": ["set", "string"], "description_kind": "plain", "deprecated": true, "computed": true, "sensitive": true},
				"parts": {"nested_type": {
					"attributes": {"text": {"type": "string", "description": "*Text*", "description_kind": "markdown", "required": true}},
					"nesting_mode": "map"
				}, "description_kind": "plain", "computed": true}
			},
			"description_kind": "plain"
		}}},
		"ephemeral_resource_schemas": {"x_token": {"version": 3, "block": {"description_kind": "plain"}}},
		"list_resource_schemas": {"x_thing": {"version": 3, "block": ` + textBlock + `}},
		"action_schemas": {"x_act": {"version": 3, "block": ` + textBlock + `}},
		"functions": {"f": {
			"description": "Long", "summary": "Short", "deprecation_message": "Old",
			"return_type": ["map", "string"],
			"parameters": [{"name": "a", "is_nullable": true, "type": "number"}],
			"variadic_parameter": {"name": "rest", "description": "More", "type": "bool"}
		}},
		"resource_identity_schemas": {"x_thing": {"version": 1, "attributes": {
			"id": {"type": "string", "description": "Id", "required_for_import": true},
			"zone": {"type": "string", "optional_for_import": true}
		}}}
	}`

	got, err := json.Marshal(convert(served, identities))
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(parsed(t, got), parsed(t, []byte(want))) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func parsed(t *testing.T, text []byte) (v any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestDiagnosed_errorsFailAndWarningsDoNot(t *testing.T) {
	t.Parallel()

	warning := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityWarning, Summary: "Careful"}
	if err := diagnosed([]*tfprotov6.Diagnostic{warning}); err != nil {
		t.Errorf("a warning is an error: %v", err)
	}
	failure := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError, Summary: "Broken", Detail: "No type."}
	if err := diagnosed([]*tfprotov6.Diagnostic{warning, failure}); err == nil || err.Error() != "Broken: No type." {
		t.Errorf("got %v", err)
	}
}
