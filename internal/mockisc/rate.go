// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"math"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// The ways in which the service may count requests, for Behavior.RateCounting.
const (
	CountIntervals = "intervals" // fixed intervals of the rate window
	CountSliding   = "sliding"   // the rate window that ends now
	CountBucket    = "bucket"    // a bucket of a tenth of the limit, refilled evenly
)

// budget is what one rate limit counts: requests of a client id under a path
// family.
type budget struct{ clientID, family string }

// usage is how much of a budget is used up.
type usage struct {
	recent   []time.Time // requests let through, for intervals and the sliding window
	tokens   float64     // for the bucket
	refilled time.Time
	excesses []int64 // intervals in which the limit was exceeded
	level    int     // of the back-off
	blocked  time.Time
	relented time.Time // when the level is forgotten
}

// backOffs are the pauses of the back-off, each longer than the one before.
var backOffs = []time.Duration{60 * time.Second, 300 * time.Second, 600 * time.Second, 1200 * time.Second}

// throttle answers 429 when the caller has used up their budget.
func (c *call) throttle() *answer {
	if c.cfg.RateLimit <= 0 {
		return nil
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	key := budget{c.caller.ID, c.to.family}
	u := c.budgets[key]
	if u == nil {
		u = &usage{}
		c.budgets[key] = u
	}
	pause := u.admit(c.cfg, c.behavior, c.cfg.Now())
	if pause <= 0 {
		return nil
	}
	ans := errorAnswer(http.StatusTooManyRequests, c.to.op, "")
	ans.header = http.Header{"Retry-After": {strconv.Itoa(int(math.Ceil(pause.Seconds())))}}
	return &ans
}

// admit counts a request, or returns how long the caller has to wait.
func (u *usage) admit(cfg Config, b Behavior, now time.Time) time.Duration {
	if pause := u.blocked.Sub(now); pause > 0 {
		return pause
	}
	pause := u.count(cfg, b.RateCounting, now)
	if pause <= 0 || !b.RateBackOff {
		return pause
	}
	// Three intervals with an excess within 120 seconds.
	interval := now.UnixNano() / int64(cfg.RateWindow)
	u.excesses = slices.DeleteFunc(u.excesses, func(n int64) bool { return interval-n >= 12 })
	if !slices.Contains(u.excesses, interval) {
		u.excesses = append(u.excesses, interval)
	}
	if len(u.excesses) < 3 {
		return pause
	}
	if now.After(u.relented) {
		u.level = 0
	}
	pause = backOffs[min(u.level, len(backOffs)-1)]
	u.level++
	u.excesses, u.blocked, u.relented = nil, now.Add(pause), now.Add(time.Hour)
	return pause
}

func (u *usage) count(cfg Config, counting string, now time.Time) time.Duration {
	window := cfg.RateWindow
	if counting == CountBucket {
		size := max(1, float64(cfg.RateLimit)/10)
		perSecond := float64(cfg.RateLimit) / window.Seconds()
		if u.refilled.IsZero() {
			u.tokens = size
		}
		u.tokens = min(size, u.tokens+now.Sub(u.refilled).Seconds()*perSecond)
		u.refilled = now
		if u.tokens >= 1 {
			u.tokens--
			return 0
		}
		return time.Duration((1 - u.tokens) / perSecond * float64(time.Second))
	}
	begin := now.Add(-window)
	if counting != CountSliding {
		begin = time.Unix(0, now.UnixNano()/int64(window)*int64(window)).Add(-1)
	}
	u.recent = slices.DeleteFunc(u.recent, func(at time.Time) bool { return !at.After(begin) })
	if len(u.recent) < cfg.RateLimit {
		u.recent = append(u.recent, now)
		return 0
	}
	if counting == CountSliding {
		return u.recent[0].Add(window).Sub(now)
	}
	return begin.Add(1 + window).Sub(now)
}
