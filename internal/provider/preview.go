// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// fact is one attribute of an object that an act's plan previews.
type fact[T any] struct {
	name, description string
	value             func(*T) *string
	// volatile facts may change while the work item is open, by siblings in
	// the same apply too: they stay unknown until the act is done.
	volatile bool
}

// factSet describes a previewed object.
type factSet[T any] []fact[T]

var workItemFacts = factSet[isc.WorkItem]{
	{"name", "Name of the work item.", func(wi *isc.WorkItem) *string { return wi.Name }, false},
	{"description", "What the work item asks for.", func(wi *isc.WorkItem) *string { return wi.Description }, false},
	{"type", "Type of the work item.", func(wi *isc.WorkItem) *string { return wi.Type }, false},
	{"requester_id", "Id of the identity that made the request.", func(wi *isc.WorkItem) *string { return wi.RequesterID }, false},
	{"requester_display_name", "Name of the identity that made the request.", func(wi *isc.WorkItem) *string { return wi.RequesterDisplayName }, false},
	{"created", "When the work item was created (RFC 3339, as served).", func(wi *isc.WorkItem) *string { return wi.Created }, false},
	{"state", "State of the work item. May be null while it is open.", func(wi *isc.WorkItem) *string { return wi.State }, true},
	{"owner_id", "Id of the owner.", func(wi *isc.WorkItem) *string { return wi.OwnerID }, true},
	{"owner_name", "Name of the owner.", func(wi *isc.WorkItem) *string { return wi.OwnerName }, true},
	{"completed", "When the work item was completed (RFC 3339, as served). Null while it is open.", func(wi *isc.WorkItem) *string { return wi.Completed }, true},
}

var approvalItemFacts = factSet[isc.ApprovalItem]{
	{"account", "Account the request is about.", func(i *isc.ApprovalItem) *string { return i.Account }, false},
	{"application", "Application, the source of the account.", func(i *isc.ApprovalItem) *string { return i.Application }, false},
	{"name", "Name of the attribute to change.", func(i *isc.ApprovalItem) *string { return i.Name }, false},
	{"operation", "Operation on the attribute, such as `Add`.", func(i *isc.ApprovalItem) *string { return i.Operation }, false},
	{"value", "Value of the attribute, such as an entitlement.", func(i *isc.ApprovalItem) *string { return i.Value }, false},
	{"state", "State of the approval item.", func(i *isc.ApprovalItem) *string { return i.State }, true},
}

// listedApprovalItemFacts are the facts of an approval item in a list.
var listedApprovalItemFacts = append(factSet[isc.ApprovalItem]{
	{"id", "Id of the approval item.", func(i *isc.ApprovalItem) *string { return &i.ID }, false},
}, approvalItemFacts...)

// schema returns the attributes of the object.
func (s factSet[T]) schema() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, f := range s {
		attributes[f.name] = schema.StringAttribute{Computed: true, MarkdownDescription: f.description}
	}
	return attributes
}

func (s factSet[T]) types() map[string]attr.Type {
	attributes := map[string]attr.Type{}
	for _, f := range s {
		attributes[f.name] = types.StringType
	}
	return attributes
}

// preview returns the object with what is volatile unknown.
func (s factSet[T]) preview(v *T) types.Object {
	return s.object(func(f fact[T]) attr.Value {
		if f.volatile {
			return types.StringUnknown()
		}
		return types.StringPointerValue(compose(f.value(v)))
	})
}

// record returns the object with what is volatile taken from v. Where the
// service no longer shows it, v is nil, and what was known before is kept.
func (s factSet[T]) record(previewed types.Object, v *T) types.Object {
	known := previewed.Attributes()
	return s.object(func(f fact[T]) attr.Value {
		switch {
		case !f.volatile, v == nil && !known[f.name].IsUnknown():
			return known[f.name]
		case v == nil:
			return types.StringNull()
		}
		return types.StringPointerValue(compose(f.value(v)))
	})
}

func (s factSet[T]) object(value func(fact[T]) attr.Value) types.Object {
	values := map[string]attr.Value{}
	for _, f := range s {
		values[f.name] = value(f)
	}
	return types.ObjectValueMust(s.types(), values)
}

// changed lists where two previews differ, as lines for a person. What the
// first does not know yet is not a difference.
func changed(name string, was, is attr.Value) []string {
	if was == nil || was.IsUnknown() || was.Equal(is) {
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
			lines = append(lines, changed(name+"."+key, was.Attributes()[key], is.Attributes()[key])...)
		}
		return lines
	case types.List:
		is, ok := is.(types.List)
		if !ok || len(was.Elements()) != len(is.Elements()) {
			break
		}
		var lines []string
		for i, element := range was.Elements() {
			lines = append(lines, changed(fmt.Sprintf("%s[%d]", name, i), element, is.Elements()[i])...)
		}
		return lines
	}
	if is.IsUnknown() {
		return nil
	}
	return []string{fmt.Sprintf("%s was %s and is %s", name, was, is)}
}
