// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func workItemData(id string) string {
	return fmt.Sprintf("data \"sailpoint_workitem\" \"this\" {\n  id = %q\n}\n", id)
}

func data(at tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue("data.sailpoint_workitem.this", at, value)
}

func TestWorkItemDataSource_allFields(t *testing.T) {
	t.Parallel()
	wi := approvalWorkItem(workItem1, item1)
	wi.Modified = new(time.Date(2026, 3, 2, 10, 0, 0, 5e6, time.UTC))
	wi.State = new("Pending")
	wi.Errors = []string{"first", "second"}
	wi.OwnerID, wi.OwnerName = somebody, "Otto Owner"
	wi.RemediationItems = []mockisc.RemediationItem{{
		ID: "r1", TargetID: "t1", TargetName: "tn", TargetDisplayName: "tdn", ApplicationName: "app",
		AttributeName: "an", AttributeOperation: "ao", AttributeValue: "av", NativeIdentity: "ni",
	}}
	wi.Form = &mockisc.Form{
		ID: new("f1"), Name: new("Account selection"), Title: new("Choose"), Subtitle: new("an account"), TargetUser: "jdoe",
		Sections: []mockisc.Section{{Name: new("s"), Label: new("S"), FormItems: []json.RawMessage{json.RawMessage(`{"name": "accountId", "allowedValuesList": [{"b": 1.50, "a": "<x>"}]}`)}}},
	}
	w := newWorld(t, wi)
	exact := knownvalue.StringExact
	w.run(w.noChangeAfter(resource.TestStep{
		Config: w.config(workItemData(workItem1)),
		ConfigStateChecks: []statecheck.StateCheck{
			data(tfjsonpath.New("id"), exact(workItem1)),
			data(tfjsonpath.New("requester_id"), exact("2c91808d0000000000000000000000d1")),
			data(tfjsonpath.New("requester_display_name"), exact("Rita Requester")),
			data(tfjsonpath.New("owner_id"), exact(somebody)),
			data(tfjsonpath.New("owner_name"), exact("Otto Owner")),
			data(tfjsonpath.New("created"), exact("2026-03-01T09:00:00.000Z")),
			data(tfjsonpath.New("modified"), exact("2026-03-02T10:00:00.005Z")),
			data(tfjsonpath.New("completed"), knownvalue.Null()),
			data(tfjsonpath.New("description"), exact("Account changes for Jane Doe")),
			data(tfjsonpath.New("state"), exact("Pending")),
			data(tfjsonpath.New("type"), exact("Approval")),
			data(tfjsonpath.New("name"), exact("Approval for Jane Doe")),
			data(tfjsonpath.New("num_items"), knownvalue.Int64Exact(1)),
			data(tfjsonpath.New("errors"), knownvalue.ListExact([]knownvalue.Check{exact("first"), exact("second")})),
			data(tfjsonpath.New("approval_items"), knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": exact(item1), "account": exact("jdoe"), "application": exact("Finance"), "name": exact("groups"),
				"operation": exact("Add"), "value": exact("CN=Group 1"), "value_redacted": knownvalue.Bool(false), "state": knownvalue.Null(),
			})})),
			data(tfjsonpath.New("remediation_items"), knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": exact("r1"), "target_id": exact("t1"), "target_name": exact("tn"), "target_display_name": exact("tdn"), "application_name": exact("app"),
				"attribute_name": exact("an"), "attribute_operation": exact("ao"), "attribute_value": exact("av"), "attribute_value_redacted": knownvalue.Bool(false), "native_identity": exact("ni"),
			})})),
			data(tfjsonpath.New("form"), knownvalue.ObjectExact(map[string]knownvalue.Check{
				"id": exact("f1"), "name": exact("Account selection"), "title": exact("Choose"), "subtitle": exact("an account"), "target_user": exact("jdoe"),
				"sections": knownvalue.ListExact([]knownvalue.Check{knownvalue.ObjectExact(map[string]knownvalue.Check{
					"name": exact("s"), "label": exact("S"),
					"form_items": knownvalue.ListExact([]knownvalue.Check{exact(`{"allowedValuesList":[{"a":"<x>","b":1.50}],"name":"accountId"}`)}),
				})}),
			})),
		},
	}, func() { w.wantPosts() }))
}

// TestWorkItemDataSource_absentIsNull keeps null apart from "" and 0.
func TestWorkItemDataSource_absentIsNull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, mockisc.WorkItem{ID: workItem1, Type: "ManualAction", Description: "", Created: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)})
	checks := []statecheck.StateCheck{data(tfjsonpath.New("description"), knownvalue.StringExact(""))}
	for _, name := range []string{"requester_id", "requester_display_name", "modified", "state", "name", "completed", "num_items", "approval_items", "remediation_items", "form"} {
		checks = append(checks, data(tfjsonpath.New(name), knownvalue.Null()))
	}
	w.run(resource.TestStep{Config: w.config(workItemData(workItem1)), ConfigStateChecks: checks})
}

func TestWorkItemDataSource_completed(t *testing.T) {
	t.Parallel()
	for _, closed404 := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed gives 404 %t", closed404), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1))
			w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = closed404 })
			_ = w.Decide(workItem1, item1, "approve")
			w.run(resource.TestStep{
				Config: w.config(workItemData(workItem1)),
				ConfigStateChecks: []statecheck.StateCheck{
					data(tfjsonpath.New("state"), knownvalue.StringExact("Finished")), data(tfjsonpath.New("completed"), knownvalue.NotNull()),
				},
			})
		})
	}
}

func TestWorkItemDataSource_errors(t *testing.T) {
	t.Parallel()
	foreign := approvalWorkItem(workItem1, item1)
	foreign.OwnerID = somebody
	for name, test := range map[string]struct {
		id, want string
		faults   []mockisc.Fault
	}{
		"not found": {workItem2, `Unable to read work item ` + workItem2 + `(?s).*may\s+belong\s+to\s+another\s+owner.*Status: 404.*Tracking id: [0-9a-f]{32}`, nil},
		"forbidden": {workItem1, `Unable to read work item(?s).*refuses this token access.*Status: 403`, nil},
		"empty id":  {"", `Invalid work item id`, nil},
		"bad id":    {"a/../b", `Invalid work item id`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorldOfOwner(t, foreign)
			for _, f := range test.faults {
				w.AddFault(f)
			}
			w.run(resource.TestStep{Config: w.config(workItemData(test.id)), ExpectError: regexp.MustCompile(test.want)})
		})
	}
}
