// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

const expectDescription = "What the author of the decision takes the approval item to be. Each value that is set must match exactly, or nothing is decided; " +
	"JSON arrays and objects match others of the same content. A null value is not checked; an empty string matches only an empty string. " +
	"A redacted value can't be expected. Terraform drops attribute names it doesn't know here without a word, so look for yours in the plan."

// approvalFacts is what a decision can be guarded by.
type approvalFacts struct {
	workItem *isc.WorkItem
	item     *isc.ApprovalItem
}

// expectTable follows from the tables of the approval item and its work item.
var expectTable = func() (table attributeTable[approvalFacts]) {
	for _, a := range approvalItemTable.only(func(a attribute[isc.ApprovalItem]) bool { return a.expectable }) {
		table = append(table, attribute[approvalFacts]{name: a.name, description: a.description, text: func(f *approvalFacts) *string { return a.text(f.item) }})
	}
	for _, a := range workItemTable.only(func(a attribute[isc.WorkItem]) bool { return a.name == "requester_id" }) {
		table = append(table, attribute[approvalFacts]{name: a.name, description: a.description, text: func(f *approvalFacts) *string { return a.text(f.workItem) }})
	}
	return table
}()

func expectTypes() map[string]attr.Type { return expectTable.types() }

// expectations returns what a configuration expects. What is null is not
// checked.
func expectations(expect types.Object) (found []act.Expectation) {
	values := expect.Attributes()
	for _, a := range expectTable {
		want, ok := values[a.name].(types.String)
		if !ok || want.IsNull() {
			continue
		}
		e := act.Expectation{Name: a.name, Fact: func(wi *isc.WorkItem, item *isc.ApprovalItem) *string {
			return a.text(&approvalFacts{wi, item})
		}}
		if !want.IsUnknown() {
			e.Want = want.ValueStringPointer()
		}
		found = append(found, e)
	}
	return found
}

// expectOf is the guard that an approval item would pass as it is now. What is
// redacted can't be expected.
func expectOf(wi *isc.WorkItem, item *isc.ApprovalItem) types.Object {
	values := map[string]attr.Value{}
	for _, a := range expectTable {
		values[a.name] = types.StringPointerValue(shown(a.text(&approvalFacts{wi, item})))
	}
	return types.ObjectValueMust(expectTypes(), values)
}

// warnOfEmptyExpect warns of a guard that guards nothing.
func warnOfEmptyExpect(expect types.Object) (diags diag.Diagnostics) {
	if expect.IsNull() || expect.IsUnknown() {
		return nil
	}
	for _, v := range expect.Attributes() {
		if !v.IsNull() {
			return nil
		}
	}
	diags.AddAttributeWarning(path.Root("expect"), "expect checks nothing",
		"None of its attributes is set, so any approval item matches. Set at least one of them, such as account or value, or leave expect out.")
	return diags
}
