// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Identity is a person of the tenant: a possible owner, requester or target of
// a work item.
type Identity struct {
	ID        string
	Name      string
	Alias     string
	Email     string // "" is null
	Inactive  bool   // has left
	ManagerID string // "" is null
}

// knownIdentities exist in every mock.
var knownIdentities = []Identity{
	{ID: DemoDeputyID, Name: "Dora Deputy", Alias: "ddeputy", Email: "dora.deputy@example.com"},
	{ID: DemoLeaverID, Name: "Leo Leaver", Alias: "lleaver", Email: "leo.leaver@example.com", Inactive: true, ManagerID: DemoDeputyID},
}

// know makes an identity known, unless there is a better description of it. The
// caller holds the lock.
func (s *Server) know(i Identity) {
	known, ok := s.identities[i.ID]
	if i.Alias == "" {
		// As good as a name allows.
		i.Alias = strings.ToLower(strings.ReplaceAll(i.Name, " ", "."))
		if i.Alias != "" && i.Email == "" {
			i.Email = i.Alias + "@example.com"
		}
	}
	if !ok {
		s.identityOrder = append(s.identityOrder, i.ID)
	}
	if !ok || known.Name == "" {
		s.identities[i.ID] = i
	}
}

// wireIdentity is an identity as the API serves it.
type wireIdentity struct {
	ID            string           `json:"id"`
	Name          string           `json:"name"`
	Alias         string           `json:"alias"`
	Email         *string          `json:"email"`
	Status        string           `json:"status"`
	IdentityState string           `json:"identityState"`
	Manager       *wireManager     `json:"manager"`
	Attributes    []map[string]any `json:"attributes"`
}

type wireManager struct {
	Type string `json:"type"`
	ID   string `json:"id"`
	Name string `json:"name"`
}

func (s *Server) serveIdentity(i Identity) wireIdentity {
	served := wireIdentity{ID: i.ID, Name: i.Name, Alias: i.Alias, Status: "Active", IdentityState: "ACTIVE", Attributes: []map[string]any{}}
	if i.Email != "" {
		served.Email = &i.Email
	}
	if i.Inactive {
		served.Status, served.IdentityState = "Terminated", "INACTIVE_LONG_TERM"
	}
	if i.ManagerID != "" {
		served.Manager = &wireManager{"IDENTITY", i.ManagerID, s.identities[i.ManagerID].Name}
	}
	return served
}

var (
	filterEq = regexp.MustCompile(`^(id|alias|email) eq "((?:[^"\\]|\\.)*)"$`)
	filterIn = regexp.MustCompile(`^id in \(("(?:[^"\\]|\\.)*"(?:,\s*"(?:[^"\\]|\\.)*")*)\)$`)
	quoted   = regexp.MustCompile(`"((?:[^"\\]|\\.)*)"`)
)

var unescape = strings.NewReplacer(`\\`, `\`, `\"`, `"`)

// matcher understands the filters of the public identities that the mock knows.
func (b *Behavior) matcher(filter string) (func(Identity) bool, error) {
	equal := func(a, b string) bool { return strings.EqualFold(a, b) }
	if b.IdentityFilterIsCaseSensitive {
		equal = func(a, b string) bool { return a == b }
	}
	if m := filterEq.FindStringSubmatch(filter); m != nil {
		want := unescape.Replace(m[2])
		return func(i Identity) bool {
			switch m[1] {
			case "id":
				return i.ID == want
			case "alias":
				return equal(i.Alias, want)
			default:
				return i.Email != "" && equal(i.Email, want)
			}
		}, nil
	}
	if m := filterIn.FindStringSubmatch(filter); m != nil && !b.RefuseIdentityFilterIn {
		var ids []string
		for _, q := range quoted.FindAllStringSubmatch(m[1], -1) {
			ids = append(ids, unescape.Replace(q[1]))
		}
		return func(i Identity) bool { return slices.Contains(ids, i.ID) }, nil
	}
	return nil, refuse(http.StatusBadRequest, "the filter %q is not supported", filter)
}

func (c *call) listIdentities() (answer, error) {
	query := c.r.URL.Query()
	b := c.currentBehavior()
	if b.PublicIdentitiesStatus != 0 && b.PublicIdentitiesStatus != http.StatusOK {
		return answer{}, refuse(b.PublicIdentitiesStatus, "the token may not look people up")
	}
	limit, err := natural(query, "limit", maxLimit)
	if err != nil {
		return answer{}, err
	}
	offset, err := natural(query, "offset", 0)
	if err != nil {
		return answer{}, err
	}
	if limit > maxLimit {
		return answer{}, refuse(http.StatusBadRequest, "limit is above %d", maxLimit)
	}
	matches := func(Identity) bool { return true }
	if query.Has("filters") {
		if matches, err = b.matcher(query.Get("filters")); err != nil {
			return answer{}, err
		}
	}
	c.mu.Lock()
	found := []wireIdentity{}
	for _, id := range c.identityOrder {
		if i := c.identities[id]; matches(i) {
			found = append(found, c.serveIdentity(i))
		}
	}
	c.mu.Unlock()
	total := len(found)
	found = found[min(offset, total):min(offset+limit, total)]
	ans := jsonAnswer(http.StatusOK, found)
	if query.Get("count") == "true" {
		ans.header = http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	}
	return ans, nil
}

// AddIdentity makes a person known, as a target of a forward, for instance. It
// panics when the id is empty.
func (s *Server) AddIdentity(i Identity) {
	if i.ID == "" {
		panic(fmt.Sprintf("mockisc: an identity without id: %+v", i))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.identities, i.ID)
	s.identityOrder = slices.DeleteFunc(s.identityOrder, func(id string) bool { return id == i.ID })
	s.know(i)
}

// RemoveIdentity makes a person unknown, as a purge would.
func (s *Server) RemoveIdentity(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.identities, id)
	s.identityOrder = slices.DeleteFunc(s.identityOrder, func(known string) bool { return known == id })
}
