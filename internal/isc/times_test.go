// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	at := time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC)
	for in, want := range map[string]time.Time{
		"2024-05-01T10:00:00Z":          at,
		"2024-05-01T12:00:00+02:00":     at,
		"2024-05-01T12:00:00+0200":      at,
		"2024-05-01T10:00:00":           at,
		"2024-05-01T12:00+02:00":        at,
		"2024-05-01T10:00":              at,
		" 2024-05-01 10:00:00 ":         at,
		"2024-05-01":                    at.Add(-10 * time.Hour),
		"2024-05-01T10:00:00.123Z":      at.Add(123 * time.Millisecond),
		"2024-05-01T12:00:00.5+0200":    at.Add(500 * time.Millisecond),
		"1714557600123":                 at.Add(123 * time.Millisecond),
		"0":                             time.Unix(0, 0).UTC(),
		"-1":                            time.UnixMilli(-1).UTC(),
		"":                              {},
		"yesterday":                     {},
		"2024-13-01":                    {},
		"1714557600.5":                  {},
		"99999999999999999999":          {},
		"2024-05-01T10:00:00Z and more": {},
	} {
		if got, ok := ParseTime(in); got != want || ok == want.IsZero() {
			t.Errorf("%q: got %s, %t, want %s", in, got, ok, want)
		}
	}
}
