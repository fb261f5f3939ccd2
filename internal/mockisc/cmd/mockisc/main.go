// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Command mockisc serves the mock of the Work Items API, for demonstrations
// and trials by hand:
//
//	go run ./internal/mockisc/cmd/mockisc -fixture demo
//
// It prints one line when it is ready, logs one JSON line a request to
// standard error, and is controlled under /__mock/ while it runs: GET requests,
// acts and workitems; POST workitems, faults, behavior and reset; DELETE
// faults.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	switch err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); {
	case errors.Is(err, flag.ErrHelp):
		os.Exit(2)
	case err != nil:
		fmt.Fprintln(os.Stderr, "mockisc:", err)
		os.Exit(1)
	}
}

// run serves until the context ends.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	client := mockisc.DefaultClient
	cfg := mockisc.Config{Log: stderr}
	flags := flag.NewFlagSet("mockisc", flag.ContinueOnError)
	flags.SetOutput(stderr)
	listen := flags.String("listen", "127.0.0.1:8765", "`address` to listen on; port 0 picks a free one")
	flags.BoolVar(&cfg.AnyHost, "listen-any", false, "allow addresses and host names other than loopback")
	fixture := flags.String("fixture", "demo", "initial work items: demo, empty, or a JSON `file` with an array of them")
	count := flags.Int("items", 0, "`number` of generated open work items to add")
	seed := flags.Uint64("seed", 1, "`seed` of the generated work items")
	flags.StringVar(&client.ID, "client-id", client.ID, "OAuth2 client `id`")
	flags.StringVar(&client.Secret, "client-secret", client.Secret, "OAuth2 client `secret`")
	flags.StringVar(&client.IdentityID, "identity-id", client.IdentityID, "`id` of the identity behind the client")
	flags.BoolVar(&client.Admin, "admin", client.Admin, "the client is an admin")
	token := flags.String("access-token", "", "a static access `token` of the client, beside those it requests")
	flags.IntVar(&cfg.RateLimit, "rate-limit", 100, "`requests` per rate window, 0 for no limit")
	flags.DurationVar(&cfg.RateWindow, "rate-window", 10*time.Second, "`duration` of the rate window")
	flags.DurationVar(&cfg.TokenLifetime, "token-lifetime", 749*time.Second, "`duration` for which a requested token is valid")
	flags.Func("behavior", "set a switch of mockisc.Behavior, such as `OpenState=Pending`; may be repeated", func(arg string) error {
		field, value, _ := strings.Cut(arg, "=")
		return cfg.Behavior.Set(field, value)
	})
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err := checkAddress(*listen, cfg.AnyHost); err != nil {
		return err
	}
	items, err := initial(*fixture)
	if err != nil {
		return err
	}
	cfg.Clients = []mockisc.Client{client}
	cfg.Items = append(items, mockisc.Generate(*count, *seed, client.IdentityID, client.IdentityName)...)
	if *token != "" {
		cfg.StaticTokens = map[string]string{*token: client.ID}
	}
	return serve(ctx, mockisc.New(cfg), *listen, stdout)
}

// checkAddress keeps the mock, which guards nothing, off the network.
func checkAddress(address string, listenAny bool) error {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("listen address: %w", err)
	}
	if ip := net.ParseIP(host); listenAny || host == "localhost" || ip.IsLoopback() {
		return nil
	}
	return fmt.Errorf("%s is not a loopback address; -listen-any allows it", address)
}

func initial(fixture string) ([]mockisc.WorkItem, error) {
	switch fixture {
	case "demo":
		return mockisc.Demo(), nil
	case "empty":
		return nil, nil
	}
	data, err := os.ReadFile(fixture)
	if err != nil {
		return nil, fmt.Errorf("reading the fixture: %w", err)
	}
	items, err := mockisc.ParseWorkItems(data)
	if err != nil {
		return nil, fmt.Errorf("fixture %s: %w", fixture, err)
	}
	return items, nil
}

// serve listens until the context ends, then lets requests finish for a while.
func serve(ctx context.Context, handler http.Handler, address string, stdout io.Writer) error {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Fprintf(stdout, "mockisc listening on http://%s\n", listener.Addr())
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil {
		return server.Close()
	}
	return nil
}
