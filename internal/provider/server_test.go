// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestServer_stopsAfterItsInvocations: what an action says after Ctrl-C gets
// lost unless the provider's end waits for it.
func TestServer_stopsAfterItsInvocations(t *testing.T) {
	t.Parallel()
	w := newWorld(t, openWorkItem(workItem1, "ManualAction"))
	r := w.rpc(nil)
	executed := make(chan struct{})
	w.AddFault(mockisc.Fault{Method: http.MethodPost, After: func(*mockisc.Server) { close(executed) }, Hold: 300 * time.Millisecond})
	var ended atomic.Bool
	var progress []string
	var diags []*tfprotov6.Diagnostic
	go func() {
		progress, diags = r.invokeAction("sailpoint_workitem_complete", map[string]any{"workitem_id": workItem1})
		ended.Store(true)
	}()
	<-executed
	if _, err := r.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
		t.Fatal(err)
	}
	if !ended.Load() {
		t.Fatal("the provider stopped before its invocation ended")
	}
	// After the interruption Terraform shows no progress.
	if got := diagText(diags); len(progress) != 1 || hasError(diags) || !strings.Contains(got, "Interrupted: what became of the action") || !strings.Contains(got, "Completed work item "+workItem1) {
		t.Errorf("progress %q, diagnostics:\n%s", progress, got)
	}
}

// TestServer_longStateIsTheFrameworks: what passes the framework by is what it
// would have made of it.
func TestServer_longStateIsTheFrameworks(t *testing.T) {
	t.Parallel()
	w := newWorld(t, append(mockisc.Demo(), generated(40)...)...)
	framework := configured(t, providerserver.NewProtocol6(New("test")())(), w.URL(), nil)
	for name, arguments := range map[string]map[string]any{
		"all":      {"status": "all", "created_after": "2026-01-01T00:00:00Z"},
		"none":     {"name_regex": "^nobody$"},
		"by owner": {"owner_ids": setOf(mockisc.DemoLeaverID)},
	} {
		got, diags := w.rpc(nil).readDataSource("sailpoint_workitems", arguments)
		want, wantDiags := framework.readDataSource("sailpoint_workitems", arguments)
		if len(diags)+len(wantDiags) != 0 || !got.Equal(want) {
			t.Errorf("%s: read\n%v\nwant\n%v\n%s", name, got, want, diagText(append(diags, wantDiags...)))
		}
	}
	if _, diags := w.rpc(nil).readDataSource("sailpoint_workitems", map[string]any{"owner_ids": setOf("a/b")}); !hasError(diags) {
		t.Error("an error got lost")
	}
}
