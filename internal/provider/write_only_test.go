// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	acc "github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/terraform"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// mainframe is another provider, whose one resource takes a password that it
// doesn't keep.
type mainframe struct{ password *atomic.Value }

func (m mainframe) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "mainframe"
}
func (m mainframe) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}
func (m mainframe) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {
}
func (m mainframe) DataSources(context.Context) []func() datasource.DataSource { return nil }
func (m mainframe) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return mainframeUser(m) }}
}

type mainframeUser struct{ password *atomic.Value }

func (u mainframeUser) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "mainframe_user"
}

func (u mainframeUser) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"name":        schema.StringAttribute{Required: true},
		"password_wo": schema.StringAttribute{Optional: true, WriteOnly: true},
	}}
}

func (u mainframeUser) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var password types.String
	resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root("password_wo"), &password)...)
	u.password.Store(password.ValueString())
	resp.State.Raw = req.Plan.Raw
}

func (u mainframeUser) Read(context.Context, resource.ReadRequest, *resource.ReadResponse)       {}
func (u mainframeUser) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}
func (u mainframeUser) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}

// TestWorkItemEphemeral_toAWriteOnlyArgument: the generated password of a task
// goes to the provider that makes the account, and into no state; then the task
// is completed, and a later plan is empty.
func TestWorkItemEphemeral_toAWriteOnlyArgument(t *testing.T) {
	t.Setenv("SAIL_ALLOW_CLEAR_VALUES", "true")
	w := newWorld(t, mockisc.Demo()...)
	var password atomic.Value
	config := w.config(fmt.Sprintf(`
ephemeral "sailpoint_workitem" "task" {
  id         = %[1]q
  missing_ok = true
}

resource "mainframe_user" "account" {
  name        = "JDOE01"
  password_wo = try(one([for i in ephemeral.sailpoint_workitem.task.approval_items : i if i.name == "password"]).value, null)
}

resource "sailpoint_workitem_completion" "task" {
  workitem_id = %[1]q
  done        = true
  depends_on  = [mainframe_user.account]
}
`, mockisc.DemoProvisioningWorkItemID))
	empty := acc.TestStep{Config: config, PlanOnly: true}
	acc.Test(t, acc.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"sailpoint": w.server,
			"mainframe": providerserver.NewProtocol6WithError(mainframe{&password}),
		},
		Steps: []acc.TestStep{
			{Config: config, Check: func(state *terraform.State) error {
				if strings.Contains(state.String(), mockisc.DemoPassword) {
					return fmt.Errorf("the state holds the password:\n%s", state)
				}
				return nil
			}},
			empty,
		},
	})
	if password.Load() != mockisc.DemoPassword {
		t.Error("the account was made with another password")
	}
	w.wantActs("completeWorkItem")
}
