// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Package bench is for benchmarks only. They compare the provider with another
// way of doing the same, in one run and in turn, so that what disturbs the
// machine disturbs both, and report the ratio.
package bench

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// Side is one of the two ways that are compared.
type Side struct {
	// Prepare, if set, is called before each run and not measured.
	Prepare func()
	Run     func()
	// CPU, of a side that starts processes, returns what they have used so far.
	CPU func() time.Duration
}

// Cost is what a run takes: the median of the runs measured.
type Cost struct{ Wall, CPU time.Duration }

// costs are what the runs of a side took.
type costs struct {
	wall, cpu      []time.Duration
	mallocs, bytes uint64
}

func (c *costs) measure(side Side) {
	if side.Prepare != nil {
		side.Prepare()
	}
	if side.CPU == nil {
		side.CPU = func() time.Duration { return 0 }
	}
	// One side doesn't clear up after the other.
	runtime.GC()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cpu, start := side.CPU(), time.Now()
	side.Run()
	c.wall, c.cpu = append(c.wall, time.Since(start)), append(c.cpu, side.CPU()-cpu)
	runtime.ReadMemStats(&after)
	c.mallocs += after.Mallocs - before.Mallocs
	c.bytes += after.TotalAlloc - before.TotalAlloc
}

func (c *costs) median() Cost { return Cost{median(c.wall), median(c.cpu)} }

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// Measure runs a side three times.
func Measure(side Side) Cost {
	var c costs
	for range 3 {
		c.measure(side)
	}
	return c.median()
}

// Compare runs both sides in turn, as often as the benchmark asks for. It
// reports the time of ours, and its ratio to that of the other as x-of-NAME;
// of sides that start processes also the ratio of CPU times, as cpu-x-of-NAME,
// which tells more where the machine has other things to do.
func Compare(b *testing.B, name string, ours, other Side) (oursTook, otherTook Cost) {
	b.Helper()
	mine, theirs := compare(b, name, ours, other)
	return mine.median(), theirs.median()
}

// CompareMemory is [Compare] for sides that run in this process: it also
// reports what ours allocates, and the ratio of the numbers of allocations as
// allocs-x-of-NAME. A first run of each, which fills pools and caches, doesn't
// count.
func CompareMemory(b *testing.B, name string, ours, other Side) {
	b.Helper()
	new(costs).measure(ours)
	new(costs).measure(other)
	mine, theirs := compare(b, name, ours, other)
	runs := float64(len(mine.wall))
	b.ReportMetric(float64(mine.mallocs)/runs, "allocs/op")
	b.ReportMetric(float64(mine.bytes)/runs, "B/op")
	b.ReportMetric(float64(mine.mallocs)/float64(theirs.mallocs), "allocs-x-of-"+name)
}

func compare(b *testing.B, name string, ours, other Side) (mine, theirs costs) {
	b.Helper()
	for i := 0; b.Loop(); i++ {
		if i%2 == 0 {
			mine.measure(ours)
			theirs.measure(other)
		} else {
			theirs.measure(other)
			mine.measure(ours)
		}
	}
	m, t := mine.median(), theirs.median()
	b.ReportMetric(float64(m.Wall), "ns/op")
	b.ReportMetric(float64(m.Wall)/float64(t.Wall), "x-of-"+name)
	if t.CPU > 0 {
		b.ReportMetric(float64(m.CPU)/float64(t.CPU), "cpu-x-of-"+name)
	}
	return mine, theirs
}

// PageSize is the number of work items on a page.
const PageSize = 250

// Service serves one list of work items, in pages that are encoded beforehand,
// so that a benchmark measures who reads them and not who serves them. It has
// no rate limit.
type Service struct {
	URL string
	// Latency is waited before each page.
	Latency time.Duration

	total    int
	pages    [][]byte
	requests atomic.Int64
}

// NewService serves the items until the benchmark ends.
func NewService[T any](tb testing.TB, items []T) *Service {
	tb.Helper()
	s := &Service{total: len(items)}
	for page := range slices.Chunk(items, PageSize) {
		encoded, err := json.Marshal(page)
		if err != nil {
			tb.Fatal(err)
		}
		s.pages = append(s.pages, encoded)
	}
	server := httptest.NewServer(s)
	tb.Cleanup(server.Close)
	s.URL = server.URL
	return s
}

// Requests returns how often pages and counts were asked for since the last
// call.
func (s *Service) Requests() int64 { return s.requests.Swap(0) }

func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/oauth/token" {
		_, _ = io.WriteString(w, `{"access_token":"token","token_type":"bearer","expires_in":749}`)
		return
	}
	s.requests.Add(1)
	time.Sleep(s.Latency)
	w.Header().Set("Content-Type", "application/json")
	if strings.HasSuffix(r.URL.Path, "/count") {
		_, _ = io.WriteString(w, `{"count":`+strconv.Itoa(s.total)+`}`)
		return
	}
	offset, err := strconv.Atoi(r.URL.Query().Get("offset"))
	if err != nil || offset%PageSize != 0 || offset/PageSize >= len(s.pages) {
		http.Error(w, "no such page", http.StatusBadRequest)
		return
	}
	page := s.pages[offset/PageSize]
	w.Header().Set("X-Total-Count", strconv.Itoa(s.total))
	w.Header().Set("Content-Length", strconv.Itoa(len(page)))
	_, _ = w.Write(page)
}
