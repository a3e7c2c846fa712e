package playback

import (
	"context"
	_ "embed"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/chromium"
)

//go:embed player.html
var player []byte

// Playback is what a browser made of a file.
type Playback struct {
	Problem    string  // why playing ended early: a MediaError with code and message, or what never came
	Stage      string  // what was being done then
	Duration   float64 // s
	Frames     int     // pictures that were decoded
	AudioBytes int     // of coded audio that were decoded
	Ended      bool    // the end was reached by playing
	Stills     []Still
}

// Still is a picture as the browser shows it.
type Still struct {
	At            float64 // s
	Width, Height int     // as displayed
	PNG           []byte  // empty if there is no picture
}

// Browser is a Chromium that runs until the test ends.
type Browser struct {
	ctx context.Context
}

// Start starts a browser with a profile of its own. Without one the test is skipped or, under `make test`, fails.
func Start(t testing.TB) *Browser {
	t.Helper()
	return &Browser{chromium.Start(t)}
}

// Play plays a file from a server on this machine, in a new tab. Pictures are looked at after seeking to fractions of
// the duration, and at the end.
func (b *Browser) Play(t testing.TB, path string, video bool, fractions ...float64) *Playback {
	t.Helper()
	kind := "audio"
	if video {
		kind = "video"
	}
	script := "play(" + chromium.Literal(t, "/"+url.PathEscape(filepath.Base(path))) + "," + chromium.Literal(t, kind) +
		"," +
		chromium.Literal(t, fractions) + ")"
	return evaluate[*Playback](t, b, filepath.Dir(path), script, chromedp.EvalAwaitPromise)
}

// CanPlay says whether the browser has decoders for a content type with codecs parameter (RFC 6381).
func (b *Browser) CanPlay(t testing.TB, contentType string) bool {
	t.Helper()
	return evaluate[bool](t, b, t.TempDir(), "canPlay("+chromium.Literal(t, contentType)+")")
}

// evaluate runs a script in the player's page, beside which lie the files of a folder.
func evaluate[T any](t testing.TB, b *Browser, folder, script string, options ...chromedp.EvaluateOption) T {
	t.Helper()
	server := httptest.NewServer(handler(folder))
	defer server.Close()
	tab, closeTab := chromedp.NewContext(b.ctx)
	defer closeTab()
	// The page itself gives up on what makes no progress; this is for a browser that died.
	tab, cancel := context.WithTimeout(tab, 10*time.Minute)
	defer cancel()
	require.NoError(t, chromedp.Do(tab, chromedp.Navigate(server.URL)))
	result, err := chromedp.Run(tab, chromedp.Evaluate[T](script, options...))
	require.NoError(t, err, script)
	return result
}

// handler serves the player as / and the files of a folder, with byte ranges, which seeking needs.
func handler(folder string) http.Handler {
	types := map[string]string{".mp4": "video/mp4", ".m4a": "audio/mp4", ".webm": "video/webm"}
	files := http.FileServer(http.Dir(folder))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write(player) // a browser that went away is noticed by its tab
			return
		}
		if kind := types[filepath.Ext(r.URL.Path)]; kind != "" { // systems differ in what they know
			w.Header().Set("Content-Type", kind)
		}
		files.ServeHTTP(w, r)
	})
}
