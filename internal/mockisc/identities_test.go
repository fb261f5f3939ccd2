// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// lookUp asks for the identities that match the filter, and gives their ids.
func (c *session) lookUp(filter string, want int) (ids []string) {
	c.t.Helper()
	suffix := "/v2024/public-identities"
	if strings.HasSuffix(c.family, "/v1") {
		suffix = "/public-identities/v1"
	}
	r := c.request(http.MethodGet, "", "")
	r.URL.Path, r.URL.RawQuery = suffix, url.Values{"filters": {filter}}.Encode()
	got := c.send(r)
	if got.status != want {
		c.t.Fatalf("%s: status %d, want %d: %s", filter, got.status, want, got.body)
	}
	var rows []struct{ ID string }
	if want == http.StatusOK {
		if err := json.Unmarshal([]byte(got.body), &rows); err != nil {
			c.t.Fatal(err)
		}
	}
	for _, row := range rows {
		ids = append(ids, row.ID)
	}
	return ids
}

func TestIdentities_filters(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	const odd = `a"b\c`
	c.AddIdentity(Identity{ID: "i1", Name: "Ada", Alias: odd, Email: "Ada@Example.com"})
	c.AddIdentity(Identity{ID: "i2", Name: "Bob", Alias: "bob", Email: "ada@example.com"})
	v1 := *c
	v1.family = "/work-items/v1"
	for _, test := range []struct {
		filter string
		status int
		want   []string
	}{
		{`email eq "ADA@example.COM"`, 200, []string{"i1", "i2"}},
		{`alias eq "BOB"`, 200, []string{"i2"}},
		{`alias eq "a\"b\\c"`, 200, []string{"i1"}},
		{`id eq "i2"`, 200, []string{"i2"}},
		{`id eq "I2"`, 200, nil},
		{`id in ("i2", "nobody","i1")`, 200, []string{"i1", "i2"}},
		{`alias in ("bob")`, 400, nil},
		{`name eq "Ada"`, 400, nil},
		{`email eq "a" or id eq "i1"`, 400, nil},
		{`email eq "a"b"`, 400, nil},
		{`email EQ "a"`, 400, nil},
	} {
		for _, c := range []*session{c, &v1, c.as("plain-token")} {
			if got := c.lookUp(test.filter, test.status); !slices.Equal(got, test.want) {
				t.Errorf("%s: got %q, want %q", test.filter, got, test.want)
			}
		}
	}
}

func TestIdentities_behavior(t *testing.T) {
	t.Parallel()
	c := begin(t, nil)
	c.AddIdentity(Identity{ID: "i1", Alias: "bob"})
	c.SetBehavior(func(b *Behavior) { b.IdentityFilterIsCaseSensitive, b.RefuseIdentityFilterIn = true, true })
	if got := c.lookUp(`alias eq "BOB"`, 200); got != nil {
		t.Errorf("got %q", got)
	}
	c.lookUp(`id in ("i1")`, 400)
	c.SetBehavior(func(b *Behavior) { b.PublicIdentitiesStatus = 403 })
	c.lookUp(`id eq "i1"`, 403)
}

// TestIdentities_ofTheStory: whoever owns or requests a work item can be looked
// up, managers and leavers included.
func TestIdentities_ofTheStory(t *testing.T) {
	t.Parallel()
	c := begin(t, Demo())
	for _, wi := range c.Items() {
		people := []string{wi.OwnerID}
		if wi.RequesterID != nil {
			people = append(people, *wi.RequesterID)
		}
		for _, id := range people {
			if wi.Ownerless && id == wi.OwnerID {
				continue
			}
			if got := c.lookUp(`id eq "`+id+`"`, 200); !slices.Equal(got, []string{id}) {
				t.Errorf("work item %s: %s is %q", wi.ID, id, got)
			}
		}
	}
	r := c.request(http.MethodGet, "", "")
	r.URL.Path, r.URL.RawQuery = "/v2024/public-identities", url.Values{"filters": {`id eq "` + DemoLeaverID + `"`}}.Encode()
	body := c.send(r).body
	for _, want := range []string{`"identityState":"INACTIVE_LONG_TERM"`, `"email":"leo.leaver@example.com"`, `"manager":{"type":"IDENTITY","id":"` + DemoDeputyID + `","name":"Dora Deputy"}`} {
		if !strings.Contains(body, want) {
			t.Errorf("%s lacks %s", body, want)
		}
	}
	c.RemoveIdentity(DemoLeaverID)
	if got := c.lookUp(`id eq "`+DemoLeaverID+`"`, 200); got != nil {
		t.Errorf("got %q", got)
	}
}
