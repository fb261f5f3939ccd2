// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// start is the time on the clock of a mock made by begin.
var start = time.Date(2026, time.May, 4, 9, 30, 0, 0, time.UTC)

// plain is a client who is not an admin.
var plain = Client{ID: "plain-client", Secret: "plain-secret", IdentityID: "2c918085aaaaaaaaaaaaaaaaaaaaaaaa", IdentityName: "Pat Plain"}

// approval is an open work item with approval items a1, a2, ...
func approval(id string, n int) WorkItem {
	w := WorkItem{ID: id, Type: "Approval", Created: start, RequesterDisplayName: new("Marta Manager")}
	for i := range n {
		w.ApprovalItems = append(w.ApprovalItems, access(fmt.Sprintf("a%d", i+1), "jdoe", "CRM", "Add", "CN=Readers"))
	}
	return w
}

// begin starts a mock with the default client and a plain one, and gives a
// session of the default client.
func begin(t *testing.T, items []WorkItem, options ...func(*Config)) *session {
	t.Helper()
	base := func(cfg *Config) {
		cfg.Clients = []Client{DefaultClient, plain}
		cfg.StaticTokens = map[string]string{"admin-token": DefaultClient.ID, "plain-token": plain.ID}
		cfg.Now = func() time.Time { return start }
		cfg.Items = items
	}
	s := RunT(t, append([]func(*Config){base}, options...)...)
	return &session{t: t, Server: s, token: "admin-token", family: "/v2024/work-items"}
}

// behaving sets the behavior of a mock that begins.
func behaving(b Behavior) func(*Config) {
	return func(cfg *Config) { cfg.Behavior = b }
}

// session sends requests under a token and a path family.
type session struct {
	*Server
	t      *testing.T
	token  string
	family string
}

func (c *session) as(token string) *session {
	copied := *c
	copied.token = token
	return &copied
}

type reply struct {
	status int
	header http.Header
	body   string
}

// request makes a request as the API wants it; edits change it.
func (c *session) request(method, suffix, body string, edits ...func(*http.Request)) *http.Request {
	c.t.Helper()
	r, err := http.NewRequestWithContext(c.t.Context(), method, c.URL()+c.family+suffix, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	r.Header.Set("Accept", jsonType)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", jsonType)
	}
	for _, edit := range edits {
		edit(r)
	}
	return r
}

// try sends a request and gives what came back before an error, if any.
func (c *session) try(r *http.Request) (reply, error) {
	c.t.Helper()
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return reply{}, err
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	return reply{resp.StatusCode, resp.Header, string(data)}, err
}

func (c *session) send(r *http.Request) reply {
	c.t.Helper()
	got, err := c.try(r)
	if err != nil {
		c.t.Fatal(err)
	}
	return got
}

func (c *session) fetch(suffix string) reply { return c.send(c.request(http.MethodGet, suffix, "")) }

func (c *session) post(suffix, body string) reply {
	return c.send(c.request(http.MethodPost, suffix, body))
}

// status posts and fails unless the status is the wanted one.
func (c *session) wantPost(suffix, body string, want int) reply {
	c.t.Helper()
	got := c.post(suffix, body)
	if got.status != want {
		c.t.Fatalf("POST %s: status %d, want %d: %s", suffix, got.status, want, got.body)
	}
	return got
}

func (c *session) wantGet(suffix string, want int) reply {
	c.t.Helper()
	got := c.fetch(suffix)
	if got.status != want {
		c.t.Fatalf("GET %s: status %d, want %d: %s", suffix, got.status, want, got.body)
	}
	return got
}

// decoded decodes a JSON body.
func decoded[T any](t *testing.T, body string) T {
	t.Helper()
	var value T
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatalf("%v in %q", err, body)
	}
	return value
}

// ids lists the ids of a JSON array of objects.
func ids(t *testing.T, body string) []string {
	t.Helper()
	found := []string{}
	for _, w := range decoded[[]struct{ ID string }](t, body) {
		found = append(found, w.ID)
	}
	return found
}

// tokenForm is a token request of a client.
func tokenForm(client Client) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "client_id": {client.ID}, "client_secret": {client.Secret}}
}
