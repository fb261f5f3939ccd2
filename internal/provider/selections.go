// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"math/big"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
)

// selectionsOf returns the configured selections as JSON, as far as they are
// known.
func selectionsOf(configured types.Dynamic) act.Selections {
	fields, namesKnown := selectionFields(configured)
	s := act.Selections{Known: map[string]jsontext.Value{}, NamesKnown: namesKnown}
	allKnown := namesKnown
	for name, v := range fields {
		value, known := jsonOf(v)
		s.Known[name] = value
		allKnown = allKnown && known
	}
	if allKnown {
		// Sorted names, so that equal selections are equal bytes.
		s.Body, _ = json.Marshal(s.Known, json.Deterministic(true), jsontext.AllowInvalidUTF8(true)) // Parts that are valid JSON make valid JSON.
	}
	return s
}

// selectionFields returns the values by form field name, and whether the names
// are known.
func selectionFields(configured types.Dynamic) (fields map[string]attr.Value, known bool) {
	if configured.IsNull() || configured.IsUnknown() || configured.IsUnderlyingValueUnknown() {
		return nil, false
	}
	switch v := configured.UnderlyingValue().(type) {
	case types.Object:
		return v.Attributes(), !v.IsNull()
	case types.Map:
		return v.Elements(), !v.IsNull()
	}
	return nil, false
}

// jsonOf returns a Terraform value as JSON with sorted names. It reports false
// if any part of the value is unknown.
func jsonOf(v attr.Value) (jsontext.Value, bool) {
	tree, known := plain(v)
	if !known {
		return nil, false
	}
	value, err := json.Marshal(tree, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	return value, err == nil
}

// plain turns a Terraform value into what the JSON package understands.
func plain(v attr.Value) (any, bool) {
	if v == nil || v.IsUnknown() {
		return nil, false
	}
	if v.IsNull() {
		return nil, true
	}
	switch v := v.(type) {
	case types.Dynamic:
		return plain(v.UnderlyingValue())
	case types.String:
		return v.ValueString(), true
	case types.Bool:
		return v.ValueBool(), true
	case types.Number:
		return number(v.ValueBigFloat()), true
	case types.Object:
		return plainMap(v.Attributes())
	case types.Map:
		return plainMap(v.Elements())
	case types.List:
		return plainList(v.Elements())
	case types.Set:
		return plainList(v.Elements())
	case types.Tuple:
		return plainList(v.Elements())
	}
	return nil, false
}

// number keeps whole numbers whole, however large, and others as short as they
// were written.
func number(f *big.Float) jsontext.Value {
	if f.IsInt() {
		return jsontext.Value(f.Text('f', 0))
	}
	return jsontext.Value(f.Text('g', -1))
}

func plainMap(elements map[string]attr.Value) (any, bool) {
	out := map[string]any{}
	for name, element := range elements {
		v, known := plain(element)
		if !known {
			return nil, false
		}
		out[name] = v
	}
	return out, true
}

func plainList(elements []attr.Value) (any, bool) {
	out := make([]any, len(elements))
	for i, element := range elements {
		v, known := plain(element)
		if !known {
			return nil, false
		}
		out[i] = v
	}
	return out, true
}

// validSelections accepts an object or a map that isn't empty: anything else
// can't be keyed on form field names.
type validSelections struct{}

func (validSelections) Description(context.Context) string {
	return "must be an object or a map, keyed on form field name, with at least one field"
}

func (v validSelections) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validSelections) ValidateDynamic(ctx context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	if req.ConfigValue.IsUnknown() || req.ConfigValue.IsUnderlyingValueUnknown() {
		return
	}
	if fields, known := selectionFields(req.ConfigValue); known && len(fields) > 0 {
		return
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid account selections", fmt.Sprintf("%s %s.", req.Path, v.Description(ctx)))
}
