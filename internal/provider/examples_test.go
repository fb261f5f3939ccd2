// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The examples take tenant and credentials from the environment, which parallel
// tests can't set for themselves. So they run as users run them: a terraform
// process with an environment of its own, and the provider as a binary.

const examples = "../../examples"

// built is the folder of the provider's binary, once it is built.
var built string

// pluginFolder builds the provider, once for all tests, and returns the folder
// of its binary.
var pluginFolder = sync.OnceValues(func() (folder string, err error) {
	folder, err = os.MkdirTemp("", "sailpoint-examples-")
	if err != nil {
		return "", err
	}
	built = folder
	out, err := exec.Command("go", "build", "-o", filepath.Join(folder, "terraform-provider-sailpoint"), "../..").CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	return folder, err
})

func TestMain(m *testing.M) {
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// example is a copy of an example's folder, to run terraform in.
type example struct {
	*world
	folder string
	env    []string
}

// newExample copies the files of an example that match the pattern.
func newExample(t *testing.T, pattern string) *example {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("requires Terraform: set TF_ACC=1")
	}
	plugin, err := pluginFolder()
	if err != nil {
		t.Fatal(err)
	}
	e := &example{world: newWorld(t, mockisc.Demo()...), folder: t.TempDir()}
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
	e.write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"sailpoint-gitops/sailpoint\" = %q\n  }\n  direct {}\n}\n", plugin))
	e.env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TF_") || strings.HasPrefix(v, "SAIL_") })
	e.env = append(e.env, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_CONFIG_FILE="+filepath.Join(e.folder, "cli.tfrc"),
		"SAIL_BASE_URL="+e.URL(), "SAIL_CLIENT_ID="+mockisc.DefaultClient.ID, "SAIL_CLIENT_SECRET="+mockisc.DefaultClient.Secret)
	return e
}

func (e *example) write(name, content string) {
	e.t.Helper()
	if err := os.WriteFile(filepath.Join(e.folder, name), []byte(content), 0o600); err != nil {
		e.t.Fatal(err)
	}
}

// terraform runs the CLI, expects success and returns its standard output.
func (e *example) terraform(args ...string) string {
	e.t.Helper()
	command := exec.CommandContext(e.t.Context(), cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform"), args...)
	command.Dir, command.Env = e.folder, e.env
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		e.t.Fatalf("terraform %v: %v\n%s%s", args, err, out, stderr.String())
	}
	return string(out)
}

// applyTwice applies, and expects the second plan to be empty and silent.
func (e *example) applyTwice(wantActs ...string) {
	e.t.Helper()
	e.terraform("apply", "-auto-approve", "-input=false", "-no-color")
	e.terraform("plan", "-detailed-exitcode", "-input=false", "-no-color")
	got := e.acts()
	slices.Sort(got)
	slices.Sort(wantActs)
	if !slices.Equal(got, wantActs) || len(e.posts()) != len(wantActs) {
		e.t.Errorf("acts %q by POSTs %q, want %q", got, e.posts(), wantActs)
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

// TestExamples_ofThePagesValidate validates what the documentation shows.
func TestExamples_ofThePagesValidate(t *testing.T) {
	t.Parallel()
	for _, pattern := range []string{"provider/*.tf", "data-sources/*/*.tf", "resources/*/resource.tf"} {
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
					e.write("versions.tf", "terraform {\n  required_providers {\n    sailpoint = {\n      source = \"sailpoint-gitops/sailpoint\"\n    }\n  }\n}\n")
				}
				e.terraform("validate")
			})
		}
	}
}
