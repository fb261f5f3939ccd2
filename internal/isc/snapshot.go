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
	"golang.org/x/sync/semaphore"
)

const (
	// pagesAtOnce bounds the pages that one snapshot reads at the same time.
	pagesAtOnce = 8
	// snapshotAttempts bounds how often a list that moves is read.
	snapshotAttempts = 3
)

// Query says what a snapshot reads.
type Query struct {
	// OwnerIDs names the owners; empty means the caller's own work items.
	OwnerIDs []string
	// AllOwners asks without naming an owner, and takes what comes.
	AllOwners bool
	Status    Status
	// KeepRaw keeps each work item's JSON in WorkItem.Raw.
	KeepRaw bool
}

// Snapshot is what a snapshot read.
type Snapshot struct {
	// Items are de-duplicated by id and ordered by (created, id).
	Items []WorkItem
	// Total is the number of work items the service counted.
	Total int64
	// Complete means that no movement was observed while reading; the API has
	// no isolation, so it can't promise more.
	Complete bool
	// Movement says what was observed when Complete is false.
	Movement string
	// Lists are the lists that were read.
	Lists []ListRead
	// Foreign means that the caller's own work items were asked for without an
	// owner id, and that those of several owners came.
	Foreign bool
}

// ListRead is one list that a snapshot read.
type ListRead struct {
	// OwnerID is what the requests named; "" is none.
	OwnerID string
	Status  Status
	// Total is what the service counted, and Items how many it listed.
	Total, Items int64
}

// Snapshot reads whole lists of work items. If it sees them move while it
// reads, it reads again, three times at most. Reading N work items of a list
// takes ceil(N/250) requests, one at least. Where the service sends no count,
// more than one page counts as not complete, because nothing shows whether they
// belong together. A list that goes on for ever, or that takes more than 512
// MiB, is an error.
func (c *Client) Snapshot(ctx context.Context, q Query) (*Snapshot, error) {
	lists, err := q.lists()
	if err != nil {
		return nil, err
	}
	read := make([]atomic.Int64, len(lists))
	for attempt := 1; ; attempt++ {
		listings, err := c.readLists(ctx, lists, q.KeepRaw, read, attempt == snapshotAttempts)
		if err != nil {
			return nil, err
		}
		snapshot, again := join(q.Status, listings)
		if snapshot.Complete || !again || attempt == snapshotAttempts {
			return snapshot, nil
		}
	}
}

// lists resolves the query.
func (q Query) lists() (lists []list, err error) {
	owners := []Owner{Own}
	switch {
	case q.AllOwners:
		owners = []Owner{AllOwners}
	case len(q.OwnerIDs) > 0:
		owners = nil
		for _, id := range slices.Compact(slices.Sorted(slices.Values(q.OwnerIDs))) {
			owners = append(owners, OwnedBy(id))
		}
	}
	statuses := []Status{q.Status}
	switch q.Status {
	case StatusOpen, StatusCompleted:
	case StatusAll:
		statuses = []Status{StatusOpen, StatusCompleted}
	default:
		return nil, fmt.Errorf("unknown status %q of a snapshot", q.Status)
	}
	for _, owner := range owners {
		if err := owner.check(); err != nil {
			return nil, err
		}
		for _, status := range statuses {
			lists = append(lists, list{status, owner})
		}
	}
	return lists, nil
}

// listing is one list as read.
type listing struct {
	list
	ownerID string
	items   []WorkItem
	seen    map[string]struct{}
	total   int64
	// moved says what showed that the list moved; "" if nothing did.
	moved string
	// uncounted means that the service sent no count with any of several pages.
	uncounted bool
}

func (c *Client) readLists(ctx context.Context, lists []list, keepRaw bool, bytes []atomic.Int64, last bool) ([]*listing, error) {
	slots := semaphore.NewWeighted(pagesAtOnce)
	listings := make([]*listing, len(lists))
	group, ctx := errgroup.WithContext(ctx)
	for i, l := range lists {
		group.Go(func() (err error) {
			listings[i], err = c.readList(ctx, l, reading{keepRaw: keepRaw, slots: slots, bytes: &bytes[i]}, last)
			if err != nil && l.owner.id != "" {
				return fmt.Errorf("%w (%s)", err, l.owner)
			}
			return err
		})
	}
	return listings, group.Wait()
}

// readList reads a list once. Unless it is the last attempt, it stops at the
// first sign of movement, because the list is then read again.
func (c *Client) readList(ctx context.Context, l list, how reading, last bool) (*listing, error) {
	read := &listing{list: l, seen: map[string]struct{}{}, total: -1}
	n := 0
	for p, err := range c.pages(ctx, l, how) {
		if err != nil {
			return nil, err
		}
		read.add(n, p)
		if n++; read.moved != "" && !last {
			break
		}
	}
	read.end(n)
	ownerID, err := c.OwnerID(ctx, l.owner)
	read.ownerID = ownerID
	return read, err
}

// add takes in the n-th page, and looks for signs of movement.
func (r *listing) add(n int, p page) {
	switch {
	case n == 0:
		r.total = p.total
		r.items = make([]WorkItem, 0, max(len(p.items), int(min(p.total, maxRows))))
	case p.total < 0 || r.total < 0:
		r.total = max(r.total, p.total)
	case p.total != r.total:
		r.move("the number of work items changed from %d to %d", r.total, p.total)
	}
	if n > 0 && len(r.items) < n*pageSize {
		r.move("a page in the middle of the list was not full")
	}
	for _, wi := range p.items {
		if _, twice := r.seen[wi.ID]; twice {
			r.move("the work item %s came twice", OneLine(wi.ID))
			continue
		}
		r.seen[wi.ID] = struct{}{}
		if r.status == StatusOpen && wi.Completed != nil {
			r.move("the completed work item %s was in the list of open ones", OneLine(wi.ID))
		}
		r.items = append(r.items, wi)
	}
}

// end compares what was counted with what was listed, in so many pages.
func (r *listing) end(pages int) {
	switch distinct := int64(len(r.items)); {
	case r.total < 0:
		r.total = distinct
		r.uncounted = pages > 1
	case r.total != distinct:
		r.move("the service counted %d work items and listed %d", r.total, distinct)
	}
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
func join(status Status, read []*listing) (snapshot *Snapshot, again bool) {
	snapshot = &Snapshot{Items: []WorkItem{}}
	at := map[string]int{}
	for _, r := range read {
		snapshot.Total += r.total
		snapshot.Lists = append(snapshot.Lists, ListRead{r.ownerID, r.status, r.total, int64(len(r.items))})
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
			snapshot.Movement = r.describe("the service sent no count, so nothing shows whether they belong together")
		}
		if r.owner == Own && r.ownerID == "" {
			snapshot.Foreign = haveSeveralOwners(snapshot.Items)
		}
	}
	snapshot.Complete = snapshot.Movement == ""
	sortItems(snapshot.Items)
	return snapshot, again
}

func haveSeveralOwners(items []WorkItem) bool {
	return slices.ContainsFunc(items, func(wi WorkItem) bool { return text(wi.OwnerID) != text(items[0].OwnerID) })
}

// describe says in which list something was seen.
func (l list) describe(what string) string {
	if l.owner.id == "" {
		return what
	}
	return fmt.Sprintf("%s (%s)", what, l.owner)
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
			if at, ok := ParseTime(*created); ok {
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
