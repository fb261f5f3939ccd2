// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"
)

// The story of [Demo]: work items and approval items that examples and
// documents refer to by id.
const (
	DemoFinanceWorkItemID             = "2c9180867a1f4c3d017a1f9b2e4d0101" // two entitlements for Jane Doe
	DemoFinancePostingApprovalItemID  = "2c9180867a1f4c3d017a1f9b2e4d0111"
	DemoFinanceReportsApprovalItemID  = "2c9180867a1f4c3d017a1f9b2e4d0112"
	DemoContractorWorkItemID          = "2c9180867a1f4c3d017a1f9b2e4d0201" // Domain Admins for a contractor: reject it
	DemoDomainAdminsApprovalItemID    = "2c9180867a1f4c3d017a1f9b2e4d0211"
	DemoSalesWorkItemID               = "2c9180867a1f4c3d017a1f9b2e4d0301" // two entitlements for Omar Haddad
	DemoSalesConsoleApprovalItemID    = "2c9180867a1f4c3d017a1f9b2e4d0311"
	DemoSalesForecastApprovalItemID   = "2c9180867a1f4c3d017a1f9b2e4d0312"
	DemoPayrollWorkItemID             = "2c9180867a1f4c3d017a1f9b2e4d0401" // a removal for Lena Fischer
	DemoPayrollApprovalItemID         = "2c9180867a1f4c3d017a1f9b2e4d0411"
	DemoAccountSelectionWorkItemID    = "2c9180867a1f4c3d017a1f9b2e4d0501" // a form: which account gets the access
	DemoBadgeWorkItemID               = "2c9180867a1f4c3d017a1f9b2e4d0601" // manual action
	DemoLaptopWorkItemID              = "2c9180867a1f4c3d017a1f9b2e4d0701" // manual action
	DemoRemediationWorkItemID         = "2c9180867a1f4c3d017a1f9b2e4d0801"
	DemoLeaverTokenWorkItemID         = "2c9180867a1f4c3d017a1f9b2e4d0901" // owned by the leaver
	DemoLeaverMailboxWorkItemID       = "2c9180867a1f4c3d017a1f9b2e4d0a01" // owned by the leaver
	DemoCompletedApprovalWorkItemID   = "2c9180867a1f4c3d017a1f9b2e4d0b01" // closed, approved
	DemoCompletedApprovalItemID       = "2c9180867a1f4c3d017a1f9b2e4d0b11"
	DemoCompletedManualWorkItemID     = "2c9180867a1f4c3d017a1f9b2e4d0c01" // closed, completed
	DemoProvisioningWorkItemID        = "2c9180867a1f4c3d017a1f9b2e4d0d01" // manual action: an account to make, with a generated password
	DemoProvisioningPasswordItemID    = "2c9180867a1f4c3d017a1f9b2e4d0d12"
	DemoOwnerlessWorkItemID           = "2c9180867a1f4c3d017a1f9b2e4d0e01" // remediation born of a certification: nobody owns or requested it
	DemoLeaverID                      = "2c91808570313110017040b06f344ec9" // identity who has left
	DemoDeputyID                      = "2c9180835d2e5168015d32f890ca1581" // identity who takes over, known in every mock
	demoRequesterID, demoRequesterTwo = "2c918085842e69ae018432d22ccb212f", "2c9180867624cbd7017642d8c8c81f67"
)

// demoBase is when the story begins; fixtures do not depend on the clock.
var demoBase = time.Date(2026, time.March, 2, 8, 0, 0, 0, time.UTC)

// demoItem is the part that all work items of the story have in common.
func demoItem(id string, minutes int, kind, name, description string) WorkItem {
	return WorkItem{
		ID:          id,
		Created:     demoBase.Add(time.Duration(minutes) * time.Minute),
		Type:        kind,
		Name:        new(name),
		Description: description,
		Errors:      []string{},
	}
}

func (w WorkItem) requestedBy(id, name string) WorkItem {
	w.RequesterID, w.RequesterDisplayName = new(id), new(name)
	return w
}

func (w WorkItem) asking(items ...ApprovalItem) WorkItem {
	w.ApprovalItems, w.NumItems = items, new(len(items))
	return w
}

func (w WorkItem) ownedBy(id, name string) WorkItem {
	w.OwnerID, w.OwnerName = id, name
	return w
}

func (w WorkItem) ownerless() WorkItem {
	w.Ownerless = true
	return w
}

func (w WorkItem) finished(after time.Duration) WorkItem {
	at := w.Created.Add(after)
	w.State, w.Completed, w.Modified = new("Finished"), &at, &at
	for i := range w.ApprovalItems {
		w.ApprovalItems[i].State = new("Finished")
	}
	return w
}

func access(id, account, application, operation, value string) ApprovalItem {
	return ApprovalItem{
		ID: id, Account: new(account), Application: application,
		Name: new("memberOf"), Operation: operation, Value: new(value),
	}
}

// change is an approval item of a provisioning task: one change of an account on
// a source without a connector.
func change(id, account, source, operation string, name, value *string) ApprovalItem {
	return ApprovalItem{ID: id, Account: new(account), Application: source + " [source]", Operation: operation, Name: name, Value: value}
}

// DemoPassword is the generated password in the provisioning task of the story.
const DemoPassword = "Tmp-7kQ2!mzX-mainframe"

// Demo is a small story with fixed ids and dates: four approvals (one of them
// to be rejected), an account selection, manual actions (one of them a
// provisioning task with approval items), two remediations (one that nobody
// owns), two work items of a person who has left, and two closed ones. All
// others belong to the first client's identity.
func Demo() []WorkItem {
	return []WorkItem{
		demoItem(DemoFinanceWorkItemID, 0, "Approval", "Approval for Jane Doe", "Approve the account changes for Jane Doe").
			requestedBy(demoRequesterID, "Marta Manager").
			asking(
				access(DemoFinancePostingApprovalItemID, "jdoe", "Finance Reporting", "Add", "CN=GL-Posting,OU=Finance,DC=example,DC=com"),
				access(DemoFinanceReportsApprovalItemID, "jdoe", "Finance Reporting", "Add", "CN=GL-Reports,OU=Finance,DC=example,DC=com"),
			),
		demoItem(DemoContractorWorkItemID, 25, "Approval", "Approval for Carl Contractor", "Approve the account changes for Carl Contractor").
			requestedBy("2c91808a7b5c3e1d017b5c9e10aa0042", "Carl Contractor").
			asking(access(DemoDomainAdminsApprovalItemID, "x-ccontractor", "Active Directory", "Add", "CN=Domain Admins,CN=Users,DC=example,DC=com")),
		demoItem(DemoSalesWorkItemID, 70, "Approval", "Approval for Omar Haddad", "Approve the account changes for Omar Haddad").
			requestedBy(demoRequesterTwo, "Sofia Sales").
			asking(
				access(DemoSalesConsoleApprovalItemID, "ohaddad", "CRM", "Add", "CN=Sales-Console,OU=CRM,DC=example,DC=com"),
				access(DemoSalesForecastApprovalItemID, "ohaddad", "CRM", "Add", "CN=Forecast-Editors,OU=CRM,DC=example,DC=com"),
			),
		demoItem(DemoPayrollWorkItemID, 130, "Approval", "Approval for Lena Fischer", "Approve removal of access for Lena Fischer").
			requestedBy(demoRequesterID, "Marta Manager").
			asking(access(DemoPayrollApprovalItemID, "lfischer", "Payroll", "Remove", "CN=Payroll-Clerks,OU=HR,DC=example,DC=com")),
		accountSelection(
			demoItem(DemoAccountSelectionWorkItemID, 180, "Form", "Account selection for Jane Doe", "Select the account that gets the requested access").
				requestedBy(demoRequesterID, "Marta Manager"),
			"Jane Doe", "jdoe", "adm-jdoe"),
		demoItem(DemoBadgeWorkItemID, 240, "ManualAction", "Badge for Jane Doe", "Hand out the building badge for site Berlin"),
		demoItem(DemoLaptopWorkItemID, 300, "ManualAction", "Laptop return of Carl Contractor", "Collect the laptop and confirm the disk is wiped"),
		demoItem(DemoProvisioningWorkItemID, 330, "ManualAction", "Mainframe account for Jane Doe", "Create account on source 'Mainframe'").
			asking(
				change("2c9180867a1f4c3d017a1f9b2e4d0d11", "JDOE01", "Mainframe", "Create", new("userName"), new("JDOE01")),
				change(DemoProvisioningPasswordItemID, "JDOE01", "Mainframe", "Create", new("password"), new(DemoPassword)),
				change("2c9180867a1f4c3d017a1f9b2e4d0d13", "JDOE01", "Mainframe", "Add", new("groups"), new("TSO")),
				change("2c9180867a1f4c3d017a1f9b2e4d0d14", "JDOE01", "Mainframe", "Create", nil, nil),
			),
		remediation(demoItem(DemoRemediationWorkItemID, 360, "Remediation", "Revoke VPN access of Tom Temp", "Remove the entitlement revoked in the access review"),
			"2c9180867a1f4c3d017a1f9b2e4d0811", "ttemp", "Tom Temp"),
		remediation(demoItem(DemoOwnerlessWorkItemID, 370, "Remediation", "Revoke VPN access of Uma Uncertain", "Remove the entitlement revoked in the access review").ownerless(),
			"2c9180867a1f4c3d017a1f9b2e4d0e11", "uuncertain", "Uma Uncertain"),
		demoItem(DemoLeaverTokenWorkItemID, 420, "ManualAction", "Hardware token for Ines Novak", "Send the hardware token to the home office").
			ownedBy(DemoLeaverID, "Leo Leaver"),
		demoItem(DemoLeaverMailboxWorkItemID, 430, "ManualAction", "Shared mailbox for Ines Novak", "Create the shared mailbox of the procurement team").
			ownedBy(DemoLeaverID, "Leo Leaver"),
		demoItem(DemoCompletedApprovalWorkItemID, -2000, "Approval", "Approval for Ines Novak", "Approve the account changes for Ines Novak").
			requestedBy(demoRequesterTwo, "Sofia Sales").
			asking(access(DemoCompletedApprovalItemID, "inovak", "Procurement", "Add", "CN=Buyers,OU=Procurement,DC=example,DC=com")).
			finished(26 * time.Hour),
		demoItem(DemoCompletedManualWorkItemID, -1500, "ManualAction", "Desk phone for Lena Fischer", "Register the desk phone").
			finished(3 * time.Hour),
	}
}

// accountSelection adds a form: a field that lists its allowed accounts, and a
// nested section with an optional field.
func accountSelection(w WorkItem, person, account, adminAccount string) WorkItem {
	choice := func(name string) map[string]any {
		return map[string]any{"displayName": name, "value": name}
	}
	w.Form = &Form{
		ID:         new("f" + w.ID[1:]),
		Name:       new("Account Selection"),
		Title:      new("Select an account for " + person),
		Subtitle:   nil,
		TargetUser: person,
		Sections: []Section{{
			Name:  new("accountSelection"),
			Label: new("Accounts"),
			FormItems: []json.RawMessage{
				formItem(map[string]any{
					"name": "accountId", "displayName": "Account", "displayType": "SELECT", "required": true,
					"allowedValuesList": []any{choice(account), choice(adminAccount)}, "value": nil,
				}),
				formItem(map[string]any{
					"name": "details", "label": "Details",
					"formItems": []any{map[string]any{
						"name": "justification", "displayName": "Justification", "displayType": "TEXT", "required": false,
						"allowedValuesList": nil, "value": nil,
					}},
				}),
			},
		}},
	}
	return w
}

func formItem(item map[string]any) json.RawMessage {
	data, err := json.Marshal(item)
	if err != nil {
		panic(err) // maps of strings always encode
	}
	return data
}

func remediation(w WorkItem, id, account, person string) WorkItem {
	w.RemediationItems = []RemediationItem{{
		ID: id, TargetID: "b" + id[1:], TargetName: account, TargetDisplayName: person,
		ApplicationName: "VPN Gateway", AttributeName: "groups", AttributeOperation: "Remove",
		AttributeValue: "vpn-external", NativeIdentity: "CN=" + person + ",OU=People,DC=example,DC=com",
	}}
	w.NumItems = new(1)
	return w
}

// generatedMix is what every 20 generated work items are, in shuffled order.
var generatedMix = [20]generatedKind{
	{approvalItems: 1}, {approvalItems: 1}, {approvalItems: 1}, {approvalItems: 2}, {approvalItems: 2},
	{approvalItems: 2}, {approvalItems: 3}, {approvalItems: 3}, {approvalItems: 4}, {approvalItems: 5},
	{name: "Form"}, {name: "Form"}, {name: "Form"},
	{name: "Provisioning"}, {name: "Provisioning"}, {name: "Provisioning"}, {name: "ManualAction"}, {name: "ManualAction"},
	{name: "Remediation"}, {name: "Remediation"},
}

// generatedKind is an approval with that many items, or what the name says.
type generatedKind struct {
	name          string
	approvalItems int
}

// Generate makes n open work items of one owner, the same ones for the same
// seed: of every 20, 10 approvals with 1 to 5 undecided approval items (seven
// with two or more), 3 account selections, 5 manual actions (3 of them
// provisioning tasks with approval items, one in five of which carries a
// generated password) and 2 remediations. Where the API allows null, some are
// null.
func Generate(n int, seed uint64, ownerID, ownerName string) []WorkItem {
	g := &generator{Rand: rand.New(rand.NewPCG(seed, 20))}
	items := make([]WorkItem, 0, n)
	var order []int
	for i := range n {
		if i%len(generatedMix) == 0 {
			order = g.Perm(len(generatedMix))
		}
		items = append(items, g.item(i, generatedMix[order[i%len(generatedMix)]]).ownedBy(ownerID, ownerName))
	}
	return items
}

type generator struct {
	*rand.Rand
	changes int // made so far
}

func (g *generator) id() string {
	var raw [16]byte
	for i := range raw {
		raw[i] = byte(g.Uint32())
	}
	return hex.EncodeToString(raw[:])
}

func (g *generator) oneOf(words ...string) string { return words[g.IntN(len(words))] }

func (g *generator) item(i int, kind generatedKind) WorkItem {
	first := g.oneOf("Ada", "Ben", "Chloe", "Dmitri", "Elif", "Femi", "Greta", "Hugo", "Ivy", "Jonas")
	last := g.oneOf("Adler", "Brandt", "Costa", "Dupont", "Eriksen", "Farouk", "Greco", "Huang")
	person, account := first+" "+last, fmt.Sprintf("%c%s%d", first[0]|0x20, last, i)
	w := WorkItem{
		ID:      g.id(),
		Created: demoBase.Add(time.Duration(i)*time.Minute + time.Duration(g.IntN(60_000))*time.Millisecond),
	}
	switch kind.name {
	case "Form":
		w.Type, w.Description = "Form", "Select the account that gets the requested access"
		w.Name = new("Account selection for " + person)
		w = accountSelection(w, person, account, "adm-"+account)
	case "ManualAction":
		w.Type, w.Description = "ManualAction", fmt.Sprintf("Create account on source '%s'", g.oneOf("Mainframe", "Badge System", "Fleet"))
		if g.IntN(2) == 0 {
			w.Name = new("Manual action for " + person)
		}
	case "Provisioning":
		source := g.oneOf("Mainframe", "Badge System", "Fleet")
		w.Type, w.Description = "ManualAction", fmt.Sprintf("Create account on source '%s'", source)
		w.Name = new(source + " account for " + person)
		w = w.asking(g.provisioning(1+g.IntN(5), account, source)...)
	case "Remediation":
		w.Type, w.Description = "Remediation", "Remove the entitlement revoked in the access review"
		w.Name = new("Revoke access of " + person)
		w = remediation(w, g.id(), account, person)
	default:
		w.Type, w.Description = "Approval", "Approve the account changes for "+person
		w.Name = new("Approval for " + person)
		w = w.requestedBy(g.id(), g.oneOf("Marta Manager", "Sofia Sales", "Otto Operations")).asking(g.approvalItems(kind.approvalItems, account)...)
	}
	return w
}

func (g *generator) approvalItems(n int, account string) []ApprovalItem {
	items := make([]ApprovalItem, n)
	for i := range items {
		application := g.oneOf("Finance Reporting", "CRM", "Payroll", "Active Directory", "Data Warehouse")
		group := g.oneOf("Readers", "Editors", "Approvers", "Operators")
		items[i] = access(g.id(), account, application, g.oneOf("Add", "Add", "Add", "Remove"), fmt.Sprintf("CN=%s-%d,OU=Groups,DC=example,DC=com", group, i+1))
		switch g.IntN(8) {
		case 0: // an account that is still to be created
			items[i].Account = nil
		case 1: // a role or access profile rather than an attribute
			items[i].Name = nil
		}
	}
	return items
}

// provisioning makes the changes of an account that a manual task asks for.
func (g *generator) provisioning(n int, account, source string) []ApprovalItem {
	items := make([]ApprovalItem, n)
	for i := range items {
		g.changes++
		name, value := new(g.oneOf("userName", "mail", "costCenter", "groups")), new(fmt.Sprintf("%s-%d", account, i+1))
		switch {
		case g.changes%5 == 0:
			name, value = new("password"), new("Gen-"+g.id()[:12])
		case g.IntN(6) == 0:
			name = nil
		case g.IntN(6) == 0:
			value = nil
		}
		items[i] = change(g.id(), account, source, g.oneOf("Create", "Create", "Add", "Remove"), name, value)
	}
	return items
}
