// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
)

// TestErrors_neverHoldAPartOfASecret has a server that sends back what it got in
// ways that a plain search and replace in the final text would miss: longer than
// what is shown, escaped, or outside of what is known to be an error.
func TestErrors_neverHoldAPartOfASecret(t *testing.T) {
	t.Parallel()
	// A secret that changes in each encoding, and a token as long as real ones.
	secret := `Zq"9&t+/=<` + strings.Repeat("Kw7 ", 5) + `\x`
	jwt := "eyJhbGciOiJIUzI1NiJ9." + strings.Repeat("QnV5TW9yZUNvZmZlZQ", 70) + ".c2lnbmF0dXJl"
	inJSON := func(text string) string {
		b, err := json.Marshal(text)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	fill := strings.Repeat("x", maxText-40)
	for name, handle := range map[string]http.HandlerFunc{
		"long error":            answer(400, `{"error":`+inJSON("rejected: Bearer "+jwt)+`}`),
		"at the cut":            answer(400, `{"message":`+inJSON(fill+secret)+`}`),
		"long codes":            answer(400, `{"detailCode":`+inJSON(jwt)+`,"trackingId":`+inJSON(secret)+`}`),
		"unknown keys":          answer(400, `{"oops":`+inJSON(secret+jwt)+`}`),
		"text":                  answer(502, "upstream got client_secret="+url.QueryEscape(secret)+" and "+jwt),
		"page":                  answer(403, "<html><title>"+html.EscapeString(secret+" "+jwt)+"</title></html>"),
		"page without a title":  answer(403, "<html><p>"+html.EscapeString(secret+" "+jwt)+"</p></html>"),
		"page instead of JSON":  answer(200, "<html><title>"+html.EscapeString(secret+" "+jwt)+"</title></html>"),
		"page escaped by hand":  answer(200, "<html><title>"+strings.ReplaceAll(html.EscapeString(secret), "&lt;", "&#x3c;")+" "+jwt+"</title></html>"),
		"object without counts": answer(200, `{"got":`+inJSON(secret+jwt)+`}`),
		"another work item":     answer(200, `{"id":`+inJSON(secret)+`,"name":`+inJSON(jwt)+`}`),
		"redirect":              answer(302, secret, "Location: https://"+jwt+".example/x"),
		"unreadable redirect":   answer(302, secret, "Location: https://[::"+jwt),
		"redirect in the path":  answers(answer(307, "", "Location: /"+jwt), answer(404, "")),
		"no HTTP": func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				panic(err)
			}
			fmt.Fprintf(conn, "Bearer %s\r\n\r\n", jwt)
			conn.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, handle)
			s.grant = func(w http.ResponseWriter, r *http.Request, _ int) {
				answer(200, `{"access_token":"`+jwt+`"}`)(w, r)
			}
			var mu sync.Mutex
			var logged strings.Builder
			c := s.client(func(config *Config) {
				config.ClientSecret = secret
				config.MaxRetries = 0
				config.Log = func(_ context.Context, _ string, fields map[string]any) {
					mu.Lock()
					defer mu.Unlock()
					delete(fields, "path") // Terraform's log masks whole values.
					fmt.Fprintln(&logged, fields)
				}
			})
			_, read := c.GetWorkItem(t.Context(), testID)
			_, count := c.CountWorkItems(t.Context(), Own)
			_, act := c.CompleteWorkItem(t.Context(), testID)
			masked := false
			for _, err := range []error{read, count, act, errors.New(logged.String())} {
				if err == nil {
					continue
				}
				text := err.Error()
				masked = masked || strings.Contains(text, "***")
				for _, part := range []string{secret[:8], "Kw7", jwt[:20], jwt[len(jwt)-12:], url.QueryEscape(secret)[:12], html.EscapeString(secret)[:12], `Zq\"9`} {
					if strings.Contains(text, part) {
						t.Errorf("%q is in %q", part, text)
					}
				}
			}
			if !masked {
				t.Errorf("nothing was masked, so the test proves nothing: %v; %v; %v", read, count, act)
			}
		})
	}
}
