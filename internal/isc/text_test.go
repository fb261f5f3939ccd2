// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

func TestShownText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                                    "",
		"Jane Doe":                            "Jane Doe",
		`ACME\jdoe`:                           `ACME\jdoe`,
		"Größe – 名前 ❤":                        "Größe – 名前 ❤",
		"a\nb":                                `a\u{a}b`,
		"ACME\\jdoe\x1b[8m":                   `ACME\\jdoe\u{1b}[8m`,
		"x\u202ey":                            `x\u{202e}y`,
		"zero\u200bwidth":                     `zero\u{200b}width`,
		"tag\U000e0041":                       `tag\u{e0041}`,
		`already \u{a} written`:               `already \\u{a} written`,
		`{"a":[1]}`:                           `{"a":[1]}`,
		strings.Repeat("[", 30):               strings.Repeat("[", 30),
		"not " + deepJSON(30):                 "not " + deepJSON(30),
		deepJSON(20):                          deepJSON(20),
		deepJSON(21):                          "(nested JSON, 42 bytes, sha256 ",
		`"` + strings.Repeat("[", 30):         `"` + strings.Repeat("[", 30),
		`["` + strings.Repeat("[", 30) + `"]`: `["` + strings.Repeat("[", 30) + `"]`,
		`["` + deepJSON(20) + `"]`:            "(nested JSON, 44 bytes, sha256 ",
		// Terraform prints JSON decoded, with the line breaks in it as they are.
		`["R&D","a\"b","c\\,d","\u202e"]`: `["R&D","a\"b","c\\,d","\u202e"]`,
		`{"a":"x\ny"}`:                    `\u{7b}"a":"x\\ny"}`,
		`["x\u000ay"]`:                    `\u{5b}"x\\u000ay"]`,
		`["[\"a\\nb\"]"]`:                 `\u{5b}"[\\"a\\\\nb\\"]"]`,
		`["\\n"]`:                         `["\\n"]`,
		// Of a name that stands there twice it prints the last, and OpenTofu
		// leaves out what follows the JSON.
		`{"a":1,"a":2}`:       `\u{7b}"a":1,"a":2}`,
		`{"a":1} and "admin"`: `\u{7b}"a":1} and "admin"`,
		`[DRAFT] x`:           `[DRAFT] x`,
		`{x}`:                 `{x}`,
	} {
		got := ShownText(in)
		if strings.HasPrefix(want, "(nested") {
			if !strings.HasPrefix(got, want) || len(got) != len(want)+len(")")+64 {
				t.Errorf("%q is shown as %q", in, got)
			}
			continue
		}
		if got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
}

func TestShownJSON(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"name":"accountId","n":1.50,"ok":null}`:                        `{"name":"accountId","n":1.50,"ok":null}`,
		"{\"label\":\"\u202ex\U000e0061\"}":                              `{"label":"\u202ex\udb40\udc61"}`,
		`{"label":"x\n  EOT\u001b[8m"}`:                                  `{"label":"x\\u{a}  EOT\\u{1b}[8m"}`,
		`{"label":"\\u{a}"}`:                                             `{"label":"\\\\u{a}"}`,
		`{"label":"[\"\\n\"]"}`:                                          `{"label":"\\u{5b}\"\\\\n\"]"}`,
		strings.Repeat("[", 20) + "\"\u202e\"" + strings.Repeat("]", 20): strings.Repeat("[", 20) + `"\u202e"` + strings.Repeat("]", 20),
		deepJSON(21):               "(nested JSON",
		`["` + deepJSON(21) + `"]`: `["(nested JSON`,
		`"x\ny"`:                   `"x\\u{a}y"`,
	} {
		got := ShownJSON(jsontext.Value(in))
		if strings.Contains(want, "(nested JSON") && strings.HasPrefix(got, want) {
			continue
		}
		if got != want {
			t.Errorf("%s is shown as %s, want %s", in, got, want)
		}
	}
}

// asServed undoes [ShownText].
func asServed(shown string) string {
	if !strings.Contains(shown, `\u{`) {
		return shown
	}
	return regexp.MustCompile(`\\\\|\\u\{[0-9a-f]+\}`).ReplaceAllStringFunc(shown, func(escaped string) string {
		if escaped == `\\` {
			return `\`
		}
		r, err := strconv.ParseInt(escaped[3:len(escaped)-1], 16, 32)
		if err != nil {
			panic(err)
		}
		return string(rune(r))
	})
}

func deepJSON(levels int) string { return strings.Repeat("[", levels) + strings.Repeat("]", levels) }

func TestExpectedText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"Jane Doe":      "Jane Doe",
		`a\u{a}b`:       `a\u{a}b`,
		"a\nb":          `a\u{a}b`,
		"a\n" + `\u{a}`: `a\u{a}\\u{a}`,
	} {
		if got := ExpectedText(in); got != want {
			t.Errorf("%q is expected as %q, want %q", in, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"plain":            {"Approval for Jane Doe", "Approval for Jane Doe"},
		"space around":     {" Rate Limit Exceeded \n", "Rate Limit Exceeded"},
		"line break":       {"a\nError: b", `a\u{a}Error: b`},
		"escape sequence":  {"\x1b[2K\x1b[8mhidden", `\u{1b}[2K\u{1b}[8mhidden`},
		"bidi":             {"abc\u202edcba", `abc\u{202e}dcba`},
		"isolates":         {"\u2066x\u2069", `\u{2066}x\u{2069}`},
		"zero width":       {"ad\u200bmin", `ad\u{200b}min`},
		"soft hyphen":      {"ad\u00admin", `ad\u{ad}min`},
		"tags":             {"x\U000e0061", `x\u{e0061}`},
		"private use":      {"x\ue000", `x\u{e000}`},
		"line separator":   {"a\u2028b", `a\u{2028}b`},
		"broken UTF-8":     {"a\xffb", "a\ufffdb"},
		"NUL":              {"a\x00b", `a\u{0}b`},
		"combining marks":  {"a" + strings.Repeat("\u0301", 200) + "b", "a\u0301\u0301\u0301b"},
		"GitHub command":   {"x ::error::approved", "x : :error: :approved"},
		"colons":           {":::::", ": : : : :"},
		"log folding":      {"##[group]x", "# #[group]x"},
		"Azure command":    {"x ##vso[task.setvariable]y", "x # #vso[task.setvariable]y"},
		"a fence":          {"```` ```", "` ` ` ` ` ` `"},
		"one back-tick":    {"`code`", "`code`"},
		"hidden by a mark": {":\u0301:", ":\u0301:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := OneLine(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	for name, in := range map[string]string{"long": strings.Repeat("ä", 200_000), "all escaped": strings.Repeat("x\u200b", 5000)} {
		if got := []rune(OneLine(in)); len(got) != maxText || got[maxText-1] != '…' {
			t.Errorf("%s: %d characters, ending in %q", name, len(got), got[len(got)-1])
		}
	}
}

func TestOneLine_cutsNothingThatFits(t *testing.T) {
	t.Parallel()
	if in := strings.Repeat("ä", maxText); OneLine(in) != in {
		t.Errorf("got %q", OneLine(in))
	}
}

func TestLines_cutsALongList(t *testing.T) {
	t.Parallel()
	lines := make([]string, 50_000)
	got := strings.Split(Lines(lines), "\n")
	if len(got) != maxLines+1 || got[maxLines] != "  - and 49980 more" {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
	if got := strings.Split(Lines(lines[:maxLines]), "\n"); len(got) != maxLines || got[maxLines-1] != "  - " {
		t.Errorf("%d lines, the last %q", len(got), got[len(got)-1])
	}
	if got := Lines([]string{"a", "b"}); got != "  - a\n  - b" {
		t.Errorf("got %q", got)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"", "a\nb", `\u{a}`, "``` ::x ##[y", "\u0301\u0301\u0301\u0301", deepJSON(25), "\xff", `{"a":"x\ny"}`, `["[\"\\n\"]"]`, `{"a":1}{`, `{"a":1,"a":2}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, in string) {
		if shown := ShownText(in); !isGraphic(strings.ReplaceAll(shown, "\ufffd", "")) {
			t.Errorf("%q is shown as %q", in, shown)
		} else if again := ExpectedText(shown); again != shown {
			t.Errorf("%q is shown as %q, and expected as %q", in, shown, again)
		} else if readAsJSON(shown).misleads || readAsJSON(shown).levels > maxLevels {
			t.Errorf("%q is shown as %q, which Terraform prints as something else", in, shown)
		} else if utf8.ValidString(in) && !strings.HasPrefix(shown, "(nested") && asServed(shown) != in {
			t.Errorf("%q is shown as %q, which stands for %q", in, shown, asServed(shown))
		}
		line := OneLine(in)
		if len([]rune(line)) > maxText || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsGraphic(r) }) ||
			strings.Contains(line, "::") || strings.Contains(line, "##[") || strings.Contains(line, "``") {
			t.Errorf("%q becomes %q", in, line)
		}
	})
}
