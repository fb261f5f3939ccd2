// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// The probe looks at raw JSON: decoding into the client's types would hide
// what is absent, null, or a number in quotes.

// object is a JSON object, its members undecoded. A nil object has none.
type object map[string]json.RawMessage

// object decodes the body of an answer.
func (a *answer) object() (object, bool) { return decode[object](a.body) }

// rows decodes a body that is an array of objects.
func (a *answer) rows() ([]object, bool) { return decode[[]object](a.body) }

func decode[T any](body []byte) (value T, ok bool) {
	body = bytes.TrimPrefix(body, []byte("\ufeff"))
	if json.Unmarshal(body, &value) != nil || string(bytes.TrimSpace(body)) == "null" {
		return value, false
	}
	return value, true
}

func (o object) has(name string) bool { return o[name] != nil }

// hasValue reports whether a member is there and not null.
func (o object) hasValue(name string) bool { return o.has(name) && string(o[name]) != "null" }

// text returns a member that is a string and not empty.
func (o object) text(name string) (string, bool) {
	var s string
	if !o.hasValue(name) || json.Unmarshal(o[name], &s) != nil {
		return "", false
	}
	return s, s != ""
}

// objects returns a member that is an array of objects.
func (o object) objects(name string) []object {
	found, _ := decode[[]object](o[name])
	return found
}

// same reports whether a member has the same value in both.
func (o object) same(other object, name string) bool {
	var a, b bytes.Buffer
	return json.Compact(&a, o[name]) == nil && json.Compact(&b, other[name]) == nil && bytes.Equal(a.Bytes(), b.Bytes())
}

// number reads a count, which may be a number in quotes.
func number(raw json.RawMessage) (n int, quoted, ok bool) {
	text := string(raw)
	if inner, err := strconv.Unquote(text); err == nil {
		text, quoted = inner, true
	}
	n, err := strconv.Atoi(text)
	return n, quoted, err == nil
}

// claims decodes what an access token says that is a JWT; nil if it is none.
func claims(token string) object {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return nil
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return nil
	}
	found, _ := decode[object](payload)
	return found
}

// list is an answer that should be an array of work items.
type list struct {
	*answer
	rows   []object
	usable bool
	// total is X-Total-Count, -1 without a readable one.
	total int
}

func listOf(a *answer) list {
	l := list{answer: a, total: -1}
	if a.ok() {
		l.rows, l.usable = a.rows()
	}
	if n, err := strconv.Atoi(a.header.Get("X-Total-Count")); err == nil && n >= 0 {
		l.total = n
	}
	return l
}

// whole reports whether the list is on this one page.
func (l *list) whole() bool { return l.usable && l.total == len(l.rows) }

// ids lists the ids of rows; "" where a row has none.
func ids(rows []object) []string {
	found := make([]string, len(rows))
	for i, row := range rows {
		found[i], _ = row.text("id")
	}
	return found
}

// closed reports whether a work item is no longer open.
func closed(item object) bool {
	if at, ok := item.text("completed"); ok && at != "" {
		return true
	}
	state, _ := item.text("state")
	return slices.ContainsFunc(closedStates, func(word string) bool { return strings.EqualFold(word, state) })
}

// undecided reports whether an approval item has no decision.
func undecided(approvalItem object) bool {
	state, ok := approvalItem.text("state")
	return !ok || strings.EqualFold(state, "Pending")
}

// where returns the rows for which a condition holds.
func where(rows []object, holds func(object) bool) (found []object) {
	for _, row := range rows {
		if holds(row) {
			found = append(found, row)
		}
	}
	return found
}

// count returns for how many rows a condition holds.
func count(rows []object, holds func(object) bool) int { return len(where(rows, holds)) }
