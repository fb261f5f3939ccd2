// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// vocabulary are the strings of answers that a report may hold: the service's
// words, and those of a report about nobody.
var vocabulary = slices.Concat(documentedStates, documentedTypes, knownOperations, []string{
	"Approved", "Denied", "InReview", "AgentReview", "ACTIVE", "INACTIVE_LONG_TERM", // enum words
	"mock", "sp:scopes:all", "details", "account", "Account", "value", "name", "groups", "mail", "new", // words of the report itself
})

// wordLike cuts a text into what stands between blanks and punctuation.
var wordLike = regexp.MustCompile(`[\pL\pN_@.\[\]=-]+`)

// smallNumber is a count, which the mock may write as a string.
var smallNumber = regexp.MustCompile(`^\d{1,3}$`)

// checkNamesNobody fails if a report holds anything that the tenant answered, its
// host, or the credentials.
func checkNamesNobody(t *testing.T, served *tenant, out string) {
	t.Helper()
	for _, leak := range leaks(served.texts(t), out) {
		t.Errorf("the report holds %q", leak)
	}
}

// texts are all strings that must not be printed.
func (served *tenant) texts(t *testing.T) []string {
	t.Helper()
	base, err := url.Parse(served.url)
	if err != nil {
		t.Fatal(err)
	}
	texts := []string{base.Host, base.Hostname(), base.Port(), mockisc.DefaultClient.ID, mockisc.DefaultClient.Secret}
	served.mu.Lock()
	defer served.mu.Unlock()
	for _, body := range served.bodies {
		var value any
		if json.Unmarshal([]byte(body), &value) == nil {
			texts = appendTexts(texts, value)
		}
	}
	if len(texts) < 10 {
		t.Errorf("only %d texts to look for", len(texts))
	}
	return texts
}

// leaks are the texts that a report holds.
func leaks(texts []string, out string) (found []string) {
	words := wordLike.FindAllString(out, -1)
	for _, text := range slices.Compact(slices.Sorted(slices.Values(texts))) {
		switch {
		case text == "" || slices.Contains(vocabulary, text) || smallNumber.MatchString(text):
		case len(text) < 6 && slices.Contains(words, text), len(text) >= 6 && strings.Contains(out, text):
			found = append(found, text)
		}
	}
	return found
}

// appendTexts collects all strings in a piece of JSON.
func appendTexts(texts []string, value any) []string {
	switch v := value.(type) {
	case string:
		texts = append(texts, v)
	case []any:
		for _, element := range v {
			texts = appendTexts(texts, element)
		}
	case map[string]any:
		for _, member := range v {
			texts = appendTexts(texts, member)
		}
	}
	return texts
}

// TestLeaks_areFound shows that the check of all reports can fail.
func TestLeaks_areFound(t *testing.T) {
	t.Parallel()
	served := world{}.tenant(t)
	out := mustProbe(t, served.environment())
	for _, leak := range []string{
		mockisc.DemoBadgeWorkItemID, mockisc.DefaultClient.IdentityID, "Marta Manager", "jdoe", "CRM", mockisc.DemoPassword, "dora.deputy@example.com",
		served.url[len("http://"):], mockisc.DefaultClient.Secret, served.replyText(t, "access_token"),
	} {
		if found := leaks(served.texts(t), out+"\n"+leak+"\n"); !slices.Contains(found, leak) {
			t.Errorf("%q would not have been found, but %q", leak, found)
		}
	}
}

// replyText is a member of the token reply.
func (served *tenant) replyText(t *testing.T, field string) string {
	t.Helper()
	served.mu.Lock()
	defer served.mu.Unlock()
	var reply map[string]any
	if err := json.Unmarshal([]byte(served.bodies[0]), &reply); err != nil {
		t.Fatal(err)
	}
	return reply[field].(string)
}

// TestReport_holdsNoTextOfOthers has texts where words are due.
func TestReport_holdsNoTextOfOthers(t *testing.T) {
	t.Parallel()
	items := mockisc.Demo()
	for i := range items {
		items[i].Type = "Laptop for Jane Doe 7"
		if items[i].Completed != nil {
			items[i].State = new("closed by jane@example.com")
		}
		items[i].Extra = map[string]any{"salaryOf": "Jane", "jane.doe": 7}
		for j := range items[i].ApprovalItems {
			items[i].ApprovalItems[j].Operation = "JaneDoe"
			items[i].ApprovalItems[j].State = new("::add-mask::x")
		}
	}
	items = append(items, mockisc.WorkItem{ID: "jane..doe/7", Type: strings.Repeat("x", 100)})
	served := newTenant(t, mockisc.Config{Items: items})
	out := mustProbe(t, served.environment())
	checkNamesNobody(t, served, out)
	for _, text := range []string{"Jane", "jane", "salary", "::", "xxx"} {
		if strings.Contains(out, text) {
			t.Errorf("the report holds %q:\n%s", text, out)
		}
	}
	if types := section(t, out, "Words for types and states"); !strings.Contains(types, "(not shown) 15 of 15") {
		t.Errorf("types: %s", types)
	}
}
