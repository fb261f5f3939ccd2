// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// lockedBuffer is a log that several goroutines may write.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// begin runs the command and returns its URL and log; stop ends it as a signal
// does and returns its error.
func begin(t *testing.T, args ...string) (base string, log *lockedBuffer, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	out, stdout := io.Pipe()
	log = &lockedBuffer{}
	ended := make(chan error, 1)
	go func() {
		err := run(ctx, append([]string{"-listen", "127.0.0.1:0"}, args...), stdout, log)
		stdout.CloseWithError(io.EOF)
		ended <- err
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("no ready line: %v, %v", err, <-ended)
	}
	base, found := strings.CutPrefix(strings.TrimSpace(line), "mockisc listening on ")
	if !found {
		t.Fatalf("ready line %q", line)
	}
	return base, log, func() error {
		cancel()
		return <-ended
	}
}

// call sends a request and decodes the answer into a value of type T.
func call[T any](t *testing.T, method, target, body string, edit func(*http.Request)) (int, T) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, target, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if edit != nil {
		edit(r)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var value T
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode == http.StatusOK && len(data) > 0 {
		if err := json.Unmarshal(data, &value); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, data)
		}
	}
	return resp.StatusCode, value
}

func TestCommand_servesAndIsControlled(t *testing.T) {
	t.Parallel()
	base, log, stop := begin(t, "-fixture", "empty", "-items", "20", "-client-id", "me", "-client-secret", "hush", "-behavior", "OpenState=Pending")
	status, token := call[struct {
		AccessToken string `json:"access_token"`
	}](t, http.MethodPost, base+"/oauth/token", url.Values{"grant_type": {"client_credentials"}, "client_id": {"me"}, "client_secret": {"hush"}}.Encode(),
		func(r *http.Request) { r.Header.Set("Content-Type", "application/x-www-form-urlencoded") })
	if status != http.StatusOK {
		t.Fatalf("token: status %d", status)
	}
	authorize := func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token.AccessToken) }
	type item struct{ ID, State string }
	_, items := call[[]item](t, http.MethodGet, base+"/v2024/work-items", "", authorize)
	if len(items) != 20 || items[0].State != "Pending" {
		t.Fatalf("work items %+v", items)
	}

	if status, _ := call[any](t, http.MethodPost, base+"/__mock/workitems", `[{"id": "added", "type": "ManualAction"}]`, nil); status >= 300 {
		t.Errorf("adding a work item: status %d", status)
	}
	if status, _ := call[any](t, http.MethodPost, base+"/__mock/faults", `{"operation": "getWorkItem", "status": 503}`, nil); status >= 300 {
		t.Errorf("adding a fault: status %d", status)
	}
	for i, want := range []int{503, 200} {
		if status, _ := call[item](t, http.MethodGet, base+"/v2024/work-items/added", "", authorize); status != want {
			t.Errorf("read %d: status %d, want %d", i+1, status, want)
		}
	}
	_, requests := call[[]mockisc.Request](t, http.MethodGet, base+"/__mock/requests", "", nil)
	if len(requests) != 4 || requests[3].Operation != mockisc.OpGet || requests[3].Status != 200 {
		t.Errorf("recorded %+v", requests)
	}
	_, stored := call[[]item](t, http.MethodGet, base+"/__mock/workitems", "", nil)
	if len(stored) != 21 {
		t.Errorf("%d work items stored, want 21", len(stored))
	}
	call[any](t, http.MethodPost, base+"/__mock/reset", "", nil)
	if _, requests := call[[]mockisc.Request](t, http.MethodGet, base+"/__mock/requests", "", nil); len(requests) != 0 {
		t.Errorf("after a reset %d requests are recorded", len(requests))
	}

	if err := stop(); err != nil {
		t.Errorf("stopped with %v", err)
	}
	if lines := strings.Count(log.String(), "\n"); lines < 4 || strings.Contains(log.String(), "hush") || strings.Contains(log.String(), token.AccessToken) {
		t.Errorf("log:\n%s", log)
	}
}

func TestCommand_refusesBadArguments(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"not loopback":     {"-listen", "0.0.0.0:0"},
		"no port":          {"-listen", "127.0.0.1"},
		"unknown behavior": {"-behavior", "Nonsense=1"},
		"missing fixture":  {"-fixture", "does-not-exist.json"},
		"stray argument":   {"extra"},
	} {
		if err := run(t.Context(), args, io.Discard, io.Discard); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
