// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package isc is a client of the Work Items API of SailPoint Identity Security
// Cloud. It knows HTTP, OAuth2, retries, rates, pages and typed errors, and
// nothing of Terraform.
//
// Reads are repeated until they succeed or the retries are used up. An act, one
// of the seven POST operations, is different: a call writes at most one
// request. Whether that request was executed is told by the result: success, an
// [APIError] (refused), an error that wraps [ErrNothingSent], or an
// [AmbiguousError] that only another read can settle.
package isc

import (
	"context"
	"crypto/tls"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/time/rate"
)

const (
	defaultAPIVersion        = "v2024"
	defaultRequestsPerSecond = 10
	defaultRequestTimeout    = 30 * time.Second

	// The service allows 100 requests in 10 seconds. A bucket of 5 that is
	// refilled at 9.5 per second lets 5 + 10 * 9.5 = 100 pass in any 10 seconds.
	burst              = 5
	sustainedPerSecond = 9.5

	// maxIDBytes is far above the 32 characters of real ids.
	maxIDBytes = 256
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
	// RequestsPerSecond limits all requests of the client together; 0 means
	// 10. Up to 10 it is kept at or below 9.5, which together with the burst of
	// 5 stays within the service's 100 per 10 seconds. A higher value is used
	// as it is.
	RequestsPerSecond float64
	// MaxRetries is how often a request that may be repeated is; 0 = never.
	MaxRetries int
	// RequestTimeout bounds one HTTP attempt from connecting to the last byte
	// of the answer, without the waits for the rate limit; 0 means 30 s.
	RequestTimeout time.Duration
	// ReadOnly refuses every act with [ErrReadOnly] before anything is sent.
	ReadOnly bool
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
	baseURL   string
	workItems string
	userAgent string
	readOnly  bool
	retries   int
	timeout   time.Duration
	transport http.RoundTripper
	log       func(ctx context.Context, msg string, fields map[string]any)

	gate   *gate
	tokens *tokenSource
	// backoff is the wait before the given repetition, counted from 1.
	backoff    func(repetition int) time.Duration
	deprecated atomic.Bool

	items     itemCache
	completed completedLists
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
		baseURL:   strings.TrimSuffix(config.BaseURL, "/"),
		workItems: "/" + config.APIVersion + "/work-items",
		userAgent: config.UserAgent,
		readOnly:  config.ReadOnly,
		retries:   config.MaxRetries,
		timeout:   config.RequestTimeout,
		transport: config.Transport,
		log:       config.Log,
		gate:      newGate(effectiveRate(config.RequestsPerSecond)),
		backoff: func(repetition int) time.Duration {
			return jittered(500*time.Millisecond, 20*time.Second, repetition)
		},
	}
	if config.APIVersion == "v1" {
		// Since the service left its yearly model, each API has a version of
		// its own behind its name.
		c.workItems = "/work-items/v1"
	}
	c.tokens = newTokenSource(c, config)
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
	case config.AccessToken != "":
	case config.ClientID == "":
		return &ConfigError{"client_id", "client_id is missing (or give an access_token)"}
	case config.ClientSecret == "":
		return &ConfigError{"client_secret", "client_secret is missing"}
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

func effectiveRate(perSecond float64) rate.Limit {
	if perSecond > defaultRequestsPerSecond {
		return rate.Limit(perSecond)
	}
	return rate.Limit(min(perSecond, sustainedPerSecond))
}

// newTransport speaks HTTP/1.1 only, because the HTTP/2 transport sends a
// request again, by itself, when the server withdraws a connection or stream.
// That is right by its protocol, but then "at most one request" can't be
// promised for an act.
func newTransport() *http.Transport {
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 15 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout: 15 * time.Second,
		Protocols:           protocols,
		MaxIdleConnsPerHost: 2 * pagesAtOnce,
		// Shorter than what gateways usually allow, so that an act seldom
		// meets a connection which the other side is just closing.
		IdleConnTimeout: 30 * time.Second,
	}
}

// APIVersions lists the API versions the client speaks.
func APIVersions() []string {
	return []string{"v3", "v2024", "v2025", "v2026", "v1"}
}

// CheckAPIVersion returns a *[ConfigError] unless the version is one of
// [APIVersions].
func CheckAPIVersion(version string) error {
	if !slices.Contains(APIVersions(), version) {
		return &ConfigError{"api_version", fmt.Sprintf("api_version must be one of %s, not %q", strings.Join(APIVersions(), ", "), version)}
	}
	return nil
}

// CheckBaseURL returns a *[ConfigError] unless a secret may be sent to the URL:
// it must be https, or http to a loopback host, and have neither path, query,
// fragment nor user information.
func CheckBaseURL(baseURL string) error {
	refuse := func(message string) error { return &ConfigError{"base_url", "base_url " + message} }
	if baseURL == "" {
		return refuse("is missing")
	}
	u, err := url.Parse(baseURL)
	if err != nil {
		// The text of err repeats the URL, which might hold a password.
		return refuse("is not a URL; expected something like https://acme.api.identitynow.com")
	}
	switch {
	case u.User != nil:
		return refuse("must not contain a user name or password")
	case u.Scheme != "https" && u.Scheme != "http", u.Hostname() == "":
		return refuse("must be a full URL such as https://acme.api.identitynow.com")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return refuse("must start with https://, because credentials are sent to it; http:// is accepted for loopback hosts only")
	case u.Path != "" && u.Path != "/":
		return refuse(fmt.Sprintf("must not have a path (%s): the client adds it, with the API version", u.Path))
	case u.RawQuery != "" || u.ForceQuery || strings.Contains(baseURL, "#"):
		return refuse("must not have a query or a fragment")
	}
	return nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return strings.EqualFold(host, "localhost") || ip != nil && ip.IsLoopback()
}

// reservedIDs are path segments of the API that stand where an id stands in
// other operations.
var reservedIDs = []string{"completed", "count", "summary", "bulk-approve", "bulk-reject"}

// CheckID returns an error that wraps [ErrInvalidID] if the id can't be one, so
// that it can never turn a request into one for something else. The kind, such
// as "work item id", is for the message.
func CheckID(kind, id string) error {
	var problem string
	switch {
	case id == "":
		problem = "is empty"
	case len(id) > maxIDBytes:
		return fmt.Errorf("%w: the %s has %d bytes, more than %d", ErrInvalidID, kind, len(id), maxIDBytes)
	case !utf8.ValidString(id) || strings.ContainsFunc(id, unicode.IsControl):
		problem = "contains control or broken characters"
	case strings.TrimSpace(id) != id:
		problem = "begins or ends with white space"
	case strings.ContainsAny(id, `/\?#%`):
		problem = `contains one of the characters / \ ? # %`
	case id == "." || strings.Contains(id, ".."):
		problem = "contains a path step"
	case slices.Contains(reservedIDs, id):
		problem = "is a name that the API uses for something else"
	default:
		return nil
	}
	return fmt.Errorf("%w: the %s %q %s", ErrInvalidID, kind, id, problem)
}

// checkOwner is [CheckID] for an owner, where "" means the caller.
func checkOwner(ownerID string) error {
	if ownerID == "" {
		return nil
	}
	return CheckID("owner id", ownerID)
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

// IdentityID returns the identity that the access token acts for, as the token
// reply named it; "" when unknown.
func (c *Client) IdentityID() string { return c.tokens.identity() }

// Secrets returns everything that must not appear in a log: the client secret,
// the given access token, and each access token fetched so far, also in the
// encodings in which they are sent or may come back.
func (c *Client) Secrets() []string { return c.tokens.secrets() }

// Close closes idle connections.
func (c *Client) Close() {
	(&http.Client{Transport: c.transport}).CloseIdleConnections()
}
