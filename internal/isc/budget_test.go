// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
)

// heapOf returns how many bytes are allocated while fn runs.
func heapOf(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// TestBudget_ofOneBody: what is short on the wire, and compressed even shorter,
// must not become gigabytes of empty elements. It isn't parallel, because it
// measures the heap.
func TestBudget_ofOneBody(t *testing.T) { //nolint:paralleltest // It measures what is allocated meanwhile.
	const size = 2 << 20
	elements := func(unit string) string { return strings.TrimSuffix(strings.Repeat(unit, size/len(unit)), ",") }
	for name, body := range map[string]string{
		"empty approval items":    `{"id":"1","approvalItems":[` + elements("{},") + `]}`,
		"null approval items":     `{"id":"1","approvalItems":[` + elements("null,") + `]}`,
		"empty remediation items": `{"id":"1","remediationItems":[` + elements("{},") + `]}`,
		"empty errors":            `{"id":"1","errors":[` + elements(`"",`) + `]}`,
		"form items":              `{"id":"1","form":{"sections":[{"formItems":[` + elements("1,") + `]}]}}`,
		"sections":                `{"id":"1","form":{"sections":[` + elements("{},") + `]}}`,
	} {
		for _, list := range []bool{false, true} {
			var err error
			used := heapOf(func() {
				if list {
					_, err = redactor{}.decodeWorkItems([]byte("["+body+"]"), true)
				} else {
					_, err = redactor{}.decodeWorkItem([]byte(body))
				}
			})
			if err == nil || !strings.Contains(err.Error(), "a list of more than 10000 elements") || used > 24*size {
				t.Errorf("%s, in a list %t: %d KiB, %v", name, list, used>>10, err)
			}
		}
	}
	var err error
	used := heapOf(func() {
		_, err = redactor{}.decodeWorkItems([]byte("["+elements(`{"id":"1"},`)+"]"), false)
	})
	if err == nil || !strings.Contains(err.Error(), "more than 10000 rows") || used > 24*size {
		t.Errorf("rows: %d KiB, %v", used>>10, err)
	}
}

// TestBudget_ofOneList: what was read of a list in all attempts ends it.
func TestBudget_ofOneList(t *testing.T) {
	t.Parallel()
	s := newService(t, newLists(t).open("caller-id", 600).serve)
	c := s.client()
	lists := []list{{StatusOpen, Own}}
	read := make([]atomic.Int64, 1)
	if _, err := c.readLists(t.Context(), lists, false, read, true); err != nil || read[0].Load() < 600*50 {
		t.Errorf("%d bytes counted, %v", read[0].Load(), err)
	}
	all := read[0].Load()
	read[0].Store(maxListBytes - all)
	if _, err := c.readLists(t.Context(), lists, false, read, true); err != nil || read[0].Load() != maxListBytes {
		t.Errorf("%d bytes counted, %v", read[0].Load(), err)
	}
	read[0].Store(maxListBytes - all + 1)
	if _, err := c.readLists(t.Context(), lists, false, read, true); err == nil || !strings.Contains(err.Error(), "the list takes more than 512 MiB") {
		t.Errorf("got %v", err)
	}
}
