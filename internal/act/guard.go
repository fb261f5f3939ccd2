// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// redactedValue stands for a value that is not shown.
const redactedValue = "(redacted)"

// Expectation is what the author of a decision takes one fact of an approval
// item to be.
type Expectation struct {
	// Name is the attribute within expect.
	Name string
	// Want is nil while it is not known.
	Want *string
	// Fact returns what the service says.
	Fact func(*isc.WorkItem, *isc.ApprovalItem) *string
}

// checkExpectations compares what the author expects with what is there. What is
// still unknown is checked once it is known. Its errors stand on expect as a
// whole, because Terraform can't locate a part of it, and never show what the
// configuration says, which may be sensitive.
func checkExpectations(expect []Expectation, wi *isc.WorkItem, item *isc.ApprovalItem) (diags diag.Diagnostics) {
	for _, e := range expect {
		actual := e.Fact(wi, item)
		switch {
		case e.Name == "value" && item.ValueRedacted:
			diags.AddAttributeError(path.Root("expect"), "expect.value can't be checked",
				fmt.Sprintf("The value of approval item %s of work item %s is redacted, because the name of its attribute, %s, looks like that of a secret. So nobody can tell whether it is the expected one.\n\n"+
					"%s leave value out of expect.", isc.OneLine(item.ID), Describe(wi), orNull(item.Name), whatToDo))
		case e.Want != nil && !matches(actual, *e.Want):
			diags.AddAttributeError(path.Root("expect"), "The approval item is not the expected one",
				fmt.Sprintf("Approval item %s of work item %s has %s = %s, which is not what expect.%s says.\n\n%s find out whether this is the item that was meant. Only then correct expect, or the ids.",
					isc.OneLine(item.ID), Describe(wi), e.Name, served(actual), e.Name, whatToDo))
		}
	}
	return diags
}

// served shows a value of the service in a message.
func served(s *string) string {
	if s == nil {
		return "null"
	}
	return `"` + isc.OneLine(*s) + `"`
}

// matches reports whether a value of the service is the expected one: the same
// text, in the form in which Terraform shows it, or, because generated
// configuration writes such texts anew, JSON of the same content.
func matches(actual *string, want string) bool {
	if actual == nil {
		return false
	}
	shown := isc.ShownText(*actual)
	return shown == isc.ExpectedText(want) || sameJSON(*actual, want) || sameJSON(shown, want)
}

// sameJSON reports whether both are JSON arrays or objects of the same content.
func sameJSON(a, b string) bool {
	inOrder := func(s string) jsontext.Value {
		v := jsontext.Value(s)
		if kind := v.Kind(); kind != '[' && kind != '{' || v.Format(jsontext.ReorderRawObjects(true)) != nil {
			return nil
		}
		return v
	}
	va, vb := inOrder(a), inOrder(b)
	if va == nil || vb == nil {
		return false
	}
	da, db := jsontext.NewDecoder(bytes.NewReader(va)), jsontext.NewDecoder(bytes.NewReader(vb))
	for {
		ta, errA := da.ReadToken()
		textA, kind := ta.String(), ta.Kind()
		tb, errB := db.ReadToken()
		switch {
		case errA != nil || errB != nil:
			return errors.Is(errA, io.EOF) && errors.Is(errB, io.EOF)
		case kind != tb.Kind():
			return false
		case kind == '0':
			if !sameNumber(textA, tb.String()) {
				return false
			}
		case kind == '"' && textA != tb.String():
			return false
		}
	}
}

// sameNumber compares numbers as they are written, since a float knows only some
// digits; those too long or too large to be worth it have to be the same text.
func sameNumber(a, b string) bool {
	const digits, exponent = 100, 400
	if a == b {
		return true
	}
	parse := func(s string) *big.Rat {
		_, power, _ := strings.Cut(strings.ToLower(s), "e")
		if n, err := strconv.Atoi(cmp.Or(power, "0")); err != nil || n > exponent || n < -exponent || len(s) > digits {
			return nil
		}
		r, _ := new(big.Rat).SetString(s)
		return r
	}
	ra, rb := parse(a), parse(b)
	return ra != nil && rb != nil && ra.Cmp(rb) == 0
}

// listedItem is an item of a work item, as a guard of ids sees it.
type listedItem struct{ id, description string }

func approvalItems(wi *isc.WorkItem) (items []listedItem) {
	for i := range wi.ApprovalItems {
		items = append(items, listedItem{wi.ApprovalItems[i].ID, DescribeItem(&wi.ApprovalItems[i])})
	}
	return items
}

func remediationItems(wi *isc.WorkItem) (items []listedItem) {
	for _, r := range wi.RemediationItems {
		value := deref(r.AttributeValue)
		if r.AttributeValueRedacted {
			value = redactedValue
		}
		items = append(items, listedItem{r.ID, isc.OneLine(strings.Join([]string{deref(r.AttributeOperation), deref(r.AttributeName), value}, " "))})
	}
	return items
}

// guardItems compares the ids that the author expects, if any, with those that
// are there. A closed work item whose items the service no longer shows can't
// be compared.
func guardItems(wi *isc.WorkItem, expected []string, items []listedItem) (diags diag.Diagnostics) {
	if expected == nil || wi.Closed() && len(items) == 0 {
		return nil
	}
	var missing, surplus []string
	for _, id := range expected {
		if !slices.ContainsFunc(items, func(item listedItem) bool { return item.id == id }) {
			missing = append(missing, isc.OneLine(id))
		}
	}
	for _, item := range items {
		if !slices.Contains(expected, item.id) {
			surplus = append(surplus, isc.OneLine(item.id)+": "+item.description)
		}
	}
	if len(missing)+len(surplus) == 0 {
		return nil
	}
	slices.Sort(missing)
	text := fmt.Sprintf("Work item %s does not have the items that expected_item_ids names.", Describe(wi))
	if len(missing) > 0 {
		text += "\n\nIt lacks:\n" + isc.Lines(missing)
	}
	if len(surplus) > 0 {
		text += "\n\nIt has, unexpected:\n" + isc.Lines(surplus)
	}
	diags.AddAttributeError(path.Root("expected_item_ids"), "The items are not the expected ones",
		text+"\n\n"+whatToDo+" find out whether this is the work item that was meant. Only then correct expected_item_ids, or the id.")
	return diags
}
