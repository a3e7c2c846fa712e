package page_test

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/queue"
	"github.com/upright-media/upright/internal/chromium"
	"github.com/upright-media/upright/internal/e2e"
)

// The whole page, with a real daemon and real recordings, in a real browser.
func TestInBrowser(t *testing.T) {
	chromium := chromium.Start(t)
	dir := t.TempDir()
	in := filepath.Join(dir, "calls")
	require.NoError(t, os.Mkdir(in, 0o755))
	d := e2e.Start(t, e2e.Config(t, dir, nil,
		e2e.Watch{Name: "calls", Folder: in, Output: filepath.Join(dir, "videos"), Template: "{folder}",
			Settle: time.Second}), e2e.Options{})
	p := open(t, chromium, d.Address)
	p.goTo("/")
	p.until(`document.body.innerText.includes("Nothing yet")`)
	require.Contains(t, eval[string](p, "document.body.innerText"), in, "what is watched")
	p.until(`document.querySelector("#state .state")?.innerText === "ready"`)

	// What comes is shown without loading the page again.
	eval[int](p, `window.here = 1`)
	for _, name := range []string{"rot-h264-90", "video-late-3s", "chromium-vp8-rot-change", "e2ee-flagged"} {
		e2e.Copy(t, e2e.Testdata(name), filepath.Join(in, name))
	}
	p.until(`document.querySelectorAll("#done tr[data-state=done]").length === 3`)
	p.until(`document.querySelector("#failed .failure")?.innerText.includes("encrypted")`)
	require.Equal(t, 1, eval[int](p, `window.here`), "the page was loaded again")
	// Each video has its picture, upright.
	p.until(`[...document.querySelectorAll("#done .poster")].filter((i) => i.naturalWidth > 0).length === 3`)
	require.Equal(t, 1, eval[int](p,
		`[...document.querySelectorAll("#done .poster")].filter((i) => i.naturalHeight > i.naturalWidth).length`))
	p.shot("home")

	ids := map[string]string{}
	list, err := d.List(t.Context(), queue.Filter{})
	require.NoError(t, err)
	for _, r := range list.Jobs {
		ids[r.Spec.Name] = r.Spec.ID
	}
	// testdata/*/truth.json: sizes as displayed, and which way up.
	t.Run("upright", func(t *testing.T) {
		p.t = t
		plays(p, ids["rot-h264-90"], 180, 320, "rotate(-90deg)")
	})
	t.Run("late", func(t *testing.T) {
		p.t = t
		plays(p, ids["video-late-3s"], 320, 180, "rotate(0deg)")
		// The video's lane begins where its first picture is.
		require.InDelta(t, 30, eval[float64](p, `parseFloat(document.querySelector(".piece").style.left)`), 1)
	})
	t.Run("turning", func(t *testing.T) {
		p.t = t
		plays(p, ids["chromium-vp8-rot-change"], 320, 180, "rotate(0deg)", "rotate(-90deg)", "rotate(-180deg)",
			"rotate(-270deg)", "rotate(0deg)")
	})
	t.Run("looks", func(t *testing.T) {
		p.t = t
		looks(p, map[string]string{
			"home": "/", "jobs": "/jobs", "failed": "/jobs?state=failed", "turning": "/jobs/" +
				ids["chromium-vp8-rot-change"], "broken": "/jobs/" + ids["e2ee-flagged"],
			"none": "/jobs?text=nothing-like-that",
		})
	})
	p.t = t
	t.Run("without scripts", func(t *testing.T) {
		p.t = t
		p.goTo("/")
		p.until(`document.querySelector("#failed") !== null`)
		require.Zero(t, eval[int](p, `document.querySelectorAll("#failed button").length`), "another round cannot help")
		p.scripts(false)
		defer p.scripts(true)
		id := ids["chromium-vp8-rot-change"]
		p.goTo("/jobs/" + id)
		p.click(`#head button`)
		require.Eventually(t, func() bool {
			r, err := d.Show(t.Context(), id)
			return err == nil && r.Round == 1 && r.State == job.Done &&
				strings.HasSuffix(r.Outputs[0].File, ".2.mp4")
		}, patience, 50*time.Millisecond, "the button does nothing")
	})
	p.t = t
	p.quiet()
}

// plays opens a job's page, plays its video and goes about in it. figures are the transformations of the lane's
// figures.
func plays(p *tab, id string, width, height int, figures ...string) {
	t := p.t
	t.Helper()
	p.goTo("/jobs/" + id)
	p.until(`document.querySelector("video")?.readyState >= 1`)
	require.Equal(t, []int{width, height}, eval[[]int](p,
		`window.v = document.querySelector("video"), [v.videoWidth, v.videoHeight]`), "as displayed")
	require.Equal(t, figures, eval[[]string](p,
		`[...document.querySelectorAll(".piece svg")].map((f) => f.style.transform)`))

	eval[int](p, `v.muted = true; v.play(); 1`)
	p.until(`v.currentTime > 0.5`)
	p.until(`!document.querySelector(".now").hidden`)
	eval[int](p, `v.pause(); 1`)
	// The cursor follows when the browser comes to tell of it.
	share := `(() => { const b = document.querySelector(".track").getBoundingClientRect(), n = document.querySelector(".now").getBoundingClientRect(); return (n.x + n.width / 2 - b.x) / b.width; })()`
	p.until(`!v.seeking && Math.abs(v.currentTime / v.duration - ` + share + `) < 0.02`)

	// A click into a lane goes there, with a pointer…
	box := eval[[]float64](p,
		`(() => { const b = [...document.querySelectorAll(".track")].pop().getBoundingClientRect(); return [b.x + 0.75 * b.width, b.y + b.height / 2]; })()`)
	p.do(chromedp.MouseClickXY(box[0], box[1]))
	p.until(`Math.abs(v.currentTime / v.duration - 0.75) < 0.02 && !v.seeking && Math.abs(0.75 - ` + share + `) < 0.02`)
	p.shot("job-" + id)
	// … and with keys to the beginning of a piece.
	n := len(figures) - 1
	begins := eval[float64](p, `(() => { const b = document.querySelectorAll(".piece:has(svg)")[`+chromium.Literal(t,
		n)+`]; b.focus(); return Number(b.dataset.at) / 1000; })()`)
	p.do(chromedp.KeyEvent(kb.Enter))
	p.until(`Math.abs(v.currentTime - ` + chromium.Literal(t, math.Round(begins*1000)/1000) + `) < 0.05`)
	p.quiet()
}

// looks takes the pages in the dark, and on a phone, where nothing may stick out.
func looks(p *tab, pages map[string]string) {
	p.t.Helper()
	for name, path := range pages {
		p.dark(true)
		p.goTo(path)
		require.Equal(p.t, "rgb(20, 24, 29)", eval[string](p, "getComputedStyle(document.body).backgroundColor"), name)
		p.shot(name + "-dark")
		p.dark(false)
		require.Equal(p.t, "rgb(255, 255, 255)", eval[string](p, "getComputedStyle(document.body).backgroundColor"),
			name)
		p.do(chromedp.EmulateViewport(390, 844))
		p.goTo(path)
		p.shot(name + "-phone")
		require.LessOrEqual(p.t, eval[int](p, "document.documentElement.scrollWidth"), 390, name)
		p.do(chromedp.EmulateViewport(1200, 1000))
	}
	p.quiet()
}
