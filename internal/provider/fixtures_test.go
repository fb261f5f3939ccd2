// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// Ids that the tests use; the service's have 32 hex characters.
const (
	workItem1 = "2c91808a0000000000000000000000a1"
	workItem2 = "2c91808a0000000000000000000000a2"
	item1     = "2c91808b0000000000000000000000b1"
	item2     = "2c91808b0000000000000000000000b2"
	item3     = "2c91808b0000000000000000000000b3"
	somebody  = "2c91808c0000000000000000000000c1"
)

// successor is an identity that every mock knows, so a valid target of a forward.
const successor = mockisc.DemoDeputyID

// openWorkItem is an open work item of the type, without items or form.
func openWorkItem(id, workItemType string) mockisc.WorkItem {
	return mockisc.WorkItem{
		ID:          id,
		Created:     time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Description: "Collect the laptop",
		Type:        workItemType,
		Name:        new("Laptop return"),
	}
}

// formWorkItem is an open account selection with the fields accountId and
// justification.
func formWorkItem(id string) mockisc.WorkItem {
	wi := openWorkItem(id, "Form")
	wi.Form = &mockisc.Form{
		ID: new("f1"), Name: new("Account Selection"), Title: new("Select an account"), TargetUser: "Jane Doe",
		Sections: []mockisc.Section{{Name: new("accounts"), FormItems: []json.RawMessage{
			json.RawMessage(`{"name": "accountId", "required": true}`),
			json.RawMessage(`{"name": "details", "formItems": [{"name": "justification"}]}`),
		}}},
	}
	return wi
}

// closed closes a work item out of band, with the state.
func closed(state string) func(*mockisc.WorkItem) {
	return func(wi *mockisc.WorkItem) {
		wi.Completed, wi.State = new(time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)), &state
	}
}

// approvalWorkItem is an open approval with the given undecided items.
func approvalWorkItem(id string, itemIDs ...string) mockisc.WorkItem {
	wi := mockisc.WorkItem{
		ID:                   id,
		RequesterID:          new("2c91808d0000000000000000000000d1"),
		RequesterDisplayName: new("Rita Requester"),
		Created:              time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC),
		Description:          "Account changes for Jane Doe",
		Type:                 "Approval",
		Name:                 new("Approval for Jane Doe"),
		NumItems:             new(len(itemIDs)),
	}
	for i, itemID := range itemIDs {
		wi.ApprovalItems = append(wi.ApprovalItems, mockisc.ApprovalItem{
			ID:          itemID,
			Account:     new("jdoe"),
			Application: "Finance",
			Name:        new("groups"),
			Operation:   "Add",
			Value:       new(fmt.Sprintf("CN=Group %d", i+1)),
		})
	}
	return wi
}
