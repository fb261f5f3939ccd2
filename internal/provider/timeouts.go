// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"time"

	readtimeouts "github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// timeoutOf is the method of timeouts.Value for one operation.
type timeoutOf func(timeouts.Value, context.Context, time.Duration) (time.Duration, diag.Diagnostics)

// limited bounds an operation of an act by its timeout.
func limited(ctx context.Context, model interface{ shared() *actFields }, timeout timeoutOf, byDefault time.Duration, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, timeoutDiags := timeout(model.shared().Timeouts, ctx, byDefault)
	diags.Append(timeoutDiags...)
	return context.WithTimeout(ctx, limit)
}

// validateTimeouts refuses timeouts that would be over before they begin.
func validateTimeouts(ctx context.Context, config tfsdk.Config) (diags diag.Diagnostics) {
	var value timeouts.Value
	if diags.Append(config.GetAttribute(ctx, path.Root("timeouts"), &value)...); diags.HasError() {
		return diags
	}
	for name, v := range value.Attributes() {
		text, ok := v.(types.String)
		if !ok || text.IsNull() || text.IsUnknown() {
			continue
		}
		if limit, err := time.ParseDuration(text.ValueString()); err == nil && limit <= 0 {
			diags.Append(notPositive(name))
		}
	}
	return diags
}

func notPositive(name string) diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root("timeouts").AtName(name), "Invalid timeout",
		fmt.Sprintf("timeouts.%s must be greater than zero, such as 30s or 10m.", name))
}

const defaultListTimeout = 20 * time.Minute

// readTimeoutAttribute is the timeouts attribute of every data source.
func readTimeoutAttribute(ctx context.Context) schema.Attribute {
	return readtimeouts.AttributesWithOpts(ctx, readtimeouts.Opts{ReadDescription: "Time limit for reading, waiting for the rate limit and pauses that the service asks for included, such as `30s` or `10m`. Default `20m`."})
}

// limitedRead bounds a data source's read by its timeout.
func limitedRead(ctx context.Context, value readtimeouts.Value, diags *diag.Diagnostics) (context.Context, context.CancelFunc) {
	limit, timeoutDiags := value.Read(ctx, defaultListTimeout)
	diags.Append(timeoutDiags...)
	if !timeoutDiags.HasError() && limit <= 0 {
		diags.Append(notPositive("read"))
	}
	return context.WithTimeout(ctx, limit)
}
