// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"fmt"
	"reflect"
	"strconv"
)

// Behavior selects what the service does where its documentation is silent or
// contradicts what was seen. The zero value is the default world: each field
// names what it is about, its default, and the alternative. Fields that hold
// an HTTP status take 0 for their default.
type Behavior struct {
	// OpenState is the state served for open work items and undecided approval
	// items that carry none: "" for null (default), or "Pending". The schema
	// history allows both.
	OpenState string
	// ApprovedWord is the state of an approved approval item. Default
	// "Finished": the enum has no "Approved". Assumed.
	ApprovedWord string
	// RejectedWord is the state of a rejected approval item. Default
	// "Rejected". Assumed.
	RejectedWord string
	// LeaveItemStateNull serves approval items without a state even after a
	// decision. Default: the state tells the decision. Assumed.
	LeaveItemStateNull bool
	// DropApprovalItemsWhenClosed serves approvalItems null once the work item
	// is closed. Default: they stay. Assumed.
	DropApprovalItemsWhenClosed bool
	// KeepOpenAfterLastDecision leaves a work item open when its last approval
	// item is decided. Default: that closes it. Customers approve, then complete,
	// so the service may well leave it open.
	KeepOpenAfterLastDecision bool
	// StateWhenAllRejected is the state of a work item closed by decisions that
	// are rejections throughout. Default "Finished", as in the product that the
	// service descends from; the alternative is "Rejected".
	StateWhenAllRejected string
	// ArchiveUnderAnotherID gives a work item another id when it is closed: the
	// completed list and the answer to a completion show that one, and a GET of
	// the former id is 404. Default: the id stays. The product that the service
	// descends from archives like that.
	ArchiveUnderAnotherID bool
	// GetClosed404 answers 404 to a GET of a closed work item, which then shows
	// up in the completed list only. Default: 200 with completed set. Assumed.
	GetClosed404 bool

	// SecondActStatus answers an act on a closed work item or a decided
	// approval item. Default 400, the only listed code that fits; 200 answers
	// with the work item and performs nothing. Assumed.
	SecondActStatus int
	// SecondDecisionFlips lets a decision replace the one that was made before.
	// Default: see SecondActStatus. Assumed.
	SecondDecisionFlips bool
	// UnknownApprovalItemStatus answers a decision on an approval item that the
	// work item does not have. Default 404; alternative 400. Assumed.
	UnknownApprovalItemStatus int
	// BulkWithoutItemsStatus answers a bulk decision on a work item without
	// approval items. Default 400; 200 performs nothing. Assumed.
	BulkWithoutItemsStatus int
	// RefuseBulkWhenPartlyDecided answers 400 to a bulk decision once some
	// approval items are decided. Default: it decides the rest. Assumed.
	RefuseBulkWhenPartlyDecided bool
	// RefuseCompleteWhileUndecided answers 400 to completing a work item that
	// has undecided approval items. Default: it closes, and they stay
	// undecided. Assumed.
	RefuseCompleteWhileUndecided bool
	// SubmitWithoutFormStatus answers an account selection on a work item that
	// has no form. Default 400. Assumed.
	SubmitWithoutFormStatus int
	// RefuseIncompleteSelections answers 400 to an account selection that lacks
	// a required field of the form. Default: anything is accepted. Assumed.
	RefuseIncompleteSelections bool
	// ForwardUnknownIdentityStatus answers a forward to an unknown identity.
	// Default 400; alternative 404. Assumed.
	ForwardUnknownIdentityStatus int
	// ForwardUnknownWorkItemStatus answers a forward of an unknown work item.
	// Default 404, which the specification does not list; alternative 400.
	// Assumed.
	ForwardUnknownWorkItemStatus int
	// RequireForwardComment refuses an empty comment (400). A missing one is
	// always refused, as documented. Default: empty is accepted. Assumed.
	RequireForwardComment bool
	// RequireExperimentalHeader refuses a forward without
	// X-SailPoint-Experimental: true (400), as the specification asked until
	// January 2026. Default: not needed.
	RequireExperimentalHeader bool
	// RequireJSONContentType answers a POST without a JSON Content-Type, with
	// or without a body. Default 400; alternatives 415, and 200 to accept it.
	// Assumed.
	RequireJSONContentType int

	// ForeignItemStatus answers a caller who is neither owner of the work item
	// nor admin. Default 403; alternative 404. The documents leave both open.
	ForeignItemStatus int
	// ForeignOwnerStatus answers a caller who is not admin and names another
	// owner. Default 403, which is listed; that it is this one is assumed.
	ForeignOwnerStatus int
	// AdminSeesOwnOnly lets an admin who names no owner see their own work items
	// only. Default: those of the whole tenant, as seen.
	AdminSeesOwnOnly bool
	// OwnOwnerIDStatus answers a caller who names their own id as the owner.
	// Default 200; alternatives 400 and 403. Assumed.
	OwnOwnerIDStatus int
	// OverLimitStatus answers a limit above 250. Default 400; 200 serves a page
	// of 250. Assumed.
	OverLimitStatus int
	// LimitZeroServesDefault treats limit=0 as no limit given. Default: an
	// empty page. Unknown.
	LimitZeroServesDefault bool
	// OpenListIncludesClosed lists closed work items among the open ones too.
	// Default: open only, as the vendor's staff believe.
	OpenListIncludesClosed bool
	// DuplicateAcrossPages begins each page after the first with the last row
	// of the page before, over and above its own rows, so that nothing is lost.
	// Default: each row once. Unspecified.
	DuplicateAcrossPages bool
	// UnstableOrder serves each list request from another starting point, so
	// that pages overlap and leave gaps. Default: insertion order. Unspecified.
	UnstableOrder bool

	// ListRowsLack names a field of the work item, as in the API, that rows of
	// lists don't have. Default: they are complete, as seen for all but forms.
	ListRowsLack string

	// RateCounting is how requests are counted against the limit: "intervals"
	// (default, the documents say that a limit resets), "sliding" or "bucket".
	RateCounting string
	// RateBackOff asks whoever exceeds the limit in three intervals within 120
	// seconds for pauses of a minute and more, growing. Default off; the vendor
	// has drafted it for some routes.
	RateBackOff bool

	// StaleReads is how many reads after an act still show the work item as it
	// was before. A row in a list counts as a read. Default 0. Assumed.
	StaleReads int
	// FactsDrift renames the requester after each GET of a work item. Default:
	// facts do not change while a work item is open. Assumed.
	FactsDrift bool
	// OmitNulls leaves out fields that are null: nothing in the schemas is
	// marked as required. Default: null is written.
	OmitNulls bool
	// UnknownEnums serves a type, and a state while open, that no
	// specification knows. New values count as non-breaking.
	UnknownEnums bool
	// ExtraFields adds fields that no specification knows to work items and
	// approval items. New fields count as non-breaking.
	ExtraFields bool
	// NumbersAsStrings writes numItems and all counts as JSON strings.
	NumbersAsStrings bool
	// CountAsArray answers the count of completed work items as an array of
	// one object, as the beta specification declares.
	CountAsArray bool
	// XDeprecated marks every answer under a yearly prefix (all but v1) with
	// X-Deprecated: true.
	XDeprecated bool
	// WrongContentType labels all answers application/octet-stream. That is
	// also the default for requests without an Accept header, as seen.
	WrongContentType bool
	// ContentEncodingUTF8On4xx adds Content-Encoding: UTF-8 to the otherwise
	// plain bodies of 4xx answers, as seen.
	ContentEncodingUTF8On4xx bool
	// PublicIdentitiesStatus answers whoever looks people up. Default 200;
	// alternatives 403 and others.
	PublicIdentitiesStatus int
	// RefuseIdentityFilterIn answers 400 to a look-up of several ids at once.
	// Default: it is supported, as documented.
	RefuseIdentityFilterIn bool
	// IdentityFilterIsCaseSensitive compares e-mail addresses and aliases with
	// case. Default: most comparisons ignore case, as documented.
	IdentityFilterIsCaseSensitive bool
	// OmitTokenIdentityID leaves identity_id out of the token reply.
	OmitTokenIdentityID bool
}

// Set sets the field of that name from its text form, as in a command-line
// flag.
func (b *Behavior) Set(field, value string) error {
	f := reflect.ValueOf(b).Elem().FieldByName(field)
	if !f.IsValid() {
		return fmt.Errorf("unknown behavior %q", field)
	}
	switch f.Kind() {
	case reflect.Bool:
		v, err := strconv.ParseBool(value)
		if err != nil {
			return fmt.Errorf("behavior %s: %w", field, err)
		}
		f.SetBool(v)
	case reflect.Int:
		v, err := strconv.Atoi(value)
		if err != nil {
			return fmt.Errorf("behavior %s: %w", field, err)
		}
		f.SetInt(int64(v))
	default:
		f.SetString(value)
	}
	return nil
}
