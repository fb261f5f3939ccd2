// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func many(n int) []WorkItem {
	items := make([]WorkItem, n)
	for i := range items {
		items[i] = WorkItem{ID: fmt.Sprintf("w%03d", i), Created: start}
	}
	return items
}

func TestPaths_allFamiliesAndOperations(t *testing.T) {
	t.Parallel()
	want := map[Operation]int{}
	c := begin(t, nil)
	for _, family := range []string{"/v3/work-items", "/v2024/work-items", "/v2025/work-items", "/v2026/work-items", "/work-items/v1"} {
		c.Reset()
		c.Add(approval("w", 3), approval("b", 1), approval("r", 1), WorkItem{ID: "m"}, WorkItem{ID: "completion"},
			accountSelection(WorkItem{ID: "f"}, "Jane Doe", "jdoe", "adm-jdoe"))
		c.family = family
		for _, suffix := range []string{"", "/completed", "/count", "/completed/count", "/summary", "/w"} {
			c.wantGet(suffix, 200)
		}
		for _, act := range [][2]string{
			{"/w/approve/a1", ""}, {"/w/reject/a2", ""}, {"/bulk-approve/b", ""}, {"/bulk-reject/r", ""}, {"/m", ""},
			{"/completion/forward", forwardToDeputy}, {"/f/submit-account-selection", `{"accountId":"jdoe"}`},
		} {
			c.wantPost(act[0], act[1], 200)
		}
		clear(want)
		for _, r := range c.Requests() {
			want[r.Operation]++
			if r.Acted != (r.Method == http.MethodPost) {
				t.Errorf("%s %s: acted is %t", r.Method, r.Path, r.Acted)
			}
		}
		if len(want) != 13 {
			t.Errorf("%s: %d operations: %v", family, len(want), slices.Sorted(maps.Keys(want)))
		}
	}
}

func TestPaths_thatDoNotExist(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)})
	for _, tt := range []struct {
		method, path string
		status       int
		allow        string
	}{
		{"GET", "/v2024/work-items/", 404, ""},
		{"GET", "/v2024/work-itemsx", 404, ""},
		{"GET", "/v9/work-items", 404, ""},
		{"GET", "/v2024/work-items/count/completed", 404, ""},
		{"POST", "/v2024/work-items/w/approve/", 404, ""},
		{"POST", "/v2024/work-items/completed", 405, "GET"},
		{"PUT", "/v2024/work-items/w", 405, "GET, POST"},
		{"GET", "/v2024/work-items/w/forward", 405, "POST"},
		{"GET", "/oauth/token", 405, "POST"},
		{"GET", "/v2024/work-items/w%2Fx", 404, ""},
	} {
		r := c.request(tt.method, "", "")
		target, err := url.Parse(c.URL() + tt.path)
		if err != nil {
			t.Fatal(err)
		}
		r.URL = target
		if got := c.send(r); got.status != tt.status || got.header.Get("Allow") != tt.allow {
			t.Errorf("%s %s: status %d, Allow %q", tt.method, tt.path, got.status, got.header.Get("Allow"))
		}
	}
	last := c.Requests()[9]
	if last.Operation != OpGet || last.WorkItemID != "w/x" {
		t.Errorf("an escaped slash is not part of the id: %+v", last)
	}
}

func TestErrors_haveTheDocumentedBodies(t *testing.T) {
	t.Parallel()
	c := begin(t, append(many(1), approval("w", 1)))
	plainly := c.as("plain-token")
	type dto struct {
		DetailCode, TrackingID string
		Messages, Causes       []struct{ Locale, LocaleOrigin, Text string }
	}
	seen := map[string]bool{}
	for _, tt := range []struct {
		got  reply
		code string
	}{
		{c.wantPost("/bulk-approve/w000", "", 400), "400.1 Bad Request Content"},
		{plainly.wantGet("/w", 403), "403 Forbidden"},
		{c.wantGet("/other", 404), "404 Not found"},
	} {
		body := decoded[dto](t, tt.got.body)
		if body.DetailCode != tt.code || len(body.TrackingID) != 32 || seen[body.TrackingID] || len(body.Messages) != 1 ||
			body.Messages[0].Text == "" || body.Messages[0].LocaleOrigin != "DEFAULT" || body.Causes == nil {
			t.Errorf("body %s, want detail code %s", tt.got.body, tt.code)
		}
		seen[body.TrackingID] = true
	}
	if got := c.as("unknown").wantGet("", 401); got.body != `{"error":"JWT validation failed: JWT is expired"}` {
		t.Errorf("401 with %s", got.body)
	}
}

func TestPaging(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		query    string
		behavior Behavior
		status   int
		rows     int
		first    string
		total    string // X-Total-Count
	}{
		{"", Behavior{}, 200, 250, "w000", ""},
		{"?count=true", Behavior{}, 200, 250, "w000", "260"},
		{"?count=false", Behavior{}, 200, 250, "w000", ""},
		{"?count=maybe", Behavior{}, 400, 0, "", ""},
		{"?offset=250&count=true", Behavior{}, 200, 10, "w250", "260"},
		{"?offset=260", Behavior{}, 200, 0, "", ""},
		{"?offset=999", Behavior{}, 200, 0, "", ""},
		{"?offset=-1", Behavior{}, 400, 0, "", ""},
		{"?limit=x", Behavior{}, 400, 0, "", ""},
		{"?limit=7&offset=3", Behavior{}, 200, 7, "w003", ""},
		{"?limit=251", Behavior{}, 400, 0, "", ""},
		{"?limit=251", Behavior{OverLimitStatus: 200}, 200, 250, "w000", ""},
		{"?limit=0", Behavior{}, 200, 0, "", ""},
		{"?limit=0", Behavior{LimitZeroServesDefault: true}, 200, 250, "w000", ""},
		{"?limit=7", Behavior{DuplicateAcrossPages: true}, 200, 7, "w000", ""},
		{"?limit=7&offset=7", Behavior{DuplicateAcrossPages: true}, 200, 8, "w006", ""},
		{"?offset=260", Behavior{DuplicateAcrossPages: true}, 200, 0, "", ""},
		{"?limit=7", Behavior{UnstableOrder: true}, 200, 7, "w001", ""},
	} {
		c := begin(t, many(260), behaving(tt.behavior))
		got := c.wantGet(tt.query, tt.status)
		if tt.status != 200 {
			continue
		}
		rows := ids(t, got.body)
		if len(rows) != tt.rows || tt.rows > 0 && rows[0] != tt.first || got.header.Get("X-Total-Count") != tt.total {
			t.Errorf("%s %+v: %d rows from %v, X-Total-Count %q", tt.query, tt.behavior, len(rows), rows[:min(1, len(rows))], got.header.Get("X-Total-Count"))
		}
	}
}

func TestCounts_andTheirShapes(t *testing.T) {
	t.Parallel()
	items := append(many(3), WorkItem{ID: "c", Created: start}.finished(time.Hour))
	for _, tt := range []struct {
		behavior                  Behavior
		open, closed, sum, listed string
	}{
		{Behavior{}, `{"count":3}`, `{"count":1}`, `{"completed":1,"open":3,"total":4}`, "3"},
		{Behavior{CountAsArray: true}, `{"count":3}`, `[{"count":1}]`, `{"completed":1,"open":3,"total":4}`, "3"},
		{Behavior{NumbersAsStrings: true}, `{"count":"3"}`, `{"count":"1"}`, `{"completed":"1","open":"3","total":"4"}`, "3"},
		{Behavior{OpenListIncludesClosed: true}, `{"count":3}`, `{"count":1}`, `{"completed":1,"open":3,"total":4}`, "4"},
	} {
		c := begin(t, items, behaving(tt.behavior))
		for suffix, want := range map[string]string{"/count": tt.open, "/completed/count": tt.closed, "/summary": tt.sum} {
			if got := c.wantGet(suffix, 200); got.body != want {
				t.Errorf("%s: %s, want %s", suffix, got.body, want)
			}
		}
		if got := c.wantGet("?count=true", 200); got.header.Get("X-Total-Count") != tt.listed {
			t.Errorf("open list of %s, want %s", got.header.Get("X-Total-Count"), tt.listed)
		}
	}
}

func TestJSON_ofAWorkItem(t *testing.T) {
	t.Parallel()
	bare := WorkItem{ID: "w", OwnerID: DemoDeputyID, Type: "Generic", Created: start.Add(7 * time.Millisecond)}
	numbered := approval("w", 1)
	numbered.NumItems, numbered.Extra = new(1), map[string]any{"dueDate": nil}
	for _, tt := range []struct {
		item     WorkItem
		behavior Behavior
		has, not []string
	}{
		{bare, Behavior{}, []string{`"created":"2026-05-04T09:30:00.007Z"`, `"requesterId":null`, `"approvalItems":null`, `"form":null`, `"errors":null`, `"completed":null`, `"state":null`}, []string{"priority", "Extra"}},
		{bare, Behavior{OmitNulls: true}, []string{`"id":"w"`}, []string{"null"}},
		{bare, Behavior{UnknownEnums: true}, []string{`"type":"AgentReview"`}, nil},
		{numbered, Behavior{}, []string{`"numItems":1`, `"dueDate":null`}, nil},
		{numbered, Behavior{NumbersAsStrings: true}, []string{`"numItems":"1"`}, nil},
		{numbered, Behavior{ExtraFields: true}, []string{`"priority":"High"`, `"riskScore":7.5`}, nil},
	} {
		c := begin(t, []WorkItem{tt.item}, behaving(tt.behavior))
		body := c.wantGet("/w", 200).body
		for _, part := range tt.has {
			if !strings.Contains(body, part) {
				t.Errorf("%+v: %s is missing in %s", tt.behavior, part, body)
			}
		}
		for _, part := range tt.not {
			if strings.Contains(body, part) {
				t.Errorf("%+v: %s is in %s", tt.behavior, part, body)
			}
		}
	}
}

func TestHeaders_followTheirSwitches(t *testing.T) {
	t.Parallel()
	noAccept := func(r *http.Request) { r.Header.Del("Accept") }
	for _, tt := range []struct {
		name         string
		behavior     Behavior
		suffix       string
		edit         func(*http.Request)
		header, want string
	}{
		{"JSON", Behavior{}, "", nil, "Content-Type", jsonType},
		{"no Accept", Behavior{}, "", noAccept, "Content-Type", "application/octet-stream"},
		{"wrong Content-Type", Behavior{WrongContentType: true}, "", nil, "Content-Type", "application/octet-stream"},
		{"not deprecated", Behavior{}, "", nil, "X-Deprecated", ""},
		{"deprecated", Behavior{XDeprecated: true}, "", nil, "X-Deprecated", "true"},
		{"4xx", Behavior{}, "/zz", nil, "Content-Encoding", ""},
		{"odd 4xx", Behavior{ContentEncodingUTF8On4xx: true}, "/zz", nil, "Content-Encoding", "UTF-8"},
		{"2xx beside an odd 4xx", Behavior{ContentEncodingUTF8On4xx: true}, "", nil, "Content-Encoding", ""},
		{"date of the clock", Behavior{}, "", nil, "Date", "Mon, 04 May 2026 09:30:00 GMT"},
	} {
		c := begin(t, nil, behaving(tt.behavior))
		r := c.request(http.MethodGet, tt.suffix, "")
		if tt.edit != nil {
			tt.edit(r)
		}
		if got := c.send(r); got.header.Get(tt.header) != tt.want {
			t.Errorf("%s: %s is %q, want %q", tt.name, tt.header, got.header.Get(tt.header), tt.want)
		}
	}
	v1 := begin(t, nil, behaving(Behavior{XDeprecated: true}))
	v1.family = "/work-items/v1"
	if got := v1.wantGet("", 200); got.header.Get("X-Deprecated") != "" {
		t.Error("v1 is deprecated")
	}
}

func TestPost_needsAJSONContentType(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		contentType string
		status      int // Behavior
		want        int
	}{
		{"", 0, 400},
		{"text/plain", 0, 400},
		{"application/json; charset=utf-8", 0, 200},
		{"", 415, 415},
		{"", 200, 200},
	} {
		c := begin(t, []WorkItem{approval("w", 1)}, behaving(Behavior{RequireJSONContentType: tt.status}))
		got := c.send(c.request(http.MethodPost, "/w/approve/a1", "", func(r *http.Request) {
			r.Header.Del("Content-Type")
			if tt.contentType != "" {
				r.Header.Set("Content-Type", tt.contentType)
			}
		}))
		if got.status != tt.want || (len(c.Acts()) == 1) != (tt.want == 200) {
			t.Errorf("%q: status %d, acts %v", tt.contentType, got.status, c.Acts())
		}
	}
}

func TestListRows_lackAField(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)}, behaving(Behavior{ListRowsLack: "approvalItems"}))
	if row := c.wantGet("", 200).body; strings.Contains(row, "approvalItems") || !strings.Contains(row, `"id":"w"`) {
		t.Errorf("the row is %s", row)
	}
	if item := c.wantGet("/w", 200).body; !strings.Contains(item, `"approvalItems":[{`) {
		t.Errorf("the work item is %s", item)
	}
}

func TestConcurrentActs_oneWins(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 1)})
	var wg sync.WaitGroup
	statuses := make([]int, 8)
	for i := range statuses {
		wg.Go(func() {
			got, err := c.try(c.request(http.MethodPost, "/w/approve/a1", ""))
			if err != nil {
				t.Error(err)
			}
			statuses[i] = got.status
		})
	}
	wg.Wait()
	slices.Sort(statuses)
	if want := []int{200, 400, 400, 400, 400, 400, 400, 400}; !slices.Equal(statuses, want) || len(c.Acts()) != 1 {
		t.Errorf("statuses %v, acts %v", statuses, c.Acts())
	}
}

func TestRecord_tellsWhatWasAskedAndDone(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{approval("w", 3)})
	c.wantPost("/w/approve/a2", "", 200)
	c.wantPost("/bulk-reject/w", "", 200)
	c.wantGet("?limit=5", 200)
	requests := c.Requests()
	if len(requests) != 3 {
		t.Fatalf("%d requests", len(requests))
	}
	first, last := requests[0], requests[2]
	if first.Seq != 1 || first.Operation != OpApprove || first.WorkItemID != "w" || first.Status != 200 || !first.Acted ||
		first.ClientID != DefaultClient.ID || first.IdentityID != DefaultClient.IdentityID || first.Path != "/v2024/work-items/w/approve/a2" {
		t.Errorf("first request %+v", first)
	}
	if last.Acted || last.Query.Get("limit") != "5" || last.Header.Get("Accept") != jsonType || last.Header.Get("Authorization") != "" {
		t.Errorf("last request %+v", last)
	}
	acts := c.Acts()
	if len(acts) != 2 || acts[0].ApprovalItemID != "a2" || !slices.Equal(acts[0].Decided, []string{"a2"}) ||
		acts[1].Seq != 2 || !slices.Equal(acts[1].Decided, []string{"a1", "a3"}) {
		t.Errorf("acts %+v", acts)
	}
	first.Header.Set("Accept", "changed")
	if c.Requests()[0].Header.Get("Accept") == "changed" {
		t.Error("Requests gives no copy")
	}
	c.ResetRequests()
	if len(c.Requests())+len(c.Acts()) != 0 {
		t.Error("ResetRequests keeps something")
	}
	if w, _ := c.Item("w"); !w.closed() {
		t.Error("ResetRequests changed the state")
	}
}

func TestSubmit_keepsTheExactBody(t *testing.T) {
	t.Parallel()
	c := begin(t, []WorkItem{versatile()})
	body := `{ "accountId": 12345678901234567890, "n":[1.0] }`
	c.wantPost("/w/submit-account-selection", body, 200)
	if acts := c.Acts(); len(acts) != 1 || string(acts[0].Selections) != body || c.Requests()[0].Body != body {
		t.Errorf("acts %+v", acts)
	}
}
