// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/bench"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The benchmarks read lists of work items beside a bare loop of net/http and
// encoding/json, which does as many requests at once. The service serves pages
// encoded beforehand, and the rate limit is lifted. No token is requested.

// BenchmarkSnapshot reads a list as sailpoint_workitems does.
func BenchmarkSnapshot(b *testing.B) { benchmarkSnapshot(b, false) }

// BenchmarkSnapshotRaw reads a list as sailpoint_workitems_snapshot does, which
// keeps the JSON of each work item too. The bare loop does not.
func BenchmarkSnapshotRaw(b *testing.B) { benchmarkSnapshot(b, true) }

func benchmarkSnapshot(b *testing.B, keepRaw bool) {
	eachSize(b, func(b *testing.B, s *bench.Service, n int) {
		c := listClient(b, s)
		compareWithBare(b, s, n, 8, func() {
			snapshot, err := c.Snapshot(b.Context(), isc.Query{Status: isc.StatusOpen, KeepRaw: keepRaw})
			if err != nil || !snapshot.Complete || len(snapshot.Items) != n {
				b.Fatalf("%+v, %v", snapshot, err)
			}
		})
	})
}

// BenchmarkListWorkItems reads one page after the other.
func BenchmarkListWorkItems(b *testing.B) {
	eachSize(b, func(b *testing.B, s *bench.Service, n int) {
		c := listClient(b, s)
		compareWithBare(b, s, n, 1, func() {
			read := 0
			for _, err := range c.ListWorkItems(b.Context(), isc.Own) {
				if err != nil {
					b.Fatal(err)
				}
				read++
			}
			if read != n {
				b.Fatalf("%d work items", read)
			}
		})
	})
}

func eachSize(b *testing.B, f func(b *testing.B, s *bench.Service, n int)) {
	for _, n := range []int{250, 10_000} {
		s := bench.NewService(b, mockisc.Generate(n, 7, mockisc.DefaultClient.IdentityID, mockisc.DefaultClient.IdentityName))
		for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
			b.Run(fmt.Sprintf("items=%d/latency=%s", n, latency), func(b *testing.B) {
				s.Latency = latency
				f(b, s, n)
			})
		}
	}
}

func listClient(b *testing.B, s *bench.Service) *isc.Client {
	b.Helper()
	c, err := isc.New(isc.Config{BaseURL: s.URL, AccessToken: "bench-token", RequestsPerSecond: 1e6})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(c.Close)
	return c
}

func compareWithBare(b *testing.B, s *bench.Service, n, atOnce int, read func()) {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 2 * atOnce}
	defer transport.CloseIdleConnections()
	bare := bareList{&http.Client{Transport: transport}, s.URL}
	var requests int64
	bench.CompareMemory(b, "bare",
		bench.Side{Run: func() {
			s.Requests()
			read()
			requests = s.Requests()
		}},
		bench.Side{Run: func() {
			items, err := bare.read(b.Context(), atOnce)
			if err != nil || len(items) != n {
				b.Fatalf("%d work items, %v", len(items), err)
			}
		}})
	b.ReportMetric(float64(requests), "requests/op")
}

// bareList is the least that reads a list: the first page tells how many there
// are, and the others are read at the same time.
type bareList struct {
	client *http.Client
	url    string
}

func (l bareList) read(ctx context.Context, atOnce int) ([]isc.WorkItem, error) {
	first, total, err := l.page(ctx, 0)
	if err != nil {
		return nil, err
	}
	pages := make([][]isc.WorkItem, (total+bench.PageSize-1)/bench.PageSize)
	pages[0] = first
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(atOnce)
	for i := 1; i < len(pages); i++ {
		group.Go(func() (err error) {
			pages[i], _, err = l.page(ctx, i*bench.PageSize)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	items := make([]isc.WorkItem, 0, total)
	for _, page := range pages {
		items = append(items, page...)
	}
	return items, nil
}

func (l bareList) page(ctx context.Context, offset int) (items []isc.WorkItem, total int, err error) {
	url := fmt.Sprintf("%s/v2024/work-items?count=true&limit=%d&offset=%d", l.url, bench.PageSize, offset)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Authorization", "Bearer token")
	resp, err := l.client.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, 0, err
	}
	total, err = strconv.Atoi(resp.Header.Get("X-Total-Count"))
	return items, total, errors.Join(err, json.Unmarshal(body, &items))
}
