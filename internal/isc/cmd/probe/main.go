// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Command probe asks a real tenant, with reads alone, what the documents of
// the Work Items API leave open, and prints what it saw together with the flags
// that make the mock behave the same:
//
//	go run ./internal/isc/cmd/probe
//
// It takes the tenant and the credentials from the SAIL_ variables, sends a few
// dozen GET requests and one for a token, and changes nothing. What it prints
// is counts, yes and no, and the service's own words for states and types, never
// a name, an id, a value or the host of anybody.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// betweenRequests keeps a run at half of the service's rate limit, because
// others may use the same client id.
const betweenRequests = 200 * time.Millisecond

func main() {
	flags := flag.NewFlagSet("probe", flag.ContinueOnError)
	flags.Usage = func() {
		fmt.Fprintln(flags.Output(), "probe takes no arguments. It reads SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET (or SAIL_ACCESS_TOKEN), and SAIL_API_VERSION.")
	}
	if err := flags.Parse(os.Args[1:]); err != nil || flags.NArg() > 0 {
		if err == nil {
			flags.Usage()
		}
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Getenv, sleepBetween(betweenRequests), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "probe:", err)
		os.Exit(1)
	}
}

// sleepBetween returns a pacer that leaves some time between requests.
func sleepBetween(d time.Duration) pacer {
	return pacer{between: d, sleep: func(ctx context.Context, d time.Duration) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}}
}

// run probes and prints. Its errors name nothing but settings and statuses, and
// mean that nothing could be learned about work items.
func run(ctx context.Context, getenv func(string) string, pace pacer, w io.Writer) error {
	target, err := targetFrom(getenv)
	if err != nil {
		return err
	}
	s := newSession(target, pace)
	seen, err := gather(ctx, s)
	if err != nil {
		return err
	}
	return printReport(w, target.version, s.sent, seen, findings(seen))
}

// target is whom to probe, and with which credentials.
type target struct {
	baseURL, version                    string
	clientID, clientSecret, accessToken string
}

// targetFrom reads the variables that the provider reads too.
func targetFrom(getenv func(string) string) (target, error) {
	get := func(name string) string { return strings.TrimSpace(getenv(name)) }
	t := target{
		baseURL: get("SAIL_BASE_URL"), version: cmp.Or(get("SAIL_API_VERSION"), "v2024"),
		clientID: get("SAIL_CLIENT_ID"), clientSecret: get("SAIL_CLIENT_SECRET"), accessToken: get("SAIL_ACCESS_TOKEN"),
	}
	if isc.CheckAPIVersion(t.version) != nil {
		// The client's message repeats the value, which may be anything.
		return t, fmt.Errorf("SAIL_API_VERSION must be one of %s", strings.Join(isc.APIVersions(), ", "))
	}
	_, err := isc.New(isc.Config{
		BaseURL: t.baseURL, APIVersion: t.version,
		ClientID: t.clientID, ClientSecret: t.clientSecret, AccessToken: t.accessToken,
	})
	if wrong, ok := errors.AsType[*isc.ConfigError](err); ok {
		return t, fmt.Errorf("SAIL_%s: %s", strings.ToUpper(wrong.Field), wrong.Message)
	}
	t.baseURL = strings.TrimSuffix(t.baseURL, "/")
	return t, err
}

// path is that of an API, such as work-items, in the target's version.
func (t target) path(api string) string {
	if t.version == "v1" {
		return "/" + api + "/v1"
	}
	return "/" + t.version + "/" + api
}

// newHTTPClient follows no redirects, which could carry the token elsewhere.
func newHTTPClient() *http.Client {
	return &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
