// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"net/http"
	"slices"
	"strings"
)

// Findings about states and types, and what becomes of approval items.

func stateFindings(e *evidence) []*finding {
	return []*finding{
		e.openState(), e.closedState(), e.vocabulary(), e.lastDecision(), e.allRejected(),
		e.itemStates(), e.decisionWord("Approved", "Finished", "ApprovedWord", isApproval), e.decisionWord("Rejected", "Rejected", "RejectedWord", isRejection),
		e.closedApprovalItems(), e.closedByID(),
	}
}

// showing returns the rows or, if rows of lists don't have the field, the work
// items that were read by id.
func showing(field string, rows []object, reads []readOfRow) []object {
	if slices.ContainsFunc(rows, func(row object) bool { return row.has(field) }) {
		return rows
	}
	var items []object
	for _, read := range reads {
		if read.item != nil {
			items = append(items, read.item)
		}
	}
	if slices.ContainsFunc(items, func(item object) bool { return item.has(field) }) {
		return items
	}
	return rows
}

// openItems are the open work items, with the field if anything shows it.
func (e *evidence) openItems(field string) []object {
	return where(showing(field, e.open.rows, e.openReads), func(item object) bool { return !closed(item) })
}

// closedItems are the completed work items, with the field if anything shows it.
func (e *evidence) closedItems(field string) []object {
	return showing(field, e.completed.rows, e.closedReads)
}

// approvalItemsOf are those of all the work items.
func approvalItemsOf(items []object) (found []object) {
	for _, item := range items {
		found = append(found, item.objects("approvalItems")...)
	}
	return found
}

func (e *evidence) openState() *finding {
	f := about("State while open", "null or Pending [I]; the mock: null", "OpenState")
	states := tallyOf(e.openItems("state"), "state")
	undecidedStates := tallyOf(where(approvalItemsOf(e.openItems("approvalItems")), undecided), "state")
	if states.total() == 0 {
		return f.notSeen("there is no open work item")
	}
	f.saw("open work items: %s", states)
	if undecidedStates.total() > 0 {
		f.saw("their undecided approval items: %s", undecidedStates)
	}
	understood := func(word string) bool { return hasNoWord(word) || known(word, documentedStates) }
	word := states.top(understood)
	if word == "" {
		word = undecidedStates.top(understood)
	}
	switch {
	case word == "":
		f.notSeen("the service has words of its own, see the vocabulary")
	case !hasNoWord(word):
		f.behave("OpenState", word)
	}
	return f
}

func (e *evidence) closedState() *finding {
	f := about("Completed work items", "have a closing state, and completed is set [I]")
	rows := e.closedItems("state")
	if len(rows) == 0 {
		return f.notSeen("no completed work item")
	}
	return f.saw("states: %s", tallyOf(rows, "state")).
		saw("completed is set in %d of %d", count(e.closedItems("completed"), func(row object) bool { return row.hasValue("completed") }), len(rows))
}

func (e *evidence) vocabulary() *finding {
	f := about("Words for types and states", "those of the documents, TitleCase [I]; others may come at any time [D]", "UnknownEnums")
	states := tallyOf(slices.Concat(e.openItems("state"), e.closedItems("state")), "state")
	types := tallyOf(slices.Concat(e.openItems("type"), e.closedItems("type")), "type")
	if types.total() == 0 {
		return f.notSeen("there is no work item")
	}
	news, otherCase := 0, 0
	for _, field := range []struct {
		words      tally
		documented []string
	}{{types, documentedTypes}, {states, documentedStates}} {
		for word := range field.words {
			switch {
			case !isWord(word) || slices.Contains(field.documented, word):
			case known(word, field.documented):
				otherCase++
			default:
				news++
			}
		}
	}
	f.saw("types: %s", types).saw("words that no document has: %d, that it has in another case: %d", news, otherCase)
	if news > 0 {
		f.behave("UnknownEnums", true)
	}
	return f
}

func (e *evidence) lastDecision() *finding {
	f := about("Last approval item decided", "closes the work item, or leaves it open [W leans to open]; the mock: closes it", "KeepOpenAfterLastDecision")
	withItems := where(e.openItems("approvalItems"), func(item object) bool { return len(item.objects("approvalItems")) > 0 })
	decided := count(withItems, func(item object) bool { return !slices.ContainsFunc(item.objects("approvalItems"), undecided) })
	if len(withItems) > 0 {
		f.saw("open though all their approval items are decided: %d of %d", decided, len(withItems))
	}
	if decided == 0 {
		return f.notSeen("no open work item is decided throughout, and who closed the others can't be read")
	}
	return f.behave("KeepOpenAfterLastDecision", true)
}

// isRejection and isApproval recognize the words for decisions.
func isRejection(word string) bool {
	return strings.HasPrefix(strings.ToLower(word), "reject") || strings.EqualFold(word, "denied")
}

func isApproval(word string) bool {
	return strings.EqualFold(word, "Finished") || strings.HasPrefix(strings.ToLower(word), "approv")
}

func (e *evidence) allRejected() *finding {
	f := about("State when all approval items are rejected", "Finished [I]; the mock: Finished", "StateWhenAllRejected")
	rejected := where(e.closedItems("approvalItems"), func(item object) bool {
		words := tallyOf(item.objects("approvalItems"), "state")
		return len(words) > 0 && words.top(func(word string) bool { return !isRejection(word) }) == ""
	})
	if len(rejected) == 0 {
		return f.notSeen("no completed work item has rejected approval items alone")
	}
	states := tallyOf(rejected, "state")
	f.saw("%s", states)
	if word := states.top(isWord); word != "" && word != "Finished" {
		f.behave("StateWhenAllRejected", word)
	}
	return f
}

func (e *evidence) itemStates() *finding {
	f := about("States of decided approval items", "tell the decision [A]", "LeaveItemStateNull")
	closedItems := e.closedItems("approvalItems")
	approvals := approvalItemsOf(where(closedItems, func(item object) bool { return strings.EqualFold(wordOf(item, "type"), "Approval") }))
	others := len(approvalItemsOf(closedItems)) - len(approvals)
	if len(approvals) > 0 {
		f.saw("in completed work items of type Approval: %s", tallyOf(approvals, "state"))
	}
	if others > 0 {
		f.saw("in completed ones of other types, without a decision: %d of %d", count(approvalItemsOf(closedItems), undecided)-count(approvals, undecided), others)
	}
	switch decided := e.decisions(); {
	case decided.total() > 0:
		f.saw("all decided ones: %s", decided)
	case len(approvals) > 0:
		f.behave("LeaveItemStateNull", true)
	default:
		f.notSeen("no approval item has been decided, as far as can be seen")
	}
	return f
}

// decisions counts the states of all approval items that are decided.
func (e *evidence) decisions() tally {
	items := approvalItemsOf(slices.Concat(e.openItems("approvalItems"), e.closedItems("approvalItems")))
	return tallyOf(where(items, func(a object) bool { return !undecided(a) }), "state")
}

// decisionWord is about the word for a decision. Which decision a word stands
// for can only be told from the word.
func (e *evidence) decisionWord(decision, assumed, field string, fits func(string) bool) *finding {
	f := about(decision+" approval items", "have the state "+assumed+" [A]", field)
	words := tally{}
	for word, times := range e.decisions() {
		if fits(word) {
			words[word] = times
		}
	}
	word := words.top(isWord)
	if word == "" {
		return f.notSeen("no state that means so")
	}
	f.saw("%s", words)
	if word != assumed {
		f.behave(field, word)
	}
	return f
}

func (e *evidence) closedApprovalItems() *finding {
	f := about("Approval items of completed work items", "stay [A]", "DropApprovalItemsWhenClosed")
	expected := where(e.closedItems("approvalItems"), func(item object) bool {
		n, _, _ := number(item["numItems"])
		return len(item.objects("remediationItems")) == 0 && (n > 0 || strings.EqualFold(wordOf(item, "type"), "Approval"))
	})
	if len(expected) == 0 {
		return f.notSeen("no completed work item is of type Approval or counts items")
	}
	kept := count(expected, func(item object) bool { return len(item.objects("approvalItems")) > 0 })
	f.saw("there in %d of %d that are of type Approval or count items", kept, len(expected))
	if kept == 0 {
		f.behave("DropApprovalItemsWhenClosed", true)
	}
	return f
}

func (e *evidence) closedByID() *finding {
	f := about("Reading a completed work item by its id", "200 with completed set [A], or 404", "GetClosed404")
	found, missing, sameID, stillSet := 0, 0, 0, 0
	for _, read := range e.closedReads {
		switch {
		case read.item != nil:
			found++
			if read.row.same(read.item, "id") {
				sameID++
			}
			if read.item.hasValue("completed") {
				stillSet++
			}
		case read.answer.status == http.StatusNotFound:
			missing++
		}
	}
	asked := len(e.closedReads)
	if asked == 0 {
		return f.notSeen("no completed work item")
	}
	f.saw("200: %d of %d, with the id of the row %d, with completed set %d; 404: %d of %d", found, asked, sameID, stillSet, missing, asked)
	switch {
	case missing > found:
		f.behave("GetClosed404", true)
	case found == 0:
		f.notSeen("%s", e.closedReads[0].answer.problem())
	}
	return f
}
