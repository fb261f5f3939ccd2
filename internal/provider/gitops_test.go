// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// gitopsRun is the example in a git repository, with the scripts of its workflow.
func gitopsRun(t *testing.T) *commandLine {
	t.Helper()
	requireTool(t, "jq", "git")
	e := newExample(t, "gitops/[^.]*")
	scripts, err := filepath.Glob(filepath.Join(e.folder, "ci", "*.sh"))
	if err != nil || len(scripts) == 0 {
		t.Fatal(err)
	}
	for _, script := range scripts {
		if err := os.Chmod(script, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return e
}

// script runs a shell command in the folder.
func (c *commandLine) script(line string) (out string, err error) {
	c.t.Helper()
	command := exec.CommandContext(c.t.Context(), "bash", "-euo", "pipefail", "-c", line)
	command.Dir, command.Env = c.folder, append(slices.Clone(c.env), "TF="+os.Getenv("TF_ACC_TERRAFORM_PATH"))
	printed, err := command.CombinedOutput()
	return string(printed), err
}

func (c *commandLine) mustScript(line string) string {
	c.t.Helper()
	out, err := c.script(line)
	if err != nil {
		c.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// TestGitops_whatIsApprovedIsApplied: plan, approve, plan anew, compare, apply.
func TestGitops_whatIsApprovedIsApplied(t *testing.T) {
	t.Parallel()
	c := gitopsRun(t)
	c.mustScript("ci/plan.sh -lock=false && cp fingerprint.txt approved.txt")
	if ticket := c.mustScript("cat ticket.md"); !strings.HasPrefix(ticket, "### 3 decisions: 1 reject, 2 approve\n") || strings.Count(ticket, "configured: account, application, name, operation, requester_id, value") != 3 {
		t.Errorf("the ticket:\n%s", ticket)
	}
	c.mustScript("ci/plan.sh && ci/compare.sh approved.txt")
	// A value that the service has changed meanwhile is refused by expect already;
	// another requester's name by the fingerprint.
	c.Update(mockisc.DemoFinanceWorkItemID, func(wi *mockisc.WorkItem) { wi.RequesterDisplayName = new("Somebody Else") })
	if out, err := c.script("ci/plan.sh && ci/compare.sh approved.txt"); err == nil || !strings.Contains(out, "This act is not among the approved ones:") || !strings.Contains(out, "Somebody Else") {
		t.Errorf("a changed fact: %v\n%s", err, out)
	}
	if out, err := c.script("SAIL_ALLOWED_BASE_URLS=x; sed -i 's/^/0/' approved.txt; ci/compare.sh approved.txt"); err == nil || strings.Count(out, "not among the approved ones") != 3 {
		t.Errorf("nothing approved: %v\n%s", err, out)
	}
	c.mustScript("ci/plan.sh && cp fingerprint.txt approved.txt")
	// After a partial apply fewer acts are left.
	c.mustScript(`"$TF" apply -input=false -auto-approve -target='sailpoint_workitem_approval.ticket["IAM-1042"]' >/dev/null`)
	c.mustScript(`ci/plan.sh && ci/compare.sh approved.txt && "$TF" apply -input=false plan.bin >/dev/null`)
	if n := len(c.acts()); n != 3 {
		t.Errorf("acts %q", c.acts())
	}
	c.terraform("plan", "-detailed-exitcode", "-input=false")
	if out := c.mustScript("ci/plan.sh && wc -l <fingerprint.txt"); strings.TrimSpace(out) != "0" {
		t.Errorf("what is left: %s", out)
	}
}

// TestGitops_tickets: each ticket says all it is about.
func TestGitops_tickets(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ from, to, want string }{
		"a fact left out":        {"  requester_id: 2c918085842e69ae018432d22ccb212f\n", "", "has to say all six facts under expect"},
		"no expect":              {"expect:", "expected:", "has to say all six facts under expect"},
		"a fact that is nulled":  {"  account: jdoe\n", "  account: null\n", "says null of a fact that the item has"},
		"another value":          {"CN=GL-Posting", "CN=GL-Reports", "is not the expected one"},
		"another word":           {"decision: approve", "decision: aprove", "decision"},
		"somebody else's ticket": {"2c9180867a1f4c3d017a1f9b2e4d0111", "2c9180867a1f4c3d017a1f9b2e4d0112", "is not the expected one"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := gitopsRun(t)
			file := filepath.Join("tickets", "IAM-1041.yaml")
			content, err := os.ReadFile(filepath.Join(c.folder, file))
			if err != nil || !strings.Contains(string(content), test.from) {
				t.Fatalf("%s, %v", content, err)
			}
			c.write(file, strings.Replace(string(content), test.from, test.to, 1))
			if out, err := c.script("ci/plan.sh"); err == nil {
				t.Errorf("the plan passes:\n%s", out)
			}
			if ticket := c.mustScript("cat ticket.md"); !strings.HasPrefix(ticket, "**INCOMPLETE") || !strings.Contains(strings.Join(strings.Fields(ticket), " "), test.want) {
				t.Errorf("%q is not in the ticket:\n%s", test.want, ticket)
			}
			c.wantPosts()
		})
	}
}

// TestGitops_paths: a pull request brings tickets and nothing else.
func TestGitops_paths(t *testing.T) {
	t.Parallel()
	c := gitopsRun(t)
	c.env = append(c.env, "GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	c.mustScript("git init -q -b main && echo cli.tfrc >.git/info/exclude && git add -A && git commit -qm base")
	for name, test := range map[string]struct {
		change string
		only   string
		taken  bool
	}{
		"a new ticket":           {"echo 'x: 1' >tickets/new.yaml", "true", true},
		"a changed ticket":       {"echo 'x: 1' >>tickets/IAM-1041.yaml", "true", true},
		"a deleted ticket":       {"rm tickets/IAM-1041.yaml", "true", true},
		"the configuration":      {"echo >>main.tf", "false", true},
		"configuration as JSON":  {"echo '{}' >x.tf.json", "false", true},
		"variables":              {"echo >x.auto.tfvars", "false", true},
		"the lock file":          {"echo >.terraform.lock.hcl", "false", true},
		"a script":               {"echo >>ci/plan.sh", "false", true},
		"a workflow":             {"mkdir -p .github/workflows; echo >.github/workflows/x.yml", "false", true},
		"a ticket in a folder":   {"mkdir tickets/x; echo >tickets/x/y.yaml", "false", false},
		"a ticket with a blank":  {"echo >'tickets/a b.yaml'", "false", false},
		"a line break in a name": {"echo >$'tickets/a\\nb.yaml'", "false", false},
		"another kind of file":   {"echo >tickets/x.tf", "false", false},
		"a link":                 {"ln -s /proc/self/environ tickets/x.yaml", "true", false},
		"an executable ticket":   {"echo >tickets/x.yaml; chmod +x tickets/x.yaml", "true", false},
		"a renamed file":         {"git mv main.tf tickets/main.yaml", "false", true},
	} {
		c.mustScript("git checkout -q main && git checkout -qB pull && " + test.change + " && git add -A && git commit -qm change")
		c.mustScript("git checkout -q main")
		only := c.mustScript("ci/only-tickets.sh main pull 2>/dev/null")
		if strings.TrimSpace(only) != test.only {
			t.Errorf("%s: only tickets is %s", name, only)
		}
		out, err := c.script("ci/take-tickets.sh pull")
		if (err == nil) != test.taken {
			t.Errorf("%s: taken %t: %s", name, err == nil, out)
		}
		if changed := c.mustScript("git status --porcelain --untracked-files=no | grep -v ' tickets/' || true"); changed != "" {
			t.Errorf("%s: more than tickets was taken: %s", name, changed)
		}
		c.mustScript("git checkout -q -- . && git clean -qfd tickets")
	}
}

// TestGitops_actors: everybody behind a run is known by an identity.
func TestGitops_actors(t *testing.T) {
	t.Parallel()
	c := gitopsRun(t)
	c.env = append(c.env, `IDENTITIES={"Octocat": "id-1", "hubot": "id-2"}`)
	if out := c.mustScript("ci/actors.sh octocat HUBOT octocat"); out != "id-1,id-2\n" {
		t.Errorf("actors %q", out)
	}
	for _, line := range []string{"ci/actors.sh octocat stranger", "ci/actors.sh", "IDENTITIES= ci/actors.sh octocat", "IDENTITIES='[]' ci/actors.sh octocat"} {
		if out, err := c.script(line); err == nil {
			t.Errorf("%s: %s", line, out)
		}
	}
}

// TestPolicies_terraformTest runs the rules on the ledger of the gitops example.
func TestPolicies_terraformTest(t *testing.T) {
	t.Parallel()
	e := newExample(t, "gitops/[^.]*")
	rules, err := os.ReadFile(filepath.Join(examples, "policies", "ledger.tftest.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	e.write("ledger.tftest.hcl", string(rules))
	if out := e.terraform("test", "-no-color"); !strings.Contains(out, "1 passed, 0 failed") {
		t.Errorf("terraform printed:\n%s", out)
	}
	if n := len(e.Requests()); n != 0 {
		t.Errorf("%d requests to the service", n)
	}
}

// TestGitops_stopped: what a command prints is no command to the CI system, and
// its failure is the step's.
func TestGitops_stopped(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), gitopsFile(t, "stopped.sh"), "bash", "-c", `echo "::error::approved"; echo "a ##[group]b" >&2; exit 3`).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("it ended with %v", err)
	}
	token, found := strings.CutPrefix(strings.SplitN(string(out), "\n", 2)[0], "::stop-commands::")
	if want := "::stop-commands::" + token + "\n::error::approved\na # #[group]b\n::" + token + "::\n"; !found || len(token) != 32 || string(out) != want {
		t.Errorf("it printed\n%s", out)
	}
	if out, err := exec.CommandContext(t.Context(), gitopsFile(t, "stopped.sh"), "true").CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
