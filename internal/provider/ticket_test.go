// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// The ticket of the gitops example is tested on real plans and, for what only
// newer versions of Terraform plan, on JSON in their shape.
func requireTool(t *testing.T, names ...string) {
	t.Helper()
	for _, name := range names {
		if _, err := exec.LookPath(name); err != nil {
			t.Skipf("requires %s", name)
		}
	}
}

// gitopsFile returns the absolute path of a file of the example.
func gitopsFile(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(examples, "gitops", "ci", name))
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// ticket runs ticket.jq on inputs, in a mode, for the origin https://acme.
func ticket(t *testing.T, mode string, inputs ...string) (out string, err error) {
	t.Helper()
	requireTool(t, "jq")
	args := []string{"-r", "--arg", "mode", mode, "--arg", "origin", "https://acme", "-f", gitopsFile(t, "ticket.jq")}
	for i, input := range inputs {
		file := filepath.Join(t.TempDir(), fmt.Sprintf("input-%d.json", i))
		if err := os.WriteFile(file, []byte(input), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, file)
	}
	printed, err := exec.CommandContext(t.Context(), "jq", args...).CombinedOutput()
	return string(printed), err
}

func mustTicket(t *testing.T, mode string, inputs ...string) string {
	t.Helper()
	out, err := ticket(t, mode, inputs...)
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return out
}

// planned returns the JSON of a plan of decisions in a map, and the lines of
// plan -json.
func plannedDecisions(t *testing.T, w *world, hcl string) (plan string) {
	t.Helper()
	c := w.commandLine(requirePlugin(t))
	c.write("main.tf", liftedRate+hcl)
	c.terraform("plan", "-input=false", "-out=plan.bin")
	return c.terraform("show", "-json", "plan.bin")
}

// TestTicket_ofRealPlans: a row for each act, rejections first, and what doesn't
// fit into a comment is counted.
func TestTicket_ofRealPlans(t *testing.T) {
	t.Parallel()
	requireTool(t, "jq")
	for _, n := range []int{1, 30, 300} {
		items, decisions := manyDecisions(n, n, n)
		for i := range decisions {
			if i%10 == 9 {
				decisions[i]["decision"] = "reject"
			}
		}
		w := newWorld(t, items...)
		plan := plannedDecisions(t, w, strings.Replace(ledgerOf(decisions), "  decision         = each.value.decision\n", "  decision         = each.value.decision\n  expect           = { account = \"jdoe\", value = \"x\" }\n", 1))
		got := mustTicket(t, "ticket", plan)
		rows := strings.Count(got, "\n| approve") + strings.Count(got, "\n| reject")
		left := 0
		if m := regexp.MustCompile(`\*\*(\d+) more rows don't fit`).FindStringSubmatch(got); m != nil {
			fmt.Sscan(m[1], &left)
		}
		if rows+left != n || len(got) > 65_536 || n < 300 && left != 0 {
			t.Errorf("%d decisions: %d rows and %d left out, in %d bytes", n, rows, left, len(got))
		}
		if rejected := strings.Count(got, "\n| reject"); rejected != n/10 || strings.LastIndex(got, "\n| reject") > strings.Index(got, "\n| approve") {
			t.Errorf("%d decisions: %d rejections, which don't come first", n, rejected)
		}
		if count := mustTicket(t, "count", plan); count != fmt.Sprintln(n) {
			t.Errorf("the count is %s", count)
		}
		lines := strings.Split(strings.TrimSpace(mustTicket(t, "acts", plan)), "\n")
		slices.Sort(lines)
		if len(slices.Compact(lines)) != n {
			t.Errorf("%d lines for %d acts", len(lines), n)
		}
	}
}

// TestTicket_ofSeveralItems says of each on which application and for whom it is.
func TestTicket_ofSeveralItems(t *testing.T) {
	t.Parallel()
	requireTool(t, "jq")
	approvals := approvalWorkItem(workItem1, item1, item2)
	approvals.ApprovalItems[1].Application, approvals.ApprovalItems[1].Account = "Active Directory", new("x-ccontractor")
	remediation := openWorkItem(workItem2, "Remediation")
	remediation.RemediationItems = []mockisc.RemediationItem{{
		ID: item3, ApplicationName: "VPN", AttributeName: "groups", AttributeOperation: "Remove", AttributeValue: "external", NativeIdentity: "ttemp", TargetDisplayName: "Tina Temp",
	}}
	got := mustTicket(t, "ticket", plannedDecisions(t, newWorld(t, approvals, remediation), bulk("approve")+fmt.Sprintf(`
resource "sailpoint_workitem_completion" "this" {
  workitem_id = %q
  done        = true
}
`, workItem2)))
	for _, want := range []string{
		`"Add" "groups" "CN=Group 1" on "Finance" for "jdoe"; "Add" "groups" "CN=Group 2" on "Active Directory" for "x-ccontractor"`,
		`"Remove" "groups" "external" on "VPN" for "ttemp" of "Tina Temp"`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the ticket lacks %s:\n%s", want, got)
		}
	}
}

// hostile is text that would be something else in a comment, a log or a table.
const hostile = "a|b `code` ```\n::add-mask::x ##[group]y\n<img src=x onerror=y> @octocat #1 [z](https://evil.example) www.evil.example https://evil.example \u202e\u200b \x1b[2K <!-- &amp; ~~s~~ **b** _i_ \\|"

// wantDefused fails if the ticket has Markdown, HTML or the like of others.
func wantDefused(t *testing.T, ticket string) {
	t.Helper()
	for _, bad := range []string{"`code`", "<img", "@octocat", "#1 ", "](", "https://evil", "www.evil", "\u202e", "\u200b", "\x1b", "<!--", "~~", "**b**", "_i_", "::add-mask", "##[", "\\|"} {
		if strings.Contains(ticket, bad) {
			t.Errorf("%q is in the ticket:\n%s", bad, ticket)
		}
	}
	for line := range strings.Lines(ticket) {
		if strings.HasPrefix(line, "|") && strings.Count(line, "|") != 6 {
			t.Errorf("a row of %d cells: %s", strings.Count(line, "|")-1, line)
		}
	}
}

// TestTicket_ofHostileText: names of the service, keys of the configuration and
// messages are only text.
func TestTicket_ofHostileText(t *testing.T) {
	t.Parallel()
	requireTool(t, "jq")
	wi := approvalWorkItem(workItem1, item1)
	wi.Name, wi.RequesterDisplayName = new(hostile), new(hostile)
	wi.ApprovalItems[0].Value, wi.ApprovalItems[0].Account, wi.ApprovalItems[0].Application = new(hostile), new(hostile), hostile
	key, err := json.Marshal(strings.NewReplacer("\x1b", "", "\n", " ").Replace(hostile))
	if err != nil {
		t.Fatal(err)
	}
	plan := plannedDecisions(t, newWorld(t, wi), fmt.Sprintf("resource \"sailpoint_workitem_approval\" \"this\" {\n  for_each = { %s = 1 }\n  workitem_id = %q\n  approval_item_id = %q\n  decision = \"reject\"\n}\n", key, workItem1, item1))
	got := mustTicket(t, "ticket", plan)
	wantDefused(t, got)
	if !strings.Contains(got, "| reject | <code>") || !strings.Contains(got, "**none**") {
		t.Errorf("the ticket:\n%s", got)
	}
	diagnostic := func(severity, text string) string {
		line, err := json.Marshal(map[string]any{"type": "diagnostic", "diagnostic": map[string]any{"severity": severity, "summary": text, "detail": "````\n" + text, "address": text}})
		if err != nil {
			t.Fatal(err)
		}
		return string(line)
	}
	failed := mustTicket(t, "ticket", diagnostic("error", hostile)+"\n"+diagnostic("warning", hostile))
	if !strings.HasPrefix(failed, "**INCOMPLETE") || !strings.Contains(failed, "\n`````text\n") || strings.ContainsAny(failed, "\x1b\u202e") {
		t.Errorf("the ticket of a failed plan:\n%s", failed)
	}
}

// planJSON is a plan in the shape of terraform show -json.
func planJSON(t *testing.T, edit func(plan, change map[string]any)) string {
	t.Helper()
	const ours = "registry.terraform.io/sailpoint-gitops/sailpoint"
	after := map[string]any{
		"workitem_id": workItem1, "approval_item_id": item1, "decision": "approve", "summary": `approve: "Add" "x"`, "expect": nil,
		"item":     map[string]any{"account": "jdoe", "application": "Finance", "name": "groups", "operation": "Add", "value": "CN=GL", "value_redacted": false},
		"workitem": map[string]any{"name": "Access", "description": "d", "type": "Approval", "requester_id": "rita", "requester_display_name": "Rita", "created": "c"},
	}
	change := map[string]any{"actions": []any{"create"}, "before": nil, "after": after, "after_unknown": map[string]any{"outcome": true}, "after_sensitive": map[string]any{}}
	resource := map[string]any{"address": `sailpoint_workitem_approval.t["a"]`, "mode": "managed", "type": "sailpoint_workitem_approval", "name": "t", "provider_name": ours, "change": change}
	plan := map[string]any{
		"format_version": "1.2", "complete": true, "errored": false, "resource_changes": []any{resource},
		"configuration": map[string]any{
			"provider_config": map[string]any{"sailpoint": map[string]any{"full_name": ours}, "ad": map[string]any{"full_name": "registry.terraform.io/hashicorp/ad"}},
			"root_module":     map[string]any{"resources": []any{map[string]any{"address": "sailpoint_workitem_approval.t", "mode": "managed", "provider_config_key": "sailpoint", "expressions": map[string]any{"expect": map[string]any{"references": []any{"each.value"}}}}}},
		},
	}
	if edit != nil {
		edit(plan, resource)
	}
	encoded, err := json.Marshal(plan)
	if err != nil {
		t.Fatal(err)
	}
	return string(encoded)
}

// at returns an object within.
func at(object map[string]any, keys ...string) map[string]any {
	for _, key := range keys {
		object = object[key].(map[string]any)
	}
	return object
}

// configuration returns the expressions of the resource of planJSON.
func expressions(plan map[string]any) map[string]any {
	return at(plan, "configuration", "root_module")["resources"].([]any)[0].(map[string]any)["expressions"].(map[string]any)
}

func TestTicket_shapes(t *testing.T) {
	t.Parallel()
	requireTool(t, "jq")
	type object = map[string]any
	configure := func(plan object, extra object) {
		root := at(plan, "configuration", "root_module")
		root["resources"] = append(root["resources"].([]any), extra)
	}
	addChange := func(plan object, extra object) {
		plan["resource_changes"] = append(plan["resource_changes"].([]any), extra)
	}
	invoke := func(plan object, extra object) {
		invocation := object{
			"address": "action.sailpoint_workitem_approve.x", "type": "sailpoint_workitem_approve", "name": "x", "provider_name": "registry.opentofu.org/sailpoint-gitops/sailpoint",
			"config_values": object{"workitem_id": workItem1, "approval_item_id": item1}, "config_unknown": object{}, "config_sensitive": object{},
		}
		maps.Copy(invocation, extra)
		existing, _ := plan["action_invocations"].([]any)
		plan["action_invocations"] = append(existing, invocation)
	}
	for name, test := range map[string]struct {
		edit  func(plan, resource object)
		want  []string
		count int
	}{
		"one decision": {nil, []string{"### 1 decision: 1 approve\n", "| approve | <code>approve: \"Add\" \"x\"</code> | <code>CN=GL</code> | <code>Access (2c91…00a1)</code> | **none** |"}, 1},
		"with a guard": {func(_, r object) { at(r, "change", "after")["expect"] = object{"account": "jdoe", "value": nil} }, []string{"| configured: account |"}, 1},
		"with constants": {func(p, r object) {
			at(r, "change", "after")["expect"] = object{"account": "jdoe"}
			expressions(p)["expect"] = object{"constant_value": object{"account": "jdoe"}}
		}, []string{"| pinned: account |"}, 1},
		"with what was read": {func(p, r object) {
			at(r, "change", "after")["expect"] = object{"account": "jdoe"}
			expressions(p)["expect"] = object{"references": []any{"data.sailpoint_workitem.x.approval_items", "data.sailpoint_workitem.x"}}
		}, []string{"| **computed**: account |"}, 1},
		"guarded later": {func(_, r object) { at(r, "change", "after_unknown")["expect"] = true }, []string{"| checked at apply |"}, 1},
		"redacted": {func(_, r object) {
			at(r, "change", "after", "item")["value_redacted"] = true
			at(r, "change", "after", "item")["value"] = nil
		}, []string{"| (redacted) |"}, 1},
		"sensitive": {func(_, r object) {
			at(r, "change", "after_sensitive")["item"] = object{"value": true}
			at(r, "change", "after_sensitive")["summary"] = true
		}, []string{"| (sensitive) | (sensitive) |"}, 1},
		"known at apply": {func(_, r object) {
			u := at(r, "change", "after_unknown")
			u["workitem_id"], u["summary"], u["item"] = true, true, true
			delete(at(r, "change", "after"), "item")
		}, []string{"| **(known at apply)** | **(known at apply)** | **(known at apply)** |"}, 1},
		"decided later": {func(_, r object) { at(r, "change", "after_unknown")["decision"] = true }, []string{"| **(known at apply)** |"}, 1},
		"adopted": {func(_, r object) {
			delete(at(r, "change", "after_unknown"), "outcome")
			at(r, "change", "after")["outcome"] = "adopted"
		}, []string{"### 0 decisions · 1 recorded", "Recorded, nothing is sent: 1."}, 0},
		"a change that records": {func(_, r object) {
			delete(at(r, "change", "after_unknown"), "outcome")
			at(r, "change", "after")["outcome"] = "performed"
			r["change"].(object)["actions"] = []any{"update"}
		}, []string{"### 0 decisions"}, 0},
		"an import that is done": {func(_, r object) {
			r["change"].(object)["actions"] = []any{"update"}
			r["change"].(object)["importing"] = object{"id": "x"}
		}, []string{"| approve · **imported** |"}, 1},
		"an import that records": {func(_, r object) {
			r["change"].(object)["actions"] = []any{"no-op"}
			r["change"].(object)["importing"] = object{"id": "x"}
		}, []string{"### 0 decisions · 1 imported"}, 0},
		"a replacement":            {func(_, r object) { r["change"].(object)["actions"] = []any{"delete", "create"} }, []string{"| approve · **replaces a record** |"}, 1},
		"a replacement before":     {func(_, r object) { r["change"].(object)["actions"] = []any{"create", "delete"} }, []string{"| approve · **replaces a record** |"}, 1},
		"a replacement, forgetful": {func(_, r object) { r["change"].(object)["actions"] = []any{"create", "forget"} }, []string{"· 1 forgotten", "| approve · **replaces a record** |", "Forgotten, the decision stands: 1."}, 1},
		"destroyed": {func(_, r object) {
			r["change"].(object)["actions"] = []any{"delete"}
			r["change"].(object)["after"] = nil
		}, []string{"### 0 decisions · 1 forgotten", "Forgotten, the decision stands: 1."}, 0},
		"forgotten":      {func(_, r object) { r["change"].(object)["actions"] = []any{"forget"} }, []string{"Forgotten, the decision stands: 1."}, 0},
		"unheard of":     {func(_, r object) { r["change"].(object)["actions"] = []any{"defer", "create"} }, []string{"**defer, create**"}, 1},
		"deposed":        {func(_, r object) { r["deposed"] = "abc"; r["change"].(object)["actions"] = []any{"delete"} }, []string{"### 0 decisions"}, 0},
		"under OpenTofu": {func(_, r object) { r["provider_name"] = "registry.opentofu.org/sailpoint-gitops/sailpoint" }, []string{"### 1 decision: 1 approve"}, 1},
		"of another source": {func(_, r object) { r["provider_name"] = "registry.terraform.io/evil/sailpoint" }, []string{
			"**1 change by registry.terraform.io/evil/sailpoint**", "is not this provider's, but registry.terraform.io/evil/sailpoint's**",
		}, 0},
		"beside others": {func(p, _ object) {
			addChange(p, object{"address": "ad_user.x", "mode": "managed", "type": "ad_user", "provider_name": "registry.terraform.io/hashicorp/ad", "change": object{"actions": []any{"create"}}})
			configure(p, object{"address": "data.ad_user.y", "mode": "data", "provider_config_key": "ad"})
			configure(p, object{"address": "terraform_data.z", "mode": "managed", "provider_config_key": "terraform", "provisioners": []any{object{"type": "local-exec"}}})
		}, []string{"**1 change by registry.terraform.io/hashicorp/ad**", "**1 data source of registry.terraform.io/hashicorp/ad**", "**provisioners in terraform&#95;data.z**"}, 1},
		"errored":    {func(p, _ object) { p["errored"] = true }, []string{"**INCOMPLETE"}, -1},
		"incomplete": {func(p, _ object) { p["complete"] = false }, []string{"**INCOMPLETE"}, -1},
		"an action":  {func(p, _ object) { invoke(p, nil) }, []string{"### 2 decisions: 2 approve", "| approve · action | <code>approve: action.sailpoint&#95;workitem&#95;approve.x</code> | **unknown** | <code>2c91…00a1</code> | **none** |"}, 2},
		"an action with a guard": {func(p, _ object) {
			invoke(p, object{"config_values": object{"workitem_id": workItem1, "expect": object{"account": "jdoe", "value": "x"}}, "lifecycle_action_trigger": object{"triggering_resource_address": "terraform_data.x", "action_trigger_event": "AfterCreate", "on_failure": "continue"}})
		}, []string{"· **on_failure = continue** |", "| <code>account = jdoe, value = x</code> |", "| configured: account, value |"}, 2},
		"an action, invoked twice": {func(p, _ object) { invoke(p, nil); invoke(p, nil) }, []string{"### 3 decisions: 3 approve", "| approve · action × 2 |"}, 3},
		"a sensitive action": {func(p, _ object) {
			invoke(p, object{"type": "sailpoint_workitem_submit_account_selection", "config_values": object{"workitem_id": workItem1, "selections": object{"a": "hidden"}}, "config_sensitive": object{"selections": object{"a": true}}})
		}, []string{"| (sensitive) |"}, 2},
		"another action": {func(p, _ object) { invoke(p, object{"provider_name": "registry.terraform.io/hashicorp/local"}) }, []string{"**1 action of registry.terraform.io/hashicorp/local**"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			plan := planJSON(t, test.edit)
			got := mustTicket(t, "ticket", plan)
			for _, want := range test.want {
				if !strings.Contains(got, want) {
					t.Errorf("%q is not in\n%s", want, got)
				}
			}
			if strings.Contains(got, "hidden") {
				t.Errorf("a sensitive value is in\n%s", got)
			}
			count, err := ticket(t, "count", plan)
			if test.count < 0 && err == nil || test.count >= 0 && count != fmt.Sprintln(test.count) {
				t.Errorf("the count is %s (%v), want %d", count, err, test.count)
			}
		})
	}
}

// TestTicket_theFingerprint: each change of what was approved is another line;
// order, addresses and counters are not; and what can't be compared is refused.
func TestTicket_theFingerprint(t *testing.T) {
	t.Parallel()
	requireTool(t, "jq")
	type object = map[string]any
	approved := mustTicket(t, "acts", planJSON(t, nil))
	for name, test := range map[string]struct {
		edit func(plan, resource object)
		same bool
	}{
		"nothing":             {nil, true},
		"the address":         {func(_, r object) { r["address"] = "module.x.sailpoint_workitem_approval.other[0]" }, true},
		"a replacement":       {func(_, r object) { r["change"].(object)["actions"] = []any{"delete", "create"} }, true},
		"a note of Terraform": {func(p, _ object) { p["timestamp"] = "2026-01-01T00:00:00Z" }, true},
		"the decision":        {func(_, r object) { at(r, "change", "after")["decision"] = "reject" }, false},
		"the item":            {func(_, r object) { at(r, "change", "after")["approval_item_id"] = item2 }, false},
		"the work item":       {func(_, r object) { at(r, "change", "after")["workitem_id"] = workItem2 }, false},
		"a fact":              {func(_, r object) { at(r, "change", "after", "item")["value"] = "CN=Domain Admins" }, false},
		"the requester":       {func(_, r object) { at(r, "change", "after", "workitem")["requester_id"] = "otto" }, false},
		"the guard":           {func(_, r object) { at(r, "change", "after")["expect"] = object{"account": "jdoe"} }, false},
		"a guard for later":   {func(_, r object) { at(r, "change", "after_unknown")["expect"] = true }, false},
		"the provider":        {func(_, r object) { r["provider_name"] = "registry.opentofu.org/sailpoint-gitops/sailpoint" }, false},
	} {
		if got := mustTicket(t, "acts", planJSON(t, test.edit)); (got == approved) != test.same {
			t.Errorf("%s changes the line: %t\n%s", name, got != approved, got)
		}
	}
	for name, edit := range map[string]func(plan, resource object){
		"an unknown id":       func(_, r object) { at(r, "change", "after_unknown")["workitem_id"] = true },
		"an unknown decision": func(_, r object) { at(r, "change", "after_unknown")["decision"] = true },
		"a large number":      func(_, r object) { at(r, "change", "after")["expect"] = object{"account": 9007199254740993} },
		"a failed plan":       func(p, _ object) { p["errored"] = true },
		"an unknown action id": func(p, _ object) {
			p["action_invocations"] = []any{object{"address": "x", "type": "sailpoint_workitem_approve", "provider_name": "registry.terraform.io/sailpoint-gitops/sailpoint", "config_unknown": object{"workitem_id": true}}}
		},
	} {
		if out, err := ticket(t, "acts", planJSON(t, edit)); err == nil {
			t.Errorf("%s is compared: %s", name, out)
		}
	}
}

// TestTicket_inTheReadme: README.md shows the ticket of the demo, as it is.
func TestTicket_inTheReadme(t *testing.T) {
	t.Parallel()
	e := newExample(t, "demo/[^.]*")
	e.terraform("plan", "-input=false", "-out=plan.bin")
	got := mustTicket(t, "ticket", e.terraform("show", "-json", "plan.bin"))
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var quoted []string
	for line := range strings.Lines(got) {
		quoted = append(quoted, strings.TrimRight("> "+line, " \n"))
	}
	if want := strings.TrimRight(strings.Join(quoted, "\n"), "> \n"); !strings.Contains(string(readme), want) {
		t.Errorf("README.md doesn't have the ticket\n%s", want)
	}
}
