// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// Some tests run terraform as users do: as a process with an environment of its
// own, which parallel tests can't set for themselves, and the provider as a
// binary, which is another process.

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
	if os.Getenv(serveNothing) != "" {
		err := tf6server.Serve("registry.terraform.io/sailpoint-gitops/sailpoint", providerserver.NewProtocol6(&nothingProvider{}))
		if err != nil {
			panic(err)
		}
		return
	}
	code := m.Run()
	if built != "" {
		os.RemoveAll(built)
	}
	os.Exit(code)
}

// commandLine is a folder to run terraform in, as a user would.
type commandLine struct {
	*world
	folder string
	env    []string
	// cpu is what all runs have used, the provider's processes included.
	cpu time.Duration
}

// commandLine returns an empty folder and an environment in which terraform
// uses the provider that lies in the plugin folder.
func (w *world) commandLine(plugin string) *commandLine {
	w.t.Helper()
	c := &commandLine{world: w, folder: w.t.TempDir()}
	c.write("cli.tfrc", fmt.Sprintf("provider_installation {\n  dev_overrides {\n    \"sailpoint-gitops/sailpoint\" = %q\n  }\n  direct {}\n}\n", plugin))
	c.env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "TF_") || strings.HasPrefix(v, "SAIL_") })
	c.env = append(c.env, "CHECKPOINT_DISABLE=1", "TF_IN_AUTOMATION=1", "TF_CLI_CONFIG_FILE="+filepath.Join(c.folder, "cli.tfrc"),
		"SAIL_BASE_URL="+w.URL(), "SAIL_CLIENT_ID="+mockisc.DefaultClient.ID, "SAIL_CLIENT_SECRET="+mockisc.DefaultClient.Secret)
	return c
}

const requiredProviders = `terraform {
  required_providers {
    sailpoint = {
      source = "sailpoint-gitops/sailpoint"
    }
  }
}
`

// liftedRate configures the provider without a rate limit, which has its own
// tests.
const liftedRate = requiredProviders + `
provider "sailpoint" {
  max_requests_per_second = 100000
}
`

// requirePlugin returns the folder of the provider's binary.
func requirePlugin(t testing.TB) string {
	t.Helper()
	if os.Getenv("TF_ACC") == "" {
		t.Skip("requires Terraform: set TF_ACC=1")
	}
	plugin, err := pluginFolder()
	if err != nil {
		t.Fatal(err)
	}
	return plugin
}

func (c *commandLine) write(name, content string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.folder, name), []byte(content), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// command is a run of the CLI, to be started.
func (c *commandLine) command(args ...string) *exec.Cmd {
	command := exec.CommandContext(c.t.Context(), cmp.Or(os.Getenv("TF_ACC_TERRAFORM_PATH"), "terraform"), args...)
	command.Dir, command.Env = c.folder, c.env
	return command
}

// terraform runs the CLI, expects success and returns its standard output.
func (c *commandLine) terraform(args ...string) string {
	c.t.Helper()
	command := c.command(args...)
	var stderr strings.Builder
	command.Stderr = &stderr
	out, err := command.Output()
	if state := command.ProcessState; state != nil {
		c.cpu += state.UserTime() + state.SystemTime()
	}
	if err != nil {
		c.t.Fatalf("terraform %v: %v\n%s%s", args, err, out, stderr.String())
	}
	return string(out)
}

// The versions of Terraform that know actions (1.14.0 invoked them too early)
// and queries.
const (
	actionsSince = "1.14.1"
	queriesSince = "1.14.0"
)

// requireTerraform skips the test with a Terraform that is too old, and with
// OpenTofu, which counts its versions for itself.
func requireTerraform(t *testing.T, minimum string) {
	t.Helper()
	if v := terraformVersion(t); v.LessThan(version.Must(version.NewVersion(minimum))) {
		t.Skipf("requires Terraform %s, this is %s", minimum, v)
	}
}

func terraformVersion(t *testing.T) *version.Version {
	t.Helper()
	c := newWorld(t).commandLine(requirePlugin(t))
	var v struct {
		Version string `json:"terraform_version"`
	}
	out := c.terraform("version", "-json")
	if err := json.Unmarshal([]byte(out), &v); err != nil {
		t.Fatalf("terraform version: %v\n%s", err, out)
	}
	return version.Must(version.NewVersion(v.Version))
}
