// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bufio"
	"bytes"
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestRedirect_toPlainHTTPIsNotFollowed(t *testing.T) {
	t.Parallel()
	// The default port, and the one that the request came in at.
	for _, target := range []string{"http://example.com", "http://example.com:443"} {
		for _, status := range []int{301, 302, 303, 307, 308} {
			t.Run(target+" "+http.StatusText(status), func(t *testing.T) {
				t.Parallel()
				plain := newService(t, okItem)
				s := newTLSService(t, func(w http.ResponseWriter, r *http.Request) {
					http.Redirect(w, r, target+r.URL.Path, status)
				})
				transport := s.transport.(*http.Transport)
				dial, dialled := transport.DialContext, new(atomic.Int32)
				transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
					dialled.Add(1)
					if address == "example.com:80" {
						address = strings.TrimPrefix(plain.baseURL, "http://")
					}
					return dial(ctx, network, address)
				}
				c := s.client()
				_, read := c.GetWorkItem(t.Context(), testID)
				_, act := c.CompleteWorkItem(t.Context(), testID)
				for _, err := range []error{read, act} {
					if apiErr, ok := errors.AsType[*APIError](err); !ok || apiErr.StatusCode != status || !strings.Contains(err.Error(), "was not followed") {
						t.Errorf("got %v", err)
					}
				}
				if len(plain.requests())+len(plain.tokenRequests()) != 0 || len(s.requests()) != 2 || dialled.Load() != 1 {
					t.Errorf("%v went to the plain service, %v to the other, over %d connections", plain.requests(), s.requests(), dialled.Load())
				}
			})
		}
	}
}

// TestRedirect_ofATokenRequestIsNeverFollowed: not even within the origin, where
// a read would follow.
func TestRedirect_ofATokenRequestIsNeverFollowed(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(http.StatusText(status), func(t *testing.T) {
			t.Parallel()
			s := newService(t, okItem)
			s.grant = func(w http.ResponseWriter, _ *http.Request, _ int) {
				w.Header().Set("Location", "/elsewhere")
				w.WriteHeader(status)
			}
			c := s.client()
			_, read := c.GetWorkItem(t.Context(), testID)
			_, act := c.CompleteWorkItem(t.Context(), testID)
			if read == nil || !errors.Is(act, ErrNothingSent) {
				t.Errorf("got %v and %v", read, act)
			}
			if len(s.tokenRequests()) != 2 || len(s.requests()) != 0 {
				t.Errorf("requests %v and %v", s.tokenRequests(), s.requests())
			}
		})
	}
}

// newTLSService serves https under the name example.com, for which the test
// server's certificate is valid, whatever the name resolves to.
func newTLSService(t *testing.T, handle http.HandlerFunc) *service {
	t.Helper()
	transport := newTransport()
	transport.Proxy = nil
	s := &service{t: t, handle: handle, transport: transport, baseURL: "https://example.com"}
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AddCert(server.Certificate())
	address := server.Listener.Addr().String()
	transport.DialContext = func(ctx context.Context, network, asked string) (net.Conn, error) {
		if asked == "example.com:443" {
			asked = address
		}
		return new(net.Dialer).DialContext(ctx, network, asked)
	}
	return s
}

// proxy is an HTTP proxy that leads every tunnel to one address, and keeps all
// it could see.
type proxy struct {
	url, leadsTo string

	mu   sync.Mutex
	seen bytes.Buffer
}

func newProxy(t *testing.T, leadsTo string) *proxy {
	t.Helper()
	p := &proxy{leadsTo: leadsTo}
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	p.url = "http://" + listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.serve(t.Context(), conn)
		}
	}()
	return p
}

// Write keeps what came.
func (p *proxy) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.Write(b)
}

func (p *proxy) saw() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.seen.String()
}

func (p *proxy) serve(ctx context.Context, conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(io.TeeReader(conn, p))
	req, err := http.ReadRequest(in)
	if err != nil {
		return
	}
	if req.Method != http.MethodConnect {
		io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
		return
	}
	out, err := new(net.Dialer).DialContext(ctx, "tcp", p.leadsTo)
	if err != nil {
		return
	}
	defer out.Close()
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	go func() {
		defer conn.Close()
		io.Copy(conn, io.TeeReader(out, p))
	}()
	io.Copy(out, in)
}

// TestProxy_ofTheEnvironmentIsUsedAndSeesNoSecret runs clients in processes of
// their own, because net/http reads the environment once.
func TestProxy_ofTheEnvironmentIsUsedAndSeesNoSecret(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	server := httptest.NewTLSServer(s)
	t.Cleanup(server.Close)
	certificate := string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}))

	for name, test := range map[string]struct {
		env     []string
		baseURL string
		// proxied means that the proxy is asked for a tunnel.
		proxied bool
	}{
		"https":                 {[]string{"HTTPS_PROXY=PROXY", "HTTP_PROXY=PROXY"}, "https://example.com", true},
		"lower case":            {[]string{"https_proxy=PROXY"}, "https://example.com", true},
		"named without scheme":  {[]string{"HTTPS_PROXY=ADDRESS"}, "https://example.com", true},
		"of http only":          {[]string{"HTTP_PROXY=PROXY"}, "https://example.com", false},
		"excepted by name":      {[]string{"HTTPS_PROXY=PROXY", "NO_PROXY=example.com"}, "https://example.com", false},
		"excepted by domain":    {[]string{"HTTPS_PROXY=PROXY", "NO_PROXY=.com"}, "https://example.com", false},
		"excepted all":          {[]string{"HTTPS_PROXY=PROXY", "NO_PROXY=*"}, "https://example.com", false},
		"other names excepted":  {[]string{"HTTPS_PROXY=PROXY", "NO_PROXY=example.org"}, "https://example.com", true},
		"loopback, https":       {[]string{"HTTPS_PROXY=PROXY", "HTTP_PROXY=PROXY"}, server.URL, false},
		"loopback, plain":       {[]string{"HTTPS_PROXY=PROXY", "HTTP_PROXY=PROXY"}, s.baseURL, false},
		"none in the variables": {nil, "https://example.com", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProxy(t, server.Listener.Addr().String())
			child := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProxy_child$", "-test.v")
			child.Env = append([]string{childBaseURL + "=" + test.baseURL, childCertificate + "=" + certificate, childTarget + "=" + server.Listener.Addr().String()},
				test.env...)
			for i, v := range child.Env {
				child.Env[i] = strings.NewReplacer("PROXY=PROXY", "PROXY="+p.url, "proxy=PROXY", "proxy="+p.url, "=ADDRESS", "="+strings.TrimPrefix(p.url, "http://")).Replace(v)
			}
			out, err := child.CombinedOutput()
			if err != nil || !strings.Contains(string(out), "PASS: TestProxy_child") {
				t.Fatalf("%v\n%s", err, out)
			}
			seen := p.saw()
			if !test.proxied {
				if seen != "" {
					t.Errorf("the proxy saw %q", seen)
				}
				return
			}
			if !strings.HasPrefix(seen, "CONNECT example.com:443 HTTP/1.1\r\n") || len(seen) < 500 {
				t.Fatalf("the proxy saw only %.200q", seen)
			}
			for _, secret := range []string{testSecret, url.QueryEscape(testSecret), testToken, "client-id", "oauth", testID, "Authorization", "Bearer"} {
				if strings.Contains(seen, secret) {
					t.Errorf("the proxy saw %q", secret)
				}
			}
		})
	}
	t.Cleanup(func() {
		if len(s.requests()) == 0 || len(s.tokenRequests()) == 0 {
			t.Error("nothing reached the service, so the test proves nothing")
		}
	})
}

// The variables that make TestProxy_child do something.
const (
	childBaseURL     = "ISC_TEST_BASE_URL"
	childCertificate = "ISC_TEST_CERTIFICATE"
	childTarget      = "ISC_TEST_TARGET"
)

// TestProxy_child is the child process of the test above.
func TestProxy_child(t *testing.T) {
	t.Parallel()
	baseURL := os.Getenv(childBaseURL)
	if baseURL == "" {
		return
	}
	transport := newTransport()
	transport.TLSClientConfig.RootCAs = x509.NewCertPool()
	transport.TLSClientConfig.RootCAs.AppendCertsFromPEM([]byte(os.Getenv(childCertificate)))
	dial := transport.DialContext
	transport.DialContext = func(ctx context.Context, network, address string) (net.Conn, error) {
		if address == "example.com:443" {
			address = os.Getenv(childTarget)
		}
		return dial(ctx, network, address)
	}
	c, err := New(Config{BaseURL: baseURL, ClientID: "client-id", ClientSecret: testSecret, Transport: transport, RequestTimeout: 10 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
		t.Error(err)
	}
	if _, err := c.CompleteWorkItem(t.Context(), testID); err != nil {
		t.Error(err)
	}
}
