// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"fmt"
	"strings"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// maxPart bounds, in characters, one part of a summary.
const maxPart = 80

// leading begins a summary: with what is asked for or, while nothing is to be
// done, with "open:".
func leading(verb string, more ...string) string {
	if verb == "" {
		return strings.Join(append([]string{"open:"}, more...), " ") + " "
	}
	if len(more) > 0 {
		return strings.Join(append([]string{verb}, more...), " ") + " "
	}
	return verb + ": "
}

// Reopened is the summary of an act that the configuration takes back where
// nothing was done for it: what was to be done is only open again.
func Reopened(summary string) string {
	_, what, _ := strings.Cut(summary, ": ")
	return leading("") + what
}

// summarizeItem says what an approval item asks for. A missing part goes with
// its joining word.
func summarizeItem(wi *isc.WorkItem, item *isc.ApprovalItem) string {
	if item == nil {
		return quoted(wi.Name, wi.Description, &wi.ID) + requestedBy(wi)
	}
	var parts []string
	add := func(joint string, part *string) {
		if deref(part) != "" {
			parts = append(parts, strings.TrimPrefix(joint+" "+quotedPart(*part), " "))
		}
	}
	add("", item.Operation)
	add("", item.Name)
	if item.ValueRedacted {
		parts = append(parts, redactedValue)
	}
	add("", item.Value)
	add("on", item.Application)
	add("for", item.Account)
	return strings.Join(parts, " ") + requestedBy(wi)
}

func requestedBy(wi *isc.WorkItem) string {
	if requester := quoted(wi.RequesterDisplayName, wi.RequesterID); requester != "" {
		return ", requested by " + requester
	}
	return ""
}

// quoted is the first of the texts that isn't empty, in quotes.
func quoted(texts ...*string) string {
	for _, s := range texts {
		if deref(s) != "" {
			return quotedPart(*s)
		}
	}
	return ""
}

// quotedPart is a text of the service that can't pass for anything else in a
// summary: shown as everywhere, in quotes that it can't close, and cut in the
// middle if it is long.
func quotedPart(s string) string {
	runes := []rune(strings.ReplaceAll(isc.ShownText(s), `"`, `\u{22}`))
	if n := len(runes); n > maxPart {
		head, tail := runes[:maxPart/2], runes[n-(maxPart/2-1):]
		return fmt.Sprintf(`"%s…%s" (%d characters)`, string(head), string(tail), n)
	}
	return `"` + string(runes) + `"`
}
