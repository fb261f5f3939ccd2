// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// pagesAtOnce bounds the pages that one snapshot reads at the same time.
	pagesAtOnce = 8
	// snapshotAttempts bounds how often a list that moves is read.
	snapshotAttempts = 3
)

// Snapshot reads whole lists of work items. If it sees them move while it
// reads, it reads again, three times at most. Reading N work items of a list
// takes ceil(N/250) requests, one at least; where the service sends no count
// the pages are read one after the other until a short one, and more than one
// page counts as not complete, because nothing shows whether they belong
// together. A list of more than a million work items is an error.
func (c *Client) Snapshot(ctx context.Context, q Query) (*Snapshot, error) {
	lists, err := q.lists()
	if err != nil {
		return nil, err
	}
	for attempt := 1; ; attempt++ {
		read, err := c.readLists(ctx, lists, q.KeepRaw)
		if err != nil {
			return nil, err
		}
		snapshot, again := join(q.Status, read)
		if snapshot.Complete || !again || attempt == snapshotAttempts {
			return snapshot, nil
		}
	}
}

// lists resolves the query.
func (q Query) lists() ([]list, error) {
	owners := slices.Compact(slices.Sorted(slices.Values(q.OwnerIDs)))
	for _, owner := range owners {
		if err := CheckID("owner id", owner); err != nil {
			return nil, err
		}
	}
	if len(owners) == 0 {
		owners = []string{""}
	}
	var statuses []Status
	switch q.Status {
	case StatusOpen, StatusCompleted:
		statuses = []Status{q.Status}
	case StatusAll:
		statuses = []Status{StatusOpen, StatusCompleted}
	default:
		return nil, fmt.Errorf("unknown status %q of a snapshot", q.Status)
	}
	var lists []list
	for _, owner := range owners {
		for _, status := range statuses {
			lists = append(lists, list{status, owner})
		}
	}
	return lists, nil
}

// slots bound the pages read at the same time; who holds one sends into it.
type slots chan struct{}

func newSlots() slots { return make(slots, pagesAtOnce) }

// listing is one list as read.
type listing struct {
	list
	items []WorkItem
	total int64
	// moved says what showed that the list moved; "" if nothing did.
	moved string
	// uncounted means that the service sent no count with some page of several.
	uncounted bool
}

func (c *Client) readLists(ctx context.Context, lists []list, keepRaw bool) ([]listing, error) {
	free := newSlots()
	read := make([]listing, len(lists))
	group, ctx := errgroup.WithContext(ctx)
	for i, l := range lists {
		group.Go(func() (err error) {
			read[i], err = c.readList(ctx, free, l, keepRaw)
			if err != nil && l.owner != "" {
				return fmt.Errorf("%w (owner %s)", err, l.owner)
			}
			return err
		})
	}
	return read, group.Wait()
}

// readList reads a list once: the first page, which tells how many there are,
// then the others at the same time.
func (c *Client) readList(ctx context.Context, free slots, l list, keepRaw bool) (listing, error) {
	first, err := c.readSlotted(ctx, free, l, 0, keepRaw)
	if err != nil {
		return listing{}, err
	}
	pages := []page{first}
	if first.total < 0 {
		for offset := len(first.items); !pages[len(pages)-1].last(offset); {
			next, err := c.readSlotted(ctx, free, l, offset, keepRaw)
			if err == nil {
				err = next.follows(pages[len(pages)-1])
			}
			if err != nil {
				return listing{}, err
			}
			pages = append(pages, next)
			offset += len(next.items)
		}
		return l.listing(pages), nil
	}

	if first.total > pageSize {
		pages = append(pages, make([]page, (first.total-1)/pageSize)...)
	}
	// An empty page means that nothing follows, whatever the service counted.
	var pastEnd atomic.Bool
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(pagesAtOnce)
	begun := 1
	for ; begun < len(pages) && !pastEnd.Load(); begun++ {
		i := begun
		group.Go(func() (err error) {
			pages[i], err = c.readSlotted(ctx, free, l, i*pageSize, keepRaw)
			if err == nil && len(pages[i].items) == 0 {
				pastEnd.Store(true)
			}
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return listing{}, err
	}
	return l.listing(pages[:begun]), nil
}

func (c *Client) readSlotted(ctx context.Context, free slots, l list, offset int, keepRaw bool) (page, error) {
	select {
	case free <- struct{}{}:
		defer func() { <-free }()
		return c.readPage(ctx, l, offset, keepRaw)
	case <-ctx.Done():
		return page{}, ended(ctx)
	}
}

// listing puts the pages of a list together and looks for signs of movement.
func (l list) listing(pages []page) listing {
	read := listing{list: l, total: pages[0].total}
	n := 0
	for _, p := range pages {
		n += len(p.items)
	}
	read.items = make([]WorkItem, 0, n)
	seen := make(map[string]struct{}, n)
	for _, p := range pages {
		switch {
		case p.total < 0:
			read.uncounted = len(pages) > 1
		case p.total != read.total:
			read.move("the number of work items changed from %d to %d", read.total, p.total)
		}
		for _, wi := range p.items {
			if _, twice := seen[wi.ID]; twice {
				read.move("the work item %s came twice", OneLine(wi.ID))
				continue
			}
			seen[wi.ID] = struct{}{}
			if l.status == StatusOpen && wi.Completed != nil {
				read.move("the completed work item %s was in the list of open ones", OneLine(wi.ID))
			}
			read.items = append(read.items, wi)
		}
	}
	switch distinct := int64(len(read.items)); {
	case read.total < 0:
		read.total = distinct
	case read.total != distinct:
		read.move("the service counted %d work items and listed %d", read.total, distinct)
	}
	return read
}

// move notes the first sign of movement.
func (r *listing) move(format string, args ...any) {
	if r.moved == "" {
		r.moved = fmt.Sprintf(format, args...)
	}
}

// join makes the snapshot of what was read. Again tells whether reading again
// may help where it isn't complete.
//
// A work item belongs to one list at a time, so one that is in two has moved in
// between; the completed one, or else the later list's, is kept.
func join(status Status, read []listing) (snapshot *Snapshot, again bool) {
	snapshot = &Snapshot{Items: []WorkItem{}}
	at := map[string]int{}
	for _, r := range read {
		snapshot.Total += r.total
		moved := r.moved
		for _, wi := range r.items {
			if status == StatusOpen && wi.Completed != nil {
				continue
			}
			i, twice := at[wi.ID]
			switch {
			case !twice:
				at[wi.ID] = len(snapshot.Items)
				snapshot.Items = append(snapshot.Items, wi)
				continue
			case moved == "":
				moved = fmt.Sprintf("the work item %s was in two lists", OneLine(wi.ID))
			}
			if wi.Completed != nil || snapshot.Items[i].Completed == nil {
				snapshot.Items[i] = wi
			}
		}
		if moved != "" && !again {
			again = true
			snapshot.Movement = r.describe(moved)
		}
	}
	for _, r := range read {
		if r.uncounted && !again && snapshot.Movement == "" {
			snapshot.Movement = r.describe("the service sent no count, so nothing shows whether the pages belong together")
		}
	}
	snapshot.Complete = snapshot.Movement == ""
	sortItems(snapshot.Items)
	return snapshot, again
}

// describe says in which list something was seen.
func (l list) describe(what string) string {
	if l.owner == "" {
		return what
	}
	return fmt.Sprintf("%s (owner %s)", what, l.owner)
}

// sortItems orders by creation, then id. Times that can't be read come last,
// as text.
func sortItems(items []WorkItem) {
	type key struct {
		at      time.Time
		text    string
		unknown int
	}
	keys := make(map[string]key, len(items))
	for i := range items {
		k := key{unknown: 1}
		if created := items[i].Created; created != nil {
			if at, err := time.Parse(time.RFC3339, *created); err == nil {
				k = key{at: at}
			} else {
				k.text = *created
			}
		}
		keys[items[i].ID] = k
	}
	slices.SortFunc(items, func(a, b WorkItem) int {
		ka, kb := keys[a.ID], keys[b.ID]
		return cmp.Or(
			cmp.Compare(ka.unknown, kb.unknown),
			ka.at.Compare(kb.at),
			strings.Compare(ka.text, kb.text),
			strings.Compare(a.ID, b.ID),
		)
	})
}
