// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"sync"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// NewServer returns the provider at the given version as a protocol 6 server,
// which is the framework's but for two things.
//
// It ends the invocations of actions before it stops. The plugin library drops
// all that an action still says once the provider has stopped, so after Ctrl-C
// Terraform would report success whatever became of the act.
//
// It hands on the state of a long list as the data source built it. The
// framework walks through all of it several times, to find nothing to do.
func NewServer(version string) tfprotov6.ProviderServer { return newServer(New(version)()) }

func newServer(p provider.Provider) *server {
	//nolint:forcetypeassert // The framework's server can do all of it.
	return &server{frameworkServer: providerserver.NewProtocol6(p)().(frameworkServer)}
}

type frameworkServer interface {
	tfprotov6.ProviderServer
	tfprotov6.ListResourceServer
	tfprotov6.ActionServer
}

type server struct {
	frameworkServer
	// invocations is read-locked by each invocation that is under way.
	invocations sync.RWMutex
}

func (s *server) InvokeAction(ctx context.Context, req *tfprotov6.InvokeActionRequest) (*tfprotov6.InvokeActionServerStream, error) {
	s.invocations.RLock()
	stream, err := s.frameworkServer.InvokeAction(ctx, req)
	if err != nil {
		s.invocations.RUnlock()
		return nil, err
	}
	events := stream.Events
	return &tfprotov6.InvokeActionServerStream{Events: func(push func(tfprotov6.InvokeActionEvent) bool) {
		defer s.invocations.RUnlock()
		events(push)
	}}, nil
}

// StopProvider cancels what is under way, which ends every wait that comes
// before a request, and returns when all invocations have ended.
func (s *server) StopProvider(ctx context.Context, req *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	resp, err := s.frameworkServer.StopProvider(ctx, req)
	s.invocations.Lock()
	defer s.invocations.Unlock()
	return resp, err
}

// maxMessage is a little less than what Terraform accepts in one message.
const maxMessage = 255 << 20

// longStateKey is the context key of a *tftypes.Value that takes a long state.
type longStateKey struct{}

// setLongState sets the state of a data source, past the framework if the
// provider is served by [NewServer].
func setLongState(ctx context.Context, resp *datasource.ReadResponse, state tftypes.Value) {
	if past, ok := ctx.Value(longStateKey{}).(*tftypes.Value); ok {
		*past = state
	} else {
		resp.State.Raw = state
	}
}

// ReadDataSource replaces the framework's state by a long one, if there is one.
func (s *server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	var long tftypes.Value
	resp, err := s.frameworkServer.ReadDataSource(context.WithValue(ctx, longStateKey{}, &long), req)
	if err == nil && long.Type() != nil {
		var state tfprotov6.DynamicValue
		state, err = tfprotov6.NewDynamicValue(long.Type(), long)
		resp.State = &state
	}
	if err == nil && resp.State != nil && len(resp.State.MsgPack) > maxMessage {
		resp.Diagnostics = append(resp.Diagnostics, &tfprotov6.Diagnostic{
			Severity: tfprotov6.DiagnosticSeverityError,
			Summary:  "More than Terraform can carry",
			Detail: fmt.Sprintf("The result takes %d MiB, and Terraform accepts at most 256 MiB from a provider in one piece.\n\n"+
				"What to do: filter, read fewer owners at a time, or use sailpoint_workitems_snapshot, which is several times smaller.", len(resp.State.MsgPack)>>20),
		})
		resp.State = nil
	}
	return resp, err
}
