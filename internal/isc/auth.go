// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"encoding/json"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"
)

// tokenPath is the same for all API versions.
const tokenPath = "/oauth/token"

// token is an access token.
type token struct {
	value string
	// staleAt is when a new one should be fetched, some time before this one
	// expires; zero means never.
	staleAt time.Time
}

// tokenSource provides the access token of a client: the given one, or one
// fetched with the client credentials and shared by all requests.
//
// The fetch is the client's own rather than that of golang.org/x/oauth2: it
// must pass the same gate and retries as other requests, waiting for it must
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
}

func newTokenSource(c *Client, config Config) *tokenSource {
	s := &tokenSource{client: c, clientID: config.ClientID, clientSecret: config.ClientSecret}
	if config.AccessToken != "" {
		s.current = &token{value: config.AccessToken}
		s.masked = written(config.AccessToken)
		return s
	}
	s.masked = written(config.ClientSecret)
	return s
}

// written returns a secret in all the ways in which an answer may write it: as
// it is, as it was sent, in HTML and in JSON.
func written(secret string) (ways []string) {
	add := func(way string) {
		if !slices.Contains(ways, way) {
			ways = append(ways, way)
		}
	}
	add(secret)
	add(url.QueryEscape(secret))
	add(html.EscapeString(secret))
	for _, escapeHTML := range []bool{true, false} {
		var quoted strings.Builder
		encoder := json.NewEncoder(&quoted)
		encoder.SetEscapeHTML(escapeHTML)
		if encoder.Encode(secret) == nil {
			add(strings.TrimSuffix(quoted.String(), "\"\n")[1:])
		}
	}
	return ways
}

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

// valid returns the token in hand, or nil if a new one is due.
func (s *tokenSource) valid() *token {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t := s.current; t != nil && (t.staleAt.IsZero() || time.Now().Before(t.staleAt)) {
		return t
	}
	return nil
}

// get returns a token, fetching it if need be. Concurrent callers share one
// fetch.
func (s *tokenSource) get(ctx context.Context) (*token, error) {
	if t := s.valid(); t != nil {
		return t, nil
	}
	return share(ctx, s.client.gate, &s.flights, "", func(ctx context.Context) (*token, error) {
		// Another fetch may have ended just before this one started.
		if t := s.valid(); t != nil {
			return t, nil
		}
		return s.fetch(ctx)
	})
}

// drop forgets a token that the service rejected, unless it has been replaced
// since, so that of many requests rejected together only one causes a fetch.
func (s *tokenSource) drop(rejected *token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.renewable() && s.current == rejected {
		s.current = nil
	}
}

// tokenReply is the part of the token reply that matters here.
type tokenReply struct {
	// AccessToken stays raw, because nothing but a string will do.
	AccessToken json.RawMessage `json:"access_token"`
	// ExpiresIn is in seconds.
	ExpiresIn  *int64 `json:"expires_in"`
	IdentityID string `json:"identity_id"`
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
	err := s.client.repeatable(ctx, request{
		method:      http.MethodPost,
		path:        tokenPath,
		body:        []byte(form.Encode()),
		contentType: "application/x-www-form-urlencoded",
		anonymous:   true,
	}, func(r *reply) error {
		if err := decodeObject(r.body, &answer); err != nil {
			return err
		}
		if json.Unmarshal(answer.AccessToken, &value) != nil || !usableToken(value) {
			return malformed("the answer has no usable access_token")
		}
		return nil
	})
	if err != nil {
		return nil, err
	}

	t := &token{value: value}
	if answer.ExpiresIn != nil && *answer.ExpiresIn > 0 {
		lifetime := time.Duration(min(*answer.ExpiresIn, int64(365*24*time.Hour/time.Second))) * time.Second
		t.staleAt = started.Add(lifetime - min(30*time.Second, lifetime/10))
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.current = t
	s.identityID = answer.IdentityID
	if !slices.Contains(s.masked, t.value) {
		s.masked = append(s.masked, written(t.value)...)
	}
	return t, nil
}

// usableToken reports whether the text can stand in an Authorization header.
func usableToken(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}
