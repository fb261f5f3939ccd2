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
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

const (
	// pageSize is the largest the service allows.
	pageSize = 250
	// maxListed bounds the work items of one list, far above what an owner can
	// have, so that a broken service can't keep a read going for ever. What
	// exceeds it is an error: a list is never cut short in silence.
	maxListed = 1_000_000
	// maxListBytes bounds what is read of one list, with all attempts.
	maxListBytes = 512 << 20
	// surplusPages is by how many pages a list may outgrow its first count.
	surplusPages = 8
)

// list is one of an owner's two lists of work items.
type list struct {
	status Status
	owner  Owner
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

// reading is how a list is read.
type reading struct {
	keepRaw bool
	// inClear redacts nothing.
	inClear bool
	// slots, if set, lets so many pages be read at the same time, once the
	// service has counted the list.
	slots *semaphore.Weighted
	// bytes adds up what was read, if it is more than one walk.
	bytes *atomic.Int64
}

// pages yields the pages of a list in order, up to the first error. The end is
// where the service's count says, or an empty page, or else a short one. It is
// the client's only walk through a list.
func (c *Client) pages(ctx context.Context, l list, how reading) iter.Seq2[page, error] {
	return func(yield func(page, error) bool) {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()
		if how.bytes == nil {
			how.bytes = new(atomic.Int64)
		}
		ahead := map[int]<-chan fetched{}
		defer func() {
			// Nothing may run on behalf of a caller who has gone.
			cancel()
			for _, result := range ahead {
				<-result
			}
		}()
		limit, total := maxListed/pageSize, int64(-1)
		var before page
		for n := 0; ; n++ {
			if ahead[n] == nil {
				ahead[n] = c.fetch(ctx, l, n, how)
			}
			got := <-ahead[n]
			delete(ahead, n)
			p, err := got.page, got.err
			switch {
			case err == nil && len(p.items) > 0 && sameItems(p, before):
				err = malformed("the list can't be read to its end, because a page repeats the page before it: the service doesn't heed the offset")
			case n > 0 && isPastTheEnd(err):
				return
			}
			if err != nil {
				yield(page{}, err)
				return
			}
			if p.total >= 0 {
				if total < 0 {
					limit = max(n+1, pagesOf(p.total)) + surplusPages
				}
				total = p.total
			}
			last := len(p.items) == 0 || total < 0 && len(p.items) < pageSize || total >= 0 && n+1 >= pagesOf(total)
			if !yield(p, nil) || last {
				return
			}
			if n+1 == limit {
				yield(page{}, tooMuch("the list goes on after %d work items, more than the service counted or this client reads", limit*pageSize))
				return
			}
			if how.slots != nil {
				for m := n + 1; m <= n+pagesAtOnce && m < min(limit, pagesOf(total)); m++ {
					if ahead[m] == nil {
						ahead[m] = c.fetch(ctx, l, m, how)
					}
				}
			}
			before = p
		}
	}
}

// fetched is a page, or why there is none.
type fetched struct {
	page page
	err  error
}

// fetch begins to read the n-th page.
func (c *Client) fetch(ctx context.Context, l list, n int, how reading) <-chan fetched {
	result := make(chan fetched, 1)
	go func() {
		if how.slots != nil {
			if how.slots.Acquire(ctx, 1) != nil {
				result <- fetched{err: ended(ctx)}
				return
			}
			defer how.slots.Release(1)
		}
		p, err := c.readPage(ctx, l, n*pageSize, how)
		result <- fetched{p, err}
	}()
	return result
}

func pagesOf(total int64) int { return int((total + pageSize - 1) / pageSize) }

// isPastTheEnd reports whether an error of a page that isn't the first may mean
// that the list has no such page, or no longer.
func isPastTheEnd(err error) bool {
	var apiErr *APIError
	return errors.As(err, &apiErr) && apiErr.StatusCode == http.StatusBadRequest
}

func sameItems(a, b page) bool {
	return slices.EqualFunc(a.items, b.items, func(a, b WorkItem) bool { return a.ID == b.ID })
}

// readPage reads the page of a list that begins at the offset.
func (c *Client) readPage(ctx context.Context, l list, offset int, how reading) (page, error) {
	query := url.Values{
		"count":  {"true"},
		"limit":  {strconv.Itoa(pageSize)},
		"offset": {strconv.Itoa(offset)},
	}
	p := page{total: -1}
	err := c.getOwned(ctx, l.owner, c.path(l.segments()...), query, func(r *reply) (err error) {
		if how.bytes.Add(int64(len(r.body))) > maxListBytes {
			return tooMuch("the list takes more than %d MiB", maxListBytes>>20)
		}
		p.total = -1
		count := r.header.Get("X-Total-Count")
		// A number out of range comes as the nearest one in range.
		if n, err := strconv.ParseInt(count, 10, 64); (err == nil || errors.Is(err, strconv.ErrRange)) && n >= 0 {
			p.total = n
		}
		if p.total > maxListed {
			return tooMuch("the service counts %s work items, more than the %d this client reads", OneLine(count), maxListed)
		}
		redacting := c.redactor
		redacting.off = how.inClear
		p.items, err = redacting.decodeWorkItems(r.body, how.keepRaw)
		return err
	})
	return p, err
}
