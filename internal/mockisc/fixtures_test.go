// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var hex32 = regexp.MustCompile(`^[0-9a-f]{32}$`)

// TestGenerate_mix counts what every 20 work items are.
func TestGenerate_mix(t *testing.T) {
	t.Parallel()
	items := Generate(200, 1, "o", "Owner")
	kinds, several, ids := map[string]int{}, 0, map[string]bool{}
	provisioning, passwords, nulls := 0, 0, 0
	for _, w := range items {
		kinds[w.Type]++
		if n := len(w.ApprovalItems); n > 1 && w.Type == "Approval" {
			several++
		} else if n > 5 {
			t.Errorf("%d approval items", n)
		}
		if w.Completed != nil || w.OwnerID != "o" || !hex32.MatchString(w.ID) || ids[w.ID] {
			t.Errorf("work item %+v", w)
		}
		ids[w.ID] = true
		for _, a := range w.ApprovalItems {
			if a.State != nil || !hex32.MatchString(a.ID) {
				t.Errorf("approval item %+v", a)
			}
		}
		switch w.Type {
		case "ManualAction":
			provisioning += len(w.ApprovalItems)
			if len(w.ApprovalItems) > 0 {
				kinds["provisioning"]++
			}
			for _, a := range w.ApprovalItems {
				if !strings.HasSuffix(a.Application, " [source]") || !slices.Contains([]string{"Create", "Add", "Remove"}, a.Operation) {
					t.Errorf("a change of an account: %+v", a)
				}
				if a.Name == nil || a.Value == nil {
					nulls++
				} else if *a.Name == "password" {
					passwords++
				}
			}
		case "Form":
			if w.Form == nil {
				t.Errorf("a form without form: %+v", w)
			}
		case "Remediation":
			if w.ApprovalItems != nil || w.RequesterID != nil || len(w.RemediationItems) == 0 {
				t.Errorf("a remediation: %+v", w)
			}
		}
	}
	if kinds["provisioning"] != 30 || passwords != provisioning/5 || nulls == 0 {
		t.Errorf("%d provisioning tasks with %d changes: %d passwords, %d nulls", kinds["provisioning"], provisioning, passwords, nulls)
	}
	if kinds["Approval"] != 100 || kinds["Form"] != 30 || kinds["ManualAction"] != 50 || kinds["Remediation"] != 20 || several < 50 {
		t.Errorf("%v, %d with several approval items", kinds, several)
	}
}

func TestGenerate_isDeterministic(t *testing.T) {
	t.Parallel()
	encode := func(seed uint64) string {
		data, err := json.Marshal(Generate(60, seed, "o", "Owner"))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	first := encode(5)
	if again := encode(5); again != first {
		t.Error("the same seed gave other work items")
	}
	if encode(6) == first {
		t.Error("another seed gave the same work items")
	}
}

// TestDemo_story checks what examples and documents rely on.
func TestDemo_story(t *testing.T) {
	t.Parallel()
	s := New(Config{Items: Demo()})
	undecided := 0
	for _, w := range s.Items() {
		if !hex32.MatchString(w.ID) {
			t.Errorf("id %s", w.ID)
		}
		for _, a := range w.ApprovalItems {
			if a.State == nil {
				undecided++
			}
		}
	}
	if undecided != 10 {
		t.Errorf("%d undecided approval items, want 10", undecided)
	}
	if w, ok := s.Item(DemoLeaverTokenWorkItemID); !ok || w.OwnerID != DemoLeaverID {
		t.Errorf("the leaver's work item is %+v", w)
	}
	if w, ok := s.Item(DemoCompletedManualWorkItemID); !ok || w.Completed == nil {
		t.Errorf("the completed work item is %+v", w)
	}
	if w, ok := s.Item(DemoAccountSelectionWorkItemID); !ok || w.Form == nil {
		t.Errorf("the account selection is %+v", w)
	}
	if err := s.Forward(DemoLeaverTokenWorkItemID, DemoDeputyID); err != nil {
		t.Errorf("the deputy is no valid target: %v", err)
	}
}
