package page_test

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/chromium"
)

// Every kind of page can be used by everybody: axe-core finds nothing, at three widths, light and dark, with no
// jobs, one, and many. Where pictures are kept, for people, it takes its time: every page in all six ways, and a
// thousand jobs.
func TestAccessible(t *testing.T) {
	axe := axeCore(t)
	browser := chromium.Start(t)
	const token = "a-token-of-the-test"
	b, at := startWith(t, api.Options{Token: token})
	p := open(t, browser, at)
	p.goTo("/sign-in")
	p.accessible(axe, "sign-in")
	// By keyboard alone.
	p.do(chromedp.SendKeys(chromedp.CSS("#token"), "wrong"+kb.Enter))
	p.until(`document.querySelector("#wrong") !== null`)
	p.forget(http.StatusUnauthorized)
	p.accessible(axe, "sign-in-wrong")
	p.do(chromedp.SendKeys(chromedp.CSS("#token"), token+kb.Enter))
	p.until(`document.querySelector("#done") !== null`)
	p.accessible(axe, "home-0")
	p.goTo("/jobs")
	p.accessible(axe, "jobs-0")

	b.many(t, 0, 1)
	p.goTo("/")
	p.accessible(axe, "home-1")
	jobs := 200
	if p.thorough() {
		jobs = 1000
	}
	b.many(t, 1, jobs)
	for name, path := range map[string]string{"home-many": "/", "jobs-many": "/jobs?page=3", "filtered": "/jobs?warning=any&sort=longest",
		"retry": "/retry-failed", "done": "/jobs/" + id(1), "failed": "/jobs/" + id(3), "problem": "/nothing"} {
		p.goTo(path)
		p.forget(http.StatusNotFound)
		p.accessible(axe, name)
	}
	// All of the list can be reached with Tab, and what has the focus is seen.
	p.goTo("/jobs?page=2")
	for _, want := range []string{"Upright", "Overview", "Rooms", "All jobs", "Failed", "Sign out"} {
		p.do(chromedp.KeyEvent(kb.Tab))
		require.Equal(t, want, eval[string](p, `document.activeElement.innerText.trim()`))
		require.Equal(t, "solid", eval[string](p, `getComputedStyle(document.activeElement).outlineStyle`), want)
	}
	p.forget(http.StatusNotFound)
	p.quiet()
}

// many makes jobs as there are after some weeks: rooms of three, some with warnings, some that failed.
func (b *backend) many(t testing.TB, from, to int) {
	t.Helper()
	for n := from; n < to; n++ {
		l := b.add(t, n, func(s *job.Spec) {
			s.Recording, s.User = fmt.Sprintf("room-%d", n/3), fmt.Sprintf("%d", 1000+n%7)
			s.Participant = s.Recording + "-" + s.User
			s.StartUs = time.Date(2026, 5, 1, 0, n, 0, 0, time.UTC).UnixMicro()
		})
		finish(t, l, func(r *job.Record) {
			done(r)
			r.Outputs = b.pictured(t, n)
			if n%50 == 3 {
				failed(r)
				r.Attempts = []job.Attempt{{Number: 1, Owner: "host/1", Started: time.Unix(1_800_000_000, 0), Ended: time.Unix(1_800_000_090, 0),
					Outcome: "failed", Code: "pipeline", Error: "the encoder gave up", Log: "line\n"}}
			}
			if n%10 == 1 {
				r.Warnings = []string{"LOSS", "TRUNCATED"}
			}
			if n == 1 {
				r.Report = []byte(`{"schema": 1, "inputs": [
					{"file": "v.mjr", "codec": "vp8", "offset_ms": 2000, "duration_ms": 58000, "orientation": [{"t_ms": 2000, "degrees": 0},
						{"t_ms": 30000, "degrees": 90, "flip": true}], "holes": [{"kind": "loss", "from_ms": 20000, "to_ms": 20001, "packets": 1},
						{"kind": "frozen", "from_ms": 40000, "to_ms": 48000}]},
					{"file": "a.mjr", "codec": "opus", "offset_ms": 0, "duration_ms": 60000, "holes": [{"kind": "silent", "from_ms": 10000, "to_ms": 30000}]}],
					"outputs": [{"file": "a.mp4", "tracks": [{"kind": "video", "codec": "h264", "width": 320, "height": 180}]}],
					"plan": {"mode": "mixed", "reason": "because", "encoder": "x264enc", "pipeline": "videotestsrc ! fakesink"},
					"warnings": [{"code": "LOSS", "text": "6 % of the packets were lost"}]}`)
				r.Outputs = []job.Output{{File: "/out/a.mp4", Container: "mp4", DurationMs: 60000, Removed: true, Poster: true}}
				r.Steps = []job.Step{{Name: "upload", State: "failed", Attempts: 3, Error: "no bucket"}}
			}
		})
	}
}

// pictured is an output with a picture: a gray one, upright or not.
func (b *backend) pictured(t testing.TB, n int) []job.Output {
	t.Helper()
	size := image.Rect(0, 0, 240, 136)
	if n%3 == 0 {
		size = image.Rect(0, 0, 136, 240)
	}
	var text bytes.Buffer
	picture := image.NewGray(size)
	for i := range picture.Pix {
		picture.Pix[i] = byte(60 + i%136)
	}
	require.NoError(t, jpeg.Encode(&text, picture, nil))
	require.NoError(t, b.queue.PutArtifact(t.Context(), id(n), job.PosterAttempt, job.PosterName(0), text.Bytes()))
	return []job.Output{{File: "/out/a.mp4", Container: "mp4", DurationMs: 60000, SHA256: id(n),
		Removed: true, Poster: true}}
}

// axeCore is the text of axe-core, which `scripts/setup test` fetches where there is npm.
func axeCore(t *testing.T) string {
	t.Helper()
	path := os.Getenv("UPRIGHT_AXE")
	if path == "" {
		path = filepath.Join("..", "..", "..", "build", "npm", "node_modules", "axe-core", "axe.min.js")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skip("there is no axe-core: `scripts/setup test` fetches it where there is npm, or UPRIGHT_AXE says where it is")
	}
	return string(text)
}

// forget drops the complaint of a browser about an answer with this status, which was expected.
func (p *tab) forget(status int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	want := fmt.Sprintf("the server responded with a status of %d", status)
	kept := p.problems[:0]
	for _, problem := range p.problems {
		if !strings.Contains(problem, want) {
			kept = append(kept, problem)
		}
	}
	p.problems = kept
}

// accessible looks at the page as it is, and takes pictures for people.
func (p *tab) accessible(axe, name string) {
	p.t.Helper()
	type finding struct {
		ID, Impact, Help string
		Nodes            []struct{ HTML, FailureSummary string }
	}
	for _, width := range []int64{1200, 768, 360} {
		p.do(chromedp.EmulateViewport(width, 900))
		require.LessOrEqual(p.t, eval[int64](p, "document.documentElement.scrollWidth"), width, "%s sticks out", name)
		for _, dark := range []bool{false, true} {
			if !p.thorough() && (width == 768 || dark == (width == 1200)) {
				continue
			}
			p.dark(dark)
			p.shot(fmt.Sprintf("%s-%d-%v", name, width, map[bool]string{false: "light", true: "dark"}[dark]))
			if !eval[bool](p, `window.axe !== undefined`) {
				eval[bool](p, axe+";true")
			}
			eval[bool](p, `window.findings = null; axe.run(document, {resultTypes: ["violations"]}).then((r) => { window.findings = r.violations; }); true`)
			p.until("window.findings !== null")
			for _, f := range eval[[]finding](p, `window.findings.map((v) => ({ID: v.id, Impact: v.impact || "", Help: v.help,
				Nodes: v.nodes.slice(0, 3).map((n) => ({HTML: n.html, FailureSummary: n.failureSummary}))}))`) {
				require.Fail(p.t, f.Help, "%s at %d, dark: %v: %+v", name, width, dark, f)
			}
		}
		p.dark(false)
	}
	p.do(chromedp.EmulateViewport(1200, 1000))
}

// thorough says whether pictures are kept.
func (p *tab) thorough() bool { return os.Getenv("UPRIGHT_SCREENSHOTS") != "" }
