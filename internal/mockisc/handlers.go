// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package mockisc

import (
	"bytes"
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// call is one request on its way through the service.
type call struct {
	*Server
	r      *http.Request
	to     destination
	record *Request
	caller *Client // nil until authenticated
	token  string
	body   []byte
	broken bool // the body can't be read
}

// randomHex gives 32 hex characters, as ids and tracking ids have.
func randomHex() string {
	raw := make([]byte, 16)
	_, _ = rand.Read(raw) // never fails
	return hex.EncodeToString(raw)
}

// handle runs the operation.
func (c *call) handle() answer {
	ans, err := c.dispatch()
	var refused *refusal
	switch {
	case errors.As(err, &refused):
		return errorAnswer(refused.status, c.to.op, refused.text)
	case err != nil:
		return errorAnswer(http.StatusInternalServerError, c.to.op, err.Error())
	}
	return ans
}

func (c *call) dispatch() (answer, error) {
	if c.broken {
		return answer{}, refuse(http.StatusBadRequest, "the body can't be read")
	}
	if err := c.requireJSON(); err != nil {
		return answer{}, err
	}
	if c.to.op != OpToken && c.caller.IdentityID == "" {
		return answer{}, refuse(http.StatusForbidden, "the client acts for no user")
	}
	switch c.to.op {
	case OpToken:
		return c.issueToken()
	case OpList, OpListCompleted:
		return c.list()
	case OpIdentities:
		return c.listIdentities()
	case OpCount, OpCountCompleted, OpSummary:
		return c.count()
	case OpGet:
		w, err := c.get(c.to.workItemID, c.caller)
		return c.workItem(w, err)
	case OpComplete:
		var text *string
		if len(c.body) > 0 && json.Unmarshal(c.body, &text) != nil {
			return answer{}, refuse(http.StatusBadRequest, "the body is neither a JSON string nor null")
		}
		return c.act(Act{}, complete)
	case OpApprove, OpReject:
		return c.act(Act{}, decideOne(c.to.approvalItemID, c.to.op == OpApprove))
	case OpBulkApprove, OpBulkReject:
		return c.act(Act{}, decideAll(c.to.op == OpBulkApprove))
	case OpForward:
		return c.forwardTo()
	case OpSubmit:
		var selections map[string]json.RawMessage
		if json.Unmarshal(c.body, &selections) != nil || selections == nil {
			return answer{}, refuse(http.StatusBadRequest, "the body is not a JSON object")
		}
		return c.act(Act{Selections: c.body}, submit(selections))
	}
	return answer{}, fmt.Errorf("operation %s is not implemented", c.to.op)
}

const maxBody = 1 << 20

// readBody reads and records the body. A token request's body is recorded by
// issueToken, which knows what to mask.
func (c *call) readBody() {
	body, err := io.ReadAll(io.LimitReader(c.r.Body, maxBody+1))
	c.body, c.broken = body, err != nil || len(body) > maxBody
	if c.to.op != OpToken {
		c.note(c.record, func(r *Request) { r.Body = string(body) })
	}
}

func (c *call) requireJSON() error {
	mediaType, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	status := cmp.Or(c.currentBehavior().RequireJSONContentType, http.StatusBadRequest)
	if c.to.op == OpToken || c.r.Method != http.MethodPost || status == http.StatusOK || err == nil && mediaType == jsonType {
		return nil
	}
	return refuse(status, "the Content-Type is not %s", jsonType)
}

// issueToken is the OAuth2 client credentials grant, with its parameters in an
// urlencoded or multipart body, or in the query.
func (c *call) issueToken() (answer, error) {
	c.r.Body = io.NopCloser(bytes.NewReader(c.body))
	if err := c.r.ParseMultipartForm(maxBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return tokenRefused(http.StatusBadRequest, "invalid_request", "the body can't be parsed"), nil
	}
	sent := c.r.PostForm
	if c.r.MultipartForm != nil {
		sent = url.Values(c.r.MultipartForm.Value)
	}
	id := c.r.Form.Get("client_id")
	c.note(c.record, func(r *Request) {
		r.Body = maskParams(sent).Encode()
		r.ClientID = id
	})
	client := c.client(id)
	switch {
	case c.r.Form.Get("grant_type") != "client_credentials":
		return tokenRefused(http.StatusBadRequest, "unsupported_grant_type", "Unsupported grant type"), nil
	case client == nil || client.Secret != c.r.Form.Get("client_secret"):
		return tokenRefused(http.StatusUnauthorized, "invalid_client", "Bad client credentials"), nil
	}
	accessToken := randomHex() + randomHex()
	reply := map[string]any{
		"access_token": accessToken,
		"token_type":   "bearer",
		"expires_in":   int(c.cfg.TokenLifetime / time.Second),
		"scope":        "sp:scopes:all",
		"tenant_id":    "6a2f1d6c-4c2d-4f8b-9b6e-2f1a7d5c0e11",
		"pod":          "mock",
		"org":          "mock-org",
		"jti":          randomHex(),
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if client.IdentityID != "" && !c.behavior.OmitTokenIdentityID {
		reply["identity_id"] = client.IdentityID
	}
	c.record.IdentityID = client.IdentityID
	c.tokens[accessToken] = grant{client: client, expires: c.cfg.Now().Add(c.cfg.TokenLifetime)}
	return jsonAnswer(http.StatusOK, reply), nil
}

func tokenRefused(status int, code, description string) answer {
	return jsonAnswer(status, map[string]string{"error": code, "error_description": description})
}

// scope is whose work items a query asks for.
type scope struct {
	owner  string
	tenant bool // everybody's, ownerless ones included
}

func (s scope) has(w *WorkItem) bool { return s.tenant || !w.Ownerless && w.OwnerID == s.owner }

// scope gives the owner whose work items the query asks for.
func (c *call) scope(query url.Values) (scope, error) {
	b := c.currentBehavior()
	named := query.Get("ownerId")
	switch own := c.caller.IdentityID; {
	case named == "" && c.caller.Admin && !b.AdminSeesOwnOnly:
		return scope{tenant: true}, nil
	case named == own && cmp.Or(b.OwnOwnerIDStatus, http.StatusOK) != http.StatusOK:
		return scope{}, refuse(b.OwnOwnerIDStatus, "ownerId is for others")
	case named != "" && named != own && !c.caller.Admin:
		return scope{}, refuse(cmp.Or(b.ForeignOwnerStatus, http.StatusForbidden), "only admins may name another owner")
	default:
		return scope{owner: cmp.Or(named, own)}, nil
	}
}

const maxLimit = 250

func (c *call) list() (answer, error) {
	query := c.r.URL.Query()
	b := c.currentBehavior()
	whose, err := c.scope(query)
	if err != nil {
		return answer{}, err
	}
	limit, err := natural(query, "limit", maxLimit)
	if err != nil {
		return answer{}, err
	}
	offset, err := natural(query, "offset", 0)
	if err != nil {
		return answer{}, err
	}
	switch {
	case limit > maxLimit && b.OverLimitStatus == http.StatusOK, limit == 0 && b.LimitZeroServesDefault:
		limit = maxLimit
	case limit > maxLimit:
		return answer{}, refuse(cmp.Or(b.OverLimitStatus, http.StatusBadRequest), "limit is above %d", maxLimit)
	}
	counted := false
	if query.Has("count") {
		if counted, err = strconv.ParseBool(query.Get("count")); err != nil {
			return answer{}, refuse(http.StatusBadRequest, "count is not a boolean")
		}
	}
	rows, total := c.page(whose, c.to.op == OpListCompleted, offset, limit)
	served := make([]any, len(rows))
	for i, w := range rows {
		if served[i], err = b.serveRow(w); err != nil {
			return answer{}, err
		}
	}
	ans := jsonAnswer(http.StatusOK, served)
	if counted {
		ans.header = http.Header{"X-Total-Count": {strconv.Itoa(total)}}
	}
	return ans, nil
}

// natural reads a query parameter that is a number from 0 up.
func natural(query url.Values, name string, missing int) (int, error) {
	if !query.Has(name) {
		return missing, nil
	}
	n, err := strconv.Atoi(query.Get(name))
	if err != nil || n < 0 {
		return 0, refuse(http.StatusBadRequest, "%s is not a number from 0 up", name)
	}
	return n, nil
}

func (c *call) count() (answer, error) {
	whose, err := c.scope(c.r.URL.Query())
	if err != nil {
		return answer{}, err
	}
	b := c.currentBehavior()
	number := func(n int) any {
		if b.NumbersAsStrings {
			return strconv.Itoa(n)
		}
		return n
	}
	open, closed := c.tally(whose)
	switch c.to.op {
	case OpCount:
		return jsonAnswer(http.StatusOK, map[string]any{"count": number(open)}), nil
	case OpCountCompleted:
		count := map[string]any{"count": number(closed)}
		if b.CountAsArray {
			return jsonAnswer(http.StatusOK, []any{count}), nil
		}
		return jsonAnswer(http.StatusOK, count), nil
	default:
		return jsonAnswer(http.StatusOK, map[string]any{
			"open": number(open), "completed": number(closed), "total": number(open + closed),
		}), nil
	}
}

// act performs an act of the caller on the work item of the path.
func (c *call) act(act Act, apply rule) (answer, error) {
	return c.workItem(c.performHere(act, apply))
}

func (c *call) performHere(act Act, apply rule) (*WorkItem, error) {
	act.Operation, act.WorkItemID, act.ApprovalItemID = c.to.op, c.to.workItemID, c.to.approvalItemID
	return c.perform(act, c.caller, c.record, apply)
}

func (c *call) forwardTo() (answer, error) {
	b := c.currentBehavior()
	order := struct {
		TargetOwnerID     string  `json:"targetOwnerId"`
		Comment           *string `json:"comment"`
		SendNotifications bool    `json:"sendNotifications"`
	}{SendNotifications: true}
	switch {
	case b.RequireExperimentalHeader && c.r.Header.Get("X-SailPoint-Experimental") != "true":
		return answer{}, refuse(http.StatusBadRequest, "the X-SailPoint-Experimental header is missing")
	case json.Unmarshal(c.body, &order) != nil:
		return answer{}, refuse(http.StatusBadRequest, "the body is not a forward")
	case order.TargetOwnerID == "":
		return answer{}, refuse(http.StatusBadRequest, "targetOwnerId is required")
	case order.Comment == nil, b.RequireForwardComment && strings.TrimSpace(*order.Comment) == "":
		return answer{}, refuse(http.StatusBadRequest, "comment is required")
	}
	act := Act{TargetOwnerID: order.TargetOwnerID, Comment: *order.Comment, SendNotifications: order.SendNotifications}
	if _, err := c.performHere(act, c.forward(order.TargetOwnerID)); err != nil {
		return answer{}, err
	}
	return answer{status: http.StatusOK}, nil
}

// workItem answers with a work item, unless there is an error.
func (c *call) workItem(w *WorkItem, err error) (answer, error) {
	if err != nil {
		return answer{}, err
	}
	b := c.currentBehavior()
	served, err := b.serve(w)
	return jsonAnswer(http.StatusOK, served), err
}
