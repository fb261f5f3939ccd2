// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import "testing"

func TestIsClosed(t *testing.T) {
	t.Parallel()
	const at = "2024-05-01T10:00:00Z"
	for _, test := range []struct {
		state, completed *string
		closed, finished bool
	}{
		{nil, nil, false, false},
		{new(""), new(""), false, false},
		{new("Pending"), nil, false, false},
		{new("Someday"), new(""), false, false},
		{new("Finished"), nil, true, true},
		{new("FINISHED"), new(at), true, true},
		{new("Rejected"), nil, true, false},
		{new("returned"), nil, true, false},
		{new("Expired"), nil, true, false},
		{new("Canceled"), new(at), true, false},
		{new("Pending"), new(at), true, false},
		{nil, new(at), true, true},
		{new(""), new(at), true, true},
	} {
		wi := WorkItem{State: test.state, Completed: test.completed}
		if wi.Closed() != test.closed || wi.Finished() != test.finished {
			t.Errorf("state %q, completed %q: closed %t, finished %t", text(test.state), text(test.completed), wi.Closed(), wi.Finished())
		}
	}
}

func TestDecisionOf(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		state *string
		want  Decision
		// refused is a part of the error.
		refused string
	}{
		{nil, Undecided, ""},
		{new(""), Undecided, ""},
		{new("Pending"), Undecided, ""},
		{new("FINISHED"), Approved, ""},
		{new("Finished"), Approved, ""},
		{new("rejected"), Rejected, ""},
		{new("Returned"), Undecided, `the state "Returned" says neither approved nor rejected nor undecided`},
		{new("Finished\n"), Undecided, `the state "Finished" says`},
		{new("a\nb"), Undecided, `the state "a\\u{a}b" says`},
	} {
		got, err := (&ApprovalItem{State: test.state}).Decision()
		if got != test.want || !says(err, test.refused) {
			t.Errorf("%q: got %q, %v", text(test.state), got, err)
		}
	}
}

func TestWorkItem_approvalItem(t *testing.T) {
	t.Parallel()
	wi := WorkItem{ApprovalItems: []ApprovalItem{{ID: "a"}, {ID: "b"}}}
	for i, id := range []string{"a", "b"} {
		if got := wi.ApprovalItem(id); got != &wi.ApprovalItems[i] {
			t.Errorf("%s: got %+v", id, got)
		}
	}
	if got := wi.ApprovalItem("c"); got != nil {
		t.Errorf("c: got %+v", got)
	}
}
