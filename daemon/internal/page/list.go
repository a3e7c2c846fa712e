package page

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

// perPage is how many jobs a list shows at a time.
const perPage = 50

// asked is what a list is asked for, as it stands in its form.
type asked struct {
	Text, State, Watch, User, Warning, From, Until, Sort string
	Page                                                 int // from 1 on
}

// day is how a form writes a date.
const day = "2006-01-02"

// askedOf reads a query. What makes no sense is left out.
func askedOf(v url.Values) asked {
	a := asked{Text: v.Get("text"), Watch: v.Get("watch"), User: v.Get("user"), Warning: v.Get("warning")}
	if s := v.Get("state"); slices.Contains(job.States, job.State(s)) {
		a.State = s
	}
	if s := v.Get("sort"); slices.Contains(queue.Sorts, queue.Sort(s)) {
		a.Sort = s
	}
	for name, to := range map[string]*string{"from": &a.From, "until": &a.Until} {
		if t, err := time.Parse(day, v.Get(name)); err == nil {
			*to = t.Format(day)
		}
	}
	a.Page, _ = strconv.Atoi(v.Get("page"))
	a.Page = min(max(1, a.Page), 1e6)
	return a
}

// filter is what the queue is asked for. Days are those of UTC, and the last one counts as a whole.
func (a asked) filter() queue.Filter {
	f := queue.Filter{Text: a.Text, Watch: a.Watch, User: a.User, Warning: a.Warning, Sort: queue.Sort(a.Sort),
		Limit: perPage, Offset: (a.Page - 1) * perPage}
	if a.State != "" {
		f.States = []job.State{job.State(a.State)}
	}
	f.From, _ = time.Parse(day, a.From)
	if t, err := time.Parse(day, a.Until); err == nil {
		f.Until = t.AddDate(0, 0, 1)
	}
	return f
}

// Any says whether not everything is asked for.
func (a asked) Any() bool {
	a.Page, a.Sort = 0, ""
	return a != asked{}
}

// More says whether something is asked for that the form shows on request only.
func (a asked) More() bool { return a.Watch+a.User+a.Warning+a.From+a.Until+a.Sort != "" }

// link is the address of a page of a list: jobs, rooms.
func (a asked) link(list string, page int) string {
	v := url.Values{}
	for name, text := range map[string]string{"text": a.Text, "state": a.State, "watch": a.Watch, "user": a.User,
		"warning": a.Warning, "from": a.From, "until": a.Until, "sort": a.Sort} {
		if text != "" {
			v.Set(name, text)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	if len(v) == 0 {
		return list
	}
	return list + "?" + v.Encode()
}

// sorts are the orders of a list, in words.
var sorts = []struct{ Sort, Text string }{
	{string(queue.Newest), "newest first"}, {string(queue.Oldest), "oldest first"},
	{string(queue.Recorded), "by when it was recorded"}, {string(queue.Longest), "longest first"},
}

// pageLink leads to a page of a list. Number is 0 where some are left out.
type pageLink struct {
	Number int
	Link   string
	Here   bool
}

// pages are links to the first, the last, and those around the one that is shown.
func (a asked) pages(list string, total int) (links []pageLink) {
	last := (total + perPage - 1) / perPage
	if last < 2 {
		return nil
	}
	for n := 1; n <= last; n++ {
		switch {
		case n == 1, n == last, n >= a.Page-2 && n <= a.Page+2:
			links = append(links, pageLink{n, a.link(list, n), n == a.Page})
		case links[len(links)-1].Number != 0:
			links = append(links, pageLink{})
		}
	}
	return links
}

// group is the jobs of one room, or one that is alone.
type group struct {
	Name string // "": there is only one
	Jobs []*job.Record
}

// groups puts jobs of one recording together, each where the first of them is.
func groups(list []*job.Record) (all []*group) {
	type key struct{ watch, recording string }
	at := map[key]*group{}
	for _, r := range list {
		k := key{r.Spec.Watch, r.Spec.Recording}
		g := at[k]
		if g == nil || r.Spec.Recording == "" {
			g = &group{}
			at[k], all = g, append(all, g)
		}
		if g.Jobs = append(g.Jobs, r); len(g.Jobs) == 2 {
			g.Name = r.Spec.Recording
		}
	}
	return all
}

// jobs is the list of all, a page at a time.
func (s *site) jobs(w http.ResponseWriter, q *http.Request) {
	a := askedOf(q.URL.Query())
	f := a.filter()
	list, total, err := s.backend.Queue().List(q.Context(), f)
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	status, err := s.backend.Status(q.Context())
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	retriable, err := s.retriable(q.Context(), status.Stats)
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	s.write(w, q, http.StatusOK, frame{title: "Jobs – Upright", version: status.Version}, jobList{
		asked: a, status: status, retriable: retriable, jobs: list,
		extent: extent{min(total, f.Offset+1), f.Offset + len(list), total, a.pages("jobs", total)},
	}.page())
}

// looked is how many failed jobs are looked at for a button.
const looked = 100

// retriable says whether another round may help one of the jobs that have failed: also if there are too many of them to
// look at all for that.
func (s *site) retriable(ctx context.Context, stats queue.Stats) (bool, error) {
	if stats.States[job.Failed] == 0 {
		return false, nil
	}
	list, total, err := s.backend.Queue().List(ctx, queue.Filter{States: []job.State{job.Failed}, Limit: looked})
	return total > len(list) || slices.ContainsFunc(list, mayHelp), err
}

// failed are the jobs that have failed: those that another round may help, and how many others.
func (s *site) failed(ctx context.Context) (ids []string, others int, err error) {
	for f := (queue.Filter{States: []job.State{job.Failed}, Limit: 1000}); ; f.Offset += f.Limit {
		list, total, err := s.backend.Queue().List(ctx, f)
		if err != nil {
			return nil, 0, err
		}
		for _, r := range list {
			if mayHelp(r) {
				ids = append(ids, r.Spec.ID)
			} else {
				others++
			}
		}
		if f.Offset+f.Limit >= total {
			return ids, others, nil
		}
	}
}

// askRetryFailed asks whether all jobs that have failed are to be retried.
func (s *site) askRetryFailed(w http.ResponseWriter, q *http.Request) {
	ids, others, err := s.failed(q.Context())
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	s.write(w, q, http.StatusOK, frame{title: "Retry failed jobs – Upright"}, retryPage(len(ids), others))
}

// retryFailed does so. What is retried or gone meanwhile is passed over.
func (s *site) retryFailed(w http.ResponseWriter, q *http.Request) {
	ids, _, err := s.failed(q.Context())
	for i, id := range ids {
		if err != nil {
			break
		}
		err = s.backend.Retry(q.Context(), id, false)
		if errors.Is(err, queue.ErrState) || errors.Is(err, queue.ErrNotFound) {
			err = nil
		}
		if err != nil {
			err = fmt.Errorf("%d of %d are retried, and then: %w", i, len(ids), err)
		}
	}
	if err != nil {
		s.problem(w, q, http.StatusServiceUnavailable, err)
		return
	}
	api.Redirect(w, q, "")
}
