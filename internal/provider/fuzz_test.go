// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bytes"
	"encoding/json"
	"math/big"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// FuzzImportID checks that an import id is taken apart without a remainder, or
// refused with the form it should have.
func FuzzImportID(f *testing.F) {
	for _, seed := range []string{
		workItem1, workItem1 + "/" + item1, workItem1 + "/" + item1 + "/", "/", "a//b", "a/../b", "a/b/c", "a /b", "completed/b", "a%2fb/c", "a\x00/b", "\xff/b", "é/e\u0301",
	} {
		f.Add(seed)
	}
	approvals := &newWorkItemApprovalResource().(*workItemApprovalResource).actResource
	completions := newWorkItemCompletionResource().(*actResource[completionModel, *completionModel])
	f.Fuzz(func(t *testing.T, id string) {
		if id == "" {
			return // It means that there is an identity instead.
		}
		var a approvalModel
		diags := approvals.parseImport(t.Context(), resource.ImportStateRequest{ID: id}, &a)
		checkImport(t, id, approvals.id(&a).ValueString(), "WORKITEM_ID/APPROVAL_ITEM_ID", 2, diags)
		var c completionModel
		diags = completions.parseImport(t.Context(), resource.ImportStateRequest{ID: id}, &c)
		checkImport(t, id, completions.id(&c).ValueString(), "WORKITEM_ID", 1, diags)
	})
}

func checkImport(t *testing.T, id, parsed, form string, parts int, diags diag.Diagnostics) {
	t.Helper()
	valid := strings.Count(id, "/") == parts-1
	for part := range strings.SplitSeq(id, "/") {
		valid = valid && isc.CheckID("id", part) == nil
	}
	if valid == diags.HasError() {
		t.Fatalf("%q with %d parts: %v", id, parts, diags)
	}
	if valid && parsed != id {
		t.Errorf("%q became %q", id, parsed)
	}
	for _, d := range diags {
		if d.Summary() != "Invalid import id" || !strings.Contains(d.Detail(), form) || !utf8.ValidString(d.Detail()) || strings.ContainsAny(d.Detail(), "\x00\x1b\n") {
			t.Errorf("%q: %q", id, d.Detail())
		}
	}
}

// unknownMark stands for an unknown value in the JSON that FuzzSelections makes
// values of.
const unknownMark = "?"

// FuzzSelections makes Terraform values of any shape, sends them through the
// protocol as Terraform does, and checks what would be submitted.
func FuzzSelections(f *testing.F) {
	for _, seed := range []string{
		`{"b":1,"a":"x"}`, `{"n":[1e3,12345678901234567890123,0.1,-0,1.5e-7,1e20]}`, `{"a":{"c":null,"b":[true,{}]}}`, `{"a":"?"}`, `{"a":["?",1],"b":{"c":"?"}}`,
		`{"<&>":"</script>\u2028"}`, `{"":""}`, `{"e\u0301":"\ufeff"}`, `{"a":9007199254740993}`, `{"a":123456789012345678901234567890.5}`, `{}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, seed []byte) {
		decoder := json.NewDecoder(bytes.NewReader(seed))
		decoder.UseNumber()
		var want map[string]any
		if decoder.Decode(&want) != nil || want == nil {
			return
		}
		value, wantKnown, ok := terraformValue(want)
		if !ok {
			return
		}
		selections := throughTheProtocol(t, value)
		got := selectionsOf(selections)
		body := got.Body
		if (body != nil) != wantKnown {
			t.Fatalf("%s: would be sent as %s", seed, body)
		}
		if !got.NamesKnown || len(got.Known) != len(want) {
			t.Errorf("%s: fields %v", seed, got.Known)
		}
		if body == nil {
			return
		}
		if !json.Valid(body) || !utf8.Valid(body) {
			t.Fatalf("%s became %q", seed, body)
		}
		decoder = json.NewDecoder(bytes.NewReader(body))
		decoder.UseNumber()
		checkSent(t, decoder, want)
		if decoder.More() || decoder.InputOffset() != int64(len(body)) {
			t.Errorf("%s became %s", seed, body)
		}
		if asMap, ok := mapOfTexts(want); ok {
			if other := selectionsOf(throughTheProtocol(t, asMap)).Body; !bytes.Equal(other, body) {
				t.Errorf("as an object %s, as a map %s", body, other)
			}
		}
	})
}

// terraformValue makes a value of decoded JSON: an object of objects, tuples
// and primitives. It reports whether the value is wholly known, and whether it
// is one that Terraform can have at all.
func terraformValue(v any) (value tftypes.Value, known, ok bool) {
	known = true
	switch v := v.(type) {
	case nil:
		return tftypes.NewValue(tftypes.String, nil), true, true
	case bool:
		return tftypes.NewValue(tftypes.Bool, v), true, true
	case string:
		if v == unknownMark {
			return tftypes.NewValue(tftypes.String, tftypes.UnknownValue), false, true
		}
		return tftypes.NewValue(tftypes.String, v), true, true
	case json.Number:
		n, _, err := big.ParseFloat(v.String(), 10, 512, big.ToNearestEven)
		// Larger ones Terraform itself writes out digit by digit.
		if err != nil || n.IsInf() || n.MantExp(nil) > 4000 || n.MantExp(nil) < -4000 {
			return value, false, false
		}
		return tftypes.NewValue(tftypes.Number, n), true, true
	case []any:
		elements := make([]tftypes.Value, len(v))
		elementTypes := make([]tftypes.Type, len(v))
		for i, e := range v {
			element, elementKnown, elementOK := terraformValue(e)
			if !elementOK {
				return value, false, false
			}
			known = known && elementKnown
			elements[i], elementTypes[i] = element, element.Type()
		}
		return tftypes.NewValue(tftypes.Tuple{ElementTypes: elementTypes}, elements), known, true
	case map[string]any:
		attributes, attributeTypes := map[string]tftypes.Value{}, map[string]tftypes.Type{}
		for name, e := range v {
			attribute, attributeKnown, attributeOK := terraformValue(e)
			if !attributeOK {
				return value, false, false
			}
			known = known && attributeKnown
			attributes[name], attributeTypes[name] = attribute, attribute.Type()
		}
		return tftypes.NewValue(tftypes.Object{AttributeTypes: attributeTypes}, attributes), known, true
	}
	return value, false, false
}

// mapOfTexts makes a map, if all values are texts.
func mapOfTexts(v map[string]any) (tftypes.Value, bool) {
	elements := map[string]tftypes.Value{}
	for name, e := range v {
		text, ok := e.(string)
		if !ok {
			return tftypes.Value{}, false
		}
		elements[name] = tftypes.NewValue(tftypes.String, text)
	}
	return tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, elements), true
}

func throughTheProtocol(t *testing.T, value tftypes.Value) types.Dynamic {
	t.Helper()
	sent, err := tfprotov6.NewDynamicValue(tftypes.DynamicPseudoType, value)
	if err != nil {
		t.Fatal(err)
	}
	received, err := sent.Unmarshal(tftypes.DynamicPseudoType)
	if err != nil {
		t.Fatal(err)
	}
	dynamic, err := types.DynamicType.ValueFromTerraform(t.Context(), received)
	if err != nil {
		t.Fatal(err)
	}
	return dynamic.(types.Dynamic)
}

// checkSent reads one value of what would be sent, and fails unless it is the
// wanted one, with its keys in order and its whole numbers whole.
func checkSent(t *testing.T, decoder *json.Decoder, want any) {
	t.Helper()
	token, err := decoder.Token()
	if err != nil {
		t.Fatal(err)
	}
	switch want := want.(type) {
	case map[string]any:
		var names []string
		for decoder.More() {
			name, err := decoder.Token()
			if err != nil {
				t.Fatal(err)
			}
			names = append(names, name.(string))
			checkSent(t, decoder, want[name.(string)])
		}
		if token != json.Delim('{') || !slices.IsSorted(names) || len(names) != len(want) {
			t.Errorf("%v became %v with %q", want, token, names)
		}
		decoder.Token()
	case []any:
		if token != json.Delim('[') {
			t.Fatalf("%v became %v", want, token)
		}
		for _, e := range want {
			checkSent(t, decoder, e)
		}
		if end, err := decoder.Token(); err != nil || end != json.Delim(']') {
			t.Errorf("%v is followed by %v, %v", want, end, err)
		}
	case json.Number:
		number, ok := token.(json.Number)
		if !ok {
			t.Fatalf("%v became %v", want, token)
		}
		wanted, _, err := big.ParseFloat(want.String(), 10, 512, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		got, _, err := big.ParseFloat(number.String(), 10, 512, big.ToNearestEven)
		if err != nil || got.Cmp(wanted) != 0 || wanted.IsInt() == strings.ContainsAny(number.String(), ".eE") {
			t.Errorf("%s became %s", want, number)
		}
	default:
		if token != want {
			t.Errorf("%v became %v", want, token)
		}
	}
}

func TestImport_withNeitherIDNorIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1))
	r := w.rpc(nil)
	for _, resourceType := range []string{approvalType, bulkApprovalType, forwardType, selectionType, completionType} {
		resp, err := r.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{TypeName: resourceType})
		if err != nil || !hasError(resp.Diagnostics) || !strings.Contains(diagText(resp.Diagnostics), "Invalid import id") {
			t.Errorf("%s: %v, %v", resourceType, resp, err)
		}
	}
	if n := w.apiRequests(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
