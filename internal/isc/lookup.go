// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"golang.org/x/sync/semaphore"
)

// A work item that has left the open list may answer 404, or belong to nobody
// whom the caller may see; then it is looked for among the caller's completed
// ones. The error of one that is nowhere is that of the read by id.

// Find returns what is known of a work item. It asks the service only if this
// client has not read it yet, or has acted on it since. Concurrent calls are one
// request. Of the errors, not found and forbidden are remembered.
func (c *Client) Find(ctx context.Context, id string) (*WorkItem, error) {
	wi, err := c.getCached(ctx, id)
	return c.orCompleted(ctx, id, wi, err, false)
}

// FindListed is [Client.Find] for many work items, one by one: it may be
// answered from a row of a list, see [reader]. That is enough to show a work
// item, and never to act on it.
func (c *Client) FindListed(ctx context.Context, id string) (*WorkItem, error) {
	wi, err := c.reader.get(ctx, id)
	return c.orCompleted(ctx, id, wi, err, false)
}

// Guard returns the work item that an act is about, as it is now: read by a
// request of its own or, unless anew is set, as the service answered another of
// this client's requests no more than 10 seconds ago. The act is to be sent with
// the turn's context, and the turn to be released after it, or instead.
func (c *Client) Guard(ctx context.Context, id string, anew bool) (*WorkItem, *Turn, error) {
	turn := c.limiter.turn()
	e := c.items.get(id)
	if e.guards() && !anew {
		turn.until = e.asked.Add(fresh)
	} else {
		e.item, e.err = c.getWorkItem(ctx, id, turn)
	}
	wi, err := c.orCompleted(ctx, id, e.item, e.err, false)
	if err == nil && e.err != nil && !wi.Closed() {
		// A row guards no act: it can only tell that there is nothing to do.
		wi, err = nil, e.err
	}
	if err != nil {
		turn.Release()
	}
	return wi, turn, err
}

// FindAfterAct reads a work item on which an act was tried, and if need be the
// list of completed ones again, to which the act may have added.
func (c *Client) FindAfterAct(ctx context.Context, id string) (*WorkItem, error) {
	wi, err := c.GetWorkItem(ctx, id)
	return c.orCompleted(ctx, id, wi, err, true)
}

// orCompleted looks for a work item that couldn't be read among the completed
// ones, which are read again if so asked.
func (c *Client) orCompleted(ctx context.Context, id string, wi *WorkItem, err error, again bool) (*WorkItem, error) {
	if err == nil {
		return c.seen.recall(wi), nil
	}
	if !isAboutTheItem(err) {
		return nil, err
	}
	completed, listErr := c.completedItems(ctx, again)
	if listErr != nil {
		return nil, listErr
	}
	if wi = completed[id]; wi == nil {
		return nil, err
	}
	return c.seen.recall(wi), nil
}

// isAboutTheItem reports whether a failed read says something about the work
// item: that it isn't there, or not for the caller.
func isAboutTheItem(err error) bool {
	return errors.Is(err, ErrNotFound) || errors.Is(err, ErrForbidden)
}

// getCached is [Client.GetWorkItem], answered from what is known.
func (c *Client) getCached(ctx context.Context, id string) (*WorkItem, error) {
	if err := CheckID("work item id", id); err != nil {
		return nil, err
	}
	e := c.items.get(id)
	if e.known {
		return e.item, e.err
	}
	key := fmt.Sprintf("%d/%s", e.version, id)
	return share(ctx, c.limiter, &c.items.flights, key, func(ctx context.Context) (*WorkItem, error) {
		if e := c.items.get(id); e.known {
			return e.item, e.err
		}
		return c.GetWorkItem(ctx, id)
	})
}

// completedList remembers the caller's completed work items by id.
type completedList struct {
	flights flights[map[string]*WorkItem]

	mu    sync.Mutex
	items map[string]*WorkItem
}

func (l *completedList) get() map[string]*WorkItem {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.items
}

// completedItems returns the caller's completed work items by id. They are read
// once, unless again is set; a list that the service refuses counts as empty.
func (c *Client) completedItems(ctx context.Context, again bool) (map[string]*WorkItem, error) {
	if again {
		return c.readCompleted(ctx)
	}
	if items := c.completed.get(); items != nil {
		return items, nil
	}
	return share(ctx, c.limiter, &c.completed.flights, "", func(ctx context.Context) (map[string]*WorkItem, error) {
		if items := c.completed.get(); items != nil {
			return items, nil
		}
		return c.readCompleted(ctx)
	})
}

func (c *Client) readCompleted(ctx context.Context) (map[string]*WorkItem, error) {
	items := map[string]*WorkItem{}
	for p, err := range c.pages(ctx, list{StatusCompleted, Own}, reading{slots: semaphore.NewWeighted(pagesAtOnce)}) {
		if isAboutTheItem(err) {
			break
		}
		if err != nil {
			return nil, err
		}
		for i := range p.items {
			items[p.items[i].ID] = &p.items[i]
		}
	}
	c.completed.mu.Lock()
	defer c.completed.mu.Unlock()
	c.completed.items = items
	return items, nil
}

// seenItems remembers the items that were last seen in each work item.
type seenItems struct {
	mu          sync.Mutex
	approval    map[string][]ApprovalItem
	remediation map[string][]RemediationItem
}

// recall gives a closed work item, of which the service no longer shows the
// items, those that this client saw last. They are final, so that what a plan
// has adopted can still be adopted after a sibling of the same apply has closed
// the work item.
func (s *seenItems) recall(wi *WorkItem) *WorkItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.approval == nil {
		s.approval, s.remediation = map[string][]ApprovalItem{}, map[string][]RemediationItem{}
	}
	if len(wi.ApprovalItems) > 0 {
		s.approval[wi.ID] = wi.ApprovalItems
	}
	if len(wi.RemediationItems) > 0 {
		s.remediation[wi.ID] = wi.RemediationItems
	}
	missing := len(wi.ApprovalItems) == 0 && len(s.approval[wi.ID]) > 0 || len(wi.RemediationItems) == 0 && len(s.remediation[wi.ID]) > 0
	if !wi.Closed() || !missing {
		return wi
	}
	recalled := *wi
	recalled.ApprovalItems, recalled.RemediationItems = s.approval[wi.ID], s.remediation[wi.ID]
	return &recalled
}

// FindInClear is [Client.Find] with nothing redacted. It neither uses nor fills
// what the client remembers.
func (c *Client) FindInClear(ctx context.Context, id string) (*WorkItem, error) {
	wi, err := c.GetWorkItemInClear(ctx, id)
	if err == nil || !isAboutTheItem(err) {
		return wi, err
	}
	for p, listErr := range c.pages(ctx, list{StatusCompleted, Own}, reading{inClear: true}) {
		if isAboutTheItem(listErr) {
			break
		}
		if listErr != nil {
			return nil, listErr
		}
		if i := slices.IndexFunc(p.items, func(wi WorkItem) bool { return wi.ID == id }); i >= 0 {
			return &p.items[i], nil
		}
	}
	return nil, err
}
