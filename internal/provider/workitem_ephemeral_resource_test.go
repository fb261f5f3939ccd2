// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// open opens the ephemeral work item.
func (r *rpc) open(arguments map[string]any) (tftypes.Value, []*tfprotov6.Diagnostic) {
	r.t.Helper()
	valueType := r.schema.EphemeralResourceSchemas["sailpoint_workitem"].ValueType()
	resp, err := r.OpenEphemeralResource(r.t.Context(), &tfprotov6.OpenEphemeralResourceRequest{
		TypeName: "sailpoint_workitem", Config: r.dynamic(object(valueType, arguments)),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	if resp.Result == nil {
		return null(valueType), resp.Diagnostics
	}
	value, err := resp.Result.Unmarshal(valueType)
	if err != nil {
		r.t.Fatal(err)
	}
	return value, resp.Diagnostics
}

// TestWorkItemEphemeral_inEveryLaterPlan: open, closed, archived under another id
// and gone.
func TestWorkItemEphemeral_inEveryLaterPlan(t *testing.T) {
	t.Parallel()
	id := mockisc.DemoProvisioningWorkItemID
	for name, test := range map[string]struct {
		becomes   func(*world)
		missingOK bool
		// password is how the item with the password looks.
		password, warned, failed string
	}{
		"open":                  {func(*world) {}, false, "(null)/true", "Values are redacted", ""},
		"closed":                {func(w *world) { _ = w.Complete(id) }, false, "(null)/true", "Values are redacted", ""},
		"closed, found by list": {func(w *world) { w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true }); _ = w.Complete(id) }, false, "(null)/true", "Values are redacted", ""},
		"archived under another id": {func(w *world) {
			w.SetBehavior(func(b *mockisc.Behavior) { b.ArchiveUnderAnotherID = true })
			_ = w.Complete(id)
		}, true, "", "missing_ok is set", ""},
		"archived, which isn't fine": {func(w *world) {
			w.SetBehavior(func(b *mockisc.Behavior) { b.ArchiveUnderAnotherID = true })
			_ = w.Complete(id)
		}, false, "", "", "under another id"},
		"gone":                          {func(w *world) { w.Remove(id) }, true, "", "The work item is not there", ""},
		"gone, which isn't fine":        {func(w *world) { w.Remove(id) }, false, "", "", "Unable to read work item"},
		"forbidden, which never is":     {func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpGet, Status: 403, Times: -1}) }, true, "", "", "refuses this token access"},
		"no token, which never is fine": {func(w *world) { w.AddFault(mockisc.Fault{Operation: mockisc.OpToken, Status: 404, Times: -1}) }, true, "", "", "There is no access token"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, mockisc.Demo()...)
			test.becomes(w)
			value, diags := w.rpc(nil).open(map[string]any{"id": id, "missing_ok": test.missingOK})
			got := diagText(diags)
			if !strings.Contains(got, test.warned) || !strings.Contains(got, test.failed) || hasError(diags) != (test.failed != "") {
				t.Errorf("it says:\n%s", got)
			}
			if strings.Contains(value.String()+got, mockisc.DemoPassword) {
				t.Errorf("the password is in %s\n%s", value, got)
			}
			if test.password != "" && passwordIn(t, value) != test.password {
				t.Errorf("the password looks like %s", passwordIn(t, value))
			}
			w.wantPosts()
		})
	}
}

// passwordIn is value and value_redacted of the item named password.
func passwordIn(t *testing.T, value tftypes.Value) string {
	t.Helper()
	for _, item := range elements(t, fields(t, value)["approval_items"]) {
		if field(t, item, "name") == "password" {
			return field(t, item, "value") + "/" + field(t, item, "value_redacted")
		}
	}
	return ""
}

// TestWorkItemEphemeral_inClear only where the environment allows it, and nowhere
// else then either.
func TestWorkItemEphemeral_inClear(t *testing.T) {
	t.Setenv("SAIL_ALLOW_CLEAR_VALUES", "true")
	openedAndListed(t, mockisc.DemoPassword+"/false", false)
	t.Setenv("SAIL_ALLOW_CLEAR_VALUES", "false")
	openedAndListed(t, "(null)/true", true)
}

// openedAndListed wants the password as given from the ephemeral resource, open
// and archived, and never from the data source: neither fills nor uses what
// others see.
func openedAndListed(t *testing.T, want string, warned bool) {
	t.Helper()
	w := newWorld(t, mockisc.Demo()...)
	id := mockisc.DemoProvisioningWorkItemID
	for _, becomes := range []func(){
		func() {},
		func() { w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = true }); _ = w.Complete(id) },
	} {
		becomes()
		r := w.rpc(nil)
		value, diags := r.open(map[string]any{"id": id})
		if got := passwordIn(t, value); got != want || (len(diags) != 0) != warned {
			t.Errorf("got %s, want %s, it says:\n%s", got, want, diagText(diags))
		}
		state, diags := r.readDataSource("sailpoint_workitem", map[string]any{"id": id})
		if strings.Contains(state.String(), mockisc.DemoPassword) || hasError(diags) {
			t.Errorf("the data source shows %s", state)
		}
	}
}
