// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

const snapshotData = "data \"sailpoint_workitems_snapshot\" \"this\" {\n  status = \"all\"\n}\n"

func snap(at string, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.sailpoint_workitems_snapshot.this", tfjsonpath.New(at), value)
}

// TestWorkItemsSnapshotDataSource_canonical covers the whole document byte by
// byte: unknown fields are kept, keys are sorted, and nothing is escaped or
// reformatted.
func TestWorkItemsSnapshotDataSource_canonical(t *testing.T) {
	t.Parallel()
	later, earlier := manualAction(), openWorkItem(workItem2, "Surprise")
	later.Description = "<b> & ü"
	later.Created = later.Created.AddDate(0, 0, 1)
	later.Extra = map[string]any{"zeta": 1.0, "alpha": map[string]any{"y": nil, "x": []any{"2", 1e21}}}
	w := newWorld(t, later, earlier)
	const document = `[{"approvalItems":null,"completed":null,"created":"2026-03-01T09:00:00.000Z","description":"Collect the laptop","errors":null,"form":null,"id":"2c91808a0000000000000000000000a2","modified":null,"name":"Laptop return","numItems":null,"ownerId":"OWNER","ownerName":"NAME","remediationItems":null,"requesterDisplayName":null,"requesterId":null,"state":null,"type":"Surprise"},` +
		`{"alpha":{"x":["2",1e+21],"y":null},"approvalItems":null,"completed":null,"created":"2026-03-02T09:00:00.000Z","description":"<b> & ü","errors":null,"form":null,"id":"2c91808a0000000000000000000000a1","modified":null,"name":"Laptop return","numItems":null,"ownerId":"OWNER","ownerName":"NAME","remediationItems":null,"requesterDisplayName":null,"requesterId":null,"state":null,"type":"ManualAction","zeta":1}]`
	want := strings.NewReplacer("OWNER", mockisc.DefaultClient.IdentityID, "NAME", mockisc.DefaultClient.IdentityName).Replace(document)
	w.run(w.noChangeAfter(resource.TestStep{
		Config: w.config(snapshotData),
		ConfigStateChecks: []statecheck.StateCheck{
			snap("json", knownvalue.StringExact(want)),
			snap("sha256", knownvalue.StringExact(fmt.Sprintf("%x", sha256.Sum256([]byte(want))))),
			snap("item_count", knownvalue.Int64Exact(2)),
			snap("total_count", knownvalue.Int64Exact(2)),
			snap("complete", knownvalue.Bool(true)),
		},
	}, func() { w.wantPosts() }))
}

// TestWorkItemsSnapshotDataSource_reproducible gets the same bytes whatever
// order the service serves in, checks them with another implementation of
// SHA-256, and agrees with the structured list.
func TestWorkItemsSnapshotDataSource_reproducible(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(generated(120), mockisc.Demo()...)...)
	first := w.readSnapshot()
	w.SetBehavior(func(b *mockisc.Behavior) { b.UnstableOrder = true })
	if second := w.readSnapshot(); !second.Equal(first) {
		t.Error("the same work items served in another order gave another snapshot")
	}
	document := field(t, first, "json")

	sum := exec.CommandContext(t.Context(), "sha256sum")
	sum.Stdin = strings.NewReader(document)
	out, err := sum.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := field(t, first, "sha256"), strings.Fields(string(out))[0]; got != want {
		t.Errorf("sha256 %s, sha256sum says %s", got, want)
	}

	var items []struct{ ID string }
	if err := json.Unmarshal([]byte(document), &items); err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, item := range items {
		ids = append(ids, item.ID)
	}
	var listed []tftypes.Value
	if err := fields(t, w.readWorkItems(map[string]any{"status": "all"}))["ids"].As(&listed); err != nil {
		t.Fatal(err)
	}
	var want []string
	for _, v := range listed {
		var id string
		_ = v.As(&id)
		want = append(want, id)
	}
	if !slices.Equal(ids, want) || len(ids) < 120 {
		t.Errorf("the snapshot has %d work items, the list %d, or in another order", len(ids), len(want))
	}
}

// TestWorkItemsSnapshotDataSource_filters takes the arguments of the list.
func TestWorkItemsSnapshotDataSource_filters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mockisc.Demo()...)
	state := w.readDataSource("sailpoint_workitems_snapshot", map[string]any{"name_regex": "Jane", "types": setOf("form")})
	if got := field(t, state, "json"); strings.Count(got, mockisc.DemoAccountSelectionWorkItemID) != 1 || strings.Contains(got, mockisc.DemoFinanceWorkItemID) {
		t.Errorf("json is %s", got)
	}
}

func TestWorkItemsSnapshotDataSource_empty(t *testing.T) {
	t.Parallel()
	state := newWorld(t).readSnapshot()
	if got := field(t, state, "json"); got != "[]" {
		t.Errorf("json is %s, want []", got)
	}
}

func (w *world) readSnapshot() tftypes.Value {
	w.t.Helper()
	return w.readDataSource("sailpoint_workitems_snapshot", map[string]any{"status": "all"})
}

// TestWorkItemsCountAndSummary counts like the lists do: the caller's own, one
// owner's or everybody's.
func TestWorkItemsCountAndSummary(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		behave func(*mockisc.Behavior)
		// everybody is whom a request without an owner is about, "" for all.
		everybody string
	}{
		"an administrator sees the tenant": {func(*mockisc.Behavior) {}, ""},
		"an administrator sees their own":  {func(b *mockisc.Behavior) { b.AdminSeesOwnOnly = true }, mockisc.DefaultClient.IdentityID},
		"count as an array":                {func(b *mockisc.Behavior) { b.CountAsArray = true }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, append(generated(7), mockisc.Demo()...)...)
			w.SetBehavior(test.behave)
			for _, query := range []struct {
				owner     string
				arguments map[string]any
			}{
				{mockisc.DefaultClient.IdentityID, map[string]any{}},
				{mockisc.DemoLeaverID, map[string]any{"owner_id": mockisc.DemoLeaverID}},
				{test.everybody, map[string]any{"all_owners": true}},
			} {
				owner, arguments := query.owner, query.arguments
				open, completed := w.numbers(owner)
				summary := w.readDataSource("sailpoint_workitems_summary", arguments)
				got := []string{field(t, summary, "open"), field(t, summary, "completed"), field(t, summary, "total")}
				for _, status := range []any{nil, "open", "completed"} {
					counted := maps.Clone(arguments)
					counted["status"] = status
					got = append(got, field(t, w.readDataSource("sailpoint_workitems_count", counted), "total_count"))
				}
				if want := fmt.Sprint(open, completed, open+completed, open, open, completed); strings.Join(got, " ") != want || open == 0 {
					t.Errorf("owner %q: %q, want %s", owner, got, want)
				}
			}
			w.wantPosts()
		})
	}
}

func TestWorkItemsCountAndSummary_errors(t *testing.T) {
	t.Parallel()
	for name, what := range map[string]string{"sailpoint_workitems_count": "count the work items", "sailpoint_workitems_summary": "read the summary of the work items"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOfOwner(t)
			_, diags := w.readDataSourceDiags(name, map[string]any{"owner_id": somebody})
			if got := diagText(diags); !strings.Contains(got, "ERROR: Unable to "+what) || !strings.Contains(got, "Status: 403") {
				t.Errorf("diagnostics:\n%s", got)
			}
		})
	}
}

// numbers counts the stored work items of an owner, "" being everybody.
func (w *world) numbers(owner string) (open, completed int) {
	for _, wi := range w.Items() {
		switch {
		case owner != "" && (wi.OwnerID != owner || wi.Ownerless):
		case wi.Completed != nil:
			completed++
		default:
			open++
		}
	}
	return open, completed
}
