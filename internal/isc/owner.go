// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"net/http"
	"net/url"
)

// Owner says whose work items an operation is about: [Own], [AllOwners], or
// those of one identity or governance group ([OwnedBy]).
type Owner struct {
	id  string
	all bool
}

var (
	// Own is the caller. The request names the token's identity, because
	// without an owner an administrator's token may cover the whole tenant.
	Own = Owner{}
	// AllOwners asks without naming an owner, and takes what comes.
	AllOwners = Owner{all: true}
)

// OwnedBy is the owner with the id.
func OwnedBy(id string) Owner { return Owner{id: id} }

// String names the owner for a message.
func (o Owner) String() string {
	switch {
	case o.all:
		return "all owners"
	case o == Own:
		return "the caller"
	}
	return "owner " + o.id
}

func (o Owner) check() error {
	if o == Own || o == AllOwners {
		return nil
	}
	return CheckID("owner id", o.id)
}

// OwnerID returns the owner id that requests about an owner carry; "" is none,
// also where the caller's identity is unknown or the service refuses it. It
// fetches an access token if there is none.
func (c *Client) OwnerID(ctx context.Context, o Owner) (string, error) {
	if o != Own {
		return o.id, nil
	}
	if c.ownRefused.Load() {
		return "", nil
	}
	return c.IdentityID(ctx)
}

// IdentityID returns the identity that the access token acts for; "" when
// unknown. It fetches a token if there is none.
func (c *Client) IdentityID(ctx context.Context) (string, error) {
	if id := c.tokens.identity(); id != "" {
		return id, nil
	}
	if _, err := c.tokens.get(ctx); err != nil {
		return "", err
	}
	return c.tokens.identity(), nil
}

// getOwned sends a GET about an owner's work items. If the service refuses the
// caller's own id, it is asked without one from then on.
func (c *Client) getOwned(ctx context.Context, o Owner, path string, query url.Values, use func(*reply) error) error {
	if err := o.check(); err != nil {
		return err
	}
	id, err := c.OwnerID(ctx, o)
	if err != nil {
		return err
	}
	query.Del("ownerId")
	if id != "" {
		query.Set("ownerId", id)
	}
	err = c.get(ctx, path, query, use)
	first := query.Get("offset") == "" || query.Get("offset") == "0"
	if o != Own || id == "" || !first || !refusesOwner(err) {
		return err
	}
	query.Del("ownerId")
	if c.get(ctx, path, query, use) != nil {
		return err
	}
	c.ownRefused.Store(true)
	return nil
}

func refusesOwner(err error) bool {
	var apiErr *APIError
	return errors.As(err, &apiErr) && (apiErr.StatusCode == http.StatusBadRequest || apiErr.StatusCode == http.StatusForbidden)
}

// get sends GET to a path and hands the answer to use; see [Client.do].
func (c *Client) get(ctx context.Context, path string, query url.Values, use func(*reply) error) error {
	return c.do(ctx, request{method: http.MethodGet, path: path, query: query}, use)
}
