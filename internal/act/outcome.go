// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package act

import (
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// Outcomes of an act, as the state shows them.
const (
	// Performed: the service accepted the request.
	Performed = "performed"
	// Adopted: it had been done already.
	Adopted = "adopted"
	// Confirmed: the answer was lost, and a read showed it as done.
	Confirmed = "confirmed"
)

// Result is what is known once an act is done.
type Result struct {
	Outcome string
	// PerformedAt is zero unless known, and PerformedBy "".
	PerformedAt time.Time
	PerformedBy string
	// Before is the work item as read just before the act, which has the facts
	// that were decided upon; After is the latest view of it.
	Before, After *isc.WorkItem
	// Unconfirmed means that the service accepted the request, and that no read
	// has shown the act yet.
	Unconfirmed bool
}

// Circumstances says when, and as whom, an act was performed, as far as known.
func (r *Result) Circumstances() (text string) {
	if !r.PerformedAt.IsZero() {
		text = " at " + r.PerformedAt.UTC().Format(time.RFC3339)
	}
	if r.PerformedBy != "" {
		text += ", as identity " + r.PerformedBy
	}
	return text
}
