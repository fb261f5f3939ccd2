// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// attribute describes one text of an object of the service, and what becomes of
// it in Terraform. Schemas, values, previews and guards follow from tables of
// them.
type attribute[Object any] struct {
	name, description string
	text              func(*Object) *string
	// redacted, if set, tells whether the text was taken out; it becomes the
	// attribute NAME_redacted.
	redacted func(*Object) bool
	// recorded attributes are part of what an act keeps.
	recorded bool
	// volatile ones may change while the work item is open, by siblings in the
	// same apply too: they stay unknown until the act is done.
	volatile bool
	// expectable ones can be guarded by expect.
	expectable bool
}

type attributeTable[Object any] []attribute[Object]

const redactedSuffix = "_redacted"

// only returns the attributes that match.
func (t attributeTable[Object]) only(matches func(attribute[Object]) bool) (found attributeTable[Object]) {
	for _, a := range t {
		if matches(a) {
			found = append(found, a)
		}
	}
	return found
}

func (t attributeTable[Object]) recorded() attributeTable[Object] {
	return t.only(func(a attribute[Object]) bool { return a.recorded })
}

// schemaOf makes the attributes of a schema, which each of the framework's
// schema packages has types of its own for.
func schemaOf[Object, SchemaAttribute any](t attributeTable[Object], text, flag func(description string) SchemaAttribute) map[string]SchemaAttribute {
	attributes := map[string]SchemaAttribute{}
	for _, a := range t {
		attributes[a.name] = text(a.description)
		if a.redacted != nil {
			attributes[a.name+redactedSuffix] = flag("Whether there is a value that is not shown, because the name of its attribute looks like that of a secret.")
		}
	}
	return attributes
}

func (t attributeTable[Object]) types() map[string]attr.Type {
	attributes := map[string]attr.Type{}
	for _, a := range t {
		attributes[a.name] = types.StringType
		if a.redacted != nil {
			attributes[a.name+redactedSuffix] = types.BoolType
		}
	}
	return attributes
}

// values returns the object's attributes as Terraform's values.
func (t attributeTable[Object]) values(v *Object, show func(*string) *string) map[string]tftypes.Value {
	values := map[string]tftypes.Value{}
	for _, a := range t {
		values[a.name] = textValue(show(a.text(v)))
		if a.redacted != nil {
			values[a.name+redactedSuffix] = tftypes.NewValue(tftypes.Bool, a.redacted(v))
		}
	}
	return values
}

// preview returns the object with what is volatile unknown.
func (t attributeTable[Object]) preview(v *Object) types.Object {
	values := map[string]attr.Value{}
	for _, a := range t {
		values[a.name] = types.StringPointerValue(shown(a.text(v)))
		if a.volatile {
			values[a.name] = types.StringUnknown()
		}
		if a.redacted != nil {
			values[a.name+redactedSuffix] = types.BoolValue(a.redacted(v))
		}
	}
	return types.ObjectValueMust(t.types(), values)
}

// record returns the previewed object with what is volatile taken from v. Where
// the service no longer shows it, v is nil, and what was known before is kept.
func (t attributeTable[Object]) record(previewed types.Object, v *Object) types.Object {
	values := previewed.Attributes()
	for _, a := range t {
		switch {
		case !a.volatile, v == nil && !values[a.name].IsUnknown():
		case v == nil:
			values[a.name] = types.StringNull()
		default:
			values[a.name] = types.StringPointerValue(shown(a.text(v)))
		}
	}
	return types.ObjectValueMust(t.types(), values)
}

// shown returns a text of the service in the form in which Terraform shows it.
// This is the one place where texts enter Terraform's values.
func shown(s *string) *string {
	if s == nil {
		return nil
	}
	return new(isc.ShownText(*s))
}

// asServed leaves a text as the service sent it.
func asServed(s *string) *string { return s }

// nullRule is what null in the first of two previews stands for.
type nullRule bool

const (
	// compareNull: the service had nothing there.
	compareNull nullRule = false
	// skipNull: nobody can tell.
	skipNull nullRule = true
)

// changed lists where two previews differ, as lines for a person. What the
// first does not know yet is not a difference.
func changed(name string, was, is attr.Value, nulls nullRule) []string {
	if was == nil || was.IsUnknown() || is.IsUnknown() || was.Equal(is) || nulls == skipNull && was.IsNull() {
		return nil
	}
	switch was := was.(type) {
	case types.Object:
		is, ok := is.(types.Object)
		if !ok || was.IsNull() || is.IsNull() {
			break
		}
		var lines []string
		for _, key := range slices.Sorted(maps.Keys(was.Attributes())) {
			lines = append(lines, changed(name+"."+key, was.Attributes()[key], is.Attributes()[key], nulls)...)
		}
		return lines
	case types.List:
		is, ok := is.(types.List)
		if !ok || len(was.Elements()) != len(is.Elements()) {
			break
		}
		var lines []string
		for i, element := range was.Elements() {
			lines = append(lines, changed(fmt.Sprintf("%s[%d]", name, i), element, is.Elements()[i], nulls)...)
		}
		return lines
	}
	return []string{fmt.Sprintf("%s was %s and is %s", name, describeValue(was), describeValue(is))}
}

// describeValue shows a value in a message.
func describeValue(v attr.Value) string {
	switch v := v.(type) {
	case types.String:
		if v.IsNull() {
			return "null"
		}
		return `"` + isc.OneLine(v.ValueString()) + `"`
	case types.List:
		return fmt.Sprintf("a list of %d", len(v.Elements()))
	}
	return isc.OneLine(v.String())
}
