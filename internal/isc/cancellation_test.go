// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestAct_cancelledBeforeTheConnectionSendsNothing(t *testing.T) {
	t.Parallel()
	for name, block := range map[string]func(*service, *Client){
		"in the dial": func(s *service, _ *Client) {
			s.transport.(*http.Transport).DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
		},
		"in a pause": func(_ *service, c *Client) { c.limiter.until = time.Now().Add(time.Minute) },
		"at the limit": func(_ *service, c *Client) {
			c.limiter.window, c.limiter.sent = 1, []time.Time{time.Now().Add(5 * time.Second)}
		},
		"in the token request": func(s *service, c *Client) {
			c.tokens.current = nil
			s.grant = func(_ http.ResponseWriter, r *http.Request, _ int) { <-r.Context().Done() }
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, okItem)
				c := s.client()
				c.tokens.current = &token{value: "abc"}
				block(s, c)
				ctx, cancel := context.WithCancel(t.Context())
				start := time.Now()
				time.AfterFunc(time.Second, cancel)
				_, err := c.CompleteWorkItem(ctx, testID)
				var ambiguous *AmbiguousError
				if !errors.Is(err, ErrNothingSent) || !errors.Is(err, context.Canceled) || errors.As(err, &ambiguous) {
					t.Errorf("got %v", err)
				}
				if took := time.Since(start); took != time.Second {
					t.Errorf("it took %s", took)
				}
				if n := len(s.requests()); n != 0 {
					t.Errorf("%d requests", n)
				}
			})
		})
	}
}

func TestAct_cancelledAfterTheConnectionGoesOn(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]func(context.Context) (context.Context, context.CancelFunc){
		"cancelled": func(ctx context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(ctx)
			time.AfterFunc(time.Second, cancel)
			return ctx, cancel
		},
		"deadline": func(ctx context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(ctx, time.Second)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
					time.Sleep(5 * time.Second)
					okItem(w, r)
				})
				ctx, cancel := limit(t.Context())
				defer cancel()
				got, err := s.client().CompleteWorkItem(ctx, testID)
				if err != nil || got.WorkItem.ID != testID || ctx.Err() == nil {
					t.Errorf("got %v, %v; the context: %v", got, err, ctx.Err())
				}
			})
		})
	}
}

func TestAct_timeoutIsAmbiguous(t *testing.T) {
	t.Parallel()
	for name, sleepFirst := range map[string]bool{"no answer": true, "half an answer": false} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newBubbleService(t, func(w http.ResponseWriter, r *http.Request) {
					if !sleepFirst {
						w.Write([]byte(`{"id":`))
						w.(http.Flusher).Flush()
					}
					<-r.Context().Done()
				})
				start := time.Now()
				_, err := s.client().CompleteWorkItem(t.Context(), testID)
				var ambiguous *AmbiguousError
				if !errors.As(err, &ambiguous) || ambiguous.Err.Error() != "no complete answer within 10s (request_timeout)" {
					t.Errorf("got %v", err)
				}
				if errors.Is(err, context.DeadlineExceeded) {
					t.Error("the caller's time is not over")
				}
				if took := time.Since(start); took != 10*time.Second {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}

// TestAct_cancellationAgainstConnection lets the two race, many times: whoever
// wins, an act that arrived is never called not sent.
func TestAct_cancellationAgainstConnection(t *testing.T) {
	t.Parallel()
	// An act that was sent may arrive late, so each has an id of its own, and what
	// has arrived counts when the service has shut down.
	var arrived sync.Map
	notSent := []string{}
	t.Cleanup(func() {
		for _, id := range notSent {
			if _, ok := arrived.Load(id); ok {
				t.Errorf("act %s arrived, which is said not to have been sent", id)
			}
		}
	})
	s := newService(t, func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
		arrived.Store(id, true)
		answer(http.StatusOK, fmt.Sprintf(`{"id":%q}`, id))(w, r)
	})
	c := s.client()
	if _, err := c.tokens.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	outcomes := map[string]int{}
	for n := range 300 {
		ctx, cancel := context.WithCancel(t.Context())
		ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{GetConn: func(string) { go cancel() }})
		id := fmt.Sprintf("act-%d", n)
		_, err := c.CompleteWorkItem(ctx, id)
		cancel()
		var ambiguous *AmbiguousError
		switch {
		case err == nil:
			outcomes["performed"]++
		case errors.As(err, &ambiguous):
			outcomes["ambiguous"]++
		case errors.Is(err, ErrNothingSent):
			outcomes["nothing sent"]++
			notSent = append(notSent, id)
		default:
			t.Fatalf("got %v", err)
		}
	}
	t.Log(outcomes)
}

func TestAct_cancellationThatLosesByAHairIsAmbiguous(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	c := s.client()
	if _, err := c.tokens.get(t.Context()); err != nil {
		t.Fatal(err)
	}
	// The connection comes although the cancellation was first.
	c.transport = roundTripper(func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		httptrace.ContextClientTrace(req.Context()).GotConn(httptrace.GotConnInfo{})
		return nil, context.Cause(req.Context())
	})
	ctx, cancel := context.WithCancel(t.Context())
	cancelled := time.AfterFunc(time.Millisecond, cancel)
	defer cancelled.Stop()
	_, err := c.CompleteWorkItem(ctx, testID)
	var ambiguous *AmbiguousError
	if !errors.As(err, &ambiguous) || errors.Is(err, ErrNothingSent) || !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
