// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"
)

// limited begins a mock with a limit and a clock of its own.
func limited(t *testing.T, limit int, b Behavior) (c *session, now *time.Time) {
	t.Helper()
	clock := start
	return begin(t, many(1), behaving(b), func(cfg *Config) {
		cfg.RateLimit = limit
		cfg.Now = func() time.Time { return clock }
	}), &clock
}

func TestRateLimit_isPerClientAndFamily(t *testing.T) {
	t.Parallel()
	c, now := limited(t, 2, Behavior{RateCounting: CountSliding})
	c.wantGet("", 200)
	*now = now.Add(2500 * time.Millisecond)
	c.wantGet("", 200)
	got := c.wantGet("", 429)
	if got.body != `{"message":" Rate Limit Exceeded "}` || got.header.Get("Retry-After") != "8" {
		t.Errorf("Retry-After %q: %s", got.header.Get("Retry-After"), got.body)
	}
	c.as("plain-token").wantGet("", 200)
	v1 := *c
	v1.family = "/work-items/v1"
	v1.wantGet("", 200)
	*now = now.Add(8 * time.Second)
	c.wantGet("", 200)
	c.wantPost("/w000", "", 429)
	if len(c.Acts()) != 0 {
		t.Error("what was refused by the rate limit was executed")
	}
}

// TestRateLimit_countsInThreeWays sends a request at each of these times, in
// seconds after the beginning of an interval.
func TestRateLimit_countsInThreeWays(t *testing.T) {
	t.Parallel()
	at := []float64{0, 8, 8, 9, 10, 10, 11, 17, 18.5, 20}
	for counting, want := range map[string][]int{
		// 3 in each interval; 3 in any 10 s; 0.3 a second, with a burst of 1.
		"":             {200, 200, 200, 429, 200, 200, 200, 429, 429, 200},
		CountIntervals: {200, 200, 200, 429, 200, 200, 200, 429, 429, 200},
		CountSliding:   {200, 200, 200, 429, 200, 429, 429, 429, 200, 200},
		CountBucket:    {200, 200, 429, 429, 429, 429, 429, 200, 429, 429},
	} {
		t.Run(counting, func(t *testing.T) {
			t.Parallel()
			c, now := limited(t, 3, Behavior{RateCounting: counting})
			var got []int
			for _, seconds := range at {
				*now = start.Add(time.Duration(seconds * float64(time.Second)))
				answer := c.fetch("")
				got = append(got, answer.status)
				pause, err := strconv.Atoi(answer.header.Get("Retry-After"))
				if limited := answer.status == 429; limited != (err == nil) || limited && (pause < 1 || pause > 10) {
					t.Errorf("%d with Retry-After %q", answer.status, answer.header.Get("Retry-After"))
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("got  %d\nwant %d", got, want)
			}
		})
	}
}

func TestRateLimit_backOff(t *testing.T) {
	t.Parallel()
	c, now := limited(t, 1, Behavior{RateBackOff: true})
	exceed := func() (pause string) {
		c.fetch("")
		return c.wantGet("", 429).header.Get("Retry-After")
	}
	var pauses []string
	for range 2 {
		for range 3 {
			pauses = append(pauses, exceed())
			*now = now.Add(10 * time.Second)
		}
		if got := c.wantGet("", 429).header.Get("Retry-After"); got == "10" {
			t.Errorf("it has relented after 10 s, with %s", got)
		}
		*now = now.Add(300 * time.Second)
	}
	// Twice in 120 seconds does no harm, and an hour later all is forgotten.
	exceed()
	*now = now.Add(130 * time.Second)
	exceed()
	*now = now.Add(time.Hour)
	for range 3 {
		pauses = append(pauses, exceed())
		*now = now.Add(10 * time.Second)
	}
	if got, want := fmt.Sprint(pauses), "[10 10 60 10 10 300 10 10 60]"; got != want {
		t.Errorf("pauses %s, want %s", got, want)
	}
}
