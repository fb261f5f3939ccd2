// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var quotedID = regexp.MustCompile(`"(id-[0-9]+)"`)

// servePeople answers with whoever is asked for and has an id like id-7.
func servePeople(w http.ResponseWriter, r *http.Request) {
	var rows []string
	for _, id := range quotedID.FindAllStringSubmatch(r.URL.Query().Get("filters"), -1) {
		rows = append(rows, fmt.Sprintf(`{"id":%q}`, id[1]))
	}
	fmt.Fprintf(w, "[%s]", strings.Join(rows, ","))
}

// TestIdentityByID_manyAtOnce: ids that are asked for while a look-up is under way
// go out together, and what was found is remembered.
func TestIdentityByID_manyAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var asked []int
		s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked = append(asked, strings.Count(r.URL.Query().Get("filters"), `"`)/2)
			mu.Unlock()
			time.Sleep(time.Second)
			servePeople(w, r)
		})
		c := s.client()
		for range 2 {
			var wg sync.WaitGroup
			for i := range 120 {
				wg.Go(func() {
					id := fmt.Sprintf("id-%d", i)
					if found, err := c.IdentityByID(t.Context(), id); err != nil || found.ID != id {
						t.Errorf("%s: %+v, %v", id, found, err)
					}
				})
			}
			wg.Go(func() {
				if _, err := c.IdentityByID(t.Context(), "nobody"); !errors.Is(err, ErrNotFound) || err.Error() != "no identity has the id nobody: not found" {
					t.Errorf("nobody: %v", err)
				}
			})
			wg.Wait()
		}
		// The first request goes out with those who have come by then.
		sum := 0
		for i, n := range asked {
			sum += n
			if n > maxIDsAtOnce || i > 0 && i < len(asked)-1 && n != maxIDsAtOnce {
				t.Errorf("asked for %d at once", asked)
			}
		}
		if sum != 121 || len(asked) > 4 {
			t.Errorf("asked for %d at once", asked)
		}
	})
}

func TestIdentityByID_goesOnWhileAnybodyWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var ended atomic.Int32
		s := newBubbleService(t, late(&ended, servePeople))
		c := s.client()
		var wg sync.WaitGroup
		look := func(id string, d time.Duration, want error) {
			impatient(t, &wg, d, func(ctx context.Context) {
				start := time.Now()
				if _, err := c.IdentityByID(ctx, id); !errors.Is(err, want) || time.Since(start) > d {
					t.Errorf("got %v after %s, want %v", err, time.Since(start), want)
				}
			})
		}
		look("id-1", time.Second, context.Canceled)
		look("id-2", 2*time.Second, context.Canceled)
		time.Sleep(1500 * time.Millisecond)
		if n := ended.Load(); n != 0 {
			t.Errorf("%d requests ended while somebody waited", n)
		}
		wg.Wait()
		synctest.Wait()
		if n := ended.Load(); n != 1 {
			t.Errorf("%d requests ended with the last caller", n)
		}
		look("id-1", time.Second, context.Canceled)
		look("id-2", time.Minute, nil)
		wg.Wait()
		// The second still waited when the first was asked for again.
		if n := len(s.requests()); n != 2 {
			t.Errorf("%d requests", n)
		}
	})
}

func TestIdentityByID_tellsOfAPause(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, answers(answer(429, "", "Retry-After: 300"), servePeople))
		c := s.client()
		outlasted, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.IdentityByID(outlasted, "id-1"); !says(err, "a pause the service asked for of 300 s would outlast the time allowed (60 s left)") {
			t.Errorf("got %v", err)
		}
		cancelled, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if _, err := c.IdentityByID(cancelled, "id-1"); !says(err, "context canceled, during a pause the service asked for of which 299 s are left") {
			t.Errorf("got %v", err)
		}
	})
}

// TestIdentityByID_aRefusalOfOneIsFinal: only several are asked for again.
func TestIdentityByID_aRefusalOfOneIsFinal(t *testing.T) {
	t.Parallel()
	s := newService(t, answers(answer(400, ""), servePeople))
	if _, err := s.client().IdentityByID(t.Context(), "id-1"); !says(err, "status 400") {
		t.Errorf("got %v", err)
	}
}

func TestIdentityByID_anAnswerThatCanNotBeUsed(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]string{
		`{"id":"id-1"}`:      "the body is not a JSON array",
		`[{"id":"id-1"},{}]`: "element 1 of the list is not an identity with an id",
		`[{"id":""}]`:        "element 0 of the list is not an identity with an id",
	} {
		s := newService(t, answer(200, body))
		if _, err := s.client().IdentityByID(t.Context(), "id-1"); !says(err, want) || !errors.Is(err, ErrUnusable) {
			t.Errorf("%s: got %v", body, err)
		}
	}
}

// TestIdentitiesBy_composesAndTellsApart: letters are compared without case, but
// nothing else, and each identity comes once.
func TestIdentitiesBy_composesAndTellsApart(t *testing.T) {
	t.Parallel()
	const same = `{"id":"id-1","alias":"AZ@[e\u0301"}`
	s := newService(t, answer(200, `[`+same+`,{"id":"id-2","alias":"az\u0060[\u00e9"},{"id":"id-3","alias":"az@{\u00e9"},{"id":"id-4"},`+same+`]`))
	for _, value := range []string{"az@[\u00e9", "AZ@[e\u0301", "aZ@[\u00e9"} {
		found, err := s.client().IdentitiesBy(t.Context(), "alias", value)
		if err != nil || len(found) != 1 || found[0].ID != "id-1" || *found[0].Alias != "AZ@[\u00e9" {
			t.Errorf("%q: %+v, %v", value, found, err)
		}
	}
}
