// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/isc"
)

// The words of the API's documents. New ones may come at any time, so they are
// for advice only.
var (
	knownTypes = []string{
		"Generic", "Certification", "Remediation", "Delegation", "Approval", "ViolationReview", "Form", "PolicyViolation",
		"Challenge", "ImpactAnalysis", "Signoff", "Event", "ManualAction", "Test", "Unknown",
	}
	knownStates = []string{"Finished", "Rejected", "Returned", "Expired", "Pending", "Canceled"}
)

// normalWord makes words comparable: case is ignored, and so is a slip in most
// versions of the API's documents.
func normalWord(word string) string {
	word = strings.ToLower(word)
	if word == "policyvioloation" {
		return "policyviolation"
	}
	return word
}

// warnOfUnknownWords names the words that no API document knows, each with the
// nearest that one does.
func warnOfUnknownWords(attribute string, words []attr.Value, known []string) (diags diag.Diagnostics) {
	for _, v := range words {
		word, ok := v.(types.String)
		if !ok || word.IsNull() || word.IsUnknown() {
			continue
		}
		if slices.ContainsFunc(known, func(k string) bool { return normalWord(k) == normalWord(word.ValueString()) }) {
			continue
		}
		nearest := slices.MinFunc(known, func(a, b string) int {
			return distance(a, word.ValueString()) - distance(b, word.ValueString())
		})
		diags.AddAttributeWarning(path.Root(attribute), "A word that no API document knows",
			fmt.Sprintf("%q matches nothing that is documented. Is %q meant? (New words may come; if this is one, all is well.) Documented: %s.",
				isc.OneLine(word.ValueString()), nearest, strings.Join(known, ", ")))
	}
	return diags
}

func distance(a, b string) int {
	return levenshtein.Distance(strings.ToLower(a), strings.ToLower(b), nil)
}
