// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
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

// CompleteWorkItem completes a work item: POST /work-items/{id}. The answer may
// show it under another id, that of the archive.
func (c *Client) CompleteWorkItem(ctx context.Context, workItemID string) (*ActResult, error) {
	return c.act(ctx, act{workItemID: workItemID, segments: []string{workItemID}, archives: true})
}

// SubmitAccountSelection submits the form of a work item, a JSON object keyed
// on field names: POST /work-items/{id}/submit-account-selection.
func (c *Client) SubmitAccountSelection(ctx context.Context, workItemID string, selections jsontext.Value) (*ActResult, error) {
	if selections.Kind() != '{' || !selections.IsValid() {
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
	body, _ := json.Marshal(f, anyUTF8) // Texts and a flag can be written, whatever is in them.
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
	body       jsontext.Value
	// forward marks the one that is answered without a body, and that some
	// versions of the API call experimental.
	forward bool
	// archives marks the one whose answer may bear another id.
	archives bool
}

func (c *Client) act(ctx context.Context, a act) (*ActResult, error) {
	if err := CheckID("work item id", a.workItemID); err != nil {
		return nil, err
	}
	if c.readOnly {
		return nil, ErrReadOnly
	}
	r := request{
		method:       http.MethodPost,
		path:         c.path(a.segments...),
		body:         a.body,
		contentType:  "application/json",
		experimental: a.forward,
		act:          true,
	}
	r.turn, _ = ctx.Value(turnKey{}).(*Turn)
	var result *ActResult
	var unusable error
	var sent time.Time
	err := c.do(ctx, r, func(answer *reply) (err error) {
		sent = answer.sent
		if result, err = c.actResult(answer, a); err != nil {
			unusable = &AmbiguousError{
				Err:        fmt.Errorf("status %d, %w", answer.status, c.maskError(err)),
				Method:     r.method,
				Path:       r.path,
				TrackingID: OneLine(c.mask(answer.header.Get("SLPT-Request-ID"))),
			}
		}
		return err
	})
	if err != nil && unusable == nil {
		err = actError(err, r)
	}
	if errors.Is(err, ErrNothingSent) {
		return nil, err
	}
	c.items.forget(a.workItemID, err != nil)
	c.reader.acted(a.workItemID, err != nil || a.forward || result.WorkItem.Closed())
	switch {
	case unusable != nil:
		return nil, unusable
	case err != nil:
		return nil, err
	}
	if wi := result.WorkItem; wi != nil && wi.ID == a.workItemID {
		c.items.store(a.workItemID, c.items.version(a.workItemID), sent, wi, nil)
	}
	return result, nil
}

// actError tells what a failed act means for whether it was executed.
func actError(err error, r request) error {
	ambiguous := &AmbiguousError{Err: err, Method: r.method, Path: r.path}
	var conn *connError
	var refusal *APIError
	switch {
	case errors.As(err, &conn) && conn.connected:
		ambiguous.Err = conn.err
		return ambiguous
	case errors.As(err, &refusal) && (refusal.StatusCode >= 500 || refusal.StatusCode == http.StatusRequestTimeout):
		// Who gave up waiting may stand between the client and the service.
		ambiguous.TrackingID = refusal.TrackingID
		return ambiguous
	case refusal != nil:
		return err
	}
	return fmt.Errorf("%w: %w", ErrNothingSent, err)
}

// actResult reads the answer to an act.
func (c *Client) actResult(answer *reply, a act) (*ActResult, error) {
	result := &ActResult{PerformedBy: c.tokens.identity()}
	// Left zero if it can't be read.
	result.Date, _ = http.ParseTime(answer.header.Get("Date"))
	if a.forward {
		if len(answer.body) == 0 {
			return result, nil
		}
		return result, checkJSON(answer.body)
	}
	wi, err := c.redactor.decodeWorkItem(answer.body)
	if err != nil {
		return nil, err
	}
	archived := a.archives && strings.EqualFold(text(wi.State), "finished")
	if wi.ID != a.workItemID && !archived {
		return nil, malformed("it is about another work item, %q", OneLine(wi.ID))
	}
	result.WorkItem = wi
	return result, nil
}
