// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

// The provider's plugin binary. Terraform starts it; running it by hand only
// makes sense with -debug.
package main

import (
	"cmp"
	"flag"
	"log"
	"os"
	runtimedebug "runtime/debug"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/provider"
)

// address is the provider's address in the registry.
const address = "registry.terraform.io/sailpoint-gitops/sailpoint"

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger such as delve instead of for Terraform")
	flag.Parse()
	if os.Getenv("GOGC") == "" {
		// Each call of Terraform's leaves small garbage on a small heap; by
		// default a quarter of the provider's time goes into collecting it.
		runtimedebug.SetGCPercent(400)
	}
	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	} else {
		limitLogs()
	}
	err := tf6server.Serve(address, func() tfprotov6.ProviderServer { return provider.NewServer(version) }, options...)
	if err != nil {
		log.Fatal(err)
	}
}

// limitLogs keeps the SDK from logging what Terraform doesn't show. By itself it
// sends every trace line to Terraform, some fifty for each planned instance,
// only for Terraform to parse and drop them.
func limitLogs() {
	shown := cmp.Or(os.Getenv("TF_LOG_PROVIDER"), os.Getenv("TF_LOG"), "off")
	for _, name := range []string{"TF_LOG_SDK", "TF_LOG_PROVIDER_SAILPOINT"} {
		if os.Getenv(name) == "" {
			os.Setenv(name, shown)
		}
	}
}
