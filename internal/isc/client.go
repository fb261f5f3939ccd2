// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package isc is a client of the Work Items API of SailPoint Identity Security
// Cloud. It knows HTTP, OAuth2, retries, rates, pages, typed errors, which
// values are secrets of others, and what a state means; and nothing of
// Terraform.
//
// Reads are repeated until they succeed or the retries are used up. An act, one
// of the seven POST operations, is different: a call writes at most one
// request. Whether that request was executed is told by the result: success, an
// [APIError] (refused), an error that wraps [ErrNothingSent], or an
// [AmbiguousError] that only another read can settle.
package isc

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"time"
)

const (
	defaultAPIVersion        = "v2024"
	defaultRequestsPerSecond = 10
	defaultRequestTimeout    = 30 * time.Second
)

// Config says how to reach and use one tenant.
type Config struct {
	// BaseURL is the tenant's API, such as https://acme.api.identitynow.com.
	// See [CheckBaseURL] for what it may be.
	BaseURL string
	// APIVersion is one of [APIVersions]; "" means v2024.
	APIVersion string
	// ClientID and ClientSecret are the two halves of a personal access token.
	ClientID, ClientSecret string
	// AccessToken is used as it is, instead of ClientID and ClientSecret. It
	// can't be renewed.
	AccessToken string
	// RequestsPerSecond scales the limit on all requests of the client together;
	// 0 means 10, which is the service's: no more than 90 start in any 10
	// seconds. A higher value is used as it is.
	RequestsPerSecond float64
	// MaxRetries is how often a request that may be repeated is; 0 = never.
	MaxRetries int
	// RequestTimeout bounds one HTTP attempt from connecting to the last byte
	// of the answer, without the waits for the rate limit; 0 means 30 s.
	RequestTimeout time.Duration
	// ReadOnly refuses every act with [ErrReadOnly] before anything is sent.
	ReadOnly bool
	// RedactRegex, if set, matches names of account attributes whose values are
	// taken out of everything that is read, besides those that
	// [DefaultRedactRegex] matches.
	RedactRegex *regexp.Regexp
	// UserAgent is sent with every request.
	UserAgent string
	// Log, if set, is told of each HTTP attempt: method, path, status, attempt,
	// duration. It never gets a header, a body or a secret. It may be called by
	// several goroutines at once.
	Log func(ctx context.Context, msg string, fields map[string]any)
	// Transport replaces the client's own, which takes the proxy from the
	// environment and always verifies certificates. It must speak HTTP/1.1:
	// HTTP/2 transports repeat some requests on their own.
	Transport http.RoundTripper
}

// ConfigError says which setting can't be used and why.
type ConfigError struct {
	// Field is the setting in snake case, such as base_url.
	Field string
	// Message says what is wrong, starting with the name of the setting.
	Message string
}

// Error returns the message.
func (e *ConfigError) Error() string { return e.Message }

// Client calls the API of one tenant. Its methods may be called by several
// goroutines at once.
type Client struct {
	baseURL string
	// workItems and publicIdentities are the paths of the two APIs.
	workItems, publicIdentities string
	userAgent                   string
	readOnly                    bool
	retries                     int
	timeout                     time.Duration
	transport                   http.RoundTripper
	log                         func(ctx context.Context, msg string, fields map[string]any)

	redactor redactor
	limiter  *limiter
	tokens   *tokenSource
	// backoff is the wait before the given repetition, counted from 1.
	backoff    func(repetition int) time.Duration
	deprecated atomic.Bool
	// understood means that the service has given an answer as it should be.
	understood atomic.Bool
	// ownRefused means that the service refused a list by the caller's own id.
	ownRefused atomic.Bool

	items     itemCache
	reader    *reader
	completed completedList
	seen      seenItems
	people    people
}

// New makes a client. It sends nothing. Its errors are of type *[ConfigError].
func New(config Config) (*Client, error) {
	if config.APIVersion == "" {
		config.APIVersion = defaultAPIVersion
	}
	if config.RequestsPerSecond == 0 {
		config.RequestsPerSecond = defaultRequestsPerSecond
	}
	if config.RequestTimeout == 0 {
		config.RequestTimeout = defaultRequestTimeout
	}
	if err := config.check(); err != nil {
		return nil, err
	}
	if config.Transport == nil {
		config.Transport = newTransport()
	}
	if config.Log == nil {
		config.Log = func(context.Context, string, map[string]any) {}
	}

	c := &Client{
		baseURL:          strings.TrimSuffix(config.BaseURL, "/"),
		workItems:        "/" + config.APIVersion + "/work-items",
		publicIdentities: "/" + config.APIVersion + "/public-identities",
		userAgent:        config.UserAgent,
		readOnly:         config.ReadOnly,
		retries:          config.MaxRetries,
		timeout:          config.RequestTimeout,
		transport:        config.Transport,
		log:              config.Log,
		redactor:         redactor{more: config.RedactRegex},
		limiter:          newLimiter(config.RequestsPerSecond),
		backoff: func(repetition int) time.Duration {
			return jittered(500*time.Millisecond, 20*time.Second, repetition)
		},
	}
	if config.APIVersion == "v1" {
		// Since the service left its yearly model, each API has a version of
		// its own behind its name.
		c.workItems, c.publicIdentities = "/work-items/v1", "/public-identities/v1"
	}
	c.tokens = newTokenSource(c, config)
	c.reader = newReader(c)
	return c, nil
}

func (config *Config) check() error {
	if err := CheckBaseURL(config.BaseURL); err != nil {
		return err
	}
	if err := CheckAPIVersion(config.APIVersion); err != nil {
		return err
	}
	switch {
	case config.AccessToken != "" && (config.ClientID != "" || config.ClientSecret != ""):
		return &ConfigError{"access_token", "access_token can't be combined with client_id and client_secret"}
	case config.AccessToken != "" && !usableToken(config.AccessToken):
		return &ConfigError{"access_token", "access_token has spaces, line breaks or other characters that a token can't have"}
	case config.AccessToken != "" && len(config.AccessToken) < minSecret:
		return &ConfigError{"access_token", tooShort("access_token")}
	case config.AccessToken != "":
	case config.ClientID == "":
		return &ConfigError{"client_id", "client_id is missing (or give an access_token)"}
	case config.ClientSecret == "":
		return &ConfigError{"client_secret", "client_secret is missing"}
	case len(config.ClientSecret) < minSecret:
		return &ConfigError{"client_secret", tooShort("client_secret")}
	}
	switch {
	case !(config.RequestsPerSecond > 0) || math.IsInf(config.RequestsPerSecond, 0):
		return &ConfigError{"max_requests_per_second", "max_requests_per_second must be a number greater than 0"}
	case config.MaxRetries < 0:
		return &ConfigError{"max_retries", "max_retries must not be negative"}
	case config.RequestTimeout < 0:
		return &ConfigError{"request_timeout", "request_timeout must be greater than 0"}
	}
	return nil
}

// tooShort refuses what could not be masked in messages without mangling them.
func tooShort(setting string) string {
	return fmt.Sprintf("%s has fewer than %d characters, which no real one has", setting, minSecret)
}

// APIVersions lists the API versions the client speaks.
func APIVersions() []string {
	return []string{"v3", "v2024", "v2025", "v2026", "v1"}
}

// CheckAPIVersion returns a *[ConfigError] unless the version is one of
// [APIVersions].
func CheckAPIVersion(version string) error {
	if !slices.Contains(APIVersions(), version) {
		return &ConfigError{"api_version", fmt.Sprintf("api_version must be one of %s, not %q", strings.Join(APIVersions(), ", "), OneLine(version))}
	}
	return nil
}

// path joins the path of the work items and the segments, escaped.
func (c *Client) path(segments ...string) string {
	var b strings.Builder
	b.WriteString(c.workItems)
	for _, s := range segments {
		b.WriteString("/" + url.PathEscape(s))
	}
	return b.String()
}

// MaxRetries returns how often a request that may be repeated is.
func (c *Client) MaxRetries() int { return c.retries }

// RequestTimeout returns the bound of one HTTP attempt.
func (c *Client) RequestTimeout() time.Duration { return c.timeout }

// Deprecated reports whether an answer carried the header X-Deprecated: true.
func (c *Client) Deprecated() bool { return c.deprecated.Load() }

// RenewsToken reports whether the client can fetch a new access token.
func (c *Client) RenewsToken() bool { return c.tokens.renewable() }

// Secrets returns everything that must not appear in a log: the client secret,
// the given access token, and each access token fetched so far, also in the
// encodings in which they are sent or may come back.
func (c *Client) Secrets() []string { return c.tokens.secrets() }

// Close closes idle connections.
func (c *Client) Close() {
	(&http.Client{Transport: c.transport}).CloseIdleConnections()
}
