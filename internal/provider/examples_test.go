// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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

// TestExamples_leaverHandover follows the README: list, commit, forward. Two work
// items have the same name, and one has none.
func TestExamples_leaverHandover(t *testing.T) {
	t.Parallel()
	e := newExample(t, "leaver-handover/[^.]*")
	for i, name := range []*string{new("Badge"), new("Badge"), nil} {
		wi := openWorkItem(fmt.Sprintf("2c91808a00000000000000000000000%d", i), "ManualAction")
		wi.OwnerID, wi.OwnerName, wi.Name = mockisc.DemoLeaverID, "Leo Leaver", name
		e.Add(wi)
	}
	e.terraform("apply", "-auto-approve", "-input=false")
	listed := e.terraform("output", "-json", "open_work_items")
	e.wantForwards()
	if strings.Count(listed, ":") != 5 || !strings.Contains(listed, `"2c9180867a1f4c3d017a1f9b2e4d0901":"Hardware token for Ines Novak","2c9180867a1f4c3d017a1f9b2e4d0a01":"Shared mailbox for Ines Novak"`) {
		t.Errorf("the output lists %s", listed)
	}
	e.write("handover.json", listed)
	e.terraform("apply", "-auto-approve", "-input=false")
	toManager := slices.Repeat([]string{mockisc.DemoDeputyID}, 5)
	e.wantForwards(toManager...)
	if forwarded := e.terraform("output", "-json", "forwarded"); strings.Count(forwarded, `"to":"Dora Deputy"`) != 5 {
		t.Errorf("forwarded: %s", forwarded)
	}
	// The list of what the leaver still owns has become empty, which is an
	// output that changes; nothing is to be done.
	e.terraform("apply", "-auto-approve", "-input=false")
	e.terraform("plan", "-detailed-exitcode", "-input=false")
	e.wantForwards(toManager...)
}

// TestExamples_manualProvisioning: a task that isn't done is inert; an apply
// without the variable makes nothing; a failing account leaves the task open;
// then account and task are done once, and later plans are empty, whatever
// becomes of the task.
func TestExamples_manualProvisioning(t *testing.T) {
	t.Parallel()
	e := newExample(t, "manual-provisioning/[^.]*")
	if err := os.Chmod(filepath.Join(e.folder, "make-account.sh"), 0o700); err != nil {
		t.Fatal(err)
	}
	task := filepath.Join("tasks", "mainframe-jane.yaml")
	committed, err := os.ReadFile(filepath.Join(e.folder, task))
	if err != nil {
		t.Fatal(err)
	}
	// open-tasks writes what is committed.
	list := *e
	list.folder = filepath.Join(e.folder, "open-tasks")
	list.terraform("apply", "-auto-approve", "-input=false")
	if listed := list.terraform("output", "-json", "tasks"); !strings.Contains(listed, mockisc.DemoProvisioningWorkItemID) || strings.Count(listed, `\n- \"2c91`)+strings.Count(listed, `\n- 2c91`) < 4 || strings.Contains(listed, mockisc.DemoPassword) {
		t.Errorf("open-tasks wrote %s", listed)
	}

	e.write(task, strings.Replace(string(committed), "done: true", "done: false", 1))
	e.terraform("apply", "-auto-approve", "-input=false")
	e.terraform("plan", "-detailed-exitcode", "-input=false")
	e.write(task, string(committed))
	fails := func(want string) {
		t.Helper()
		out, err := e.command("apply", "-auto-approve", "-input=false", "-no-color").CombinedOutput()
		if err == nil || !strings.Contains(string(out), want) {
			t.Errorf("want %q; terraform printed:\n%s", want, out)
		}
		e.wantPosts()
	}
	fails("Set SAIL_ALLOW_CLEAR_VALUES=true for the apply")
	e.env = append(e.env, "SAIL_ALLOW_CLEAR_VALUES=true")
	e.write("broken", "")
	fails("local-exec provisioner error")
	if err := os.Remove(filepath.Join(e.folder, "broken")); err != nil {
		t.Fatal(err)
	}
	e.terraform("apply", "-auto-approve", "-input=false")
	e.wantActs("completeWorkItem")
	accounts, err := os.ReadFile(filepath.Join(e.folder, "accounts.txt"))
	if want := fmt.Sprintf("JDOE01 with a password of %d characters\n", len(mockisc.DemoPassword)); err != nil || string(accounts) != want {
		t.Errorf("accounts: %s, %v", accounts, err)
	}
	for _, becomes := range []func(){
		func() {},
		func() { e.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true }) },
		func() { e.Remove(mockisc.DemoProvisioningWorkItemID) },
	} {
		becomes()
		e.env[len(e.env)-1] = "SAIL_ALLOW_CLEAR_VALUES=false"
		e.terraform("plan", "-detailed-exitcode", "-input=false")
		e.env[len(e.env)-1] = "SAIL_ALLOW_CLEAR_VALUES=true"
		e.terraform("apply", "-auto-approve", "-input=false")
	}
	e.wantActs("completeWorkItem")
	for _, file := range []string{"terraform.tfstate", "terraform.tfstate.backup"} {
		if state, err := os.ReadFile(filepath.Join(e.folder, file)); err != nil || strings.Contains(string(state), mockisc.DemoPassword) {
			t.Errorf("%s holds the password (%v)", file, err)
		}
	}
}

// TestExamples_workload counts what everybody has.
func TestExamples_workload(t *testing.T) {
	t.Parallel()
	e := newExample(t, "workload/[^.]*")
	e.Add(mockisc.WorkItem{ID: "formula", Type: "=1+1", OwnerID: "x", OwnerName: `Bobby "|" Tables`, Created: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)})
	e.write("date.auto.tfvars", "date = \"2026-12-01T00:00:00Z\"\n")
	e.applyTwice()
	markdown, csv := e.terraform("output", "-raw", "markdown"), e.terraform("output", "-raw", "csv")
	for _, want := range []string{"| Leo Leaver | ManualAction | 2 | ", "| nobody | Remediation | 1 | ", `| Bobby "\|" Tables | =1+1 | 1 | 2026-01-01T00:00:00.000Z |`} {
		if !strings.Contains(markdown, want) {
			t.Errorf("%q is not in\n%s", want, markdown)
		}
	}
	for _, want := range []string{"owner,owner_id,type,open,oldest\n", `"Bobby ""|"" Tables","x","'=1+1","1","2026-01-01T00:00:00.000Z"`} {
		if !strings.Contains(csv, want) {
			t.Errorf("%q is not in\n%s", want, csv)
		}
	}
}

// TestExamples_dailyRule: each run has a state of its own, and the second one of
// a day finds nothing pending.
func TestExamples_dailyRule(t *testing.T) {
	t.Parallel()
	e := newExample(t, "daily-rule/[^.]*")
	e.terraform("apply", "-auto-approve", "-input=false")
	if err := os.Rename(filepath.Join(e.folder, "terraform.tfstate"), filepath.Join(e.folder, "monday.tfstate")); err != nil {
		t.Fatal(err)
	}
	e.terraform("plan", "-detailed-exitcode", "-input=false")
	e.terraform("apply", "-auto-approve", "-input=false")
	got := e.acts()
	slices.Sort(got)
	if want := []string{"approveApprovalItem " + mockisc.DemoFinanceReportsApprovalItemID, "approveApprovalItem " + mockisc.DemoSalesConsoleApprovalItemID}; !slices.Equal(got, want) {
		t.Errorf("acts %q, want %q", got, want)
	}
}

func TestExamples_auditSnapshot(t *testing.T) {
	t.Parallel()
	e := newExample(t, "audit-snapshot/[^.]*")
	e.applyTwice()
	document := e.terraform("output", "-raw", "json")
	e.write("workitems.json", document)
	e.write("manifest.json", e.terraform("output", "-raw", "manifest"))
	e.runREADME("audit-snapshot", "unchanged\ntrue\nall there\n")
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
		"provider/*.tf": anyVersion, "data-sources/*/*.tf": anyVersion, "ephemeral-resources/*/*.tf": anyVersion, "resources/*/resource.tf": anyVersion, "functions/*/*.tf": anyVersion,
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

// runREADME runs the last shell block of an example's README, which needs jq, and
// compares what it prints.
func (c *commandLine) runREADME(example, want string) {
	c.t.Helper()
	if _, err := exec.LookPath("jq"); err != nil {
		c.t.Log("without jq, the recipe in the README is not tried")
		return
	}
	readme, err := os.ReadFile(filepath.Join(examples, example, "README.md"))
	if err != nil {
		c.t.Fatal(err)
	}
	_, script, found := strings.Cut(string(readme[strings.LastIndex(string(readme), "```shell"):]), "\n")
	script, _, closed := strings.Cut(script, "```")
	if !found || !closed {
		c.t.Fatal("no shell block")
	}
	command := exec.CommandContext(c.t.Context(), "bash", "-euc", script)
	command.Dir, command.Env = c.folder, c.env
	if out, err := command.CombinedOutput(); err != nil || string(out) != want {
		c.t.Errorf("the README's recipe printed (%v)\n%s\nwant\n%s", err, out, want)
	}
}

// TestGuides_hclValidates what the guides show.
func TestGuides_hclValidates(t *testing.T) {
	t.Parallel()
	e := newWorld(t).commandLine(requirePlugin(t))
	guide, err := os.ReadFile("../../templates/guides/from-powershell.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```terraform\n(.*?)```").FindAllStringSubmatch(string(guide), -1)
	var config strings.Builder
	for _, block := range blocks {
		config.WriteString(block[1])
	}
	e.write("main.tf", requiredProviders+config.String())
	e.terraform("validate")
	seed := []string{
		"Approve-V2024ApprovalItem", "Approve-V2024ApprovalItemsInBulk", "Complete-V2024WorkItem", "Get-V2024CompletedWorkItems", "Get-V2024CountCompletedWorkItems",
		"Get-V2024CountWorkItems", "Get-V2024WorkItem", "Get-V2024WorkItemsSummary", "Get-V2024WorkItems", "Deny-V2024ApprovalItem", "Deny-V2024ApprovalItemsInBulk",
		"Send-V2024WorkItemForward", "Submit-V2024AccountSelection",
	}
	for _, cmdlet := range seed {
		if !strings.Contains(string(guide), "| `"+cmdlet+"` |") || strings.Count(string(guide), cmdlet) < 2 {
			t.Errorf("%s is not in the table, or has no example", cmdlet)
		}
	}
}
