// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bufio"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestAct_success(t *testing.T) {
	t.Parallel()
	date := "Wed, 01 May 2024 10:00:00 GMT"
	s := newService(t, answer(200, `{"id":"`+testID+`","state":"Finished"}`, "Date: "+date))
	got, err := s.client().CompleteWorkItem(t.Context(), testID)
	if err != nil {
		t.Fatal(err)
	}
	if *got.WorkItem.State != "Finished" || got.PerformedBy != "caller-id" || got.Date.UTC().Format(http.TimeFormat) != date {
		t.Errorf("got %+v", got)
	}
}

func TestForward_acceptsAnyAnswerButHTMLAndBrokenJSON(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handle    http.HandlerFunc
		ambiguous string
	}{
		"empty":      {answer(200, ""), ""},
		"no content": {answer(204, ""), ""},
		"accepted":   {answer(202, ""), ""},
		"json":       {answer(200, `{"any":"thing"}`), ""},
		"html":       {answer(200, "<html><title>Sign in</title></html>"), "status 200, unusable answer: HTML page: Sign in"},
		"two":        {answer(200, `{"any":1} {}`), "status 200, unusable answer: the body goes on after its JSON"},
		"broken":     {answer(200, `{"any":`), "status 200, unusable answer: the body is not complete JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, test.handle)
			got, err := s.client().ForwardWorkItem(t.Context(), testID, Forward{TargetOwnerID: testOwner})
			var ambiguous *AmbiguousError
			switch {
			case test.ambiguous == "" && (err != nil || got.WorkItem != nil):
				t.Errorf("got %+v, %v", got, err)
			case test.ambiguous != "" && (!errors.As(err, &ambiguous) || ambiguous.Err.Error() != test.ambiguous):
				t.Errorf("got %v", err)
			}
		})
	}
}

// TestAct_sendsOneRequestWhateverComesBack is the promise of the package.
func TestAct_sendsOneRequestWhateverComesBack(t *testing.T) {
	t.Parallel()
	const path = "/v2024/work-items/" + testID
	const unclear = "unknown whether the service executed the request POST " + path + ": "
	type want struct {
		ambiguous, refused bool
		text, trackingID   string
	}
	tests := map[string]struct {
		handle http.HandlerFunc
		want   want
	}{
		"html":         {answer(200, "<html><h1>Maintenance</h1></html>"), want{ambiguous: true, text: unclear + "status 200, unusable answer: HTML page: Maintenance"}},
		"truncated":    {answer(200, `{"id":"`+testID), want{ambiguous: true, text: unclear + "status 200, unusable answer: the body is not complete JSON"}},
		"empty":        {answer(200, ""), want{ambiguous: true, text: unclear + "status 200, unusable answer: the body is empty"}},
		"not object":   {answer(200, `["x"]`), want{ambiguous: true, text: unclear + "status 200, unusable answer: the body is not a JSON object"}},
		"no id":        {answer(200, `{}`), want{ambiguous: true, text: unclear + "status 200, unusable answer: the work item has no id"}},
		"another id":   {answer(200, `{"id":"other"}`), want{ambiguous: true, text: unclear + `status 200, unusable answer: it is about another work item, "other"`}},
		"cut off":      {answer(200, `{"id":"x"}`, "Content-Length: 999"), want{ambiguous: true, text: unclear + "the answer broke off: unexpected EOF"}},
		"dropped":      {drop, want{ambiguous: true, text: unclear + "EOF"}},
		"500":          {answer(500, `{"trackingId":"t1"}`), want{ambiguous: true, text: unclear + "POST " + path + ": status 500 Internal Server Error (tracking id t1)", trackingID: "t1"}},
		"502":          {answer(502, ""), want{ambiguous: true, text: unclear + "POST " + path + ": status 502 Bad Gateway"}},
		"503 retry":    {answer(503, "", "Retry-After: 0"), want{ambiguous: true, text: unclear + "POST " + path + ": status 503 Service Unavailable"}},
		"504":          {answer(504, ""), want{ambiguous: true, text: unclear + "POST " + path + ": status 504 Gateway Timeout"}},
		"400":          {answer(400, ""), want{refused: true, text: "POST " + path + ": status 400 Bad Request"}},
		"401":          {answer(401, `{"error":"expired"}`), want{refused: true, text: "POST " + path + ": status 401 Unauthorized: expired"}},
		"403":          {answer(403, ""), want{refused: true, text: "POST " + path + ": status 403 Forbidden"}},
		"404":          {answer(404, ""), want{refused: true, text: "POST " + path + ": status 404 Not Found"}},
		"408":          {answer(408, ""), want{ambiguous: true, text: unclear + "POST " + path + ": status 408 Request Timeout"}},
		"409":          {answer(409, ""), want{refused: true, text: "POST " + path + ": status 409 Conflict"}},
		"415":          {answer(415, ""), want{refused: true, text: "POST " + path + ": status 415 Unsupported Media Type"}},
		"422":          {answer(422, ""), want{refused: true, text: "POST " + path + ": status 422 Unprocessable Entity"}},
		"429":          {answer(429, `{"message":" Rate Limit Exceeded "}`, "Retry-After: 0"), want{refused: true, text: "POST " + path + ": status 429 Too Many Requests: Rate Limit Exceeded"}},
		"301":          {answer(301, "", "Location: https://evil.example/x"), want{refused: true, text: "POST " + path + ": status 301 Moved Permanently: the redirect to evil.example was not followed"}},
		"307":          {answer(307, "", "Location: "+path), want{refused: true, text: "POST " + path + ": status 307 Temporary Redirect: the redirect was not followed"}},
		"308 nowhere":  {answer(308, ""), want{refused: true, text: "POST " + path + ": status 308 Permanent Redirect: the redirect was not followed"}},
		"broken error": {answer(400, "no", "Content-Length: 99"), want{refused: true, text: "POST " + path + ": status 400 Bad Request: no"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, test.handle)
			_, err := s.client().CompleteWorkItem(t.Context(), testID)
			if err == nil || err.Error() != test.want.text {
				t.Fatalf("got  %v\nwant %s", err, test.want.text)
			}
			var ambiguous *AmbiguousError
			var apiErr *APIError
			if isAmbiguous := errors.As(err, &ambiguous); isAmbiguous != test.want.ambiguous {
				t.Errorf("ambiguous: %v", isAmbiguous)
			}
			if test.want.refused != (errors.As(err, &apiErr) && ambiguous == nil) {
				t.Errorf("got %T", err)
			}
			if ambiguous != nil && ambiguous.TrackingID != test.want.trackingID {
				t.Errorf("tracking id %q", ambiguous.TrackingID)
			}
			if errors.Is(err, ErrNothingSent) {
				t.Error("it was sent")
			}
			if n := len(s.requests()); n != 1 {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestAct_isNotReplayedOnAReusedConnection(t *testing.T) {
	t.Parallel()
	// A server of its own, because httptest's answers and closes in ways that
	// net/http's client may see before it writes.
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var posts, conns atomic.Int32
	var servers sync.WaitGroup
	defer servers.Wait()
	defer listener.Close()
	servers.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			conns.Add(1)
			servers.Go(func() {
				defer conn.Close()
				r := bufio.NewReader(conn)
				for {
					req, err := http.ReadRequest(r)
					if err != nil {
						return
					}
					if req.Method == http.MethodPost {
						posts.Add(1)
						return
					}
					body := `{"id":"` + testID + `"}`
					conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Length: 41\r\n\r\n" + body))
				}
			})
		}
	})
	c, err := New(Config{BaseURL: "http://" + listener.Addr().String(), AccessToken: "abc-token", RequestsPerSecond: 1e6, MaxRetries: 3})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
		t.Fatal(err)
	}
	var reused bool
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{GotConn: func(info httptrace.GotConnInfo) { reused = info.Reused }})
	_, err = c.SubmitAccountSelection(ctx, testID, []byte(`{"a":"b"}`))
	if _, ok := errors.AsType[*AmbiguousError](err); !ok {
		t.Errorf("got %v", err)
	}
	if !reused || posts.Load() != 1 || conns.Load() != 1 {
		t.Errorf("reused %v, %d POSTs, %d connections", reused, posts.Load(), conns.Load())
	}
}

// unreachable fails to connect the first n times.
type unreachable struct {
	http.RoundTripper
	n     int
	calls int
}

var errRefused = errors.New("connection refused")

func (u *unreachable) RoundTrip(req *http.Request) (*http.Response, error) {
	if strings.HasSuffix(req.URL.Path, tokenPath) {
		return u.RoundTripper.RoundTrip(req)
	}
	u.calls++
	if u.calls <= u.n {
		return nil, errRefused
	}
	return u.RoundTripper.RoundTrip(req)
}

func TestAct_isRepeatedWhileNoConnectionComesAbout(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ failures, retries, calls, requests int }{{2, 3, 3, 1}, {9, 3, 4, 0}, {9, 0, 1, 0}} {
		s := newService(t, okItem)
		broken := &unreachable{RoundTripper: s.transport, n: test.failures}
		c := s.client(func(config *Config) { config.Transport, config.MaxRetries = broken, test.retries })
		_, err := c.CompleteWorkItem(t.Context(), testID)
		if test.requests == 0 && (!errors.Is(err, ErrNothingSent) || !errors.Is(err, errRefused)) || test.requests == 1 && err != nil {
			t.Errorf("%+v: got %v", test, err)
		}
		if broken.calls != test.calls || len(s.requests()) != test.requests {
			t.Errorf("%+v: %d calls, %d requests", test, broken.calls, len(s.requests()))
		}
	}
}

func TestAct_withoutATokenSendsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	s.grant = func(w http.ResponseWriter, r *http.Request, _ int) {
		answer(401, `{"error":"invalid_client","error_description":"Bad credentials for `+testSecret+`"}`)(w, r)
	}
	_, err := s.client().CompleteWorkItem(t.Context(), testID)
	want := "nothing was sent: POST /v2024/work-items/" + testID + ": no access token: " +
		"POST /oauth/token: status 401 Unauthorized: invalid_client: Bad credentials for ***"
	if err == nil || err.Error() != want || !errors.Is(err, ErrNothingSent) || errors.Is(err, ErrUnauthorized) {
		t.Errorf("got  %v\nwant %s", err, want)
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestAct_readOnlySendsNothing(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	c := s.client(func(config *Config) { config.ReadOnly = true })
	ctx := t.Context()
	for name, err := range map[string]error{
		"approve":      second(c.ApproveApprovalItem(ctx, testID, testItemID)),
		"reject":       second(c.RejectApprovalItem(ctx, testID, testItemID)),
		"bulk approve": second(c.BulkApprove(ctx, testID)),
		"bulk reject":  second(c.BulkReject(ctx, testID)),
		"complete":     second(c.CompleteWorkItem(ctx, testID)),
		"submit":       second(c.SubmitAccountSelection(ctx, testID, []byte(`{}`))),
		"forward":      second(c.ForwardWorkItem(ctx, testID, Forward{TargetOwnerID: testOwner})),
	} {
		if !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if n := len(s.requests()) + len(s.tokenRequests()); n != 0 {
		t.Errorf("%d requests", n)
	}
	if _, err := c.GetWorkItem(ctx, testID); err != nil {
		t.Errorf("a read failed: %v", err)
	}
}

func TestSubmitAccountSelection_takesOnlyAnObject(t *testing.T) {
	t.Parallel()
	s := newService(t, okItem)
	for _, selections := range []string{``, `null`, `[]`, `"x"`, `{"a":`, `{}{}`} {
		if _, err := s.client().SubmitAccountSelection(t.Context(), testID, []byte(selections)); !errors.Is(err, ErrNothingSent) {
			t.Errorf("%s: got %v", selections, err)
		}
	}
	if n := len(s.requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

func TestAct_401LetsTheNextRequestFetchAToken(t *testing.T) {
	t.Parallel()
	s := newService(t, answers(answer(401, ""), okItem))
	c := s.client()
	if _, err := c.CompleteWorkItem(t.Context(), testID); !errors.Is(err, ErrUnauthorized) {
		t.Fatalf("got %v", err)
	}
	if _, err := c.CompleteWorkItem(t.Context(), testID); err != nil {
		t.Fatal(err)
	}
	if n := len(s.tokenRequests()); n != 2 {
		t.Errorf("%d token requests", n)
	}
	if seen := s.requests(); len(seen) != 2 || seen[1].header.Get("Authorization") != "Bearer token-no-2" {
		t.Errorf("got %v", seen)
	}
}

func TestAct_429PausesTheClientAndIsLeftToTheCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newBubbleService(t, answers(answer(429, "", "Retry-After: 20"), okItem))
		c := s.client()
		_, err := c.CompleteWorkItem(t.Context(), testID)
		var apiErr *APIError
		if !errors.As(err, &apiErr) || !errors.Is(err, ErrRateLimited) || apiErr.RetryAfter != 20*time.Second || len(s.requests()) != 1 {
			t.Fatalf("got %v after %d requests", err, len(s.requests()))
		}
		start := time.Now()
		if _, err := c.GetWorkItem(t.Context(), testID); err != nil {
			t.Fatal(err)
		}
		if took := time.Since(start); took < 20*time.Second || took > 21*time.Second {
			t.Errorf("the next request came after %s", took)
		}
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
