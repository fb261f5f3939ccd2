// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// The words and names of the API documents.
var (
	documentedStates = []string{"Finished", "Rejected", "Returned", "Expired", "Pending", "Canceled"}
	closedStates     = []string{"Finished", "Rejected", "Returned", "Expired", "Canceled"}
	documentedTypes  = []string{
		"Generic", "Certification", "Remediation", "Delegation", "Approval", "ViolationReview", "Form", "PolicyViolation",
		"PolicyVioloation", "Challenge", "ImpactAnalysis", "Signoff", "Event", "ManualAction", "Test", "Unknown",
	}
	knownOperations = []string{"Add", "Create", "Delete", "Disable", "Enable", "Modify", "Remove", "Set", "Unlock"}

	workItemFields = []string{
		"id", "requesterId", "requesterDisplayName", "ownerId", "ownerName", "created", "modified", "description", "state", "type",
		"remediationItems", "approvalItems", "name", "completed", "numItems", "form", "errors",
	}
	approvalItemFields = []string{"id", "account", "application", "name", "operation", "value", "state"}
	tokenReplyFields   = []string{"access_token", "token_type", "expires_in", "scope", "identity_id", "tenant_id", "pod", "org", "jti", "refresh_token"}
)

// shortWord is what a word of the service's vocabulary looks like. Anything else
// could be somebody's text.
var shortWord = regexp.MustCompile(`^[A-Za-z_]{1,24}$`)

// Words that stand for what has none, or none that may be shown.
const (
	wordNull       = "null"
	wordAbsent     = "(absent)"
	wordEmpty      = "(empty)"
	wordNotShown   = "(not shown)"
	maxTallyLength = 24
)

// wordOf returns a member of the service's vocabulary in a form that may be
// printed.
func wordOf(o object, name string) string {
	var word string
	switch {
	case !o.has(name):
		return wordAbsent
	case !o.hasValue(name):
		return wordNull
	case string(o[name]) == `""`:
		return wordEmpty
	case json.Unmarshal(o[name], &word) != nil || !shortWord.MatchString(word):
		return wordNotShown
	}
	return word
}

// hasNoWord reports whether a word stands for none.
func hasNoWord(word string) bool { return word == wordNull || word == wordAbsent || word == wordEmpty }

// isWord reports whether a word is one of the service's.
func isWord(word string) bool { return shortWord.MatchString(word) && word != wordNull }

// known reports whether documents have the word, in any case.
func known(word string, documented []string) bool {
	return slices.ContainsFunc(documented, func(d string) bool { return strings.EqualFold(d, word) })
}

// tally counts words.
type tally map[string]int

// tallyOf counts the words that rows have in a field.
func tallyOf(rows []object, field string) tally {
	t := tally{}
	for _, row := range rows {
		t[wordOf(row, field)]++
	}
	return t
}

func (t tally) total() (n int) {
	for _, times := range t {
		n += times
	}
	return n
}

// words lists the words, the most frequent first.
func (t tally) words() []string {
	return slices.SortedFunc(maps.Keys(t), func(a, b string) int {
		return cmp.Or(cmp.Compare(t[b], t[a]), cmp.Compare(a, b))
	})
}

// top returns the most frequent of the words that fit, "" if none does.
func (t tally) top(fits func(word string) bool) string {
	for _, word := range t.words() {
		if fits(word) {
			return word
		}
	}
	return ""
}

// String says how often each word was seen, such as "null 3 of 4, Pending 1 of 4".
func (t tally) String() string {
	words, total := t.words(), t.total()
	parts := make([]string, 0, len(words))
	for i, word := range words {
		if i == maxTallyLength {
			parts = append(parts, fmt.Sprintf("and %d more words", len(words)-i))
			break
		}
		parts = append(parts, fmt.Sprintf("%s %d of %d", word, t[word], total))
	}
	return strings.Join(parts, ", ")
}
