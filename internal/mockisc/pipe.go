// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"context"
	"net"
	"sync"
)

// Pipe connects clients to a mock service in memory. Unlike sockets it lets the
// time of a testing/synctest bubble go on while both sides wait.
type Pipe struct {
	conns  chan net.Conn
	closed chan struct{}
	close  sync.Once
}

// RunPiped starts a mock service that is reached through a pipe, under the host
// localhost, until the test ends.
func RunPiped(t Tester, options ...func(*Config)) (*Server, *Pipe) {
	t.Helper()
	pipe := &Pipe{conns: make(chan net.Conn), closed: make(chan struct{})}
	s := serveT(t, pipe, options)
	s.url = "http://localhost"
	return s, pipe
}

// DialContext connects to the service, whatever the address.
func (p *Pipe) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	near, far := net.Pipe()
	select {
	case p.conns <- far:
		return near, nil
	case <-p.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Accept hands the far end of a connection to the service.
func (p *Pipe) Accept() (net.Conn, error) {
	select {
	case conn := <-p.conns:
		return conn, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// Close refuses further connections.
func (p *Pipe) Close() error {
	p.close.Do(func() { close(p.closed) })
	return nil
}

// Addr names the pipe.
func (p *Pipe) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }
