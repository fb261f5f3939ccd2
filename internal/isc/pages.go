// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"iter"
	"net/http"
	"net/url"
	"slices"
	"strconv"
)

const (
	// pageSize is the largest the service allows.
	pageSize = 250
	// maxListed bounds the work items read of one list, far above what an owner
	// can have, so that a broken service can't keep a read going for ever. What
	// exceeds it is an error: a list is never cut short in silence.
	maxListed = 1_000_000
)

// list is one of an owner's two lists of work items.
type list struct {
	status Status
	// owner is "" for the caller.
	owner string
}

func (l list) segments() []string {
	if l.status == StatusCompleted {
		return []string{"completed"}
	}
	return nil
}

// page is one page of a list.
type page struct {
	items []WorkItem
	// total is what the service counted for the whole list, or -1 if it sent
	// no count.
	total int64
}

// last reports whether nothing follows a page that begins at the offset.
func (p page) last(offset int) bool {
	if p.total >= 0 {
		return len(p.items) == 0 || int64(offset+len(p.items)) >= p.total
	}
	return len(p.items) < pageSize
}

// follows returns an error if the page is no progress over the one before it.
func (p page) follows(before page) error {
	sameID := func(a, b WorkItem) bool { return a.ID == b.ID }
	if len(p.items) > 0 && slices.EqualFunc(p.items, before.items, sameID) {
		return malformed("the list can't be read to its end, because a page repeats the page before it: the service doesn't heed the offset")
	}
	return nil
}

// readPage reads the page of a list that begins at the offset.
func (c *Client) readPage(ctx context.Context, l list, offset int, keepRaw bool) (page, error) {
	if offset >= maxListed {
		return page{}, malformed("the list goes on after %d work items, more than the %d this client reads", offset, maxListed)
	}
	query := url.Values{
		"count":  {"true"},
		"limit":  {strconv.Itoa(pageSize)},
		"offset": {strconv.Itoa(offset)},
	}
	if l.owner != "" {
		query.Set("ownerId", l.owner)
	}
	p := page{total: -1}
	err := c.get(ctx, c.path(l.segments()...), query, func(r *reply) (err error) {
		count := r.header.Get("X-Total-Count")
		// A number out of range comes as the nearest one in range.
		if n, err := strconv.ParseInt(count, 10, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && n >= 0 {
			p.total = n
		}
		if p.total > maxListed {
			return malformed("the service counts %s work items, more than the %d this client reads", OneLine(count), maxListed)
		}
		p.items, err = decodeWorkItems(r.body, keepRaw)
		return err
	})
	return p, err
}

// get sends GET to a path and hands the answer to use; see repeatable.
func (c *Client) get(ctx context.Context, path string, query url.Values, use func(*reply) error) error {
	return c.repeatable(ctx, request{method: http.MethodGet, path: path, query: query}, use)
}

// walk reads a list page by page, as the consumer asks for more.
func (c *Client) walk(ctx context.Context, l list) iter.Seq2[WorkItem, error] {
	return func(yield func(WorkItem, error) bool) {
		if err := checkOwner(l.owner); err != nil {
			yield(WorkItem{}, err)
			return
		}
		var before page
		for offset := 0; ; {
			p, err := c.readPage(ctx, l, offset, false)
			if err == nil {
				err = p.follows(before)
			}
			if err != nil {
				yield(WorkItem{}, err)
				return
			}
			for _, wi := range p.items {
				if !yield(wi, nil) {
					return
				}
			}
			if p.last(offset) {
				return
			}
			offset += len(p.items)
			before = p
		}
	}
}
