// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
)

func TestDefaultRedactRegex(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"password", "Password", "PASSWORD", "initialPwd", "unicodePwd", "userPassword", "passwd", "passwort", "passphrase", "passWord", "pass", "userPass", "pass_phrase_password",
		"secret", "secrets", "clientSecret", "client_secret", "SECRET", "private_key", "privateKey", "api_key", "apiKey", "API key", "secretKey", "credential",
		"PIN", "pin", "userPin", "userPIN", "pin_code", "pincode", "pinNumber", "PINNumber", "user-pin", "card.pin", "Pin1",
		"token", "tokens", "accessToken", "token_value", "otp", "OTP", "userOtp", "otpSeed", "totp",
		"pw", "PW", "initialPw", "Initial PW", "PW1", "pwInitial", "pswd", "psw", "passkey", "authKey", "recovery_key", "activationCode", "oneTimeCode", "mfaCode",
	} {
		if !DefaultRedactRegex.MatchString(name) {
			t.Errorf("%q is not redacted", name)
		}
	}
	for _, name := range []string{
		"", "secretary", "Secretary", "shippingAddress", "mapping", "tokenGroups", "tokenGroupsGlobalAndUniversal", "opinion", "spinlock", "company", "compass", "passport",
		"pinned", "shopping", "memberOf", "groups", "mail", "footprint", "laptop", "sAMAccountName", "keyboard", "displayName", "Pinot", "spin", "typing", "postalCode", "countryCode", "costCode", "upward", "pswitch",
	} {
		if DefaultRedactRegex.MatchString(name) {
			t.Errorf("%q is redacted", name)
		}
	}
}

// secretItem is a work item with the secret in every place that is redacted.
func secretItem(secret string) string {
	quoted, err := json.Marshal(secret)
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"id":%q,"name":"n","approvalItems":[
		{"id":"a","name":"password","value":%[2]s,"account":"jdoe"}, {"id":"b","name":"memberOf","value":"CN=x"}, {"id":"c","name":null,"value":"kept"}, {"id":"d","name":"pwd"}],
		"remediationItems":[{"id":"r","attributeName":"userPin","attributeValue":%[2]s}],
		"form":{"sections":[{"formItems":[
			{"name":"initialPassword","value":%[2]s}, {"name":"x","displayType":"PASSWORD","value":[%[2]s]},
			{"name":"section","formItems":[{"name":"y","displayName":"API key","value":{"deep":%[2]s}}]}, {"name":"login","value":"jdoe"}]}]},
		"unknown":{"deep":[{"name":"token","value":%[2]s}]}}`, testID, quoted)
}

func TestRedact_everyPlaceAndEveryWayIn(t *testing.T) {
	t.Parallel()
	const secret = `hunter2<&"ß`
	check := func(wi WorkItem) {
		t.Helper()
		shown, err := json.Marshal(wi)
		if err != nil {
			t.Fatal(err)
		}
		if text := string(shown) + string(wi.Raw); strings.Contains(text, "hunter2") {
			t.Errorf("the secret is in %s", text)
		}
		items := wi.ApprovalItems
		if !items[0].ValueRedacted || items[0].Value != nil || *items[0].Account != "jdoe" || items[1].ValueRedacted || *items[1].Value != "CN=x" ||
			items[2].ValueRedacted || *items[2].Value != "kept" || items[3].ValueRedacted || items[3].Value != nil {
			t.Errorf("approval items %+v", items)
		}
		if r := wi.RemediationItems[0]; !r.AttributeValueRedacted || r.AttributeValue != nil {
			t.Errorf("remediation item %+v", r)
		}
	}
	body := secretItem(secret)
	loose := strings.Replace(body, `"name":"n"`, `"name":7,"numItems":"3"`, 1)
	for name, body := range map[string]string{"documented types": body, "other types": loose} {
		wi, err := redactor{}.decodeWorkItem([]byte(body))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		check(*wi)
		want := `[{"name":"initialPassword","value":null,"valueRedacted":true} {"displayType":"PASSWORD","name":"x","value":null,"valueRedacted":true} ` +
			`{"formItems":[{"displayName":"API key","name":"y","value":null,"valueRedacted":true}],"name":"section"} {"name":"login","value":"jdoe"}]`
		if got := fmt.Sprintf("%s", wi.Form.Sections[0].FormItems); got != want {
			t.Errorf("%s: form items %s", name, got)
		}
		for _, keepRaw := range []bool{false, true} {
			items, err := redactor{}.decodeWorkItems([]byte("["+body+"]"), keepRaw)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			check(items[0])
			if keepRaw && (!strings.Contains(string(items[0].Raw), `{"account":"jdoe","id":"a","name":"password","value":null,"valueRedacted":true}`) ||
				!strings.Contains(string(items[0].Raw), `{"attributeName":"userPin","attributeValue":null,"attributeValueRedacted":true,"id":"r"}`) ||
				!strings.Contains(string(items[0].Raw), `"unknown":{"deep":[{"name":"token","value":null,"valueRedacted":true}]}`)) {
				t.Errorf("%s: raw %s", name, items[0].Raw)
			}
		}
	}
	unredacted, err := redactor{off: true}.decodeWorkItem([]byte(body))
	if err != nil || *unredacted.ApprovalItems[0].Value != secret || unredacted.ApprovalItems[0].ValueRedacted {
		t.Errorf("in clear: %+v, %v", unredacted, err)
	}
}

func TestRedact_configuredNamesAddToTheDefault(t *testing.T) {
	t.Parallel()
	body := `{"id":"1","approvalItems":[{"id":"a","name":"badgeNumber","value":"1"},{"id":"b","name":"password","value":"2"},{"id":"c","value":"3"},{"id":"d","name":"mail","value":"4"}]}`
	for pattern, want := range map[string]string{"badge": "[true true false false]", "^$": "[false true true false]"} {
		r := redactor{more: regexp.MustCompile(pattern)}
		items, err := r.decodeWorkItems([]byte("["+body+"]"), true)
		if err != nil {
			t.Fatal(err)
		}
		var got []bool
		for _, item := range items[0].ApprovalItems {
			got = append(got, item.ValueRedacted)
		}
		if fmt.Sprint(got) != want || strings.Count(string(items[0].Raw), `"valueRedacted":true`) != 2 {
			t.Errorf("%s: redacted %v, raw %s", pattern, got, items[0].Raw)
		}
	}
}

// TestRedact_formItems looks at names however they are written.
func TestRedact_formItems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ in, want string }{
		"escaped":               {`{"na\u006de":"\u0070assword","value":"hunter2"}`, `{"name":"password","value":null,"valueRedacted":true}`},
		"escaped member":        {`{"name":"\u0070wd","v\u0061lue":"hunter2"}`, `{"name":"pwd","value":null,"valueRedacted":true}`},
		"attribute":             {`{"attributeName":"userPin","attributeValue":"hunter2"}`, `{"attributeName":"userPin","attributeValue":null,"attributeValueRedacted":true}`},
		"folded letters":        {`{"name":"paſſword","value":"hunter2"}`, `{"name":"paſſword","value":null,"valueRedacted":true}`},
		"no name":               {`{"attributeValue":"kept","key":1}`, `{"attributeValue":"kept","key":1}`},
		"an object as name":     {`{"name":{"x":"password"},"value":"hunter2"}`, `{"name":{"x":"password"},"value":null,"valueRedacted":true}`},
		"not a secret, escaped": {`{"name":"l\u006fgin","value":"jdoe"}`, `{"name":"login","value":"jdoe"}`},
		"no value":              {`{"name":"password","value":null}`, `{"name":"password","value":null}`},
		"numbers as written":    {`{"b":1.50,"a":1e400,"name":"token","n":"\u0041"}`, `{"a":1e400,"b":1.50,"n":"A","name":"token"}`},
	} {
		wi, err := redactor{}.decodeWorkItem([]byte(`{"id":"1","form":{"sections":[{"formItems":[` + test.in + `]}]}}`))
		if err != nil {
			t.Fatal(err)
		}
		if got := string(wi.Form.Sections[0].FormItems[0]); got != test.want {
			t.Errorf("%s: got %s, want %s", name, got, test.want)
		}
	}
	// An attribute without a name is no secret, whatever else is.
	all := redactor{more: regexp.MustCompile("^$")}
	if got, err := all.canonical([]byte(`{"attributeValue":"kept","value":"kept"}`), false); err != nil || string(got) != `{"attributeValue":"kept","value":"kept"}` {
		t.Errorf("got %s, %v", got, err)
	}
}

// TestRedact_errorsToo: an answer that can't be used is quoted in the error.
func TestRedact_errorsToo(t *testing.T) {
	t.Parallel()
	body := secretItem("hunter2")
	for name, text := range map[string]string{
		"refused with the work item": second(newService(t, answer(422, body)).client().CompleteWorkItem(t.Context(), testID)).Error(),
		"half a work item":           second(newService(t, answer(422, body[:300])).client().CompleteWorkItem(t.Context(), testID)).Error(),
		"an answer cut off":          second(newService(t, answer(200, body[:300])).client().CompleteWorkItem(t.Context(), testID)).Error(),
		"instead of a count":         second(newService(t, answer(200, body)).client().CountWorkItems(t.Context(), Own)).Error(),
		"another work item":          second(newService(t, answer(200, body)).client().GetWorkItem(t.Context(), "another")).Error(),
	} {
		if strings.Contains(text, "hunter2") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

// TestOneItem_isOneItem: an object that names a member twice, in whatever
// spelling, must not become a row that mixes two items.
func TestOneItem_isOneItem(t *testing.T) {
	t.Parallel()
	for name, body := range map[string]string{
		"two lists":             `{"id":"1","approvalItems":[{"id":"A","application":"Canteen","value":"menu"}],"approvalItems":[{"id":"B"}]}`,
		"two values":            `{"id":"1","approvalItems":[{"id":"A","value":"menu","value":"Domain Admins"}]}`,
		"two ids":               `{"id":"1","id":"2"}`,
		"escaped":               `{"id":"1","st\u0061te":"Pending","state":"Finished"}`,
		"deep in what is new":   `{"id":"1","new":{"a":[{"b":1,"b":2}]}}`,
		"with other types":      `{"id":1,"name":2,"name":3}`,
		"in a form item":        `{"id":"1","form":{"sections":[{"formItems":[{"name":"x","name":"password","value":"hunter2"}]}]}}`,
		"in a remediation item": `{"id":"1","remediationItems":[{"id":"r","attributeName":"a","attributeName":"password"}]}`,
	} {
		if wi, err := (redactor{}).decodeWorkItem([]byte(body)); err == nil || !strings.Contains(err.Error(), "names a member twice") {
			t.Errorf("%s: got %+v, %v", name, wi, err)
		}
		for _, keepRaw := range []bool{false, true} {
			if items, err := (redactor{}).decodeWorkItems([]byte("["+body+"]"), keepRaw); err == nil || !strings.Contains(err.Error(), "names a member twice") {
				t.Errorf("%s, in a list: got %+v, %v", name, items, err)
			}
		}
		s := newService(t, answer(200, body))
		if _, err := s.client().CompleteWorkItem(t.Context(), "1"); err == nil || !strings.Contains(err.Error(), "unknown whether the service executed") {
			t.Errorf("%s, as the answer to an act: %v", name, err)
		}
	}
	// Names that only look alike are other names.
	wi, err := (redactor{}).decodeWorkItem([]byte(`{"id":"1","\u017ftate":"Finished","STATE":"Finished","approvalItems":[{"id":"a","VALUE":"menu","Value":"x","value":"CN=x"}]}`))
	if err != nil || wi.State != nil || *wi.ApprovalItems[0].Value != "CN=x" {
		t.Errorf("got %+v, %v", wi, err)
	}
}

// FuzzRedact: looking for words first must not miss what the expression finds,
// and the canonical form must not depend on the way to it.
func FuzzRedact(f *testing.F) {
	for _, seed := range []string{"userPin", "API-Key", "PASSWD", "xOTP", "Totp1", "secretary"} {
		f.Add(seed, "x")
	}
	f.Add("na\u00efve", "\U0001F600\uffff<&>\u2028\\")
	f.Fuzz(func(t *testing.T, name, value string) {
		if DefaultRedactRegex.MatchString(name) && !(redactor{}).mayNameSecret(name) {
			t.Errorf("%q is missed", name)
		}
		raw, err := json.Marshal(map[string]any{"name": name, "value": []any{value, 1.5, nil}, name: true}, anyUTF8)
		if err != nil {
			return
		}
		unredacted, err := redactor{off: true}.canonical(raw, false)
		if err != nil {
			t.Fatal(err)
		}
		shown, err := redactor{more: regexp.MustCompile("$^")}.canonical(raw, false)
		if err != nil {
			t.Fatal(err)
		}
		if !DefaultRedactRegex.MatchString(name) && string(shown) != string(unredacted) {
			t.Errorf("%s and %s", shown, unredacted)
		}
		if again, err := (redactor{}).canonical(shown, false); err != nil || string(again) != string(shown) {
			t.Errorf("%s, again %s, %v", shown, again, err)
		}
	})
}

// TestCanonical_namesThatBecomeTheSame in NFC are one name twice.
func TestCanonical_namesThatBecomeTheSame(t *testing.T) {
	t.Parallel()
	if got, err := (redactor{}).canonical([]byte(`{"\u00e9":1,"e\u0301":2}`), false); err == nil {
		t.Errorf("got %s", got)
	}
	got, err := (redactor{}).canonical([]byte(`{"f":1,"e\u0301":2}`), false)
	if want := `{"f":1,"\u00e9":2}`; err != nil || string(got) != strings.ReplaceAll(want, `\u00e9`, "\u00e9") {
		t.Errorf("got %s, %v", got, err)
	}
}
