// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// crashing is a command line whose provider process can be killed.
type crashing struct {
	*commandLine
	// pids is the file to which each provider process adds its id.
	pids string
}

// newCrashing puts a script in the provider's place that notes the id of the
// process and becomes the provider.
func newCrashing(t *testing.T, hcl string, items ...mockisc.WorkItem) *crashing {
	t.Helper()
	plugin := requirePlugin(t)
	folder := t.TempDir()
	c := &crashing{newWorld(t, items...).commandLine(folder), filepath.Join(folder, "pids")}
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>%q\nexec %q \"$@\"\n", c.pids, filepath.Join(plugin, "terraform-provider-sailpoint"))
	if err := os.WriteFile(filepath.Join(folder, "terraform-provider-sailpoint"), []byte(script), 0o700); err != nil { //nolint:gosec // It has to be executable.
		t.Fatal(err)
	}
	c.write("main.tf", requiredProviders+hcl)
	return c
}

// kill kills the provider process that was started last.
func (c *crashing) kill(*mockisc.Server) {
	content, err := os.ReadFile(c.pids)
	if err != nil {
		c.t.Error(err)
		return
	}
	lines := strings.Fields(string(content))
	pid, err := strconv.Atoi(lines[len(lines)-1])
	if err != nil {
		c.t.Error(err)
		return
	}
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		c.t.Errorf("killing the provider: %v", err)
	}
}

// TestCrash_theNextApplyConverges kills the provider process at each step
// between the first read and the saved state. Whatever was lost with it, the
// next apply finds out what was done, and the service executes the act once.
func TestCrash_theNextApplyConverges(t *testing.T) {
	t.Parallel()
	// The reads of an apply: its plan, the plan that it repeats; before a forward
	// one more; then those that settle an unclear answer.
	read := func(skip int) func(*crashing) []mockisc.Fault {
		return func(c *crashing) []mockisc.Fault {
			return []mockisc.Fault{{Operation: mockisc.OpGet, Skip: skip, Before: c.kill}}
		}
	}
	post := func(f mockisc.Fault) func(*crashing) []mockisc.Fault {
		return func(c *crashing) []mockisc.Fault {
			f.Method = http.MethodPost
			if f.DropBefore {
				f.Before = c.kill
			} else {
				f.After = c.kill
			}
			return []mockisc.Fault{f}
		}
	}
	const settling = 2
	for name, test := range map[string]struct {
		faults func(*crashing) []mockisc.Fault
		// executed is whether the service executed the request before the crash,
		// and sent whether it was sent.
		executed, sent bool
		forward        bool
	}{
		"at the read of the plan":                {faults: read(0)},
		"at the read of the plan in the apply":   {faults: read(1)},
		"at the read before the request":         {faults: read(2), forward: true},
		"with the request sent but not executed": {faults: post(mockisc.Fault{DropBefore: true}), sent: true},
		"with the request executed":              {faults: post(mockisc.Fault{}), executed: true, sent: true},
		"while an unclear answer is settled": {executed: true, sent: true, faults: func(c *crashing) []mockisc.Fault {
			return append(read(settling)(c), mockisc.Fault{Method: http.MethodPost, DropAfter: true})
		}},
		"with the answer received, before the state is saved": {executed: true, sent: true, faults: func(c *crashing) []mockisc.Fault {
			// The answer doesn't show the act yet, so the provider reads again.
			body := fmt.Sprintf(`{"id": %q, "approvalItems": [{"id": %q}]}`, workItem1, item1)
			return append(read(settling)(c), mockisc.Fault{Method: http.MethodPost, AnswerAfter: true, Status: 200, Body: body})
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			hcl, act := approval(workItem1, item1, "approve"), "approveApprovalItem "+item1
			if test.forward {
				hcl, act = forward(successor), "forwardWorkItem"
			}
			c := newCrashing(t, hcl, approvalWorkItem(workItem1, item1))
			for _, f := range test.faults(c) {
				c.AddFault(f)
			}
			if out, err := c.command("apply", "-auto-approve", "-input=false", "-no-color").CombinedOutput(); err == nil {
				t.Fatalf("terraform did not notice the crash:\n%s", out)
			}
			if executed, sent := len(c.acts()) == 1, len(c.posts()) == 1; executed != test.executed || sent != test.sent {
				t.Fatalf("before the crash: acts %q, POSTs %q; the crash came at another step", c.acts(), c.posts())
			}
			c.ClearFaults()

			c.terraform("apply", "-auto-approve", "-input=false")
			c.terraform("plan", "-detailed-exitcode", "-input=false")
			c.wantActs(act)
			wantPosts := 1
			if test.sent && !test.executed {
				wantPosts = 2
			}
			if n := len(c.posts()); n != wantPosts {
				t.Errorf("%d POSTs, want %d", n, wantPosts)
			}
			wantOutcome := "performed"
			if test.executed {
				wantOutcome = "adopted"
			}
			if state := c.terraform("show", "-json"); !strings.Contains(state, fmt.Sprintf(`"outcome":%q`, wantOutcome)) {
				t.Errorf("the outcome is not %s in the state %s", wantOutcome, state)
			}
		})
	}
}

// interrupt presses Ctrl-C: the signal goes to terraform and its providers.
func interrupt(command *exec.Cmd) error { return syscall.Kill(-command.Process.Pid, syscall.SIGINT) }

// interrupted applies, presses Ctrl-C when told and calls then. It returns what
// was printed and how long the process lived on.
func (c *commandLine) interrupted(when <-chan struct{}, then func(), more ...string) (out string, took time.Duration) {
	c.t.Helper()
	command := c.command(append([]string{"apply", "-auto-approve", "-input=false", "-no-color"}, more...)...)
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	var printed strings.Builder
	command.Stdout, command.Stderr = &printed, &printed
	if err := command.Start(); err != nil {
		c.t.Fatal(err)
	}
	<-when
	pressed := time.Now()
	if err := interrupt(command); err != nil {
		c.t.Error(err)
	}
	then()
	_ = command.Wait() // an interrupted apply may fail or not
	return printed.String(), time.Since(pressed)
}

// awaited scripts a fault that executes the act, if at all, and holds the answer
// until Ctrl-C has been pressed.
func (c *commandLine) awaited(f mockisc.Fault) (executed <-chan struct{}, pressed func()) {
	begun, released := make(chan struct{}), make(chan struct{})
	f.Method = http.MethodPost
	f.After = func(*mockisc.Server) {
		// Progress that is on its way makes Terraform halt, without a word of
		// the provider's.
		time.Sleep(500 * time.Millisecond)
		close(begun)
		<-released
		// The signal has to reach the provider first.
		time.Sleep(500 * time.Millisecond)
	}
	c.AddFault(f)
	return begun, func() { close(released) }
}

// TestInterrupt covers Ctrl-C through the real terraform: before the request it
// ends every wait, from then on what became of it is found out and saved.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	t.Run("during a pause that the service asked for", func(t *testing.T) {
		t.Parallel()
		c := newWorld(t, approvalWorkItem(workItem1, item1)).commandLine(requirePlugin(t))
		c.write("main.tf", requiredProviders+approval(workItem1, item1, "approve"))
		paused := make(chan struct{})
		const pause = 60 * time.Second
		c.AddFault(mockisc.Fault{
			Method: http.MethodPost, Status: http.StatusTooManyRequests, Header: retryAfterHeader("60"),
			// The answer is on its way by then.
			After: func(*mockisc.Server) { time.AfterFunc(300*time.Millisecond, func() { close(paused) }) },
		})
		out, took := c.interrupted(paused, func() {})
		t.Logf("ended %s after Ctrl-C", took.Round(time.Millisecond))
		if took > pause/2 {
			t.Errorf("the pause was not cut short: %s", took)
		}
		if !strings.Contains(out, "Did it happen? No") || !strings.Contains(out, "The run was cancelled") {
			t.Errorf("terraform printed:\n%s", out)
		}
		c.wantActs()
		c.terraform("apply", "-auto-approve", "-input=false")
		c.wantActs("approveApprovalItem " + item1)
	})
	for name, fault := range map[string]mockisc.Fault{
		"while the answer is awaited":             {},
		"while the answer is awaited, and lost":   {DropAfter: true},
		"while the answer is awaited, and broken": {HTMLAfter: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newWorld(t, approvalWorkItem(workItem1, item1)).commandLine(requirePlugin(t))
			c.write("main.tf", requiredProviders+approval(workItem1, item1, "approve"))
			executed, pressed := c.awaited(fault)
			out, _ := c.interrupted(executed, pressed)
			state := c.terraform("show", "-json")
			want := `"outcome":"performed"`
			if fault.DropAfter || fault.HTMLAfter {
				want = `"outcome":"confirmed"`
			}
			if !strings.Contains(state, want) {
				t.Errorf("%s is not in the state %s\nterraform printed:\n%s", want, state, out)
			}
			c.terraform("plan", "-detailed-exitcode", "-input=false")
			c.wantPosts("approveApprovalItem " + item1)
		})
	}
}

// TestInterrupt_action: an action that is interrupted tells what became of it.
func TestInterrupt_action(t *testing.T) {
	t.Parallel()
	requireTerraform(t, actionsSince)
	for name, test := range map[string]struct {
		fault mockisc.Fault
		want  string
		acts  []string
	}{
		"performed": {mockisc.Fault{}, "Completed work item " + workItem1 + " at ", []string{"completeWorkItem"}},
		"lost":      {mockisc.Fault{DropAfter: true}, "the answer was lost, but the work item shows it as done", []string{"completeWorkItem"}},
		"refused":   {mockisc.Fault{Status: 403}, "Did it happen? No", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newWorld(t, openWorkItem(workItem1, "ManualAction")).commandLine(requirePlugin(t))
			c.write("main.tf", requiredProviders+fmt.Sprintf("action \"sailpoint_workitem_complete\" \"this\" {\n  config {\n    workitem_id = %q\n  }\n}\n", workItem1))
			executed, pressed := c.awaited(test.fault)
			out, _ := c.interrupted(executed, pressed, "-invoke=action.sailpoint_workitem_complete.this")
			// Terraform breaks lines.
			if !strings.Contains(strings.Join(strings.Fields(out), " "), test.want) {
				t.Errorf("want %q; terraform printed:\n%s", test.want, out)
			}
			c.wantActs(test.acts...)
		})
	}
}
