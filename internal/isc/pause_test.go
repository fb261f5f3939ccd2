// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestWait(t *testing.T) {
	t.Parallel()
	stop := errors.New("somebody pressed Ctrl-C")
	for name, test := range map[string]struct {
		// d is waited for, with a deadline and a cancellation after these times.
		d, deadline, cancelled time.Duration
		want                   string
		takes                  time.Duration
	}{
		"nothing":               {0, time.Hour, time.Hour, "", 0},
		"less than nothing":     {-time.Second, time.Hour, time.Hour, "", 0},
		"a while":               {5 * time.Second, time.Hour, time.Hour, "", 5 * time.Second},
		"past the deadline":     {5 * time.Second, 4999 * time.Millisecond, time.Hour, "a pause of 5 s would outlast the time allowed (4.999 s left): context deadline exceeded", 0},
		"a breath too long":     {5*time.Second + 400*time.Microsecond, 5 * time.Second, time.Hour, "a pause of 5 s would outlast the time allowed (5 s left): context deadline exceeded", 0},
		"cancelled":             {5 * time.Second, time.Hour, time.Second, "context canceled: somebody pressed Ctrl-C, during a pause of 5 s", time.Second},
		"cancelled before":      {5 * time.Second, time.Hour, 0, "context canceled: somebody pressed Ctrl-C", 0},
		"cancelled, no waiting": {0, time.Hour, 0, "context canceled: somebody pressed Ctrl-C", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				ctx, cancelDeadline := context.WithTimeout(t.Context(), test.deadline)
				defer cancelDeadline()
				ctx, cancel := context.WithCancelCause(ctx)
				defer time.AfterFunc(test.cancelled, func() { cancel(stop) }).Stop()
				synctest.Wait()
				start := time.Now()
				err := wait(ctx, test.d, "a pause")
				if !says(err, test.want) || err != nil && err.Error() != test.want {
					t.Errorf("got  %v\nwant %s", err, test.want)
				}
				if took := time.Since(start); took != test.takes {
					t.Errorf("it took %s", took)
				}
			})
		})
	}
}
