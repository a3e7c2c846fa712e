package mjrsrc

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// Several elements of one recording agree on running time 0 without being told.
func TestOrigin(t *testing.T) {
	video, audio := recorded(t, "video-late-3s", "video-1"), recorded(t, "video-late-3s", "audio-0")
	for _, c := range []struct {
		file, properties string
		want             time.Duration
	}{
		{video, "", 3 * time.Second},
		{audio, "", 0},
		{video, "origin=recording", 3 * time.Second},
		{video, "origin=file", 0},
		{video, "origin=file siblings=" + audio, 0},
		{video, "siblings=" + video, 0},
		{video, "siblings=" + audio, 3 * time.Second},
		{video, "siblings=" + audio + ":" + video, 3 * time.Second},
		{video, "siblings=/does/not/exist.mjr:" + audio, 3 * time.Second},
	} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s %s ! fakesink", c.file, c.properties)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.InDelta(t, c.want, r.Buffers()[0].PTS, float64(60*time.Millisecond), c.properties)
	}
}

// Links to files in their own folder are as good as files: the video that comes 3 s late does so.
func TestLinks(t *testing.T) {
	dir := t.TempDir()
	store := filepath.Join(dir, "store")
	require.NoError(t, os.Mkdir(store, 0o777))
	var links []string
	for i, suffix := range []string{"video-1", "audio-0"} {
		from := recorded(t, "video-late-3s", suffix)
		b, err := os.ReadFile(from)
		require.NoError(t, err)
		to := filepath.Join(store, []string{"1", "2"}[i])
		require.NoError(t, os.WriteFile(to, b, 0o666))
		link := filepath.Join(dir, filepath.Base(from))
		require.NoError(t, os.Symlink([]string{"store/1", to}[i], link))
		links = append(links, link)
	}
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", links[0])
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	require.InDelta(t, 3*time.Second, r.Buffers()[0].PTS, float64(60*time.Millisecond))
}

// Paths with whatever a path can have in it, and a copy of the recording in a folder of its own.
func TestStrangePaths(t *testing.T) {
	dir := filepath.Join(t.TempDir(), `a:b \ "c" ü %41 ?#&`)
	require.NoError(t, os.Mkdir(dir, 0o777))
	var copies []string
	for _, suffix := range []string{"video-1", "audio-0"} {
		from := recorded(t, "video-late-3s", suffix)
		b, err := os.ReadFile(from)
		require.NoError(t, err)
		to := filepath.Join(dir, filepath.Base(from))
		require.NoError(t, os.WriteFile(to, b, 0o666))
		copies = append(copies, to)
	}
	escaped := strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(copies[1])
	for name, set := range map[string]func(gstx.Element){
		"location": func(e gstx.Element) { e.SetString("location", copies[0]) },
		"location and siblings": func(e gstx.Element) {
			e.SetString("location", copies[0])
			e.SetString("siblings", escaped)
		},
		"a path that is not clean": func(e gstx.Element) {
			e.SetString("location", filepath.Dir(copies[0])+"//./"+filepath.Base(copies[0]))
		},
	} {
		p := gsttest.Parse(t, "mjrsrc name=src ! fakesink")
		e, _ := p.Element("src")
		set(e)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.InDelta(t, 3*time.Second, r.Buffers()[0].PTS, float64(60*time.Millisecond), name)
	}

	s := new(source)
	s.SetProperty("location", copies[0])
	uri := s.URI()
	require.NotContains(t, uri, " ")
	p := gsttest.Parse(t, "uridecodebin name=u ! fakesink name=out")
	u, _ := p.Element("u")
	u.SetString("uri", uri)
	r := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	require.InDelta(t, 3*time.Second, r.Buffers()[0].PTS, float64(60*time.Millisecond))
}
