// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/bench"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The rate limit is lifted in all benchmarks. Those whose names begin with
// Terraform run the real terraform, with the provider as a binary.

const (
	listType     = "sailpoint_workitems"
	snapshotType = "sailpoint_workitems_snapshot"
)

// BenchmarkDataSource reads the structured list beside the same list converted
// by the framework's reflection, and the snapshot beside the structured list,
// at the level of the protocol.
func BenchmarkDataSource(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		s := bench.NewService(b, generated(n))
		direct := reader(b, s, &sailpointProvider{version: "test"})
		reflective := reader(b, s, &reflectiveProvider{sailpointProvider{version: "test"}})
		b.Run(fmt.Sprintf("list/items=%d", n), func(b *testing.B) {
			bench.CompareMemory(b, "reflective", direct(listType), reflective(listType))
		})
		b.Run(fmt.Sprintf("snapshot/items=%d", n), func(b *testing.B) {
			bench.CompareMemory(b, "list", direct(snapshotType), direct(listType))
		})
	}
}

// reader returns a function that makes the reading of a data source.
func reader(b *testing.B, s *bench.Service, p provider.Provider) func(typeName string) bench.Side {
	b.Helper()
	r := configured(b, newServer(p), s.URL, nil)
	return func(typeName string) bench.Side {
		config := r.dynamic(object(r.schema.DataSourceSchemas[typeName].ValueType(), nil))
		return bench.Side{Run: func() {
			resp, err := r.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: typeName, Config: config})
			if err != nil || len(resp.Diagnostics) > 0 {
				b.Fatal(err, diagText(resp.Diagnostics))
			}
		}}
	}
}

// reflectiveProvider has one data source, which leaves the conversion to the
// framework.
type reflectiveProvider struct{ sailpointProvider }

func (p *reflectiveProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource {
		return &reflectiveDataSource{workItemsDataSource{dataSourceBase{typeName: listType}}}
	}}
}

type reflectiveDataSource struct{ workItemsDataSource }

func (d *reflectiveDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var query workItemsModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &query)...)
	snapshot, diags := query.read(ctx, d.session, false)
	resp.Diagnostics.Append(diags...)
	if resp.Diagnostics.HasError() {
		return
	}
	model := struct {
		workItemsQuery
		WorkItems  []reflected    `tfsdk:"workitems"`
		IDs        []string       `tfsdk:"ids"`
		TotalCount int64          `tfsdk:"total_count"`
		Complete   bool           `tfsdk:"complete"`
		Timeouts   timeouts.Value `tfsdk:"timeouts"`
	}{workItemsQuery: query.workItemsQuery, Timeouts: query.Timeouts, TotalCount: snapshot.Total, Complete: snapshot.Complete}
	for i := range snapshot.Items {
		model.WorkItems = append(model.WorkItems, newReflected(&snapshot.Items[i]))
		model.IDs = append(model.IDs, snapshot.Items[i].ID)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

// BenchmarkTerraformDataSource plans with a long list, beside a plan that only
// counts the list. MiB-peak is what the provider's process took at its largest
// (on Linux).
func BenchmarkTerraformDataSource(b *testing.B) {
	for _, n := range []int{1000, 10_000} {
		s := bench.NewService(b, generated(n))
		counted := newPlan(b, s, requirePlugin(b), "sailpoint_workitems_count")
		for name, typeName := range map[string]string{"list": listType, "snapshot": snapshotType} {
			b.Run(fmt.Sprintf("%s/items=%d", name, n), func(b *testing.B) {
				plugin, peak := peakMemory(b)
				read := newPlan(b, s, plugin, typeName)
				bench.Compare(b, "count", read.side("plan", "-input=false"), counted.side("plan", "-input=false"))
				b.ReportMetric(float64(peak())/(1<<20), "MiB-peak")
			})
		}
	}
}

func newPlan(b *testing.B, s *bench.Service, plugin, typeName string) *commandLine {
	b.Helper()
	e := newWorld(b).commandLine(plugin)
	e.env = append(e.env, "SAIL_BASE_URL="+s.URL)
	e.write("main.tf", liftedRate+fmt.Sprintf("data %q \"this\" {}\n", typeName))
	return e
}

// side is a run of terraform.
func (e *commandLine) side(args ...string) bench.Side {
	return bench.Side{Run: func() { e.terraform(args...) }, CPU: func() time.Duration { return e.cpu }}
}

// peakMemory returns the folder of a script that notes its process and becomes
// the provider, and a function that tells the most memory such a process has
// taken.
func peakMemory(b *testing.B) (folder string, peak func() (bytes int64)) {
	b.Helper()
	folder = b.TempDir()
	pids := filepath.Join(folder, "pids")
	script := fmt.Sprintf("#!/bin/sh\necho $$ >>%q\nexec %q \"$@\"\n", pids, filepath.Join(requirePlugin(b), "terraform-provider-sailpoint"))
	if err := os.WriteFile(filepath.Join(folder, "terraform-provider-sailpoint"), []byte(script), 0o700); err != nil {
		b.Fatal(err)
	}

	done := make(chan struct{})
	result := make(chan int64)
	go func() {
		var peak int64
		for {
			select {
			case <-done:
				result <- peak
				return
			case <-time.After(5 * time.Millisecond):
			}
			noted, _ := os.ReadFile(pids)
			running := bytes.Fields(noted)
			if len(running) == 0 {
				continue
			}
			status, _ := os.ReadFile(filepath.Join("/proc", string(running[len(running)-1]), "status"))
			_, line, _ := strings.Cut(string(status), "VmHWM:")
			var kib int64
			if _, err := fmt.Sscanf(line, "%d kB", &kib); err == nil {
				peak = max(peak, kib<<10)
			}
		}
	}()
	return folder, func() int64 {
		close(done)
		return <-result
	}
}

// BenchmarkTerraformApprovals plans, applies and plans again many decisions,
// beside a provider whose resource has the same schema and does nothing.
func BenchmarkTerraformApprovals(b *testing.B) {
	for _, n := range []int{100, 1000} {
		ours, nothing := newDecisions(b, n, requirePlugin(b)), newDecisions(b, n, nothingPlugin(b))
		for _, phase := range []struct {
			name    string
			prepare func(*decisions)
			args    []string
		}{
			{"plan", (*decisions).start, []string{"plan", "-input=false", "-out=this.tfplan"}},
			{"apply", func(d *decisions) {
				d.start()
				d.terraform("plan", "-input=false", "-out=this.tfplan")
			}, []string{"apply", "-input=false", "this.tfplan"}},
			{"replan", (*decisions).done, []string{"plan", "-input=false", "-detailed-exitcode"}},
		} {
			b.Run(fmt.Sprintf("%s/n=%d", phase.name, n), func(b *testing.B) {
				side := func(d *decisions) bench.Side {
					s := d.side(phase.args...)
					s.Prepare = func() {
						phase.prepare(d)
						d.ResetRequests()
					}
					return s
				}
				bench.Compare(b, "nothing", side(ours), side(nothing))
				b.ReportMetric(float64(len(ours.Requests()))/float64(n), "requests/instance")
			})
		}
	}
}

// serveNothing in the environment makes the test binary a provider that does
// nothing.
const serveNothing = "SAILPOINT_TEST_SERVES_NOTHING"

// nothingPlugin returns the folder of a provider that does nothing.
func nothingPlugin(b *testing.B) string {
	b.Helper()
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	folder := b.TempDir()
	script := fmt.Sprintf("#!/bin/sh\nexport %s=1 TF_LOG_SDK=off GOGC=400\nexec %q \"$@\"\n", serveNothing, self)
	if err := os.WriteFile(filepath.Join(folder, "terraform-provider-sailpoint"), []byte(script), 0o700); err != nil {
		b.Fatal(err)
	}
	return folder
}

// nothingProvider has a resource with the schema of a decision, and no other.
type nothingProvider struct{ sailpointProvider }

func (p *nothingProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &nothingResource{newWorkItemApprovalResource()} }}
}

func (p *nothingProvider) ListResources(context.Context) []func() list.ListResource { return nil }

type nothingResource struct{ resource.Resource }

func (r *nothingResource) Create(_ context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	known, err := tftypes.Transform(req.Plan.Raw, func(_ *tftypes.AttributePath, v tftypes.Value) (tftypes.Value, error) {
		if v.IsKnown() {
			return v, nil
		}
		return filler(v.Type()), nil
	})
	if err != nil {
		resp.Diagnostics.AddError("Unable to do nothing", err.Error())
	}
	resp.State.Raw = known
}

// filler is a value that takes as much room as what the service tells.
func filler(t tftypes.Type) tftypes.Value {
	switch t := t.(type) {
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, attribute := range t.AttributeTypes {
			values[name] = filler(attribute)
		}
		return tftypes.NewValue(t, values)
	default:
		if t.Is(tftypes.Bool) {
			return tftypes.NewValue(t, false)
		}
		return tftypes.NewValue(t, "twenty-four characters..")
	}
}

func (r *nothingResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *nothingResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (r *nothingResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// BenchmarkTerraformAtTheLimit plans and applies decisions at the service's
// limit, beside a loop that lists and approves, and beside one that reads each
// work item before it approves. It takes a minute and a half.
func BenchmarkTerraformAtTheLimit(b *testing.B) {
	items, approvals := manyDecisions(200, 84, 200)
	newService := func(b *testing.B) *world {
		b.Helper()
		w := &world{Server: mockisc.RunT(b, withLimit(mockisc.CountIntervals)), t: b}
		w.Add(items...)
		return w
	}
	loop := func(b *testing.B, looks bool) time.Duration {
		b.Helper()
		w := newService(b)
		start := nextInterval()
		blindLoop(b, w.URL(), approvals, looks)
		took := time.Since(start)
		w.wantEachOnce(approvals)
		return took
	}
	var planned, applied int
	var took, blind, looking time.Duration
	for b.Loop() {
		w := newService(b)
		c := w.commandLine(requirePlugin(b))
		c.write("main.tf", requiredProviders+ledgerOf(approvals))
		start := nextInterval()
		c.terraform("plan", "-input=false", "-out=this.tfplan")
		planned += w.apiRequests()
		w.ResetRequests()
		c.terraform("apply", "-input=false", "this.tfplan")
		applied += w.apiRequests()
		took += time.Since(start)
		w.wantEachOnce(approvals)
		blind += loop(b, false)
		looking += loop(b, true)
	}
	b.ReportMetric(float64(planned)/float64(b.N), "plan-requests")
	b.ReportMetric(float64(applied)/float64(b.N), "apply-requests")
	b.ReportMetric(took.Seconds()/blind.Seconds(), "x-of-blind")
	b.ReportMetric(took.Seconds()/looking.Seconds(), "x-of-looking")
}

// nextInterval waits until the service begins to count anew. Otherwise luck would
// decide how much of the first interval is left.
func nextInterval() time.Time {
	const interval = 10 * time.Second
	time.Sleep(time.Until(time.Now().Truncate(interval).Add(interval)))
	return time.Now()
}

// blindLoop approves without Terraform, as a script would: it lists the work
// items, and waits as long as the service asks for.
func blindLoop(b *testing.B, baseURL string, approvals []map[string]any, looks bool) {
	b.Helper()
	var token struct {
		AccessToken string `json:"access_token"`
	}
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {mockisc.DefaultClient.ID}, "client_secret": {mockisc.DefaultClient.Secret}}
	req, err := http.NewRequestWithContext(b.Context(), http.MethodPost, baseURL+"/oauth/token", strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	if err := errors.Join(json.NewDecoder(resp.Body).Decode(&token), resp.Body.Close()); err != nil {
		b.Fatal(err)
	}
	send := func(method, path string) {
		for {
			req, err := http.NewRequestWithContext(b.Context(), method, baseURL+"/v2024/work-items"+path, nil)
			if err != nil {
				b.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+token.AccessToken)
			req.Header.Set("Content-Type", "application/json")
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				b.Fatal(err)
			}
			resp.Body.Close()
			if resp.StatusCode == http.StatusOK {
				return
			}
			pause, err := strconv.Atoi(resp.Header.Get("Retry-After"))
			if err != nil {
				b.Fatalf("%s %s: %s", method, path, resp.Status)
			}
			time.Sleep(time.Duration(pause) * time.Second)
		}
	}
	send(http.MethodGet, "?limit=250")
	for _, approval := range approvals {
		if looks {
			send(http.MethodGet, "/"+approval["workitem_id"].(string))
		}
		send(http.MethodPost, fmt.Sprintf("/%s/approve/%s", approval["workitem_id"], approval["approval_item_id"]))
	}
}

// ledgerOf is a configuration of decisions in a map.
func ledgerOf(approvals []map[string]any) string {
	var entries strings.Builder
	for i, a := range approvals {
		fmt.Fprintf(&entries, "    \"item-%d\" = { workitem_id = %q, approval_item_id = %q, decision = %q }\n", i, a["workitem_id"], a["approval_item_id"], a["decision"])
	}
	return "locals {\n  decisions = {\n" + entries.String() + `  }
}

resource "sailpoint_workitem_approval" "this" {
  for_each         = local.decisions
  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision
}
`
}

// decisions is a folder with many instances, in a map.
type decisions struct {
	*commandLine
	items []mockisc.WorkItem
}

func newDecisions(b *testing.B, n int, plugin string) *decisions {
	b.Helper()
	items, approvals := manyDecisions(n, n, n)
	d := &decisions{commandLine: newWorld(b).commandLine(plugin), items: items}
	d.write("main.tf", liftedRate+ledgerOf(approvals))
	return d
}

// start forgets what has been done.
func (d *decisions) start() {
	d.Reset()
	d.Add(d.items...)
	_ = os.Remove(filepath.Join(d.folder, "terraform.tfstate"))
}

// done applies the decisions, unless that has been done.
func (d *decisions) done() {
	if _, err := os.Stat(filepath.Join(d.folder, "terraform.tfstate")); err != nil {
		d.start()
		d.terraform("apply", "-input=false", "-auto-approve")
	}
}

// BenchmarkStart runs the provider's binary until it is ready to serve, and
// asks a new provider in this process for its schema.
func BenchmarkStart(b *testing.B) {
	b.Run("process", func(b *testing.B) {
		plugin, err := pluginFolder()
		if err != nil {
			b.Fatal(err)
		}
		for b.Loop() {
			command := exec.CommandContext(b.Context(), filepath.Join(plugin, "terraform-provider-sailpoint"))
			command.Env = append(os.Environ(), "TF_PLUGIN_MAGIC_COOKIE=d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2", "PLUGIN_PROTOCOL_VERSIONS=6")
			out, err := command.StdoutPipe()
			if err != nil {
				b.Fatal(err)
			}
			if err := command.Start(); err != nil {
				b.Fatal(err)
			}
			handshake, err := bufio.NewReader(out).ReadString('\n')
			if err != nil || !strings.HasPrefix(handshake, "1|6|") {
				b.Fatalf("handshake %q: %v", handshake, err)
			}
			b.StopTimer()
			_ = command.Process.Kill()
			_ = command.Wait()
			b.StartTimer()
		}
	})
	b.Run("schema", func(b *testing.B) {
		for b.Loop() {
			if _, err := NewServer("test").GetProviderSchema(b.Context(), &tfprotov6.GetProviderSchemaRequest{}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
