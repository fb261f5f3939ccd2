// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// answer is what the service says, before it is written.
type answer struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
}

const jsonType = "application/json"

func jsonAnswer(status int, value any) answer {
	body, err := json.Marshal(value)
	if err != nil {
		// Only WorkItem.Extra and form items given as broken JSON can do this.
		return errorAnswer(http.StatusInternalServerError, "", err.Error())
	}
	return answer{status: status, contentType: jsonType, body: body}
}

// detailCodes are the documented ones; others follow their pattern.
var detailCodes = map[int]string{
	http.StatusBadRequest:          "400.1 Bad Request Content",
	http.StatusNotFound:            "404 Not found",
	http.StatusInternalServerError: "500.0 Internal Fault",
}

// documentedTexts replace the reason in the answers that name none.
var documentedTexts = map[int]string{
	http.StatusForbidden: "The server understood the request but refuses to authorize it.",
	http.StatusNotFound:  "The server did not find a current representation for the target resource.",
}

type errorMessage struct {
	Locale       string `json:"locale"`
	LocaleOrigin string `json:"localeOrigin"`
	Text         string `json:"text"`
}

// errorAnswer is the body that the service has for a status: each family of
// statuses has another shape. A status below 400 has none.
func errorAnswer(status int, op Operation, reason string) answer {
	switch {
	case status < http.StatusBadRequest:
		return answer{status: status, contentType: jsonType}
	case status == http.StatusTooManyRequests:
		return jsonAnswer(status, map[string]string{"message": " Rate Limit Exceeded "})
	case op == OpToken, status > http.StatusInternalServerError:
		code := strings.ToLower(strings.ReplaceAll(http.StatusText(status), " ", "_"))
		return jsonAnswer(status, map[string]string{"error": code, "error_description": reason})
	case status == http.StatusUnauthorized:
		return unauthorized(reason)
	}
	return jsonAnswer(status, struct {
		DetailCode string         `json:"detailCode"`
		TrackingID string         `json:"trackingId"`
		Messages   []errorMessage `json:"messages"`
		Causes     []errorMessage `json:"causes"`
	}{
		DetailCode: cmp.Or(detailCodes[status], fmt.Sprintf("%d %s", status, http.StatusText(status))),
		TrackingID: randomHex(),
		Messages:   []errorMessage{{"en-US", "DEFAULT", cmp.Or(documentedTexts[status], reason)}},
		Causes:     []errorMessage{},
	})
}

func unauthorized(text string) answer {
	return jsonAnswer(http.StatusUnauthorized, map[string]string{"error": text})
}

// serveRow gives what a list shows of a stored work item.
func (b *Behavior) serveRow(w *WorkItem) (any, error) {
	served, err := b.serve(w)
	if err != nil || b.ListRowsLack == "" {
		return served, err
	}
	raw, err := json.Marshal(served)
	if err != nil {
		return nil, err
	}
	var object map[string]json.RawMessage
	err = json.Unmarshal(raw, &object)
	delete(object, b.ListRowsLack)
	return object, err
}

// serve gives what the API's JSON shows of a stored work item.
func (b *Behavior) serve(w *WorkItem) (any, error) {
	shown := *w
	if !w.closed() && w.State == nil && b.OpenState != "" {
		shown.State = &b.OpenState
	}
	if w.closed() && b.DropApprovalItemsWhenClosed {
		shown.ApprovalItems = nil
	}
	if len(shown.ApprovalItems) > 0 && (b.LeaveItemStateNull || b.OpenState != "") {
		shown.ApprovalItems = make([]ApprovalItem, len(w.ApprovalItems))
		for i, a := range w.ApprovalItems {
			if b.LeaveItemStateNull {
				a.State = nil
			}
			if a.State == nil && !w.closed() && b.OpenState != "" {
				a.State = &b.OpenState
			}
			shown.ApprovalItems[i] = a
		}
	}
	if b.UnknownEnums {
		shown.Type = "AgentReview"
		if !w.closed() {
			shown.State = new("InReview")
		}
	}
	if len(w.Extra) == 0 && !b.ExtraFields && !b.NumbersAsStrings && !b.OmitNulls {
		return wire(&shown), nil
	}
	object, err := shown.object()
	if err != nil {
		return nil, err
	}
	if b.ExtraFields {
		object["priority"] = "High"
		object["requestedFor"] = map[string]any{"id": "2c9180867624cbd7017642d8c8c81f67", "tags": []string{"new"}}
		if items, ok := object["approvalItems"].([]any); ok {
			for _, item := range items {
				if item, ok := item.(map[string]any); ok {
					item["riskScore"] = 7.5
				}
			}
		}
	}
	if n, ok := object["numItems"].(float64); ok && b.NumbersAsStrings {
		object["numItems"] = strconv.Itoa(int(n))
	}
	if b.OmitNulls {
		omitNulls(object)
	}
	return object, nil
}

// omitNulls removes the members that are null, at any depth.
func omitNulls(value any) {
	switch v := value.(type) {
	case map[string]any:
		for key, member := range v {
			if member == nil {
				delete(v, key)
				continue
			}
			omitNulls(member)
		}
	case []any:
		for _, element := range v {
			omitNulls(element)
		}
	}
}
