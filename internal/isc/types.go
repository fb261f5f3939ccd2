// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"encoding/json"
	"time"
)

// WorkItem is a work item as the service sends it. Every field may be null or
// absent, so a nil pointer or nil slice means exactly that, never "" or 0.
type WorkItem struct {
	ID                   string  `json:"id"`
	RequesterID          *string `json:"requesterId"`
	RequesterDisplayName *string `json:"requesterDisplayName"`
	OwnerID              *string `json:"ownerId"`
	OwnerName            *string `json:"ownerName"`
	// Created, Modified and Completed are RFC 3339 strings exactly as served.
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
	// Raw is the work item as served, unknown fields included. Only snapshots
	// that ask for it keep it (Query.KeepRaw).
	Raw json.RawMessage `json:"-"`
}

// ApprovalItem is one line of an approval work item.
type ApprovalItem struct {
	ID          string  `json:"id"`
	Account     *string `json:"account"`
	Application *string `json:"application"`
	Name        *string `json:"name"`
	Operation   *string `json:"operation"`
	Value       *string `json:"value"`
	State       *string `json:"state"`
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

// FormSection is one section of a form. FormItems stay raw JSON, because the
// service does not document their shape.
type FormSection struct {
	Name      *string           `json:"name"`
	Label     *string           `json:"label"`
	FormItems []json.RawMessage `json:"formItems"`
}

// Summary holds the number of work items of one owner.
type Summary struct {
	Open      int64 `json:"open"`
	Completed int64 `json:"completed"`
	Total     int64 `json:"total"`
}

// Forward says to whom a work item goes and why.
type Forward struct {
	TargetOwnerID     string `json:"targetOwnerId"`
	Comment           string `json:"comment"`
	SendNotifications bool   `json:"sendNotifications"`
}

// ActResult is a documented success answer to an act: the act was performed.
type ActResult struct {
	// WorkItem is the work item as the answer shows it; nil for a forward,
	// whose answer has no body.
	WorkItem *WorkItem
	// Date is the answer's Date header; zero when absent or unreadable.
	Date time.Time
	// PerformedBy is the identity_id of the token reply; "" when unknown.
	PerformedBy string
}

// Status selects which list a snapshot reads.
type Status string

// The lists a snapshot can read.
const (
	StatusOpen      Status = "open"
	StatusCompleted Status = "completed"
	StatusAll       Status = "all"
)

// Query says what a snapshot reads.
type Query struct {
	// OwnerIDs names the owners; empty means the caller's own work items.
	OwnerIDs []string
	Status   Status
	// KeepRaw keeps each work item's JSON as served in WorkItem.Raw.
	KeepRaw bool
}

// Snapshot is what a snapshot read.
type Snapshot struct {
	// Items are de-duplicated by id and ordered by (created, id).
	Items []WorkItem
	// Total is the number of work items the service counted.
	Total int64
	// Complete means that no movement was observed while reading; the API has
	// no isolation, so it can't promise more.
	Complete bool
	// Movement says what was observed when Complete is false.
	Movement string
}
