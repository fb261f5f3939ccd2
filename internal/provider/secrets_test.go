// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"archive/zip"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// echo is a service that sends back what it got, whenever it is asked to fail.
// It stands in front of the mock, which keeps no secrets.
type echo struct {
	*mockisc.Server
	url string

	mu sync.Mutex
	// fails answers instead of the mock when it is set and writes something.
	fails func(w http.ResponseWriter, r *http.Request, credentials string) bool
	// form is the body of the last token request.
	form string
	// tokens are all access tokens that were sent.
	tokens map[string]bool
}

func newEcho(t *testing.T, mock *mockisc.Server) *echo {
	t.Helper()
	e := &echo{Server: mock, tokens: map[string]bool{}}
	server := httptest.NewServer(e)
	t.Cleanup(server.Close)
	e.url = server.URL
	return e
}

func (e *echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if r.URL.Path == "/oauth/token" {
		body, _ := io.ReadAll(r.Body)
		e.form = string(body)
		r.Body = io.NopCloser(strings.NewReader(e.form))
	}
	authorization := r.Header.Get("Authorization")
	if token, ok := strings.CutPrefix(authorization, "Bearer "); ok {
		e.tokens[token] = true
	}
	if e.fails == nil || !e.fails(w, r, authorization+" "+e.form) {
		e.Server.ServeHTTP(w, r)
	}
}

// fail makes requests of the method to a path that ends so fail from now on.
func (e *echo) fail(method, suffix string, status int, body func(credentials string) string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fails = func(w http.ResponseWriter, r *http.Request, credentials string) bool {
		if r.Method != method || !strings.HasSuffix(r.URL.Path, suffix) {
			return false
		}
		w.WriteHeader(status)
		io.WriteString(w, body(credentials))
		return true
	}
}

func (e *echo) recover() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.fails = nil
}

// TestSecrets_areNowhereButInMemory runs the real terraform with the most
// talkative log, against a service that sends credentials back in its errors,
// and looks for them wherever something is written.
func TestSecrets_areNowhereButInMemory(t *testing.T) {
	t.Parallel()
	// Characters that change in a URL, in JSON and in HTML, and a token as long
	// as real ones are.
	const secret = `s3cr&t+/="x y`
	static := `t0k&n+/="<` + strings.Repeat("QnV5TW9yZUNvZmZlZQ", 40) + ".end"
	client := mockisc.DefaultClient
	client.ID, client.Secret = "cl&ent+id", secret

	for name, test := range map[string]struct {
		env      []string
		provider string
		// fetches means that there is a client secret to fetch tokens with.
		fetches bool
	}{
		"client of the environment": {env: []string{"SAIL_CLIENT_ID=" + client.ID, "SAIL_CLIENT_SECRET=" + secret}, fetches: true},
		// Terraform writes the values of ordinary variables into the plan file,
		// sensitive ones too, and no provider can help that. The way to give a
		// provider a secret is an ephemeral variable.
		"client of the provider block": {
			env:      []string{"TF_VAR_client_secret=" + secret},
			provider: "client_id = \"" + client.ID + "\"\n  client_secret = var.client_secret",
			fetches:  true,
		},
		"token of the environment":    {env: []string{"SAIL_ACCESS_TOKEN=" + static}},
		"token of the provider block": {env: []string{"TF_VAR_client_secret=" + static}, provider: "access_token = var.client_secret"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := mockisc.RunT(t, func(c *mockisc.Config) {
				c.Clients = []mockisc.Client{client}
				c.StaticTokens = map[string]string{static: client.ID}
			})
			mock.Add(approvalWorkItem(workItem1, item1, item2))
			service := newEcho(t, mock)
			e := (&world{Server: mock, t: t}).commandLine(requirePlugin(t))
			logFile := filepath.Join(e.folder, "terraform.log")
			e.env = slices.DeleteFunc(e.env, func(v string) bool { return strings.HasPrefix(v, "SAIL_") })
			e.env = append(append(e.env, test.env...), "SAIL_BASE_URL="+service.url, "TF_LOG=TRACE", "TF_LOG_PATH="+logFile)
			e.write("main.tf", fmt.Sprintf(`
terraform {
  required_providers {
    sailpoint = { source = "sailpoint-gitops/sailpoint" }
  }
}
variable "client_secret" {
  type      = string
  ephemeral = true
  default   = null
}
provider "sailpoint" {
  max_retries = 1
  %s
}
data "sailpoint_workitems_snapshot" "all" {}
%s`, test.provider, approval(workItem1, item1, "approve")))

			var written strings.Builder
			run := func(wantError bool, args ...string) string {
				t.Helper()
				command := e.command(append(args, "-no-color")...)
				var stdout, stderr strings.Builder
				command.Stdout, command.Stderr = &stdout, &stderr
				if err := command.Run(); (err != nil) != wantError {
					t.Fatalf("terraform %v: %v\n%s%s", args, err, stdout.String(), stderr.String())
				}
				if wantError && !strings.Contains(stderr.String(), "***") {
					t.Errorf("nothing was masked, so the failure proves nothing:\n%s", stderr.String())
				}
				written.WriteString(stdout.String() + stderr.String())
				return stdout.String()
			}
			plan := []string{"plan", "-input=false", "-out=saved.tfplan"}

			asJSON := func(credentials string) string {
				text, err := json.Marshal("not with " + credentials)
				if err != nil {
					t.Error(err)
				}
				return `{"error":` + string(text) + `,"error_description":` + string(text) + `}`
			}
			asPage := func(credentials string) string {
				return "<html><title>" + html.EscapeString(credentials) + "</title></html>"
			}
			asText := func(credentials string) string { return "the gateway saw " + credentials }
			service.fail(http.MethodGet, workItem1, http.StatusUnauthorized, asJSON)
			run(true, plan...)
			service.fail(http.MethodGet, workItem1, http.StatusInternalServerError, asText)
			run(true, plan...)
			service.fail(http.MethodGet, "/work-items", http.StatusOK, asPage)
			run(true, plan...)
			if test.fetches {
				service.fail(http.MethodPost, "/oauth/token", http.StatusBadRequest, asJSON)
				run(true, plan...)
				service.fail(http.MethodPost, "/oauth/token", http.StatusServiceUnavailable, asPage)
				run(true, plan...)
			}
			service.recover()
			run(false, plan...)
			run(false, "show", "-json", "saved.tfplan")
			service.fail(http.MethodPost, item1, http.StatusBadRequest, asJSON)
			run(true, "apply", "-input=false", "saved.tfplan")
			service.recover()
			run(false, plan...)
			run(false, "apply", "-input=false", "saved.tfplan")
			if shown := run(false, "show", "-json"); !strings.Contains(shown, `"outcome":"performed"`) {
				t.Errorf("the state is %s", shown)
			}

			places := map[string]string{"standard output or error": written.String(), "the mock's recordings": recordings(t, mock)}
			for _, file := range []string{"terraform.log", "terraform.tfstate", "saved.tfplan"} {
				content, err := os.ReadFile(filepath.Join(e.folder, file))
				if err != nil {
					t.Fatal(err)
				}
				places[file] = string(content)
			}
			for file, content := range unzip(t, filepath.Join(e.folder, "saved.tfplan")) {
				places["saved.tfplan/"+file] = content
			}
			if lines := strings.Count(places["terraform.log"], "API request"); lines < 10 {
				t.Errorf("the log of %d bytes has %d lines of the provider's own, so it proves nothing", len(places["terraform.log"]), lines)
			}
			if strings.Count(places["the mock's recordings"], `"clientId":"cl\u0026ent+id"`) < 5 || len(places["saved.tfplan/tfplan"]) == 0 || len(service.tokens) == 0 {
				t.Errorf("recordings, plan file or tokens are empty: %d places, %d tokens", len(places), len(service.tokens))
			}
			var secrets []string
			if test.fetches {
				secrets = append(secrets, secret)
			}
			for token := range service.tokens {
				secrets = append(secrets, token)
			}
			for place, content := range places {
				for _, s := range secrets {
					for _, form := range formsOf(t, s) {
						if at := strings.Index(content, form); at >= 0 {
							t.Errorf("%s: found %q in %q", place, form, content[max(0, at-200):at+len(form)])
						}
					}
				}
			}
		})
	}
}

// formsOf returns the ways to write a secret, and its first and last part: what
// is cut off is a leak, too.
func formsOf(t *testing.T, secret string) []string {
	t.Helper()
	quoted, err := json.Marshal(secret)
	if err != nil {
		t.Fatal(err)
	}
	forms := []string{secret, url.QueryEscape(secret), url.PathEscape(secret), html.EscapeString(secret), strings.Trim(string(quoted), `"`), strings.ReplaceAll(secret, `"`, `\"`)}
	if len(secret) > 40 {
		forms = append(forms, secret[:30], secret[len(secret)-20:])
	}
	// A base64 text may begin anywhere in a longer one; whoever wrote it down
	// by itself began with the secret.
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.URLEncoding, base64.RawStdEncoding, base64.RawURLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(secret)))
	}
	return forms
}

// recordings is what the mock has kept.
func recordings(t *testing.T, mock *mockisc.Server) string {
	t.Helper()
	requests, err := json.Marshal(mock.Requests())
	if err != nil {
		t.Fatal(err)
	}
	acts, err := json.Marshal(mock.Acts())
	if err != nil {
		t.Fatal(err)
	}
	return string(requests) + string(acts)
}

// unzip returns the files in an archive.
func unzip(t *testing.T, name string) map[string]string {
	t.Helper()
	archive, err := zip.OpenReader(name)
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	files := map[string]string{}
	for _, file := range archive.File {
		in, err := file.Open()
		if err != nil {
			t.Fatal(err)
		}
		content, err := io.ReadAll(in)
		if err != nil {
			t.Fatal(err)
		}
		in.Close()
		files[file.Name] = string(content)
	}
	return files
}
