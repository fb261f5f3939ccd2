// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

const (
	testID     = "2c9180835d2e5168015d32f890ca1581"
	testItemID = "9f3a5c2e7b1d4860a1c3e5f7092b4d6e"
	testOwner  = "b7d1f0c44a5e4d0f8f5f2a9c6e3d1b20"
	testSecret = "s3cr3t+value/with=signs"
	testToken  = "token-no-1"
)

// seenRequest is a request as it arrived.
type seenRequest struct {
	method, uri, body string
	header            http.Header
}

func (r seenRequest) String() string { return r.method + " " + r.uri }

// service is a scripted tenant: it grants tokens named token-no-1, token-no-2, …, and
// leaves all else to the test's handler.
type service struct {
	t *testing.T
	// handle answers everything except token requests.
	handle http.HandlerFunc
	// grant, if set, answers the n-th token request instead.
	grant func(w http.ResponseWriter, r *http.Request, n int)

	transport http.RoundTripper
	baseURL   string

	mu     sync.Mutex
	seen   []seenRequest
	tokens []seenRequest
}

// newService serves on a loopback port.
func newService(t *testing.T, handle http.HandlerFunc) *service {
	t.Helper()
	s := &service{t: t, handle: handle, transport: newTransport()}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.baseURL = server.URL
	return s
}

// newBubbleService serves over pipes, so that time in a synctest bubble goes on
// while all wait.
func newBubbleService(t *testing.T, handle http.HandlerFunc) *service {
	t.Helper()
	conns := make(pipeListener)
	s := &service{t: t, handle: handle, baseURL: "http://localhost"}
	server := &http.Server{Handler: s}
	go server.Serve(conns)
	transport := newTransport()
	transport.DialContext = conns.dial
	s.transport = transport
	t.Cleanup(func() {
		transport.CloseIdleConnections()
		server.Close()
		synctest.Wait()
	})
	return s
}

// pipeListener hands the far ends of its pipes to the server.
type pipeListener chan net.Conn

func (l pipeListener) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case l <- far:
		return near, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (l pipeListener) Accept() (net.Conn, error) {
	conn, ok := <-l
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (l pipeListener) Close() error {
	close(l)
	return nil
}

func (l pipeListener) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	seen := seenRequest{r.Method, r.RequestURI, string(body), r.Header.Clone()}
	s.mu.Lock()
	isToken := r.URL.Path == tokenPath
	if isToken {
		s.tokens = append(s.tokens, seen)
	} else {
		s.seen = append(s.seen, seen)
	}
	n := len(s.tokens)
	s.mu.Unlock()
	switch {
	case !isToken:
		s.handle(w, r)
	case s.grant != nil:
		s.grant(w, r, n)
	default:
		fmt.Fprintf(w, `{"access_token":"token-no-%d","token_type":"bearer","expires_in":749,"identity_id":"caller-id"}`, n)
	}
}

// requests are those seen so far, without the token requests.
func (s *service) requests() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seenRequest(nil), s.seen...)
}

func (s *service) tokenRequests() []seenRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]seenRequest(nil), s.tokens...)
}

// client makes a client of the service that neither waits between attempts nor
// keeps to the rate limit, unless the test changes that.
func (s *service) client(change ...func(*Config)) *Client {
	s.t.Helper()
	config := Config{
		BaseURL:           s.baseURL,
		ClientID:          "client-id",
		ClientSecret:      testSecret,
		RequestsPerSecond: 1e6,
		MaxRetries:        3,
		RequestTimeout:    10 * time.Second,
		UserAgent:         "test-agent/1",
		Transport:         s.transport,
	}
	for _, f := range change {
		f(&config)
	}
	c, err := New(config)
	if err != nil {
		s.t.Fatal(err)
	}
	c.backoff = func(int) time.Duration { return 0 }
	s.t.Cleanup(c.Close)
	return c
}

// answers responds with each in turn, and with the last one ever after.
func answers(handlers ...http.HandlerFunc) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		h := handlers[0]
		if len(handlers) > 1 {
			handlers = handlers[1:]
		}
		mu.Unlock()
		h(w, r)
	}
}

// answer responds with a status, a body, and headers given as "Name: value".
func answer(status int, body string, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// drop closes the connection without an answer.
func drop(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

var okItem = answer(http.StatusOK, `{"id":"`+testID+`","name":"the item"}`)

// says reports whether the error has the text in it; "" is no error.
func says(err error, text string) bool {
	return err == nil && text == "" || err != nil && text != "" && strings.Contains(err.Error(), text)
}

// late gives an answer after five seconds, and counts the requests that end
// before.
func late(ended *atomic.Int32, answer http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			ended.Add(1)
		case <-time.After(5 * time.Second):
			answer(w, r)
		}
	}
}

// impatient calls f with a context that is cancelled after so long, and returns
// when f waits.
func impatient(t *testing.T, wg *sync.WaitGroup, after time.Duration, f func(context.Context)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(after, cancel)
	wg.Go(func() {
		defer cancel()
		f(ctx)
	})
	synctest.Wait()
}
