// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestPerform is what comes of an act when something happens to its request. The
// fault matrix of the provider has all of it; this is what it doesn't show.
func TestPerform(t *testing.T) {
	t.Parallel()
	onPost := func(f mockisc.Fault) func(*world) {
		f.Method = http.MethodPost
		return func(w *world) { w.AddFault(f) }
	}
	both := func(hooks ...func(*world)) func(*world) {
		return func(w *world) {
			for _, hook := range hooks {
				hook(w)
			}
		}
	}
	me := mockisc.DefaultClient.IdentityID
	for name, test := range map[string]struct {
		happens func(*world)
		act     *Act
		outcome string
		by      string
		posts   int
		// says are parts of the diagnostics, and never of none of them.
		says, never []string
	}{
		"nothing": {func(*world) {}, approve(Common{}), Performed, me, 1, nil, []string{"Warning", "Error"}},

		// What the guard shows after a refusal for now decides, not what was
		// shown before.
		"429, and then it is done": {
			onPost(mockisc.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}, After: decide("approve")}),
			approve(Common{}), Adopted, "", 1, []string{"Already done: recorded without sending anything"}, nil,
		},
		"429, and then it is done, as an error": {
			onPost(mockisc.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}, After: decide("approve")}),
			approve(Common{OnAlreadyDone: Fail}), "", "", 1, []string{"Error on on_already_done: Already done", "The service executed nothing."}, nil,
		},
		"token expired, and then it is ruled out": {
			onPost(mockisc.Fault{ExpireToken: true, After: decide("reject")}),
			approve(Common{}), "", "", 1, []string{"Error on decision: The approval item has been decided the other way", "The service executed nothing."}, nil,
		},
		"429, and then another expectation": {
			onPost(mockisc.Fault{Status: 429, Header: http.Header{"Retry-After": {"0"}}, After: func(s *mockisc.Server) {
				s.Update(taskID, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].Account = new("root") })
			}}),
			approve(Common{}, Expectation{"account", new("jdoe"), func(_ *isc.WorkItem, i *isc.ApprovalItem) *string { return i.Account }}),
			"", "", 1, []string{"Error on expect: The approval item is not the expected one", `account = "root"`}, []string{"jdoe,"},
		},

		// A refusal means that somebody was faster, or just a refusal.
		"refused, because somebody was faster": {onPost(mockisc.Fault{Before: decide("approve")}), approve(Common{}), Adopted, "", 1, []string{"Already done"}, nil},
		"refused, because somebody was faster, as an error": {
			onPost(mockisc.Fault{Before: decide("approve")}), approve(Common{OnAlreadyDone: Fail}), "", "", 1,
			[]string{"Error on on_already_done: Already done", "Did it happen? No. The service refused the request, and nothing was changed by it."}, nil,
		},
		"refused, because somebody decided the other way": {
			onPost(mockisc.Fault{Before: decide("reject")}), approve(Common{}), "", "", 1,
			[]string{"The service refused the request. The work item was read again:", "is already rejected", "Did it happen? No."}, nil,
		},
		"refused for no reason": {onPost(mockisc.Fault{Status: 409}), approve(Common{}), "", "", 1, []string{"Did it happen? No.", "Status: 409"}, nil},

		// An unclear answer is settled, and says who it was.
		"lost": {onPost(mockisc.Fault{DropAfter: true}), approve(Common{}), Confirmed, me, 1, nil, []string{"Error"}},
		"lost, and nothing done": {
			onPost(mockisc.Fault{DropBefore: true}), approve(Common{}), "", "", 1,
			[]string{"Did it happen? Unknown, but the service does not show it.", "What to do: apply again"}, nil,
		},
		"lost, with adoption an error": {
			onPost(mockisc.Fault{DropBefore: true}), approve(Common{OnAlreadyDone: Fail}), "", "", 1,
			[]string{`What to do: set on_already_done = "adopt", or import`}, []string{"What to do: apply again"},
		},
		"lost, of an action": {
			onPost(mockisc.Fault{DropBefore: true}), approve(Common{OnAlreadyDone: Skip}), "", "", 1, []string{"What to do: invoke the action again"}, nil,
		},
		"lost, and decided the other way": {
			onPost(mockisc.Fault{Before: decide("reject"), DropBefore: true}), approve(Common{}), "", "", 1,
			[]string{"The work item was read again:", "is already rejected", "Did it happen? No: not as asked."}, nil,
		},
		"lost, and nobody can tell": {
			onPost(mockisc.Fault{DropBefore: true, Before: func(s *mockisc.Server) {
				s.Update(taskID, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].State = new("Expired") })
			}}), approve(Common{}), "", "", 1, []string{"Did it happen? Unknown. The request was not repeated."}, nil,
		},
		"lost, and then the work item is gone": {
			onPost(mockisc.Fault{DropBefore: true, Before: func(s *mockisc.Server) { s.Remove(taskID) }}), approve(Common{}), "", "", 1,
			[]string{"since then the service does not know the work item", "archived under another id", `status = "completed"`}, nil,
		},
		"lost, and then nothing can be read": {
			both(onPost(mockisc.Fault{DropAfter: true}), func(w *world) {
				w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Skip: 1, Times: -1, Status: 400})
			}), approve(Common{}), "", "", 1, []string{"the work item can't be read to find out: ", "Did it happen? Unknown. The service may have executed the request."}, nil,
		},
		"performed, with errors": {
			onPost(mockisc.Fault{AnswerAfter: true, Status: 200, Body: `{"id":"` + taskID + `","errors":["item not found"],"approvalItems":[{"id":"` + itemA + `","state":"Finished"}]}`}),
			approve(Common{}), Performed, me, 1, []string{"Warning on workitem_id: The service accepted the request and reports errors", "  - item not found"}, []string{"not shown by the service"},
		},
		"performed, with errors and without effect": {
			onPost(mockisc.Fault{Status: 200, Body: `{"id":"` + taskID + `","errors":["item not found"],"approvalItems":[{"id":"` + itemA + `","state":"Finished"}]}`}),
			approve(Common{}), Performed, me, 1, []string{"reports errors", "Performed, but not shown by the service"}, nil,
		},
		"performed, and shown the other way": {
			func(w *world) {
				w.SetBehavior(func(b *mockisc.Behavior) { b.SecondActStatus = 200 })
				w.AddFault(mockisc.Fault{Method: http.MethodPost, Before: decide("reject")})
			}, approve(Common{}), Performed, me, 1, []string{"Performed, but not shown by the service", "What it shows: ", "is already rejected"}, nil,
		},
		"performed, and not to be read": {
			func(w *world) {
				w.SetBehavior(func(b *mockisc.Behavior) { b.LeaveItemStateNull = true })
				w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Skip: 1, Times: -1, Status: 400})
			}, approve(Common{}), Performed, me, 1, []string{"Performed, but not shown by the service", "The attempt to read it failed: "}, nil,
		},
		"all of them": {func(*world) {}, BulkApproval(Common{WorkItemID: taskID}, "reject", nil), Performed, me, 1, nil, []string{"Warning"}},
		"completed":   {func(*world) {}, Completion(Common{WorkItemID: taskID}, nil), Performed, me, 1, nil, []string{"Warning"}},
		"429 for ever": {
			onPost(mockisc.Fault{Status: 429, Times: -1, Header: http.Header{"Retry-After": {"1"}}}), approve(Common{}), "", "", 3,
			[]string{"The request did not get through.", "Did it happen? No. The service executed nothing.", "Status: 429"}, nil,
		},
		"the token is rejected twice": {
			onPost(mockisc.Fault{ExpireToken: true, Times: -1}), approve(Common{}), "", "", 2, []string{"The request did not get through.", "Did it happen? No."}, nil,
		},
		"the guard fails": {
			func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Times: -1, Status: 503}) }, approve(Common{}), "", "", 0,
			[]string{"The work item's state must be known before a request is sent.", "Did it happen? No. Nothing was sent."}, nil,
		},
		// Warnings from before the request are not lost, whatever its answer.
		"warned, then lost": {
			both(func(w *world) { w.Update(taskID, form) }, onPost(mockisc.Fault{DropAfter: true})),
			AccountSelection(Common{WorkItemID: taskID}, Selections{Body: []byte(`{"a":"z"}`), Known: values(`"z"`), NamesKnown: true}), Confirmed, me, 1,
			[]string{"Warning on selections: The form does not list a selected value", "What was submitted can't be read back"}, nil,
		},
		"warned, then lost for good": {
			both(func(w *world) { w.Update(taskID, form) }, onPost(mockisc.Fault{DropBefore: true})),
			AccountSelection(Common{WorkItemID: taskID}, Selections{Body: []byte(`{"a":"z"}`), Known: values(`"z"`), NamesKnown: true}), "", "", 1,
			[]string{"Warning on selections: The form does not list a selected value", "Did it happen? Unknown"}, nil,
		},
		"warned, then performed": {
			func(w *world) { w.Update(taskID, form) },
			AccountSelection(Common{WorkItemID: taskID}, Selections{Body: []byte(`{"a":"z"}`), Known: values(`"z"`), NamesKnown: true}), Performed, me, 1,
			[]string{"Warning on selections: The form does not list a selected value"}, []string{"What was submitted can't be read back"},
		},
		"warned, then 429 and performed": {
			both(func(w *world) { w.Update(taskID, form) }, onPost(mockisc.Fault{Status: 429})),
			AccountSelection(Common{WorkItemID: taskID}, Selections{Body: []byte(`{"a":"z"}`), Known: values(`"z"`), NamesKnown: true}), Performed, me, 2,
			[]string{"Warning on selections: The form does not list a selected value"}, nil,
		},

		// Nobody has judged, so nothing is sent.
		"an act that can't be judged": {func(*world) {}, unjudged(Status(0)), "", "", 0, []string{"Error on workitem_id: Can't tell whether the act can be done", "Nothing was sent."}, nil},
		"an unheard-of status":        {func(*world) {}, unjudged(Status(9)), "", "", 0, []string{"Can't tell whether the act can be done"}, nil},
		"an undetermined one":         {func(*world) {}, unjudged(Undetermined), "", "", 0, []string{"Can't tell whether the act is to be done", "Nothing was sent."}, nil},
		"no decision":                 {func(*world) {}, Approval(Common{WorkItemID: taskID}, itemA, "", nil), "", "", 0, []string{"Error on decision: The decision is missing"}, nil},
		"another decision":            {func(*world) {}, Approval(Common{WorkItemID: taskID}, itemA, "deny", nil), "", "", 0, []string{"Error on decision: Unknown decision"}, nil},
		"no decision on all":          {func(*world) {}, BulkApproval(Common{WorkItemID: taskID}, "", nil), "", "", 0, []string{"The decision is missing"}, nil},
		"another decision on all":     {func(*world) {}, BulkApproval(Common{WorkItemID: taskID}, "Approve", nil), "", "", 0, []string{"Unknown decision"}, nil},
		"selections that aren't known": {
			func(w *world) { w.Update(taskID, form) }, AccountSelection(Common{WorkItemID: taskID}, Selections{}), "", "", 0, []string{"Did it happen? No."}, nil,
		},
		"an id that can't be one": {func(*world) {}, Approval(Common{WorkItemID: "a/b"}, itemA, "approve", nil), "", "", 0, []string{"Did it happen? No. Nothing was sent."}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
				test.happens(w)
				result, diags := w.Perform(t.Context(), test.act, anything)
				got := diagText(diags)
				switch {
				case (result == nil) != (test.outcome == "") || diags.HasError() != (test.outcome == ""):
					t.Errorf("result %+v, want the outcome %q; it says:\n%s", result, test.outcome, got)
				case result != nil && (result.Outcome != test.outcome || result.PerformedBy != test.by):
					t.Errorf("%s by %q, want %s by %q; it says:\n%s", result.Outcome, result.PerformedBy, test.outcome, test.by, got)
				}
				for _, part := range test.says {
					if !strings.Contains(got, part) {
						t.Errorf("it doesn't say %q:\n%s", part, got)
					}
				}
				for _, part := range test.never {
					if strings.Contains(got, part) {
						t.Errorf("it says %q:\n%s", part, got)
					}
				}
				if w.posts() != test.posts {
					t.Errorf("%d requests were sent, want %d", w.posts(), test.posts)
				}
			})
		})
	}
}

// form makes a form of the work item, with one field that lists its values.
func form(wi *mockisc.WorkItem) {
	wi.Type, wi.ApprovalItems = "Form", nil
	wi.Form = &mockisc.Form{Sections: []mockisc.Section{{FormItems: []jsonText{jsonText(`{"name":"a","allowedValuesList":["x","y"]}`)}}}}
}

// unjudged is an approval whose judge comes to this, whatever the work item.
func unjudged(status Status) *Act {
	a := approve(Common{})
	a.judge = func(*isc.WorkItem) Verdict { return Verdict{Status: status} }
	return a
}

// TestPerform_recordsWhatWasDecidedUpon: the facts are those that the guard saw,
// not those from after the act.
func TestPerform_recordsWhatWasDecidedUpon(t *testing.T) {
	t.Parallel()
	renamed := func(s *mockisc.Server) {
		s.Update(taskID, func(wi *mockisc.WorkItem) { wi.Name = new("Renamed afterwards") })
	}
	for name, fault := range map[string]mockisc.Fault{
		"performed": {After: renamed},
		"confirmed": {After: renamed, DropAfter: true},
		"adopted":   {Before: func(s *mockisc.Server) { decide("approve")(s); renamed(s) }},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			fault.Method = http.MethodPost
			w.AddFault(fault)
			result, diags := w.Perform(t.Context(), approve(Common{}), anything)
			if diags.HasError() || result.Outcome != name || *result.Before.Name != "Access for Jane" || result.Before.Closed() {
				t.Errorf("%s: %+v of %+v; it says:\n%s", name, result, result.Before, diagText(diags))
			}
			if decision, err := result.After.ApprovalItem(itemA).Decision(); decision != isc.Approved || err != nil {
				t.Errorf("%s: afterwards the item is %q, %v", name, decision, err)
			}
		})
	}
}

// TestPerform_asPlanned: what isn't as planned is not acted upon.
func TestPerform_asPlanned(t *testing.T) {
	t.Parallel()
	changed := func(*isc.WorkItem, Verdict) diag.Diagnostics {
		return diag.Diagnostics{diag.NewAttributeErrorDiagnostic(path.Root("workitem_id"), "Not as planned", "Changed.\n\nWhat to do: plan again.")}
	}
	for _, done := range []bool{false, true} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			if done {
				decide("approve")(w.Server)
			}
			result, diags := w.Perform(t.Context(), approve(Common{}), changed)
			if got := diagText(diags); result != nil || got != "Error on workitem_id: Not as planned\nChanged.\n\nNothing was sent.\n\nWhat to do: plan again.\n" {
				t.Errorf("done %t: %+v, it says:\n%s", done, result, got)
			}
			if w.posts() != 0 {
				t.Errorf("%d requests were sent", w.posts())
			}
		})
	}
}

// TestPerform_oneAtATime: two acts on the same work item don't overlap, and
// waiting for the other ends with the caller's patience.
func TestPerform_oneAtATime(t *testing.T) {
	t.Parallel()
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		w.AddFault(mockisc.Fault{Operation: mockisc.OpApprove, Delay: 20 * time.Second})
		first := make(chan diag.Diagnostics)
		go func() {
			_, diags := w.Perform(t.Context(), approve(Common{}), anything)
			first <- diags
		}()
		synctest.Wait()
		start, requests := time.Now(), len(w.Requests())
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		result, diags := w.Perform(ctx, Approval(Common{WorkItemID: taskID}, itemB, "approve", nil), anything)
		if got := diagText(diags); result != nil || time.Since(start) != time.Second || !strings.Contains(got, "Another act on the same work item was under way") ||
			!strings.Contains(got, "The run was cancelled.") || !strings.Contains(got, "Did it happen? No. Nothing was sent.") {
			t.Errorf("after %s: %+v, it says:\n%s", time.Since(start), result, got)
		}
		if n := len(w.Requests()); n != requests {
			t.Errorf("%d requests were sent meanwhile", n-requests)
		}
		second := make(chan *Result)
		go func() {
			result, _ := w.Perform(t.Context(), Approval(Common{WorkItemID: taskID}, itemB, "approve", nil), anything)
			second <- result
		}()
		if diags := <-first; diags.HasError() || time.Since(start) != 20*time.Second {
			t.Errorf("after %s the first says:\n%s", time.Since(start), diagText(diags))
		}
		if result := <-second; result == nil || result.Outcome != Performed {
			t.Errorf("the second came to %+v", result)
		}
	})
}

// TestPerform_cancelled: until the request has got its connection a cancellation
// ends everything, from then on nothing.
func TestPerform_cancelled(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		fault   mockisc.Fault
		outcome string
		took    time.Duration
	}{
		"during the guard":           {mockisc.Fault{Operation: mockisc.OpGet, Delay: 10 * time.Second}, "", time.Second},
		"during a pause":             {mockisc.Fault{Operation: mockisc.OpApprove, Status: 429, Header: http.Header{"Retry-After": {"60"}}}, "", time.Second},
		"during the request":         {mockisc.Fault{Operation: mockisc.OpApprove, Delay: 10 * time.Second}, Performed, 10 * time.Second},
		"during a request that goes": {mockisc.Fault{Operation: mockisc.OpApprove, Hold: 10 * time.Second, DropAfter: true}, Confirmed, 10 * time.Second},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			w.AddFault(test.fault)
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Second, cancel)
			start := time.Now()
			result, diags := w.Perform(ctx, approve(Common{}), anything)
			outcome := ""
			if result != nil {
				outcome = result.Outcome
			}
			if took := time.Since(start); outcome != test.outcome || took != test.took {
				t.Errorf("%s: %q after %s, it says:\n%s", name, outcome, took, diagText(diags))
			}
			if test.outcome == "" && !strings.Contains(diagText(diags), "Did it happen? No.") {
				t.Errorf("%s: it says:\n%s", name, diagText(diags))
			}
		})
	}
}

// TestPerform_tellsEachStep to whoever listens.
func TestPerform_tellsEachStep(t *testing.T) {
	t.Parallel()
	sending := "Sending the request to approve approval item " + itemA + " of work item " + taskID + ": Add groups GL for jdoe on Finance."
	for name, test := range map[string]struct {
		fault mockisc.Fault
		want  []string
	}{
		"performed":     {mockisc.Fault{}, []string{sending}},
		"busy":          {mockisc.Fault{Status: 429}, []string{sending, "The service is busy and executed nothing: waiting as long as it asks, then reading the work item again.", sending}},
		"token expired": {mockisc.Fault{ExpireToken: true}, []string{sending, "The access token had expired and nothing was executed: fetching a new one, then reading the work item again.", sending}},
		"lost":          {mockisc.Fault{DropAfter: true}, []string{sending, "The answer is lost or unusable: reading the work item to find out whether the request was executed."}},
		"adopted":       {mockisc.Fault{Before: decide("approve")}, []string{sending, "The service refused the request, and the work item shows why: somebody else was faster, it is already approved. This request changed nothing."}},
	} {
		inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
			test.fault.Method = http.MethodPost
			w.AddFault(test.fault)
			var steps []string
			w.Perform(t.Context(), approve(Common{Progress: func(s string) { steps = append(steps, s) }}), anything)
			if !slices.Equal(steps, test.want) {
				t.Errorf("%s: it tells\n%s\nwant\n%s", name, strings.Join(steps, "\n"), strings.Join(test.want, "\n"))
			}
		})
	}
	inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
		decide("approve")(w.Server)
		var steps []string
		w.Perform(t.Context(), approve(Common{Progress: func(s string) { steps = append(steps, s) }}), anything)
		if want := []string{"No need to approve approval item " + itemA + " of work item " + taskID + ": it is already approved. Nothing was sent."}; !slices.Equal(steps, want) {
			t.Errorf("it tells %q, want %q", steps, want)
		}
	})
}

func TestResult_circumstances(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.FixedZone("", 3600))
	for want, r := range map[string]Result{
		"": {}, " at 2026-03-01T08:00:00Z": {PerformedAt: at}, ", as identity me": {PerformedBy: "me"}, " at 2026-03-01T08:00:00Z, as identity me": {PerformedAt: at, PerformedBy: "me"},
	} {
		if got := r.Circumstances(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}

// TestPerform_sameActTwiceInOneRun: two objects ask for the same, and the service
// shows the first late, or its answer is lost. Only one is sent.
func TestPerform_sameActTwiceInOneRun(t *testing.T) {
	t.Parallel()
	forward := Forward(Common{WorkItemID: taskID}, mockisc.DefaultClient.IdentityID, isc.Forward{TargetOwnerID: another, Comment: "On vacation"})
	failing := Forward(Common{WorkItemID: taskID, OnAlreadyDone: Fail}, mockisc.DefaultClient.IdentityID, isc.Forward{TargetOwnerID: another})
	lost := func(w *world) { w.AddFault(mockisc.Fault{Method: http.MethodPost, DropAfter: true}) }
	for name, test := range map[string]struct {
		act     *Act
		happens func(*world)
		// outcome and says are those of the second object.
		outcome, says string
	}{
		"forward, performed":            {forward, func(*world) {}, Adopted, "was done by this run, for another object that asks for the same"},
		"forward, performed, and fails": {failing, func(*world) {}, "", "Nothing was sent."},
		"forward, answer lost":          {forward, lost, "", "Unknown, but the service does not show it. The request was not repeated."},
		"approval, answer lost":         {approve(Common{}), lost, "", "Another object of this run asks for the same."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inWorld(t, GuardRails{}, func(t *testing.T, w *world) {
				w.AddIdentity(mockisc.Identity{ID: another, Name: "Dora Deputy"})
				w.SetBehavior(func(b *mockisc.Behavior) { b.StaleReads = 30 })
				test.happens(w)
				w.Perform(t.Context(), test.act, anything)
				second, diags := w.Perform(t.Context(), test.act, anything)
				if n := w.posts(); n != 1 {
					t.Errorf("one run sent the act %d times, and the service executed %d", n, len(w.Acts()))
				}
				switch {
				case !strings.Contains(diagText(diags), test.says):
					t.Errorf("it says:\n%s", diagText(diags))
				case test.outcome == "" && second != nil, test.outcome != "" && (second == nil || second.Outcome != test.outcome || !second.Unconfirmed):
					t.Errorf("the second came to %+v", second)
				}
			})
		})
	}
}
