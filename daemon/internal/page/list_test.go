package page

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
)

func TestAsked(t *testing.T) {
	v, err := url.ParseQuery("text=a+b&state=failed&watch=calls&user=bob&warning=LOSS&from=2026-05-01&until=2026-05-02&sort=oldest&page=3")
	require.NoError(t, err)
	a := askedOf(v)
	require.Equal(t, queue.Filter{Text: "a b", States: []job.State{job.Failed}, Watch: "calls", User: "bob", Warning: "LOSS",
		From: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC), Until: time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC),
		Sort: queue.Oldest, Limit: perPage, Offset: 2 * perPage}, a.filter(), "the last day counts as a whole")
	require.True(t, a.Any())
	require.True(t, a.More())
	back, err := url.Parse(a.link("jobs", 3))
	require.NoError(t, err)
	require.Equal(t, a, askedOf(back.Query()), "a link asks for the same")
	require.Equal(t, "jobs", askedOf(nil).link("jobs", 1))
	require.False(t, askedOf(url.Values{"state": {"x"}, "from": {"1.5.2026"}, "sort": {"x"}, "page": {"-1"}}).Any())
}

func TestPages(t *testing.T) {
	numbers := func(page, total int) (list []int) {
		for _, l := range (asked{Page: page}).pages("jobs", total) {
			require.Equal(t, l.Number == page, l.Here)
			list = append(list, l.Number)
		}
		return list
	}
	require.Empty(t, numbers(1, 0))
	require.Empty(t, numbers(1, perPage))
	require.Equal(t, []int{1, 2}, numbers(1, perPage+1))
	require.Equal(t, []int{1, 2, 3, 0, 20}, numbers(1, 1000))
	require.Equal(t, []int{1, 0, 8, 9, 10, 11, 12, 0, 20}, numbers(10, 1000))
	require.Equal(t, []int{1, 0, 18, 19, 20}, numbers(20, 1000))
	require.Equal(t, []int{1, 0, 20}, numbers(500, 1000), "behind the end")
}

func TestGroups(t *testing.T) {
	of := func(watch, recording string) *job.Record {
		return &job.Record{Spec: job.Spec{Watch: watch, Recording: recording}}
	}
	a1, b, a2, other, none1, none2 := of("x", "a"), of("x", "b"), of("x", "a"), of("y", "a"), of("x", ""), of("x", "")
	var got [][]*job.Record
	var names []string
	for _, g := range groups([]*job.Record{a1, b, none1, a2, other, none2}) {
		got, names = append(got, g.Jobs), append(names, g.Name)
	}
	require.Equal(t, [][]*job.Record{{a1, a2}, {b}, {none1}, {other}, {none2}}, got)
	require.Equal(t, []string{"a", "", "", "", ""}, names, "only what is of several is one room")
}

func TestFinish(t *testing.T) {
	for want, r := range map[string]job.Record{
		"1:00.0, copied, 12.3 times real time": {State: job.Done, MediaMs: 60000, WallMs: 60000 / 12.34, Mode: "copy"},
		"0.50 s, encoded":                      {State: job.Done, MediaMs: 500, WallMs: 10, Mode: "encode"},
		"no picture":                           {State: job.Failed, MediaMs: 5000, Mode: "encode", Reason: "no picture"},
		"":                                     {State: job.Failed, MediaMs: 5000, Mode: "encode"},
	} {
		require.Equal(t, want, finish(&r))
	}
	require.Equal(t, "waiting", label(&job.Record{State: job.Running, Reason: "waits for free cores"}))
	require.Equal(t, "running", label(&job.Record{State: job.Running}))
	require.Equal(t, "queued", label(&job.Record{State: job.Queued, Reason: "no space"}))
}
