package mjrsrc

import (
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
)

// After a flushing seek comes the segment asked for, the orientation that holds there, and data from the last key
// picture before. A seek to a key unit is no different, so that several sources stay in step.
func TestSeek(t *testing.T) {
	path := recorded(t, "rot-change-h264-libwebrtc", "video-1")
	_, track := load(t, path)
	for _, c := range []struct {
		flags       pipeline.SeekFlags
		start, stop time.Duration
	}{
		{pipeline.SeekFlush | pipeline.SeekAccurate, 6 * time.Second, -1},
		{pipeline.SeekFlush | pipeline.SeekKeyUnit, 6 * time.Second, -1},
		{pipeline.SeekFlush, 3100 * time.Millisecond, 9 * time.Second},
		{pipeline.SeekFlush, 0, 2 * time.Second},
		{pipeline.SeekFlush | pipeline.SeekAccurate, 12 * time.Second, -1},
	} {
		want, err := timelineAt(t, path, c.start)
		require.NoError(t, err)
		p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink sync=false", path)
		r := gsttest.Watch(t, p, "src", "src")
		require.True(t, p.SetState(pipeline.Paused))
		require.True(t, p.WaitState(time.Minute))
		_, duration := p.Query()
		require.Equal(t, track.End, duration)
		r.Clear()
		require.True(t, p.Seek(c.flags, c.start, c.stop))
		require.True(t, p.WaitState(time.Minute))
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
		p.SetState(pipeline.Null)
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
	return unitAt{u.PTS, u.Key, u.Orientation.ImageOrientation()}, nil
}

// Decoders drop what is in front of the segment: the first picture shown is the one asked for.
func TestSeekIsAccurateBehindADecoder(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc location=%s ! rtph264depay ! h264parse ! avdec_h264 ! videoconvert ! "+
		"video/x-raw,format=I420 ! fakesink name=out", recorded(t, "rot-change-h264-libwebrtc", "video-1"))
	defer p.Close()
	defer p.SetState(pipeline.Null)
	r := gsttest.Watch(t, p, "out", "sink")
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	r.Clear()
	require.True(t, p.Seek(pipeline.SeekFlush|pipeline.SeekAccurate, 5300*time.Millisecond, -1))
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
	path := messages(t, "text", map[time.Duration]string{0: "a", time.Second: "b", 2 * time.Second: "c"}, 0, time.Second,
		2*time.Second)
	for _, c := range []struct {
		path string
		at   time.Duration
	}{{path, 1500 * time.Millisecond}, {recorded(t, "audio-mute-gap", "audio-0"), 5 * time.Second}} {
		p := gsttest.Parse(t, "mjrsrc name=src fill-gaps=false location=%s ! fakesink", c.path)
		r := gsttest.Watch(t, p, "src", "src")
		require.True(t, p.SetState(pipeline.Paused))
		require.True(t, p.WaitState(time.Minute))
		r.Clear()
		require.True(t, p.Seek(pipeline.SeekFlush, c.at, -1))
		gsttest.ToEnd(t, p)
		require.NotEmpty(t, r.Buffers())
		order := []gstx.EventType{}
		for _, i := range r.Items() {
			order = append(order, i.Event)
		}
		require.Less(t, slices.Index(order, gstx.EventSegment), slices.Index(order, 0),
			"no data and no gap in front of the segment")
		if gap := slices.Index(order, gstx.EventGap); gap >= 0 {
			require.Less(t, slices.Index(order, 0), gap)
		}
		p.SetState(pipeline.Null)
		p.Close()
	}
}

// A part of a recording begins with the picture that stands there, however long ago it came.
func TestAPartBeginsWithThePictureThatStands(t *testing.T) {
	screen := recorded(t, "room-meeting", "user-700138-1777983994482737-video-2") // a picture a second or so
	play := func(more string) (times []time.Duration, r *gsttest.Record) {
		p := gsttest.Parse(t, "mjrsrc location=%s %s ! vp8dec ! fakesink name=out sync=false", screen, more)
		defer p.Close()
		defer p.SetState(pipeline.Null)
		r = gsttest.Watch(t, p, "out", "sink")
		gsttest.ToEnd(t, p)
		for _, b := range r.Buffers() {
			times = append(times, b.PTS)
		}
		return times, r
	}
	times, _ := play("")
	require.GreaterOrEqual(t, len(times), 4)
	from, to := times[1]+(times[2]-times[1])*2/3, times[3]
	for _, form := range []string{"", " ! rtpvp8depay"} {
		got, r := play(fmt.Sprintf("from=%d to=%d%s", from, to, form))
		require.Contains(t, r.Events(gstx.EventSegment)[0], "start=(guint64)"+ns(from)+",", "which becomes running time 0")
		require.Equal(t, []time.Duration{from, times[2]}, got, form)
	}
	got, _ := play(fmt.Sprintf("from=%d", times[2]))
	require.Equal(t, times[2:], got, "a picture that comes just then is that which stands")
	got, _ = play(fmt.Sprintf("from=%d", times[len(times)-1]+time.Minute))
	require.Empty(t, got, "where nothing stands any more, nothing comes")
}

func TestAPartThatEndsBeforeItBegins(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc location=%s from=5000000000 to=4000000000 ! fakesink",
		recorded(t, "rot-h264-90", "video-1"))
	defer p.Close()
	defer p.SetState(pipeline.Null)
	require.False(t, p.SetState(pipeline.Paused))
	m, ok := p.Pop(time.Minute)
	require.True(t, ok)
	require.Equal(t, pipeline.MessageError, m.Type)
	require.Contains(t, m.Text, "set to behind from")
}
