// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The examples run as users run them, by terraform as a process.

const examples = "../../examples"

// newExample copies the files of an example that match the pattern.
func newExample(t *testing.T, pattern string) *commandLine {
	t.Helper()
	plugin := requirePlugin(t)
	e := newWorld(t, mockisc.Demo()...).commandLine(plugin)
	files, err := filepath.Glob(filepath.Join(examples, pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files %s: %v", pattern, err)
	}
	for _, file := range files {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(e.folder, filepath.Base(file)), os.DirFS(file))
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		e.write(filepath.Base(file), string(content))
	}
	return e
}

// applyTwice applies, and expects the second plan to be empty and silent.
func (c *commandLine) applyTwice(wantActs ...string) {
	c.t.Helper()
	c.terraform("apply", "-auto-approve", "-input=false", "-no-color")
	c.terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")
	got := c.acts()
	slices.Sort(got)
	slices.Sort(wantActs)
	if !slices.Equal(got, wantActs) || len(c.posts()) != len(wantActs) {
		c.t.Errorf("acts %q by POSTs %q, want %q", got, c.posts(), wantActs)
	}
}

func TestExamples_demo(t *testing.T) {
	t.Parallel()
	e := newExample(t, "demo/[^.]*")
	e.applyTwice("approveApprovalItem "+mockisc.DemoFinancePostingApprovalItemID, "approveApprovalItem "+mockisc.DemoFinanceReportsApprovalItemID,
		"rejectApprovalItem "+mockisc.DemoDomainAdminsApprovalItemID)
}

func TestExamples_gitops(t *testing.T) {
	t.Parallel()
	e := newExample(t, "gitops/[^.]*")
	e.applyTwice("approveApprovalItem "+mockisc.DemoFinancePostingApprovalItemID, "rejectApprovalItem "+mockisc.DemoDomainAdminsApprovalItemID,
		"approveApprovalItem "+mockisc.DemoPayrollApprovalItemID)
}

// TestExamples_leaverHandover follows the README: list, commit, forward.
func TestExamples_leaverHandover(t *testing.T) {
	t.Parallel()
	e := newExample(t, "leaver-handover/[^.]*")
	committed, err := os.ReadFile(filepath.Join(e.folder, "handover.json"))
	if err != nil {
		t.Fatal(err)
	}
	e.write("handover.json", "{}")
	e.terraform("apply", "-auto-approve", "-input=false")
	listed := e.terraform("output", "-json", "open_work_items")
	var got, want map[string]string
	if err := errors.Join(json.Unmarshal([]byte(listed), &got), json.Unmarshal(committed, &want)); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("the output lists %v, the committed file %v", got, want)
	}
	e.write("handover.json", listed)
	e.terraform("apply", "-auto-approve", "-input=false")
	e.wantForwards(mockisc.DemoDeputyID, mockisc.DemoDeputyID)
	// The list of what the leaver still owns has become empty, which is an
	// output that changes; nothing is to be done.
	e.terraform("apply", "-auto-approve", "-input=false")
	e.terraform("plan", "-detailed-exitcode", "-input=false")
	e.wantForwards(mockisc.DemoDeputyID, mockisc.DemoDeputyID)
}

func TestExamples_auditSnapshot(t *testing.T) {
	t.Parallel()
	e := newExample(t, "audit-snapshot/[^.]*")
	e.applyTwice()
	document := e.terraform("output", "-raw", "json")
	if got, want := e.terraform("output", "-raw", "sha256"), fmt.Sprintf("%x", sha256.Sum256([]byte(document))); got != want {
		t.Errorf("sha256 %s of a document with %s", got, want)
	}
	if strings.Count(document, `"completed":"`) != 2 {
		t.Errorf("the document is %s", document)
	}
}

// TestExamples_standingRule invokes what is pending, and finds nothing pending
// the second time.
func TestExamples_standingRule(t *testing.T) {
	t.Parallel()
	requireTerraform(t, actionsSince)
	e := newExample(t, "standing-rule/[^.]*")
	e.applyTwice()
	for range 2 {
		e.terraform("apply", "-auto-approve", "-input=false", "-invoke=action.sailpoint_workitem_approve.harmless")
	}
	e.terraform("plan", "-detailed-exitcode", "-input=false")
	got := e.acts()
	slices.Sort(got)
	if want := []string{"approveApprovalItem " + mockisc.DemoFinanceReportsApprovalItemID, "approveApprovalItem " + mockisc.DemoSalesConsoleApprovalItemID}; !slices.Equal(got, want) || len(e.posts()) != 2 {
		t.Errorf("acts %q by POSTs %q, want %q", got, e.posts(), want)
	}
}

// TestExamples_ledgerFromQuery follows the README: query, fill in the
// decisions, apply.
func TestExamples_ledgerFromQuery(t *testing.T) {
	t.Parallel()
	requireTerraform(t, queriesSince)
	e := newExample(t, "ledger-from-query/[^.]*")
	e.terraform("query", "-generate-config-out=ledger.tf")
	generated, err := os.ReadFile(filepath.Join(e.folder, "ledger.tf"))
	if err != nil {
		t.Fatal(err)
	}
	// The oldest first.
	ledger := string(generated)
	for _, decision := range []string{"reject", "approve"} {
		ledger = strings.Replace(ledger, "decision         = null", fmt.Sprintf("decision = %q", decision), 1)
	}
	if strings.Contains(ledger, "decision         = null") {
		t.Fatalf("more than two decisions to fill in:\n%s", ledger)
	}
	e.write("ledger.tf", ledger)
	e.applyTwice("rejectApprovalItem "+mockisc.DemoDomainAdminsApprovalItemID, "approveApprovalItem "+mockisc.DemoPayrollApprovalItemID)
}

// TestExamples_ofThePagesValidate validates what the documentation shows.
func TestExamples_ofThePagesValidate(t *testing.T) {
	t.Parallel()
	const anyVersion = "1.11"
	for pattern, since := range map[string]string{
		"provider/*.tf": anyVersion, "data-sources/*/*.tf": anyVersion, "resources/*/resource.tf": anyVersion, "functions/*/*.tf": anyVersion,
		"actions/*/*.tf": actionsSince, "list-resources/*/*.tfquery.hcl": queriesSince,
	} {
		t.Run(pattern, func(t *testing.T) {
			t.Parallel()
			requireTerraform(t, since)
			files, err := filepath.Glob(filepath.Join(examples, pattern))
			if err != nil || len(files) == 0 {
				t.Fatalf("no files %s: %v", pattern, err)
			}
			for _, file := range files {
				name, err := filepath.Rel(examples, file)
				if err != nil {
					t.Fatal(err)
				}
				t.Run(name, func(t *testing.T) {
					t.Parallel()
					e := newExample(t, name)
					if content, err := os.ReadFile(file); err == nil && !strings.Contains(string(content), "required_providers") {
						e.write("versions.tf", requiredProviders)
					}
					if since == queriesSince {
						e.write("provider.tf", "provider \"sailpoint\" {}\n")
						e.terraform("validate", "-query")
					}
					e.terraform("validate")
				})
			}
		})
	}
}
