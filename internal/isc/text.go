// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
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
// backslashes doubled, so that the form is reversible.
//
// Terraform prints text that is a JSON object or array decoded, line breaks in
// its strings as they are. Where that would show other things than the text
// holds, its first bracket is written as \u{…}, which makes it no JSON. JSON
// nested so deeply that Terraform would need minutes to print it is replaced by
// its length and checksum.
func ShownText(s string) string {
	read := readAsJSON(s)
	if read.levels > maxLevels {
		sum := sha256.Sum256([]byte(s))
		return fmt.Sprintf("(nested JSON, %d bytes, sha256 %s)", len(s), hex.EncodeToString(sum[:]))
	}
	if !read.misleads && isGraphic(s) && !strings.Contains(s, `\u{`) {
		return s
	}
	if shown := escaped(s, read.misleads); readAsJSON(shown) == (jsonReading{}) {
		return shown
	}
	// Doubled backslashes can make JSON of what was none.
	return escaped(s, true)
}

// escaped writes what isn't graphic as \u{…}, the first character too if so
// asked, and doubles backslashes.
func escaped(s string, first bool) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case unicode.IsGraphic(r) && (i > 0 || !first):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	return b.String()
}

// jsonReading is what Terraform and OpenTofu make of a text that begins like a
// JSON object or array. The zero value is that of any other text.
type jsonReading struct {
	levels int // of nesting, JSON within its strings included
	// misleads is set where what they print isn't what the text holds: a line
	// break within, a name twice (the last one wins), or text behind the JSON
	// (which OpenTofu leaves out).
	misleads bool
}

func readAsJSON(s string) jsonReading {
	if s == "" || s[0] != '{' && s[0] != '[' {
		return jsonReading{}
	}
	var read jsonReading
	decoder := jsontext.NewDecoder(strings.NewReader(s), anyUTF8, jsontext.AllowDuplicateNames(true))
	for more := true; more; more = decoder.StackDepth() > 0 {
		token, err := decoder.ReadToken()
		if err != nil {
			return jsonReading{}
		}
		read.levels = max(read.levels, decoder.StackDepth())
		if token.Kind() != '"' {
			continue
		}
		within := readAsJSON(token.String())
		read.levels = max(read.levels, decoder.StackDepth()+within.levels)
		read.misleads = read.misleads || within.misleads || strings.Contains(token.String(), "\n")
	}
	read.misleads = read.misleads || !jsontext.Value(s).IsValid(anyUTF8)
	return read
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

// ShownJSON returns JSON in the form in which Terraform shows and keeps it: with
// JSON's own escapes for what is not graphic, and with the form of [ShownText]
// for strings that Terraform would not print in one line.
func ShownJSON(v jsontext.Value) string {
	var shown bytes.Buffer
	decoder := jsontext.NewDecoder(bytes.NewReader(v), anyUTF8)
	encoder := jsontext.NewEncoder(&shown, anyUTF8)
	for {
		token, err := decoder.ReadToken()
		if errors.Is(err, io.EOF) {
			return escapeJSON(strings.TrimSuffix(shown.String(), "\n"))
		}
		levels := decoder.StackDepth()
		if token.Kind() == '"' {
			s := token.String()
			// Nobody may take it for one that ShownText has changed.
			if read := readAsJSON(s); read.levels > maxLevels || read.misleads || strings.Contains(s, "\n") || strings.Contains(s, `\u{`) {
				token = jsontext.String(ShownText(s))
			} else {
				levels += read.levels
			}
		}
		if err != nil || levels > maxLevels || encoder.WriteToken(token) != nil {
			return ShownText(string(v))
		}
	}
}

// escapeJSON writes what is not graphic within JSON with JSON's own escapes.
func escapeJSON(s string) string {
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
