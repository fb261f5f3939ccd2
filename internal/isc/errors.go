// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"
)

// What an error of this package can be, for errors.Is. The first four are never
// said of a request that got no access token.
var (
	// ErrNotFound is an answer with status 404, or a work item that is not
	// among the completed ones.
	ErrNotFound = errors.New("not found")
	// ErrForbidden is an answer with status 403.
	ErrForbidden = errors.New("forbidden")
	// ErrUnauthorized is an answer with status 401.
	ErrUnauthorized = errors.New("unauthorized")
	// ErrRateLimited is an answer with status 429: the request was not executed.
	ErrRateLimited = errors.New("rate limited")
	// ErrUnusable is a successful status with an answer that isn't what the API
	// documents.
	ErrUnusable = errors.New("unusable answer")
	// ErrTooMuch is an answer, or a list, that is too large to be read.
	ErrTooMuch = errors.New("too much")
	// ErrReadOnly is an act that a read-only client refused to send.
	ErrReadOnly = errors.New("the client is read-only")
	// ErrInvalidID is an id that can't be one; nothing was sent.
	ErrInvalidID = errors.New("invalid id")
	// ErrGuardExpired is an act of which nothing was sent, because the service
	// asked for a pause after the read that guards it, or that read is too old.
	ErrGuardExpired = errors.New("the read before the act is no longer fresh")
	// ErrNothingSent is an act of which nothing was written to the network.
	ErrNothingSent = errors.New("nothing was sent")
)

// maxMessages bounds the texts of one answer.
const maxMessages = 10

// APIError is an answer of the service that says no. An act answered so was
// refused: it was not executed.
type APIError struct {
	StatusCode int
	// DetailCode and TrackingID are the service's own; "" when it sent none.
	DetailCode, TrackingID string
	// Messages are the service's explanations, the most specific first, each a
	// single line of bounded length. Of very many only the first are kept.
	Messages []string
	// Method and Path are of the request; Path is without the query.
	Method, Path string
	// RetryAfter is the pause that the answer asked for; 0 if none.
	RetryAfter time.Duration
}

// Error shows request, status, explanations, detail code and tracking id.
func (e *APIError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s: status %d", e.Method, e.Path, e.StatusCode)
	if text := http.StatusText(e.StatusCode); text != "" {
		b.WriteString(" " + text)
	}
	if len(e.Messages) > 0 {
		b.WriteString(": " + strings.Join(e.Messages, "; "))
	}
	var labels []string
	if e.DetailCode != "" {
		labels = append(labels, "detail code "+e.DetailCode)
	}
	if e.TrackingID != "" {
		labels = append(labels, "tracking id "+e.TrackingID)
	}
	if len(labels) > 0 {
		b.WriteString(" (" + strings.Join(labels, ", ") + ")")
	}
	return b.String()
}

// Is makes errors.Is(err, ErrNotFound) and the like work.
func (e *APIError) Is(target error) bool {
	switch target {
	case ErrNotFound:
		return e.StatusCode == http.StatusNotFound
	case ErrForbidden:
		return e.StatusCode == http.StatusForbidden
	case ErrUnauthorized:
		return e.StatusCode == http.StatusUnauthorized
	case ErrRateLimited:
		return e.StatusCode == http.StatusTooManyRequests
	}
	return false
}

// TokenError means that there is no access token for a request, which therefore
// was not sent. Why says nothing about what the request was for, so it isn't
// unwrapped; only the end of the caller's context shows through.
type TokenError struct {
	// Err is why: an *APIError of the token request, most often.
	Err error
	// Refused means that the service refused the credentials, so that there
	// won't be a token in this run.
	Refused bool
}

// Error says that there is no access token, and why.
func (e *TokenError) Error() string { return "no access token: " + e.Err.Error() }

// Is reports whether there is no token because the caller's context ended.
func (e *TokenError) Is(target error) bool {
	return (target == context.Canceled || target == context.DeadlineExceeded) && errors.Is(e.Err, target)
}

// AmbiguousError is an act of which at least a part may have been written, but
// whose answer doesn't tell whether it was executed. Only reading the work item
// again can settle that; the client never repeats the act.
type AmbiguousError struct {
	// Err is the cause: an *APIError with a status of 5xx, an error of the
	// connection, or what is wrong with the answer.
	Err          error
	Method, Path string
	// TrackingID is the service's, if it sent one.
	TrackingID string
}

// Error says that the outcome is unknown, and why.
func (e *AmbiguousError) Error() string {
	return fmt.Sprintf("unknown whether the service executed the request %s %s: %v", e.Method, e.Path, e.Err)
}

// Unwrap returns the cause.
func (e *AmbiguousError) Unwrap() error { return e.Err }

// BaseURLError is an answer that suggests that the base URL names something
// else than the tenant's API: a web page, a redirect, or no token endpoint.
type BaseURLError struct {
	Err error
	// BaseURL is the one in use, and Likely the one that is probably meant; ""
	// when there is no telling.
	BaseURL, Likely string
}

// Error returns the text of the cause.
func (e *BaseURLError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *BaseURLError) Unwrap() error { return e.Err }

// unusableError is a successful status with an answer that can't be used.
type unusableError struct {
	reason string
	// quoted is the body that the reason ends with.
	quoted []byte
	// transient tells apart an answer that seems to be cut off, or to come from
	// a gateway, from one that the service means like that.
	transient bool
	// tooMuch means that nothing is wrong with the answer but its size.
	tooMuch bool
}

func (e *unusableError) Error() string {
	if e.tooMuch {
		return e.reason
	}
	return "unusable answer: " + e.reason
}

// Is makes errors.Is(err, ErrUnusable) and ErrTooMuch work.
func (e *unusableError) Is(target error) bool {
	return target == ErrTooMuch && e.tooMuch || target == ErrUnusable && !e.tooMuch
}

// malformed is an unusable answer that would not get better.
func malformed(format string, args ...any) error {
	return &unusableError{reason: fmt.Sprintf(format, args...)}
}

// tooMuch is the error of what is too large to be read.
func tooMuch(format string, args ...any) error {
	return &unusableError{reason: fmt.Sprintf(format, args...), tooMuch: true}
}

// maskedError is an error whose text held a secret.
type maskedError struct {
	err  error
	text string
}

func (e *maskedError) Error() string { return e.text }
func (e *maskedError) Unwrap() error { return e.err }

// maskError masks secrets in the text of an error: what a server or proxy has
// got it may send back.
func (c *Client) maskError(err error) error {
	if err == nil {
		return nil
	}
	if unusable, ok := errors.AsType[*unusableError](err); ok && unusable.quoted != nil {
		unusable.reason += c.bodyText(unusable.quoted)
		unusable.quoted = nil
	}
	if text := c.mask(err.Error()); text != err.Error() {
		return &maskedError{err, text}
	}
	return err
}

// mask replaces the client's own secrets in a text.
func (c *Client) mask(text string) string {
	for _, secret := range c.Secrets() {
		text = strings.ReplaceAll(text, secret, "***")
	}
	return text
}

// apiError makes the error of an answer outside 2xx. Authorized tells whether
// the request carried an access token.
func (c *Client) apiError(r *reply, authorized bool) *APIError {
	e := &APIError{StatusCode: r.status, Method: r.method, Path: c.mask(r.path)}
	e.RetryAfter, _ = retryAfter(r.header, time.Now())
	c.explain(e, r.body)
	if e.TrackingID == "" {
		e.TrackingID = OneLine(c.mask(r.header.Get("SLPT-Request-ID")))
	}
	if r.redirected() {
		e.Messages = append([]string{redirectText(c.mask(r.header.Get("Location")))}, e.Messages...)
	}
	if r.status == http.StatusUnauthorized && authorized && !c.RenewsToken() {
		e.Messages = append(e.Messages, "the access_token was rejected; it may have expired, and a static one can't be renewed")
	}
	return e
}

// redirectText names the host only: the rest of a Location may hold anything.
func redirectText(location string) string {
	if u, err := url.Parse(location); err == nil && u.Host != "" {
		return "the redirect to " + OneLine(u.Host) + " was not followed"
	}
	return "the redirect was not followed"
}

// errorBody has the keys under which errors are known to arrive.
type errorBody struct {
	DetailCode       string           `json:"detailCode"`
	TrackingID       string           `json:"trackingId"`
	Causes           []jsontext.Value `json:"causes"`
	Messages         []jsontext.Value `json:"messages"`
	Error            string           `json:"error"`
	ErrorDescription string           `json:"error_description"`
	Message          string           `json:"message"`
	FormattedMsg     string           `json:"formatted_msg"`
	ErrorMessage     string           `json:"errorMessage"`
	DetailMessage    string           `json:"detailMessage"`
}

// explain fills in what the body of an answer says. Texts are for people: where
// the body has none of the known shapes, its beginning is better than nothing.
// Secrets are masked before a text is cut to its length: the rest of one that
// is cut in two can't be recognised.
func (c *Client) explain(e *APIError, body []byte) {
	say := func(text string) {
		if text = OneLine(c.mask(text)); text != "" && !slices.Contains(e.Messages, text) {
			e.Messages = append(e.Messages, text)
		}
	}
	var b errorBody
	if startsWith(body, '{') {
		// A refusal may quote an item. What can't be read can't be redacted.
		if redacted, err := c.redactor.canonical(body, true); err == nil {
			body = redacted
		}
	}
	if decodeObject(body, &b) == nil {
		e.DetailCode, e.TrackingID = OneLine(c.mask(b.DetailCode)), OneLine(c.mask(b.TrackingID))
		for _, entry := range slices.Concat(b.Causes, b.Messages) {
			if len(e.Messages) > maxMessages {
				break
			}
			say(entryText(entry))
		}
		switch {
		case b.Error != "" && b.ErrorDescription != "":
			say(b.Error + ": " + b.ErrorDescription)
		default:
			say(b.Error + b.ErrorDescription)
		}
		for _, text := range []string{b.Message, b.FormattedMsg, b.ErrorMessage, b.DetailMessage} {
			say(text)
		}
	}
	if len(e.Messages) == 0 && e.DetailCode == "" && e.TrackingID == "" {
		say(c.bodyText(body))
	}
	if len(e.Messages) > maxMessages {
		e.Messages = append(e.Messages[:maxMessages], "…")
	}
}

// entryText is the text of an entry of messages or causes: an object with a
// text, or just that text.
func entryText(entry jsontext.Value) string {
	var e struct {
		Text string `json:"text"`
	}
	if decodeObject(entry, &e) == nil {
		return e.Text
	}
	return textOf(entry)
}

var (
	htmlTitle = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title>`)
	htmlNoise = regexp.MustCompile(`(?is)<(?:script|style)\b.*?</(?:script|style)>|<[^>]*>`)
)

// bodyText is a line about a body that isn't what it should be, with secrets
// masked and those of others redacted.
func (c *Client) bodyText(body []byte) string {
	if startsWith(body, '{') || startsWith(body, '[') {
		redacted, err := c.redactor.canonical(body, true)
		if err != nil {
			// What can't be read can't be redacted either.
			return fmt.Sprintf("%d bytes that are not JSON", len(body))
		}
		body = redacted
	}
	text := c.mask(string(body))
	// Much more than is shown, so that markup doesn't use it up.
	text = text[:min(len(text), 64*maxText)]
	switch {
	case !isHTML(body):
		return OneLine(text)
	case htmlTitle.MatchString(text):
		text = htmlTitle.FindStringSubmatch(text)[1]
	default:
		text = htmlNoise.ReplaceAllString(text, " ")
	}
	return OneLine("HTML page: " + strings.Join(strings.Fields(c.mask(html.UnescapeString(text))), " "))
}

func isHTML(body []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(body, "\ufeff \t\r\n"), []byte("<"))
}
