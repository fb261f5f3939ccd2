// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
)

// stored is a work item in the service. A WorkItem that is stored is never
// changed in place: an act stores a changed copy. Readers may therefore keep
// the pointer after they let go of the lock.
type stored struct {
	item    *WorkItem
	lagging *WorkItem // what the next `lag` reads still show
	lag     int
	reads   int // GETs so far, by which Behavior.FactsDrift renames
}

// visible is what a read shows now.
func (r *stored) visible() *WorkItem {
	if r.lag > 0 {
		return r.lagging
	}
	return r.item
}

// read is visible, counted as a read.
func (r *stored) read() *WorkItem {
	w := r.visible()
	r.lag = max(r.lag-1, 0)
	return w
}

// refusal is the service's answer to something that it does not do.
type refusal struct {
	status int
	text   string
}

func (r *refusal) Error() string {
	return fmt.Sprintf("%d %s: %s", r.status, http.StatusText(r.status), r.text)
}

func refuse(status int, format string, args ...any) error {
	return &refusal{status: status, text: fmt.Sprintf(format, args...)}
}

// errNothingToDo makes an act succeed without a change.
var errNothingToDo = errors.New("nothing to do")

// refuseOrIgnore refuses with the status, unless the status says success.
func refuseOrIgnore(status int, format string, args ...any) error {
	if status == http.StatusOK {
		return errNothingToDo
	}
	return refuse(status, format, args...)
}

// may tells whether a client may see and act on a work item. A nil client is
// somebody else, acting behind the scenes.
func (c *Client) may(w *WorkItem) bool {
	return c == nil || c.Admin || !w.Ownerless && w.OwnerID == c.IdentityID
}

// add stores work items. It fails, storing none, when an id is missing or
// taken. The caller holds the lock.
func (s *Server) add(items []WorkItem) error {
	seen := map[string]bool{}
	for _, w := range items {
		if _, taken := s.byID[w.ID]; w.ID == "" || taken || seen[w.ID] {
			return fmt.Errorf("work item id %q is empty or taken", w.ID)
		}
		seen[w.ID] = true
	}
	for i := range items {
		w := items[i].clone()
		if w.OwnerID == "" && !w.Ownerless {
			w.OwnerID = s.cfg.Clients[0].IdentityID
		}
		if w.OwnerName == "" {
			w.OwnerName = s.identities[w.OwnerID].Name
		}
		if !w.Ownerless {
			s.know(Identity{ID: w.OwnerID, Name: w.OwnerName})
		}
		if w.RequesterID != nil && w.RequesterDisplayName != nil {
			s.know(Identity{ID: *w.RequesterID, Name: *w.RequesterDisplayName})
		}
		if w.Created.IsZero() {
			w.Created = s.cfg.Now()
		}
		record := &stored{item: w}
		s.byID[w.ID] = record
		s.inOrder = append(s.inOrder, record)
	}
	return nil
}

// get reads one work item as a caller sees it.
func (s *Server) get(id string, caller *Client) (*WorkItem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	record, ok := s.byID[id]
	if !ok {
		return nil, refuse(http.StatusNotFound, "work item %s does not exist", id)
	}
	w := record.visible()
	if !caller.may(w) {
		return nil, refuse(cmp.Or(s.behavior.ForeignItemStatus, http.StatusForbidden), "work item %s belongs to somebody else", id)
	}
	w = record.read()
	if w.closed() && s.behavior.GetClosed404 {
		return nil, refuse(http.StatusNotFound, "work item %s is closed", id)
	}
	record.reads++
	if s.behavior.FactsDrift && record.reads > 1 {
		w = w.clone()
		w.RequesterDisplayName = new(fmt.Sprintf("Renamed %d", record.reads-1))
	}
	return w, nil
}

// owned gives the scope's work items in order, open or closed ones.
func (s *Server) owned(whose scope, closed bool) []*stored {
	var found []*stored
	for _, record := range s.inOrder {
		w := record.visible()
		if whose.has(w) && (w.closed() == closed || !closed && s.behavior.OpenListIncludesClosed) {
			found = append(found, record)
		}
	}
	return found
}

// page gives rows [offset, offset+limit) of a list and the list's length.
func (s *Server) page(whose scope, closed bool, offset, limit int) (rows []*WorkItem, total int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := s.owned(whose, closed)
	total = len(list)
	if s.behavior.UnstableOrder && total > 0 {
		s.pagesServed++
		start := s.pagesServed % total
		list = slices.Concat(list[start:], list[:start])
	}
	start := min(offset, total)
	end := min(start+limit, total)
	if s.behavior.DuplicateAcrossPages && start > 0 && start < end {
		start--
	}
	rows = make([]*WorkItem, 0, end-start)
	for _, record := range list[start:end] {
		rows = append(rows, record.read())
	}
	return rows, total
}

// tally counts the scope's work items.
func (s *Server) tally(whose scope) (open, closed int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, record := range s.inOrder {
		switch w := record.visible(); {
		case !whose.has(w):
		case w.closed():
			closed++
		default:
			open++
		}
	}
	return open, closed
}

// rule changes a work item as an act asks, and names the approval items that
// it decides. The work item is a copy, thrown away when the rule fails.
type rule func(b Behavior, w *WorkItem, now time.Time) (decided []string, err error)

// perform applies a rule to the work item that the act names and gives the
// work item as it is then. Acts through the API come with their request's
// record; for acts behind the scenes caller and record are nil.
func (s *Server) perform(act Act, caller *Client, record *Request, apply rule) (*WorkItem, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	held, ok := s.byID[act.WorkItemID]
	if !ok {
		status := http.StatusNotFound
		if act.Operation == OpForward {
			status = cmp.Or(s.behavior.ForwardUnknownWorkItemStatus, status)
		}
		return nil, refuse(status, "work item %s does not exist", act.WorkItemID)
	}
	if !caller.may(held.item) {
		return nil, refuse(cmp.Or(s.behavior.ForeignItemStatus, http.StatusForbidden), "work item %s belongs to somebody else", act.WorkItemID)
	}
	now := s.cfg.Now()
	next := held.item.clone()
	decided, err := apply(s.behavior, next, now)
	if errors.Is(err, errNothingToDo) {
		return held.item, nil
	}
	if err != nil {
		return nil, err
	}
	next.Modified = &now
	if s.behavior.StaleReads > 0 {
		held.lagging, held.lag = held.item, s.behavior.StaleReads
	}
	held.item = next
	if record != nil {
		record.Acted = true
		act.Seq, act.Decided, act.By = record.Seq, decided, caller.IdentityID
		s.acts = append(s.acts, act)
	}
	if next.closed() && s.behavior.ArchiveUnderAnotherID {
		archived := s.archive(held)
		if act.Operation == OpComplete {
			return archived, nil
		}
	}
	return next, nil
}

// archive gives a work item that has just been closed the id of its archive.
func (s *Server) archive(held *stored) *WorkItem {
	archived := held.item.clone()
	id := []byte(archived.ID)
	slices.Reverse(id)
	archived.ID = string(id)
	delete(s.byID, held.item.ID)
	s.archived[held.item.ID] = archived.ID
	s.byID[archived.ID] = held
	held.item, held.lag = archived, 0
	return archived
}

// requireOpen is the rule that nothing can be done twice.
func requireOpen(b Behavior, w *WorkItem) error {
	if w.closed() {
		return refuseOrIgnore(cmp.Or(b.SecondActStatus, http.StatusBadRequest), "work item %s is already closed", w.ID)
	}
	return nil
}

func (a *ApprovalItem) undecided() bool {
	return a.State == nil || strings.EqualFold(*a.State, "Pending")
}

func (w *WorkItem) anyUndecided() bool {
	return slices.ContainsFunc(w.ApprovalItems, func(a ApprovalItem) bool { return a.undecided() })
}

func (b *Behavior) word(approve bool) string {
	if approve {
		return cmp.Or(b.ApprovedWord, "Finished")
	}
	return cmp.Or(b.RejectedWord, "Rejected")
}

// closeWhenDecided closes a work item whose approval items are all decided.
func closeWhenDecided(b Behavior, w *WorkItem, now time.Time) {
	if b.KeepOpenAfterLastDecision || w.anyUndecided() {
		return
	}
	approved := slices.ContainsFunc(w.ApprovalItems, func(a ApprovalItem) bool { return *a.State != b.word(false) })
	state := "Finished"
	if !approved {
		state = cmp.Or(b.StateWhenAllRejected, "Finished")
	}
	w.State, w.Completed = &state, &now
}

// decideOne is the rule of approve and reject.
func decideOne(approvalItemID string, approve bool) rule {
	return func(b Behavior, w *WorkItem, now time.Time) ([]string, error) {
		i := slices.IndexFunc(w.ApprovalItems, func(a ApprovalItem) bool { return a.ID == approvalItemID })
		if i < 0 {
			return nil, refuse(cmp.Or(b.UnknownApprovalItemStatus, http.StatusNotFound),
				"work item %s has no approval item %s", w.ID, approvalItemID)
		}
		if !b.SecondDecisionFlips {
			if err := requireOpen(b, w); err != nil {
				return nil, err
			}
			if !w.ApprovalItems[i].undecided() {
				return nil, refuseOrIgnore(cmp.Or(b.SecondActStatus, http.StatusBadRequest), "approval item %s is already decided", approvalItemID)
			}
		}
		w.ApprovalItems[i].State = new(b.word(approve))
		closeWhenDecided(b, w, now)
		return []string{approvalItemID}, nil
	}
}

// decideAll is the rule of the bulk decisions: it decides what is undecided.
func decideAll(approve bool) rule {
	return func(b Behavior, w *WorkItem, now time.Time) ([]string, error) {
		if len(w.ApprovalItems) == 0 {
			return nil, refuseOrIgnore(cmp.Or(b.BulkWithoutItemsStatus, http.StatusBadRequest), "work item %s has no approval items", w.ID)
		}
		if err := requireOpen(b, w); err != nil && !b.SecondDecisionFlips {
			return nil, err
		}
		var decided []string
		for i := range w.ApprovalItems {
			if a := &w.ApprovalItems[i]; a.undecided() || b.SecondDecisionFlips && *a.State != b.word(approve) {
				a.State = new(b.word(approve))
				decided = append(decided, a.ID)
			}
		}
		if len(decided) == 0 {
			return nil, refuseOrIgnore(cmp.Or(b.SecondActStatus, http.StatusBadRequest), "all approval items of work item %s are already decided", w.ID)
		}
		if len(decided) < len(w.ApprovalItems) && b.RefuseBulkWhenPartlyDecided {
			return nil, refuse(http.StatusBadRequest, "some approval items of work item %s are already decided", w.ID)
		}
		closeWhenDecided(b, w, now)
		return decided, nil
	}
}

// complete is the rule of the completion.
func complete(b Behavior, w *WorkItem, now time.Time) ([]string, error) {
	if err := requireOpen(b, w); err != nil {
		return nil, err
	}
	if b.RefuseCompleteWhileUndecided && w.anyUndecided() {
		return nil, refuse(http.StatusBadRequest, "work item %s has undecided approval items", w.ID)
	}
	w.State, w.Completed = new("Finished"), &now
	return nil, nil
}

// forward is the rule of the forward. It runs under the lock of perform.
func (s *Server) forward(ownerID string) rule {
	return func(b Behavior, w *WorkItem, _ time.Time) ([]string, error) {
		if err := requireOpen(b, w); err != nil {
			return nil, err
		}
		target, known := s.identities[ownerID]
		if !known {
			return nil, refuse(cmp.Or(b.ForwardUnknownIdentityStatus, http.StatusBadRequest), "identity %s does not exist", ownerID)
		}
		w.OwnerID, w.OwnerName, w.Ownerless = ownerID, target.Name, false
		return nil, nil
	}
}

// submit is the rule of the account selection. What is selected has no place
// in the work item: the API cannot show it again.
func submit(selections map[string]json.RawMessage) rule {
	return func(b Behavior, w *WorkItem, now time.Time) ([]string, error) {
		if w.Form == nil {
			return nil, refuse(cmp.Or(b.SubmitWithoutFormStatus, http.StatusBadRequest), "work item %s has no form", w.ID)
		}
		if err := requireOpen(b, w); err != nil {
			return nil, err
		}
		if b.RefuseIncompleteSelections {
			for _, section := range w.Form.Sections {
				if name, missing := firstMissing(section.FormItems, selections); missing {
					return nil, refuse(http.StatusBadRequest, "field %s is required", name)
				}
			}
		}
		w.State, w.Completed = new("Finished"), &now
		return nil, nil
	}
}

// firstMissing finds a required field that has no value, in nested sections
// too. A form item that is no field is skipped.
func firstMissing(formItems []json.RawMessage, selections map[string]json.RawMessage) (name string, missing bool) {
	for _, raw := range formItems {
		var item struct {
			Name      string            `json:"name"`
			Required  bool              `json:"required"`
			FormItems []json.RawMessage `json:"formItems"`
		}
		if json.Unmarshal(raw, &item) != nil {
			continue
		}
		if value := selections[item.Name]; item.Required && (value == nil || string(value) == "null") {
			return item.Name, true
		}
		if name, missing := firstMissing(item.FormItems, selections); missing {
			return name, true
		}
	}
	return "", false
}
