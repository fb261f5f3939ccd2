// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"strconv"
)

// pageSize is the largest the service allows.
const pageSize = 250

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

// readPage reads the page of a list that begins at the offset.
func (c *Client) readPage(ctx context.Context, l list, offset int, keepRaw bool) (page, error) {
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
		p.items, err = decodeWorkItems(r.body, keepRaw)
		if n, err := strconv.ParseInt(r.header.Get("X-Total-Count"), 10, 64); err == nil && n >= 0 {
			p.total = n
		}
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
		for offset := 0; ; {
			p, err := c.readPage(ctx, l, offset, false)
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
		}
	}
}
