// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"encoding/json"
	"iter"
	"net/url"
)

// ListWorkItems iterates over the open work items of an owner, "" being the
// caller: GET /work-items. It reads a page when the one before is used up, and
// ends after the first error. The list may move while it is read, so a work
// item may come twice or not at all; see [Client.Snapshot].
func (c *Client) ListWorkItems(ctx context.Context, ownerID string) iter.Seq2[WorkItem, error] {
	return c.walk(ctx, list{StatusOpen, ownerID})
}

// ListCompletedWorkItems iterates over the completed work items of an owner,
// like [Client.ListWorkItems]: GET /work-items/completed.
func (c *Client) ListCompletedWorkItems(ctx context.Context, ownerID string) iter.Seq2[WorkItem, error] {
	return c.walk(ctx, list{StatusCompleted, ownerID})
}

// CountWorkItems returns the number of open work items of an owner, "" being
// the caller: GET /work-items/count.
func (c *Client) CountWorkItems(ctx context.Context, ownerID string) (int64, error) {
	return c.count(ctx, ownerID, "count")
}

// CountCompletedWorkItems returns the number of completed work items of an
// owner, "" being the caller: GET /work-items/completed/count.
func (c *Client) CountCompletedWorkItems(ctx context.Context, ownerID string) (int64, error) {
	return c.count(ctx, ownerID, "completed", "count")
}

func (c *Client) count(ctx context.Context, ownerID string, segments ...string) (int64, error) {
	var answer struct {
		Count *int64 `json:"count"`
	}
	err := c.getNumbers(ctx, ownerID, &answer, func() bool { return isCount(answer.Count) }, segments...)
	if err != nil {
		return 0, err
	}
	return *answer.Count, nil
}

// GetWorkItemsSummary returns how many work items an owner has, "" being the
// caller: GET /work-items/summary.
func (c *Client) GetWorkItemsSummary(ctx context.Context, ownerID string) (Summary, error) {
	var answer struct {
		Open      *int64 `json:"open"`
		Completed *int64 `json:"completed"`
		Total     *int64 `json:"total"`
	}
	err := c.getNumbers(ctx, ownerID, &answer, func() bool {
		return isCount(answer.Open) && isCount(answer.Completed) && isCount(answer.Total)
	}, "summary")
	if err != nil {
		return Summary{}, err
	}
	return Summary{Open: *answer.Open, Completed: *answer.Completed, Total: *answer.Total}, nil
}

func isCount(n *int64) bool { return n != nil && *n >= 0 }

// getNumbers reads an object of numbers, all of which must be there. Some
// versions of the API document an array around the object.
func (c *Client) getNumbers(ctx context.Context, ownerID string, dst any, complete func() bool, segments ...string) error {
	if err := checkOwner(ownerID); err != nil {
		return err
	}
	query := url.Values{}
	if ownerID != "" {
		query.Set("ownerId", ownerID)
	}
	return c.get(ctx, c.path(segments...), query, func(r *reply) error {
		body := r.body
		var wrapped []json.RawMessage
		if json.Unmarshal(body, &wrapped) == nil && len(wrapped) == 1 {
			body = wrapped[0]
		}
		if err := decodeObject(body, dst); err != nil {
			return err
		}
		if !complete() {
			return &unusableError{reason: "a number is missing or can't be one: ", quoted: r.body}
		}
		return nil
	})
}

// GetWorkItem reads a work item from the service: GET /work-items/{id}. What it
// finds replaces what [Client.GetWorkItemCached] remembers. The result may be
// shared and must not be changed.
func (c *Client) GetWorkItem(ctx context.Context, id string) (*WorkItem, error) {
	if err := CheckID("work item id", id); err != nil {
		return nil, err
	}
	version := c.items.version(id)
	wi, err := c.readWorkItem(ctx, id)
	c.items.store(id, version, wi, err)
	return wi, err
}

func (c *Client) readWorkItem(ctx context.Context, id string) (wi *WorkItem, err error) {
	err = c.get(ctx, c.path(id), nil, func(r *reply) (err error) {
		wi, err = decodeWorkItem(r.body)
		if err == nil && wi.ID != id {
			return malformed("it is about another work item, %q", OneLine(wi.ID))
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return wi, nil
}
