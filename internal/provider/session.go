// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// session is what all objects of one configured provider share.
type session struct {
	client   *isc.Client
	readOnly bool

	mu sync.Mutex
	// turns lets the acts on one work item wait for each other: the channel of
	// a work item id holds a value while somebody acts.
	turns map[string]chan struct{}
	// approvalItems are those last seen of each work item.
	approvalItems map[string][]isc.ApprovalItem
	// said remembers which once-per-run warnings have been given.
	said map[string]bool

	timing
}

func newSession(client *isc.Client, readOnly bool, timing timing) *session {
	return &session{
		client: client, readOnly: readOnly, timing: timing,
		turns: map[string]chan struct{}{}, approvalItems: map[string][]isc.ApprovalItem{}, said: map[string]bool{},
	}
}

// timing says how long to wait for the service to show what was done.
type timing struct {
	// settleFor bounds the re-reading after an ambiguous answer, confirmFor
	// that after a clear success that the service does not show yet, and
	// firstPoll is the first wait between two such reads; it doubles.
	settleFor, confirmFor, firstPoll time.Duration
}

var defaultTiming = timing{settleFor: 15 * time.Second, confirmFor: 10 * time.Second, firstPoll: 500 * time.Millisecond}

// takeTurn waits until no other act on the work item is under way, or until
// ctx ends. The caller gives the turn back.
func (s *session) takeTurn(ctx context.Context, workItemID string) (giveBack func(), err error) {
	s.mu.Lock()
	turn := s.turns[workItemID]
	if turn == nil {
		turn = make(chan struct{}, 1)
		s.turns[workItemID] = turn
	}
	s.mu.Unlock()
	giveBack = func() { <-turn }
	select {
	case turn <- struct{}{}:
		return giveBack, nil
	default:
	}
	select {
	case turn <- struct{}{}:
		return giveBack, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// once reports whether key is new in this run of the provider.
func (s *session) once(key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.said[key]
	s.said[key] = true
	return !known
}

// notices adds what the service wants its callers to know, once per run.
func (s *session) notices(diags *diag.Diagnostics) {
	if s.client.Deprecated() && s.once("deprecated") {
		diags.AddWarning("The service calls this API version deprecated",
			"An answer carried the header X-Deprecated: true. Deprecated versions stay up for two years. "+
				"To move to the current one, set api_version = \"v1\" in the provider block.")
	}
}

// freshness says whether a read may be answered from what this run already
// knows.
type freshness bool

const (
	cachedReads freshness = false
	freshReads  freshness = true
)

// find reads a work item. Where the service doesn't return it by id, it looks
// among the completed ones: the caller's, then those of the given owners. The
// error is that of the read by id when it is nowhere.
func (s *session) find(ctx context.Context, fresh freshness, id string, owners ...string) (*isc.WorkItem, error) {
	get, findCompleted := s.client.GetWorkItemCached, s.client.FindCompleted
	if fresh {
		get, findCompleted = s.client.GetWorkItem, s.client.FindCompletedFresh
	}
	wi, err := get(ctx, id)
	if err == nil {
		return s.recall(wi), nil
	}
	if !errors.Is(err, isc.ErrNotFound) && !errors.Is(err, isc.ErrForbidden) {
		return wi, err
	}
	for i, owner := range append([]string{""}, owners...) {
		if i > 0 && owner == "" {
			continue
		}
		wi, findErr := findCompleted(ctx, owner, id)
		if findErr == nil {
			return s.recall(wi), nil
		}
		if !errors.Is(findErr, isc.ErrNotFound) {
			return nil, findErr
		}
	}
	return nil, err
}

// recall gives a closed work item, of which the service no longer shows the
// approval items, those that this run saw last. What had been decided then is
// final, so that an item which a plan adopts can still be adopted after a
// sibling of the same apply has closed the work item.
func (s *session) recall(wi *isc.WorkItem) *isc.WorkItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(wi.ApprovalItems) > 0 {
		s.approvalItems[wi.ID] = wi.ApprovalItems
		return wi
	}
	if !isClosed(wi) || s.approvalItems[wi.ID] == nil {
		return wi
	}
	recalled := *wi
	recalled.ApprovalItems = s.approvalItems[wi.ID]
	return &recalled
}

// sessionHolder is embedded by every object that uses the session.
type sessionHolder struct{ session *session }

func (h *sessionHolder) configure(data any) (diags diag.Diagnostics) {
	if data == nil {
		// Terraform validates before it configures.
		return nil
	}
	s, ok := data.(*session)
	if !ok {
		diags.AddError("Unexpected provider data", fmt.Sprintf("Got %T. This is a bug in the provider; please report it.", data))
	}
	h.session = s
	return diags
}

// dataSourceBase is embedded by every data source.
type dataSourceBase struct {
	sessionHolder
	typeName string
}

func (b *dataSourceBase) Metadata(_ context.Context, _ datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = b.typeName
}

func (b *dataSourceBase) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}

// resourceBase is embedded by every resource.
type resourceBase struct{ sessionHolder }

func (b *resourceBase) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	resp.Diagnostics.Append(b.configure(req.ProviderData)...)
}
