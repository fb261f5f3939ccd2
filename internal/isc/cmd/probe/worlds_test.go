// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// world is a service that the probe has to recognize.
type world struct {
	behavior mockisc.Behavior
	notAdmin bool
	items    []mockisc.WorkItem // default: the demo's
	history  func(*testing.T, *mockisc.Server)
	version  string
}

// worlds are one for each position of each switch that a read can settle, and
// some combinations.
func worlds() map[string]world {
	all := map[string]world{
		"defaults":            {},
		"defaults in v1":      {version: "v1"},
		"no admin":            {notAdmin: true},
		"many items":          {items: mockisc.Generate(300, 7, "", "")},
		"two items":           {items: mockisc.Demo()[:2]},
		"only completed ones": {items: mockisc.Demo()[12:14]},

		"OpenState":                   {behavior: mockisc.Behavior{OpenState: "Pending"}},
		"ApprovedWord":                {behavior: mockisc.Behavior{ApprovedWord: "Approved"}, history: decide("approve", false)},
		"RejectedWord":                {behavior: mockisc.Behavior{RejectedWord: "Denied"}, history: decide("reject", false)},
		"words that are the default":  {history: func(t *testing.T, s *mockisc.Server) { decide("approve", false)(t, s); decide("reject", false)(t, s) }},
		"LeaveItemStateNull":          {behavior: mockisc.Behavior{LeaveItemStateNull: true}},
		"DropApprovalItemsWhenClosed": {behavior: mockisc.Behavior{DropApprovalItemsWhenClosed: true}},
		"KeepOpenAfterLastDecision":   {behavior: mockisc.Behavior{KeepOpenAfterLastDecision: true}, history: decide("approve", true)},
		"closed by the last decision": {history: decide("approve", true)},
		"StateWhenAllRejected":        {behavior: mockisc.Behavior{StateWhenAllRejected: "Rejected"}, history: decide("reject", true)},
		"Finished when all rejected":  {history: decide("reject", true)},
		"ArchiveUnderAnotherID":       {behavior: mockisc.Behavior{ArchiveUnderAnotherID: true}, history: complete(mockisc.DemoBadgeWorkItemID)},
		"archived, ids tell time":     {behavior: mockisc.Behavior{ArchiveUnderAnotherID: true}, items: timedItems(), history: complete(timedItems()[0].ID)},
		"not archived, ids tell time": {items: timedItems(), history: complete(timedItems()[0].ID)},
		"GetClosed404":                {behavior: mockisc.Behavior{GetClosed404: true}},
		"AdminSeesOwnOnly":            {behavior: mockisc.Behavior{AdminSeesOwnOnly: true}},
		"OmitTokenIdentityID":         {behavior: mockisc.Behavior{OmitTokenIdentityID: true}},
		"OpenListIncludesClosed":      {behavior: mockisc.Behavior{OpenListIncludesClosed: true}},
		"DuplicateAcrossPages":        {behavior: mockisc.Behavior{DuplicateAcrossPages: true}},
		"UnstableOrder":               {behavior: mockisc.Behavior{UnstableOrder: true}},
		"UnstableOrder of three":      {behavior: mockisc.Behavior{UnstableOrder: true}, items: mockisc.Demo()[:3]}, // the short pages overlap
		"LimitZeroServesDefault":      {behavior: mockisc.Behavior{LimitZeroServesDefault: true}},
		"FactsDrift":                  {behavior: mockisc.Behavior{FactsDrift: true}},
		"OmitNulls":                   {behavior: mockisc.Behavior{OmitNulls: true}},
		"UnknownEnums":                {behavior: mockisc.Behavior{UnknownEnums: true}},
		"ExtraFields":                 {behavior: mockisc.Behavior{ExtraFields: true}},
		"NumbersAsStrings":            {behavior: mockisc.Behavior{NumbersAsStrings: true}},
		"CountAsArray":                {behavior: mockisc.Behavior{CountAsArray: true}},
		"XDeprecated":                 {behavior: mockisc.Behavior{XDeprecated: true}},
		"WrongContentType":            {behavior: mockisc.Behavior{WrongContentType: true}},
		"ContentEncodingUTF8On4xx":    {behavior: mockisc.Behavior{ContentEncodingUTF8On4xx: true}},
		"RefuseIdentityFilterIn":      {behavior: mockisc.Behavior{RefuseIdentityFilterIn: true}},

		"IdentityFilterIsCaseSensitive": {behavior: mockisc.Behavior{IdentityFilterIsCaseSensitive: true}},

		"an old tenant": {behavior: mockisc.Behavior{
			OpenState: "Pending", GetClosed404: true, OwnOwnerIDStatus: 400, OverLimitStatus: 200, UnstableOrder: true, ListRowsLack: "form",
			OmitNulls: true, CountAsArray: true, XDeprecated: true, WrongContentType: true, ContentEncodingUTF8On4xx: true,
		}, version: "v3"},
		"a strange tenant": {behavior: mockisc.Behavior{
			OpenState: "Pending", UnknownEnums: true, ExtraFields: true, NumbersAsStrings: true, FactsDrift: true, DuplicateAcrossPages: true, UnstableOrder: true,
			OpenListIncludesClosed: true, LimitZeroServesDefault: true, DropApprovalItemsWhenClosed: true, ListRowsLack: "approvalItems",
		}},
		"a small token": {notAdmin: true, behavior: mockisc.Behavior{
			ForeignOwnerStatus: 404, PublicIdentitiesStatus: 403, OmitNulls: true, LeaveItemStateNull: true, ListRowsLack: "name",
		}},
		"an admin without identity": {behavior: mockisc.Behavior{OmitTokenIdentityID: true, AdminSeesOwnOnly: true, IdentityFilterIsCaseSensitive: true}},
		"no admin, no identity":     {notAdmin: true, behavior: mockisc.Behavior{OmitTokenIdentityID: true}},
		"decided and left open": {behavior: mockisc.Behavior{
			KeepOpenAfterLastDecision: true, ApprovedWord: "Approved", OpenState: "Pending", AdminSeesOwnOnly: true,
		}, history: decide("approve", true)},
	}
	for _, status := range []int{400, 403} {
		all[fmt.Sprint("OwnOwnerIDStatus ", status)] = world{behavior: mockisc.Behavior{OwnOwnerIDStatus: status}}
	}
	for _, status := range []int{200, 422} {
		all[fmt.Sprint("OverLimitStatus ", status)] = world{behavior: mockisc.Behavior{OverLimitStatus: status}}
	}
	for _, status := range []int{400, 404} {
		all[fmt.Sprint("ForeignOwnerStatus ", status)] = world{behavior: mockisc.Behavior{ForeignOwnerStatus: status}, notAdmin: true}
	}
	for _, status := range []int{403, 404} {
		all[fmt.Sprint("PublicIdentitiesStatus ", status)] = world{behavior: mockisc.Behavior{PublicIdentitiesStatus: status}}
	}
	for _, field := range workItemFields {
		all["ListRowsLack "+field] = world{behavior: mockisc.Behavior{ListRowsLack: field}}
	}
	return all
}

// decide lets somebody decide approval items of the demo: the first, or all, of
// the work item with two.
func decide(decision string, all bool) func(*testing.T, *mockisc.Server) {
	return func(t *testing.T, s *mockisc.Server) {
		t.Helper()
		item, approvals := mockisc.DemoFinanceWorkItemID, []string{mockisc.DemoFinancePostingApprovalItemID, mockisc.DemoFinanceReportsApprovalItemID}
		if decision == "reject" {
			item, approvals = mockisc.DemoSalesWorkItemID, []string{mockisc.DemoSalesConsoleApprovalItemID, mockisc.DemoSalesForecastApprovalItemID}
		}
		if !all {
			approvals = approvals[:1]
		}
		for _, approval := range approvals {
			if err := s.Decide(item, approval, decision); err != nil {
				t.Fatal(err)
			}
		}
	}
}

func complete(id string) func(*testing.T, *mockisc.Server) {
	return func(t *testing.T, s *mockisc.Server) {
		t.Helper()
		if err := s.Complete(id); err != nil {
			t.Fatal(err)
		}
	}
}

// timedItems have ids that hold the time of their making, and no common
// beginning.
func timedItems() []mockisc.WorkItem {
	var items []mockisc.WorkItem
	for i := range 5 {
		created := time.Date(2026, time.March, 2+i, 8, 0, 0, 0, time.UTC)
		items = append(items, mockisc.WorkItem{
			ID: fmt.Sprintf("a%da%013x%012x%04x", i, 0x1234567890, created.UnixMilli(), 7*i+1), Created: created, Type: "ManualAction", Errors: []string{},
		})
	}
	return items
}

func (w world) tenant(t *testing.T) *tenant {
	t.Helper()
	client := mockisc.DefaultClient
	client.Admin = !w.notAdmin
	items := w.items
	if items == nil {
		items = mockisc.Demo()
	}
	served := newTenant(t, mockisc.Config{Clients: []mockisc.Client{client}, Behavior: w.behavior, Items: items, RateLimit: 100})
	if w.history != nil {
		w.history(t, served.Server)
	}
	return served
}

// TestProbe_recognizesWorlds gets the flags of each world back, and no others.
func TestProbe_recognizesWorlds(t *testing.T) {
	t.Parallel()
	for name, w := range worlds() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			served := w.tenant(t)
			out := mustProbe(t, served.environment("SAIL_API_VERSION", w.version))
			got, admin := flagsOf(t, out)
			if got != w.behavior || admin == w.notAdmin {
				t.Errorf("got %+v, admin %t\nwant %+v, admin %t\n%s", got, admin, w.behavior, !w.notAdmin, out)
			}
			checkReadOnly(t, served)
			checkNamesNobody(t, served, out)
		})
	}
}

// TestFindings_coverEverySwitch makes whoever adds a switch decide whether a read
// can settle it, and add a world if so.
func TestFindings_coverEverySwitch(t *testing.T) {
	t.Parallel()
	tried := map[string]bool{}
	for _, w := range worlds() {
		for field, value := range reflect.ValueOf(w.behavior).Fields() {
			if !value.IsZero() {
				tried[field.Name] = true
			}
		}
	}
	declared := map[string]bool{}
	for _, f := range findings(emptyEvidence()) {
		for _, field := range f.switches {
			declared[field] = true
		}
	}
	if !maps.Equal(tried, declared) {
		t.Errorf("worlds for %v\nfindings for %v", slices.Sorted(maps.Keys(tried)), slices.Sorted(maps.Keys(declared)))
	}
	for field := range reflect.TypeFor[mockisc.Behavior]().Fields() {
		if declared[field.Name] == slices.Contains(notReadable, field.Name) {
			t.Errorf("%s: settled by a finding: %t, not by reads: %t", field.Name, declared[field.Name], declared[field.Name])
		}
	}
}

// emptyEvidence is that of a service which answered nothing.
func emptyEvidence() *evidence {
	silent := &answer{failure: "silence"}
	l := listOf(silent)
	return &evidence{
		unowned: l, open: l, again: l, uncounted: l, limitZero: l, overLimit: l, pastEnd: l, unknownParam: l, completed: l,
		count: silent, completedCount: silent, summary: silent, missing: silent, bare: silent, people: silent,
	}
}
