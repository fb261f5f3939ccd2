// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// selectionsJSON returns the selections as a JSON object with sorted keys, and
// whether they are wholly known.
func selectionsJSON(selections types.Dynamic) (body json.RawMessage, known bool) {
	v, known := plain(selections)
	if !known {
		return nil, false
	}
	body, err := json.Marshal(v)
	return canonicalJSON(body), err == nil
}

// plain turns a Terraform value into what encoding/json understands. It reports
// false if any part of the value is unknown.
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
func number(f *big.Float) json.Number {
	if f.IsInt() {
		return json.Number(f.Text('f', 0))
	}
	return json.Number(f.Text('g', -1))
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

// validSelections accepts an object or a map: anything else can't be keyed on
// form field names.
type validSelections struct{}

func (validSelections) Description(context.Context) string {
	return "must be an object or a map, keyed on form field name"
}

func (v validSelections) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validSelections) ValidateDynamic(ctx context.Context, req validator.DynamicRequest, resp *validator.DynamicResponse) {
	if req.ConfigValue.IsUnknown() || req.ConfigValue.IsUnderlyingValueUnknown() {
		return
	}
	switch underlying := req.ConfigValue.UnderlyingValue().(type) {
	case types.Object, types.Map:
		if !underlying.IsNull() {
			return
		}
	}
	resp.Diagnostics.AddAttributeError(req.Path, "Invalid account selections", fmt.Sprintf("%s %s.", req.Path, v.Description(ctx)))
}

// formElement is a section, which holds form items, or a field, which does not.
type formElement struct {
	Name      string        `json:"name"`
	FormItems []formElement `json:"formItems"`
}

// formFields returns the names of the form's fields, also of those in nested
// sections, as far as the form lists them.
func formFields(form *isc.Form) (names []string) {
	var collect func(e formElement)
	collect = func(e formElement) {
		if e.FormItems == nil && e.Name != "" {
			names = append(names, e.Name)
		}
		for _, item := range e.FormItems {
			collect(item)
		}
	}
	for _, section := range form.Sections {
		for _, raw := range section.FormItems {
			var e formElement
			// What has another type stays empty. Decoding all levels at once
			// keeps a deep form from being scanned once for each.
			_ = json.Unmarshal(raw, &e)
			collect(e)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// selectedFields returns the field names of the selections, sorted; none while
// they are unknown.
func selectedFields(selections types.Dynamic) []string {
	switch v := selections.UnderlyingValue().(type) {
	case types.Object:
		return slices.Sorted(maps.Keys(v.Attributes()))
	case types.Map:
		return slices.Sorted(maps.Keys(v.Elements()))
	}
	return nil
}
