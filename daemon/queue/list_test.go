package queue

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestList(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	for n := range 12 {
		s := spec(n)
		if n%2 == 1 {
			s.Watch = "other"
		}
		if n == 7 {
			s.User, s.Room = "Jürgen", "Küche"
		}
		submit(t, q, s)
	}
	for range 3 {
		finish(t, next(t, q))
	}
	list := func(f Filter) (ids []string, total int) {
		records, total, err := q.List(background(t), f)
		require.NoError(t, err)
		for _, r := range records {
			ids = append(ids, r.Spec.ID)
		}
		return ids, total
	}
	ids, total := list(Filter{})
	require.Equal(t, 12, total)
	require.Equal(t, id(11), ids[0], "the newest first")
	require.Equal(t, id(0), ids[11])
	ids, total = list(Filter{Limit: 2, Offset: 3})
	require.Equal(t, 12, total)
	require.Equal(t, []string{id(8), id(7)}, ids)
	ids, _ = list(Filter{Offset: 100})
	require.Empty(t, ids)
	_, total = list(Filter{States: []job.State{job.Done, job.Failed}})
	require.Equal(t, 3, total)
	_, total = list(Filter{Watch: "other"})
	require.Equal(t, 6, total)
	for text, want := range map[string]int{"jürg": 1, "KÜCHE": 1, "monday": 12, "room-1": 3, "video.MJR": 12,
		"ALICE": 12, "bob": 0, "room-7-video": 1} {
		_, total = list(Filter{Text: text})
		require.Equal(t, want, total, text)
	}
}

func TestMarkAndForget(t *testing.T) {
	t.Parallel()
	q := open(t, Options{Dir: t.TempDir()})
	submit(t, q, spec(1))
	removed := func(r *job.Record) {
		r.State = job.Running // is not up to it
		r.Mode = "marked"
	}
	require.ErrorIs(t, q.Mark(background(t), id(1), removed), ErrState)
	require.ErrorIs(t, q.Forget(background(t), id(1)), ErrState)
	finish(t, next(t, q))
	require.NoError(t, q.Mark(background(t), id(1), removed))
	r, err := q.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, "marked", r.Mode)
	require.Equal(t, job.Done, r.State)

	require.NoError(t, q.PutArtifact(background(t), id(1), 1, job.GraphName, []byte("digraph {}")))
	require.NoError(t, q.Forget(background(t), id(1)))
	require.False(t, q.Known(id(1)))
	_, err = q.Get(background(t), id(1))
	require.ErrorIs(t, err, ErrNotFound)
	_, err = q.Artifact(background(t), id(1), 1, job.GraphName)
	require.ErrorIs(t, err, ErrNotFound)
	require.ErrorIs(t, q.Forget(background(t), id(1)), ErrNotFound)

	// What is forgotten may come again, before and after its mark is swept.
	submit(t, q, spec(1))
	finish(t, next(t, q))
	require.NoError(t, q.Forget(background(t), id(1)))
	require.NoError(t, q.sweep(background(t), 0))
	info, err := q.jobs.Info(background(t))
	require.NoError(t, err)
	require.Zero(t, info.State.Msgs)
	submit(t, q, spec(1))
	finish(t, next(t, q))
}
