// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package mockisc is a stateful mock of the SailPoint Identity Security Cloud
// Work Items API: a service with users, tokens, rate limits, paging and the
// life of a work item, not a list of canned answers.
//
// It shares no code with the client that it tests, so that both sides read the
// API's documentation for themselves. Where the documentation is silent,
// [Behavior] has a switch. [Fault] scripts what goes wrong, [Server.Requests]
// and [Server.Acts] tell what was asked and what was done.
package mockisc

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Config says what service to mock. The zero value is one admin client, no
// work items and no rate limit.
type Config struct {
	Clients       []Client          // default: DefaultClient alone
	Behavior      Behavior          // where the documentation is silent
	RateLimit     int               // API requests per RateWindow, client id and path family; 0 = no limit
	RateWindow    time.Duration     // default 10 s
	TokenLifetime time.Duration     // default 749 s
	Now           func() time.Time  // default time.Now
	StaticTokens  map[string]string // access token -> client id; these never expire
	AnyHost       bool              // control endpoints answer under any host name
	Items         []WorkItem        // initial work items, see Server.Add
	Log           io.Writer         // gets one JSON line a request when set
}

// Server is the mock service, an http.Handler. Its methods may be called at
// any time from any goroutine, from fault hooks too.
type Server struct {
	cfg   Config
	url   string
	logMu sync.Mutex // lines of the log stay whole

	mu            sync.Mutex // all that follows
	behavior      Behavior
	byID          map[string]*stored
	archived      map[string]string // former id -> id in the archive
	inOrder       []*stored
	identities    map[string]Identity
	identityOrder []string // ids in the order in which they became known
	tokens        map[string]grant
	budgets       map[budget]*usage
	faults        []*Fault
	requests      []*Request
	acts          []Act
	arrived       int // requests ever, the source of Request.Seq
	pagesServed   int // by which Behavior.UnstableOrder rotates
}

// grant is what an access token stands for.
type grant struct {
	client  *Client
	expires time.Time // zero = never
}

// New makes a mock service. Nothing listens yet. It panics when the initial
// work items are not valid or a static token names an unknown client.
func New(cfg Config) *Server {
	if len(cfg.Clients) == 0 {
		cfg.Clients = []Client{DefaultClient}
	}
	if cfg.RateWindow == 0 {
		cfg.RateWindow = 10 * time.Second
	}
	if cfg.TokenLifetime == 0 {
		cfg.TokenLifetime = 749 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	s := &Server{
		cfg:        cfg,
		behavior:   cfg.Behavior,
		byID:       map[string]*stored{},
		archived:   map[string]string{},
		identities: map[string]Identity{},
		tokens:     map[string]grant{},
		budgets:    map[budget]*usage{},
	}
	for _, known := range knownIdentities {
		s.know(known)
	}
	for _, client := range cfg.Clients {
		if client.IdentityID != "" {
			s.know(Identity{ID: client.IdentityID, Name: client.IdentityName})
		}
	}
	for token, id := range cfg.StaticTokens {
		client := s.client(id)
		if client == nil {
			panic(fmt.Sprintf("mockisc: a static token names the unknown client %q", id))
		}
		s.tokens[token] = grant{client: client}
	}
	if err := s.add(cfg.Items); err != nil {
		panic("mockisc: " + err.Error())
	}
	return s
}

// Tester is the part of a test that a mock service needs.
type Tester interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
	Context() context.Context
}

// RunT starts a mock service on a loopback port until the test ends.
func RunT(t Tester, options ...func(*Config)) *Server {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("mockisc: %v", err)
	}
	s := serveT(t, listener, options)
	s.url = "http://" + listener.Addr().String()
	return s
}

func serveT(t Tester, listener net.Listener, options []func(*Config)) *Server {
	var cfg Config
	for _, option := range options {
		option(&cfg)
	}
	s := New(cfg)
	server := &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.Serve(listener) // always ends with ErrServerClosed here
	}()
	t.Cleanup(func() {
		_ = server.Close()
		<-done
	})
	return s
}

// URL is the base URL of a service started by RunT or RunPiped, without a
// trailing slash.
func (s *Server) URL() string { return s.url }

func (s *Server) client(id string) *Client {
	for i := range s.cfg.Clients {
		if s.cfg.Clients[i].ID == id {
			return &s.cfg.Clients[i]
		}
	}
	return nil
}

// ServeHTTP answers as the service would: address, token, rate limit, the
// fault scripted for the request if any, then the operation.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, controlPrefix) {
		s.control(w, r)
		return
	}
	to := locate(r.Method, r.URL.EscapedPath())
	c := &call{Server: s, r: r, to: to, record: s.arrive(r, to)}
	if s.cfg.Log != nil {
		defer func() {
			s.mu.Lock()
			finished := c.record.copy()
			s.mu.Unlock()
			s.logLine(s.cfg.Log, finished)
		}()
	}
	ans, fault := c.intercept()
	if ans == nil {
		ans = c.operate(fault) //nolint:contextcheck // The request carries it.
	}
	if ans == nil {
		drop(w)
		return
	}
	c.send(w, *ans, fault)
}

// intercept answers what never reaches an operation, or gives the fault that the
// operation has to meet, nil for none.
func (c *call) intercept() (*answer, *Fault) {
	if c.to.op == "" {
		ans := errorAnswer(c.to.status, "", "no such method and path")
		if c.to.allow != "" {
			ans.header = http.Header{"Allow": {c.to.allow}}
		}
		return &ans, nil
	}
	if c.to.op != OpToken {
		if refused := c.authenticate(); refused != nil {
			return refused, nil
		}
		if refused := c.throttle(); refused != nil {
			return refused, nil
		}
	}
	return nil, c.nextFault(c.r.Method, c.to)
}

// operate runs the operation, through the fault if there is one. It gives no
// answer when the connection is to be dropped.
func (c *call) operate(f *Fault) *answer {
	if f == nil || !f.DropBefore {
		// Reading first lets the server notice a client that gives up while a
		// fault delays it.
		c.readBody()
	}
	if f == nil {
		ans := c.handle()
		return &ans
	}
	c.note(c.record, func(r *Request) { r.Fault = f.label() })
	if !wait(c.r.Context(), f.Delay) {
		return nil
	}
	if f.Before != nil {
		f.Before(c.Server)
	}
	if f.ExpireToken {
		c.expire(c.token)
	}
	var ans answer
	if f.handles() {
		ans = c.handle()
	}
	if f.After != nil {
		f.After(c.Server)
	}
	wait(c.r.Context(), f.Hold)
	if f.DropBefore || f.DropAfter {
		return nil
	}
	ans = f.alter(ans, c.to.op)
	return &ans
}

// wait waits, and tells whether the client is still there.
func wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// authenticate finds out who calls, or answers 401.
func (c *call) authenticate() *answer {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		ans := unauthorized("JWT validation failed: JWT is missing")
		return &ans
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	held, ok := c.tokens[token]
	if !ok || !held.expires.IsZero() && !c.cfg.Now().Before(held.expires) {
		ans := unauthorized("JWT validation failed: JWT is expired")
		return &ans
	}
	c.caller, c.token = held.client, token
	c.record.ClientID, c.record.IdentityID = held.client.ID, held.client.IdentityID
	return nil
}

// send writes an answer and records its status.
func (c *call) send(w http.ResponseWriter, ans answer, fault *Fault) {
	c.note(c.record, func(r *Request) { r.Status = ans.status })
	b := c.currentBehavior()
	header := w.Header()
	header.Set("Date", c.cfg.Now().UTC().Format(http.TimeFormat))
	if c.to.op != OpToken {
		if b.WrongContentType || c.r.Header.Get("Accept") == "" {
			ans.contentType = "application/octet-stream"
		}
		if b.XDeprecated && c.to.family != "v1" {
			header.Set("X-Deprecated", "true")
		}
	}
	if b.ContentEncodingUTF8On4xx && ans.status >= 400 && ans.status < 500 {
		header.Set("Content-Encoding", "UTF-8")
	}
	if len(ans.body) > 0 {
		header.Set("Content-Type", ans.contentType)
	}
	maps.Copy(header, ans.header)
	header.Set("Content-Length", strconv.Itoa(len(ans.body)))
	if fault != nil && fault.Truncate {
		ans.body = ans.body[:len(ans.body)/2]
	}
	w.WriteHeader(ans.status)
	_, _ = w.Write(ans.body) // a client that has gone away is its own affair
}

// drop closes the connection without an answer, with a reset where possible.
func drop(w http.ResponseWriter) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	if tcp, ok := conn.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // without it the client sees an orderly end instead
	}
	_ = conn.Close()
}
