// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// Command schemajson writes the provider's schemas to standard output in the
// shape of "terraform providers schema -json".
//
// The docs generator reads it instead of running a Terraform CLI: each CLI
// leaves out what it doesn't know (1.11 has neither actions, list resources
// nor identities), so the docs would depend on the machine that makes them.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	framework "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/provider"
)

func main() {
	log.SetFlags(0)
	if err := run(context.Background(), os.Stdout, provider.New("dev")()); err != nil {
		log.Fatalf("schemajson: %v", err)
	}
}

// run writes the schemas of p to w. The error joins the provider's own error
// diagnostics, if it reports any.
func run(ctx context.Context, w io.Writer, p framework.Provider) error {
	var meta framework.MetadataResponse
	p.Metadata(ctx, framework.MetadataRequest{}, &meta)

	server, err := providerserver.NewProtocol6WithError(p)()
	if err != nil {
		return fmt.Errorf("starting the provider in process: %w", err)
	}
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return fmt.Errorf("reading the provider's schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return fmt.Errorf("reading the provider's identity schemas: %w", err)
	}
	if err := errors.Join(diagnosed(schemas.Diagnostics), diagnosed(identities.Diagnostics)); err != nil {
		return fmt.Errorf("the provider's schemas are invalid: %w", err)
	}

	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	return enc.Encode(document{
		FormatVersion: "1.0",
		Schemas:       map[string]providerSchemas{meta.TypeName: convert(schemas, identities)},
	})
}

// diagnosed returns the error diagnostics as one error, or nil.
func diagnosed(diags []*tfprotov6.Diagnostic) error {
	var errs []error
	for _, d := range diags {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			errs = append(errs, fmt.Errorf("%s: %s", d.Summary, d.Detail))
		}
	}
	return errors.Join(errs...)
}

// The types below are Terraform's JSON format, version 1.0, as far as docs
// need it. A tftypes.Type marshals to Terraform's type notation by itself.
type (
	document struct {
		FormatVersion string                     `json:"format_version"`
		Schemas       map[string]providerSchemas `json:"provider_schemas"`
	}

	providerSchemas struct {
		Provider      *schema             `json:"provider"`
		Resources     map[string]*schema  `json:"resource_schemas,omitempty"`
		DataSources   map[string]*schema  `json:"data_source_schemas,omitempty"`
		Ephemerals    map[string]*schema  `json:"ephemeral_resource_schemas,omitempty"`
		ListResources map[string]*schema  `json:"list_resource_schemas,omitempty"`
		Actions       map[string]*schema  `json:"action_schemas,omitempty"`
		Functions     map[string]function `json:"functions,omitempty"`
		Identities    map[string]identity `json:"resource_identity_schemas,omitempty"`
	}

	schema struct {
		Version int64  `json:"version"`
		Block   *block `json:"block"`
	}

	block struct {
		Attributes      map[string]attribute   `json:"attributes,omitempty"`
		BlockTypes      map[string]nestedBlock `json:"block_types,omitempty"`
		Description     string                 `json:"description,omitempty"`
		DescriptionKind string                 `json:"description_kind"`
		Deprecated      bool                   `json:"deprecated,omitempty"`
	}

	nestedBlock struct {
		NestingMode string `json:"nesting_mode"`
		Block       *block `json:"block"`
		MinItems    int64  `json:"min_items,omitempty"`
		MaxItems    int64  `json:"max_items,omitempty"`
	}

	attribute struct {
		Type            tftypes.Type `json:"type,omitempty"`
		NestedType      *nestedType  `json:"nested_type,omitempty"`
		Description     string       `json:"description,omitempty"`
		DescriptionKind string       `json:"description_kind"`
		Deprecated      bool         `json:"deprecated,omitempty"`
		Required        bool         `json:"required,omitempty"`
		Optional        bool         `json:"optional,omitempty"`
		Computed        bool         `json:"computed,omitempty"`
		Sensitive       bool         `json:"sensitive,omitempty"`
		WriteOnly       bool         `json:"write_only,omitempty"`
	}

	nestedType struct {
		Attributes  map[string]attribute `json:"attributes"`
		NestingMode string               `json:"nesting_mode"`
	}

	identity struct {
		Version    int64                        `json:"version"`
		Attributes map[string]identityAttribute `json:"attributes"`
	}

	identityAttribute struct {
		Type              tftypes.Type `json:"type"`
		Description       string       `json:"description,omitempty"`
		RequiredForImport bool         `json:"required_for_import,omitempty"`
		OptionalForImport bool         `json:"optional_for_import,omitempty"`
	}

	function struct {
		Description        string       `json:"description,omitempty"`
		Summary            string       `json:"summary,omitempty"`
		DeprecationMessage string       `json:"deprecation_message,omitempty"`
		ReturnType         tftypes.Type `json:"return_type"`
		Parameters         []parameter  `json:"parameters,omitempty"`
		VariadicParameter  *parameter   `json:"variadic_parameter,omitempty"`
	}

	parameter struct {
		Name        string       `json:"name"`
		Description string       `json:"description,omitempty"`
		IsNullable  bool         `json:"is_nullable,omitempty"`
		Type        tftypes.Type `json:"type"`
	}
)

func convert(s *tfprotov6.GetProviderSchemaResponse, ids *tfprotov6.GetResourceIdentitySchemasResponse) providerSchemas {
	return providerSchemas{
		Provider:      convertSchema(s.Provider),
		Resources:     convertMap(s.ResourceSchemas, convertSchema),
		DataSources:   convertMap(s.DataSourceSchemas, convertSchema),
		Ephemerals:    convertMap(s.EphemeralResourceSchemas, convertSchema),
		ListResources: convertMap(s.ListResourceSchemas, convertSchema),
		Actions: convertMap(s.ActionSchemas, func(a *tfprotov6.ActionSchema) *schema {
			return convertSchema(a.Schema)
		}),
		Functions:  convertMap(s.Functions, convertFunction),
		Identities: convertMap(ids.IdentitySchemas, convertIdentity),
	}
}

func convertMap[From, To any](from map[string]From, convert func(From) To) map[string]To {
	to := make(map[string]To, len(from))
	for name, v := range from {
		to[name] = convert(v)
	}
	return to
}

func convertSchema(s *tfprotov6.Schema) *schema {
	return &schema{Version: s.Version, Block: convertBlock(s.Block)}
}

func convertBlock(b *tfprotov6.SchemaBlock) *block {
	nested := make(map[string]nestedBlock, len(b.BlockTypes))
	for _, n := range b.BlockTypes {
		nested[n.TypeName] = nestedBlock{
			NestingMode: strings.ToLower(n.Nesting.String()),
			Block:       convertBlock(n.Block),
			MinItems:    n.MinItems,
			MaxItems:    n.MaxItems,
		}
	}
	return &block{
		Attributes:      convertAttributes(b.Attributes),
		BlockTypes:      nested,
		Description:     b.Description,
		DescriptionKind: strings.ToLower(b.DescriptionKind.String()),
		Deprecated:      b.Deprecated,
	}
}

func convertAttributes(from []*tfprotov6.SchemaAttribute) map[string]attribute {
	to := make(map[string]attribute, len(from))
	for _, a := range from {
		converted := attribute{
			Type:            a.Type,
			Description:     a.Description,
			DescriptionKind: strings.ToLower(a.DescriptionKind.String()),
			Deprecated:      a.Deprecated,
			Required:        a.Required,
			Optional:        a.Optional,
			Computed:        a.Computed,
			Sensitive:       a.Sensitive,
			WriteOnly:       a.WriteOnly,
		}
		if a.NestedType != nil {
			converted.NestedType = &nestedType{
				Attributes:  convertAttributes(a.NestedType.Attributes),
				NestingMode: strings.ToLower(a.NestedType.Nesting.String()),
			}
		}
		to[a.Name] = converted
	}
	return to
}

func convertIdentity(s *tfprotov6.ResourceIdentitySchema) identity {
	attributes := make(map[string]identityAttribute, len(s.IdentityAttributes))
	for _, a := range s.IdentityAttributes {
		attributes[a.Name] = identityAttribute{
			Type:              a.Type,
			Description:       a.Description,
			RequiredForImport: a.RequiredForImport,
			OptionalForImport: a.OptionalForImport,
		}
	}
	return identity{Version: s.Version, Attributes: attributes}
}

func convertFunction(f *tfprotov6.Function) function {
	converted := function{
		Description:        f.Description,
		Summary:            f.Summary,
		DeprecationMessage: f.DeprecationMessage,
		ReturnType:         f.Return.Type,
	}
	for _, p := range f.Parameters {
		converted.Parameters = append(converted.Parameters, *convertParameter(p))
	}
	if f.VariadicParameter != nil {
		converted.VariadicParameter = convertParameter(f.VariadicParameter)
	}
	return converted
}

func convertParameter(p *tfprotov6.FunctionParameter) *parameter {
	return &parameter{Name: p.Name, Description: p.Description, IsNullable: p.AllowNullValue, Type: p.Type}
}
