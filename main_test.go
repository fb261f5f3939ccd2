// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os"
	"testing"
)

func TestLimitLogs_toWhatTerraformShows(t *testing.T) {
	for name, test := range map[string]struct {
		env                   map[string]string
		wantSDK, wantProvider string
	}{
		"nothing is shown":             {nil, "off", "off"},
		"TF_LOG":                       {map[string]string{"TF_LOG": "DEBUG"}, "DEBUG", "DEBUG"},
		"TF_LOG_PROVIDER comes first":  {map[string]string{"TF_LOG": "ERROR", "TF_LOG_PROVIDER": "TRACE"}, "TRACE", "TRACE"},
		"only core's log":              {map[string]string{"TF_LOG_CORE": "TRACE"}, "off", "off"},
		"what somebody sets is kept":   {map[string]string{"TF_LOG": "DEBUG", "TF_LOG_SDK": "WARN"}, "WARN", "DEBUG"},
		"what somebody sets is kept 2": {map[string]string{"TF_LOG_PROVIDER_SAILPOINT": "INFO"}, "off", "INFO"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, name := range []string{"TF_LOG", "TF_LOG_CORE", "TF_LOG_PROVIDER", "TF_LOG_SDK", "TF_LOG_PROVIDER_SAILPOINT"} {
				t.Setenv(name, test.env[name])
			}
			limitLogs()
			if sdk, provider := os.Getenv("TF_LOG_SDK"), os.Getenv("TF_LOG_PROVIDER_SAILPOINT"); sdk != test.wantSDK || provider != test.wantProvider {
				t.Errorf("SDK %s, provider %s", sdk, provider)
			}
		})
	}
}
