// Copyright (c) The terraform-provider-sailpoint authors
// SPDX-License-Identifier: MPL-2.0

package isc

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// owned serves the open work items of the owner o, each in so much time, and
// keeps what was asked for.
type owned struct {
	takes time.Duration

	mu    sync.Mutex
	items []string
	// extra is what the JSON of each work item has besides.
	extra string
	asked []string
}

func (o *owned) row(id string) string {
	return fmt.Sprintf(`{"id":%q,"ownerId":"o","type":"T","numItems":0,"name":"n","description":"d","created":"c","requesterId":"r","requesterDisplayName":"R"%s}`, id, o.extra)
}

func (o *owned) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	o.mu.Lock()
	body := "["
	for i, id := range o.items {
		body += map[bool]string{true: ",", false: ""}[i > 0] + o.row(id)
	}
	body += "]"
	what := "list"
	if _, id, one := strings.Cut(r.URL.Path, "/work-items/"); one {
		what, body = id, o.row(id)
	}
	o.asked = append(o.asked, what)
	takes := o.takes
	o.mu.Unlock()
	select {
	case <-r.Context().Done():
	case <-time.After(takes):
		if r.Method == http.MethodGet {
			answer(200, body)(w, r)
		}
	}
}

func (o *owned) wants(t *testing.T, want ...string) {
	t.Helper()
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Equal(o.asked, want) {
		t.Errorf("asked for %q, want %q", o.asked, want)
	}
}

// TestFindListed_endsWithItsContext, whoever is asked at that time.
func TestFindListed_endsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &owned{takes: 10 * time.Second, items: []string{"a", "b", "c"}}
		c := newBubbleService(t, o.ServeHTTP).client(func(config *Config) { config.RequestTimeout = time.Minute })
		c.tokens.current = &token{value: "abc"}
		givesUp := func(id string) {
			t.Helper()
			ctx, cancel := context.WithCancel(t.Context())
			start := time.Now()
			time.AfterFunc(time.Second, cancel)
			if _, err := c.FindListed(ctx, id); !errors.Is(err, context.Canceled) || err.Error() != "context canceled" || time.Since(start) != time.Second {
				t.Errorf("got %v after %s", err, time.Since(start))
			}
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.FindListed(t.Context(), "a"); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait()
		givesUp("b")
		o.wants(t, "a")
		wg.Wait()
		givesUp("b")
		o.wants(t, "a", "list")
		// What wasn't bought can be bought.
		if wi, err := c.FindListed(t.Context(), "c"); err != nil || wi.ID != "c" {
			t.Errorf("got %+v, %v", wi, err)
		}
		o.wants(t, "a", "list", "list")
	})
}

// TestFindListed_anActOvertakesThePage that was asked for before it.
func TestFindListed_anActOvertakesThePage(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		acts  bool
		asked []string
	}{
		"acted on":     {true, []string{"a", "list", "c/forward", "c"}},
		"not acted on": {false, []string{"a", "list"}},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &owned{takes: 10 * time.Second, items: []string{"a", "b", "c"}}
			c := newBubbleService(t, o.ServeHTTP).client(func(config *Config) { config.RequestTimeout = time.Minute })
			c.tokens.current = &token{value: "abc"}
			find := func(id string) {
				if wi, err := c.FindListed(t.Context(), id); err != nil || wi.ID != id {
					t.Errorf("%s: got %+v, %v", name, wi, err)
				}
			}
			find("a")
			var wg sync.WaitGroup
			wg.Go(func() { find("b") })
			synctest.Wait()
			if test.acts {
				time.Sleep(time.Second)
				o.mu.Lock()
				o.takes = 0
				o.mu.Unlock()
				if _, err := c.ForwardWorkItem(t.Context(), "c", Forward{TargetOwnerID: "p"}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
			wg.Wait()
			find("c")
			o.wants(t, test.asked...)
		})
	}
}

func TestSameFacts(t *testing.T) {
	t.Parallel()
	approvals := func(ids ...string) (items []ApprovalItem) {
		for _, id := range ids {
			items = append(items, ApprovalItem{ID: id, State: new(fmt.Sprint(len(items)))})
		}
		return items
	}
	remediations := func(ids ...string) (items []RemediationItem) {
		for _, id := range ids {
			items = append(items, RemediationItem{ID: id})
		}
		return items
	}
	for name, test := range map[string]struct {
		a, b WorkItem
		same bool
	}{
		"nothing":            {WorkItem{}, WorkItem{}, true},
		"what changes":       {WorkItem{State: new("a"), OwnerID: new("o"), NumItems: new(int64(1)), Errors: []string{"e"}}, WorkItem{Modified: new("m"), OwnerName: new("n")}, true},
		"another name":       {WorkItem{Name: new("a")}, WorkItem{Name: new("b")}, false},
		"a name or none":     {WorkItem{Name: new("")}, WorkItem{}, false},
		"approval order":     {WorkItem{ApprovalItems: approvals("a", "b", "c")}, WorkItem{ApprovalItems: approvals("c", "a", "b")}, true},
		"other approvals":    {WorkItem{ApprovalItems: approvals("a", "b")}, WorkItem{ApprovalItems: approvals("a", "c")}, false},
		"remediation order":  {WorkItem{RemediationItems: remediations("a", "b", "c")}, WorkItem{RemediationItems: remediations("c", "a", "b")}, true},
		"other remediations": {WorkItem{RemediationItems: remediations("a")}, WorkItem{RemediationItems: remediations("a", "b")}, false},
	} {
		if got := sameFacts(&test.a, &test.b); got != test.same {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestReader_growsByWhatEarnsNothing, up to what Terraform holds at once.
func TestReader_growsByWhatEarnsNothing(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		status int
		item   string
		times  int
		most   int
	}{
		"open":             {200, `"ownerId":"o"`, 1, 1},
		"nobody's":         {200, `"ownerId":null`, 1, 2},
		"an owner's not":   {200, `"ownerId":"a/b"`, 1, 2},
		"closed":           {200, `"ownerId":"o","state":"Finished"`, 1, 2},
		"missing":          {404, "", 1, 2},
		"forbidden":        {403, "", 2, 3},
		"many that failed": {422, "", 3, 1},
		"many missing":     {404, "", 20, maxSingles},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, func(w http.ResponseWriter, r *http.Request) {
				_, id, one := strings.Cut(r.URL.Path, "/work-items/")
				if !one || id == "completed" {
					answer(200, "[]")(w, r)
					return
				}
				answer(test.status, fmt.Sprintf(`{"id":%q,%s}`, id, test.item))(w, r)
			})
			c := s.client()
			for i := range test.times {
				c.FindListed(t.Context(), fmt.Sprintf("id-%d", i))
			}
			if c.reader.maxReading != test.most {
				t.Errorf("%d at once, want %d", c.reader.maxReading, test.most)
			}
		})
	}
}

func TestReader_buysUntilTheListIsOver(t *testing.T) {
	t.Parallel()
	rows := func(n int) string {
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprintf(`{"id":"id-%d"}`, i)
		}
		return "[" + strings.Join(ids, ",") + "]"
	}
	for name, test := range map[string]struct {
		status     int
		body       string
		count      string
		seen, left int
		over       bool
		now        int
	}{
		"nothing":               {200, rows(0), "9", 0, 0, true, 0},
		"not all":               {200, rows(3), "4", 0, 0, false, 3},
		"all":                   {200, rows(3), "3", 0, 0, true, 3},
		"fewer were counted":    {200, rows(3), "0", 0, 0, true, 3},
		"the last page":         {200, rows(3), "8", 5, 0, true, 8},
		"not yet the last page": {200, rows(3), "9", 5, 0, false, 8},
		"some have left":        {200, rows(3), "8", 5, 1, false, 8},
		"uncounted, short":      {200, rows(pageSize - 1), "", 0, 0, true, pageSize - 1},
		"uncounted, full":       {200, rows(pageSize), "", 0, 0, false, pageSize},
		"refused":               {403, "", "", 0, 0, true, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newService(t, answer(test.status, test.body, "X-Total-Count: "+test.count))
			r := s.client().reader
			from, other := &ownerList{owner: "o", seen: test.seen, left: test.left}, &ownerList{owner: "p"}
			r.inCredit = []*ownerList{from, other, from}
			if err := r.buy(t.Context(), from); err != nil {
				t.Error(err)
			}
			credits := map[bool]int{true: 1, false: 3}[test.over]
			if from.over != test.over || from.seen != test.now || len(r.inCredit) != credits || slices.Contains(r.inCredit, from) == test.over {
				t.Errorf("over %t, %d seen, %d credits", from.over, from.seen, len(r.inCredit))
			}
			if want := fmt.Sprintf("offset=%d&", test.seen-test.left); !strings.Contains(s.requests()[0].uri, want) {
				t.Errorf("asked %s, want %s", s.requests()[0], want)
			}
		})
	}
}

func TestReader_rowsThatTell(t *testing.T) {
	t.Parallel()
	approvals, remediations := []ApprovalItem{{ID: "a"}}, []RemediationItem{{ID: "r"}}
	none, some := new(int64(0)), new(int64(1))
	for name, test := range map[string]struct {
		wi      WorkItem
		carried string
		tells   bool
	}{
		"form":                           {WorkItem{Type: new("Form"), Form: &Form{}}, "", true},
		"form without":                   {WorkItem{Type: new("FORM"), ApprovalItems: approvals, NumItems: none}, "ApprovalItems", false},
		"approval":                       {WorkItem{Type: new("Approval"), ApprovalItems: approvals}, "", true},
		"approval without":               {WorkItem{Type: new("approval"), RemediationItems: remediations, NumItems: none}, "ApprovalItems", false},
		"remediation":                    {WorkItem{Type: new("Remediation"), RemediationItems: remediations}, "", true},
		"remediation without":            {WorkItem{Type: new("Remediation"), NumItems: none}, "", false},
		"remediation of lists that tell": {WorkItem{Type: new("Certification")}, "RemediationItems", true},
		"remediation of other lists":     {WorkItem{Type: new("Certification")}, "ApprovalItems", false},
		"any with approvals":             {WorkItem{ApprovalItems: approvals}, "", true},
		"any with remediations":          {WorkItem{RemediationItems: remediations}, "", true},
		"any with as many of both":       {WorkItem{ApprovalItems: approvals, RemediationItems: remediations}, "", true},
		"any without":                    {WorkItem{}, "", false},
		"any that counts none":           {WorkItem{NumItems: none}, "", true},
		"any that counts one":            {WorkItem{NumItems: some}, "", false},
		"any of lists that tell":         {WorkItem{NumItems: some}, "ApprovalItems", true},
		"closed":                         {WorkItem{State: new("Finished"), NumItems: none}, "", false},
	} {
		r := newReader(nil)
		r.carried[test.carried] = true
		if got := r.tells(&row{list: &ownerList{}, item: &test.wi}); got != test.tells {
			t.Errorf("%s: %t", name, got)
		}
		if r.tells(&row{list: &ownerList{doubted: true}, item: &test.wi}) {
			t.Errorf("%s: believed of a list that is doubted", name)
		}
	}
	if newReader(nil).tells(&row{list: &ownerList{}}) {
		t.Error("a row that was acted on tells")
	}
}

// TestReader_evidence: rows of a type are believed after one proof, or three where
// they leave out what no row was seen to have.
func TestReader_evidence(t *testing.T) {
	t.Parallel()
	type evidence struct{ whole, partial bool }
	r := newReader(nil)
	whole := &WorkItem{
		Type: new("T"), NumItems: new(int64(0)), RequesterID: new("r"), RequesterDisplayName: new("R"), Created: new("c"), Description: new("d"), Name: new("n"),
	}
	partial := &WorkItem{Type: new("T"), NumItems: new(int64(0)), Name: new("n")}
	for proofs, want := range []evidence{{false, false}, {true, false}, {true, false}, {true, true}, {true, true}} {
		if got := (evidence{r.isProven(whole), r.isProven(partial)}); got != want {
			t.Errorf("after %d proofs: %+v", proofs, got)
		}
		known := &row{list: &ownerList{}, item: whole}
		for range 2 {
			// Twice the same is one.
			r.prove(t.Context(), known, whole)
		}
	}
	r = newReader(nil)
	r.prove(t.Context(), &row{list: &ownerList{}, item: whole}, whole)
	for _, name := range []string{"RequesterID", "RequesterDisplayName", "Created", "Description"} {
		if r.isProven(partial) {
			t.Errorf("believed before any row had a %s", name)
		}
		r.carried[name] = true
	}
	if !r.isProven(partial) {
		t.Error("not believed although rows are seen to have all")
	}
	if r.isProven(&WorkItem{Type: new("another")}) {
		t.Error("believed of another type")
	}
}

// TestReader_aListThatTellsOtherwise loses its credits, and no other does.
func TestReader_aListThatTellsOtherwise(t *testing.T) {
	t.Parallel()
	r := newService(t, okItem).client().reader
	wrong, other := &ownerList{}, &ownerList{}
	r.inCredit = []*ownerList{wrong, other, wrong}
	r.prove(t.Context(), &row{list: wrong, item: &WorkItem{Name: new("a")}}, &WorkItem{Name: new("b")})
	if !wrong.doubted || !wrong.over || other.doubted || !slices.Equal(r.inCredit, []*ownerList{other}) {
		t.Errorf("the list %+v, the other %+v, credits %v", wrong, other, r.inCredit)
	}
}

// TestFindListed_aPageAfterTheAct tells of the work item again.
func TestFindListed_aPageAfterTheAct(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := &owned{items: []string{"a", "b", "c"}}
		c := newBubbleService(t, o.ServeHTTP).client()
		c.tokens.current = &token{value: "abc"}
		if _, err := c.ForwardWorkItem(t.Context(), "c", Forward{TargetOwnerID: "p"}); err != nil {
			t.Error(err)
		}
		for _, id := range []string{"a", "b", "c"} {
			if wi, err := c.FindListed(t.Context(), id); err != nil || wi.ID != id {
				t.Errorf("%s: got %+v, %v", id, wi, err)
			}
		}
		o.wants(t, "c/forward", "a", "list")
	})
}
