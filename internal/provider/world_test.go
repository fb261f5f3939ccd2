// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// world is a mock service of its own and the provider configured for it.
type world struct {
	*mockisc.Server
	t testing.TB
	// transport leads to a mock that is reached through a pipe.
	transport http.RoundTripper
}

func newWorld(t testing.TB, items ...mockisc.WorkItem) *world {
	t.Helper()
	w := &world{Server: mockisc.RunT(t), t: t}
	w.Add(items...)
	return w
}

// newWorldOfOwner is newWorld with a caller who is no administrator.
func newWorldOfOwner(t *testing.T, items ...mockisc.WorkItem) *world {
	t.Helper()
	w := &world{Server: mockisc.RunT(t, asOwner), t: t}
	w.Add(items...)
	return w
}

// asOwner makes the caller no administrator.
func asOwner(c *mockisc.Config) {
	client := mockisc.DefaultClient
	client.Admin = false
	c.Clients = []mockisc.Client{client}
}

// inVirtualTime runs a test whose waits take no time: provider and mock in one
// process, connected by pipes.
func inVirtualTime(t *testing.T, test func(t *testing.T, w *world), options ...func(*mockisc.Config)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		mock, pipe := mockisc.RunPiped(t, options...)
		transport := &http.Transport{DialContext: pipe.DialContext, IdleConnTimeout: 3 * time.Second}
		t.Cleanup(func() {
			transport.CloseIdleConnections()
			synctest.Wait()
		})
		test(t, &world{Server: mock, t: t, transport: transport})
	})
}

// server returns the provider's constructor for protocol 6.
func (w *world) server() (tfprotov6.ProviderServer, error) {
	return newServer(&sailpointProvider{version: "test", transport: w.transport}), nil
}

// config puts the provider block before the configuration. The rate is lifted:
// the limiter has its own tests.
func (w *world) config(hcl string, settings ...string) string {
	return fmt.Sprintf(`
provider "sailpoint" {
  base_url                = %q
  client_id               = %q
  client_secret           = %q
  max_requests_per_second = 100000
  %s
}
%s`, w.URL(), mockisc.DefaultClient.ID, mockisc.DefaultClient.Secret, strings.Join(settings, "\n  "), hcl)
}

// run runs the steps through the real terraform.
func (w *world) run(steps ...resource.TestStep) {
	w.t.Helper()
	resource.Test(w.t.(*testing.T), resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"sailpoint": w.server},
		Steps:                    steps,
	})
}

// posts returns the recorded POSTs of acts, as "operation approval-item-id".
func (w *world) posts() (posts []string) {
	for _, r := range w.Requests() {
		if r.Method == "POST" && r.Operation != mockisc.OpToken {
			posts = append(posts, strings.TrimSuffix(string(r.Operation)+" "+r.Path[strings.LastIndex(r.Path, "/")+1:], "/"))
		}
	}
	return posts
}

// count counts the recorded requests of the operation.
func (w *world) count(operation mockisc.Operation) (n int) {
	for _, r := range w.Requests() {
		if r.Operation == operation {
			n++
		}
	}
	return n
}

// apiRequests counts all recorded requests but those for tokens.
func (w *world) apiRequests() int { return len(w.Requests()) - w.count(mockisc.OpToken) }

// acts returns the acts applied through the API, as "operation approval-item-ids".
func (w *world) acts() (acts []string) {
	for _, a := range w.Acts() {
		acts = append(acts, strings.TrimSpace(string(a.Operation)+" "+strings.Join(a.Decided, ",")))
	}
	return acts
}

// wantActs fails unless exactly these acts were applied.
func (w *world) wantActs(want ...string) {
	w.t.Helper()
	if got := w.acts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("acts on the service:\n%q\nwant:\n%q", got, want)
	}
}

// wantPosts fails unless exactly these POSTs were sent.
func (w *world) wantPosts(want ...string) {
	w.t.Helper()
	if got := w.posts(); strings.Join(got, "\n") != strings.Join(want, "\n") {
		w.t.Errorf("POSTs sent:\n%q\nwant:\n%q", got, want)
	}
}

// noChangeAfter runs checks of what the service saw once the step is over: after
// its apply, terraform-plugin-testing makes a plan without refresh and one with
// it, and fails unless both are empty.
func (w *world) noChangeAfter(step resource.TestStep, checks ...func()) resource.TestStep {
	after := &step.ConfigPlanChecks.PostApplyPostRefresh
	for _, check := range checks {
		*after = append(*after, planFunc(check))
	}
	return step
}

// stateFunc runs a function after an apply.
type stateFunc func()

func (f stateFunc) CheckState(context.Context, statecheck.CheckStateRequest, *statecheck.CheckStateResponse) {
	f()
}

// planFunc runs a function between plan and apply.
type planFunc func()

func (f planFunc) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	f()
}

// address of the resource named "this" of a type.
func this(resourceType string) string { return resourceType + ".this" }

// hcl is the configuration of one resource named "this".
func hcl(resourceType string, arguments ...string) string {
	return fmt.Sprintf("resource %q \"this\" {\n  %s\n}\n", resourceType, strings.Join(arguments, "\n  "))
}

// known expects a value of the resource named "this" in the plan.
func known(resourceType string, at tfjsonpath.Path, value knownvalue.Check) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(this(resourceType), at, value)
}

// unknowns expects values of the resource named "this" to be known after apply.
func unknowns(resourceType string, paths ...tfjsonpath.Path) (checks []plancheck.PlanCheck) {
	for _, at := range paths {
		checks = append(checks, plancheck.ExpectUnknownValue(this(resourceType), at))
	}
	return checks
}

// saved expects a value of the resource named "this" after apply.
func saved(resourceType string, at tfjsonpath.Path, value knownvalue.Check) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(this(resourceType), at, value)
}

// outcomeOf expects an outcome of the resource named "this".
func outcomeOf(resourceType, want string) statecheck.StateCheck {
	return saved(resourceType, tfjsonpath.New("outcome"), knownvalue.StringExact(want))
}

// refused is a row of a table of plans that must fail without a POST.
type refused struct {
	hcl      string
	edit     func(*mockisc.WorkItem)
	want     string
	settings map[string]any
}

// readOnlySetting makes the provider read-only.
var readOnlySetting = map[string]any{"read_only": true}

// runRefused plans each row against a world with the work item, in process.
func runRefused(t *testing.T, item func() mockisc.WorkItem, rows map[string]refused) {
	t.Helper()
	for name, row := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := item()
			if row.edit != nil {
				row.edit(&wi)
			}
			w := newWorld(t, wi)
			if diags := w.planHCL(row.hcl, row.settings); !hasError(diags) || !regexp.MustCompile(row.want).MatchString(diagText(diags)) {
				t.Errorf("the plan says:\n%s\nwant %q", diagText(diags), row.want)
			}
			w.wantPosts()
		})
	}
}

// approval is the configuration of one approval resource named "this".
func approval(workItemID, itemID, decision string, more ...string) string {
	return fmt.Sprintf(`
resource "sailpoint_workitem_approval" "this" {
  workitem_id      = %q
  approval_item_id = %q
  decision         = %q
  %s
}
`, workItemID, itemID, decision, strings.Join(more, "\n  "))
}
