// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"errors"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"golang.org/x/text/unicode/norm"
)

// Items of manual tasks can carry generated passwords in clear. What looks like
// one by the name of its account attribute is taken out while it is decoded, so
// that nothing behind the client can show or keep it.

// DefaultRedactRegex matches the names of account attributes whose values are
// always redacted. It takes words apart as they are written, at case changes
// and at characters that are no letters: userPin is one, spinlock is not. Where
// in doubt it matches.
var DefaultRedactRegex = regexp.MustCompile(strings.Join([]string{
	`(?i:passw(?:or[dt]|d)|passphrase|pass[ _.-]?code|pwd|pswd|kennwort)`,
	`(?i:(?:private|api|secret|access|signing|encryption|ssh|auth|recovery|pass)[ _.-]?key|(?:activation|recovery|mfa|one[ _.-]?time)[ _.-]?code)`,
	`(?i:credential)`,
	// Not secretary.
	`(?i:secret(?:$|[^a]|a(?:$|[^r])))`,
	// Not tokenGroups, which are group memberships.
	`(?i:token(?:$|[^g]|g(?:$|[^r])|gr(?:$|[^o])|gro(?:$|[^u])|grou(?:$|[^p])))`,
	// Whole words, alone and in camel case.
	`(?i:(?:^|[^a-z])(?:pass|pw|psw|pin|otp|totp|hotp|pin[ _.-]?code)(?:$|[^a-z]))`,
	`[a-z0-9](?:Pass|Pw|PW|Pin|PIN|Otp|OTP|TOTP|HOTP)(?:$|[^a-z])`,
	`(?:^|[^a-zA-Z])(?:pass|pw|pin|otp|totp|hotp)[A-Z]`,
	`(?:^|[^a-zA-Z])(?:Pass|Pin|Otp)[A-Z]`,
	`(?:^|[^a-zA-Z])(?:PIN|OTP)[A-Z][a-z]`,
	`(?i:pin[ _.-]?code)`,
}, "|"))

// redactor tells which values are secrets of others. Its zero value knows the
// default names only.
type redactor struct {
	// more, if set, matches further names.
	more *regexp.Regexp
	// off lets everything through.
	off bool
}

// secret reports whether the values of an account attribute of that name are
// redacted; a missing name is matched as "".
func (r redactor) secret(name *string) bool {
	s := text(name)
	return r.mayNameSecret(s) && (DefaultRedactRegex.MatchString(s) || r.more != nil && r.more.MatchString(s))
}

// secretWords are the letters without which [DefaultRedactRegex] matches
// nothing. Looking for them is much faster.
var secretWords = []string{"pass", "pw", "psw", "kennwort", "key", "code", "credential", "secret", "token", "pin", "otp"}

// mayNameSecret reports whether a text may hold the name of a secret.
func (r redactor) mayNameSecret(s string) bool {
	if r.off || r.more != nil {
		return !r.off
	}
	if strings.ContainsFunc(s, func(c rune) bool { return c > unicode.MaxASCII }) {
		return true // Letters may fold to others.
	}
	s = strings.ToLower(s)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(s, word) })
}

// redact takes the secrets out of a work item's approval and remediation items.
func (r redactor) redact(wi *WorkItem) {
	for i := range wi.ApprovalItems {
		item := &wi.ApprovalItems[i]
		if item.Value != nil && r.secret(item.Name) {
			item.Value, item.ValueRedacted = nil, true
		}
	}
	for i := range wi.RemediationItems {
		item := &wi.RemediationItems[i]
		if item.AttributeValue != nil && r.secret(item.AttributeName) {
			item.AttributeValue, item.AttributeValueRedacted = nil, true
		}
	}
}

// rawNumbers keeps numbers as they are written.
var rawNumbers = json.WithUnmarshalers(json.UnmarshalFromFunc(func(d *jsontext.Decoder, v *any) error {
	if d.PeekKind() != '0' {
		return errors.ErrUnsupported
	}
	number, err := d.ReadValue()
	*v = number.Clone()
	return err
}))

// canonical returns the same JSON, with sorted names, no white space, text in
// NFC and its secrets redacted, so that the same content always gives the same
// bytes. Numbers keep their digits. The JSON is that of a work item, or of
// something within its form.
func (r redactor) canonical(raw jsontext.Value, workItem bool) (jsontext.Value, error) {
	// A name can be written with escapes.
	if r.mayNameSecret(string(raw)) || !r.off && bytes.IndexByte(raw, '\\') >= 0 {
		var tree any
		if err := json.Unmarshal(raw, &tree, anyUTF8, rawNumbers); err != nil {
			return nil, jsonError(err)
		}
		if object, ok := tree.(map[string]any); ok && workItem {
			r.redactItems(object["approvalItems"], "name", "value")
			r.redactItems(object["remediationItems"], "attributeName", "attributeValue")
		}
		r.redactTree(tree)
		var err error
		if raw, err = json.Marshal(tree, anyUTF8); err != nil {
			return nil, jsonError(err)
		}
	}
	// In NFC, names may have another order, or become the same.
	for canonical := raw.Clone(); ; canonical = norm.NFC.Bytes(canonical) {
		if err := canonical.Format(anyUTF8, jsontext.ReorderRawObjects(true)); err != nil {
			return nil, jsonError(err)
		}
		if norm.NFC.IsNormal(canonical) {
			return canonical, nil
		}
	}
}

// redactItems takes the secrets out of a list of items, or of a single one.
func (r redactor) redactItems(items any, name, value string) {
	switch items := items.(type) {
	case []any:
		for _, item := range items {
			r.redactItems(item, name, value)
		}
	case map[string]any:
		if text := memberText(items, name); r.secret(&text) {
			hide(items, value)
		}
	}
}

// redactTree takes the value out of every object that is named or typed like a
// secret, at any depth.
func (r redactor) redactTree(tree any) {
	switch tree := tree.(type) {
	case []any:
		for _, element := range tree {
			r.redactTree(element)
		}
	case map[string]any:
		for _, naming := range []string{"name", "displayName", "displayType", "type"} {
			if text := memberText(tree, naming); text != "" && r.secret(&text) {
				hide(tree, "value")
			}
		}
		if text := memberText(tree, "attributeName"); text != "" && r.secret(&text) {
			hide(tree, "attributeValue")
		}
		for _, member := range tree {
			r.redactTree(member)
		}
	}
}

// memberText is the text of a member, "" where there is none.
func memberText(object map[string]any, name string) string {
	switch v := object[name].(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		text, _ := json.Marshal(v, anyUTF8) // It was decoded from JSON.
		return string(text)
	}
}

// hide takes out the value of a member and marks that.
func hide(object map[string]any, name string) {
	if object[name] != nil {
		object[name], object[name+"Redacted"] = nil, true
	}
}
