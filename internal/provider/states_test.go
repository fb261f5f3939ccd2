// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStates_ofReleases: what an earlier release has done is a record. The plan
// is empty and asks nothing, whether anything is refreshed or not.
func TestStates_ofReleases(t *testing.T) {
	t.Parallel()
	releases, err := filepath.Glob("testdata/states/*")
	if err != nil || len(releases) == 0 {
		t.Fatalf("there is no state of a release: %v", err)
	}
	for _, release := range releases {
		t.Run(filepath.Base(release), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c := w.commandLine(requirePlugin(t))
			for _, name := range []string{"main.tf", "terraform.tfstate"} {
				content, err := os.ReadFile(filepath.Join(release, name))
				if err != nil {
					t.Fatal(err)
				}
				// OpenTofu takes providers from another host.
				c.write(name, strings.ReplaceAll(string(content), "registry.terraform.io", cmp.Or(os.Getenv("TF_ACC_PROVIDER_HOST"), "registry.terraform.io")))
			}
			for _, refresh := range []string{"-refresh=true", "-refresh=false"} {
				if out, err := c.command("plan", "-input=false", "-no-color", "-detailed-exitcode", refresh).CombinedOutput(); err != nil {
					t.Errorf("%s: %v\n%s", refresh, err, out)
				}
			}
			if requests := w.Requests(); len(requests) != 0 {
				t.Errorf("the plans sent %d requests, the first %s %s", len(requests), requests[0].Method, requests[0].Path)
			}
		})
	}
}
