package queue

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestRoomsOfJobs(t *testing.T) {
	x := newIndex()
	began := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	put := func(n int, rev uint64, watch, series string, change func(*job.Record)) {
		r := job.Record{State: job.Done, MediaMs: 60_000, Spec: job.Spec{Kind: job.KindRoom, Watch: watch, Recording: series + "-r",
			Room: "1234", Submitted: began.Add(time.Duration(n) * time.Hour), StartUs: began.UnixMicro(),
			Compose: &job.Compose{Series: series}, Sources: []job.Source{{Path: "/in/cam-1.mjr"}}}}
		if change != nil {
			change(&r)
		}
		raw, err := json.Marshal(r)
		require.NoError(t, err)
		require.NotNil(t, x.put(id(n), rev, raw))
	}
	require.Empty(t, x.rooms())
	put(1, 1, "calls", "a", nil)
	put(2, 2, "calls", "a", func(r *job.Record) { r.MediaMs = 120_000 })
	put(3, 3, "other", "a", nil)
	put(4, 4, "calls", "", func(r *job.Record) { r.Spec.Kind, r.Spec.Compose = "", nil })
	rooms := map[string]Room{}
	for _, r := range x.rooms() {
		rooms[r.Watch] = r
	}
	require.Len(t, rooms, 2)
	r := rooms["calls"]
	require.Equal(t, []string{id(2), id(1)}, r.Jobs)
	require.Equal(t, "a", r.Series)
	require.Equal(t, "a-r", r.Recording)
	require.Equal(t, "1234", r.Name)
	require.True(t, r.End.Equal(began.Add(2*time.Minute)), r.End)
	require.True(t, r.Contains("CAM-1"))
	require.False(t, r.Contains("alice"))
	require.Equal(t, []string{id(3)}, rooms["other"].Jobs)

	// Who is in a room is known when it is composed.
	put(2, 5, "calls", "a", func(r *job.Record) { r.People = []job.Person{{ID: "1", Name: "Alice"}} })
	for _, r := range x.rooms() {
		require.Equal(t, r.Watch == "calls", r.Contains("alice"))
	}
	ids, _ := x.list(Filter{Text: "alice"})
	require.Equal(t, []string{id(2)}, ids)
}
