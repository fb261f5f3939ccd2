// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// Client is an OAuth2 client (a personal access token) that the mock knows.
type Client struct {
	ID     string // client_id
	Secret string // client_secret
	// IdentityID is the person behind the client, whose work items it lists
	// when it names no owner. Empty for a client that belongs to nobody.
	IdentityID   string
	IdentityName string
	// Admin clients may see and act on everybody's work items.
	Admin bool
}

// DefaultClient is the one client of a mock that is configured without any.
var DefaultClient = Client{
	ID:           "mock-client",
	Secret:       "mock-secret",
	IdentityID:   "2c918084660f45d6016617daa9210584",
	IdentityName: "Iga Approver",
	Admin:        true,
}

// WorkItem is a work item as the mock stores it. A nil pointer or slice is
// null in the API's JSON; [Behavior] decides what callers see of the rest.
type WorkItem struct {
	ID                   string            `json:"id"`
	RequesterID          *string           `json:"requesterId"`
	RequesterDisplayName *string           `json:"requesterDisplayName"`
	OwnerID              string            `json:"ownerId"` // "" is the first client's identity, unless Ownerless
	OwnerName            string            `json:"ownerName"`
	Created              time.Time         `json:"created"`
	Modified             *time.Time        `json:"modified"`
	Description          string            `json:"description"`
	State                *string           `json:"state"` // nil while open: see Behavior.OpenState
	Type                 string            `json:"type"`
	RemediationItems     []RemediationItem `json:"remediationItems"`
	ApprovalItems        []ApprovalItem    `json:"approvalItems"`
	Name                 *string           `json:"name"`
	Completed            *time.Time        `json:"completed"` // set exactly when the work item is closed
	NumItems             *int              `json:"numItems"`
	Form                 *Form             `json:"form"`
	Errors               []string          `json:"errors"`
	// Ownerless serves the owner as null, as for rows born of a certification.
	Ownerless bool `json:"-"`
	// Extra fields are merged into the JSON; fields that the mock does not
	// know are kept here when a work item is read from JSON.
	Extra map[string]any `json:"-"`
}

// ApprovalItem is one request to decide inside a work item.
type ApprovalItem struct {
	ID          string  `json:"id"`
	Account     *string `json:"account"`
	Application string  `json:"application"`
	Name        *string `json:"name"` // attribute, such as memberOf
	Operation   string  `json:"operation"`
	Value       *string `json:"value"`
	State       *string `json:"state"` // nil while undecided
}

// RemediationItem is one change that a remediation work item asks for.
type RemediationItem struct {
	ID                 string `json:"id"`
	TargetID           string `json:"targetId"`
	TargetName         string `json:"targetName"`
	TargetDisplayName  string `json:"targetDisplayName"`
	ApplicationName    string `json:"applicationName"`
	AttributeName      string `json:"attributeName"`
	AttributeOperation string `json:"attributeOperation"`
	AttributeValue     string `json:"attributeValue"`
	NativeIdentity     string `json:"nativeIdentity"`
}

// Form is what the owner of a form work item fills in.
type Form struct {
	ID         *string   `json:"id"`
	Name       *string   `json:"name"`
	Title      *string   `json:"title"`
	Subtitle   *string   `json:"subtitle"`
	TargetUser string    `json:"targetUser"`
	Sections   []Section `json:"sections"`
}

// Section is a part of a form. Each form item is a field, or a section again
// (an object with its own formItems).
type Section struct {
	Name      *string           `json:"name"`
	Label     *string           `json:"label"`
	FormItems []json.RawMessage `json:"formItems"`
}

// Ptr returns a pointer to a copy of v, for the nullable fields.
//
//go:fix inline
func Ptr[T any](v T) *T { return new(v) }

// timestamp is the API's time format: RFC 3339 with milliseconds, in UTC.
const timestamp = "2006-01-02T15:04:05.000Z"

// instant is a time that marshals in the API's format.
type instant time.Time

func (t instant) MarshalText() ([]byte, error) {
	return time.Time(t).UTC().AppendFormat(nil, timestamp), nil
}

// fields is a WorkItem without its methods, so that encoding/json sees the
// struct tags instead of calling MarshalJSON again.
type fields WorkItem

// wireItem overrides the times of the embedded fields with the API's format.
type wireItem struct {
	*fields
	OwnerID   *string  `json:"ownerId"`
	OwnerName *string  `json:"ownerName"`
	Created   instant  `json:"created"`
	Modified  *instant `json:"modified"`
	Completed *instant `json:"completed"`
}

func wire(w *WorkItem) wireItem {
	item := wireItem{
		fields:    (*fields)(w),
		Created:   instant(w.Created),
		Modified:  (*instant)(w.Modified),
		Completed: (*instant)(w.Completed),
	}
	if !w.Ownerless {
		item.OwnerID, item.OwnerName = &w.OwnerID, &w.OwnerName
	}
	return item
}

// MarshalJSON gives the API's JSON of the stored truth, extra fields included.
func (w WorkItem) MarshalJSON() ([]byte, error) {
	if len(w.Extra) == 0 {
		return json.Marshal(wire(&w))
	}
	object, err := w.object()
	if err != nil {
		return nil, err
	}
	return json.Marshal(object)
}

// object gives the JSON object of the work item in a form that can be edited.
func (w *WorkItem) object() (map[string]any, error) {
	data, err := json.Marshal(wire(w))
	if err != nil {
		return nil, fmt.Errorf("encoding work item %s: %w", w.ID, err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return nil, fmt.Errorf("encoding work item %s: %w", w.ID, err)
	}
	maps.Copy(object, w.Extra)
	return object, nil
}

// knownFields are the JSON names of the API's WorkItem.
var knownFields = sync.OnceValue(func() map[string]any {
	object, err := (&WorkItem{}).object()
	if err != nil {
		panic(err) // an empty struct of plain fields always encodes
	}
	return object
})

// UnmarshalJSON reads the API's JSON; unknown fields go to Extra.
func (w *WorkItem) UnmarshalJSON(data []byte) error {
	*w = WorkItem{}
	if err := json.Unmarshal(data, (*fields)(w)); err != nil {
		return fmt.Errorf("decoding a work item: %w", err)
	}
	var object map[string]any
	if err := json.Unmarshal(data, &object); err != nil {
		return fmt.Errorf("decoding a work item: %w", err)
	}
	maps.DeleteFunc(object, func(key string, _ any) bool {
		_, known := knownFields()[key]
		return known
	})
	if len(object) > 0 {
		w.Extra = object
	}
	return nil
}

// ParseWorkItems reads a JSON array of work items, or a single one, in the
// API's format. It fails when an id is empty or comes twice.
func ParseWorkItems(data []byte) ([]WorkItem, error) {
	items, err := oneOrMany[WorkItem](data)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{"": true}
	for _, w := range items {
		if seen[w.ID] {
			return nil, fmt.Errorf("work item id %q is empty or taken", w.ID)
		}
		seen[w.ID] = true
	}
	return items, nil
}

// closed tells whether nothing can be done any more.
func (w *WorkItem) closed() bool { return w.Completed != nil }

// clone returns a copy that shares no memory with w, Extra's nested values
// excepted.
func (w *WorkItem) clone() *WorkItem {
	c := *w
	c.RequesterID = clonePtr(w.RequesterID)
	c.RequesterDisplayName = clonePtr(w.RequesterDisplayName)
	c.Modified = clonePtr(w.Modified)
	c.State = clonePtr(w.State)
	c.RemediationItems = slices.Clone(w.RemediationItems)
	c.ApprovalItems = slices.Clone(w.ApprovalItems)
	for i := range c.ApprovalItems {
		a := &c.ApprovalItems[i]
		a.Account, a.Name = clonePtr(a.Account), clonePtr(a.Name)
		a.Value, a.State = clonePtr(a.Value), clonePtr(a.State)
	}
	c.Name = clonePtr(w.Name)
	c.Completed = clonePtr(w.Completed)
	c.NumItems = clonePtr(w.NumItems)
	if w.Form != nil {
		f := *w.Form
		f.ID, f.Name = clonePtr(f.ID), clonePtr(f.Name)
		f.Title, f.Subtitle = clonePtr(f.Title), clonePtr(f.Subtitle)
		f.Sections = slices.Clone(f.Sections)
		for i := range f.Sections {
			section := &f.Sections[i]
			section.Name, section.Label = clonePtr(section.Name), clonePtr(section.Label)
			section.FormItems = slices.Clone(section.FormItems)
			for j := range section.FormItems {
				section.FormItems[j] = slices.Clone(section.FormItems[j])
			}
		}
		c.Form = &f
	}
	c.Errors = slices.Clone(w.Errors)
	c.Extra = maps.Clone(w.Extra)
	return &c
}

func clonePtr[T any](p *T) *T {
	if p == nil {
		return nil
	}
	return new(*p)
}
