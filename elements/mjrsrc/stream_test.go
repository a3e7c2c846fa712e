package mjrsrc

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/orient"
	"github.com/upright-media/upright/timeline"
)

// load reads a file with its siblings, without GStreamer.
func load(t *testing.T, path string) (*timeline.Timeline, *timeline.Track) {
	t.Helper()
	siblings, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.mjr"))
	require.NoError(t, err)
	tl, err := timeline.Load(t.Context(), siblings, timeline.Options{})
	require.NoError(t, err)
	track, err := tl.Track(path)
	require.NoError(t, err)
	return tl, track
}

// The buffers are the timeline's units, packet by packet.
func TestBuffersAreTheUnitsOfTheTimeline(t *testing.T) {
	for _, c := range [][2]string{
		{"rot-change-h264-libwebrtc", "video-1"}, {"rot-change-h264-libwebrtc", "audio-0"}, {"chromium-vp8-rot-change", "video-1"},
		{"chromium-vp9-opus", "video-1"}, {"audio-mute-gap", "audio-0"}, {"audio-opus-stereo", "audio-0"}, {"video-late-3s", "video-1"},
		{"derived-mjr00001", "video-1"}, {"derived-zero-tail", "audio-0"},
	} {
		t.Run(c[0]+" "+c[1], func(t *testing.T) {
			path := recorded(t, c[0], c[1])
			p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
			r := gsttest.Watch(t, p, "src", "src")
			gsttest.Play(t, p)
			got := r.Buffers()

			tl, track := load(t, path)
			s, err := tl.Open(track)
			require.NoError(t, err)
			defer s.Close()
			units := 0
			for last := time.Duration(0); ; units++ {
				u, err := s.Next()
				if errors.Is(err, io.EOF) {
					break
				}
				require.NoError(t, err)
				require.GreaterOrEqual(t, u.PTS, last, "unit %d", units)
				last = u.PTS
				for i, packet := range u.Packets {
					require.NotEmpty(t, got, "buffers are missing from unit %d on", units)
					b := got[0]
					got = got[1:]
					require.Equal(t, u.PTS, b.PTS, "unit %d, packet %d", units, i)
					if u.Duration > 0 {
						require.Equal(t, u.Duration, b.Duration)
					}
					require.Equal(t, packet, b.Data)
					require.Equal(t, packet[1]&0x80 != 0, b.Marker)
					require.Equal(t, i, b.Index, "all packets of a unit go in one list")
					require.Equal(t, i == 0 && (u.Discont || units == 0), b.Discont, "unit %d, packet %d", units, i)
					require.Equal(t, u.Gap, b.Gap)
				}
			}
			require.Empty(t, got)
			require.NotZero(t, units)
		})
	}
}

// The order that GStreamer asks for, once.
func TestEventsInFront(t *testing.T) {
	path := recorded(t, "rot-h264-90", "video-1")
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	var order []gstx.EventType
	for _, i := range r.Items() {
		if i.Event == 0 {
			break
		}
		order = append(order, i.Event)
	}
	require.Equal(t, []gstx.EventType{gstx.EventStreamStart, gstx.EventCaps, gstx.EventSegment, gstx.EventTag, gstx.EventTag}, order)
	require.Contains(t, r.Events(gstx.EventSegment)[0], "start=(guint64)0")
	require.Contains(t, r.Events(gstx.EventSegment)[0], "format=(GstFormat)time")
	_, track := load(t, path)
	tags := strings.ReplaceAll(strings.Join(r.Events(gstx.EventTag), "\n"), `\`, "")
	require.Contains(t, tags, "datetime=(datetime)"+time.UnixMicro(track.Header.FirstUs).UTC().Format("2006-01-02T15:04:05.000000Z"))
	require.Equal(t, []string{"rotate-90"}, r.Tags())
	items := r.Items()
	require.Equal(t, gstx.EventEOS, items[len(items)-1].Event)

	// The id of the stream is the file's: the same each time.
	first := r.Events(gstx.EventStreamStart)
	p = gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
	r = gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	require.Equal(t, streamID(t, first[0]), streamID(t, r.Events(gstx.EventStreamStart)[0]))
}

func streamID(t *testing.T, event string) string {
	_, after, ok := strings.Cut(event, "stream-id=(string)")
	require.True(t, ok, event)
	id, _, _ := strings.Cut(after, ",")
	require.NotEmpty(t, id)
	return id
}

// The tag is in front of the first packet of the first picture that it applies to, although the sender puts it on the last, and it
// keeps that place through depayloader and decoder. truth.json says when the sender turned.
func TestOrientationIsInFrontOfItsPicture(t *testing.T) {
	for _, c := range []struct{ folder, decode string }{
		{"rot-change-h264-libwebrtc", "rtph264depay ! avdec_h264"},
		{"chromium-vp8-rot-change", "rtpvp8depay ! vp8dec"},
	} {
		t.Run(c.folder, func(t *testing.T) {
			path := recorded(t, c.folder, "video-1")
			_, track := load(t, path)
			var want []string
			var at []time.Duration
			for _, o := range track.Orientations {
				want, at = append(want, orient.Tag(o.Orientation)), append(at, o.At)
			}
			require.Len(t, want, 5)
			compareWithTruth(t, c.folder, want, at)

			p := gsttest.Parse(t, "mjrsrc name=src location=%s ! %s ! fakesink name=out", path, c.decode)
			src, out := gsttest.Watch(t, p, "src", "src"), gsttest.Watch(t, p, "out", "sink")
			gsttest.Play(t, p)
			for name, r := range map[string]*gsttest.Record{"packets": src, "pictures": out} {
				var tags []string
				var times []time.Duration
				tagged := false
				for _, i := range r.Items() {
					if i.Tag != "" && (len(tags) == 0 || tags[len(tags)-1] != i.Tag) {
						tags, tagged = append(tags, i.Tag), true
					}
					if i.Event == 0 && tagged {
						times, tagged = append(times, i.PTS), false
						require.Zero(t, i.Index)
					}
				}
				require.Equal(t, want, tags, name)
				require.Len(t, times, len(at), name)
				for i := range at {
					require.InDelta(t, at[i], times[i], float64(time.Millisecond), "%s: %s", name, want[i])
				}
			}
		})
	}
}

// compareWithTruth compares with what the sender did, as far as a picture's distance.
func compareWithTruth(t *testing.T, folder string, tags []string, at []time.Duration) {
	b, err := os.ReadFile(filepath.Join("../../testdata", folder, "truth.json"))
	require.NoError(t, err)
	var truth struct {
		Participants []struct {
			Video struct {
				Orientation []struct {
					TMs     float64 `json:"t_ms"`
					Degrees int     `json:"degrees"`
				} `json:"orientation"`
			} `json:"video"`
		} `json:"participants"`
	}
	require.NoError(t, json.Unmarshal(b, &truth))
	turns := truth.Participants[0].Video.Orientation
	require.Len(t, turns, len(tags))
	for i, turn := range turns {
		require.Equal(t, fmt.Sprintf("rotate-%d", turn.Degrees), tags[i])
		if i > 0 {
			between := (turn.TMs - turns[i-1].TMs) * float64(time.Millisecond)
			require.InDelta(t, between, at[i]-at[i-1], float64(150*time.Millisecond), "turn %d", i)
		}
	}
}

// Who reads one stream after another with one decoder must not keep the turn of the one before.
func TestUprightIsSaidToo(t *testing.T) {
	for _, file := range [][2]string{{"pion-vp8-opus", "video-1"}, {"video-late-3s", "video-1"}} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, file[0], file[1]))
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.Equal(t, []string{"rotate-0"}, r.Tags())
	}
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, "pion-vp8-opus", "audio-0"))
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	require.Empty(t, r.Tags(), "sound has no orientation")
}

func TestOrientationID(t *testing.T) {
	path := recorded(t, "rot-h264-90", "video-1")
	for id, want := range map[int]string{0: "rotate-90", -1: "rotate-0", 9: "rotate-0"} {
		p := gsttest.Parse(t, "mjrsrc name=src location=%s orientation-id=%d ! fakesink", path, id)
		r := gsttest.Watch(t, p, "src", "src")
		gsttest.Play(t, p)
		require.Equal(t, []string{want}, r.Tags(), "orientation-id=%d", id)
	}
}

// Four seconds of mute. Filled, the packets follow each other without a hole; else a GAP event covers it.
func TestGaps(t *testing.T) {
	path := recorded(t, "audio-mute-gap", "audio-0")
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	filled := r.Buffers()
	var silence time.Duration
	for i, b := range filled {
		if b.Gap {
			silence += b.Duration
		}
		if i > 0 {
			require.InDelta(t, filled[i-1].PTS+filled[i-1].Duration, b.PTS, float64(time.Microsecond), "packet %d", i)
		}
	}
	require.InDelta(t, 4*time.Second, silence, float64(100*time.Millisecond))
	require.Empty(t, r.Events(gstx.EventGap))

	p = gsttest.Parse(t, "mjrsrc name=src fill-gaps=false location=%s ! fakesink", path)
	r = gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	for _, b := range r.Buffers() {
		require.False(t, b.Gap)
	}
	require.InDelta(t, 200, len(filled)-len(r.Buffers()), 5, "packets of 20 ms in 4 s")
	var covered time.Duration
	for _, e := range r.Events(gstx.EventGap) {
		var at, length uint64
		_, err := fmt.Sscanf(e, "GstEventGap, timestamp=(guint64)%d, duration=(guint64)%d", &at, &length)
		require.NoError(t, err, e)
		covered += time.Duration(length)
	}
	require.InDelta(t, silence, covered, float64(time.Millisecond))
}

// The decoded sound has no hole either way, and ends where the video ends.
func TestDecodedSoundIsAsLongAsTheCall(t *testing.T) {
	for _, fill := range []bool{true, false} {
		p := gsttest.Parse(t, "mjrsrc fill-gaps=%v location=%s ! rtpopusdepay ! opusdec ! audio/x-raw,rate=48000,channels=1 ! audiorate ! fakesink name=out",
			fill, recorded(t, "audio-mute-gap", "audio-0"))
		r := gsttest.Watch(t, p, "out", "sink")
		gsttest.Play(t, p)
		samples := 0
		for _, b := range r.Buffers() {
			samples += len(b.Data) / 2
		}
		require.InDelta(t, 11.02, float64(samples)/48000, 0.05, "fill-gaps=%v", fill)
	}
}

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
		"location":              func(e gstx.Element) { e.SetString("location", copies[0]) },
		"location and siblings": func(e gstx.Element) { e.SetString("location", copies[0]); e.SetString("siblings", escaped) },
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

	uri := (&source{settings: settings{location: copies[0]}}).URI()
	require.NotContains(t, uri, " ")
	p := gsttest.Parse(t, "uridecodebin name=u ! fakesink name=out")
	u, _ := p.Element("u")
	u.SetString("uri", uri)
	r := gsttest.Watch(t, p, "out", "sink")
	gsttest.Play(t, p)
	require.InDelta(t, 3*time.Second, r.Buffers()[0].PTS, float64(60*time.Millisecond))
}

func TestMessages(t *testing.T) {
	ms := time.Millisecond
	path := messages(t, "text", map[time.Duration]string{0: "hello", 1500 * ms: "wörld", 1700 * ms: "", 1800 * ms: "bad \xff byte", 20000 * ms: "the end"},
		0, 1500*ms, 1700*ms, 1800*ms, 20000*ms)
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! text/x-raw,format=utf8 ! fakesink", path)
	r := gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	type line struct {
		at, length time.Duration
		text       string
	}
	var got []line
	for _, b := range r.Buffers() {
		got = append(got, line{b.PTS, b.Duration, string(b.Data)})
	}
	require.Equal(t, []line{{0, 1500 * ms, "hello"}, {1500 * ms, 300 * ms, "wörld"}, {1800 * ms, 5 * time.Second, "bad \uFFFD byte"},
		{20 * time.Second, 5 * time.Second, "the end"}}, got)

	// Good enough to be subtitles.
	srt := filepath.Join(t.TempDir(), "out.srt")
	gsttest.Play(t, gsttest.Parse(t, "mjrsrc location=%s ! srtenc ! filesink location=%s", path, srt))
	b, err := os.ReadFile(srt)
	require.NoError(t, err)
	require.Contains(t, string(b), "00:00:01,500 --> 00:00:01,800\nwörld")

	binary := messages(t, "binary", map[time.Duration]string{0: "\x00\xff"}, 0)
	p = gsttest.Parse(t, "mjrsrc name=src location=%s ! application/octet-stream ! fakesink", binary)
	r = gsttest.Watch(t, p, "src", "src")
	gsttest.Play(t, p)
	require.Equal(t, []byte("\x00\xff"), r.Buffers()[0].Data)
}

func TestStats(t *testing.T) {
	path := recorded(t, "derived-zero-tail", "video-1")
	_, track := load(t, path)
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
	defer p.Close()
	defer p.SetState(gstx.Null)
	e, _ := p.Element("src")
	require.Contains(t, strings.ReplaceAll(e.Arg("stats"), `\`, ""), "packets=(guint64)0", "nothing is known before the file is open")
	gsttest.ToEnd(t, p)
	stats := strings.ReplaceAll(e.Arg("stats"), `\`, "")
	require.NotZero(t, track.DamagedBytes)
	for name, value := range map[string]int64{"packets": int64(track.Counts.Records), "used": int64(track.Counts.Used), "damaged-bytes": track.DamagedBytes, "lost": 0} {
		require.Contains(t, stats, fmt.Sprintf("%s=(guint64)%d", name, value))
	}
	require.Contains(t, stats, "complete=(boolean)false")
	require.Contains(t, stats, "drift-ppm=(double)")
}
