package api_test

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/pipelines/arrangement"
)

// composed makes the job of a room whose video is a file below dir.
func composed(dir, name string) func(*job.Record) {
	return func(r *job.Record) {
		video(dir, name)(r)
		r.Spec.Compose = &job.Compose{Series: "aa", Arrangement: arrangement.Arrangement{Layout: "speaker"},
			Parts: []job.Part{{Participant: "user-1", User: "1", Job: id(1)}}}
		r.People = []job.Person{{ID: "1", Name: "Alice"}}
		r.ReportFile = filepath.Join(dir, "a.json")
	}
}

const roomReport = `{"schema": 1, "kind": "room", "recording": "1234", "chat": [{"at_ms": 5, "person": "1", "text": "hi"}]}`

func get[T any](w *world, path string) (v T) {
	w.t.Helper()
	a := w.do("GET", path, "")
	require.Equal(w.t, 200, a.status, a.body)
	require.NoError(w.t, json.Unmarshal([]byte(a.body), &v))
	return v
}

func TestRooms(t *testing.T) {
	w := start(t, api.Options{})
	require.Empty(t, get[api.RoomList](w, "/api/v1/rooms").Rooms)

	at := func(s int) time.Time { return time.Unix(1_800_000_000+int64(s), 0).UTC() }
	w.backend.rooms = []watch.Room{
		{ID: "aa", Name: "1234", Title: "Daily", Room: "1234", Watch: "calls", People: []string{"1", "2"}, First: at(0),
			Last: at(60)},
		{ID: "bb", Name: "1234-20260512", Title: "1234", Room: "1234", Watch: "calls", People: []string{"1"}, First: at(900),
			Last: at(1000), Waits: "nobody is recorded any more", Recording: true},
		{ID: "cc", Name: "77", Title: "77", Room: "77", Watch: "other", First: at(100), Last: at(200), Waits: "5m"},
		{ID: "dd", Name: "78", Title: "78", Room: "78", Watch: "other", First: at(10), Last: at(20)},
	}
	dir := t.TempDir()
	write(t, filepath.Join(dir, "a.mp4"), "0123456789")
	write(t, filepath.Join(dir, "a.json"), roomReport)
	w.add(1, composed(dir, "a.mp4"))
	w.add(2, func(r *job.Record) { composed(dir, "none.mp4")(r); failed(r); r.Outputs = nil })
	w.add(3, func(r *job.Record) { composed(dir, "a.mp4")(r); r.Spec.Compose.Series = "ee" })

	list := get[api.RoomList](w, "/api/v1/rooms")
	require.Equal(t, 5, list.Total)
	states := map[string]string{}
	for _, r := range list.Rooms {
		states[r.ID] = r.State
	}
	require.Equal(t, map[string]string{"aa": "failed", "bb": "recording", "cc": "waiting", "dd": "recorded", "ee": "done"},
		states)
	require.Equal(t, []string{"bb", "cc", "aa", "dd", "ee"}, []string{list.Rooms[0].ID, list.Rooms[1].ID, list.Rooms[2].ID,
		list.Rooms[3].ID, list.Rooms[4].ID}, "by when somebody was recorded last")
	require.Len(t, get[api.RoomList](w, "/api/v1/rooms?watch=other&limit=1").Rooms, 1)
	require.Len(t, get[api.RoomList](w, "/api/v1/rooms?text=daily").Rooms, 1)
	w.fails(400, "limit", w.do("GET", "/api/v1/rooms?limit=x", ""))

	require.Len(t, get[api.RoomList](w, "/api/v1/rooms?text=ALICE").Rooms, 2, "those who are in it")
	list = get[api.RoomList](w, "/api/v1/rooms?limit=2&offset=3")
	require.Equal(t, []string{"dd", "ee"}, []string{list.Rooms[0].ID, list.Rooms[1].ID})
	require.Equal(t, 5, list.Total)
	require.Empty(t, get[api.RoomList](w, "/api/v1/rooms?offset=5").Rooms)

	d := get[api.RoomDetail](w, "/api/v1/rooms/aa")
	require.Equal(t, []string{"Alice"}, d.People)
	require.Equal(t, fmt.Sprintf("/api/v1/jobs/%s/outputs/0", id(1)), d.Video, "the newest job failed")
	require.Equal(t, "the encoder gave up", d.Reason)
	require.Equal(t, []string{id(2), id(1)}, []string{d.Jobs[0].ID, d.Jobs[1].ID})
	require.Equal(t, "speaker", d.Jobs[0].Layout)
	require.JSONEq(t, roomReport, string(d.Report))
	require.Equal(t, 200, w.do("GET", d.Video, "").status)
	require.Equal(t, "bb", get[api.RoomDetail](w, "/api/v1/rooms/1234").ID, "the newest of that name")
	require.Equal(t, "cc", get[api.RoomDetail](w, "/api/v1/rooms/77?watch=other").ID)
	w.fails(404, "no room is called", w.do("GET", "/api/v1/rooms/77?watch=calls", ""))

	require.Len(t, get[api.List](w, "/api/v1/jobs?kind=room").Jobs, 3)
	require.Empty(t, get[api.List](w, "/api/v1/jobs?kind=participant").Jobs)
	w.fails(400, "room or participant", w.do("GET", "/api/v1/jobs?kind=call", ""))
}

func TestComposeRoom(t *testing.T) {
	w := start(t, api.Options{})
	w.backend.rooms = []watch.Room{{ID: "aa", Name: "1", Room: "1", Watch: "calls"}}
	a := w.do("POST", "/api/v1/rooms/1/compose", "")
	require.Equal(t, 202, a.status)
	require.JSONEq(t, `{"room": "aa", "jobs": [], "waits": "a.mjr is still being written"}`, a.body)
	require.Equal(t, 202, w.do("POST", "/api/v1/rooms/aa/compose", `{"layout": "grid", "again": true}`).status)
	require.Equal(t, []api.Composition{{}, {Layout: "grid", Again: true}}, w.backend.composed)
	w.fails(400, "not a composition", w.do("POST", "/api/v1/rooms/1/compose", `{"layuot": "grid"}`))
	w.fails(400, "not a composition", w.do("POST", "/api/v1/rooms/1/compose", `{} {}`))
	w.fails(404, "no room", w.do("POST", "/api/v1/rooms/2/compose", ""))
	w.fails(405, "is for POST", w.do("GET", "/api/v1/rooms/1/compose", ""))
	w.backend.set(func(b *backend) { b.compose = fmt.Errorf("%w: gone", queue.ErrState) })
	w.fails(409, "gone", w.do("POST", "/api/v1/rooms/1/compose", ""))
	w.backend.set(func(b *backend) { b.compose = fmt.Errorf("%w: no such layout", api.ErrBadRequest) })
	w.fails(400, "no such layout", w.do("POST", "/api/v1/rooms/1/compose", ""))
}
