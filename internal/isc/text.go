// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf16"

	"github.com/go-json-experiment/json/jsontext"
)

// Names, descriptions and values are made up by others. Nothing in them may
// pass for a line of Terraform's, of a CI system's, or of a plan.

const (
	// maxText bounds, in characters, a text of the service within a message.
	maxText = 300
	// maxLines bounds the lines of a list within a message.
	maxLines = 20
	// maxMarks bounds the combining marks in a row within a message.
	maxMarks = 3
	// maxLevels bounds the nesting of JSON that Terraform may have to render.
	maxLevels = 20
)

// ShownText returns a text of the service as Terraform shows and keeps it: text
// that is wholly graphic stays as it is, other characters are written as
// \u{…}. Text that is changed so, or that holds \u{ already, has its
// backslashes doubled, so that the form is reversible. JSON nested so deeply
// that Terraform would need minutes to render it is replaced by its length and
// checksum.
func ShownText(s string) string {
	if isNestedJSON(s) {
		sum := sha256.Sum256([]byte(s))
		return fmt.Sprintf("(nested JSON, %d bytes, sha256 %s)", len(s), hex.EncodeToString(sum[:]))
	}
	if isGraphic(s) && !strings.Contains(s, `\u{`) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// ExpectedText returns a text of the configuration in the form of [ShownText],
// in which it may have been copied already.
func ExpectedText(s string) string {
	if isGraphic(s) && strings.Contains(s, `\u{`) {
		return s
	}
	return ShownText(s)
}

func isGraphic(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsGraphic(r) })
}

// isNestedJSON reports whether the text is JSON of more than maxLevels levels.
func isNestedJSON(s string) bool {
	if trimmed := strings.TrimLeft(s, " \t\r\n"); trimmed == "" || trimmed[0] != '{' && trimmed[0] != '[' {
		return false
	}
	level, deepest, quoted := 0, 0, false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{', c == '[':
			level++
			deepest = max(deepest, level)
		case c == '}', c == ']':
			level--
		}
	}
	return deepest > maxLevels && jsontext.Value(s).IsValid(anyUTF8, jsontext.AllowDuplicateNames(true))
}

// OneLine makes a text of the service fit for a message, a name or a log: of
// bounded length, with only graphic characters, and without what a terminal, a
// CI system or a formatter might take for something of its own.
func OneLine(s string) string {
	var line []rune
	marks := 0
	for _, r := range strings.TrimSpace(strings.ToValidUTF8(s, "\ufffd")) {
		if len(line) > maxText {
			break
		}
		marks++
		switch {
		case !unicode.IsMark(r):
			marks = 0
		case marks > maxMarks:
			continue
		}
		if startsCommand(line, r) {
			line = append(line, ' ')
		}
		if unicode.IsGraphic(r) {
			line = append(line, r)
		} else {
			line = append(line, []rune(fmt.Sprintf(`\u{%x}`, r))...)
		}
	}
	if len(line) > maxText {
		line = append(line[:maxText-1], '…')
	}
	return string(line)
}

// startsCommand reports whether the next character would complete what starts a
// command of a CI system, or what ends a block of code.
func startsCommand(line []rune, next rune) bool {
	switch next {
	case ':', '`', '#':
		return len(line) > 0 && line[len(line)-1] == next
	}
	return false
}

// Lines makes a list for a message, a line each. Of a long list it shows the
// first lines, and how many more there are.
func Lines(lines []string) string {
	if more := len(lines) - maxLines; more > 0 {
		lines = append(slices.Clone(lines[:maxLines]), fmt.Sprintf("and %d more", more))
	}
	return "  - " + strings.Join(lines, "\n  - ")
}

// ShownJSON returns JSON in the form in which Terraform shows and keeps it: like
// [ShownText], but with JSON's own escapes.
func ShownJSON(v jsontext.Value) string {
	s := string(v)
	if isNestedJSON(s) || isGraphic(s) {
		return ShownText(s)
	}
	var b strings.Builder
	for _, r := range s {
		switch high, low := utf16.EncodeRune(r); {
		case unicode.IsGraphic(r):
			b.WriteRune(r)
		case high != unicode.ReplacementChar:
			fmt.Fprintf(&b, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}
