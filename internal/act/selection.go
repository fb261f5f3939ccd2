// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// Selections are what is submitted with a form.
type Selections struct {
	// Body is the JSON object to send, in canonical form; nil while a part of
	// it is not known.
	Body jsontext.Value
	// Known are the values that are known, by form field name. A name that is
	// known has a nil value while its value is not.
	Known map[string]jsontext.Value
	// NamesKnown means that there are no other names.
	NamesKnown bool
}

func (s Selections) names() []string { return slices.Sorted(maps.Keys(s.Known)) }

// AccountSelection is the act of submitting account selections.
func AccountSelection(common Common, selections Selections) *Act {
	a := &Act{
		Common:        common,
		kind:          KindAccountSelection,
		needsOwnGuard: true,
		intent:        string(selections.Body),
		doing:         "submit the account selections of work item " + isc.OneLine(common.WorkItemID),
		did:           "Submitted the account selections of work item " + isc.OneLine(common.WorkItemID),
		evidence:      "The API doesn't say who did it, and the service documents no audit event for it: the item itself is the only evidence.",
		describe: func(wi *isc.WorkItem) string {
			return fmt.Sprintf("form %s for %s, with values for %s", orNull(wi.Form.Name), orNull(wi.Form.TargetUser), isc.OneLine(strings.Join(selections.names(), ", ")))
		},
		guard: func(*isc.WorkItem) diag.Diagnostics { return nil },
		send: func(ctx context.Context, client *isc.Client) (*isc.ActResult, error) {
			if selections.Body == nil {
				return nil, fmt.Errorf("%w: the selections are not known", isc.ErrNothingSent)
			}
			return client.SubmitAccountSelection(ctx, common.WorkItemID, selections.Body)
		},
		summary: func(wi *isc.WorkItem) string { return summarizeSelections(wi, selections.names()) },
	}
	a.judge = func(wi *isc.WorkItem) Verdict {
		isForm := wi.Form != nil || strings.EqualFold(deref(wi.Type), "Form")
		switch {
		case isForm && wi.Finished():
			return Verdict{Status: Done, how: "is already submitted or closed", Diags: diag.Diagnostics{
				diag.NewAttributeWarningDiagnostic(path.Root("selections"), "What was submitted can't be read back",
					fmt.Sprintf("Work item %s is closed. The service doesn't tell which account selections were submitted, by whom, or whether any were.", Describe(wi))),
			}}
		case wi.Closed():
			return a.closedOtherwise(wi)
		case wi.Form == nil:
			return impossible(path.Root("workitem_id"), "The work item has no form",
				"Work item %s is of type %s and has no form to submit.\n\n%s check the id.", Describe(wi), orNull(wi.Type), whatToDo)
		}
		return judgeSelections(wi, selections)
	}
	return a
}

// judgeSelections compares the selections with the fields of the form, as far
// as the form plainly says what it takes.
func judgeSelections(wi *isc.WorkItem, selections Selections) Verdict {
	v := Verdict{Status: Pending}
	fields := formFields(wi.Form)
	var names, required []string
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		names = append(names, isc.OneLine(name))
		if _, given := selections.Known[name]; fields[name].isRequired() && !given {
			required = append(required, isc.OneLine(name))
		}
	}
	for _, name := range selections.names() {
		field, known := fields[name]
		if len(fields) > 0 && !known {
			return impossible(path.Root("selections"), "The form has no such field",
				"The form of work item %s has no field %q. Its fields are:\n%s\n\n%s correct the name.", Describe(wi), isc.OneLine(name), isc.Lines(names), whatToDo)
		}
		if allowed := field.allowedValues(); len(allowed) > 0 && !field.allows(selections.Known[name]) {
			v.Diags.AddAttributeWarning(path.Root("selections"), "The form does not list a selected value",
				fmt.Sprintf("The form of work item %s lists the values for its field %s, and the selected one is not among them. The service may refuse it. Listed:\n%s",
					Describe(wi), isc.OneLine(name), isc.Lines(allowed)))
		}
	}
	if len(required) > 0 && selections.NamesKnown {
		return impossible(path.Root("selections"), "A required field is missing",
			"The form of work item %s requires these fields, which selections doesn't have:\n%s\n\n%s add them.", Describe(wi), isc.Lines(required), whatToDo)
	}
	return v
}

// ChangedSelections names the fields in which two selections differ, both JSON
// objects in canonical form.
func ChangedSelections(a, b jsontext.Value) (names []string) {
	var was, is map[string]jsontext.Value
	if json.Unmarshal(a, &was) != nil || json.Unmarshal(b, &is) != nil {
		return nil
	}
	for name := range maps.All(is) {
		if _, ok := was[name]; !ok {
			was[name] = nil
		}
	}
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if string(was[name]) != string(is[name]) {
			names = append(names, isc.OneLine(name))
		}
	}
	return names
}

func summarizeSelections(wi *isc.WorkItem, names []string) string {
	form := &isc.Form{}
	if wi.Form != nil {
		form = wi.Form
	}
	text := "submit: " + quoted(form.Title, form.Name, &wi.ID)
	if target := quoted(form.TargetUser); target != "" {
		text += " for " + target
	}
	if len(names) == 0 {
		return text
	}
	const shown = 5
	more := ""
	if n := len(names) - shown; n > 0 {
		names, more = names[:shown], fmt.Sprintf(", and %d more", n)
	}
	parts := make([]string, len(names))
	for i, name := range names {
		parts[i] = isc.ShownText(name)
	}
	return text + ": " + strings.Join(parts, ", ") + more
}

// formField is a field of a form, or a section within it, as far as its
// undocumented shape can be told. What is no object stays empty.
type formField struct {
	Name          jsontext.Value `json:"name"`
	Required      jsontext.Value `json:"required"`
	Value         jsontext.Value `json:"value"`
	AllowedValues jsontext.Value `json:"allowedValuesList"`
	FormItems     formItems      `json:"formItems"`
}

// UnmarshalJSONFrom passes over what is no object.
func (f *formField) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	type plain formField
	return json.UnmarshalDecode(d, (*plain)(f))
}

// formItems are the elements of a section; nil where there is no list.
type formItems []formField

// UnmarshalJSONFrom passes over what is no list.
func (items *formItems) UnmarshalJSONFrom(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	return json.UnmarshalDecode(d, (*[]formField)(items))
}

// formFields returns the fields of a form, those in nested sections too.
func formFields(form *isc.Form) map[string]formField {
	fields := map[string]formField{}
	var collect func(f formField)
	collect = func(f formField) {
		if name := plainText(f.Name); f.FormItems == nil && name != nil && *name != "" {
			fields[*name] = f
		}
		for _, item := range f.FormItems {
			collect(item)
		}
	}
	for _, section := range form.Sections {
		for _, raw := range section.FormItems {
			var f formField
			// All levels at once: a deep form is not to be scanned once for each.
			if json.Unmarshal(raw, &f, jsontext.AllowInvalidUTF8(true)) == nil {
				collect(f)
			}
		}
	}
	return fields
}

// isRequired reports whether the form plainly requires a value that it doesn't
// have itself.
func (f formField) isRequired() bool {
	return string(f.Required) == "true" && (f.Value == nil || f.Value.Kind() == 'n' || string(f.Value) == `""`)
}

// choices returns the values that the form lists, if all are plainly readable:
// texts, or objects that all have a text as value or id.
func (f formField) choices() (values []string) {
	var elements []jsontext.Value
	if f.AllowedValues.Kind() != '[' || json.Unmarshal(f.AllowedValues, &elements) != nil {
		return nil
	}
	for _, element := range elements {
		var text *string
		var object struct {
			Value jsontext.Value `json:"value"`
			ID    jsontext.Value `json:"id"`
		}
		switch {
		case element.Kind() == '"':
			text = plainText(element)
		case element.Kind() == '{' && json.Unmarshal(element, &object) == nil:
			if text = plainText(object.Value); text == nil {
				text = plainText(object.ID)
			}
		}
		if text == nil {
			return nil
		}
		values = append(values, *text)
	}
	return values
}

func plainText(v jsontext.Value) *string {
	var s string
	if v.Kind() != '"' || json.Unmarshal(v, &s) != nil {
		return nil
	}
	return &s
}

// allowedValues are the choices, for a message.
func (f formField) allowedValues() (shown []string) {
	for _, v := range f.choices() {
		shown = append(shown, isc.OneLine(v))
	}
	return shown
}

// allows reports whether a selected value may be right: one that isn't known,
// or isn't a text, can't be told.
func (f formField) allows(selected jsontext.Value) bool {
	text := plainText(selected)
	return text == nil || slices.Contains(f.choices(), *text)
}
