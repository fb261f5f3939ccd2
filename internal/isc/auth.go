// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"cmp"
	"context"
	"encoding/base64"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// tokenPath is the same for all API versions.
const tokenPath = "/oauth/token"

// minSecret is the length from which on a secret can be masked without mangling
// messages.
const minSecret = 8

// token is an access token.
type token struct {
	value string
	// staleAt is when a new one should be fetched, some time before this one
	// expires; zero means never.
	staleAt time.Time
	// accepted means that the service has accepted it at least once.
	accepted bool
}

// tokenSource provides the access token of a client: the given one, or one
// fetched with the client credentials and shared by all requests.
//
// The fetch is the client's own rather than that of golang.org/x/oauth2: it
// must pass the same limiter and retries as other requests, waiting for it must
// end with the waiter's context and not with that of the goroutine that
// happened to start it, its failures must carry status and tracking id, and the
// answer's Content-Type can't be trusted.
type tokenSource struct {
	client                 *Client
	clientID, clientSecret string

	flights flights[*token]

	mu         sync.Mutex
	current    *token
	identityID string
	masked     []string
	// refused is set once the service has refused the credentials, or two fresh
	// tokens in a row: trying on gets accounts locked.
	refused error
	// unaccepted counts the tokens in a row that were fetched and refused.
	unaccepted int
}

func newTokenSource(c *Client, config Config) *tokenSource {
	s := &tokenSource{client: c, clientID: config.ClientID, clientSecret: config.ClientSecret}
	if config.AccessToken != "" {
		s.current = &token{value: config.AccessToken}
		s.identityID = claimedIdentity(config.AccessToken)
		s.masked = spellings(config.AccessToken)
		return s
	}
	s.masked = spellings(config.ClientSecret)
	return s
}

// spellings returns a secret in all the ways in which an answer may write it:
// as it is, as it was sent, in HTML and in JSON.
func spellings(secret string) (all []string) {
	add := func(spelling string) {
		if !slices.Contains(all, spelling) {
			all = append(all, spelling)
		}
	}
	add(secret)
	encoded := url.QueryEscape(secret)
	add(encoded)
	add(percentEncoded.ReplaceAllStringFunc(encoded, strings.ToLower))
	add(html.EscapeString(secret))
	for _, escapeHTML := range []bool{true, false} {
		if quoted, err := json.Marshal(secret, jsontext.EscapeForHTML(escapeHTML), anyUTF8); err == nil {
			add(string(quoted[1 : len(quoted)-1]))
		}
	}
	return all
}

var percentEncoded = regexp.MustCompile(`%[0-9A-F]{2}`)

func (s *tokenSource) renewable() bool { return s.clientSecret != "" }

func (s *tokenSource) identity() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.identityID
}

func (s *tokenSource) secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.masked)
}

// valid returns the token in hand, or nil if a new one is due. The error is
// that of credentials which were refused.
func (s *tokenSource) valid() (*token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refused != nil {
		return nil, s.refused
	}
	if t := s.current; t != nil && (t.staleAt.IsZero() || time.Now().Before(t.staleAt)) {
		return t, nil
	}
	return nil, nil
}

// get returns a token, fetching it if need be. Concurrent callers share one
// fetch. Its errors are of type *[TokenError].
func (s *tokenSource) get(ctx context.Context) (*token, error) {
	if t, err := s.valid(); t != nil || err != nil {
		return t, err
	}
	t, err := share(ctx, s.client.limiter, &s.flights, "", func(ctx context.Context) (*token, error) {
		if t, err := s.valid(); t != nil || err != nil {
			return t, err
		}
		return s.fetch(ctx)
	})
	if err == nil {
		return t, nil
	}
	if noToken, ok := errors.AsType[*TokenError](err); ok {
		return nil, noToken
	}
	return nil, &TokenError{Err: err}
}

// reject takes note that the service rejected a token, unless that is known: of
// several requests rejected together only one causes a fetch.
func (s *tokenSource) reject(t *token, rejection error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.renewable() || s.current != t {
		return
	}
	s.current = nil
	s.unaccepted++
	if t.accepted {
		s.unaccepted = 0
	}
	if s.unaccepted == 2 {
		s.refused = &TokenError{Err: rejection, Refused: true}
	}
}

// accept takes note that the service accepted a token.
func (s *tokenSource) accept(t *token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	t.accepted, s.unaccepted = true, 0
}

// tokenReply is the part of the token reply that matters here.
type tokenReply struct {
	// AccessToken stays JSON, because nothing but a string will do.
	AccessToken jsontext.Value `json:"access_token"`
	// ExpiresIn is in seconds.
	ExpiresIn  *int64         `json:"expires_in"`
	IdentityID jsontext.Value `json:"identity_id"`
}

// fetch asks for a new token: POST /oauth/token. The credentials go into the
// body, never into the URL, which ends up in logs.
func (s *tokenSource) fetch(ctx context.Context) (*token, error) {
	form := url.Values{
		"grant_type":    {"client_credentials"},
		"client_id":     {s.clientID},
		"client_secret": {s.clientSecret},
	}
	started := time.Now()
	var answer tokenReply
	var value string
	err := s.client.do(ctx, request{
		method:      http.MethodPost,
		path:        tokenPath,
		body:        []byte(form.Encode()),
		contentType: "application/x-www-form-urlencoded",
		anonymous:   true,
	}, func(r *reply) error {
		answer = tokenReply{}
		if err := decodeObject(r.body, &answer); err != nil {
			return err
		}
		if answer.AccessToken.Kind() == '"' {
			value = textOf(answer.AccessToken)
		}
		if !usableToken(value) {
			return malformed("the answer has no usable access_token")
		}
		return nil
	})
	if err != nil {
		return nil, s.failed(err)
	}

	t := &token{value: value}
	if answer.ExpiresIn != nil && *answer.ExpiresIn > 0 {
		lifetime := time.Duration(min(*answer.ExpiresIn, int64(365*24*time.Hour/time.Second))) * time.Second
		t.staleAt = started.Add(lifetime - min(30*time.Second, lifetime/10))
	}
	identityID := cmp.Or(identity(answer.IdentityID), claimedIdentity(value))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	s.identityID = identityID
	if len(t.value) >= minSecret && !slices.Contains(s.masked, t.value) {
		s.masked = append(s.masked, spellings(t.value)...)
	}
	return t, nil
}

// failed makes the error of a token request, and remembers a refusal.
func (s *tokenSource) failed(err error) error {
	failure := &TokenError{Err: err}
	if apiErr, ok := errors.AsType[*APIError](err); ok {
		switch apiErr.StatusCode {
		case http.StatusBadRequest, http.StatusUnauthorized, http.StatusForbidden:
			failure.Refused = true
			s.mu.Lock()
			defer s.mu.Unlock()
			s.refused = failure
		}
	}
	return failure
}

// usableToken reports whether the text can stand in an Authorization header.
func usableToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

// claimedIdentity returns the claim identity_id of an access token that is a
// JWT; "" where there is none. Nothing is decided by it that the service would
// not check, so its signature doesn't matter.
func claimedIdentity(accessToken string) string {
	parts := strings.Split(accessToken, ".")
	if len(parts) != 3 {
		return ""
	}
	payload, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(parts[1], "="))
	if err != nil {
		return ""
	}
	var claims struct {
		IdentityID jsontext.Value `json:"identity_id"`
	}
	if decodeObject(payload, &claims) != nil {
		return ""
	}
	return identity(claims.IdentityID)
}

// identity is the id in a piece of JSON; "" unless it can be one.
func identity(v jsontext.Value) string {
	if v.Kind() != '"' || CheckID("identity id", textOf(v)) != nil {
		return ""
	}
	return textOf(v)
}
