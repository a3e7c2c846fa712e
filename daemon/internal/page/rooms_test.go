package page_test

import (
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/watch"
	"github.com/upright-media/upright/internal/chromium"
	"github.com/upright-media/upright/internal/e2e"
)

// roomReport is what matters of docs/report.md's report of a room.
const roomReport = `{"schema": 1, "kind": "room", "recording": "1234", "outputs": [{"file": "a.mp4", "duration_ms": 6000}],
	"people": [{"id": "1001", "name": "Alice", "present": [{"from_ms": 0, "to_ms": 6000}], "talk_ms": 2000},
		{"id": "1002", "name": "Bob", "present": [{"from_ms": 1500, "to_ms": 3000}, {"from_ms": 4500, "to_ms": 9000}]}],
	"talks": [{"person": "1001", "from_ms": 1000, "to_ms": 3000}],
	"chapters": [{"at_ms": 0, "title": "Start", "kind": "start"}, {"at_ms": 4500, "title": "Bob is back", "kind": "join"}],
	"chat": [{"at_ms": 3000, "person": "1002", "text": "see <this>"}], "warnings": [{"code": "LOSS", "text": "lost"}]}`

// room is a room of two with a video, another that is being recorded, and a hundred more.
func (b *backend) room(t testing.TB, video string) {
	t.Helper()
	out := t.TempDir()
	text, err := os.ReadFile(video)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(out, "a.mp4"), text, 0o600))
	began := time.Date(2026, 5, 1, 10, 0, 0, 0, time.UTC)
	b.mu.Lock()
	b.status.Layouts = []string{"auto", "grid", "ours"}
	b.rooms = []watch.Room{
		{ID: "r1", Name: "1234", Title: "Stand-up", Room: "1234", Watch: "calls", People: []string{"1001", "1002"}, First: began,
			Last: began.Add(time.Minute)},
		{ID: "r2", Name: "99", Title: "99", Room: "99", Watch: "calls", People: []string{"7"}, First: began, Last: began.Add(time.Hour),
			Recording: true, Waits: "somebody is being recorded"},
	}
	for n := range 100 {
		b.rooms = append(b.rooms, watch.Room{ID: fmt.Sprintf("old-%d", n), Title: fmt.Sprintf("old %d", n), Watch: "calls",
			Last: began.AddDate(0, 0, -n-1)})
	}
	b.mu.Unlock()
	finish(t, b.add(t, 5000, func(s *job.Spec) {
		s.Kind, s.Recording, s.Room, s.Output, s.Compose = job.KindRoom, "1234", "1234", out, &job.Compose{Series: "r1"}
	}), func(r *job.Record) {
		done(r)
		r.Outputs = []job.Output{{File: filepath.Join(out, "a.mp4"), Container: "mp4", Bytes: int64(len(text)), DurationMs: 6000}}
		r.Report = []byte(roomReport)
		r.People = []job.Person{{ID: "1001", Name: "Alice", Videos: []job.Video{{Participant: "1234-1001", Job: id(1), State: job.Done,
			Outputs: []job.Output{{File: "/out/alice.mp4"}}}}}, {ID: "1002", Name: "Bob"}}
	})
}

func TestRooms(t *testing.T) {
	b, at := start(t)
	_, _, text := get(t, "GET", at+"/rooms")
	require.Contains(t, text, "No rooms yet")
	b.room(t, "rooms_test.go")
	_, _, text = get(t, "GET", at+"/rooms")
	for _, want := range []string{"Stand-up", `href="rooms/r1?watch=calls"`, "Alice", "1 person", "1:00.0", "somebody is being recorded", "1–50 of 102",
		`href="rooms?page=3"`} {
		require.Contains(t, text, want)
	}
	_, _, text = get(t, "GET", at+"/rooms?page=3")
	require.Contains(t, text, "101–102 of 102")
	_, _, text = get(t, "GET", at+"/rooms?text=OLD&page=2")
	require.Contains(t, text, "51–100 of 100")
	require.Contains(t, text, `value="OLD"`)
	require.Contains(t, text, `href="rooms?text=OLD"`)
	_, _, text = get(t, "GET", at+"/rooms?text=nobody")
	require.Contains(t, text, "No rooms like that")
	_, _, text = get(t, "GET", at+"/rooms/r1?watch=calls")
	for _, want := range []string{`src="api/v1/jobs/` + id(5000) + `/outputs/0"`, "Bob is back", "see &lt;this&gt;", "alice.mp4", "Compose again",
		"<option>ours</option>", `left:25%;width:25%`, `left:75%;width:25%`, `left:16.67%;width:33.33%`, `data-jump="4500"`, "LOSS", "layout auto"} {
		require.Contains(t, text, want)
	}
	_, _, text = get(t, "GET", at+"/rooms/r2")
	require.Contains(t, text, "Compose now")
	require.NotContains(t, text, "<video")
	require.NotContains(t, text, "<progress")
	l := b.add(t, 5001, func(s *job.Spec) {
		s.Kind, s.Recording, s.Room, s.Compose = job.KindRoom, "99", "99", &job.Compose{Series: "r2"}
	})
	require.NoError(t, l.Update(t.Context(), func(r *job.Record) { r.State = job.Running }))
	for _, page := range []string{"/rooms", "/rooms/r2"} {
		_, _, text = get(t, "GET", at+page)
		require.Contains(t, text, `data-job="`+id(5001)+`" data-state="running"`, page)
		require.Contains(t, text, "<progress", page)
	}
	status, _, _ := get(t, "GET", at+"/rooms/nothing")
	require.Equal(t, http.StatusNotFound, status)

	r, err := http.PostForm(at+"/rooms/r1/compose", url.Values{"layout": {"grid"}, "watch": {"calls"}})
	require.NoError(t, err)
	r.Body.Close()
	require.Equal(t, at+"/rooms/r1?watch=calls", r.Request.URL.String())
	require.Equal(t, []string{"r1 grid calls"}, b.composed)
}

// The page of a room in a browser: who wants to hear somebody clicks where they speak.
func TestRoomInBrowser(t *testing.T) {
	axe := axeCore(t)
	browser := chromium.Start(t)
	b, at := start(t)
	b.room(t, sixSeconds(t))
	p := open(t, browser, at)
	p.goTo("/rooms")
	p.accessible(axe, "rooms")
	p.goTo("/rooms/r1?watch=calls")
	p.until(`document.querySelector("video")?.readyState >= 1`)
	p.accessible(axe, "room")
	at4 := `document.querySelector("video").currentTime`
	p.click(`[data-jump="4500"]`)
	p.until(`Math.abs(` + at4 + ` - 4.5) < 0.1`)
	eval[int](p, `document.querySelectorAll(".lane")[1].querySelector("button").focus(), 1`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.until(`Math.abs(` + at4 + ` - 1.5) < 0.1`)
	p.quiet()
}

// sixSeconds is a video of that length.
func sixSeconds(t *testing.T) string {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	e2e.Copy(t, e2e.Testdata("rot-h264-90"), filepath.Join(in, "a"))
	text, err := exec.Command(e2e.Program(t), "convert", in, "-o", out).CombinedOutput()
	require.NoError(t, err, string(text))
	files, err := filepath.Glob(filepath.Join(out, "*.mp4"))
	require.NoError(t, err)
	require.Len(t, files, 1, strings.TrimSpace(string(text)))
	return files[0]
}
