package mjrsrc

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/timeline"
)

// After a flushing seek comes the segment asked for, the orientation that holds there, and data from the last key picture
// before. A seek to a key unit is no different, so that several sources stay in step.
func TestSeek(t *testing.T) {
	path := recorded(t, "rot-change-h264-libwebrtc", "video-1")
	_, track := load(t, path)
	for _, c := range []struct {
		flags       gstx.SeekFlags
		start, stop time.Duration
	}{
		{gstx.SeekFlush | gstx.SeekAccurate, 6 * time.Second, -1},
		{gstx.SeekFlush | gstx.SeekKeyUnit, 6 * time.Second, -1},
		{gstx.SeekFlush, 3100 * time.Millisecond, 9 * time.Second},
		{gstx.SeekFlush, 0, 2 * time.Second},
		{gstx.SeekFlush | gstx.SeekAccurate, 12 * time.Second, -1},
	} {
		want, err := timelineAt(t, path, c.start)
		require.NoError(t, err)
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink sync=false", path)
		r := gsttest.Watch(t, p, "src", "src")
		require.True(t, p.SetState(gstx.Paused))
		require.True(t, p.WaitState(10*time.Second))
		_, duration := p.Query()
		require.Equal(t, track.End, duration)
		r.Clear()
		require.True(t, p.Seek(c.flags, c.start, c.stop))
		require.True(t, p.WaitState(10*time.Second))
		position, _ := p.Query()
		require.GreaterOrEqual(t, position, time.Duration(0))
		gsttest.ToEnd(t, p)

		segment := r.Events(gstx.EventSegment)
		require.Len(t, segment, 1)
		require.Contains(t, segment[0], "start=(guint64)"+ns(c.start)+",")
		require.Contains(t, segment[0], "time=(guint64)"+ns(c.start)+",")
		if c.stop > 0 {
			require.Contains(t, segment[0], "stop=(guint64)"+ns(c.stop)+",")
		}
		got := r.Buffers()
		require.Equal(t, want.PTS, got[0].PTS)
		require.LessOrEqual(t, got[0].PTS, max(c.start, track.Start))
		require.True(t, want.Key)
		require.True(t, got[0].Discont)
		require.Equal(t, want.tag, r.Tags()[0], "which way up it is there")
		last := got[len(got)-1].PTS
		if c.stop > 0 {
			require.InDelta(t, c.stop, last, float64(150*time.Millisecond))
		} else {
			require.InDelta(t, track.End, last, float64(150*time.Millisecond))
		}
		items := r.Items()
		require.Equal(t, gstx.EventEOS, items[len(items)-1].Event)
		p.SetState(gstx.Null)
		p.Close()
	}
}

func ns(d time.Duration) string { return strconv.FormatInt(int64(d), 10) }

type unitAt struct {
	PTS time.Duration
	Key bool
	tag string
}

// timelineAt is the unit that a seek leads to, without GStreamer.
func timelineAt(t *testing.T, path string, at time.Duration) (unitAt, error) {
	tl, track := load(t, path)
	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	require.NoError(t, s.Seek(at))
	u, err := s.Next()
	if err != nil {
		return unitAt{}, err
	}
	return unitAt{u.PTS, u.Key, orient.Tag(u.Orientation)}, nil
}

// Decoders drop what is in front of the segment: the first picture shown is the one asked for.
func TestSeekIsAccurateBehindADecoder(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc location=%s ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! video/x-raw,format=I420 ! fakesink name=out", recorded(t, "rot-change-h264-libwebrtc", "video-1"))
	defer p.Close()
	defer p.SetState(gstx.Null)
	r := gsttest.Watch(t, p, "out", "sink")
	require.True(t, p.SetState(gstx.Paused))
	require.True(t, p.WaitState(10*time.Second))
	r.Clear()
	require.True(t, p.Seek(gstx.SeekFlush|gstx.SeekAccurate, 5300*time.Millisecond, -1))
	gsttest.ToEnd(t, p)
	first := r.Buffers()[0]
	require.LessOrEqual(t, first.PTS, 5300*time.Millisecond)
	require.Greater(t, first.PTS+first.Duration, 5300*time.Millisecond)
	tag := ""
	for _, i := range r.Items() {
		if i.Event == 0 {
			break
		}
		if i.Tag != "" {
			tag = i.Tag
		}
	}
	require.Equal(t, "rotate-180", tag, "which way up the first picture is")
}

func TestSeekInMessagesAndSound(t *testing.T) {
	path := messages(t, "text", map[time.Duration]string{0: "a", time.Second: "b", 2 * time.Second: "c"}, 0, time.Second, 2*time.Second)
	for _, c := range []struct {
		path string
		at   time.Duration
	}{{path, 1500 * time.Millisecond}, {recorded(t, "audio-mute-gap", "audio-0"), 5 * time.Second}} {
		p := gsttest.Parse(t, "mjrsrc name=src fill-gaps=false location=%s ! fakesink", c.path)
		r := gsttest.Watch(t, p, "src", "src")
		require.True(t, p.SetState(gstx.Paused))
		require.True(t, p.WaitState(10*time.Second))
		r.Clear()
		require.True(t, p.Seek(gstx.SeekFlush, c.at, -1))
		gsttest.ToEnd(t, p)
		require.NotEmpty(t, r.Buffers())
		order := []gstx.EventType{}
		for _, i := range r.Items() {
			order = append(order, i.Event)
		}
		require.Less(t, slices.Index(order, gstx.EventSegment), slices.Index(order, 0), "no data and no gap in front of the segment")
		if gap := slices.Index(order, gstx.EventGap); gap >= 0 {
			require.Less(t, slices.Index(order, 0), gap)
		}
		p.SetState(gstx.Null)
		p.Close()
	}
}

// One element, used again and again, from different states.
func TestStates(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, "rot-h264-90", "video-1"))
	defer p.Close()
	r := gsttest.Watch(t, p, "src", "src")
	var first []gsttest.Item
	for i := range 20 {
		r.Clear()
		gsttest.ToEnd(t, p)
		items := slices.DeleteFunc(r.Items(), func(i gsttest.Item) bool { return i.Event == gstx.EventStreamStart })
		if i == 0 {
			first = items
		}
		require.Equal(t, first, items, "run %d", i)
		state := []gstx.State{gstx.Ready, gstx.Null, gstx.Paused}[i%3]
		require.True(t, p.SetState(state))
		if state == gstx.Paused {
			require.True(t, p.SetState(gstx.Ready))
		}
		e, _ := p.Element("src")
		if i == 10 {
			other := recorded(t, "rot-change-h264-libwebrtc", "video-1")
			was := e.Arg("location")
			e.SetString("location", other)
			require.True(t, p.SetState(gstx.Paused))
			require.True(t, p.WaitState(10*time.Second))
			e.SetString("location", was)
			require.Equal(t, other, strings.Trim(e.Arg("location"), `"`), "not while it is open")
			require.True(t, p.SetState(gstx.Ready))
			e.SetString("location", strings.Trim(was, `"`))
		}
	}
	require.True(t, p.SetState(gstx.Null))
	require.Empty(t, cache.open, "timelines must not outlive the elements that use them")
}

// Torn down at any moment. Tags are the dangerous thing: gst_element_send_event takes the state lock.
func TestTornDownAtAnyMoment(t *testing.T) {
	video, audio := recorded(t, "chromium-vp8-rot-change", "video-1"), recorded(t, "chromium-vp8-rot-change", "audio-0")
	for i := range 100 {
		p := gsttest.Parse(t, "mjrsrc location=%s ! rtpvp8depay ! fakesink  mjrsrc location=%s ! rtpopusdepay ! fakesink", video, audio)
		require.True(t, p.SetState(gstx.Playing))
		time.Sleep(time.Duration(i) * 100 * time.Microsecond)
		done := make(chan struct{})
		go func() {
			p.SetState(gstx.Null)
			close(done)
		}()
		select {
		case <-done:
			p.Close()
		case <-time.After(20 * time.Second):
			t.Fatal("an element does not stop")
		}
	}
	require.Empty(t, cache.open)
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(content), 0o666))
		return path
	}
	header := func(json string) string {
		return "MJR00002" + string(binary.BigEndian.AppendUint16(nil, uint16(len(json)))) + json
	}
	fifo := filepath.Join(dir, "fifo.mjr")
	require.NoError(t, syscall.Mkfifo(fifo, 0o600))
	for _, c := range []struct {
		name, path string
		domain     gstx.Domain
		code       int
		text       string // in the message
	}{
		{"no location", "", gstx.ResourceDomain, gstx.ResourceNotFound, "set its property location"},
		{"missing", filepath.Join(dir, "missing.mjr"), gstx.ResourceDomain, gstx.ResourceNotFound, "missing.mjr"},
		{"a folder", dir, gstx.ResourceDomain, gstx.ResourceOpenRead, dir},
		{"a FIFO", fifo, gstx.ResourceDomain, gstx.ResourceOpenRead, "fifo.mjr"},
		{"not a recording", file("text.mjr", "this is some other kind of file"), gstx.StreamDomain, gstx.StreamWrongType, "text.mjr is not a Janus recording"},
		{"no byte", file("zero.mjr", ""), gstx.StreamDomain, gstx.StreamFailed, "zero.mjr is empty"},
		{"8 bytes", recorded(t, "empty-both", "video-1"), gstx.StreamDomain, gstx.StreamFailed, "is empty"},
		{"cut header", file("cut.mjr", header(`{"t":"v","c":"vp8"}`)[:20]), gstx.StreamDomain, gstx.StreamDemux, "cut off"},
		{"broken header", file("broken.mjr", header(`{"t":"v"`)), gstx.StreamDomain, gstx.StreamDemux, "broken"},
		{"unknown codec", file("codec.mjr", header(`{"t":"v","c":"theora","s":1,"u":1}`)), gstx.StreamDomain, gstx.StreamCodecNotFound, `"theora"`},
		{"encrypted", recorded(t, "e2ee-flagged", "video-1"), gstx.StreamDomain, gstx.StreamDecrypt, "end-to-end encrypted"},
		{"header only", file("only.mjr", header(`{"t":"v","c":"vp8","s":1,"u":1}`)), gstx.StreamDomain, gstx.StreamFailed, "only.mjr holds no media"},
		{"no key picture", nokey(t), gstx.StreamDomain, gstx.StreamDecode, "no key picture"},
		{"encrypted, unflagged", garbage(t), gstx.StreamDomain, gstx.StreamDecrypt, "probably end-to-end encrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := gsttest.Parse(t, "mjrsrc name=src ! fakesink")
			defer p.Close()
			e, _ := p.Element("src")
			if c.path != "" {
				e.SetString("location", c.path)
			}
			require.False(t, p.SetState(gstx.Paused))
			m, ok := p.Pop(time.Second)
			require.True(t, ok)
			require.Equal(t, gstx.MessageError, m.Type)
			require.Equal(t, "src", m.Element)
			require.Equal(t, "mjrsrc", m.Factory)
			require.Equal(t, c.domain, m.Domain, m.Text)
			require.Equal(t, c.code, m.Code, m.Text)
			require.Contains(t, m.Text, c.text)
			require.True(t, strings.HasSuffix(m.Text, ".") || strings.HasSuffix(m.Text, "?"), "one sentence: %s", m.Text)
			require.Contains(t, m.Debug, ".go")
			p.SetState(gstx.Null)
		})
	}
	require.Empty(t, cache.open)
}

// nokey is a recording of VP8 that begins with delta pictures and has nothing else.
func nokey(t *testing.T) string {
	var packets []packet
	for n := range 30 {
		b := rtp(n, 3000*n, 96)
		// VP8 payload descriptor: start of partition 0; then a frame tag whose bit 0 says that it is no key frame.
		packets = append(packets, packet{time.Duration(n) * 33 * time.Millisecond, append(b, 0x10, 0x11, 0x02, 0x03, 0x04, 0x05)})
	}
	return write(t, mjr.Header{Kind: mjr.Video, Codec: "vp8"}, packets)
}

// garbage is a recording of H.264 whose payload is none.
func garbage(t *testing.T) string {
	var packets []packet
	for n := range 30 {
		b := rtp(n, 3000*n, 107)
		packets = append(packets, packet{time.Duration(n) * 33 * time.Millisecond, append(b, 0xFF, 0x11, 0x02, 0x03, 0x04, 0x05)})
	}
	return write(t, mjr.Header{Kind: mjr.Video, Codec: "h264"}, packets)
}

func rtp(seq, ts int, pt byte) []byte {
	b := []byte{0x80, 0x80 | pt}
	b = binary.BigEndian.AppendUint16(b, uint16(seq+1))
	b = binary.BigEndian.AppendUint32(b, uint32(ts))
	return binary.BigEndian.AppendUint32(b, 7)
}

// A file that disappears or shrinks under the reader is an error, or an early end, and never a crash.
func TestFileIsCutWhileItIsRead(t *testing.T) {
	from := recorded(t, "rot-change-h264-libwebrtc", "video-1")
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "cut.mjr")
	require.NoError(t, os.WriteFile(path, b, 0o666))
	p := gsttest.Parse(t, "mjrsrc location=%s ! fakesink", path)
	defer p.Close()
	defer p.SetState(gstx.Null)
	require.True(t, p.SetState(gstx.Paused))
	require.True(t, p.WaitState(10*time.Second))
	require.NoError(t, os.Truncate(path, int64(len(b)/2)))
	require.True(t, p.SetState(gstx.Playing))
	_, ok := p.Pop(10 * time.Second)
	require.True(t, ok, "the pipeline does not end")
}

func TestURI(t *testing.T) {
	for uri, want := range map[string]string{
		"mjr:///a/b.mjr":                "/a/b.mjr",
		"mjr:///a%20b/%41%3F%23%25.mjr": "/a b/A?#%.mjr",
		"MJR:///x":                      "/x",
		"mjr://localhost/x":             "/x",
		"mjr://":                        "",
	} {
		got, err := pathOf(uri)
		require.NoError(t, err, uri)
		require.Equal(t, want, got)
	}
	for _, uri := range []string{"file:///x", "mjr:x.mjr", "mjr://host/x", "mjr:///x?a=b", "mjr:///x#a", "mjr:///%zz", "mjr://user@localhost/x", "mjr:///x?"} {
		_, err := pathOf(uri)
		require.Error(t, err, uri)
	}
	for _, path := range []string{"/a/b.mjr", `/ü ?#%:\"&;/x`, "/"} {
		s := &source{}
		s.SetProperty("location", path)
		got, err := pathOf(s.URI())
		require.NoError(t, err)
		require.Equal(t, path, got)
	}
	require.Empty(t, (&source{}).URI())

	p := gsttest.Parse(t, "uridecodebin uri=mjr://otherhost/x.mjr ! fakesink")
	defer p.Close()
	require.False(t, p.SetState(gstx.Paused))
	p.SetState(gstx.Null)
}

func TestSiblingsProperty(t *testing.T) {
	for list, want := range map[string][]string{
		"a": {"a"}, "a:b": {"a", "b"}, `a\:b:c`: {"a:b", "c"}, `a\\:b`: {`a\`, "b"}, ":a::b:": {"a", "b"}, `a\`: {`a\`},
	} {
		require.Equal(t, want, split(list), list)
	}
	require.Empty(t, split(""))
}

// Elements of one recording share one reading of its files; as soon as none of them is open, nothing is kept.
func TestOneReadingForAll(t *testing.T) {
	var scans atomic.Int32
	defer func(f func(context.Context, []string, timeline.Options) (*timeline.Timeline, error)) { cache.scan = f }(cache.scan)
	cache.scan = func(ctx context.Context, paths []string, o timeline.Options) (*timeline.Timeline, error) {
		scans.Add(1)
		time.Sleep(20 * time.Millisecond)
		return timeline.Load(ctx, paths, o)
	}
	video, audio := recorded(t, "rot-h264-90", "video-1"), recorded(t, "rot-h264-90", "audio-0")
	line := "mjrsrc location=" + video + " ! fakesink  mjrsrc location=" + audio + " ! fakesink  mjrsrc location=" + audio + " ! fakesink"
	gsttest.Play(t, gsttest.Parse(t, "%s", line))
	require.EqualValues(t, 1, scans.Load())
	require.Empty(t, cache.open)

	gsttest.Play(t, gsttest.Parse(t, "%s", strings.Replace(line, " ! ", " on-loss=keep ! ", 1)))
	require.EqualValues(t, 3, scans.Load(), "once more for each set of options")

	// At the same time from several pipelines.
	scans.Store(0)
	var wg sync.WaitGroup
	var held []*shared
	var mu sync.Mutex
	for range 8 {
		wg.Go(func() {
			s, err := cache.load(t.Context(), []string{audio, video}, timeline.Options{})
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				held = append(held, s)
			}
		})
	}
	wg.Wait()
	require.Len(t, held, 8)
	require.EqualValues(t, 1, scans.Load())
	for _, s := range held {
		require.Same(t, held[0].timeline, s.timeline)
		s.release()
	}
	require.Empty(t, cache.open)

	// A file that has changed is another one.
	path := filepath.Join(t.TempDir(), "x.mjr")
	b, err := os.ReadFile(audio)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b, 0o666))
	one, err := cache.load(t.Context(), []string{path}, timeline.Options{})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, b[:len(b)/2], 0o666))
	two, err := cache.load(t.Context(), []string{path}, timeline.Options{})
	require.NoError(t, err)
	require.NotSame(t, one.timeline, two.timeline)
	require.Greater(t, one.timeline.Duration, two.timeline.Duration)
	one.release()
	two.release()
	require.Empty(t, cache.open)
}

// A failure is not kept.
func TestFailedReadingIsForgotten(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := cache.load(ctx, []string{recorded(t, "rot-h264-90", "video-1")}, timeline.Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, cache.open)
}
