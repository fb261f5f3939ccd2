// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// Ids that the tests use.
const (
	taskID  = "2c91808a0000000000000000000000a1"
	itemA   = "2c91808b0000000000000000000000b1"
	itemB   = "2c91808b0000000000000000000000b2"
	another = "2c91808c0000000000000000000000c1"
)

// world is a mock service and an engine that acts on it, in virtual time.
type world struct {
	*mockisc.Server
	*Engine
	t         *testing.T
	transport http.RoundTripper
	// rate is what the client may send a second, 0 for its default.
	rate float64
}

// begin begins a run, which knows nothing of those before.
func (w *world) begin(rails GuardRails) {
	w.t.Helper()
	w.Engine = w.newEngine(rails)
}

func (w *world) newEngine(rails GuardRails) *Engine {
	w.t.Helper()
	client, err := isc.New(isc.Config{
		BaseURL: w.URL(), ClientID: mockisc.DefaultClient.ID, ClientSecret: mockisc.DefaultClient.Secret, MaxRetries: 2,
		RequestsPerSecond: w.rate, Transport: w.transport,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return NewEngine(client, rails)
}

// inWorld runs a test in virtual time, with an open approval of two items.
func inWorld(t *testing.T, rails GuardRails, test func(t *testing.T, w *world), options ...func(*mockisc.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		mock, pipe := mockisc.RunPiped(t, options...)
		mock.Add(approvalOf(itemA, itemB))
		transport := &http.Transport{DialContext: pipe.DialContext}
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			synctest.Wait()
		})
		w := &world{Server: mock, t: t, transport: transport}
		w.begin(rails)
		test(t, w)
	})
}

func approvalOf(itemIDs ...string) mockisc.WorkItem {
	wi := mockisc.WorkItem{ID: taskID, Type: "Approval", Name: new("Access for Jane"), RequesterID: new("rita"), RequesterDisplayName: new("Rita")}
	for _, id := range itemIDs {
		wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{ID: id, Account: new("jdoe"), Application: "Finance", Operation: "Add", Name: new("groups"), Value: new("GL")})
	}
	return wi
}

func approve(common Common, expect ...Expectation) *Act {
	common.WorkItemID = taskID
	return Approval(common, itemA, "approve", expect)
}

// anything accepts whatever the work item is.
func anything(*isc.WorkItem, Verdict) diag.Diagnostics { return nil }

// decide decides item A as somebody else.
func decide(decision string) func(*mockisc.Server) {
	return func(s *mockisc.Server) {
		if err := s.Decide(taskID, itemA, decision); err != nil {
			panic(err)
		}
	}
}

// posts counts the acts that were sent.
func (w *world) posts() (n int) {
	for _, r := range w.Requests() {
		if r.Method == http.MethodPost && r.Operation != mockisc.OpToken {
			n++
		}
	}
	return n
}

// diagText prints diagnostics: severity, attribute, summary and detail.
func diagText(diags diag.Diagnostics) string {
	var b strings.Builder
	for _, d := range diags {
		at := ""
		if d, ok := d.(diag.DiagnosticWithPath); ok {
			at = d.Path().String()
		}
		b.WriteString(d.Severity().String() + " on " + at + ": " + d.Summary() + "\n" + d.Detail() + "\n")
	}
	return b.String()
}
