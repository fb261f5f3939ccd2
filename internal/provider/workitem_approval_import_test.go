// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// TestWorkItemApproval_import: of a decided item.
func TestWorkItemApproval_import(t *testing.T) {
	t.Parallel()
	for _, closed404 := range []bool{false, true} {
		t.Run(fmt.Sprintf("closed gives 404 %t", closed404), func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, approvalWorkItem(workItem1, item1))
			w.SetBehavior(func(b *mockisc.Behavior) { b.GetClosed404 = closed404 })
			_ = w.Decide(workItem1, item1, "reject")
			config := w.config(fmt.Sprintf(`
import {
  to = sailpoint_workitem_approval.this
  id = "%s/%s"
}`, workItem1, item1) + approval(workItem1, item1, "reject"))
			w.run(w.noChangeAfter(resource.TestStep{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionNoop),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					outcomeOf(approvalType, "adopted"), saved(approvalType, tfjsonpath.New("decision"), knownvalue.StringExact("reject")),
					saved(approvalType, tfjsonpath.New("on_already_done"), knownvalue.StringExact("adopt")),
					saved(approvalType, tfjsonpath.New("item").AtMapKey("state"), knownvalue.StringExact("Rejected")),
				},
			}, func() { w.wantPosts() }))
		})
	}
}

// TestWorkItemApproval_importUndecided: an undecided item may be
// imported, and the next plan decides it in place.
func TestWorkItemApproval_importUndecided(t *testing.T) {
	t.Parallel()
	imported := fmt.Sprintf(`
import {
  to = sailpoint_workitem_approval.this
  id = "%s/%s"
}`, workItem1, item1)
	t.Run("performed in place", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		config := w.config(imported + approval(workItem1, item1, "approve", `expect = { account = "jdoe" }`))
		w.run(w.noChangeAfter(resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionUpdate),
				known(approvalType, tfjsonpath.New("item").AtMapKey("account"), knownvalue.StringExact("jdoe")),
				plancheck.ExpectUnknownValue(this(approvalType), tfjsonpath.New("outcome")),
				planFunc(func() { w.wantPosts() }),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "performed")},
		}, func() { w.wantPosts("approveApprovalItem " + item1) }))
	})
	t.Run("refused in read-only mode", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		w.run(resource.TestStep{
			Config: w.config(imported+approval(workItem1, item1, "approve"), "read_only = true"), ExpectError: regexp.MustCompile(`The provider is read-only`),
		})
		w.wantPosts()
	})
	t.Run("changed since the plan", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, approvalWorkItem(workItem1, item1))
		w.run(resource.TestStep{
			Config: w.config(imported + approval(workItem1, item1, "approve")),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{planFunc(func() {
				w.Update(workItem1, func(wi *mockisc.WorkItem) { wi.ApprovalItems[0].Value = new("CN=Domain Admins") })
			})}},
			ExpectError: regexp.MustCompile(`The work item is not what was planned(?s).*item.value was "CN=Group 1" and is "CN=Domain Admins"`),
		})
		w.wantPosts()
	})
}

// TestWorkItemApproval_importByIdentityBlock imports by identity through the
// CLI; TestWorkItemApproval_importByIdentity does so with any version of it.
func TestWorkItemApproval_importByIdentityBlock(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	_ = w.Decide(workItem1, item1, "approve")
	config := w.config(fmt.Sprintf(`
import {
  to       = sailpoint_workitem_approval.this
  identity = { workitem_id = %q, approval_item_id = %q }
}`, workItem1, item1) + approval(workItem1, item1, "approve"))
	resource.Test(t, resource.TestCase{
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){"sailpoint": w.server},
		Steps: []resource.TestStep{w.noChangeAfter(resource.TestStep{
			Config: config,
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectResourceAction(this(approvalType), plancheck.ResourceActionNoop),
			}},
			ConfigStateChecks: []statecheck.StateCheck{outcomeOf(approvalType, "adopted")},
		}, func() { w.wantPosts() })},
	})
}

func TestWorkItemApproval_importRefused(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ id, want string }{
		"one part":         {workItem1, `must\s+have\s+the\s+form\s+WORKITEM_ID/APPROVAL_ITEM_ID`},
		"three parts":      {workItem1 + "/" + item1 + "/x", `must\s+have\s+the\s+form\s+WORKITEM_ID/APPROVAL_ITEM_ID`},
		"empty part":       {workItem1 + "/", `must\s+have\s+the\s+form\s+WORKITEM_ID/APPROVAL_ITEM_ID`},
		"dots":             {"../" + item1, `must\s+have\s+the\s+form\s+WORKITEM_ID/APPROVAL_ITEM_ID`},
		"no such item":     {workItem1 + "/" + item3, `No such approval item in the work item`},
		"no such work":     {workItem2 + "/" + item1, `Unable to read work item`},
		"undecidable item": {workItem1 + "/" + item2, `Can't tell how the approval item was decided`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wi := approvalWorkItem(workItem1, item1, item2)
			wi.ApprovalItems[1].State = new("Expired")
			w := newWorld(t, wi)
			w.run(resource.TestStep{
				Config: w.config(approval(workItem1, item1, "approve")), ResourceName: this(approvalType),
				ImportState: true, ImportStateId: test.id, ExpectError: regexp.MustCompile(test.want),
			})
			w.wantPosts()
			if strings.Contains(test.want, "form") && w.apiRequests() != 0 {
				t.Errorf("%d requests were sent for a malformed id", w.apiRequests())
			}
		})
	}
}

// TestWorkItemApproval_importByIdentity imports without a terraform that
// knows identities.
func TestWorkItemApproval_importByIdentity(t *testing.T) {
	t.Parallel()
	w := newWorld(t, approvalWorkItem(workItem1, item1, item2))
	if err := w.Decide(workItem1, item1, "approve"); err != nil {
		t.Fatal(err)
	}
	r := w.rpc(nil)
	identities, err := r.GetResourceIdentitySchemas(t.Context(), &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		t.Fatal(err)
	}
	identityType := identities.IdentitySchemas[approvalType].ValueType()
	for item, want := range map[string]struct{ decision, outcome string }{item1: {"approve", "adopted"}, item2: {"(null)", "(null)"}} {
		identity := object(identityType, map[string]any{"workitem_id": workItem1, "approval_item_id": item})
		imported, err := r.ImportResourceState(t.Context(), &tfprotov6.ImportResourceStateRequest{
			TypeName: approvalType, Identity: &tfprotov6.ResourceIdentityData{IdentityData: r.dynamic(identity)},
		})
		if err != nil || hasError(imported.Diagnostics) {
			t.Fatalf("import: %v %s", err, diagText(imported.Diagnostics))
		}
		resource := imported.ImportedResources[0]
		read, err := r.ReadResource(t.Context(), &tfprotov6.ReadResourceRequest{
			TypeName: approvalType, CurrentState: resource.State, CurrentIdentity: resource.Identity, Private: resource.Private,
		})
		if err != nil || hasError(read.Diagnostics) {
			t.Fatalf("read: %v %s", err, diagText(read.Diagnostics))
		}
		state := r.value(approvalType, read.NewState)
		if id, decision, outcome := field(t, state, "id"), field(t, state, "decision"), field(t, state, "outcome"); id != workItem1+"/"+item || decision != want.decision || outcome != want.outcome {
			t.Errorf("imported id %s, decision %s, outcome %s, want %+v", id, decision, outcome, want)
		}
		got, err := read.NewIdentity.IdentityData.Unmarshal(identityType)
		if err != nil || !got.Equal(identity) {
			t.Errorf("identity after read is %v (%v), want %v", got, err, identity)
		}
	}
	w.wantPosts()
}
