package mjrsrc

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// load reads a file with its siblings, without GStreamer.
func load(t *testing.T, path string) (*timeline.Timeline, *timeline.Track) {
	t.Helper()
	siblings, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*.mjr"))
	require.NoError(t, err)
	var files []*recording.File
	for _, sibling := range siblings {
		files = append(files, janus.ReadFile(sibling))
	}
	tl, err := timeline.Load(t.Context(), files, timeline.Options{})
	require.NoError(t, err)
	track, err := tl.Track(path)
	require.NoError(t, err)
	return tl, track
}

// The buffers are the timeline's units, packet by packet.
func TestBuffersAreTheUnitsOfTheTimeline(t *testing.T) {
	for _, c := range [][2]string{
		{"rot-change-h264-libwebrtc", "video-1"}, {"rot-change-h264-libwebrtc", "audio-0"},
		{"chromium-vp8-rot-change", "video-1"},
		{"chromium-vp9-opus", "video-1"}, {"audio-mute-gap", "audio-0"}, {"audio-opus-stereo", "audio-0"},
		{"video-late-3s", "video-1"},
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
					if u.Duration > 0 && (track.Info.Medium != recording.Video || u.Last) {
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
	require.Equal(t, []gstx.EventType{gstx.EventStreamStart, gstx.EventCaps, gstx.EventSegment, gstx.EventTag,
		gstx.EventTag}, order)
	require.Contains(t, r.Events(gstx.EventSegment)[0], "start=(guint64)0")
	require.Contains(t, r.Events(gstx.EventSegment)[0], "format=(GstFormat)time")
	_, track := load(t, path)
	tags := strings.ReplaceAll(strings.Join(r.Events(gstx.EventTag), "\n"), `\`, "")
	require.Contains(t, tags,
		"datetime=(datetime)"+time.UnixMicro(track.Info.FirstUs).UTC().Format("2006-01-02T15:04:05.000000Z"))
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

func TestStats(t *testing.T) {
	path := recorded(t, "derived-zero-tail", "video-1")
	_, track := load(t, path)
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", path)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	e, _ := p.Element("src")
	require.Contains(t, strings.ReplaceAll(e.Arg("stats"), `\`, ""), "packets=(guint64)0",
		"nothing is known before the file is open")
	gsttest.ToEnd(t, p)
	stats := strings.ReplaceAll(e.Arg("stats"), `\`, "")
	require.NotZero(t, track.DamagedBytes)
	for name, value := range map[string]int64{"packets": int64(track.Counts.Records), "used": int64(track.Counts.Used),
		"damaged-bytes": track.DamagedBytes, "lost": 0} {
		require.Contains(t, stats, fmt.Sprintf("%s=(guint64)%d", name, value))
	}
	require.Contains(t, stats, "complete=(boolean)false")
	require.Contains(t, stats, "drift-ppm=(double)")
}
