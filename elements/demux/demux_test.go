package demux

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/elements/mjrsrc"
	"github.com/upright-media/upright/timeline"
)

func TestMain(m *testing.M) {
	// GLib asks for the folder of temporary files once.
	dir, err := os.MkdirTemp("", "upright-demux-")
	if err != nil {
		panic(err)
	}
	os.Setenv("TMPDIR", dir)
	for _, register := range []func() error{func() error { return mjrsrc.Register(nil) },
		func() error { return Register(nil) }} {
		if err := register(); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// recorded returns the one file of a recording in testdata whose name ends so.
func recorded(t *testing.T, folder, suffix string) string {
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, "*"+suffix+".mjr"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	path, err := filepath.Abs(found[0])
	require.NoError(t, err)
	return path
}

// both plays the picture and the sound that belong to a file.
const both = "filesrc location=%s ! uprightdemux name=d  d.video_0 ! fakesink name=v  d.audio_0 ! fakesink name=a"

// Whichever file it is given, it plays the participant's picture and sound, in sync, as decoders take them.
func TestPlaysBoth(t *testing.T) {
	for _, suffix := range []string{"video-1", "audio-0"} {
		p := gsttest.Parse(t, both,
			recorded(t, "video-late-3s", suffix))
		video, audio := gsttest.Watch(t, p, "v", "sink"), gsttest.Watch(t, p, "a", "sink")
		gsttest.Play(t, p)
		require.Len(t, video.Buffers(), 105)
		require.Len(t, audio.Buffers(), 501)
		require.InDelta(t, 3*time.Second, video.Buffers()[0].PTS, float64(60*time.Millisecond))
		require.Zero(t, audio.Buffers()[0].PTS)
		require.Contains(t, video.Events(gstx.EventCaps)[0], "video/x-h264")
		require.Contains(t, audio.Events(gstx.EventCaps)[0], "audio/x-opus")
		require.Equal(t, []string{"rotate-0"}, video.Tags())
		// Streams of one medium have one group.
		group := func(r *gsttest.Record) string {
			_, after, ok := strings.Cut(r.Events(gstx.EventStreamStart)[0], "group-id=")
			require.True(t, ok)
			word, _, _ := strings.Cut(after, ",")
			return strings.TrimRight(word, ";")
		}
		require.Equal(t, group(video), group(audio))
	}
	require.Zero(t, timeline.InUse())
}

// That nobody wants a stream is no error; that nobody wants any is one.
func TestUnlinked(t *testing.T) {
	path := recorded(t, "video-late-3s", "video-1")
	p := gsttest.Parse(t, "filesrc location=%s ! uprightdemux name=d  d.audio_0 ! fakesink name=a", path)
	audio := gsttest.Watch(t, p, "a", "sink")
	gsttest.Play(t, p)
	require.Len(t, audio.Buffers(), 501)

	alone := filepath.Join(t.TempDir(), "alone.mjr")
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(alone, content, 0o666))
	p = gsttest.Parse(t, "filesrc location=%s ! uprightdemux", alone)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	require.True(t, p.SetState(pipeline.Playing))
	m, ok := p.Pop(time.Minute)
	require.True(t, ok)
	require.Equal(t, pipeline.MessageError, m.Type)
}

// A seek reaches all streams, and each once, whether it comes by one of them or by all.
func TestSeek(t *testing.T) {
	p := gsttest.Parse(t, both,
		recorded(t, "video-late-3s", "audio-0"))
	defer p.Close()
	defer p.SetState(pipeline.Null)
	list := []*gsttest.Record{gsttest.Watch(t, p, "v", "sink"), gsttest.Watch(t, p, "a", "sink")}
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	_, duration := p.Query()
	require.Equal(t, 10020*time.Millisecond, duration)
	for _, r := range list {
		r.Clear()
	}
	require.True(t, p.Seek(pipeline.SeekFlush, 8*time.Second, -1))
	require.True(t, p.WaitState(time.Minute))
	gsttest.ToEnd(t, p)
	for _, r := range list {
		require.Len(t, r.Events(gstx.EventFlushStop), 1)
		require.Len(t, r.Events(gstx.EventSegment), 1)
		require.Contains(t, r.Events(gstx.EventSegment)[0], "start=(guint64)8000000000,")
		require.LessOrEqual(t, r.Buffers()[0].PTS, 8*time.Second)
		require.Greater(t, r.Buffers()[0].PTS, 5*time.Second)
	}
}

// What comes without a file, as from a network, is kept in a temporary file for as long as it plays.
func TestNoFile(t *testing.T) {
	dir := os.Getenv("TMPDIR")
	f, err := os.Open(recorded(t, "video-late-3s", "video-1"))
	require.NoError(t, err)
	defer f.Close()
	p := gsttest.Parse(t, "fdsrc fd=%d ! uprightdemux name=d  d.video_0 ! fakesink name=v", f.Fd())
	defer p.Close()
	video := gsttest.Watch(t, p, "v", "sink")
	gsttest.ToEnd(t, p)
	require.Len(t, video.Buffers(), 105)
	require.Zero(t, video.Buffers()[0].PTS, "alone it begins at once")
	kept, err := filepath.Glob(filepath.Join(dir, "upright-*", "recording.mjr"))
	require.NoError(t, err)
	require.Len(t, kept, 1)
	p.SetState(pipeline.Null)
	kept, err = filepath.Glob(filepath.Join(dir, "upright-*"))
	require.NoError(t, err)
	require.Empty(t, kept)
}

// Messages of a data channel are a stream of text.
func TestText(t *testing.T) {
	p := gsttest.Parse(t, "filesrc location=%s ! uprightdemux name=d  d.text_0 ! fakesink name=t",
		recorded(t, "data-text", "data-2"))
	text := gsttest.Watch(t, p, "t", "sink")
	gsttest.Play(t, p)
	require.NotEmpty(t, text.Buffers())
	require.Contains(t, text.Events(gstx.EventCaps)[0], "text/x-raw")
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		return path
	}
	for _, c := range []struct {
		path   string
		domain gstx.Domain
		code   int
		text   string
	}{
		{write("a.txt", strings.Repeat("something else ", 9)), gstx.StreamDomain, gstx.StreamWrongType,
			"not a Janus recording"},
		{write("nothing.mjr", ""), gstx.StreamDomain, gstx.StreamFailed, "is empty"},
		{write("cut.mjr", "MJR00002\x00\xff{\"t\":"), gstx.StreamDomain, gstx.StreamDemux, "cut off inside its header"},
		{recorded(t, "empty-both", "video-1"), gstx.StreamDomain, gstx.StreamFailed, "is empty"},
		{recorded(t, "e2ee-flagged", "video-1"), gstx.StreamDomain, gstx.StreamDecrypt, "end-to-end encrypted"},
	} {
		p := gsttest.Parse(t, "filesrc location=%s ! uprightdemux ! fakesink", c.path)
		p.SetState(pipeline.Playing)
		m, ok := p.Pop(time.Minute)
		require.True(t, ok, c.path)
		require.Equal(t, pipeline.MessageError, m.Type, "%+v", m)
		require.Equal(t, fmt.Sprint(c.domain, c.code), fmt.Sprint(m.Domain, m.Code), "%+v", m)
		require.Contains(t, m.Text, c.text)
		p.SetState(pipeline.Null)
		p.Close()
	}
	require.Zero(t, timeline.InUse())
}

// It can be stopped at any moment.
func TestStates(t *testing.T) {
	for i := range 20 {
		p := gsttest.Parse(t, "filesrc location=%s ! uprightdemux name=d  d.video_0 ! fakesink  d.audio_0 ! fakesink",
			recorded(t, "video-late-3s", "video-1"))
		p.SetState(pipeline.Paused)
		if i%2 == 0 {
			time.Sleep(time.Duration(i) * time.Millisecond / 2)
		} else {
			require.True(t, p.WaitState(time.Minute))
		}
		require.True(t, p.SetState(pipeline.Null))
		p.Close()
	}
	require.Zero(t, timeline.InUse())
}

// Behind decoders, too, picture and sound go on together from where somebody has sought.
func TestSeekDecoded(t *testing.T) {
	for _, element := range []string{"uridecodebin", "uridecodebin3"} {
		p := gsttest.Parse(t, element+" name=d uri=file://%s  d. ! video/x-raw ! fakesink name=v  d. ! audio/x-raw ! "+
			"fakesink name=a",
			recorded(t, "video-late-3s", "video-1"))
		list := []*gsttest.Record{gsttest.Watch(t, p, "v", "sink"), gsttest.Watch(t, p, "a", "sink")}
		require.True(t, p.SetState(pipeline.Paused))
		require.True(t, p.WaitState(time.Minute), element)
		_, duration := p.Query()
		require.Equal(t, 10020*time.Millisecond, duration)
		for _, r := range list {
			r.Clear()
		}
		require.True(t, p.Seek(pipeline.SeekFlush|pipeline.SeekAccurate, 6*time.Second, -1))
		require.True(t, p.WaitState(time.Minute), element)
		gsttest.ToEnd(t, p)
		for i, r := range list {
			got := r.Buffers()
			require.NotEmpty(t, got, "%s %d", element, i)
			require.InDelta(t, 6*time.Second, got[0].PTS, float64(100*time.Millisecond), "%s %d", element, i)
			require.Greater(t, got[len(got)-1].PTS, 9500*time.Millisecond, "%s %d", element, i)
		}
		p.SetState(pipeline.Null)
		p.Close()
	}
	require.Zero(t, timeline.InUse())
}
