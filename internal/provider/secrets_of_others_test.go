// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-version"

	"github.com/sailpoint-gitops/terraform-provider-sailpoint/internal/mockisc"
)

// secretsOfOthers are generated passwords in work items, wherever one can be.
var secretsOfOthers = []string{"S3cr3t/of+others-1", "S3cr3t/of+others-2", "S3cr3t/of+others-3", "S3cr3t/of+others-4"}

// worldOfSecrets has a manual task, a remediation, an approval and a form with
// passwords in them.
func worldOfSecrets() []mockisc.WorkItem {
	task := openWorkItem(workItem1, "ManualAction")
	task.ApprovalItems = []mockisc.ApprovalItem{
		{ID: item1, Application: "Mainframe [source]", Operation: "Create", Name: new("userPassword"), Value: &secretsOfOthers[0], Account: new("jdoe")},
		{ID: item2, Application: "Mainframe [source]", Operation: "Create", Name: new("uid"), Value: new("jdoe")},
	}
	task.RemediationItems = []mockisc.RemediationItem{{ID: "r1", ApplicationName: "Mainframe", AttributeName: "PIN", AttributeOperation: "Set", AttributeValue: secretsOfOthers[1]}}
	approval := approvalWorkItem(workItem2, item3)
	approval.ApprovalItems[0].Name, approval.ApprovalItems[0].Value = new("clientSecret"), &secretsOfOthers[2]
	form := formWorkItem("2c91808a0000000000000000000000a3")
	form.Form.Sections[0].FormItems = append(form.Form.Sections[0].FormItems, json.RawMessage(fmt.Sprintf(`{"name":"initialPwd","type":"text","value":%q}`, secretsOfOthers[3])))
	return []mockisc.WorkItem{task, approval, form}
}

// TestSecretsOfOthers_areNowhere runs the real terraform over everything that
// shows work items, with the most talkative log, and looks for the passwords
// wherever something is written.
func TestSecretsOfOthers_areNowhere(t *testing.T) {
	t.Parallel()
	c := newWorld(t, worldOfSecrets()...).commandLine(requirePlugin(t))
	logFile := filepath.Join(c.folder, "terraform.log")
	c.env = append(c.env, "TF_LOG=TRACE", "TF_LOG_PATH="+logFile)
	var written strings.Builder
	run := func(wantError bool, args ...string) string {
		t.Helper()
		command := c.command(append(args, "-no-color")...)
		var out strings.Builder
		command.Stdout, command.Stderr = &out, &out
		if err := command.Run(); (err != nil) != wantError {
			t.Fatalf("terraform %v: %v\n%s", args, err, out.String())
		}
		written.WriteString(out.String())
		return out.String()
	}
	common := liftedRate + fmt.Sprintf(`
data "sailpoint_workitem" "task" { id = %q }
data "sailpoint_workitems" "all" { status = "all" }
data "sailpoint_workitems_snapshot" "all" {}
output "task" { value = data.sailpoint_workitem.task }
output "all" { value = data.sailpoint_workitems.all }
output "snapshot" { value = data.sailpoint_workitems_snapshot.all }
output "pending" { value = provider::sailpoint::pending_approvals(data.sailpoint_workitems.all.workitems) }
ephemeral "sailpoint_workitem" "task" { id = %q }
`, workItem1, workItem1)

	// Errors that show items: another guard, an unknown item, a value to expect.
	c.write("main.tf", common+approval(workItem2, item3, "approve", `expect = { value = "x" }`)+strings.Replace(approval(workItem2, "other", "approve"), `"this"`, `"other"`, 1)+
		hcl(completionType, `workitem_id = "`+workItem1+`"`, "done = true", `expected_item_ids = ["other"]`))
	if out := run(true, "plan", "-input=false"); strings.Count(out, "Error: ") != 3 || !strings.Contains(out, "(redacted)") {
		t.Errorf("the errors:\n%s", out)
	}
	// What is done, as resources.
	c.write("main.tf", common+approval(workItem2, item3, "approve")+
		hcl(completionType, `workitem_id = "`+workItem1+`"`, "done = true")+
		hcl(selectionType, `workitem_id = "2c91808a0000000000000000000000a3"`, `selections = { accountId = "a1" }`)+
		strings.Replace(hcl(completionType, `workitem_id = "`+workItem2+`"`, "done = true", "depends_on = [sailpoint_workitem_approval.this]"), `"this"`, `"approval"`, 1))
	run(false, "plan", "-input=false", "-out=saved.tfplan")
	if shown := run(false, "show", "-json", "saved.tfplan"); strings.Count(shown, `"value_redacted":true`) < 3 || !strings.Contains(shown, `"attribute_value_redacted":true`) || !strings.Contains(shown, `\"valueRedacted\":true`) {
		t.Errorf("nothing is redacted, so the plan proves nothing")
	}
	run(false, "apply", "-input=false", "saved.tfplan")
	run(false, "show", "-json")
	run(false, "plan", "-input=false")

	// As actions and queries, where there are some.
	if terraformVersion(t).GreaterThanOrEqual(version.Must(version.NewVersion(actionsSince))) {
		c.Reset()
		c.Add(worldOfSecrets()...)
		c.write("main.tf", liftedRate+fmt.Sprintf(`
action "sailpoint_workitem_approve" "one" {
  config {
    workitem_id = %q
    approval_item_id = %q
  }
}
action "sailpoint_workitem_complete" "task" {
  config { workitem_id = %q }
}
`, workItem2, item3, workItem1))
		c.write("all.tfquery.hcl", "list \"sailpoint_workitem_approval\" \"all\" {\n  provider = sailpoint\n  include_resource = true\n}\nlist \"sailpoint_workitem_completion\" \"all\" {\n  provider = sailpoint\n  include_resource = true\n}\n")
		run(false, "query", "-generate-config-out=generated.tf")
		if err := os.Rename(filepath.Join(c.folder, "generated.tf"), filepath.Join(c.folder, "generated.txt")); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"sailpoint_workitem_approve.one", "sailpoint_workitem_complete.task"} {
			if out := run(false, "apply", "-auto-approve", "-input=false", "-invoke=action."+name); !strings.Contains(out, "Sending the request") {
				t.Errorf("the progress:\n%s", out)
			}
		}
	}

	places := map[string]string{"standard output or error": written.String(), "the mock's recordings": recordings(t, c.Server)}
	files, err := filepath.Glob(filepath.Join(c.folder, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		places[filepath.Base(file)] = string(content)
	}
	for file, content := range unzip(t, filepath.Join(c.folder, "saved.tfplan")) {
		places["saved.tfplan/"+file] = content
	}
	if strings.Count(places["terraform.log"], "API request") < 10 || len(places["terraform.tfstate"]) == 0 || len(places["saved.tfplan/tfplan"]) == 0 {
		t.Error("log, state or plan are empty, so they prove nothing")
	}
	for place, content := range places {
		for _, secret := range secretsOfOthers {
			for _, form := range slices.Compact(formsOf(t, secret)) {
				if at := strings.Index(content, form); at >= 0 {
					t.Errorf("%s: found %q in %q", place, form, content[max(0, at-200):at+len(form)])
				}
			}
		}
	}
}
