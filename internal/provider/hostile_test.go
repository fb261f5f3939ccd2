// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// forgeries are texts that a requester could write to change what a reviewer of
// the plan reads.
var forgeries = []string{
	"x\n            EOT\n          + name = \"Canteen menu\"\n\x1b[8m",
	"\x1b7\x1b[11A\x1b[2K          + value = \"menu\"\x1b8",
	"a\r\n::error::approved\n```\n##[group]",
	"\u202ecba\u200b\u2066\U000e0061",
	"${x}%{if}\"\\",
	strings.Repeat("[", 2000) + strings.Repeat("]", 2000),
	"a\u2028b\u0085c\vd\fe",
	// Terraform prints JSON decoded.
	`{"k":"x\n            EOT\n          + name = \"Canteen menu\"\u001b[8m"}`,
	`["[\"a\\n::error::approved\"]"]`,
	`{"value":"menu"} Domain Admins`,
	`{"value":"Domain Admins","value":"menu"}`,
}

// forgedIDs are the work items that show the text with this number.
type forgedIDs struct{ approval, task, form, handover string }

func forgedID(number int) forgedIDs {
	id := func(kind string) string { return fmt.Sprintf("2c91808a0000000000000000%s%06x", kind, number) }
	return forgedIDs{id("0a"), id("0b"), id("0c"), id("0d")}
}

// forgedWorkItems have the text wherever the service has one.
func forgedWorkItems(number int, text string) []mockisc.WorkItem {
	forge := func(wi mockisc.WorkItem) mockisc.WorkItem {
		wi.Name, wi.Description, wi.RequesterDisplayName, wi.OwnerName = &text, text, &text, text
		for i := range wi.ApprovalItems {
			a := &wi.ApprovalItems[i]
			a.Account, a.Application, a.Name, a.Operation, a.Value = &text, text, &text, text, &text
		}
		for i := range wi.RemediationItems {
			r := &wi.RemediationItems[i]
			r.TargetName, r.TargetDisplayName, r.ApplicationName, r.AttributeName, r.AttributeOperation, r.AttributeValue, r.NativeIdentity = text, text, text, text, text, text, text
		}
		return wi
	}
	ids := forgedID(number)
	task := openWorkItem(ids.task, "ManualAction")
	task.ApprovalItems = []mockisc.ApprovalItem{{ID: item2}}
	task.RemediationItems = []mockisc.RemediationItem{{ID: "r1"}}
	form := formWorkItem(ids.form)
	form.Form.Name, form.Form.Title, form.Form.Subtitle, form.Form.TargetUser = &text, &text, &text, text
	encoded, err := json.Marshal(map[string]string{"name": "accountId", "label": text})
	if err != nil {
		panic(err)
	}
	form.Form.Sections[0].Name, form.Form.Sections[0].FormItems = &text, []json.RawMessage{encoded}
	return []mockisc.WorkItem{forge(approvalWorkItem(ids.approval, item1)), forge(task), forge(form), forge(openWorkItem(ids.handover, "ManualAction"))}
}

// TestPlan_ofForgeries: a plan over hostile texts has the lines of one over
// harmless texts, one for one, and nothing that a terminal acts upon.
func TestPlan_ofForgeries(t *testing.T) {
	t.Parallel()
	configuration := `
data "sailpoint_workitem" "one" { id = "` + forgedID(0).approval + `" }
data "sailpoint_workitems" "all" {}
output "one" { value = data.sailpoint_workitem.one }
output "all" { value = data.sailpoint_workitems.all }
output "pending" { value = provider::sailpoint::pending_approvals(data.sailpoint_workitems.all.workitems) }
`
	for number := range forgeries {
		ids := forgedID(number)
		configuration += strings.NewReplacer(`"this"`, fmt.Sprintf(`"this%d"`, number)).Replace(approval(ids.approval, item1, "approve") +
			hcl(completionType, `workitem_id = "`+ids.task+`"`, "done = true") +
			hcl(selectionType, `workitem_id = "`+ids.form+`"`, `selections = { accountId = "a" }`) +
			hcl(forwardType, `workitem_id = "`+ids.handover+`"`, `expected_owner_id = "`+mockisc.DefaultClient.IdentityID+`"`, `target_owner_id = "`+successor+`"`, `comment = "x"`))
	}
	planOf := func(text func(number int) string) []string {
		w := newWorld(t)
		for number := range forgeries {
			w.Add(forgedWorkItems(number, text(number))...)
		}
		c := w.commandLine(requirePlugin(t))
		c.write("main.tf", liftedRate+configuration)
		out, err := c.command("plan", "-input=false", "-no-color", "-parallelism=1").CombinedOutput()
		if err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		if strings.ContainsAny(string(out), "\x1b\r\v\f\u202e\u200b\u2028\u0085") {
			t.Errorf("the plan has characters that nobody sees:\n%q", out)
		}
		_, plan, found := strings.Cut(string(out), "will perform the following actions")
		if !found {
			t.Fatalf("no plan in\n%s", out)
		}
		return strings.Split(plan, "\n")
	}
	want := planOf(func(int) string { return "harmless" })
	got := planOf(func(number int) string { return forgeries[number] })
	for i := range min(len(got), len(want)) {
		// The same attribute, whatever its text.
		attribute, _, _ := strings.Cut(got[i], "=")
		wanted, _, _ := strings.Cut(want[i], "=")
		if strings.TrimRight(attribute, " ") != strings.TrimRight(wanted, " ") {
			t.Fatalf("line %d is\n%s\nwant\n%s\nin\n%s", i, got[i], want[i], strings.Join(got, "\n"))
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d lines, want %d", len(got), len(want))
	}
}
