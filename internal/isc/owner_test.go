// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// jwt is an access token with these claims, as JSON.
func jwt(claims string) string {
	encode := base64.RawURLEncoding.EncodeToString
	return encode([]byte(`{"alg":"RS256"}`)) + "." + encode([]byte(claims)) + ".c2lnbmF0dXJl"
}

// TestOwn_namesTheTokensIdentity: without an owner an administrator's token may
// cover the whole tenant.
func TestOwn_namesTheTokensIdentity(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		// reply is the token reply; "" is a static token with these claims.
		reply, claims string
		want          string
	}{
		"in the token reply":         {reply: `{"access_token":"` + jwt(`{}`) + `","identity_id":"me-1"}`, want: "me-1"},
		"in the token":               {reply: `{"access_token":"` + jwt(`{"identity_id":"me-2"}`) + `"}`, want: "me-2"},
		"the reply comes first":      {reply: `{"access_token":"` + jwt(`{"identity_id":"me-2"}`) + `","identity_id":"me-1"}`, want: "me-1"},
		"nowhere":                    {reply: `{"access_token":"opaque-token"}`},
		"an id that can't be one":    {reply: `{"access_token":"opaque-token","identity_id":"../me\u001b[2K"}`},
		"a claim that can't be one":  {reply: `{"access_token":"` + jwt(`{"identity_id":"a/b"}`) + `"}`},
		"a claim that is no text":    {reply: `{"access_token":"` + jwt(`{"identity_id":{"x":1}}`) + `"}`},
		"in a static token":          {claims: `{"identity_id":"me-3","tenant":"acme"}`, want: "me-3"},
		"not in a static token":      {claims: `{"tenant":"acme"}`},
		"a static token with no JWT": {claims: "no JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var mu sync.Mutex
			var owners []string
			s := newService(t, func(w http.ResponseWriter, r *http.Request) {
				mu.Lock()
				owners = append(owners, r.URL.Query().Get("ownerId"))
				mu.Unlock()
				answer(200, map[bool]string{true: `[]`, false: `{"count":1,"open":1,"completed":1,"total":2}`}[!strings.Contains(r.URL.Path, "count") && !strings.Contains(r.URL.Path, "summary")])(w, r)
			})
			s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { answer(200, test.reply)(w, r) }
			c := s.client(func(config *Config) {
				if test.reply == "" {
					config.ClientID, config.ClientSecret, config.AccessToken = "", "", jwt(test.claims)
				}
			})
			ctx := t.Context()
			for _, err := range []error{
				first(c.ListWorkItems(ctx, Own)), first(c.ListCompletedWorkItems(ctx, Own)),
				second(c.CountWorkItems(ctx, Own)), second(c.CountCompletedWorkItems(ctx, Own)), second(c.GetWorkItemsSummary(ctx, Own)),
			} {
				if err != nil {
					t.Error(err)
				}
			}
			if !slices.Equal(owners, slices.Repeat([]string{test.want}, 5)) {
				t.Errorf("asked for %q, want %q", owners, test.want)
			}
			owners = nil
			if err := second(c.Snapshot(ctx, Query{AllOwners: true, Status: StatusAll})); err != nil || !slices.Equal(owners, []string{"", ""}) {
				t.Errorf("all owners: asked for %q, %v", owners, err)
			}
		})
	}
}

// TestOwn_refusedByTheService: then the caller's own work items are asked for
// without an id, and whether only theirs came is told.
func TestOwn_refusedByTheService(t *testing.T) {
	t.Parallel()
	for _, status := range []int{400, 403} {
		var refused atomic.Int32
		rows := `[{"id":"a","ownerId":"me"},{"id":"b","ownerId":"somebody"}]`
		s := newService(t, func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Has("ownerId") {
				refused.Add(1)
				answer(status, "")(w, r)
				return
			}
			answer(200, rows, "X-Total-Count: 2")(w, r)
		})
		c := s.client()
		for range 2 {
			snapshot, err := c.Snapshot(t.Context(), Query{Status: StatusOpen})
			if err != nil || len(snapshot.Items) != 2 || !snapshot.Foreign || snapshot.Lists[0].OwnerID != "" {
				t.Errorf("%d: got %+v, %v", status, snapshot, err)
			}
		}
		if refused.Load() != 1 || len(s.requests()) != 3 {
			t.Errorf("%d: %d refused of %d requests", status, refused.Load(), len(s.requests()))
		}
		rows = `[{"id":"a","ownerId":"me"},{"id":"b","ownerId":"me"}]`
		if snapshot, err := c.Snapshot(t.Context(), Query{Status: StatusOpen}); err != nil || len(snapshot.Items) != 2 || snapshot.Foreign {
			t.Errorf("%d, of one owner: got %+v, %v", status, snapshot, err)
		}
		// Somebody else's list is not replaced by whatever comes.
		if err := second(c.Snapshot(t.Context(), Query{Status: StatusOpen, OwnerIDs: []string{"x"}})); !refusesOwner(err) {
			t.Errorf("%d: got %v", status, err)
		}
	}
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		answer(map[bool]int{true: 403, false: 200}[r.URL.Query().Has("ownerId")], `{"count":7}`)(w, r)
	})
	if n, err := s.client().CountWorkItems(t.Context(), Own); err != nil || n != 7 {
		t.Errorf("counted %d, %v", n, err)
	}
	s = newService(t, answer(403, `{"detailCode":"403 Forbidden"}`))
	if err := second(s.client().CountWorkItems(t.Context(), Own)); !errors.Is(err, ErrForbidden) {
		t.Errorf("refused both ways: %v", err)
	}
}

func TestSnapshot_saysWhichListsItRead(t *testing.T) {
	t.Parallel()
	s := newService(t, newLists(t).open("a", 300).completed("a", 2).open("b", 1).serve)
	snapshot, err := s.client().Snapshot(t.Context(), Query{Status: StatusAll, OwnerIDs: []string{"b", "a"}})
	if err != nil {
		t.Fatal(err)
	}
	want := []ListRead{{"a", StatusOpen, 300, 300}, {"a", StatusCompleted, 2, 2}, {"b", StatusOpen, 1, 1}, {"b", StatusCompleted, 0, 0}}
	if !slices.Equal(snapshot.Lists, want) || snapshot.Foreign {
		t.Errorf("got %+v, foreign %t", snapshot.Lists, snapshot.Foreign)
	}
}

func TestOwner_isNamed(t *testing.T) {
	t.Parallel()
	for want, owner := range map[string]Owner{"the caller": Own, "all owners": AllOwners, "owner x": OwnedBy("x")} {
		if got := owner.String(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
