// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Operation names an API operation, as the specification does.
type Operation string

// The operations of the API, and the token request.
const (
	OpToken          Operation = "token"
	OpList           Operation = "listWorkItems"
	OpListCompleted  Operation = "getCompletedWorkItems"
	OpCount          Operation = "getCountWorkItems"
	OpCountCompleted Operation = "getCountCompletedWorkItems"
	OpSummary        Operation = "getWorkItemsSummary"
	OpGet            Operation = "getWorkItem"
	OpComplete       Operation = "completeWorkItem"
	OpApprove        Operation = "approveApprovalItem"
	OpReject         Operation = "rejectApprovalItem"
	OpBulkApprove    Operation = "approveApprovalItemsInBulk"
	OpBulkReject     Operation = "rejectApprovalItemsInBulk"
	OpForward        Operation = "forwardWorkItem"
	OpSubmit         Operation = "submitAccountSelection"
	OpIdentities     Operation = "getPublicIdentities"
)

// Request is one recorded request. Secrets are never recorded.
type Request struct {
	Seq        int         `json:"seq"` // order of arrival, from 1
	Time       time.Time   `json:"time"`
	Operation  Operation   `json:"operation"` // "" for a path outside the API
	Method     string      `json:"method"`
	Path       string      `json:"path"`
	Query      url.Values  `json:"query"`
	Header     http.Header `json:"headers"`  // without Authorization
	Body       string      `json:"body"`     // a token request's form is re-encoded, its secret masked
	ClientID   string      `json:"clientId"` // "" when not authenticated
	IdentityID string      `json:"identityId"`
	WorkItemID string      `json:"workItemId"`
	Status     int         `json:"status"` // 0 = not answered: in flight, or the connection was dropped
	Acted      bool        `json:"acted"`  // the request changed the state
	Fault      string      `json:"fault"`  // the fault that met it, "" for none
}

// Act is one change of the state made through the API.
type Act struct {
	Seq               int             `json:"seq"` // of its request
	Operation         Operation       `json:"operation"`
	WorkItemID        string          `json:"workItemId"`
	ApprovalItemID    string          `json:"approvalItemId,omitempty"`
	Decided           []string        `json:"decided,omitempty"` // ids of all approval items it decided
	TargetOwnerID     string          `json:"targetOwnerId,omitempty"`
	Comment           string          `json:"comment,omitempty"`
	SendNotifications bool            `json:"sendNotifications,omitempty"`
	Selections        json.RawMessage `json:"selections,omitempty"` // the exact bytes of the body
	By                string          `json:"by"`                   // identity id of the caller
}

// masked replaces secrets in recordings.
const masked = "***"

// secretParams are the parameters of a token request that must not be kept.
var secretParams = []string{"client_secret", "client_assertion", "password", "refresh_token", "code", "access_token"}

func maskParams(values url.Values) url.Values {
	kept := maps.Clone(values)
	for _, name := range secretParams {
		if kept.Has(name) {
			kept[name] = []string{masked}
		}
	}
	return kept
}

// arrive records a request that has just come in.
func (s *Server) arrive(r *http.Request, to destination) *Request {
	header := r.Header.Clone()
	header.Del("Authorization")
	header.Del("Cookie")
	record := &Request{
		Time:       s.cfg.Now(),
		Operation:  to.op,
		Method:     r.Method,
		Path:       r.URL.EscapedPath(),
		Query:      maskParams(r.URL.Query()),
		Header:     header,
		WorkItemID: to.workItemID,
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.arrived++
	record.Seq = s.arrived
	s.requests = append(s.requests, record)
	return record
}

// note changes a record under the lock, because readers may look meanwhile.
func (s *Server) note(record *Request, change func(*Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(record)
}

func (r *Request) copy() Request {
	c := *r
	c.Query = cloneLists(r.Query)
	c.Header = r.Header.Clone()
	return c
}

func cloneLists(values url.Values) url.Values {
	c := make(url.Values, len(values))
	for name, list := range values {
		c[name] = slices.Clone(list)
	}
	return c
}

// logLine writes one JSON line about a finished request. A failing log does
// not concern the client.
func (s *Server) logLine(out io.Writer, r Request) {
	line, err := json.Marshal(struct {
		Time      time.Time `json:"time"`
		Seq       int       `json:"seq"`
		Operation Operation `json:"operation,omitempty"`
		Method    string    `json:"method"`
		Path      string    `json:"path"`
		Query     string    `json:"query,omitempty"`
		ClientID  string    `json:"clientId,omitempty"`
		Status    int       `json:"status"`
		Acted     bool      `json:"acted,omitempty"`
		Fault     string    `json:"fault,omitempty"`
		Millis    float64   `json:"ms"`
	}{
		r.Time, r.Seq, r.Operation, r.Method, r.Path, r.Query.Encode(), r.ClientID, r.Status, r.Acted, r.Fault,
		float64(s.cfg.Now().Sub(r.Time).Microseconds()) / 1000,
	})
	if err != nil {
		return
	}
	s.logMu.Lock()
	defer s.logMu.Unlock()
	fmt.Fprintf(out, "%s\n", line)
}

// label says in a word or two what a fault does, for recordings.
func (f *Fault) label() string {
	var parts []string
	add := func(on bool, word string) {
		if on {
			parts = append(parts, word)
		}
	}
	add(f.Delay > 0, "delay")
	add(f.Before != nil, "before")
	add(f.DropBefore, "drop before")
	add(f.ExpireToken, "expire token")
	add(f.HTML, "HTML")
	add(f.After != nil, "after")
	add(f.Hold > 0, "hold")
	add(f.DropAfter, "drop after")
	add(f.Truncate, "truncate")
	add(f.EmptyBody, "empty body")
	add(f.HTMLAfter, "HTML after")
	add(f.AnswerAfter, "answer after")
	add(f.Status != 0, fmt.Sprintf("status %d", f.Status))
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
