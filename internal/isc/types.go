// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import "time"

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
	// PerformedBy is the identity that the token acts for; "" when unknown.
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
