// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// The service's documents and its answers differ now and then in the types of
// fields. So decoding first tries the documented types, which is fast, and then
// takes what it finds, for that one object only. Either way names match exactly
// and no object may name a member twice: rows that mix two items' members would
// pass guards and escape redaction.

const (
	// maxElements bounds the elements of one list within a work item.
	maxElements = 10_000
	// maxRows bounds the work items of one page, of which 250 are asked for.
	maxRows = 10_000
	// maxCommas bounds what is decoded without counting elements: more of them
	// than any honest page has.
	maxCommas = 50_000
)

// anyUTF8 replaces broken UTF-8 instead of refusing it.
var anyUTF8 = jsontext.AllowInvalidUTF8(true)

// tolerant takes scalars as text where text is due, text as a number, and a
// single value as a list of one. What can't be taken is left out.
var tolerant = json.WithUnmarshalers(json.JoinUnmarshalers(
	json.UnmarshalFromFunc(tolerantText),
	json.UnmarshalFromFunc(tolerantNumber),
	json.UnmarshalFromFunc(tolerantObject[Form]),
	json.UnmarshalFromFunc(tolerantObject[Manager]),
	json.UnmarshalFromFunc(tolerantList[string]),
	json.UnmarshalFromFunc(tolerantList[jsontext.Value]),
	json.UnmarshalFromFunc(tolerantList[ApprovalItem]),
	json.UnmarshalFromFunc(tolerantList[RemediationItem]),
	json.UnmarshalFromFunc(tolerantList[FormSection]),
))

func tolerantText(d *jsontext.Decoder, text *string) error {
	v, err := d.ReadValue()
	if err == nil && v.Kind() != 'n' {
		*text = textOf(v)
	}
	return err
}

func tolerantNumber(d *jsontext.Decoder, number **int64) error {
	v, err := d.ReadValue()
	if n, ok := integer(textOf(v)); ok && err == nil {
		*number = &n
	}
	return err
}

func tolerantObject[T any](d *jsontext.Decoder, _ **T) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return errors.ErrUnsupported
}

func tolerantList[T any](d *jsontext.Decoder, list *[]T) error {
	if kind := d.PeekKind(); kind != '[' {
		if kind == 'n' {
			return d.SkipValue()
		}
		*list = []T{}
		return tolerantElement(d, list)
	}
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	*list = []T{}
	for n := 1; d.PeekKind() != ']'; n++ {
		if n > maxElements {
			return errTooManyElements
		}
		if err := tolerantElement(d, list); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// errTooManyElements is a list that nobody would have made by hand.
var errTooManyElements = fmt.Errorf("a work item has a list of more than %d elements", maxElements)

func tolerantElement[T any](d *jsontext.Decoder, list *[]T) error {
	var element T
	switch kind := d.PeekKind(); any(element).(type) {
	case string:
		if kind == 'n' {
			return d.SkipValue()
		}
	case jsontext.Value:
	default:
		if kind != '{' {
			return d.SkipValue()
		}
	}
	if err := json.UnmarshalDecode(d, &element); err != nil {
		return err
	}
	*list = append(*list, element)
	return nil
}

// decodeObject decodes a JSON object into the struct that dst points to.
func decodeObject[T any](body []byte, dst *T) error {
	if !startsWith(body, '{') {
		if err := checkJSON(body); err != nil {
			return err
		}
		return malformed("the body is not a JSON object")
	}
	var err error
	if bytes.Count(body, []byte{','}) <= maxCommas {
		err = json.Unmarshal(body, dst, anyUTF8)
		if err == nil {
			return nil
		}
	}
	var differs *json.SemanticError
	if err == nil || errors.As(err, &differs) {
		*dst = *new(T)
		err = json.Unmarshal(body, dst, anyUTF8, tolerant)
	}
	return jsonError(err)
}

// checkJSON returns an error that says what the body is instead of JSON.
func checkJSON(body []byte) error {
	switch {
	case len(bytes.TrimSpace(body)) == 0:
		return &unusableError{reason: "the body is empty", transient: true}
	case isHTML(body):
		return &unusableError{quoted: body, transient: true}
	}
	d := jsontext.NewDecoder(bytes.NewReader(body), anyUTF8)
	if err := d.SkipValue(); err != nil {
		return jsonError(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return &unusableError{reason: "the body goes on after its JSON", transient: true}
	}
	return nil
}

// jsonError says what is wrong with a body that was to be JSON: that it is cut
// off, most often.
func jsonError(err error) error {
	var syntax *jsontext.SyntacticError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, errTooManyElements):
		return tooMuch("%s", errTooManyElements.Error())
	case errors.Is(err, jsontext.ErrDuplicateName):
		return malformed("an object in the body names a member twice")
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &unusableError{reason: "the body is not complete JSON", transient: true}
	case errors.As(err, &syntax):
		return &unusableError{reason: fmt.Sprintf("the body is not JSON, from byte %d on: %v", syntax.ByteOffset+1, syntax.Err), transient: true}
	}
	return malformed("the body is not what the API documents")
}

// decodeWorkItem decodes one work item, with its secrets redacted.
func (r redactor) decodeWorkItem(body []byte) (*WorkItem, error) {
	var wi WorkItem
	if err := decodeObject(body, &wi); err != nil {
		return nil, err
	}
	if wi.ID == "" {
		return nil, malformed("the work item has no id")
	}
	return &wi, r.finish(&wi)
}

// decodeWorkItems decodes a list of work items with their secrets redacted. If
// asked to, it keeps the JSON of each in canonical form.
func (r redactor) decodeWorkItems(body []byte, keepRaw bool) ([]WorkItem, error) {
	items := []WorkItem{}
	if keepRaw || !startsWith(body, '[') || bytes.Count(body, []byte{','}) > maxCommas || json.Unmarshal(body, &items, anyUTF8) != nil {
		var err error
		if items, err = eachWorkItem(body, keepRaw); err != nil {
			return nil, err
		}
	}
	if len(items) > maxRows {
		return nil, errTooManyRows
	}
	for i := range items {
		if items[i].ID == "" {
			return nil, notAWorkItem(i)
		}
		if err := r.finish(&items[i]); err != nil {
			return nil, err
		}
	}
	return items, nil
}

// errTooManyRows is a page of a list that the service would not have made.
var errTooManyRows = tooMuch("a page has more than %d rows", maxRows)

func notAWorkItem(i int) error {
	return malformed("element %d of the list is not a work item with an id", i)
}

// eachWorkItem decodes the elements of a list one by one.
func eachWorkItem(body []byte, keepRaw bool) ([]WorkItem, error) {
	rows, err := elements(body)
	if err != nil {
		return nil, err
	}
	items := make([]WorkItem, len(rows))
	for i, raw := range rows {
		if err := decodeObject(raw, &items[i]); err != nil {
			if raw.Kind() == '{' {
				return nil, err
			}
			return nil, notAWorkItem(i)
		}
		if keepRaw {
			items[i].Raw = raw
		}
	}
	return items, nil
}

// elements returns the elements of a JSON array.
func elements(body []byte) (rows []jsontext.Value, err error) {
	if !startsWith(body, '[') {
		if err := checkJSON(body); err != nil {
			return nil, err
		}
		return nil, malformed("the body is not a JSON array")
	}
	d := jsontext.NewDecoder(bytes.NewBuffer(body), anyUTF8)
	if _, err := d.ReadToken(); err != nil {
		return nil, jsonError(err)
	}
	for d.PeekKind() != ']' {
		if len(rows) == maxRows {
			return nil, errTooManyRows
		}
		raw, err := d.ReadValue()
		if err != nil {
			return nil, jsonError(err)
		}
		rows = append(rows, raw.Clone())
	}
	if _, err := d.ReadToken(); err != nil {
		return nil, jsonError(err)
	}
	if _, err := d.ReadToken(); !errors.Is(err, io.EOF) {
		return nil, &unusableError{reason: "the body goes on after its JSON", transient: true}
	}
	return rows, nil
}

// finish brings a decoded work item into the form in which it is used: without
// elements that carry nothing, its text in NFC, and its secrets redacted.
func (r redactor) finish(wi *WorkItem) (err error) {
	// Few bytes are decoded without counting.
	longest := max(len(wi.ApprovalItems), len(wi.RemediationItems), len(wi.Errors))
	if wi.Form != nil {
		longest = max(longest, len(wi.Form.Sections))
		for _, section := range wi.Form.Sections {
			longest = max(longest, len(section.FormItems))
		}
	}
	if longest > maxElements {
		return jsonError(errTooManyElements)
	}
	wi.ApprovalItems = slices.DeleteFunc(wi.ApprovalItems, func(i ApprovalItem) bool { return i == ApprovalItem{} })
	wi.RemediationItems = slices.DeleteFunc(wi.RemediationItems, func(i RemediationItem) bool { return i == RemediationItem{} })
	if text(wi.Completed) == "" {
		wi.Completed = nil
	}
	wi.normalizeText()
	r.redact(wi)
	if wi.Form != nil {
		for i := range wi.Form.Sections {
			for j, item := range wi.Form.Sections[i].FormItems {
				if wi.Form.Sections[i].FormItems[j], err = r.canonical(item, false); err != nil {
					return err
				}
			}
		}
	}
	if wi.Raw != nil {
		wi.Raw, err = r.canonical(wi.Raw, true)
	}
	return err
}

func startsWith(body []byte, first byte) bool {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == first
}

// textOf is the content of a JSON string, or any other JSON as it stands.
// Either way it is valid UTF-8.
func textOf(v jsontext.Value) string {
	var s string
	if v.Kind() == '"' && json.Unmarshal(v, &s, anyUTF8) == nil {
		return s
	}
	// Without escapes, in which the name of a secret could hide.
	plain := v.Clone()
	if plain.Format(anyUTF8) == nil {
		v = plain
	}
	return strings.ToValidUTF8(string(v), "\ufffd")
}

// integer reads a whole number.
func integer(text string) (int64, bool) {
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}
