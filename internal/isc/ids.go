// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"fmt"
	"slices"
	"strings"
)

// maxIDBytes is far above the 32 characters of real ids.
const maxIDBytes = 256

// reservedIDs are path segments of the API that stand where an id stands in
// other operations.
var reservedIDs = []string{"completed", "count", "summary", "bulk-approve", "bulk-reject"}

// CheckID returns an error that wraps [ErrInvalidID] if the id can't be one, so
// that it can never turn a request into one for something else. The kind, such
// as "work item id", is for the message.
func CheckID(kind, id string) error {
	var problem string
	switch {
	case id == "":
		problem = "is empty"
	case len(id) > maxIDBytes:
		return fmt.Errorf("%w: the %s has %d bytes, more than %d", ErrInvalidID, kind, len(id), maxIDBytes)
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
		problem = "contains blanks or characters that are not printable ASCII"
	case strings.ContainsAny(id, `/\?#%`):
		problem = `contains one of the characters / \ ? # %`
	case id == "." || strings.Contains(id, ".."):
		problem = "contains a path step"
	case slices.Contains(reservedIDs, strings.ToLower(id)):
		problem = "is a name that the API uses for something else"
	default:
		return nil
	}
	return fmt.Errorf("%w: the %s %q %s", ErrInvalidID, kind, OneLine(id), problem)
}
