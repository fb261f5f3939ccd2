// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// Add stores work items. An empty owner is the first client's identity, a
// zero creation time is now. It panics when an id is empty or taken.
func (s *Server) Add(items ...WorkItem) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.add(items); err != nil {
		panic("mockisc: " + err.Error())
	}
}

// Item gives a copy of a work item as stored, whatever Behavior shows of it. One
// that was archived under another id is found by both.
func (s *Server) Item(id string) (WorkItem, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, ok := s.byID[cmp.Or(s.archived[id], id)]
	if !ok {
		return WorkItem{}, false
	}
	return *record.item.clone(), true
}

// Items gives copies of all work items in the order they were added.
func (s *Server) Items() []WorkItem {
	s.mu.Lock()
	defer s.mu.Unlock()
	items := make([]WorkItem, len(s.inOrder))
	for i, record := range s.inOrder {
		items[i] = *record.item.clone()
	}
	return items
}

// Update changes a work item past the rules; reads show it at once. The edit
// must not call the server. It panics when the id is unknown.
func (s *Server) Update(id string, edit func(*WorkItem)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, ok := s.byID[id]
	if !ok {
		panic(fmt.Sprintf("mockisc: no work item %q to update", id))
	}
	next := record.item.clone()
	edit(next)
	record.item, record.lag = next, 0
}

// Remove makes a work item vanish. It panics when the id is unknown.
func (s *Server) Remove(id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, ok := s.byID[id]
	if !ok {
		panic(fmt.Sprintf("mockisc: no work item %q to remove", id))
	}
	delete(s.byID, id)
	s.inOrder = slices.DeleteFunc(s.inOrder, func(r *stored) bool { return r == record })
}

// Decide lets somebody else decide an approval item: "approve" or "reject".
// Like all acts behind the scenes it follows the API's rules, is recorded
// neither as a request nor as an act, and fails as the API would refuse it.
func (s *Server) Decide(workItemID, approvalItemID, decision string) error {
	if decision != "approve" && decision != "reject" {
		return fmt.Errorf("unknown decision %q", decision)
	}
	return s.behindTheScenes(OpApprove, workItemID, decideOne(approvalItemID, decision == "approve"))
}

// Complete lets somebody else complete a work item.
func (s *Server) Complete(workItemID string) error {
	return s.behindTheScenes(OpComplete, workItemID, complete)
}

// Forward lets somebody else forward a work item.
func (s *Server) Forward(workItemID, ownerID string) error {
	return s.behindTheScenes(OpForward, workItemID, s.forward(ownerID))
}

// SubmitSelection lets somebody else submit an account selection.
func (s *Server) SubmitSelection(workItemID string, selections map[string]any) error {
	raw := make(map[string]json.RawMessage, len(selections))
	for name, value := range selections {
		data, err := json.Marshal(value)
		if err != nil {
			return fmt.Errorf("encoding selection %s: %w", name, err)
		}
		raw[name] = data
	}
	return s.behindTheScenes(OpSubmit, workItemID, submit(raw))
}

func (s *Server) behindTheScenes(op Operation, workItemID string, apply rule) error {
	_, err := s.perform(Act{Operation: op, WorkItemID: workItemID}, nil, nil, apply)
	return err
}

// Requests gives copies of the recorded requests, token requests included, in
// order of arrival. One that is still in flight is among them with status 0.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	requests := make([]Request, len(s.requests))
	for i, record := range s.requests {
		requests[i] = record.copy()
	}
	return requests
}

// Acts gives the changes made through the API, in order.
func (s *Server) Acts() []Act {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Act{}, s.acts...)
}

// Decisions counts how often each approval item was decided through the API.
func (s *Server) Decisions() map[string]int {
	decided := map[string]int{}
	for _, act := range s.Acts() {
		for _, id := range act.Decided {
			decided[id]++
		}
	}
	return decided
}

// ResetRequests forgets requests and acts; the state stays.
func (s *Server) ResetRequests() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests, s.acts = nil, nil
}

// SetBehavior changes the behavior from now on. The edit must not call the
// server.
func (s *Server) SetBehavior(edit func(*Behavior)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	edit(&s.behavior)
}

func (s *Server) currentBehavior() Behavior {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behavior
}

// AddFault scripts a fault, behind those that are still live.
func (s *Server) AddFault(f Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, &f)
}

// ClearFaults forgets all faults that are still live.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// RevokeTokens makes all tokens invalid, static ones too: each answers 401
// from now on.
func (s *Server) RevokeTokens() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.tokens)
}

// expire makes one token invalid.
func (s *Server) expire(token string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.tokens, token)
}

// Reset goes back to the configured work items and behavior, and forgets
// faults, requests and acts. Tokens and identities stay.
func (s *Server) Reset() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behavior = s.cfg.Behavior
	clear(s.byID)
	clear(s.archived)
	clear(s.budgets)
	s.inOrder, s.faults, s.requests, s.acts = nil, nil, nil, nil
	if err := s.add(s.cfg.Items); err != nil {
		panic("mockisc: " + err.Error()) // New has stored the same work items
	}
}

// controlPrefix leads to the control endpoints. They need no token, are not
// limited and not recorded.
const controlPrefix = "/__mock/"

// control serves the control endpoints: the Go-level control for a mock that
// runs as a program.
func (s *Server) control(w http.ResponseWriter, r *http.Request) {
	var result any
	err := s.checkHost(r.Host)
	if err == nil {
		result, err = s.controlled(r)
	}
	w.Header().Set("Content-Type", jsonType)
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		w.WriteHeader(refused.status)
		result = map[string]string{"error": refused.text}
	case err != nil:
		w.WriteHeader(http.StatusBadRequest)
		result = map[string]string{"error": err.Error()}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(result) // the caller has gone away
}

// checkHost refuses names that lead here by a trick of somebody's name server: a
// web page could control the mock through them.
func (s *Server) checkHost(host string) error {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	if ip := net.ParseIP(strings.Trim(host, "[]")); s.cfg.AnyHost || host == "localhost" || ip != nil && ip.IsLoopback() {
		return nil
	}
	return refuse(http.StatusForbidden, "the host %q is not a loopback address", host)
}

func (s *Server) controlled(r *http.Request) (any, error) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, fmt.Errorf("reading the body: %w", err)
	}
	ok := map[string]bool{"ok": true}
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, controlPrefix) {
	case "GET requests":
		return s.Requests(), nil
	case "GET acts":
		return s.Acts(), nil
	case "GET workitems":
		return s.Items(), nil
	case "POST workitems":
		items, err := ParseWorkItems(body)
		if err != nil {
			return nil, err
		}
		s.mu.Lock()
		defer s.mu.Unlock()
		return ok, s.add(items)
	case "POST faults":
		faults, err := oneOrMany[Fault](body)
		if err != nil {
			return nil, err
		}
		for _, f := range faults {
			s.AddFault(f)
		}
		return ok, nil
	case "DELETE faults":
		s.ClearFaults()
		return ok, nil
	case "POST behavior":
		s.mu.Lock()
		defer s.mu.Unlock()
		next := s.behavior
		decoder := json.NewDecoder(bytes.NewReader(body))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&next); err != nil {
			return nil, fmt.Errorf("decoding the behavior: %w", err)
		}
		s.behavior = next
		return next, nil
	case "POST reset":
		s.Reset()
		return ok, nil
	}
	return nil, refuse(http.StatusNotFound, "no such control endpoint: %s %s", r.Method, r.URL.Path)
}

// oneOrMany decodes a JSON array, or a single value as an array of one.
func oneOrMany[T any](data []byte) ([]T, error) {
	if trimmed := bytes.TrimSpace(data); len(trimmed) > 0 && trimmed[0] != '[' {
		var one T
		err := json.Unmarshal(trimmed, &one)
		return []T{one}, err
	}
	var many []T
	err := json.Unmarshal(data, &many)
	return many, err
}
