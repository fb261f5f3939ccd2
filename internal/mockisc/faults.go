// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// Fault is a scripted misbehaviour. It meets requests that the service would
// otherwise handle: authenticated ones within the rate limit. Conditions that
// are zero match everything; the first live fault that matches a request wins,
// and only that one is used up. Unless stated otherwise the request is handled
// normally; Header is added to whatever is answered.
type Fault struct {
	Operation  Operation `json:"operation"`  // "" = any API operation; OpToken must be named
	Method     string    `json:"method"`     // HTTP method
	WorkItemID string    `json:"workItemId"` // as in the path
	Skip       int       `json:"skip"`       // that many matches pass first
	Times      int       `json:"times"`      // 0 = once, -1 = for ever

	Delay time.Duration `json:"delay"` // wait before handling; a client that gives up meanwhile is not handled

	// Status answers instead of handling. Without a Body it comes with the
	// service's own error body for the status.
	Status      int         `json:"status"`
	Body        string      `json:"body"`
	ContentType string      `json:"contentType"`
	Header      http.Header `json:"headers"`

	DropBefore  bool `json:"dropBefore"`  // close the connection without handling
	DropAfter   bool `json:"dropAfter"`   // handle, then close the connection: a lost response
	AnswerAfter bool `json:"answerAfter"` // handle, then answer with Status, Body, ContentType
	Truncate    bool `json:"truncate"`    // handle, then send half of the body under the Content-Length of all
	EmptyBody   bool `json:"emptyBody"`   // handle, then answer 200 (or Status) without a body
	HTML        bool `json:"html"`        // answer an HTML page with 200 (or Status) instead of handling
	HTMLAfter   bool `json:"htmlAfter"`   // handle, then answer an HTML page with 200 (or Status)
	ExpireToken bool `json:"expireToken"` // the caller's token becomes invalid: 401

	// Before runs before handling. After runs once the act is applied, before
	// it is answered. Both may block, and may call the server.
	Before func(*Server) `json:"-"`
	After  func(*Server) `json:"-"`

	Hold time.Duration `json:"hold"` // wait after handling, before answering
}

// UnmarshalJSON reads a fault with durations as Go duration strings. Unknown
// names are errors: a mistyped fault would never do anything.
func (f *Fault) UnmarshalJSON(data []byte) error {
	type plain Fault
	wire := struct {
		*plain
		Delay duration `json:"delay"`
		Hold  duration `json:"hold"`
	}{plain: (*plain)(f)}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&wire); err != nil {
		return fmt.Errorf("decoding a fault: %w", err)
	}
	f.Delay, f.Hold = time.Duration(wire.Delay), time.Duration(wire.Hold)
	return nil
}

// duration unmarshals from a string such as "1.5s".
type duration time.Duration

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

// handles tells whether the request reaches the service.
func (f *Fault) handles() bool {
	if f.DropBefore || f.ExpireToken || f.HTML {
		return false
	}
	return f.Status == 0 || f.AnswerAfter || f.DropAfter || f.Truncate || f.EmptyBody || f.HTMLAfter
}

// matches tells whether the fault is about such a request.
func (f *Fault) matches(method string, to destination) bool {
	return (f.Operation == to.op || f.Operation == "" && to.op != OpToken) &&
		(f.Method == "" || f.Method == method) &&
		(f.WorkItemID == "" || f.WorkItemID == to.workItemID)
}

// nextFault gives the fault that meets a request, nil for none, and uses it.
func (s *Server) nextFault(method string, to destination) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !f.matches(method, to) {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		switch {
		case f.Times > 1:
			f.Times--
		case f.Times >= 0:
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return f
	}
	return nil
}

const htmlPage = "<!DOCTYPE html>\n<html><head><title>Service Unavailable</title></head><body><h1>We will be back soon</h1></body></html>\n"

// alter gives the answer that the fault makes of the service's own one, which
// is the zero answer when the request was not handled.
func (f *Fault) alter(ans answer, op Operation) answer {
	switch {
	case f.ExpireToken:
		ans = unauthorized("JWT validation failed: JWT is expired")
	case f.HTML, f.HTMLAfter:
		ans = answer{status: cmp.Or(f.Status, http.StatusOK), contentType: "text/html; charset=utf-8", body: []byte(htmlPage)}
	case f.EmptyBody:
		ans = answer{status: cmp.Or(f.Status, http.StatusOK), contentType: f.ContentType}
	case f.Truncate, f.DropAfter, f.DropBefore:
	case f.Status != 0:
		ans = errorAnswer(f.Status, op, http.StatusText(f.Status))
		if f.Body != "" {
			ans.body = []byte(f.Body)
		}
	}
	if f.ContentType != "" {
		ans.contentType = f.ContentType
	}
	merged := ans.header.Clone()
	if merged == nil {
		merged = http.Header{}
	}
	for name, values := range f.Header {
		merged[http.CanonicalHeaderKey(name)] = values
	}
	ans.header = merged
	return ans
}
