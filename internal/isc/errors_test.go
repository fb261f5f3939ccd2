// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"errors"
	"io"
	"log"
	"net/http"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }

func TestAPIError_showsEveryShapeOfErrorBody(t *testing.T) {
	t.Parallel()
	const request = "GET /v2024/work-items/" + testID + ": "
	for name, test := range map[string]struct {
		status     int
		body, want string
	}{
		"dto": {404, `{"detailCode":"404 Not found","trackingId":"e7eab60924f64aa284175b9fa3309599",
			"messages":[{"locale":"en-US","localeOrigin":"REQUEST","text":"Nothing there."}],"causes":[{"locale":null,"text":"It has gone."}]}`,
			"status 404 Not Found: It has gone.; Nothing there. (detail code 404 Not found, tracking id e7eab60924f64aa284175b9fa3309599)"},
		"same text twice": {400, `{"messages":[{"locale":"en-US","text":"Bad."},{"locale":"und","text":" Bad. "}],"causes":[]}`, "status 400 Bad Request: Bad."},
		"texts only":      {400, `{"messages":["one","two"],"causes":null}`, "status 400 Bad Request: one; two"},
		"ten texts":       {400, `{"messages":["0","1","2","3","4","5","6","7","8","9"]}`, "status 400 Bad Request: 0; 1; 2; 3; 4; 5; 6; 7; 8; 9"},
		"eleven texts":    {400, `{"messages":["0","1","2","3","4","5","6","7","8","9"],"error":"e"}`, "status 400 Bad Request: 0; 1; 2; 3; 4; 5; 6; 7; 8; 9; …"},
		"single entry":    {400, `{"messages":{"text":"one"}}`, "status 400 Bad Request: one"},
		"codes only":      {400, `{"detailCode":400.1,"trackingId":"t"}`, "status 400 Bad Request (detail code 400.1, tracking id t)"},
		"error":           {403, `{"error":"denied"}`, "status 403 Forbidden: denied"},
		"error with more": {403, `{"error":"denied","error_description":"by policy"}`, "status 403 Forbidden: denied: by policy"},
		"description":     {403, `{"error_description":"by policy"}`, "status 403 Forbidden: by policy"},
		"message":         {403, `{"message":" Rate  Limit\nExceeded "}`, `status 403 Forbidden: Rate  Limit\u{a}Exceeded`},
		"error + message": {404, `{"error":"Not Found","message":"no route"}`, "status 404 Not Found: Not Found; no route"},
		"others":          {400, `{"formatted_msg":"a","errorMessage":"b","detailMessage":"c"}`, "status 400 Bad Request: a; b; c"},
		"unknown keys":    {400, `{"problem": "x"}`, `status 400 Bad Request: {"problem":"x"}`},
		"html":            {400, "<!DOCTYPE html>\n<html><head><title>400 &amp;\n sorry</title></head></html>", "status 400 Bad Request: HTML page: 400 & sorry"},
		"html, no title":  {400, "<html><style>p {}</style><p>Go <b>away</b></p>", "status 400 Bad Request: HTML page: Go away"},
		"text":            {400, "upstream\tfailed\r\n", "status 400 Bad Request: upstream\\u{9}failed"},
		"empty":           {400, "", "status 400 Bad Request"},
		"empty object":    {400, "{}", "status 400 Bad Request: {}"},
		"null":            {400, "null", "status 400 Bad Request: null"},
		"broken utf-8":    {400, "a\xffb\x1b[31m", "status 400 Bad Request: a\ufffdb\\u{1b}[31m"},
		"unknown status":  {499, "", "status 499"},
		"long":            {400, strings.Repeat("ä", 400), "status 400 Bad Request: " + strings.Repeat("ä", 299) + "…"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			// The quirk of some 4xx answers.
			s := newService(t, answer(test.status, test.body, "Content-Encoding: UTF-8"))
			_, err := s.client().GetWorkItem(t.Context(), testID)
			if err == nil || err.Error() != request+test.want {
				t.Errorf("got  %v\nwant %s", err, request+test.want)
			}
		})
	}
}

func TestAPIError_hasTheFacts(t *testing.T) {
	t.Parallel()
	s := newService(t, answer(404, `{"detailCode":"404 Not found","trackingId":"t1","messages":[{"text":"m"}]}`, "Retry-After: 5"))
	_, err := s.client().GetWorkItem(t.Context(), testID)
	var e *APIError
	if !errors.As(err, &e) {
		t.Fatalf("got %T", err)
	}
	if e.StatusCode != 404 || e.DetailCode != "404 Not found" || e.TrackingID != "t1" || len(e.Messages) != 1 ||
		e.Method != "GET" || e.Path != "/v2024/work-items/"+testID || e.RetryAfter != 5*time.Second {
		t.Errorf("got %#v", e)
	}
}

func TestAPIError_is(t *testing.T) {
	t.Parallel()
	kinds := map[int]error{401: ErrUnauthorized, 403: ErrForbidden, 404: ErrNotFound, 429: ErrRateLimited}
	for _, status := range []int{400, 401, 403, 404, 409, 429, 500} {
		for want, kind := range kinds {
			if got := errors.Is(&APIError{StatusCode: status}, kind); got != (status == want) {
				t.Errorf("%d is %v: %v", status, kind, got)
			}
		}
	}
	if errors.Is(&APIError{StatusCode: 404}, io.EOF) {
		t.Error("a 404 is not any error")
	}
	// Also through an ambiguous one.
	if err := error(&AmbiguousError{Err: &APIError{StatusCode: 500}}); !errors.As(err, new(*APIError)) {
		t.Error("the cause can't be reached")
	}
}

func TestUnusable_orTooMuch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		err               error
		unusable, tooMuch bool
		text              string
	}{
		{malformed("%d is odd", 1), true, false, "unusable answer: 1 is odd"},
		{tooMuch("%d are too many", 2), false, true, "2 are too many"},
		{oversizeError{}, false, true, "the answer is longer than 32 MiB"},
	} {
		if errors.Is(test.err, ErrUnusable) != test.unusable || errors.Is(test.err, ErrTooMuch) != test.tooMuch || errors.Is(test.err, io.EOF) || test.err.Error() != test.text {
			t.Errorf("%v: unusable %t, too much %t", test.err, errors.Is(test.err, ErrUnusable), errors.Is(test.err, ErrTooMuch))
		}
	}
}

func FuzzErrorBody(f *testing.F) {
	for _, seed := range []string{
		``, `{}`, `null`, `{"messages":[{"text":1}],"causes":"x"}`, `{"error":{"a":[]}}`, "<html><title>", "<script>", "\xff\xfe", `{"messages":[[[]]]}`,
	} {
		f.Add([]byte(seed))
	}
	c, err := New(Config{BaseURL: "https://acme.example.com", AccessToken: "abc-token"})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		e := c.apiError(&reply{status: 400, header: http.Header{}, body: body}, true)
		if text := e.Error(); !utf8.ValidString(text) || strings.ContainsAny(text, "\n\r\x1b") {
			t.Errorf("got %q", text)
		}
		if len(e.Messages) > maxMessages+1 {
			t.Errorf("%d messages", len(e.Messages))
		}
		for _, m := range e.Messages {
			if n := utf8.RuneCountInString(m); m == "" || n > maxText {
				t.Errorf("a message of %d characters", n)
			}
		}
	})
}
