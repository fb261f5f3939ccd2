// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// A plan looks at many work items, one by one, and never says how many will
// come. Requests are time, and most of these work items stand in one list. So
// the reader rents before it buys:
//
//   - A read by id that answers with an open work item earns a credit for the
//     list of its owner. Closed, missing and forbidden ones, and those that
//     nobody owns, earn none.
//   - The next page of a list is bought only for a credit that isn't spent yet.
//     While it is under way, readers wait for it instead of asking.
//   - A list that the service refuses is given up.
//   - Reads by id start one at a time. Each that earns nothing allows one more at
//     once, ten at most.
//
// So W work items of which M are in no list that was bought from take no more
// than M + 2 * min(W - M, pages) + 10 requests, and one for each type.
//
// Nobody documents that a row of a list holds all that the work item holds, so
// rows are believed by evidence only: those of a type once a work item of that
// type was read both ways and told the same, or three where a row leaves out
// what no row was seen to have; none of a list in which one told something else;
// and none without the form or the items that may be there. That a work item is
// missing from a list says nothing. A row never guards an act.
type reader struct {
	client *Client

	mu sync.Mutex
	// changed is closed, and made anew, whenever something happens that those
	// who wait may have waited for.
	changed chan struct{}
	// reading has the ids that are being read, and maxReading is how many may be.
	reading    map[string]bool
	maxReading int
	// buying means that a page is under way.
	buying bool
	lists  map[string]*ownerList
	// inCredit has the lists with credits that aren't spent, one for each.
	inCredit []*ownerList
	rows     map[string]*row
	// proofs counts, by type, the work items that were read both ways, and
	// proving has the types of which one is being read to find out.
	proofs  map[string]int
	proving map[string]bool
	// carried has the fields that some row was seen to have.
	carried map[string]bool
	// acts counts the acts of this client.
	acts int
}

// ownerList is the list of an owner's open work items, as far as it was read.
type ownerList struct {
	owner string
	// seen counts the rows read, and left those of them that this client took
	// out of the list since.
	seen, left int
	// bytes adds up what was read of it.
	bytes atomic.Int64
	// over means that there is nothing more to buy, and doubted that no row is
	// believed.
	over, doubted bool
}

// row is a work item as a list shows it.
type row struct {
	list *ownerList
	// item is nil once this client has acted on the work item.
	item *WorkItem
	left bool
	// proven means that the work item was read both ways.
	proven bool
	// acts is how many acts there had been with the last one on this work item.
	// A page that was asked for before tells nothing about it.
	acts int
}

// maxSingles is how many work items are read by id at once, at most: Terraform
// holds as many.
const maxSingles = 10

func newReader(c *Client) *reader {
	return &reader{
		client: c, changed: make(chan struct{}), reading: map[string]bool{}, maxReading: 1,
		lists: map[string]*ownerList{}, rows: map[string]*row{}, proofs: map[string]int{}, proving: map[string]bool{}, carried: map[string]bool{},
	}
}

// get returns what is known of a work item, by itself or from a list, and asks
// the service if nothing is.
func (r *reader) get(ctx context.Context, id string) (*WorkItem, error) {
	if err := CheckID("work item id", id); err != nil {
		return nil, err
	}
	for {
		if e := r.client.items.get(id); e.known {
			return e.item, e.err
		}
		wi, next, changed := r.next(id)
		switch {
		case wi != nil:
			return wi, nil
		case next != nil:
			if wi, err := next(ctx); wi != nil || err != nil {
				return wi, err
			}
			continue
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil, r.client.limiter.ended(ctx)
		}
	}
}

// next tells how to get a work item: here it is, ask like this, or wait for a
// change.
func (r *reader) next(id string) (wi *WorkItem, ask func(context.Context) (*WorkItem, error), changed <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	known := r.rows[id]
	toldByRow := known != nil && r.tells(known)
	switch {
	case toldByRow && r.isProven(known.item):
		return known.item, nil, nil
	case r.reading[id]:
		// One request for both.
		return nil, func(ctx context.Context) (*WorkItem, error) { return r.client.getCached(ctx, id) }, nil
	case r.buying, toldByRow && r.proving[typeOf(known.item)]:
		return nil, nil, r.changed
	case !toldByRow && len(r.inCredit) > 0:
		list := r.inCredit[0]
		r.inCredit = r.inCredit[1:]
		r.buying = true
		return nil, func(ctx context.Context) (*WorkItem, error) { return nil, r.buy(ctx, list) }, nil
	case len(r.reading) >= r.maxReading:
		return nil, nil, r.changed
	}
	r.reading[id] = true
	done := func() { delete(r.reading, id) }
	if toldByRow {
		proving := typeOf(known.item)
		r.proving[proving] = true
		done = func() { delete(r.reading, id); delete(r.proving, proving) }
	}
	return nil, func(ctx context.Context) (*WorkItem, error) { return r.read(ctx, id, done) }, nil
}

// read reads a work item by its id.
func (r *reader) read(ctx context.Context, id string, done func()) (*WorkItem, error) {
	wi, err := r.client.getCached(ctx, id)
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.announce()
	done()
	if known := r.rows[id]; known != nil && known.item != nil && err == nil {
		r.prove(ctx, known, wi)
	}
	switch {
	case err == nil && r.earn(wi):
	case err == nil, isAboutTheItem(err):
		r.maxReading = min(r.maxReading+1, maxSingles)
	}
	return wi, err
}

// earn credits the list in which an open work item is; r.mu is held.
func (r *reader) earn(wi *WorkItem) bool {
	owner := text(wi.OwnerID)
	if wi.Closed() || CheckID("owner id", owner) != nil {
		return false
	}
	list := r.lists[owner]
	if list == nil {
		list = &ownerList{owner: owner}
		r.lists[owner] = list
	}
	if list.over {
		return false
	}
	r.inCredit = append(r.inCredit, list)
	return true
}

// buy reads the next page of a list. Its error is that of the caller's context.
func (r *reader) buy(ctx context.Context, from *ownerList) error {
	r.mu.Lock()
	offset, acts := from.seen-from.left, r.acts
	r.mu.Unlock()
	p, err := r.client.readPage(ctx, list{StatusOpen, OwnedBy(from.owner)}, offset, reading{bytes: &from.bytes})
	r.mu.Lock()
	defer r.mu.Unlock()
	defer r.announce()
	r.buying = false
	switch {
	case ctx.Err() != nil:
		r.inCredit = append(r.inCredit, from)
		return r.client.limiter.ended(ctx)
	case err != nil:
		// Whatever it was, reading by id goes on without the list.
		from.over = true
	default:
		from.seen += len(p.items)
		from.over = len(p.items) == 0 || p.total >= 0 && int64(offset+len(p.items)) >= p.total || p.total < 0 && len(p.items) < pageSize
		for i := range p.items {
			r.add(ctx, from, &p.items[i], acts)
		}
	}
	if from.over {
		r.inCredit = slices.DeleteFunc(r.inCredit, func(l *ownerList) bool { return l == from })
	}
	return nil
}

// add takes note of a row of a page that was asked for after so many acts; r.mu
// is held.
func (r *reader) add(ctx context.Context, list *ownerList, wi *WorkItem, acts int) {
	known := r.rows[wi.ID]
	switch {
	case known == nil:
		known = &row{}
		r.rows[wi.ID] = known
	case known.acts > acts:
		return
	}
	known.list, known.item, known.left = list, wi, false
	present, _ := fieldsOf(wi)
	for name := range present {
		r.carried[name] = true
	}
	if e := r.client.items.get(wi.ID); e.known && e.item != nil {
		r.prove(ctx, known, e.item)
	}
}

// prove compares a row with the work item itself; r.mu is held.
func (r *reader) prove(ctx context.Context, known *row, wi *WorkItem) {
	switch {
	case !sameFacts(known.item, wi):
		known.list.doubted, known.list.over = true, true
		r.inCredit = slices.DeleteFunc(r.inCredit, func(l *ownerList) bool { return l == known.list })
		r.client.log(ctx, "a list shows a work item otherwise than it is, so its rows are not used", map[string]any{"work_item_id": OneLine(wi.ID)})
	case r.tells(known) && !known.proven:
		known.proven = true
		r.proofs[typeOf(wi)]++
	}
}

// acted drops what a list told about a work item that this client has acted on.
// An act that is unclear counts as done: a row seen twice does no harm.
func (r *reader) acted(id string, leftTheList bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.acts++
	known := r.rows[id]
	if known == nil {
		known = &row{}
		r.rows[id] = known
	}
	known.acts, known.item = r.acts, nil
	if leftTheList && !known.left && known.list != nil {
		known.left = true
		known.list.left++
	}
}

// announce wakes all who wait; r.mu is held.
func (r *reader) announce() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// tells reports whether a row can be the whole open work item; r.mu is held.
func (r *reader) tells(known *row) bool {
	wi := known.item
	if wi == nil || known.list.doubted || wi.Closed() {
		return false
	}
	items := len(wi.ApprovalItems) + len(wi.RemediationItems)
	switch strings.ToLower(typeOf(wi)) {
	case "form":
		return wi.Form != nil
	case "approval":
		return len(wi.ApprovalItems) > 0
	case "remediation", "certification":
		return items > 0 || r.carried["RemediationItems"]
	}
	return items > 0 || wi.NumItems != nil && *wi.NumItems == 0 || r.carried["ApprovalItems"]
}

// manyProofs are enough to believe that rows leave nothing out.
const manyProofs = 3

// isProven reports whether there is enough evidence to believe a row; r.mu is
// held.
func (r *reader) isProven(wi *WorkItem) bool {
	proofs := r.proofs[typeOf(wi)]
	if proofs == 0 || proofs >= manyProofs {
		return proofs > 0
	}
	_, absent := fieldsOf(wi)
	for name := range absent {
		if !r.carried[name] {
			return false
		}
	}
	return true
}

// fieldsOf tells which fields a work item and its items have, and which are null
// or left out. What may change while it is open doesn't count, nor does a list
// that is empty, nor what a form leaves out.
func fieldsOf(wi *WorkItem) (present, absent map[string]bool) {
	present, absent = map[string]bool{}, map[string]bool{}
	note := func(name string, has bool) {
		if has {
			present[name] = true
		} else {
			absent[name] = true
		}
	}
	var visit func(object reflect.Value, path string)
	visit = func(object reflect.Value, path string) {
		for i := range object.NumField() {
			name, v := object.Type().Field(i).Name, object.Field(i)
			redacted := object.FieldByName(name + "Redacted")
			switch {
			case slices.Contains(volatileFields, name):
			case v.Kind() == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct:
				for n := range v.Len() {
					present[path+name] = true
					visit(v.Index(n), path+name+".")
				}
			case v.Kind() != reflect.Pointer:
			case v.Type().Elem().Kind() != reflect.Struct:
				note(path+name, !v.IsNil() || redacted.IsValid() && redacted.Bool())
			}
		}
	}
	visit(reflect.ValueOf(wi).Elem(), "")
	return present, absent
}

// volatileFields may change while a work item is open.
var volatileFields = []string{"State", "Modified", "Completed", "OwnerID", "OwnerName", "NumItems", "Errors", "Raw"}

func typeOf(wi *WorkItem) string { return text(wi.Type) }

// sameFacts compares what doesn't change while a work item is open, absences
// included.
func sameFacts(a, b *WorkItem) bool {
	facts := func(wi *WorkItem) WorkItem {
		f := *wi
		f.ApprovalItems, f.RemediationItems = slices.Clone(f.ApprovalItems), slices.Clone(f.RemediationItems)
		clearVolatile(&f)
		for i := range f.ApprovalItems {
			clearVolatile(&f.ApprovalItems[i])
		}
		slices.SortStableFunc(f.ApprovalItems, func(a, b ApprovalItem) int { return strings.Compare(a.ID, b.ID) })
		slices.SortStableFunc(f.RemediationItems, func(a, b RemediationItem) int { return strings.Compare(a.ID, b.ID) })
		return f
	}
	return reflect.DeepEqual(facts(a), facts(b))
}

func clearVolatile[Object any](object *Object) {
	for _, name := range volatileFields {
		if v := reflect.ValueOf(object).Elem().FieldByName(name); v.IsValid() {
			v.SetZero()
		}
	}
}
