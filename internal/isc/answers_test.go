// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// nested is JSON of so many levels.
func nested(levels int) string {
	return strings.Repeat(`{"a":[`, levels/2) + strings.Repeat("]}", levels/2)
}

// packed is a little more than is read, compressed to a few KiB.
var packed = sync.OnceValue(func() []byte {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		panic(err)
	}
	io.Copy(z, io.LimitReader(endless{}, maxBody+2))
	z.Close()
	return b.Bytes()
})

// bomb answers with a short compressed body that is long when unpacked.
func bomb(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		w.WriteHeader(status)
		w.Write(packed())
	}
}

// long answers with more than is read, of no announced length.
func long(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.Copy(w, io.LimitReader(endless{}, maxBody+2))
	}
}

// announced answers like long, with the length.
func announced(status int) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", strconv.Itoa(maxBody+2))
		long(status)(w, r)
	}
}

func TestAnswers_thatCanNotBeUsed(t *testing.T) {
	t.Parallel()
	const tooLong = "the answer is longer than 32 MiB"
	manyTexts := `{"messages":["` + strings.Join(slices.Collect(func(yield func(string) bool) {
		for i := 0; i < 40_000 && yield(strconv.Itoa(i)); i++ {
		}
	}), `","`) + `"]}`
	for name, test := range map[string]struct {
		handle http.HandlerFunc
		// read is a part of the error of a read, and act of that of an act.
		read, act string
		// refused means that the act was refused; it is unclear otherwise.
		refused bool
		// again means that another attempt at the read may help.
		again bool
	}{
		"long":                  {handle: long(200), read: tooLong, act: tooLong},
		"long and announced":    {handle: announced(200), read: tooLong, act: tooLong},
		"bomb":                  {handle: bomb(200), read: tooLong, act: tooLong},
		"long refusal":          {handle: long(400), read: "status 400 Bad Request", act: "status 400 Bad Request", refused: true},
		"announced refusal":     {handle: announced(404), read: "status 404 Not Found", act: "status 404 Not Found", refused: true},
		"bomb as refusal":       {handle: bomb(403), read: "status 403 Forbidden", act: "status 403 Forbidden", refused: true},
		"not gzip":              {handle: answer(200, "{}", "Content-Encoding: gzip"), read: "broke off: ", act: "broke off: ", again: true},
		"deep":                  {handle: answer(200, nested(100_000)), read: "the body is not JSON, from byte 30001 on: ", act: "status 200, unusable answer: the body is not JSON, ", again: true},
		"deep field":            {handle: answer(200, `{"id":"`+testID+`","new":`+nested(100_000)+`}`), read: "exceeded max depth", act: "exceeded max depth", again: true},
		"deep refusal":          {handle: answer(400, nested(100_000)), read: "status 400 Bad Request: 400000 bytes that are not JSON", act: "status 400 Bad Request: ", refused: true},
		"endless explanations":  {handle: answer(400, manyTexts), read: ": 0; 1; 2; 3; 4; 5; 6; 7; 8; 9; …", act: ": 0; 1; 2; 3; 4; 5; 6; 7; 8; 9; …", refused: true},
		"text":                  {handle: answer(200, "OK"), read: "the body is not JSON, from byte 1 on", act: "the body is not JSON, from byte 1 on", again: true},
		"broken in the middle":  {handle: answer(200, `{"id":"a",,}`), read: "the body is not JSON, from byte 11 on", act: "the body is not JSON, from byte 11 on", again: true},
		"an id of another kind": {handle: answer(200, `{"id":{"x":1}}`), read: `it is about another work item, "{\"x\":1}"`, act: `it is about another work item`},
		"NUL as id":             {handle: answer(200, `{"id":"\u0000"}`), read: `it is about another work item, "\\u{0}"`, act: `it is about another work item, "\\u{0}"`},
		"two at once":           {handle: answer(200, `{"id":"a"}{"id":"b"}`), read: "after top-level value", act: "after top-level value", again: true},
		"UTF-16":                {handle: answer(200, "\xff\xfe{\x00}\x00"), read: "the body is not JSON, from byte 1 on", act: "the body is not JSON", again: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, test.handle)
			c := s.client(func(config *Config) { config.MaxRetries, config.RequestTimeout = 1, time.Minute })
			_, err := c.GetWorkItem(t.Context(), testID)
			if err == nil || !strings.Contains(err.Error(), test.read) || len(err.Error()) > 20*maxText {
				t.Errorf("read: got %.999v, want %q", err, test.read)
			}
			if n := len(s.requests()); n != 1 && !test.again || n != 2 && test.again {
				t.Errorf("%d requests for the read", n)
			}
			before := len(s.requests())
			_, err = c.CompleteWorkItem(t.Context(), testID)
			if err == nil || !strings.Contains(err.Error(), test.act) || len(err.Error()) > 20*maxText {
				t.Errorf("act: got %.999v, want %q", err, test.act)
			}
			if _, unclear := errors.AsType[*AmbiguousError](err); unclear == test.refused {
				t.Errorf("the act failed with a %T, which is no answer to whether it was done", err)
			}
			if n := len(s.requests()) - before; n != 1 {
				t.Errorf("%d requests for the act", n)
			}
		})
	}
}

func TestAnswers_thatAreOddButCanBeUsed(t *testing.T) {
	t.Parallel()
	const id = `"id":"` + testID + `"`
	digits := strings.Repeat("9", 400)
	for name, test := range map[string]struct{ body, name, numItems string }{
		"byte order mark":           {"\ufeff{" + id + `,"name":"n"}`, "n", "null"},
		"9,000 levels":              {`{` + id + `,"name":"n","new":` + nested(9000) + `}`, "n", "null"},
		"1e400":                     {`{` + id + `,"name":"n","numItems":1e400}`, "n", "null"},
		"400 digits":                {`{` + id + `,"name":"n","numItems":` + digits + `}`, "n", "null"},
		"400 digits as text":        {`{` + id + `,"name":"n","numItems":"` + digits + `"}`, "n", "null"},
		"2^63-1":                    {`{` + id + `,"name":"n","numItems":9223372036854775807}`, "n", "9223372036854775807"},
		"2^63":                      {`{` + id + `,"name":"n","numItems":9223372036854775808}`, "n", "null"},
		"NaN as text":               {`{` + id + `,"name":"n","numItems":"NaN"}`, "n", "null"},
		"a number as name":          {`{` + id + `,"name":1e400}`, "1e400", "null"},
		"NUL":                       {`{` + id + `,"name":"a\u0000b"}`, "a\x00b", "null"},
		"half a pair of surrogates": {`{` + id + `,"name":"a\ud800b"}`, "a\ufffdb", "null"},
		"broken UTF-8":              {"{" + id + ",\"name\":\"a\xffb\"}", "a\ufffdb", "null"},
		"broken UTF-8 in an object": {"{" + id + ",\"name\":{\"a\":\"\xff\"}}", "{\"a\":\"\ufffd\"}", "null"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newService(t, answer(200, test.body)).client()
			wi, err := c.GetWorkItem(t.Context(), testID)
			if err != nil {
				t.Fatal(err)
			}
			numItems := "null"
			if wi.NumItems != nil {
				numItems = strconv.FormatInt(*wi.NumItems, 10)
			}
			if *wi.Name != test.name || numItems != test.numItems {
				t.Errorf("name %q, numItems %s", *wi.Name, numItems)
			}
			if _, err := c.CompleteWorkItem(t.Context(), testID); err != nil {
				t.Errorf("an act that was done: %v", err)
			}
		})
	}
}

func TestCounts_thatAreNoNumbers(t *testing.T) {
	t.Parallel()
	for _, count := range []string{"1e400", strings.Repeat("9", 400), "9223372036854775808", `"many"`, "true", "{}", "[]", "0.5", "-1"} {
		c := newService(t, answer(200, `{"count":`+count+`,"open":`+count+`,"completed":1,"total":1}`)).client()
		n, err := c.CountWorkItems(t.Context(), Own)
		if err == nil || !strings.Contains(err.Error(), `a number is missing or can't be one: {`) {
			t.Errorf("%.20s: got %d, %v", count, n, err)
		}
		if sum, err := c.GetWorkItemsSummary(t.Context(), Own); err == nil {
			t.Errorf("%.20s: got %+v", count, sum)
		}
	}
}

func TestToken_oddReplies(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		reply string
		// uses is the token that is used, "" for none.
		uses string
	}{
		"expires in 1e400 s":      {`{"access_token":"good","expires_in":1e400}`, "good"},
		"expires in 400 digits":   {`{"access_token":"good","expires_in":` + strings.Repeat("9", 400) + `}`, "good"},
		"expires in -2^63 s":      {`{"access_token":"good","expires_in":-9223372036854775808}`, "good"},
		"expires in an object":    {`{"access_token":"good","expires_in":{}}`, "good"},
		"expires in half a s":     {`{"access_token":"good","expires_in":0.5}`, "good"},
		"expires in a nanosecond": {`{"access_token":"good","expires_in":1e-9}`, "good"},
		"byte order mark":         {"\ufeff" + `{"access_token":"good"}`, "good"},
		"number":                  {`{"access_token":12345}`, ""},
		"boolean":                 {`{"access_token":true}`, ""},
		"object":                  {`{"access_token":{"value":"x"}}`, ""},
		"list":                    {`{"access_token":["x"]}`, ""},
		"null":                    {`{"access_token":null}`, ""},
		"empty":                   {`{"access_token":""}`, ""},
		"NUL":                     {`{"access_token":"a\u0000b"}`, ""},
		"line break":              {`{"access_token":"a\r\nX-Injected: 1"}`, ""},
		"not ASCII":               {`{"access_token":"ä"}`, ""},
		"array":                   {`[{"access_token":"x"}]`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, okItem)
			s.grant = func(w http.ResponseWriter, r *http.Request, _ int) { answer(200, test.reply)(w, r) }
			c := s.client()
			_, err := c.GetWorkItem(t.Context(), testID)
			switch {
			case test.uses == "" && (err == nil || !strings.Contains(err.Error(), "no access token: POST /oauth/token: unusable answer: ") || len(s.requests()) != 0):
				t.Errorf("got %v, %d requests", err, len(s.requests()))
			case test.uses != "" && (err != nil || s.requests()[0].header.Get("Authorization") != "Bearer "+test.uses):
				t.Errorf("got %v, %v", err, s.requests())
			}
			if n := len(s.tokenRequests()); n != 1 {
				t.Errorf("%d token requests", n)
			}
		})
	}
}
