// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// filters returns the filters that were asked for.
func filters(mock *mockisc.Server) (asked []string) {
	for _, r := range mock.Requests() {
		if r.Operation == mockisc.OpIdentities {
			asked = append(asked, r.Query.Get("filters"))
		}
	}
	return asked
}

func people(n int) func(*mockisc.Server) {
	return func(s *mockisc.Server) {
		for i := range n {
			s.AddIdentity(mockisc.Identity{ID: fmt.Sprintf("id-%03d", i), Name: fmt.Sprintf("Person %d", i), Alias: fmt.Sprintf("p%d", i), ManagerID: "id-000"})
		}
	}
}

// TestIdentitiesBy asks as it is written, then in lower case, and compares
// exactly.
func TestIdentitiesBy(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"v2024", "v1"} {
		for _, caseSensitive := range []bool{false, true} {
			mock := mockisc.RunT(t)
			mock.SetBehavior(func(b *mockisc.Behavior) { b.IdentityFilterIsCaseSensitive = caseSensitive })
			const odd = `o"dd\name`
			mock.AddIdentity(mockisc.Identity{ID: "ada", Name: "Ada", Alias: odd, Email: "ada@example.com", ManagerID: mockisc.DemoDeputyID})
			mock.AddIdentity(mockisc.Identity{ID: "twin-1", Alias: "one", Email: "twin@example.com"})
			mock.AddIdentity(mockisc.Identity{ID: "twin-2", Alias: "two", Email: "twin@example.com", Inactive: true})
			c := mockClient(t, mock, version)
			for _, test := range []struct {
				attribute, value string
				want, asked      []string
			}{
				{"email", "ada@example.com", []string{"ada"}, []string{`email eq "ada@example.com"`}},
				{"email", "Ada@Example.com", []string{"ada"}, nil},
				{"email", "twin@example.com", []string{"twin-1", "twin-2"}, []string{`email eq "twin@example.com"`}},
				{"alias", odd, []string{"ada"}, []string{`alias eq "o\"dd\\name"`}},
				{"alias", "nobody", nil, []string{`alias eq "nobody"`}},
				{"alias", "Nobody", nil, []string{`alias eq "Nobody"`, `alias eq "nobody"`}},
			} {
				mock.ResetRequests()
				found, err := c.IdentitiesBy(t.Context(), test.attribute, test.value)
				var ids []string
				for _, i := range found {
					ids = append(ids, i.ID)
				}
				if err != nil || !slices.Equal(ids, test.want) {
					t.Errorf("%s, case-sensitive %t: %s %q: %q, %v", version, caseSensitive, test.attribute, test.value, ids, err)
				}
				if asked := filters(mock); test.asked != nil && !slices.Equal(asked, test.asked) {
					t.Errorf("%s: %s %q asked %q, want %q", version, test.attribute, test.value, asked, test.asked)
				}
			}
			found, err := c.IdentitiesBy(t.Context(), "alias", "TWO")
			if err != nil || len(found) != 1 || !found[0].IsInactive() || found[0].Manager != nil {
				t.Errorf("%+v, %v", found, err)
			}
			found, err = c.IdentitiesBy(t.Context(), "email", "ada@example.com")
			if err != nil || len(found) != 1 || found[0].IsInactive() || *found[0].Manager.Name != "Dora Deputy" {
				t.Errorf("%+v, %v", found, err)
			}
		}
	}
}

// TestIdentityByID_errors: if the service refuses several at once, each is asked
// for alone; another refusal is everybody's.
func TestIdentityByID_errors(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behave func(*mockisc.Behavior)
		want   error
	}{
		"several at once": {func(b *mockisc.Behavior) { b.RefuseIdentityFilterIn = true }, nil},
		"forbidden":       {func(b *mockisc.Behavior) { b.PublicIdentitiesStatus = 403 }, isc.ErrForbidden},
	} {
		mock := mockisc.RunT(t)
		people(5)(mock)
		mock.SetBehavior(test.behave)
		release := make(chan struct{})
		mock.AddFault(mockisc.Fault{Operation: mockisc.OpIdentities, Before: func(*mockisc.Server) { <-release }})
		c := mockClient(t, mock, "v2024")
		var wg sync.WaitGroup
		for i := range 5 {
			wg.Go(func() {
				if _, err := c.IdentityByID(t.Context(), fmt.Sprintf("id-%03d", i)); !errors.Is(err, test.want) {
					t.Errorf("%s: %v", name, err)
				}
			})
		}
		close(release)
		wg.Wait()
	}
	// One who gives up harms nobody.
	mock := mockisc.RunT(t)
	people(2)(mock)
	arrived, release := make(chan struct{}), make(chan struct{})
	mock.AddFault(mockisc.Fault{Operation: mockisc.OpIdentities, Before: func(*mockisc.Server) { close(arrived); <-release }})
	c := mockClient(t, mock, "v2024")
	ctx, cancel := context.WithCancel(t.Context())
	first := make(chan error)
	go func() {
		_, err := c.IdentityByID(ctx, "id-000")
		first <- err
	}()
	<-arrived
	second := make(chan error)
	go func() {
		_, err := c.IdentityByID(t.Context(), "id-001")
		second <- err
	}()
	cancel()
	if err := <-first; !errors.Is(err, context.Canceled) {
		t.Errorf("who gave up got %v", err)
	}
	close(release)
	if err := <-second; err != nil {
		t.Errorf("the other got %v", err)
	}
	if _, err := c.IdentityByID(t.Context(), "a/b"); !errors.Is(err, isc.ErrInvalidID) {
		t.Errorf("an id that can't be one: %v", err)
	}
}
