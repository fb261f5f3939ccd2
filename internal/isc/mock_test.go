// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc_test

import (
	"errors"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The tests against the mock service: that client and mock, written apart from
// the same documents, agree on what the API is.

func mockClient(t *testing.T, mock *mockisc.Server, version string, options ...func(*isc.Config)) *isc.Client {
	t.Helper()
	config := isc.Config{
		BaseURL:      mock.URL(),
		APIVersion:   version,
		ClientID:     mockisc.DefaultClient.ID,
		ClientSecret: mockisc.DefaultClient.Secret,
		// The rate limit has its own tests.
		RequestsPerSecond: 1e6,
		MaxRetries:        3,
	}
	for _, option := range options {
		option(&config)
	}
	c, err := isc.New(config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func withItems(items []mockisc.WorkItem) func(*mockisc.Config) {
	return func(config *mockisc.Config) { config.Items = items }
}

func TestMock_everyActTakesEffect(t *testing.T) {
	t.Parallel()
	for _, version := range isc.APIVersions() {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			mock := mockisc.RunT(t, withItems(mockisc.Demo()))
			mock.SetBehavior(func(b *mockisc.Behavior) { b.RequireExperimentalHeader = true })
			c := mockClient(t, mock, version)
			ctx := t.Context()
			acts := []struct {
				operation mockisc.Operation
				call      func() (*isc.ActResult, error)
			}{
				{mockisc.OpApprove, func() (*isc.ActResult, error) {
					return c.ApproveApprovalItem(ctx, mockisc.DemoFinanceWorkItemID, mockisc.DemoFinancePostingApprovalItemID)
				}},
				{mockisc.OpReject, func() (*isc.ActResult, error) {
					return c.RejectApprovalItem(ctx, mockisc.DemoContractorWorkItemID, mockisc.DemoDomainAdminsApprovalItemID)
				}},
				{mockisc.OpBulkApprove, func() (*isc.ActResult, error) { return c.BulkApprove(ctx, mockisc.DemoSalesWorkItemID) }},
				{mockisc.OpBulkReject, func() (*isc.ActResult, error) { return c.BulkReject(ctx, mockisc.DemoPayrollWorkItemID) }},
				{mockisc.OpComplete, func() (*isc.ActResult, error) { return c.CompleteWorkItem(ctx, mockisc.DemoBadgeWorkItemID) }},
				{mockisc.OpSubmit, func() (*isc.ActResult, error) {
					return c.SubmitAccountSelection(ctx, mockisc.DemoAccountSelectionWorkItemID, []byte(`{"account":"x"}`))
				}},
				{mockisc.OpForward, func() (*isc.ActResult, error) {
					return c.ForwardWorkItem(ctx, mockisc.DemoLaptopWorkItemID, isc.Forward{TargetOwnerID: mockisc.DemoDeputyID, Comment: "please"})
				}},
			}
			for _, act := range acts {
				result, err := act.call()
				if err != nil {
					t.Fatalf("%s: %v", act.operation, err)
				}
				if result.PerformedBy != mockisc.DefaultClient.IdentityID || time.Since(result.Date) > time.Hour {
					t.Errorf("%s: by %s at %s", act.operation, result.PerformedBy, result.Date)
				}
			}
			done := mock.Acts()
			if len(done) != len(acts) {
				t.Fatalf("%d acts took effect", len(done))
			}
			for i, act := range acts {
				if done[i].Operation != act.operation {
					t.Errorf("act %d was %s, not %s", i, done[i].Operation, act.operation)
				}
			}
			// A work item that was read before an act is seen as it is after it.
			wi, err := c.Find(ctx, mockisc.DemoLaptopWorkItemID)
			if err != nil || *wi.OwnerID != mockisc.DemoDeputyID {
				t.Errorf("after the forward: %+v, %v", wi, err)
			}
		})
	}
}

func TestMock_readsAgree(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t, withItems(append(mockisc.Demo(),
		mockisc.Generate(600, 7, mockisc.DefaultClient.IdentityID, mockisc.DefaultClient.IdentityName)...)))
	c := mockClient(t, mock, "v2024")
	ctx := t.Context()
	sum, err := c.GetWorkItemsSummary(ctx, isc.Own)
	if err != nil {
		t.Fatal(err)
	}
	open, err := c.CountWorkItems(ctx, isc.Own)
	if err != nil || open != sum.Open || open < 600 {
		t.Errorf("%d open, summary %+v, %v", open, sum, err)
	}
	completed, err := c.CountCompletedWorkItems(ctx, isc.Own)
	if err != nil || completed != sum.Completed || completed == 0 {
		t.Errorf("%d completed, summary %+v, %v", completed, sum, err)
	}
	all, err := c.Snapshot(ctx, isc.Query{Status: isc.StatusAll})
	if err != nil || !all.Complete || all.Total != sum.Total || int64(len(all.Items)) != sum.Total {
		t.Errorf("snapshot of %d items, complete %v (%s), summary %+v, %v", len(all.Items), all.Complete, all.Movement, sum, err)
	}
	others, err := c.Snapshot(ctx, isc.Query{Status: isc.StatusOpen, OwnerIDs: []string{mockisc.DemoLeaverID}})
	if err != nil || len(others.Items) != 2 || !others.Complete {
		t.Errorf("the leaver's: %+v, %v", others, err)
	}
	wi, err := c.Find(ctx, mockisc.DemoCompletedManualWorkItemID)
	if err != nil || wi.Completed == nil {
		t.Errorf("completed: %+v, %v", wi, err)
	}
	var n int64
	for wi, err := range c.ListWorkItems(ctx, isc.Own) {
		if err != nil {
			t.Fatal(err)
		}
		if wi.Completed != nil {
			t.Errorf("%s is completed", wi.ID)
		}
		n++
	}
	if n != open {
		t.Errorf("listed %d of %d", n, open)
	}
}

func TestMock_refusalsAreToldApart(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t, withItems(mockisc.Demo()))
	c := mockClient(t, mock, "v1")
	ctx := t.Context()
	if _, err := c.GetWorkItem(ctx, "0123456789abcdef0123456789abcdef"); !errors.Is(err, isc.ErrNotFound) {
		t.Errorf("unknown work item: %v", err)
	}
	var apiErr *isc.APIError
	_, err := c.CompleteWorkItem(ctx, mockisc.DemoCompletedManualWorkItemID)
	if !errors.As(err, &apiErr) || apiErr.StatusCode != 400 || apiErr.DetailCode == "" || apiErr.TrackingID == "" || len(apiErr.Messages) == 0 {
		t.Errorf("completed twice: %#v", err)
	}
}

// TestMock_lostAnswersAreAmbiguousAndNotRepeated covers both sides of the
// doubt: the service has executed the act, or it has not.
func TestMock_lostAnswersAreAmbiguousAndNotRepeated(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault mockisc.Fault
		acts  int
	}{
		"dropped before": {mockisc.Fault{DropBefore: true}, 0},
		"dropped after":  {mockisc.Fault{DropAfter: true}, 1},
		"502 before":     {mockisc.Fault{Status: 502}, 0},
		"502 after":      {mockisc.Fault{Status: 502, AnswerAfter: true}, 1},
		"truncated":      {mockisc.Fault{Truncate: true}, 1},
		"empty":          {mockisc.Fault{EmptyBody: true}, 1},
		"html before":    {mockisc.Fault{HTML: true}, 0},
		"html after":     {mockisc.Fault{HTMLAfter: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mock := mockisc.RunT(t, withItems(mockisc.Demo()))
			c := mockClient(t, mock, "v2024")
			ctx := t.Context()
			// So that the act meets a connection that has been used.
			if _, err := c.GetWorkItem(ctx, mockisc.DemoBadgeWorkItemID); err != nil {
				t.Fatal(err)
			}
			test.fault.Operation = mockisc.OpComplete
			mock.AddFault(test.fault)
			_, err := c.CompleteWorkItem(ctx, mockisc.DemoBadgeWorkItemID)
			if _, ok := errors.AsType[*isc.AmbiguousError](err); !ok {
				t.Errorf("got %v", err)
			}
			posts := 0
			for _, r := range mock.Requests() {
				if r.Operation == mockisc.OpComplete {
					posts++
				}
			}
			if posts != 1 || len(mock.Acts()) != test.acts {
				t.Errorf("%d requests, %d acts", posts, len(mock.Acts()))
			}
			// Reading again settles it.
			wi, err := c.Find(ctx, mockisc.DemoBadgeWorkItemID)
			if err != nil || (wi.Completed != nil) != (test.acts == 1) {
				t.Errorf("read again: %+v, %v", wi, err)
			}
		})
	}
}

func TestMock_expiredTokenIsRenewed(t *testing.T) {
	t.Parallel()
	mock := mockisc.RunT(t, withItems(mockisc.Demo()))
	c := mockClient(t, mock, "v2024")
	ctx := t.Context()
	if _, err := c.GetWorkItem(ctx, mockisc.DemoBadgeWorkItemID); err != nil {
		t.Fatal(err)
	}
	mock.RevokeTokens()
	if _, err := c.GetWorkItem(ctx, mockisc.DemoBadgeWorkItemID); err != nil {
		t.Errorf("a read does not mind: %v", err)
	}
	mock.RevokeTokens()
	if _, err := c.CompleteWorkItem(ctx, mockisc.DemoBadgeWorkItemID); !errors.Is(err, isc.ErrUnauthorized) {
		t.Errorf("an act is left to the caller: %v", err)
	}
	if _, err := c.CompleteWorkItem(ctx, mockisc.DemoBadgeWorkItemID); err != nil {
		t.Errorf("who may send it again: %v", err)
	}
}
