// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// The acts. Each call writes at most one request. The errors:
//   - [ErrInvalidID], [ErrReadOnly]: refused by the client; nothing was sent.
//   - [ErrNothingSent]: no connection, no token, or cancelled before.
//   - *[APIError]: refused by the service. After 401 the token is renewed by
//     the next request, and after 429 the client pauses; whether the act is
//     still to be done is for the caller to find out before another call.
//   - *[AmbiguousError]: it may have been executed.

// ApproveApprovalItem approves one approval item of a work item:
// POST /work-items/{id}/approve/{approvalItemId}.
func (c *Client) ApproveApprovalItem(ctx context.Context, workItemID, approvalItemID string) (*ActResult, error) {
	return c.decide(ctx, "approve", workItemID, approvalItemID)
}

// RejectApprovalItem rejects one approval item of a work item:
// POST /work-items/{id}/reject/{approvalItemId}.
func (c *Client) RejectApprovalItem(ctx context.Context, workItemID, approvalItemID string) (*ActResult, error) {
	return c.decide(ctx, "reject", workItemID, approvalItemID)
}

func (c *Client) decide(ctx context.Context, verb, workItemID, approvalItemID string) (*ActResult, error) {
	if err := CheckID("approval item id", approvalItemID); err != nil {
		return nil, err
	}
	return c.act(ctx, act{workItemID: workItemID, segments: []string{workItemID, verb, approvalItemID}})
}

// BulkApprove approves all approval items of one work item:
// POST /work-items/bulk-approve/{id}.
func (c *Client) BulkApprove(ctx context.Context, workItemID string) (*ActResult, error) {
	return c.act(ctx, act{workItemID: workItemID, segments: []string{"bulk-approve", workItemID}})
}

// BulkReject rejects all approval items of one work item:
// POST /work-items/bulk-reject/{id}.
func (c *Client) BulkReject(ctx context.Context, workItemID string) (*ActResult, error) {
	return c.act(ctx, act{workItemID: workItemID, segments: []string{"bulk-reject", workItemID}})
}

// CompleteWorkItem completes a work item: POST /work-items/{id}.
func (c *Client) CompleteWorkItem(ctx context.Context, workItemID string) (*ActResult, error) {
	return c.act(ctx, act{workItemID: workItemID, segments: []string{workItemID}})
}

// SubmitAccountSelection submits the form of a work item, a JSON object keyed
// on field names: POST /work-items/{id}/submit-account-selection.
func (c *Client) SubmitAccountSelection(ctx context.Context, workItemID string, selections json.RawMessage) (*ActResult, error) {
	if !json.Valid(selections) || !startsWith(selections, '{') {
		return nil, fmt.Errorf("%w: the account selections are not a JSON object", ErrNothingSent)
	}
	return c.act(ctx, act{
		workItemID: workItemID,
		segments:   []string{workItemID, "submit-account-selection"},
		body:       selections,
	})
}

// ForwardWorkItem forwards a work item to another owner:
// POST /work-items/{id}/forward. The answer has no body, so the result has no
// work item.
func (c *Client) ForwardWorkItem(ctx context.Context, workItemID string, f Forward) (*ActResult, error) {
	if err := CheckID("target owner id", f.TargetOwnerID); err != nil {
		return nil, err
	}
	body, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrNothingSent, err)
	}
	return c.act(ctx, act{
		workItemID: workItemID,
		segments:   []string{workItemID, "forward"},
		body:       body,
		forward:    true,
	})
}

// act is what the seven acts differ in.
type act struct {
	workItemID string
	segments   []string
	body       json.RawMessage
	// forward marks the one that is answered without a body, and that some
	// versions of the API call experimental.
	forward bool
}

func (c *Client) act(ctx context.Context, a act) (*ActResult, error) {
	if err := CheckID("work item id", a.workItemID); err != nil {
		return nil, err
	}
	if c.readOnly {
		return nil, ErrReadOnly
	}
	result, err := c.post(ctx, request{
		method:       http.MethodPost,
		path:         c.path(a.segments...),
		body:         a.body,
		contentType:  "application/json",
		experimental: a.forward,
	}, a)
	c.items.forget(a.workItemID)
	if err == nil && result.WorkItem != nil {
		c.items.store(a.workItemID, c.items.version(a.workItemID), result.WorkItem, nil)
	}
	return result, err
}

// post sends an act. It tries again only while no connection comes about.
func (c *Client) post(ctx context.Context, r request, a act) (*ActResult, error) {
	for attempt := 1; ; attempt++ {
		answer, err := c.postOnce(ctx, r, attempt)
		var conn *connError
		switch {
		case err == nil:
			return c.actResult(answer, a)
		case errors.As(err, &conn) && conn.connected:
			return nil, &AmbiguousError{Err: conn.err, Method: r.method, Path: r.path}
		}
		if ctx.Err() == nil && transient(err) && attempt <= c.retries {
			waitErr := wait(ctx, c.backoff(attempt), "the pause before the next attempt")
			if waitErr == nil {
				continue
			}
			err = fmt.Errorf("%w; %w", err, waitErr)
		}
		if attempt > 1 {
			err = fmt.Errorf("%w (after %d attempts)", err, attempt)
		}
		return nil, fmt.Errorf("%s %s: %w: %w", r.method, r.path, ErrNothingSent, err)
	}
}

func (c *Client) postOnce(ctx context.Context, r request, attempt int) (*reply, error) {
	t, err := c.tokens.get(ctx)
	if err != nil {
		return nil, &tokenError{err}
	}
	// net/http sends a POST again by itself only if it wrote nothing of it, as
	// long as it bears no Idempotency-Key.
	req, err := http.NewRequestWithContext(ctx, r.method, c.url(r), bytes.NewReader(r.body))
	if err != nil {
		return nil, err
	}
	c.setHeader(req.Header, r)
	req.Header.Set("Authorization", "Bearer "+t.value)
	answer, err := c.transmit(req, true, attempt)
	if err == nil && answer.status == http.StatusUnauthorized {
		c.tokens.drop(t)
	}
	return answer, err
}

// actResult reads the answer to an act.
func (c *Client) actResult(answer *reply, a act) (*ActResult, error) {
	if !answer.ok() {
		refusal := c.apiError(answer, true)
		if answer.status >= 500 {
			return nil, &AmbiguousError{Err: refusal, Method: answer.method, Path: answer.path, TrackingID: refusal.TrackingID}
		}
		return nil, refusal
	}
	result := &ActResult{PerformedBy: c.IdentityID()}
	// Left zero if it can't be read.
	result.Date, _ = http.ParseTime(answer.header.Get("Date"))

	var err error
	if a.forward {
		if len(answer.body) > 0 {
			err = checkJSON(answer.body)
		}
		if err == nil {
			return result, nil
		}
	} else if result.WorkItem, err = decodeWorkItem(answer.body); err == nil {
		if result.WorkItem.ID == a.workItemID {
			return result, nil
		}
		err = malformed("it is about another work item, %q", OneLine(result.WorkItem.ID))
	}
	return nil, &AmbiguousError{
		Err:    fmt.Errorf("status %d, %w", answer.status, c.conceal(err)),
		Method: answer.method,
		Path:   answer.path,
	}
}
