// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// finding is what was seen about one assumption. Its texts hold nothing of the
// answers but counts and defused words.
type finding struct {
	title, assumed string
	// switches are the fields of the mock's Behavior that it is about.
	switches []string
	seen     []string
	// unsettled is why the question stays open; "" if it is settled.
	unsettled string
	flags     []string
}

// about begins a finding. Marks such as [A] are those of the facts document:
// documented, seen in the wild, inferred, assumed.
func about(title, assumed string, switches ...string) *finding {
	return &finding{title: title, assumed: assumed, switches: switches}
}

// saw adds a line of what was seen.
func (f *finding) saw(format string, args ...any) *finding {
	f.seen = append(f.seen, fmt.Sprintf(format, args...))
	return f
}

// notSeen says why the question stays open.
func (f *finding) notSeen(format string, args ...any) *finding {
	f.unsettled = fmt.Sprintf(format, args...)
	return f
}

// behave adds the flag that makes the mock behave like the tenant.
func (f *finding) behave(field string, value any) *finding {
	return f.flag(fmt.Sprintf("-behavior %s=%v", field, value))
}

// flag adds any flag of the mock's command.
func (f *finding) flag(text string) *finding {
	f.flags = append(f.flags, text)
	return f
}

// mock says what the finding means for the mock.
func (f *finding) mock() string {
	switch {
	case len(f.flags) > 0:
		return strings.Join(f.flags, " ")
	case len(f.switches) == 0:
		return "has no switch for it"
	case f.unsettled != "":
		return "stays as it is without flags (switch: " + strings.Join(f.switches, ", ") + ")"
	}
	return "does the same without flags (switch: " + strings.Join(f.switches, ", ") + ")"
}

// notReadable are the switches that no read can settle: they are about acts,
// about an excess of requests, or about ids of others that only an admin sees.
var notReadable = []string{
	"SecondActStatus", "SecondDecisionFlips", "UnknownApprovalItemStatus", "BulkWithoutItemsStatus", "RefuseBulkWhenPartlyDecided",
	"RefuseCompleteWhileUndecided", "SubmitWithoutFormStatus", "RefuseIncompleteSelections", "ForwardUnknownIdentityStatus",
	"ForwardUnknownWorkItemStatus", "RequireForwardComment", "RequireExperimentalHeader", "RequireJSONContentType", "StaleReads",
	"RateCounting", "RateBackOff", "ForeignItemStatus",
}

// mockCommand starts the mock; the flags follow.
const mockCommand = "go run ./internal/mockisc/cmd/mockisc"

// printReport prints the findings, and last a line to copy.
func printReport(w io.Writer, version string, sent int, seen *evidence, found []*finding) error {
	out := bufio.NewWriter(w)
	fmt.Fprintf(out, "Work Items API %s: what %d requests saw, all of them reads but those for a token. Nothing was changed. Nothing below names anybody: counts, yes and no, and the service's words.\n", version, sent)
	fmt.Fprintln(out, "Marks: [D] documented, [W] seen in the wild, [I] inferred, [A] assumed.")
	if len(seen.open.rows) == 0 && len(seen.completed.rows) == 0 {
		fmt.Fprintln(out, "\nThere is NO WORK ITEM to look at, neither open nor completed, so most questions stay open: try with a token that sees some.")
	}
	command := []string{mockCommand}
	unsettled := 0
	for _, f := range found {
		fmt.Fprintf(out, "\n%s\n  assumed:  %s\n", f.title, f.assumed)
		for _, line := range f.seen {
			fmt.Fprintf(out, "  seen:     %s\n", line)
		}
		if f.unsettled != "" {
			unsettled++
			fmt.Fprintf(out, "  not seen: %s\n", f.unsettled)
		}
		fmt.Fprintf(out, "  mock:     %s\n", f.mock())
		command = append(command, f.flags...)
	}
	fmt.Fprintf(out, "\nNot asked, because it takes an act, too many requests, or somebody else's id: %s.\n", strings.Join(notReadable, ", "))
	fmt.Fprintf(out, "\n%d of %d questions settled. In what was seen, the mock behaves like this tenant with:\n%s\n", len(found)-unsettled, len(found), strings.Join(command, " "))
	return out.Flush()
}

// findings looks at the evidence from all sides.
func findings(e *evidence) []*finding {
	var all []*finding
	for _, group := range [][]*finding{stateFindings(e), scopeFindings(e), pageFindings(e), itemFindings(e), idFindings(e), peopleFindings(e), wireFindings(e)} {
		all = append(all, group...)
	}
	return all
}

// yesNo prints a bool.
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
