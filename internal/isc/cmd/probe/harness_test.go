// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"context"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// tenant is a mock that keeps what it has answered.
type tenant struct {
	*mockisc.Server
	url string

	mu     sync.Mutex
	bodies []string
}

// newTenant serves a mock until the test ends.
func newTenant(t *testing.T, cfg mockisc.Config) *tenant {
	t.Helper()
	served := &tenant{Server: mockisc.New(cfg)}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		recorded := httptest.NewRecorder()
		served.ServeHTTP(recorded, r)
		served.mu.Lock()
		served.bodies = append(served.bodies, recorded.Body.String())
		served.mu.Unlock()
		maps.Copy(w.Header(), recorded.Header())
		w.WriteHeader(recorded.Code)
		_, _ = io.Copy(w, recorded.Body)
	}))
	t.Cleanup(front.Close)
	served.url = front.URL
	return served
}

// environment holds the SAIL_ variables of a run.
type environment map[string]string

func (served *tenant) environment(more ...string) environment {
	env := environment{
		"SAIL_BASE_URL": served.url, "SAIL_CLIENT_ID": mockisc.DefaultClient.ID, "SAIL_CLIENT_SECRET": mockisc.DefaultClient.Secret,
	}
	for i := 0; i+1 < len(more); i += 2 {
		env[more[i]] = more[i+1]
	}
	return env
}

// unhurried notes the pauses instead of making them.
type unhurried struct {
	mu     sync.Mutex
	pauses []time.Duration
}

func (u *unhurried) pacer() pacer {
	return pacer{between: betweenRequests, sleep: func(ctx context.Context, d time.Duration) error {
		u.mu.Lock()
		defer u.mu.Unlock()
		u.pauses = append(u.pauses, d)
		return ctx.Err()
	}}
}

func (u *unhurried) count(d time.Duration) (n int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, pause := range u.pauses {
		if pause == d {
			n++
		}
	}
	return n
}

// probe runs the probe in process.
func probe(t *testing.T, env environment) (string, error) {
	t.Helper()
	var out strings.Builder
	err := run(t.Context(), func(name string) string { return env[name] }, new(unhurried).pacer(), &out)
	return out.String(), err
}

// mustProbe runs a probe that has to learn something.
func mustProbe(t *testing.T, env environment) string {
	t.Helper()
	out, err := probe(t, env)
	if err != nil {
		t.Fatalf("the probe failed: %v", err)
	}
	return out
}

// flagsOf reads the last line as the mock's command would.
func flagsOf(t *testing.T, out string) (b mockisc.Behavior, admin bool) {
	t.Helper()
	lines := strings.Split(strings.TrimSpace(out), "\n")
	last, found := strings.CutPrefix(lines[len(lines)-1], mockCommand)
	if !found {
		t.Fatalf("the last line is no command: %s", lines[len(lines)-1])
	}
	admin = true
	words := strings.Fields(last)
	for i := 0; i < len(words); i++ {
		switch {
		case words[i] == "-admin=false":
			admin = false
		case words[i] == "-behavior" && i+1 < len(words):
			i++
			field, value, _ := strings.Cut(words[i], "=")
			if err := b.Set(field, value); err != nil {
				t.Errorf("a flag that the mock refuses: %v", err)
			}
		default:
			t.Errorf("a flag that the mock doesn't have: %s", words[i])
		}
	}
	return b, admin
}

// section returns what a report says under a title.
func section(t *testing.T, out, title string) string {
	t.Helper()
	_, rest, found := strings.Cut(out, "\n\n"+title+"\n")
	if !found {
		t.Fatalf("no section %q in\n%s", title, out)
	}
	text, _, _ := strings.Cut(rest, "\n\n")
	return text
}

// checkReadOnly fails unless a tenant got only reads, and few of them.
func checkReadOnly(t *testing.T, served *tenant) {
	t.Helper()
	requests := served.Requests()
	if len(requests) == 0 || len(requests) > maxRequests {
		t.Errorf("%d requests", len(requests))
	}
	for _, r := range requests {
		if r.Method != http.MethodGet && r.Operation != mockisc.OpToken {
			t.Errorf("not a read: %s %s", r.Method, r.Path)
		}
	}
	if acts := served.Acts(); len(acts) > 0 {
		t.Errorf("the probe acted: %+v", acts)
	}
}
