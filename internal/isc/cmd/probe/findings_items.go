// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Findings about the fields of work items.

func itemFindings(e *evidence) []*finding {
	return []*finding{
		e.rowFields(), e.drift(), e.nulls(), e.extraFields(), e.numbers(), e.countShape(),
		e.nobodys(), e.applications(), e.operations(), e.forms(),
	}
}

// fieldTally counts fields of work items and lists them in the documents'
// order.
type fieldTally map[string]int

func (t fieldTally) String() string {
	var parts []string
	for _, field := range workItemFields {
		if t[field] > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", field, t[field]))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}

// top is the field counted most often, "" for none.
func (t fieldTally) top() (most string) {
	for _, field := range workItemFields {
		if t[field] > t[most] {
			most = field
		}
	}
	return most
}

func (e *evidence) rowFields() *finding {
	f := about("Rows of lists against the work item itself", "rows are complete [W]; for form there is no evidence", "ListRowsLack")
	rows := slices.Concat(e.open.rows, e.completed.rows)
	if len(rows) > 0 && !slices.ContainsFunc(rows, func(row object) bool { return row.has("id") }) {
		return f.saw("no row of %d has an id", len(rows)).behave("ListRowsLack", "id")
	}
	compared := 0
	lacking, differing := fieldTally{}, fieldTally{}
	for _, read := range slices.Concat(e.openReads, e.closedReads) {
		if read.item == nil {
			continue
		}
		compared++
		for _, field := range workItemFields {
			switch {
			case read.item.hasValue(field) && !read.row.hasValue(field), read.item.has(field) && !read.row.has(field):
				lacking[field]++
			case read.item.has(field) && !read.row.same(read.item, field):
				differing[field]++
			}
		}
	}
	if compared == 0 {
		return f.notSeen("no work item of a list could be read by its id")
	}
	f.saw("%s compared; rows lack: %s; rows differ in: %s", plural(compared, "work item"), lacking, differing)
	if field := lacking.top(); field != "" {
		f.behave("ListRowsLack", field)
	}
	if len(lacking) > 1 {
		f.saw("the mock can leave out one field only")
	}
	return f
}

// movable are the fields that may change while a work item is open.
var movable = []string{"modified", "state", "completed", "approvalItems", "errors"}

func (e *evidence) drift() *finding {
	f := about("Facts of an open work item", "stay while nothing happens to it [A]", "FactsDrift")
	repeated, drifted := 0, fieldTally{}
	for _, read := range e.openReads {
		if read.item == nil || read.again == nil {
			continue
		}
		repeated++
		for _, field := range workItemFields {
			if read.item.has(field) && !slices.Contains(movable, field) && !read.again.same(read.item, field) && read.again.same(read.item, "modified") {
				drifted[field]++
			}
		}
	}
	if repeated == 0 {
		return f.notSeen("no open work item could be read twice")
	}
	f.saw("%s read twice; changed without a new modified: %s", plural(repeated, "work item"), drifted)
	if len(drifted) > 0 {
		f.behave("FactsDrift", true)
	}
	return f
}

// fullItems are the work items read by id, or else the rows.
func (e *evidence) fullItems() (items []object) {
	for _, read := range slices.Concat(e.openReads, e.closedReads) {
		if read.item != nil {
			items = append(items, read.item)
		}
	}
	if len(items) == 0 {
		return slices.Concat(e.open.rows, e.completed.rows)
	}
	return items
}

func (e *evidence) nulls() *finding {
	f := about("Fields without a value", "are null, or absent [D leaves both]; the mock: null", "OmitNulls")
	null, absent, set := 0, 0, 0
	see := func(o object, fields []string) {
		for _, field := range fields {
			switch {
			case o.hasValue(field):
				set++
			case o.has(field):
				null++
			default:
				absent++
			}
		}
	}
	items := e.fullItems()
	for _, item := range items {
		see(item, workItemFields)
		for _, a := range item.objects("approvalItems") {
			see(a, approvalItemFields)
		}
	}
	if null+absent == 0 {
		return f.notSeen("no work item lacks a value")
	}
	f.saw("in %s: null %d, absent %d, with a value %d", plural(len(items), "work item"), null, absent, set)
	if null == 0 {
		f.behave("OmitNulls", true)
	}
	return f
}

func (e *evidence) extraFields() *finding {
	f := about("Fields that no document has", "may come at any time [D]", "ExtraFields")
	rows := slices.Concat(e.open.rows, e.completed.rows)
	if len(rows) == 0 {
		return f.notSeen("there is no work item")
	}
	undocumented := func(o object, documented []string) bool {
		for field := range o {
			if !slices.Contains(documented, field) {
				return true
			}
		}
		return false
	}
	items := approvalItemsOf(rows)
	inItems := count(rows, func(o object) bool { return undocumented(o, workItemFields) })
	inApprovals := count(items, func(o object) bool { return undocumented(o, approvalItemFields) })
	f.saw("work items with some: %d of %d, approval items with some: %d of %d", inItems, len(rows), inApprovals, len(items))
	if inItems+inApprovals > 0 {
		f.behave("ExtraFields", true)
	}
	return f
}

func (e *evidence) numbers() *finding {
	f := about("Numbers", "are numbers [D]; as strings in the mock if asked for", "NumbersAsStrings")
	plain, inQuotes := 0, 0
	see := func(raw json.RawMessage) {
		switch _, quoted, ok := number(raw); {
		case ok && quoted:
			inQuotes++
		case ok:
			plain++
		}
	}
	for _, item := range e.fullItems() {
		see(item["numItems"])
	}
	for _, a := range []*answer{e.count, e.completedCount} {
		see(counted(a)["count"])
	}
	for _, field := range []string{"open", "completed", "total"} {
		see(counted(e.summary)[field])
	}
	if plain+inQuotes == 0 {
		return f.notSeen("neither numItems nor a count could be read")
	}
	f.saw("numbers %d, strings %d", plain, inQuotes)
	if inQuotes > plain {
		f.behave("NumbersAsStrings", true)
	}
	return f
}

func (e *evidence) countShape() *finding {
	f := about("Count of completed work items", "an object [D], or an array of one", "CountAsArray")
	if counted(e.completedCount) == nil {
		return f.notSeen("%s", e.completedCount.problem())
	}
	_, isObject := e.completedCount.object()
	f.saw("an object: %s", yesNo(isObject))
	if !isObject {
		f.behave("CountAsArray", true)
	}
	return f
}

// without counts the rows that have the field, but no value in it.
func without(rows []object, field string) string {
	return fmt.Sprintf("%s %d of %d", field, count(rows, func(row object) bool { return !row.hasValue(field) }), len(rows))
}

func (e *evidence) nobodys() *finding {
	f := about("What may be missing", "requester, name and owner of a work item; name, value and account of an approval item [W]")
	rows := slices.Concat(e.openItems("ownerId"), e.closedItems("ownerId"))
	items := approvalItemsOf(slices.Concat(e.openItems("approvalItems"), e.closedItems("approvalItems")))
	if len(rows) == 0 {
		return f.notSeen("there is no work item")
	}
	return f.saw("work items without: %s, %s, %s", without(rows, "requesterId"), without(rows, "ownerId"), without(rows, "name")).
		saw("approval items without: %s, %s, %s", without(items, "name"), without(items, "value"), without(items, "account"))
}

const sourceSuffix = " [source]"

func (e *evidence) applications() *finding {
	f := about("Applications with the suffix"+sourceSuffix, "often, in manual tasks [W]")
	suffixed := func(rows []object, field string) int {
		return count(rows, func(o object) bool { name, _ := o.text(field); return strings.HasSuffix(name, sourceSuffix) })
	}
	approvals := slices.Concat(e.openItems("approvalItems"), e.closedItems("approvalItems"))
	items := approvalItemsOf(approvals)
	var remediations []object
	for _, item := range slices.Concat(e.openItems("remediationItems"), e.closedItems("remediationItems")) {
		remediations = append(remediations, item.objects("remediationItems")...)
	}
	if len(items)+len(remediations) == 0 {
		return f.notSeen("there are neither approval items nor remediation items")
	}
	return f.saw("approval items: %d of %d, remediation items: %d of %d",
		suffixed(items, "application"), len(items), suffixed(remediations, "applicationName"), len(remediations))
}

func (e *evidence) operations() *finding {
	f := about("Operations of approval items", "Create, Add or Remove [W]")
	words, others := tally{}, 0
	for _, item := range approvalItemsOf(slices.Concat(e.openItems("approvalItems"), e.closedItems("approvalItems"))) {
		if word := wordOf(item, "operation"); hasNoWord(word) || known(word, knownOperations) {
			words[word]++
		} else {
			others++
		}
	}
	if others > 0 {
		words["others"] = others
	}
	if words.total() == 0 {
		return f.notSeen("there are no approval items")
	}
	return f.saw("%s", words)
}

func (e *evidence) forms() *finding {
	f := about("Forms and item counts", "work items of type Form have a form; numItems counts the items [I]")
	forms := where(e.openItems("form"), func(item object) bool { return strings.EqualFold(wordOf(item, "type"), "Form") })
	numbered := where(e.openItems("approvalItems"), func(item object) bool { return item.hasValue("numItems") })
	if len(forms)+len(numbered) == 0 {
		return f.notSeen("no open work item is of type Form or has numItems")
	}
	return f.saw("forms: %d of %d", count(forms, func(item object) bool { return item.hasValue("form") }), len(forms)).
		saw("numItems counts approval and remediation items: %d of %d", count(numbered, func(item object) bool {
			n, _, ok := number(item["numItems"])
			return ok && n == len(item.objects("approvalItems"))+len(item.objects("remediationItems"))
		}), len(numbered))
}
