// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"golang.org/x/text/unicode/norm"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// workItemAttributes describes a work item with all its fields, as the data
// sources show it.
func workItemAttributes() map[string]schema.Attribute {
	return map[string]schema.Attribute{
		"id":                     computedText("Id of the work item."),
		"requester_id":           computedText("Id of the identity that made the request. Null for work items that no request caused."),
		"requester_display_name": computedText("Name of the identity that made the request."),
		"owner_id":               computedText("Id of the identity or governance group that owns the work item."),
		"owner_name":             computedText("Name of the owner."),
		"created":                computedText("When the work item was created (RFC 3339, as served)."),
		"modified":               computedText("When the work item was last modified (RFC 3339, as served)."),
		"description":            computedText("What the work item asks for."),
		"state":                  computedText("State, such as `Pending`, `Finished` or `Rejected`. May be null while the work item is open."),
		"type":                   computedText("Type, such as `Approval`, `Form`, `ManualAction` or `Remediation`."),
		"name":                   computedText("Name of the work item."),
		"completed":              computedText("When the work item was completed (RFC 3339, as served). Null while it is open."),
		"num_items":              schema.Int64Attribute{Computed: true, MarkdownDescription: "Number of items in the work item."},
		"errors":                 schema.ListAttribute{Computed: true, ElementType: types.StringType, MarkdownDescription: "Errors the service recorded."},
		"approval_items": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The lines of an approval. Null where the service sends none.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":          computedText("Id of the approval item."),
				"account":     computedText("Account the request is about: the nearest thing to the person for whom access is requested."),
				"application": computedText("Application, the source of the account."),
				"name":        computedText("Name of the attribute to change."),
				"operation":   computedText("Operation on the attribute, such as `Add`."),
				"value":       computedText("Value of the attribute, such as an entitlement."),
				"state":       computedText("State: `Finished` (approved) or `Rejected`; null or `Pending` while undecided."),
			}},
		},
		"remediation_items": schema.ListNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The lines of a remediation. Null where the service sends none.",
			NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
				"id":                  computedText("Id of the remediation item."),
				"target_id":           computedText("Id of the identity concerned."),
				"target_name":         computedText("Name of the identity concerned."),
				"target_display_name": computedText("Display name of the identity concerned."),
				"application_name":    computedText("Application, the source of the account."),
				"attribute_name":      computedText("Name of the attribute to change."),
				"attribute_operation": computedText("Operation on the attribute."),
				"attribute_value":     computedText("Value of the attribute."),
				"native_identity":     computedText("Native identity of the account."),
			}},
		},
		"form": schema.SingleNestedAttribute{
			Computed:            true,
			MarkdownDescription: "The form of the work item. Null where it has none.",
			Attributes: map[string]schema.Attribute{
				"id":          computedText("Id of the form."),
				"name":        computedText("Name of the form."),
				"title":       computedText("Title of the form."),
				"subtitle":    computedText("Subtitle of the form."),
				"target_user": computedText("Name of the user the form is for."),
				"sections": schema.ListNestedAttribute{
					Computed:            true,
					MarkdownDescription: "Sections of the form.",
					NestedObject: schema.NestedAttributeObject{Attributes: map[string]schema.Attribute{
						"name":  computedText("Name of the section."),
						"label": computedText("Label of the section."),
						"form_items": schema.ListAttribute{
							Computed:            true,
							ElementType:         types.StringType,
							MarkdownDescription: "Fields and nested sections, each as a JSON string with sorted keys (use `jsondecode`): the service does not document their shape.",
						},
					}},
				},
			},
		},
	}
}

func computedText(description string) schema.StringAttribute {
	return schema.StringAttribute{Computed: true, MarkdownDescription: description}
}

// workItemEncoder turns work items into Terraform values without reflection,
// which for long lists costs a quarter of what the framework's conversion from
// structs does.
type workItemEncoder struct {
	item, approvalItem, remediationItem, form, section tftypes.Object
}

func newWorkItemEncoder(ctx context.Context) workItemEncoder {
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
	var numItems any
	if wi.NumItems != nil {
		numItems = *wi.NumItems
	}
	return tftypes.NewValue(e.item, map[string]tftypes.Value{
		"id":                     textValue(&wi.ID),
		"requester_id":           textValue(wi.RequesterID),
		"requester_display_name": textValue(wi.RequesterDisplayName),
		"owner_id":               textValue(wi.OwnerID),
		"owner_name":             textValue(wi.OwnerName),
		"created":                textValue(wi.Created),
		"modified":               textValue(wi.Modified),
		"description":            textValue(wi.Description),
		"state":                  textValue(wi.State),
		"type":                   textValue(wi.Type),
		"name":                   textValue(wi.Name),
		"completed":              textValue(wi.Completed),
		"num_items":              tftypes.NewValue(tftypes.Number, numItems),
		"errors":                 listValue(tftypes.String, wi.Errors, func(s *string) tftypes.Value { return textValue(s) }),
		"approval_items": listValue(e.approvalItem, wi.ApprovalItems, func(item *isc.ApprovalItem) tftypes.Value {
			return tftypes.NewValue(e.approvalItem, map[string]tftypes.Value{
				"id":          textValue(&item.ID),
				"account":     textValue(item.Account),
				"application": textValue(item.Application),
				"name":        textValue(item.Name),
				"operation":   textValue(item.Operation),
				"value":       textValue(item.Value),
				"state":       textValue(item.State),
			})
		}),
		"remediation_items": listValue(e.remediationItem, wi.RemediationItems, func(item *isc.RemediationItem) tftypes.Value {
			return tftypes.NewValue(e.remediationItem, map[string]tftypes.Value{
				"id":                  textValue(&item.ID),
				"target_id":           textValue(item.TargetID),
				"target_name":         textValue(item.TargetName),
				"target_display_name": textValue(item.TargetDisplayName),
				"application_name":    textValue(item.ApplicationName),
				"attribute_name":      textValue(item.AttributeName),
				"attribute_operation": textValue(item.AttributeOperation),
				"attribute_value":     textValue(item.AttributeValue),
				"native_identity":     textValue(item.NativeIdentity),
			})
		}),
		"form": e.formValue(wi.Form),
	})
}

func (e workItemEncoder) formValue(form *isc.Form) tftypes.Value {
	if form == nil {
		return tftypes.NewValue(e.form, nil)
	}
	return tftypes.NewValue(e.form, map[string]tftypes.Value{
		"id":          textValue(form.ID),
		"name":        textValue(form.Name),
		"title":       textValue(form.Title),
		"subtitle":    textValue(form.Subtitle),
		"target_user": textValue(form.TargetUser),
		"sections": listValue(e.section, form.Sections, func(section *isc.FormSection) tftypes.Value {
			return tftypes.NewValue(e.section, map[string]tftypes.Value{
				"name":  textValue(section.Name),
				"label": textValue(section.Label),
				"form_items": listValue(tftypes.String, section.FormItems, func(raw *json.RawMessage) tftypes.Value {
					return tftypes.NewValue(tftypes.String, string(canonicalJSON(*raw)))
				}),
			})
		}),
	})
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
func listValue[T any](element tftypes.Type, items []T, value func(*T) tftypes.Value) tftypes.Value {
	list := tftypes.List{ElementType: element}
	if items == nil {
		return tftypes.NewValue(list, nil)
	}
	values := make([]tftypes.Value, len(items))
	for i := range items {
		values[i] = value(&items[i])
	}
	return tftypes.NewValue(list, values)
}

// canonicalJSON returns the same JSON value with sorted keys and no white
// space, so that the same content always gives the same bytes. Numbers keep
// their digits. What isn't JSON is returned as it is.
func canonicalJSON(raw []byte) []byte {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil {
		return raw
	}
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if encoder.Encode(v) != nil {
		return raw
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}

// compose returns the text as Terraform holds it: Terraform normalizes all text
// it gets to NFC, so that what the service keeps decomposed would never equal
// what the configuration or the plan says.
func compose(s *string) *string {
	if s == nil || norm.NFC.IsNormalString(*s) {
		return s
	}
	return new(norm.NFC.String(*s))
}

// isClosed reports whether a work item has left the open list: it has a
// completion time, or a state that the API documents as final.
func isClosed(wi *isc.WorkItem) bool {
	if wi.Completed != nil {
		return true
	}
	switch strings.ToLower(deref(wi.State)) {
	case "finished", "rejected", "returned", "expired", "canceled":
		return true
	}
	return false
}

// isFinished reports whether a work item was completed in the ordinary way; a
// completed one without a state counts as such.
func isFinished(wi *isc.WorkItem) bool {
	return strings.EqualFold(deref(wi.State), "finished") || deref(wi.State) == "" && wi.Completed != nil
}

// orNull returns the text, or a word for its absence, for messages.
func orNull(s *string) string {
	if s == nil {
		return "null"
	}
	return isc.OneLine(*s)
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// describe names a work item for a person: its id and, where it has one, its
// name. Names are made up by others: nothing in them may pass for a line of
// Terraform's.
func describe(wi *isc.WorkItem) string {
	id := isc.OneLine(wi.ID)
	if name := isc.OneLine(deref(wi.Name)); name != "" {
		return fmt.Sprintf("%s (%s)", id, name)
	}
	return id
}
