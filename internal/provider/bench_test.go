// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

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
				b.Fatal(err, said(resp.Diagnostics))
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
		WorkItems  []reflected `tfsdk:"workitems"`
		IDs        []string    `tfsdk:"ids"`
		TotalCount int64       `tfsdk:"total_count"`
		Complete   bool        `tfsdk:"complete"`
	}{workItemsQuery: query.workItemsQuery, TotalCount: snapshot.Total, Complete: snapshot.Complete}
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
// beside as many instances of terraform_data, which is part of terraform.
// instance-x-of-builtin is the ratio of what one instance costs, without what a
// run costs that has none; instance-cpu-x-of-builtin is that of CPU times.
func BenchmarkTerraformApprovals(b *testing.B) {
	for _, n := range []int{100, 1000} {
		ours, builtin := newDecisions(b, n, approvalResources), newDecisions(b, n, builtinResources)
		oursNone, builtinNone := bench.Measure(ours.empty.side("plan", "-input=false")), bench.Measure(builtin.empty.side("plan", "-input=false"))
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
			{"replan", func(*decisions) {}, []string{"plan", "-input=false", "-detailed-exitcode"}},
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
				mine, theirs := bench.Compare(b, "builtin", side(ours), side(builtin))
				b.ReportMetric(float64(mine.Wall-oursNone.Wall)/float64(theirs.Wall-builtinNone.Wall), "instance-x-of-builtin")
				b.ReportMetric(float64(mine.CPU-oursNone.CPU)/float64(theirs.CPU-builtinNone.CPU), "instance-cpu-x-of-builtin")
				b.ReportMetric(float64(len(ours.Requests()))/float64(n), "requests/instance")
			})
		}
	}
}

const approvalResources = `
resource "sailpoint_workitem_approval" "this" {
  for_each         = local.decisions
  workitem_id      = each.value.workitem_id
  approval_item_id = each.value.approval_item_id
  decision         = each.value.decision
}
`

const builtinResources = `
resource "terraform_data" "this" {
  for_each = local.decisions
  input    = each.value
}
`

// decisions is a folder with many instances, in a map.
type decisions struct {
	*commandLine
	items []mockisc.WorkItem
	empty *commandLine
}

func newDecisions(b *testing.B, n int, resources string) *decisions {
	b.Helper()
	d := &decisions{commandLine: newWorld(b).commandLine(requirePlugin(b)), empty: newWorld(b).commandLine(requirePlugin(b))}
	var entries strings.Builder
	for i := range n {
		wi := approvalWorkItem(fmt.Sprintf("2c91808a%024x", i), fmt.Sprintf("2c91808b%024x", i))
		d.items = append(d.items, wi)
		fmt.Fprintf(&entries, "    \"item-%d\" = { workitem_id = %q, approval_item_id = %q, decision = \"approve\" }\n", i, wi.ID, wi.ApprovalItems[0].ID)
	}
	for e, entries := range map[*commandLine]string{d.commandLine: entries.String(), d.empty: ""} {
		e.write("main.tf", liftedRate+"locals {\n  decisions = {\n"+entries+"  }\n}\n"+resources)
	}
	return d
}

// start forgets what has been done.
func (d *decisions) start() {
	d.Reset()
	d.Add(d.items...)
	_ = os.Remove(filepath.Join(d.folder, "terraform.tfstate"))
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
