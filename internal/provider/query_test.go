// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The way from terraform query to configuration and an empty plan, by the real
// terraform, where it has queries.

// query writes a query, generates configuration from it, and returns that.
func (c *commandLine) query(listType, config string) string {
	c.t.Helper()
	c.write("main.tf", liftedRate)
	c.write("all.tfquery.hcl", fmt.Sprintf("list %q \"all\" {\n  provider         = sailpoint\n  include_resource = true\n  limit            = 1000\n  config {\n    %s\n  }\n}\n", listType, config))
	c.terraform("query", "-generate-config-out=generated.tf")
	generated, err := os.ReadFile(filepath.Join(c.folder, "generated.tf"))
	if err != nil {
		c.t.Fatal(err)
	}
	return string(generated)
}

// oddValues are what generated configuration breaks on.
var oddValues = []string{
	`["R&D", "Ops"]`, `{}`, `{ "a": 1, "b": [] }`, "007", "1e3", "true", "null", "${x}", "%{if}", `"quoted"`, `back\slash`, "a\nb", "\ta", "", "\u202ehidden", "é", `a\u{a}b`, "<<EOT",
	strings.Repeat("[", 30) + strings.Repeat("]", 30),
}

// TestQuery_ledgerOfTasks: a ledger of manual tasks is inert. Applying all of it
// sends nothing and plans nothing; done = true in one block completes that one.
func TestQuery_ledgerOfTasks(t *testing.T) {
	t.Parallel()
	requireTerraform(t, queriesSince)
	w := newWorld(t)
	for i, value := range oddValues {
		wi := openWorkItem(fmt.Sprintf("2c91808a0000000000000000000001%02d", i), "ManualAction")
		wi.Description = value
		wi.ApprovalItems = []mockisc.ApprovalItem{{ID: fmt.Sprintf("item-%d", i), Application: "Badges [source]", Operation: "Add", Name: new("a"), Value: new(value)}}
		w.Add(wi)
	}
	bare := openWorkItem(workItem1, "Remediation")
	withPassword := openWorkItem(workItem2, "ManualAction")
	withPassword.ApprovalItems = []mockisc.ApprovalItem{{ID: "secret", Name: new("password"), Value: new(mockisc.DemoPassword)}}
	w.Add(bare, withPassword, openWorkItem("form", "Form"))
	c := w.commandLine(requirePlugin(t))
	generated := c.query(completionType, "types = [\"ManualAction\", \"Remediation\"]")
	n := len(oddValues) + 2
	if blocks := strings.Count(generated, "resource \""+completionType); blocks != n || strings.Count(generated, "done              = false") != n || strings.Contains(generated, mockisc.DemoPassword) {
		t.Fatalf("%d blocks:\n%s", blocks, generated)
	}
	c.terraform("validate")
	c.terraform("apply", "-auto-approve", "-input=false")
	c.terraform("plan", "-detailed-exitcode", "-input=false")
	// Somebody else finishes one, before and after the import.
	if err := w.Complete("2c91808a000000000000000000000100"); err != nil {
		t.Fatal(err)
	}
	c.terraform("apply", "-auto-approve", "-input=false")
	c.terraform("plan", "-detailed-exitcode", "-input=false")
	w.wantPosts()

	// The import blocks have done their work.
	ledger := regexp.MustCompile(`(?s)import \{.*?\n\}\n`).ReplaceAllString(generated, "")
	i := strings.Index(ledger, `workitem_id       = "`+workItem2+`"`)
	start := strings.LastIndex(ledger[:i], "resource \"")
	block := strings.Replace(ledger[start:i], "done              = false", "done = true", 1)
	c.write("generated.tf", ledger[:start]+block+ledger[i:])
	if plan := c.terraform("plan", "-input=false", "-no-color"); !strings.Contains(plan, "~ done              = false -> true") || !strings.Contains(plan, "Plan: 0 to add, 1 to change, 0 to destroy.") || strings.Contains(plan, mockisc.DemoPassword) {
		t.Errorf("the plan:\n%s", plan)
	}
	c.terraform("apply", "-auto-approve", "-input=false")
	c.terraform("plan", "-detailed-exitcode", "-input=false")
	w.wantPosts("completeWorkItem " + workItem2)
}

// TestQuery_ledgerOfDecisions: whatever is generated validates once it is filled
// in, guards itself, and plans nothing after the decision.
func TestQuery_ledgerOfDecisions(t *testing.T) {
	t.Parallel()
	requireTerraform(t, queriesSince)
	wi := approvalWorkItem(workItem1)
	for i, value := range oddValues {
		wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: fmt.Sprintf("item-%d", i), Account: new(value), Application: value, Operation: "Add", Name: new("a"), Value: new(value)})
	}
	wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: "secret", Name: new("password"), Value: new(mockisc.DemoPassword)})
	w := newWorld(t, wi)
	c := w.commandLine(requirePlugin(t))
	generated := c.query(approvalType, "types = [\"Approval\"]")
	if strings.Contains(generated, mockisc.DemoPassword) {
		t.Errorf("the password is in\n%s", generated)
	}
	// One readable error for each that isn't filled in.
	out, err := c.command("plan", "-input=false", "-no-color").CombinedOutput()
	if n := len(oddValues) + 1; err == nil || strings.Count(string(out), "Error: ") != n || !strings.Contains(string(out), "decision") {
		t.Errorf("%d errors for %d blocks:\n%s", strings.Count(string(out), "Error: "), n, out)
	}
	c.write("generated.tf", strings.ReplaceAll(generated, "decision         = null", "decision         = \"approve\""))
	c.terraform("validate")
	c.terraform("apply", "-auto-approve", "-input=false")
	c.terraform("plan", "-detailed-exitcode", "-input=false")
	if n := len(w.acts()); n != len(oddValues)+1 {
		t.Errorf("%d decisions", n)
	}
}
