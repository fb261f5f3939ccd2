// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/act"
	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

var _ datasource.DataSourceWithConfigure = (*identityDataSource)(nil)

// identityDataSource finds a person by id, e-mail address or alias.
type identityDataSource struct{ dataSourceBase }

type identityModel struct {
	ID          types.String   `tfsdk:"id"`
	Email       types.String   `tfsdk:"email"`
	Alias       types.String   `tfsdk:"alias"`
	MissingOK   types.Bool     `tfsdk:"missing_ok"`
	Name        types.String   `tfsdk:"name"`
	Status      types.String   `tfsdk:"status"`
	State       types.String   `tfsdk:"state"`
	ManagerID   types.String   `tfsdk:"manager_id"`
	ManagerName types.String   `tfsdk:"manager_name"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

func newIdentityDataSource() datasource.DataSource {
	return &identityDataSource{dataSourceBase{typeName: "sailpoint_identity"}}
}

func (d *identityDataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	key := func(description string, validators ...validator.String) schema.StringAttribute {
		return schema.StringAttribute{Optional: true, Computed: true, Validators: validators, MarkdownDescription: description + " Give exactly one of `id`, `email` and `alias`."}
	}
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds an identity by id, e-mail address or alias, also one who has left. Ids that a run looks up go out together, at most 50 in a request; each e-mail address and each alias is a request of its own.",
		Attributes: map[string]schema.Attribute{
			"id": key("Id of the identity.", validID{kind: "identity id"},
				stringvalidator.ExactlyOneOf(path.MatchRoot("id"), path.MatchRoot("email"), path.MatchRoot("alias"))),
			"email": key("E-mail address; the case of ASCII letters is ignored.", stringvalidator.LengthAtLeast(1)),
			"alias": key("Alias, such as the login name; the case of ASCII letters is ignored.", stringvalidator.LengthAtLeast(1)),
			"missing_ok": schema.BoolAttribute{
				Optional:            true,
				MarkdownDescription: "Whether an identity that is not there, and nothing else, gives nulls and a warning instead of an error: somebody who was purged must not stop every run. Default `false`.",
			},
			"name":         computedText("Display name."),
			"status":       computedText("Lifecycle state, such as `Active`."),
			"state":        computedText("State that the service derives from it, as served: `ACTIVE`, `INACTIVE_SHORT_TERM` or `INACTIVE_LONG_TERM`."),
			"manager_id":   computedText("Id of the manager."),
			"manager_name": computedText("Name of the manager."),
			"timeouts":     readTimeoutAttribute(ctx),
		},
	}
}

func (d *identityDataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var model identityModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &model)...)
	reading, cancel := limitedRead(ctx, model.Timeouts, &resp.Diagnostics)
	defer cancel()
	if resp.Diagnostics.HasError() {
		return
	}
	defer d.session.notices(&resp.Diagnostics)

	attribute, key := "id", model.ID
	for name, v := range map[string]types.String{"email": model.Email, "alias": model.Alias} {
		if !v.IsNull() {
			attribute, key = name, v
		}
	}
	found, err := d.find(reading, attribute, key.ValueString())
	doing := fmt.Sprintf("find the identity with the %s %q", attribute, isc.OneLine(key.ValueString()))
	switch at := path.Root(attribute); {
	case err != nil:
		resp.Diagnostics.Append(act.CannotAsk(doing, "the identity", err))
		return
	case len(found) > 1:
		var lines []string
		for _, i := range found {
			lines = append(lines, fmt.Sprintf("%s, %s, state %s", isc.OneLine(i.ID), isc.OneLine(deref(i.Name)), isc.OneLine(deref(i.State))))
		}
		resp.Diagnostics.AddAttributeError(at, "Unable to "+doing, fmt.Sprintf("Several identities have it:\n%s\n\nWhat to do: give the id of the one that is meant.", isc.Lines(lines)))
		return
	case len(found) == 0 && !model.MissingOK.ValueBool():
		resp.Diagnostics.AddAttributeError(at, "Unable to "+doing,
			"Nobody has it, neither as it is written nor in lower case.\n\nWhat to do: check it; if somebody who was purged must not stop the run, set missing_ok = true.")
		return
	case len(found) == 0:
		resp.Diagnostics.AddAttributeWarning(at, "The identity is not there", fmt.Sprintf("Nobody has the %s %q. missing_ok is set, so all of it is null.", attribute, isc.OneLine(key.ValueString())))
	default:
		model.take(&found[0], attribute)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &model)...)
}

func (d *identityDataSource) find(ctx context.Context, attribute, value string) ([]isc.Identity, error) {
	if attribute != "id" {
		return d.session.client.IdentitiesBy(ctx, attribute, value)
	}
	found, err := d.session.client.IdentityByID(ctx, value)
	if errors.Is(err, isc.ErrNotFound) && !isAnswer(err) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return []isc.Identity{*found}, nil
}

// isAnswer reports whether an error is an answer of the service.
func isAnswer(err error) bool {
	var apiErr *isc.APIError
	return errors.As(err, &apiErr)
}

// take fills in what was found; the key stays as it is configured.
func (m *identityModel) take(i *isc.Identity, attribute string) {
	text := func(s *string) types.String { return types.StringPointerValue(shown(s)) }
	if attribute != "id" {
		m.ID = text(&i.ID)
	}
	if attribute != "email" {
		m.Email = text(i.Email)
	}
	if attribute != "alias" {
		m.Alias = text(i.Alias)
	}
	m.Name, m.Status, m.State = text(i.Name), text(i.Status), text(i.State)
	if i.Manager != nil {
		m.ManagerID, m.ManagerName = text(i.Manager.ID), text(i.Manager.Name)
	}
}
