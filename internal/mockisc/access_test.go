// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestToken_inBodyMultipartAndQuery(t *testing.T) {
	t.Parallel()
	for name, edit := range map[string]func(*http.Request, *bytes.Buffer){
		"urlencoded": func(r *http.Request, body *bytes.Buffer) {
			body.WriteString(tokenForm(DefaultClient).Encode())
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		},
		"multipart": func(r *http.Request, body *bytes.Buffer) {
			form := multipart.NewWriter(body)
			for key, values := range tokenForm(DefaultClient) {
				_ = form.WriteField(key, values[0])
			}
			_ = form.Close()
			r.Header.Set("Content-Type", form.FormDataContentType())
		},
		"query": func(r *http.Request, _ *bytes.Buffer) { r.URL.RawQuery = tokenForm(DefaultClient).Encode() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			now := start
			c := begin(t, many(1), func(cfg *Config) {
				cfg.Log = &log
				cfg.Now = func() time.Time { return now }
				cfg.TokenLifetime = time.Minute
			})
			var body bytes.Buffer
			probe, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL()+"/oauth/token", nil)
			if err != nil {
				t.Fatal(err)
			}
			edit(probe, &body)
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, probe.URL.String(), &body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header = probe.Header
			got := c.send(r)
			granted := decoded[struct {
				AccessToken string `json:"access_token"`
				TokenType   string `json:"token_type"`
				ExpiresIn   int    `json:"expires_in"`
				Scope       string
				IdentityID  string `json:"identity_id"`
			}](t, got.body)
			if got.status != 200 || granted.ExpiresIn != 60 || granted.IdentityID != DefaultClient.IdentityID || granted.TokenType != "bearer" {
				t.Fatalf("status %d: %s", got.status, got.body)
			}
			c.token = granted.AccessToken
			now = start.Add(time.Minute - 1)
			c.wantGet("", 200)
			now = start.Add(time.Minute)
			c.wantGet("", 401)

			recorded := fmt.Sprintf("%+v %s", c.Requests(), log.String())
			if !strings.Contains(recorded, DefaultClient.ID) || !strings.Contains(log.String(), `"status":401`) {
				t.Fatalf("the recording is not complete: %s", recorded)
			}
			for _, secret := range []string{DefaultClient.Secret, granted.AccessToken} {
				if strings.Contains(recorded, secret) {
					t.Errorf("the recording contains %s: %s", secret, recorded)
				}
			}
		})
	}
}

func TestToken_isRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		key, value string
		status     int
		code       string
	}{
		{"client_secret", "wrong", 401, "invalid_client"},
		{"client_id", "nobody", 401, "invalid_client"},
		{"grant_type", "password", 400, "unsupported_grant_type"},
	} {
		c := begin(t, nil)
		form := tokenForm(DefaultClient)
		form.Set(tt.key, tt.value)
		r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL()+"/oauth/token", strings.NewReader(form.Encode()))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		got := c.send(r)
		body := decoded[map[string]string](t, got.body)
		if got.status != tt.status || body["error"] != tt.code || body["error_description"] == "" {
			t.Errorf("wrong %s: status %d: %s", tt.key, got.status, got.body)
		}
	}
}

func TestToken_canBeRevokedAndCanHideTheIdentity(t *testing.T) {
	t.Parallel()
	c := begin(t, nil, behaving(Behavior{OmitTokenIdentityID: true}))
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, c.URL()+"/oauth/token?"+tokenForm(DefaultClient).Encode(), nil)
	if err != nil {
		t.Fatal(err)
	}
	granted := decoded[map[string]any](t, c.send(r).body)
	if _, there := granted["identity_id"]; there {
		t.Error("identity_id is there")
	}
	issued := c.as(granted["access_token"].(string))
	issued.wantGet("", 200)
	c.RevokeTokens()
	issued.wantGet("", 401)
	c.wantGet("", 401)
}

func TestScope_ownItemsOnlyUnlessAdmin(t *testing.T) {
	t.Parallel()
	own, foreign := approval("own", 1).ownedBy(plain.IdentityID, ""), approval("w", 1)
	for _, tt := range []struct {
		behavior    Behavior
		item, owner int
	}{
		{Behavior{}, 403, 403},
		{Behavior{ForeignItemStatus: 404, ForeignOwnerStatus: 400}, 404, 400},
	} {
		admin := begin(t, []WorkItem{own, foreign}, behaving(tt.behavior))
		c := admin.as("plain-token")
		if got := ids(t, c.wantGet("", 200).body); !slices.Equal(got, []string{"own"}) {
			t.Errorf("own list %v", got)
		}
		c.wantGet("?ownerId="+plain.IdentityID, 200)
		c.wantGet("?ownerId="+DefaultClient.IdentityID, tt.owner)
		c.wantGet("/count?ownerId="+DefaultClient.IdentityID, tt.owner)
		c.wantGet("/w", tt.item)
		c.wantPost("/w/approve/a1", "", tt.item)
		c.wantPost("/own/forward", forwardToDeputy, 200)
		c.wantGet("/own", tt.item)
		if got := ids(t, admin.wantGet("?ownerId="+DemoDeputyID, 200).body); !slices.Equal(got, []string{"own"}) {
			t.Errorf("the admin sees %v", got)
		}
	}
}

// TestScope_adminWithoutOwner: then the list, the counts and the summary are of
// the whole tenant, or of the admin.
func TestScope_adminWithoutOwner(t *testing.T) {
	t.Parallel()
	items := []WorkItem{approval("own", 1), approval("foreign", 1).ownedBy(plain.IdentityID, ""), approval("nobodys", 1).ownerless()}
	for ownOnly, want := range map[bool][]string{false: {"own", "foreign", "nobodys"}, true: {"own"}} {
		c := begin(t, items, behaving(Behavior{AdminSeesOwnOnly: ownOnly}))
		if got := ids(t, c.wantGet("", 200).body); !slices.Equal(got, want) {
			t.Errorf("own only %t: list %v", ownOnly, got)
		}
		if got := ids(t, c.wantGet("?ownerId="+DefaultClient.IdentityID, 200).body); !slices.Equal(got, []string{"own"}) {
			t.Errorf("own only %t: list by own id %v", ownOnly, got)
		}
		if got := decoded[struct{ Count int }](t, c.wantGet("/count", 200).body); got.Count != len(want) {
			t.Errorf("own only %t: count %+v", ownOnly, got)
		}
		if got := decoded[struct{ Open, Total int }](t, c.wantGet("/summary", 200).body); got.Open != len(want) || got.Total != len(want) {
			t.Errorf("own only %t: summary %+v", ownOnly, got)
		}
		if got := ids(t, c.as("plain-token").wantGet("", 200).body); !slices.Equal(got, []string{"foreign"}) {
			t.Errorf("own only %t: others see %v", ownOnly, got)
		}
	}
	c := begin(t, items, behaving(Behavior{OwnOwnerIDStatus: 403}))
	c.wantGet("?ownerId="+DefaultClient.IdentityID, 403)
	c.wantGet("/summary?ownerId="+DefaultClient.IdentityID, 403)
	c.wantGet("?ownerId="+plain.IdentityID, 200)
	c.wantGet("", 200)
	if w := decoded[map[string]any](t, c.wantGet("/nobodys", 200).body); w["ownerId"] != nil || w["ownerName"] != nil {
		t.Errorf("nobody's owner is %v", w["ownerId"])
	}
}

func TestScope_clientWithoutUserIsRefused(t *testing.T) {
	t.Parallel()
	c := begin(t, nil, func(cfg *Config) {
		cfg.Clients = append(cfg.Clients, Client{ID: "machine", Admin: true})
		cfg.StaticTokens["machine-token"] = "machine"
	}).as("machine-token")
	c.wantGet("", 403)
	c.wantGet("?ownerId="+plain.IdentityID, 403)
	c.wantGet("/w", 403)
}

// TestControl_answersOnlyToLoopbackNames: a web page must not get at it by a
// name that leads to a loopback address.
func TestControl_answersOnlyToLoopbackNames(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]int{
		"": 200, "localhost": 200, "localhost:8765": 200, "127.0.0.2:1": 200, "[::1]:1": 200, "::1": 200,
		"evil.example": 403, "evil.example:8765": 403, "127.0.0.1.evil.example": 403, "10.0.0.1": 403,
	} {
		for _, anyHost := range []bool{false, true} {
			c := begin(t, nil, func(cfg *Config) { cfg.AnyHost = anyHost })
			r := c.request(http.MethodGet, "", "")
			r.URL.Path, r.Host = controlPrefix+"requests", host
			if want := max(200, want*map[bool]int{false: 1}[anyHost]); c.send(r).status != want {
				t.Errorf("%q, any host %t: want %d", host, anyHost, want)
			}
		}
	}
}
