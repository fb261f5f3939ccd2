// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// The objects of the service, as Terraform sees them.
var (
	workItemTable = attributeTable[isc.WorkItem]{
		{name: "id", description: "Id of the work item.", text: func(wi *isc.WorkItem) *string { return &wi.ID }},
		{name: "requester_id", description: "Id of the identity that made the request. Null for work items that no request caused.", text: func(wi *isc.WorkItem) *string { return wi.RequesterID }, recorded: true},
		{name: "requester_display_name", description: "Name of the identity that made the request.", text: func(wi *isc.WorkItem) *string { return wi.RequesterDisplayName }, recorded: true},
		{name: "owner_id", description: "Id of the identity or governance group that owns the work item. Null where nobody does.", text: func(wi *isc.WorkItem) *string { return wi.OwnerID }, recorded: true, volatile: true},
		{name: "owner_name", description: "Name of the owner.", text: func(wi *isc.WorkItem) *string { return wi.OwnerName }, recorded: true, volatile: true},
		{name: "created", description: "When the work item was created (RFC 3339, as served).", text: func(wi *isc.WorkItem) *string { return wi.Created }, recorded: true},
		{name: "modified", description: "When the work item was last modified (RFC 3339, as served).", text: func(wi *isc.WorkItem) *string { return wi.Modified }},
		{name: "description", description: "What the work item asks for.", text: func(wi *isc.WorkItem) *string { return wi.Description }, recorded: true},
		{name: "state", description: "State, such as `Pending`, `Finished` or `Rejected`. May be null while the work item is open.", text: func(wi *isc.WorkItem) *string { return wi.State }, recorded: true, volatile: true},
		{name: "type", description: "Type, such as `Approval`, `Form`, `ManualAction` or `Remediation`.", text: func(wi *isc.WorkItem) *string { return wi.Type }, recorded: true},
		{name: "name", description: "Name of the work item.", text: func(wi *isc.WorkItem) *string { return wi.Name }, recorded: true},
		{name: "completed", description: "When the work item was completed (RFC 3339, as served). Null while it is open.", text: func(wi *isc.WorkItem) *string { return wi.Completed }, recorded: true, volatile: true},
	}

	approvalItemTable = attributeTable[isc.ApprovalItem]{
		{name: "id", description: "Id of the approval item.", text: func(i *isc.ApprovalItem) *string { return &i.ID }},
		{name: "account", description: "Account the item is about: the nearest thing to the person whom it concerns.", text: func(i *isc.ApprovalItem) *string { return i.Account }, recorded: true, expectable: true},
		{name: "application", description: "Application, the source of the account; often with the suffix ` [source]`.", text: func(i *isc.ApprovalItem) *string { return i.Application }, recorded: true, expectable: true},
		{name: "name", description: "Name of the account attribute to change.", text: func(i *isc.ApprovalItem) *string { return i.Name }, recorded: true, expectable: true},
		{name: "operation", description: "Operation on the attribute, such as `Create`, `Add` or `Remove`.", text: func(i *isc.ApprovalItem) *string { return i.Operation }, recorded: true, expectable: true},
		{name: "value", description: "Value of the attribute, such as an entitlement. Null where there is none, and where it is redacted.", text: func(i *isc.ApprovalItem) *string { return i.Value }, redacted: func(i *isc.ApprovalItem) bool { return i.ValueRedacted }, recorded: true, expectable: true},
		{name: "state", description: "State: `Finished` (approved) or `Rejected`; null or `Pending` while undecided, which is how the items of a manual task stay.", text: func(i *isc.ApprovalItem) *string { return i.State }, recorded: true, volatile: true},
	}

	remediationItemTable = attributeTable[isc.RemediationItem]{
		{name: "id", description: "Id of the remediation item.", text: func(i *isc.RemediationItem) *string { return &i.ID }},
		{name: "target_id", description: "Id of the identity concerned.", text: func(i *isc.RemediationItem) *string { return i.TargetID }},
		{name: "target_name", description: "Name of the identity concerned.", text: func(i *isc.RemediationItem) *string { return i.TargetName }},
		{name: "target_display_name", description: "Display name of the identity concerned.", text: func(i *isc.RemediationItem) *string { return i.TargetDisplayName }},
		{name: "application_name", description: "Application, the source of the account.", text: func(i *isc.RemediationItem) *string { return i.ApplicationName }},
		{name: "attribute_name", description: "Name of the account attribute to change.", text: func(i *isc.RemediationItem) *string { return i.AttributeName }},
		{name: "attribute_operation", description: "Operation on the attribute.", text: func(i *isc.RemediationItem) *string { return i.AttributeOperation }},
		{name: "attribute_value", description: "Value of the attribute. Null where there is none, and where it is redacted.", text: func(i *isc.RemediationItem) *string { return i.AttributeValue }, redacted: func(i *isc.RemediationItem) bool { return i.AttributeValueRedacted }},
		{name: "native_identity", description: "Native identity of the account.", text: func(i *isc.RemediationItem) *string { return i.NativeIdentity }},
	}

	formTable = attributeTable[isc.Form]{
		{name: "id", description: "Id of the form.", text: func(f *isc.Form) *string { return f.ID }, recorded: true},
		{name: "name", description: "Name of the form.", text: func(f *isc.Form) *string { return f.Name }, recorded: true},
		{name: "title", description: "Title of the form.", text: func(f *isc.Form) *string { return f.Title }, recorded: true},
		{name: "subtitle", description: "Subtitle of the form.", text: func(f *isc.Form) *string { return f.Subtitle }},
		{name: "target_user", description: "Name of the user the form is for.", text: func(f *isc.Form) *string { return f.TargetUser }, recorded: true},
	}

	formSectionTable = attributeTable[isc.FormSection]{
		{name: "name", description: "Name of the section.", text: func(s *isc.FormSection) *string { return s.Name }},
		{name: "label", description: "Label of the section.", text: func(s *isc.FormSection) *string { return s.Label }},
	}
)

// workItemAttributes describes a work item with all its fields, as the data
// sources show it.
func workItemAttributes() map[string]schema.Attribute {
	section := dataSourceAttributes(formSectionTable)
	section["form_items"] = schema.ListAttribute{
		Computed:            true,
		ElementType:         types.StringType,
		MarkdownDescription: "Fields and nested sections, each as a JSON string with sorted keys (use `jsondecode`): the service does not document their shape.",
	}
	form := dataSourceAttributes(formTable)
	form["sections"] = nestedList("Sections of the form.", section)

	attributes := dataSourceAttributes(workItemTable)
	attributes["num_items"] = schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of items in the work item."}
	attributes["errors"] = schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Errors the service recorded."}
	attributes["approval_items"] = nestedList("The lines of an approval, or the changes that a manual task asks for. Null where the service sends none.", dataSourceAttributes(approvalItemTable))
	attributes["remediation_items"] = nestedList("The lines of a remediation. Null where the service sends none.", dataSourceAttributes(remediationItemTable))
	attributes["form"] = schema.SingleNestedAttribute{Computed: true, Attributes: form, MarkdownDescription: "The form of the work item. Null where it has none."}
	return attributes
}

func dataSourceAttributes[Object any](t attributeTable[Object]) map[string]schema.Attribute {
	return schemaOf(t, computedText, func(description string) schema.Attribute {
		return schema.BoolAttribute{Computed: true, MarkdownDescription: description}
	})
}

func computedText(description string) schema.Attribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

func nestedList(description string, attributes map[string]schema.Attribute) schema.Attribute {
	return schema.ListNestedAttribute{Computed: true, MarkdownDescription: description, NestedObject: schema.NestedAttributeObject{Attributes: attributes}}
}

// workItemEncoder turns work items into Terraform values without reflection,
// which for long lists costs a quarter of what the framework's conversion from
// structs does.
type workItemEncoder struct {
	item, approvalItem, remediationItem, form, section tftypes.Object
	// show returns a text in the form in which it is encoded.
	show func(*string) *string
}

func newWorkItemEncoder(ctx context.Context, show func(*string) *string) workItemEncoder {
	attributes := map[string]attr.Type{}
	for name, attribute := range workItemAttributes() {
		attributes[name] = attribute.GetType()
	}
	item := objectType(ctx, types.ObjectType{AttrTypes: attributes})
	form := as[tftypes.Object](item.AttributeTypes["form"])
	return workItemEncoder{
		item:            item,
		approvalItem:    elementType(item, "approval_items"),
		remediationItem: elementType(item, "remediation_items"),
		form:            form,
		section:         elementType(form, "sections"),
		show:            show,
	}
}

func objectType(ctx context.Context, t basetypes.ObjectType) tftypes.Object {
	return as[tftypes.Object](t.TerraformType(ctx))
}

func elementType(object tftypes.Object, attribute string) tftypes.Object {
	return as[tftypes.Object](as[tftypes.List](object.AttributeTypes[attribute]).ElementType)
}

// as is for types that follow from the attributes above.
func as[T tftypes.Type](t tftypes.Type) T {
	return t.(T) //nolint:forcetypeassert // A slip in the attributes shows in every test.
}

// value returns the work item with all its fields; null and absent become null.
func (e workItemEncoder) value(wi *isc.WorkItem) tftypes.Value {
	return tftypes.NewValue(e.item, e.values(wi))
}

func (e workItemEncoder) values(wi *isc.WorkItem) map[string]tftypes.Value {
	values := workItemTable.values(wi, e.show)
	values["num_items"] = tftypes.NewValue(tftypes.Number, nil)
	if wi.NumItems != nil {
		values["num_items"] = tftypes.NewValue(tftypes.Number, *wi.NumItems)
	}
	values["errors"] = listValue(tftypes.String, wi.Errors, func(s *string) tftypes.Value { return textValue(e.show(s)) })
	values["approval_items"] = listValue(e.approvalItem, wi.ApprovalItems, func(item *isc.ApprovalItem) tftypes.Value {
		return tftypes.NewValue(e.approvalItem, approvalItemTable.values(item, e.show))
	})
	values["remediation_items"] = listValue(e.remediationItem, wi.RemediationItems, func(item *isc.RemediationItem) tftypes.Value {
		return tftypes.NewValue(e.remediationItem, remediationItemTable.values(item, e.show))
	})
	values["form"] = tftypes.NewValue(e.form, nil)
	if wi.Form != nil {
		form := formTable.values(wi.Form, e.show)
		form["sections"] = listValue(e.section, wi.Form.Sections, e.sectionValue)
		values["form"] = tftypes.NewValue(e.form, form)
	}
	return values
}

func (e workItemEncoder) sectionValue(s *isc.FormSection) tftypes.Value {
	values := formSectionTable.values(s, e.show)
	values["form_items"] = listValue(tftypes.String, s.FormItems, func(raw *jsontext.Value) tftypes.Value {
		return tftypes.NewValue(tftypes.String, isc.ShownJSON(*raw))
	})
	return tftypes.NewValue(e.section, values)
}

// listOf returns the work items as one list value.
func (e workItemEncoder) listOf(items []isc.WorkItem) tftypes.Value {
	if items == nil {
		items = []isc.WorkItem{}
	}
	return listValue(e.item, items, e.value)
}

// textValue keeps null apart from "".
func textValue(s *string) tftypes.Value {
	if s == nil {
		return tftypes.NewValue(tftypes.String, nil)
	}
	return tftypes.NewValue(tftypes.String, *s)
}

// listValue keeps a null list apart from an empty one.
func listValue[Element any](elementType tftypes.Type, items []Element, value func(*Element) tftypes.Value) tftypes.Value {
	list := tftypes.List{ElementType: elementType}
	if items == nil {
		return tftypes.NewValue(list, nil)
	}
	values := make([]tftypes.Value, len(items))
	for i := range items {
		values[i] = value(&items[i])
	}
	return tftypes.NewValue(list, values)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
