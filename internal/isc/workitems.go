// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"iter"
	"net/http"
	"net/url"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// ListWorkItems iterates over the open work items of an owner: GET /work-items.
// It reads a page when the one before is used up, and ends after the first
// error. The list may move while it is read, so a work item may come twice or
// not at all; see [Client.Snapshot].
func (c *Client) ListWorkItems(ctx context.Context, o Owner) iter.Seq2[WorkItem, error] {
	return c.iterate(ctx, list{StatusOpen, o})
}

// ListCompletedWorkItems iterates over the completed work items of an owner,
// like [Client.ListWorkItems]: GET /work-items/completed.
func (c *Client) ListCompletedWorkItems(ctx context.Context, o Owner) iter.Seq2[WorkItem, error] {
	return c.iterate(ctx, list{StatusCompleted, o})
}

func (c *Client) iterate(ctx context.Context, l list) iter.Seq2[WorkItem, error] {
	return func(yield func(WorkItem, error) bool) {
		for p, err := range c.pages(ctx, l, reading{}) {
			if err != nil {
				yield(WorkItem{}, err)
				return
			}
			for _, wi := range p.items {
				if !yield(wi, nil) {
					return
				}
			}
		}
	}
}

// CountWorkItems returns the number of open work items of an owner:
// GET /work-items/count.
func (c *Client) CountWorkItems(ctx context.Context, o Owner) (int64, error) {
	return c.count(ctx, o, "count")
}

// CountCompletedWorkItems returns the number of completed work items of an
// owner: GET /work-items/completed/count.
func (c *Client) CountCompletedWorkItems(ctx context.Context, o Owner) (int64, error) {
	return c.count(ctx, o, "completed", "count")
}

func (c *Client) count(ctx context.Context, o Owner, segments ...string) (int64, error) {
	var answer struct {
		Count *int64 `json:"count"`
	}
	err := c.getNumbers(ctx, o, segments, func(body []byte) (bool, error) {
		answer.Count = nil
		err := decodeObject(body, &answer)
		return isCount(answer.Count), err
	})
	if err != nil {
		return 0, err
	}
	return *answer.Count, nil
}

// GetWorkItemsSummary returns how many work items an owner has:
// GET /work-items/summary.
func (c *Client) GetWorkItemsSummary(ctx context.Context, o Owner) (Summary, error) {
	var answer struct {
		Open      *int64 `json:"open"`
		Completed *int64 `json:"completed"`
		Total     *int64 `json:"total"`
	}
	err := c.getNumbers(ctx, o, []string{"summary"}, func(body []byte) (bool, error) {
		answer.Open, answer.Completed, answer.Total = nil, nil, nil
		err := decodeObject(body, &answer)
		return isCount(answer.Open) && isCount(answer.Completed) && isCount(answer.Total), err
	})
	if err != nil {
		return Summary{}, err
	}
	return Summary{Open: *answer.Open, Completed: *answer.Completed, Total: *answer.Total}, nil
}

func isCount(n *int64) bool { return n != nil && *n >= 0 }

// getNumbers reads an object of numbers, all of which must be there. Some
// versions of the API document an array around the object.
func (c *Client) getNumbers(ctx context.Context, o Owner, segments []string, decode func([]byte) (bool, error)) error {
	return c.getOwned(ctx, o, c.path(segments...), url.Values{}, func(r *reply) error {
		body := r.body
		var wrapped []jsontext.Value
		if json.Unmarshal(body, &wrapped, anyUTF8) == nil && len(wrapped) == 1 {
			body = wrapped[0]
		}
		complete, err := decode(body)
		if err == nil && !complete {
			err = &unusableError{reason: "a number is missing or can't be one: ", quoted: r.body}
		}
		return err
	})
}

// GetWorkItem reads a work item from the service: GET /work-items/{id}. What it
// finds replaces what is remembered of it. The result may be shared and must
// not be changed.
func (c *Client) GetWorkItem(ctx context.Context, id string) (*WorkItem, error) {
	return c.getWorkItem(ctx, id, nil)
}

// getWorkItem is [Client.GetWorkItem], as the guard of the act whose turn is
// given, if any.
func (c *Client) getWorkItem(ctx context.Context, id string, turn *Turn) (*WorkItem, error) {
	if err := CheckID("work item id", id); err != nil {
		return nil, err
	}
	version := c.items.version(id)
	wi, sent, err := c.readWorkItem(ctx, id, c.redactor, turn)
	c.items.store(id, version, sent, wi, err)
	return wi, err
}

// GetWorkItemInClear is [Client.GetWorkItem] with nothing redacted. It neither
// remembers what it reads nor shares it.
func (c *Client) GetWorkItemInClear(ctx context.Context, id string) (*WorkItem, error) {
	if err := CheckID("work item id", id); err != nil {
		return nil, err
	}
	wi, _, err := c.readWorkItem(ctx, id, redactor{off: true}, nil)
	return wi, err
}

// readWorkItem returns the work item, and when the request was sent, or a time
// before that.
func (c *Client) readWorkItem(ctx context.Context, id string, redacting redactor, turn *Turn) (wi *WorkItem, sent time.Time, err error) {
	sent = time.Now()
	err = c.do(ctx, request{method: http.MethodGet, path: c.path(id), turn: turn}, func(answer *reply) (err error) {
		sent = answer.sent
		wi, err = redacting.decodeWorkItem(answer.body)
		if err == nil && wi.ID != id {
			return malformed("it is about another work item, %q", OneLine(wi.ID))
		}
		return err
	})
	if err != nil {
		return nil, sent, err
	}
	return wi, sent, nil
}
