// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// WorkItem is a work item as the service sends it. Every field may be null or
// absent, so a nil pointer or nil slice means exactly that, never "" or 0. Text
// is in NFC, because Terraform keeps all text so. Secrets of others are taken
// out: see [Config].RedactRegex.
type WorkItem struct {
	ID                   string  `json:"id"`
	RequesterID          *string `json:"requesterId"`
	RequesterDisplayName *string `json:"requesterDisplayName"`
	OwnerID              *string `json:"ownerId"`
	OwnerName            *string `json:"ownerName"`
	// Created, Modified and Completed are times as served; an empty completion
	// time is nil.
	Created     *string  `json:"created"`
	Modified    *string  `json:"modified"`
	Completed   *string  `json:"completed"`
	Description *string  `json:"description"`
	State       *string  `json:"state"`
	Type        *string  `json:"type"`
	Name        *string  `json:"name"`
	NumItems    *int64   `json:"numItems"`
	Errors      []string `json:"errors"`
	// RemediationItems is nil when the service sent null or nothing.
	RemediationItems []RemediationItem `json:"remediationItems"`
	// ApprovalItems is nil when the service sent null or nothing; some tenants
	// may do so once the work item is closed.
	ApprovalItems []ApprovalItem `json:"approvalItems"`
	Form          *Form          `json:"form"`
	// Raw is the work item as served, unknown fields included, in canonical
	// form and with its secrets redacted. Only snapshots that ask for it keep
	// it (Query.KeepRaw).
	Raw jsontext.Value `json:"-"`
}

// ApprovalItem is one line of an approval, or one change of an account that a
// manual task asks for.
type ApprovalItem struct {
	ID          string  `json:"id"`
	Account     *string `json:"account"`
	Application *string `json:"application"`
	Name        *string `json:"name"`
	Operation   *string `json:"operation"`
	Value       *string `json:"value"`
	State       *string `json:"state"`
	// ValueRedacted means that there is a value, and that it was taken out.
	ValueRedacted bool `json:"-"`
}

// RemediationItem is one line of a remediation work item.
type RemediationItem struct {
	ID                 string  `json:"id"`
	TargetID           *string `json:"targetId"`
	TargetName         *string `json:"targetName"`
	TargetDisplayName  *string `json:"targetDisplayName"`
	ApplicationName    *string `json:"applicationName"`
	AttributeName      *string `json:"attributeName"`
	AttributeOperation *string `json:"attributeOperation"`
	AttributeValue     *string `json:"attributeValue"`
	NativeIdentity     *string `json:"nativeIdentity"`
	// AttributeValueRedacted means that there is a value, and that it was
	// taken out.
	AttributeValueRedacted bool `json:"-"`
}

// Form is the form of a work item, such as an account selection.
type Form struct {
	ID         *string       `json:"id"`
	Name       *string       `json:"name"`
	Title      *string       `json:"title"`
	Subtitle   *string       `json:"subtitle"`
	TargetUser *string       `json:"targetUser"`
	Sections   []FormSection `json:"sections"`
}

// FormSection is one section of a form. FormItems stay JSON, in canonical form
// and with their secrets redacted, because the service does not document their
// shape.
type FormSection struct {
	Name      *string          `json:"name"`
	Label     *string          `json:"label"`
	FormItems []jsontext.Value `json:"formItems"`
}

// Closed reports whether the work item has left the open list.
func (wi *WorkItem) Closed() bool { return IsClosed(wi.State, wi.Completed) }

// IsClosed reports whether a work item with this state and this completion time
// has left the open list: it has a completion time, or a state that the API
// documents as final.
func IsClosed(state, completed *string) bool {
	if completed != nil && *completed != "" {
		return true
	}
	switch strings.ToLower(text(state)) {
	case "finished", "rejected", "returned", "expired", "canceled":
		return true
	}
	return false
}

// Finished reports whether the work item was completed in the ordinary way; a
// completed one without a state counts as such.
func (wi *WorkItem) Finished() bool {
	return strings.EqualFold(text(wi.State), "finished") || text(wi.State) == "" && wi.Closed()
}

// ApprovalItem returns the approval item with the id, or nil.
func (wi *WorkItem) ApprovalItem(id string) *ApprovalItem {
	i := slices.IndexFunc(wi.ApprovalItems, func(item ApprovalItem) bool { return item.ID == id })
	if i < 0 {
		return nil
	}
	return &wi.ApprovalItems[i]
}

// Decision is what was decided on an approval item.
type Decision string

// The decisions.
const (
	Undecided Decision = ""
	Approved  Decision = "approve"
	Rejected  Decision = "reject"
)

// Decision returns what the approval item's state stands for; see [DecisionOf].
func (item *ApprovalItem) Decision() (Decision, error) { return DecisionOf(item.State) }

// DecisionOf returns what the state of an approval item stands for. A state
// that says neither decided nor undecided is an error that names it.
func DecisionOf(state *string) (Decision, error) {
	switch strings.ToLower(text(state)) {
	case "", "pending":
		return Undecided, nil
	case "finished":
		return Approved, nil
	case "rejected":
		return Rejected, nil
	}
	return Undecided, fmt.Errorf("the state %q says neither approved nor rejected nor undecided", OneLine(*state))
}

// normalizeText brings all text that others wrote into NFC. What the service
// keeps decomposed would otherwise never equal what Terraform holds.
func (wi *WorkItem) normalizeText() {
	wi.eachText(normalize)
	for i, s := range wi.Errors {
		wi.Errors[i] = norm.NFC.String(s)
	}
}

func normalize(s **string) {
	if *s != nil && !norm.NFC.IsNormalString(**s) {
		*s = new(norm.NFC.String(**s))
	}
}

// eachText visits every text of the work item but its own ids and errors.
func (wi *WorkItem) eachText(visit func(**string)) {
	each := func(texts ...**string) {
		for _, s := range texts {
			visit(s)
		}
	}
	each(&wi.RequesterID, &wi.RequesterDisplayName, &wi.OwnerID, &wi.OwnerName, &wi.Created, &wi.Modified, &wi.Completed,
		&wi.Description, &wi.State, &wi.Type, &wi.Name)
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		each(&item.Account, &item.Application, &item.Name, &item.Operation, &item.Value, &item.State)
	}
	for i := range wi.RemediationItems {
		item := &wi.RemediationItems[i]
		each(&item.TargetID, &item.TargetName, &item.TargetDisplayName, &item.ApplicationName,
			&item.AttributeName, &item.AttributeOperation, &item.AttributeValue, &item.NativeIdentity)
	}
	if form := wi.Form; form != nil {
		each(&form.ID, &form.Name, &form.Title, &form.Subtitle, &form.TargetUser)
		for i := range form.Sections {
			each(&form.Sections[i].Name, &form.Sections[i].Label)
		}
	}
}

// text is the text, or "" where there is none.
func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
