// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// The service's documents and its answers differ now and then in the types of
// fields. So decoding first tries the documented types, which is fast, and
// falls back to bending what it finds, for that one object only.

// checkJSON returns an error that says what the body is instead of JSON.
func checkJSON(body []byte) error {
	trimmed := bytes.TrimSpace(body)
	switch {
	case len(trimmed) == 0:
		return &unusableError{reason: "the body is empty", transient: true}
	case isHTML(body):
		return &unusableError{quoted: body, transient: true}
	case !json.Valid(trimmed):
		return &unusableError{reason: flaw(body), transient: true}
	}
	return nil
}

// flaw says what keeps a body from being JSON: that it is cut off, most often.
func flaw(body []byte) string {
	err := json.NewDecoder(bytes.NewReader(body)).Decode(new(json.RawMessage))
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("the body is not JSON, from byte %d on: %v", syntax.Offset, syntax)
	}
	if err != nil {
		return "the body is not complete JSON"
	}
	return "the body goes on after its JSON"
}

// decodeObject decodes a JSON object into the struct that dst points to.
func decodeObject(body []byte, dst any) error {
	if json.Unmarshal(body, dst) == nil && startsWith(body, '{') {
		return nil
	}
	if err := checkJSON(body); err != nil {
		return err
	}
	if !startsWith(body, '{') {
		return malformed("the body is not a JSON object")
	}
	v := reflect.ValueOf(dst).Elem()
	v.SetZero()
	bend(body, v)
	return nil
}

// decodeWorkItem decodes one work item.
func decodeWorkItem(body []byte) (*WorkItem, error) {
	var wi WorkItem
	if err := decodeObject(body, &wi); err != nil {
		return nil, err
	}
	if wi.ID == "" {
		return nil, malformed("the work item has no id")
	}
	wi.tidy()
	return &wi, nil
}

// decodeWorkItems decodes a list of work items, keeping the JSON of each, as
// part of the body, if asked to.
func decodeWorkItems(body []byte, keepRaw bool) ([]WorkItem, error) {
	items, err := decodeEachWorkItem(body, keepRaw)
	if err != nil {
		if broken := checkJSON(body); broken != nil {
			return nil, broken
		}
		return nil, err
	}
	return items, nil
}

func decodeEachWorkItem(body []byte, keepRaw bool) ([]WorkItem, error) {
	if !startsWith(body, '[') {
		return nil, malformed("the body is not a JSON array")
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	items := []WorkItem{}
	for decoder.More() {
		items = append(items, WorkItem{})
		wi := &items[len(items)-1]
		start := decoder.InputOffset()
		err := decoder.Decode(wi)
		raw := bytes.TrimLeft(body[start:decoder.InputOffset()], ", \t\r\n")
		if err != nil {
			err = decodeObject(raw, wi)
		}
		if err != nil || wi.ID == "" {
			return nil, malformed("element %d of the list is not a work item with an id", len(items)-1)
		}
		wi.tidy()
		if keepRaw {
			wi.Raw = raw
		}
	}
	if _, err := decoder.Token(); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, malformed("something follows the JSON array")
	}
	return items, nil
}

// tidy removes null elements, which carry nothing.
func (wi *WorkItem) tidy() {
	wi.ApprovalItems = slices.DeleteFunc(wi.ApprovalItems, func(i ApprovalItem) bool { return i == ApprovalItem{} })
	wi.RemediationItems = slices.DeleteFunc(wi.RemediationItems, func(i RemediationItem) bool { return i == RemediationItem{} })
}

func startsWith(body []byte, first byte) bool {
	trimmed := bytes.TrimLeft(body, " \t\r\n")
	return len(trimmed) > 0 && trimmed[0] == first
}

// bend decodes valid JSON into dst as well as it can be done: scalars become
// text where text is due, text becomes a number, and a single value a list of
// one. It reports whether dst was set; null and what can't be bent leave it
// zero.
func bend(raw json.RawMessage, dst reflect.Value) bool {
	raw = bytes.TrimSpace(raw)
	if string(raw) == "null" {
		return false
	}
	if dst.Type() == reflect.TypeFor[json.RawMessage]() {
		dst.SetBytes(bytes.Clone(raw))
		return true
	}
	switch dst.Kind() {
	case reflect.Pointer:
		v := reflect.New(dst.Type().Elem())
		if !bend(raw, v.Elem()) {
			return false
		}
		dst.Set(v)
	case reflect.String:
		dst.SetString(scalarText(raw))
	case reflect.Int64:
		n, ok := integer(raw)
		dst.SetInt(n)
		return ok
	case reflect.Slice:
		var elements []json.RawMessage
		if json.Unmarshal(raw, &elements) != nil {
			elements = []json.RawMessage{raw}
		}
		list := reflect.MakeSlice(dst.Type(), 0, len(elements))
		for _, element := range elements {
			v := reflect.New(dst.Type().Elem()).Elem()
			if bend(element, v) {
				list = reflect.Append(list, v)
			}
		}
		dst.Set(list)
	case reflect.Struct:
		var fields map[string]json.RawMessage
		if json.Unmarshal(raw, &fields) != nil {
			return false
		}
		for i := range dst.NumField() {
			if value, ok := fields[dst.Type().Field(i).Tag.Get("json")]; ok {
				bend(value, dst.Field(i))
			}
		}
	default:
		return false
	}
	return true
}

// scalarText is the content of a JSON string, or any other JSON as it stands.
// Either way it is valid UTF-8.
func scalarText(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return strings.ToValidUTF8(string(raw), "\ufffd")
}

// integer reads a whole number, given as number or text.
func integer(raw json.RawMessage) (int64, bool) {
	text := scalarText(raw)
	if n, err := strconv.ParseInt(text, 10, 64); err == nil {
		return n, true
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > 1<<53 {
		return 0, false
	}
	return int64(f), true
}
