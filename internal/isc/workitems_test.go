// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestOperations_sendWhatTheAPIDocuments covers all 13 operations in both path
// families.
func TestOperations_sendWhatTheAPIDocuments(t *testing.T) {
	t.Parallel()
	const id, item = testID, testItemID
	type operation struct {
		name         string
		call         func(context.Context, *Client) error
		answer       string
		method, path string
		query        url.Values
		body         string
		experimental bool
	}
	owned := url.Values{"ownerId": {"o-1"}}
	page := func(query url.Values) url.Values {
		merged := url.Values{"limit": {"250"}, "offset": {"0"}, "count": {"true"}}
		maps.Copy(merged, query)
		return merged
	}
	act := func(call func(context.Context, *Client) (*ActResult, error)) func(context.Context, *Client) error {
		return func(ctx context.Context, c *Client) error { return second(call(ctx, c)) }
	}
	itemJSON := `{"id":"` + id + `"}`
	operations := []operation{
		{name: "list", answer: `[]`, method: "GET", path: "", query: page(url.Values{"ownerId": {"caller-id"}}),
			call: func(ctx context.Context, c *Client) error { return first(c.ListWorkItems(ctx, Own)) }},
		{name: "list of all", answer: `[]`, method: "GET", path: "", query: page(nil),
			call: func(ctx context.Context, c *Client) error { return first(c.ListWorkItems(ctx, AllOwners)) }},
		{name: "list of owner", answer: `[]`, method: "GET", path: "", query: page(owned),
			call: func(ctx context.Context, c *Client) error { return first(c.ListWorkItems(ctx, OwnedBy("o-1"))) }},
		{name: "list completed", answer: `[]`, method: "GET", path: "/completed", query: page(owned),
			call: func(ctx context.Context, c *Client) error {
				return first(c.ListCompletedWorkItems(ctx, OwnedBy("o-1")))
			}},
		{name: "count", answer: `{"count":3}`, method: "GET", path: "/count", query: owned,
			call: func(ctx context.Context, c *Client) error { return second(c.CountWorkItems(ctx, OwnedBy("o-1"))) }},
		{name: "count completed", answer: `[{"count":3}]`, method: "GET", path: "/completed/count", query: url.Values{"ownerId": {"caller-id"}},
			call: func(ctx context.Context, c *Client) error { return second(c.CountCompletedWorkItems(ctx, Own)) }},
		{name: "summary", answer: `{"open":1,"completed":2,"total":3}`, method: "GET", path: "/summary", query: owned,
			call: func(ctx context.Context, c *Client) error { return second(c.GetWorkItemsSummary(ctx, OwnedBy("o-1"))) }},
		{name: "get", answer: itemJSON, method: "GET", path: "/" + id, query: url.Values{},
			call: func(ctx context.Context, c *Client) error { return second(c.GetWorkItem(ctx, id)) }},
		{name: "complete", answer: itemJSON, method: "POST", path: "/" + id,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) { return c.CompleteWorkItem(ctx, id) })},
		{name: "approve", answer: itemJSON, method: "POST", path: "/" + id + "/approve/" + item,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) { return c.ApproveApprovalItem(ctx, id, item) })},
		{name: "reject", answer: itemJSON, method: "POST", path: "/" + id + "/reject/" + item,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) { return c.RejectApprovalItem(ctx, id, item) })},
		{name: "bulk approve", answer: itemJSON, method: "POST", path: "/bulk-approve/" + id,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) { return c.BulkApprove(ctx, id) })},
		{name: "bulk reject", answer: itemJSON, method: "POST", path: "/bulk-reject/" + id,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) { return c.BulkReject(ctx, id) })},
		{name: "submit", answer: itemJSON, method: "POST", path: "/" + id + "/submit-account-selection", body: `{"account":["a", 1]}`,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) {
				return c.SubmitAccountSelection(ctx, id, []byte(`{"account":["a", 1]}`))
			})},
		{name: "forward", method: "POST", path: "/" + id + "/forward", experimental: true,
			body: `{"targetOwnerId":"` + testOwner + `","comment":"over to you","sendNotifications":false}`,
			call: act(func(ctx context.Context, c *Client) (*ActResult, error) {
				return c.ForwardWorkItem(ctx, id, Forward{TargetOwnerID: testOwner, Comment: "over to you"})
			})},
	}
	for version, prefix := range map[string]string{
		"": "/v2024/work-items", "v3": "/v3/work-items", "v2025": "/v2025/work-items", "v2026": "/v2026/work-items", "v1": "/work-items/v1",
	} {
		for _, op := range operations {
			t.Run(version+" "+op.name, func(t *testing.T) {
				t.Parallel()
				s := newService(t, answer(200, op.answer))
				c := s.client(func(config *Config) { config.APIVersion = version })
				if err := op.call(t.Context(), c); err != nil {
					t.Fatal(err)
				}
				seen := s.requests()
				if len(seen) != 1 {
					t.Fatalf("got %v", seen)
				}
				r := seen[0]
				path, query, _ := strings.Cut(r.uri, "?")
				values, err := url.ParseQuery(query)
				if r.method != op.method || path != prefix+op.path || err != nil || (len(values)+len(op.query) > 0 && !reflect.DeepEqual(values, op.query)) {
					t.Errorf("got %s, want %s %s %v", r, op.method, prefix+op.path, op.query)
				}
				if r.body != op.body {
					t.Errorf("body %q, want %q", r.body, op.body)
				}
				want := map[string]string{
					"Accept":                   "application/json",
					"Authorization":            "Bearer " + testToken,
					"User-Agent":               "test-agent/1",
					"Content-Type":             "",
					"Content-Length":           "",
					"X-Sailpoint-Experimental": "",
					"Idempotency-Key":          "",
				}
				if op.method == http.MethodPost {
					want["Content-Type"] = "application/json"
					want["Content-Length"] = strconv.Itoa(len(op.body))
				}
				if op.experimental {
					want["X-Sailpoint-Experimental"] = "true"
				}
				for name, value := range want {
					if got := r.header.Get(name); got != value {
						t.Errorf("%s: %q, want %q", name, got, value)
					}
				}
			})
		}
	}
}

func TestCounts_areReadAsTheyCome(t *testing.T) {
	t.Parallel()
	for body, want := range map[string]int64{
		`{"count":7}`: 7, `{"count":"7"}`: 7, `[{"count":7}]`: 7, `{"count":7.0,"more":1}`: 7, `{"count":0}`: 0,
		`{}`: -1, `{"count":null}`: -1, `{"count":"many"}`: -1, `[]`: -1, `7`: -1, `null`: -1, ``: -1,
	} {
		got, err := newService(t, answer(200, body)).client().CountWorkItems(t.Context(), Own)
		if want == -1 && err == nil || want != -1 && (err != nil || got != want) {
			t.Errorf("%s: got %d, %v", body, got, err)
		}
	}
	s := newService(t, answer(200, `{"open":"1","completed":2,"total":3}`))
	if sum, err := s.client().GetWorkItemsSummary(t.Context(), Own); err != nil || sum != (Summary{1, 2, 3}) {
		t.Errorf("got %v, %v", sum, err)
	}
	s = newService(t, answer(200, `{"open":1,"completed":2}`))
	if _, err := s.client().GetWorkItemsSummary(t.Context(), Own); err == nil || !strings.Contains(err.Error(), "a number is missing") {
		t.Errorf("got %v", err)
	}
}

func TestGetWorkItem_refusesAnAnswerAboutAnother(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(200, `{"id":"other"}`))
	_, err := s.client().GetWorkItem(t.Context(), testID)
	want := `GET /v2024/work-items/` + testID + `: unusable answer: it is about another work item, "other"`
	if err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestListWorkItems_pages(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		items    int
		counting bool
		requests int
	}{{0, true, 1}, {1, true, 1}, {250, true, 1}, {251, true, 2}, {500, true, 2}, {0, false, 1}, {249, false, 1}, {250, false, 2}, {600, false, 3}} {
		s := newService(t, newLists(t).open("caller-id", test.items).uncounted(!test.counting).serve)
		var ids []string
		for wi, err := range s.client().ListWorkItems(t.Context(), Own) {
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, wi.ID)
		}
		if len(ids) != test.items || len(slices.Compact(slices.Sorted(slices.Values(ids)))) != test.items {
			t.Errorf("%+v: got %d", test, len(ids))
		}
		if n := len(s.requests()); n != test.requests {
			t.Errorf("%+v: %d requests", test, n)
		}
	}
}

func TestListWorkItems_stopsWhenTheConsumerDoes(t *testing.T) {
	t.Parallel()
	s := newService(t, newLists(t).open("caller-id", 600).serve)
	for range s.client().ListWorkItems(t.Context(), Own) {
		break
	}
	if n := len(s.requests()); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestListWorkItems_endsWithTheFirstError(t *testing.T) {
	t.Parallel()
	l := newLists(t).open("caller-id", 600)
	s := newService(t, answers(l.serve, answer(403, "")))
	var items int
	var errs []error
	for _, err := range s.client().ListWorkItems(t.Context(), Own) {
		if err != nil {
			errs = append(errs, err)
			continue
		}
		items++
	}
	if items != 250 || len(errs) != 1 || !errors.Is(errs[0], ErrForbidden) {
		t.Errorf("%d items, errors %v", items, errs)
	}
}
