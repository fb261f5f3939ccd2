// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// readings counts what was asked of single work items and open lists, and the
// pages that were served, by owner.
func readings(mock *mockisc.Server) (asked int, pages map[string]int) {
	pages = map[string]int{}
	for _, r := range mock.Requests() {
		switch r.Operation {
		case mockisc.OpGet:
			asked++
		case mockisc.OpList:
			asked++
			if r.Status == 200 {
				pages[r.Query.Get("ownerId")]++
			}
		default:
		}
	}
	return asked, pages
}

// findAll asks for the work items, so many at once, and returns what came.
func findAll(t *testing.T, c *isc.Client, ids []string, atOnce int) map[string]*isc.WorkItem {
	t.Helper()
	var mu sync.Mutex
	found := map[string]*isc.WorkItem{}
	queue := make(chan string)
	var wg sync.WaitGroup
	for range atOnce {
		wg.Go(func() {
			for id := range queue {
				wi, err := c.FindListed(t.Context(), id)
				if err != nil && !errors.Is(err, isc.ErrNotFound) && !errors.Is(err, isc.ErrForbidden) {
					t.Errorf("%s: %v", id, err)
				}
				mu.Lock()
				found[id] = wi
				mu.Unlock()
			}
		})
	}
	for _, id := range ids {
		queue <- id
	}
	close(queue)
	wg.Wait()
	return found
}

// generatedOf makes open work items of an owner with ids that name the owner.
func generatedOf(n int, seed uint64, owner string) []mockisc.WorkItem {
	items := mockisc.Generate(n, seed, owner, "Owner "+owner)
	for i := range items {
		items[i].ID = fmt.Sprintf("%s-%04d", owner, i)
	}
	return items
}

// listLength counts what is in an owner's list of open work items, and closed
// ones where the service lists them too.
func listLength(mock *mockisc.Server, owner string) (n int) {
	for _, wi := range mock.Items() {
		if wi.OwnerID == owner && !wi.Ownerless {
			n++
		}
	}
	return n
}

// TestFindListed_readsAtMostWhatItPromises mixes own, foreign, closed, unknown
// and ownerless work items at random, in every world of the mock, and finds
// each as it is, with few requests.
func TestFindListed_readsAtMostWhatItPromises(t *testing.T) {
	t.Parallel()
	owners := []string{mockisc.DefaultClient.IdentityID, "second-owner", "third-owner"}
	// In some worlds rows don't tell, or pages leave gaps: then only what is
	// found counts.
	worlds := map[string]struct {
		behave   func(*mockisc.Behavior)
		rowsTell bool
	}{
		"default":              {func(*mockisc.Behavior) {}, true},
		"own list refused":     {func(b *mockisc.Behavior) { b.OwnOwnerIDStatus = 403 }, true},
		"own list bad request": {func(b *mockisc.Behavior) { b.OwnOwnerIDStatus = 400 }, true},
		"rows without a name":  {func(b *mockisc.Behavior) { b.ListRowsLack = "name" }, false},
		"rows without items":   {func(b *mockisc.Behavior) { b.ListRowsLack = "approvalItems" }, false},
		"rows without a form":  {func(b *mockisc.Behavior) { b.ListRowsLack = "form" }, false},
		"rows without type":    {func(b *mockisc.Behavior) { b.ListRowsLack = "type" }, false},
		"unstable order":       {func(b *mockisc.Behavior) { b.UnstableOrder = true }, false},
		"duplicates":           {func(b *mockisc.Behavior) { b.DuplicateAcrossPages = true }, true},
		"closed are gone":      {func(b *mockisc.Behavior) { b.GetClosed404 = true }, true},
		"closed are listed":    {func(b *mockisc.Behavior) { b.OpenListIncludesClosed = true }, true},
		"nulls left out":       {func(b *mockisc.Behavior) { b.OmitNulls = true }, true},
		"pending by name":      {func(b *mockisc.Behavior) { b.OpenState = "Pending" }, true},
	}
	for name, world := range worlds {
		for seed := range uint64(2) {
			t.Run(fmt.Sprintf("%s/%d", name, seed), func(t *testing.T) {
				t.Parallel()
				random := rand.New(rand.NewPCG(seed, uint64(len(name))))
				mock := mockisc.RunT(t)
				mock.SetBehavior(world.behave)
				var ids []string
				for _, owner := range owners[:1+random.IntN(3)] {
					items := generatedOf(random.IntN(600), seed, owner)
					mock.Add(items...)
					for _, wi := range items {
						if random.IntN(8) == 0 {
							ids = append(ids, wi.ID)
						}
					}
				}
				for i := range random.IntN(15) {
					ids = append(ids, fmt.Sprintf("unknown-%d", i))
				}
				for i := range random.IntN(15) {
					id := fmt.Sprintf("nobodys-%d", i)
					mock.Add(mockisc.WorkItem{ID: id, Type: "Remediation", Ownerless: true})
					ids = append(ids, id)
				}
				for _, wi := range mock.Items() {
					if slices.Contains(ids, wi.ID) && random.IntN(6) == 0 {
						_ = mock.Complete(wi.ID)
					}
				}
				random.Shuffle(len(ids), func(i, j int) { ids[i], ids[j] = ids[j], ids[i] })

				found := findAll(t, mockClient(t, mock, "v2024"), ids, 1+random.IntN(10))
				asked, pages := readings(mock)
				mock.ResetRequests()
				alone, inBought, types := mockClient(t, mock, "v2024"), 0, map[string]bool{}
				for _, id := range ids {
					want, err := alone.Find(t.Context(), id)
					if (err == nil) != (found[id] != nil) || err == nil && !reflect.DeepEqual(want, found[id]) {
						t.Errorf("%s: found\n%+v\nit is (%v)\n%+v", id, found[id], err, want)
					}
					if err == nil && !want.Closed() && want.OwnerID != nil && pages[*want.OwnerID] > 0 {
						inBought++
						types[*want.Type] = true
					}
				}
				length := 0
				for owner := range pages {
					length += (listLength(mock, owner) + 249) / 250
				}
				missed := len(ids) - inBought
				most := missed + 2*min(inBought, length) + 10 + len(types)
				if !world.rowsTell {
					most = len(ids) + length + 10
				}
				if asked > most {
					t.Errorf("%d work items, %d of them in no list that was bought from: %d requests, pages %v of %d, at most %d", len(ids), missed, asked, pages, length, most)
				}
			})
		}
	}
}

// TestFindListed_aPlanOfManyReadsTheListOnce: 84 work items of a list of 200.
func TestFindListed_aPlanOfManyReadsTheListOnce(t *testing.T) {
	t.Parallel()
	for atOnce := 1; atOnce <= 10; atOnce += 3 {
		mock := mockisc.RunT(t)
		mock.Add(generatedOf(200, 7, mockisc.DefaultClient.IdentityID)...)
		var ids []string
		for i := range 84 {
			ids = append(ids, fmt.Sprintf("%s-%04d", mockisc.DefaultClient.IdentityID, 2*i))
		}
		c := mockClient(t, mock, "v2024")
		findAll(t, c, ids, atOnce)
		if asked, _ := readings(mock); asked > 6 {
			t.Errorf("%d at once: %d requests", atOnce, asked)
		}
		// A second plan by the same client knows everything, and an act none of it.
		mock.ResetRequests()
		findAll(t, c, ids, atOnce)
		if n := len(mock.Requests()); n != 0 {
			t.Errorf("the second time: %d requests", n)
		}
		for _, find := range []func(context.Context, string) (*isc.WorkItem, error){
			c.Find,
			func(ctx context.Context, id string) (*isc.WorkItem, error) {
				wi, turn, err := c.Guard(ctx, id, false)
				turn.Release()
				return wi, err
			},
		} {
			mock.ResetRequests()
			if _, err := find(t.Context(), ids[83]); err != nil || len(mock.Requests()) > 1 {
				t.Errorf("%d requests, %v", len(mock.Requests()), err)
			}
		}
		mock.ResetRequests()
		if _, _, err := c.Guard(t.Context(), ids[82], false); err != nil || len(mock.Requests()) != 1 {
			t.Errorf("a row guarded an act: %d requests, %v", len(mock.Requests()), err)
		}
	}
}

// TestFindListed_afterActs: rows that this client acted on tell nothing any more,
// and the next page begins where the list has moved to.
func TestFindListed_afterActs(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t)
	for i := range 600 {
		mock.Add(mockisc.WorkItem{ID: fmt.Sprintf("task-%03d", i), Type: "ManualAction", Name: new("Task"), Description: "x", RequesterID: new("r"), RequesterDisplayName: new("R"), NumItems: new(0)})
	}
	c := mockClient(t, mock, "v2024")
	findAll(t, c, []string{"task-000", "task-001", "task-249"}, 1)
	for i := range 100 {
		id := fmt.Sprintf("task-%03d", i)
		var err error
		if i%2 == 0 {
			_, err = c.CompleteWorkItem(t.Context(), id)
		} else {
			_, err = c.ForwardWorkItem(t.Context(), id, isc.Forward{TargetOwnerID: mockisc.DemoDeputyID})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	mock.ResetRequests()
	// 250 is the 151st of the list now; a page from 250 on would miss it.
	findAll(t, c, []string{"task-250", "task-251", "task-399"}, 1)
	var asked []string
	for _, r := range mock.Requests() {
		asked = append(asked, string(r.Operation)+" "+r.WorkItemID+r.Query.Get("offset"))
	}
	if got, want := fmt.Sprint(asked), "[getWorkItem task-250 listWorkItems 150]"; got != want {
		t.Errorf("asked %s, want %s", got, want)
	}
	if wi, err := c.FindListed(t.Context(), "task-001"); err != nil || *wi.OwnerID != mockisc.DemoDeputyID {
		t.Errorf("after a forward: %+v, %v", wi, err)
	}
}

// TestFindListed_aListThatTellsOtherwiseIsNotUsed: each is read by its id, and
// the log says why.
func TestFindListed_aListThatTellsOtherwiseIsNotUsed(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t)
	items := generatedOf(40, 7, mockisc.DefaultClient.IdentityID)
	mock.Add(items...)
	// The description changes between the two ways of reading.
	mock.AddFault(mockisc.Fault{Operation: mockisc.OpList, Before: func(s *mockisc.Server) {
		s.Update(items[0].ID, func(wi *mockisc.WorkItem) { wi.Description = "another" })
	}})
	var logged []string
	c := mockClient(t, mock, "v2024", func(config *isc.Config) {
		config.Log = func(_ context.Context, msg string, _ map[string]any) { logged = append(logged, msg) }
	})
	var ids []string
	for _, wi := range items {
		ids = append(ids, wi.ID)
	}
	findAll(t, c, ids, 1)
	if asked, pages := readings(mock); asked != 41 || len(pages) != 1 {
		t.Errorf("%d requests", asked)
	}
	if !slices.ContainsFunc(logged, func(msg string) bool { return strings.Contains(msg, "a list shows a work item otherwise than it is") }) {
		t.Errorf("logged %q", logged)
	}
}

// TestFindListed_oneRequestForMany, and one who gives up harms nobody.
func TestFindListed_oneRequestForMany(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t)
	mock.Add(generatedOf(40, 7, mockisc.DefaultClient.IdentityID)...)
	id := mockisc.DefaultClient.IdentityID + "-0003"
	arrived, release := make(chan struct{}), make(chan struct{})
	mock.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Before: func(*mockisc.Server) { close(arrived); <-release }})
	c := mockClient(t, mock, "v2024")
	ctx, cancel := context.WithCancel(t.Context())
	leader := make(chan error)
	go func() {
		_, err := c.FindListed(ctx, id)
		leader <- err
	}()
	<-arrived
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if wi, err := c.FindListed(t.Context(), id); err != nil || wi.ID != id {
				t.Errorf("a follower got %v, %v", wi, err)
			}
		})
	}
	cancel()
	if err := <-leader; !errors.Is(err, context.Canceled) {
		t.Errorf("the leader got %v", err)
	}
	close(release)
	wg.Wait()
	if n := len(mock.Requests()); n > 4 {
		t.Errorf("%d requests", n)
	}
}
