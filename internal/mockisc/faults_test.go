// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestFaults tells for each fault of an act what the client gets and whether
// the state has changed.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fault Fault
		// status 0 means that the connection broke.
		status int
		acted  bool
		body   string
	}{
		"status":          {Fault{Status: 503}, 503, false, "error_description"},
		"status and body": {Fault{Status: 500, Body: "oops", ContentType: "text/plain"}, 500, false, "oops"},
		"drop before":     {Fault{DropBefore: true}, 0, false, ""},
		"drop after":      {Fault{DropAfter: true}, 0, true, ""},
		"answer after":    {Fault{AnswerAfter: true, Status: 502}, 502, true, "error_description"},
		"truncate":        {Fault{Truncate: true}, 0, true, ""},
		"empty body":      {Fault{EmptyBody: true}, 200, true, ""},
		"html":            {Fault{HTML: true}, 200, false, "<html"},
		"html after":      {Fault{HTMLAfter: true}, 200, true, "<html"},
		"expired token":   {Fault{ExpireToken: true}, 401, false, `"error"`},
		"delay":           {Fault{Delay: time.Millisecond}, 200, true, "approvalItems"},
		"rate limited":    {Fault{Status: 429, Header: http.Header{"Retry-After": {"7"}}}, 429, false, "Rate Limit"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := begin(t, []WorkItem{approval("w", 2)})
			tt.fault.Operation = OpApprove
			c.AddFault(tt.fault)
			got, err := c.try(c.request(http.MethodPost, "/w/approve/a1", ""))
			if tt.status == 0 && err == nil || tt.status != 0 && (err != nil || got.status != tt.status) {
				t.Errorf("status %d, error %v, want status %d", got.status, err, tt.status)
			}
			if tt.status != 0 && !strings.Contains(strings.ToLower(got.body), strings.ToLower(tt.body)) {
				t.Errorf("body %q, want %q in it", got.body, tt.body)
			}
			if w, _ := c.Item("w"); (w.ApprovalItems[0].State != nil) != tt.acted || len(c.Acts()) == 1 != tt.acted {
				t.Errorf("acted: state %v, acts %v, want %t", w.ApprovalItems[0].State, c.Acts(), tt.acted)
			}
			if record := c.Requests()[0]; record.Acted != tt.acted || record.Fault == "" {
				t.Errorf("recorded as %+v", record)
			}
			for header, want := range tt.fault.Header {
				if got.header.Get(header) != want[0] {
					t.Errorf("%s is %q, want %q", header, got.header.Get(header), want[0])
				}
			}
		})
	}
}

func TestFaults_matchOnlyWhatTheyName(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("v", 1), approval("w", 1)})
	c.AddFault(Fault{Operation: OpGet, WorkItemID: "w", Skip: 1, Times: 2, Status: 500})
	c.wantGet("/v", 200)
	for i, want := range []int{200, 500, 500, 200} {
		if got := c.fetch("/w"); got.status != want {
			t.Errorf("read %d: status %d, want %d", i+1, got.status, want)
		}
	}
	c.AddFault(Fault{Times: -1, Status: 503})
	for range 3 {
		c.wantGet("/count", 503)
	}
	if got := c.send(c.request(http.MethodPost, "/../../oauth/token", "", func(r *http.Request) {
		r.URL.Path = tokenPath
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.URL.RawQuery = tokenForm(DefaultClient).Encode()
	})); got.status != 200 {
		t.Errorf("a fault that names no operation hit the token request: %d", got.status)
	}
	c.ClearFaults()
	c.wantGet("/count", 200)
}

// TestFaults_hooksMayUseTheServer would deadlock if a hook ran under the lock.
func TestFaults_hooksMayUseTheServer(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 2)})
	var seen *string
	c.AddFault(Fault{
		Method: http.MethodPost,
		Before: func(s *Server) { _ = s.Decide("w", "a2", "reject") },
		After: func(s *Server) {
			w, _ := s.Item("w")
			seen = w.ApprovalItems[0].State
		},
	})
	c.wantPost("/w/approve/a1", "", 200)
	if w, _ := c.Item("w"); seen == nil || *w.ApprovalItems[1].State != "Rejected" || w.Completed == nil {
		t.Errorf("after: %v, work item %+v", seen, w)
	}
}

func TestFaults_asJSON(t *testing.T) {
	t.Parallel()
	var f Fault
	if err := json.Unmarshal([]byte(`{"operation": "approveApprovalItem", "delay": "1.5s", "hold": "2s", "dropAfter": true, "times": -1}`), &f); err != nil {
		t.Fatal(err)
	}
	if f.Operation != OpApprove || f.Delay != 1500*time.Millisecond || f.Hold != 2*time.Second || !f.DropAfter || f.Times != -1 {
		t.Errorf("decoded as %+v", f)
	}
	for _, bad := range []string{`{"delay": "soon"}`, `{"unknown": 1}`} {
		if err := json.Unmarshal([]byte(bad), &f); err == nil {
			t.Errorf("%s was accepted", bad)
		}
	}
}
