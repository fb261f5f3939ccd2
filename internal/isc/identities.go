// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"
)

// maxIDsAtOnce bounds the ids that are looked up in one request.
const maxIDsAtOnce = 50

// Identity is a person, or a service account, of the tenant. A nil pointer is
// null or absent.
type Identity struct {
	ID    string  `json:"id"`
	Name  *string `json:"name"`
	Alias *string `json:"alias"`
	Email *string `json:"email"`
	// Status is the lifecycle state, and State the one that the service derives
	// from it, such as ACTIVE or INACTIVE_SHORT_TERM.
	Status  *string  `json:"status"`
	State   *string  `json:"identityState"`
	Manager *Manager `json:"manager"`
}

// Manager is somebody's manager.
type Manager struct {
	ID   *string `json:"id"`
	Name *string `json:"name"`
}

// IsInactive reports whether the service says that somebody has left.
func (i *Identity) IsInactive() bool {
	return strings.HasPrefix(strings.ToUpper(text(i.State)), "INACTIVE")
}

// IdentityByID looks an identity up: GET /public-identities. Ids that are asked
// for while a look-up is under way go out together, and what was found is
// remembered. The id is asked for as it is written and, if nobody has it, once
// more in lower case. The error of an id that nobody has wraps [ErrNotFound].
func (c *Client) IdentityByID(ctx context.Context, id string) (*Identity, error) {
	if err := CheckID("identity id", id); err != nil {
		return nil, err
	}
	found, err := c.people.find(ctx, c, id)
	if lower := strings.ToLower(id); err == nil && found == nil && lower != id {
		found, err = c.people.find(ctx, c, lower)
	}
	switch {
	case err != nil:
		return nil, err
	case found == nil:
		return nil, fmt.Errorf("no identity has the id %s: %w", id, ErrNotFound)
	}
	return found, nil
}

// IdentitiesBy looks identities up by "email" or "alias": GET
// /public-identities. The value is asked for as it is written and, if nobody has
// it, once more in lower case. Letters are compared without case, exactly
// otherwise.
func (c *Client) IdentitiesBy(ctx context.Context, attribute, value string) ([]Identity, error) {
	found, err := c.identities(ctx, fmt.Sprintf("%s eq %s", attribute, filterText(value)), 2*maxIDsAtOnce)
	if lower := strings.ToLower(value); err == nil && len(found) == 0 && lower != value {
		found, err = c.identities(ctx, fmt.Sprintf("%s eq %s", attribute, filterText(lower)), 2*maxIDsAtOnce)
	}
	return slices.DeleteFunc(found, func(i Identity) bool {
		has := i.Email
		if attribute == "alias" {
			has = i.Alias
		}
		return has == nil || asciiLower(*has) != asciiLower(norm.NFC.String(value))
	}), err
}

// filterText writes a text within a filter.
func filterText(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}

func asciiLower(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			return r + ('a' - 'A')
		}
		return r
	}, s)
}

// identities asks for the identities that match a filter, each once.
func (c *Client) identities(ctx context.Context, filter string, limit int) (found []Identity, err error) {
	query := url.Values{"filters": {filter}, "limit": {strconv.Itoa(limit)}}
	err = c.get(ctx, c.publicIdentities, query, func(answer *reply) (err error) {
		found, err = decodeIdentities(answer.body)
		return err
	})
	return found, err
}

func decodeIdentities(body []byte) (found []Identity, err error) {
	rows, err := elements(body)
	if err != nil {
		return nil, err
	}
	for n, raw := range rows {
		var i Identity
		if err := decodeObject(raw, &i); err != nil || i.ID == "" {
			return nil, malformed("element %d of the list is not an identity with an id", n)
		}
		texts := []**string{&i.Name, &i.Alias, &i.Email, &i.Status, &i.State}
		if i.Manager != nil {
			texts = append(texts, &i.Manager.ID, &i.Manager.Name)
		}
		for _, s := range texts {
			normalize(s)
		}
		if !slices.ContainsFunc(found, func(other Identity) bool { return other.ID == i.ID }) {
			found = append(found, i)
		}
	}
	return found, nil
}

// people remembers identities by id, and looks several up in one request.
type people struct {
	mu    sync.Mutex
	known map[string]*Identity // nil for an id that nobody has
	// waiting are the ids to be asked for, with those who wait.
	waiting map[string][]chan<- peopleAnswer
	// inquiry asks for what is waiting; nil when nobody waits.
	inquiry *inquiry
}

// inquiry is a goroutine that asks for ids, on behalf of all who wait.
type inquiry struct {
	callers int
	cancel  context.CancelFunc
	done    chan struct{}
}

type peopleAnswer struct {
	identity *Identity
	err      error
}

// find returns the identity with the id, or nil.
func (p *people) find(ctx context.Context, c *Client, id string) (*Identity, error) {
	p.mu.Lock()
	if identity, known := p.known[id]; known {
		p.mu.Unlock()
		return identity, nil
	}
	if p.waiting == nil {
		p.waiting, p.known = map[string][]chan<- peopleAnswer{}, map[string]*Identity{}
	}
	answer := make(chan peopleAnswer, 1)
	p.waiting[id] = append(p.waiting[id], answer)
	if p.inquiry == nil {
		shared, cancel := context.WithCancel(context.WithoutCancel(ctx))
		p.inquiry = &inquiry{cancel: cancel, done: make(chan struct{})}
		go p.ask(shared, c, p.inquiry)
	}
	mine := p.inquiry
	mine.callers++
	p.mu.Unlock()
	defer p.leave(mine)

	watched, unwatch := c.limiter.watch(ctx)
	defer unwatch()
	select {
	case got := <-answer:
		return got.identity, got.err
	case <-watched.Done():
		if ctx.Err() != nil {
			return nil, c.limiter.ended(ctx)
		}
		return nil, context.Cause(watched)
	}
}

// leave ends an inquiry with its last caller: nothing may run on behalf of those
// who have gone.
func (p *people) leave(q *inquiry) {
	p.mu.Lock()
	q.callers--
	last := q.callers == 0
	if last && p.inquiry == q {
		p.inquiry = nil
	}
	p.mu.Unlock()
	if last {
		q.cancel()
		<-q.done
	}
}

// ask looks up what is waiting until nothing is.
func (p *people) ask(ctx context.Context, c *Client, q *inquiry) {
	defer close(q.done)
	for {
		p.mu.Lock()
		if p.inquiry != q {
			p.mu.Unlock()
			return
		}
		batch := map[string][]chan<- peopleAnswer{}
		for id, who := range p.waiting {
			if len(batch) == maxIDsAtOnce {
				break
			}
			delete(p.waiting, id)
			// It may have been found while it waited.
			if identity, known := p.known[id]; known {
				for _, answer := range who {
					answer <- peopleAnswer{identity: identity}
				}
				continue
			}
			batch[id] = who
		}
		if len(batch) == 0 {
			p.inquiry = nil
			p.mu.Unlock()
			return
		}
		p.mu.Unlock()
		p.lookUp(ctx, c, batch)
	}
}

// lookUp asks for a batch of ids and tells those who wait. If the service
// refuses the batch, each is asked for alone.
func (p *people) lookUp(ctx context.Context, c *Client, batch map[string][]chan<- peopleAnswer) {
	ids := make([]string, 0, len(batch))
	for id := range batch {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	found, err := c.identities(ctx, idFilter(ids), maxIDsAtOnce)
	var refusal *APIError
	if len(ids) > 1 && errors.As(err, &refusal) && refusal.StatusCode == 400 {
		for _, id := range ids {
			p.lookUp(ctx, c, map[string][]chan<- peopleAnswer{id: batch[id]})
		}
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for id, who := range batch {
		answer := peopleAnswer{err: err}
		if err == nil {
			if i := slices.IndexFunc(found, func(i Identity) bool { return i.ID == id }); i >= 0 {
				answer.identity = &found[i]
			}
			p.known[id] = answer.identity
		}
		for _, waiting := range who {
			waiting <- answer
		}
	}
}

func idFilter(ids []string) string {
	if len(ids) == 1 {
		return "id eq " + filterText(ids[0])
	}
	quoted := make([]string, len(ids))
	for i, id := range ids {
		quoted[i] = filterText(id)
	}
	return "id in (" + strings.Join(quoted, ",") + ")"
}
