package mjrsrc

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
)

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
		p := gsttest.Parse(t, "mjrsrc fill-gaps=%v location=%s ! rtpopusdepay ! opusdec ! "+
			"audio/x-raw,rate=48000,channels=1 ! audiorate ! fakesink name=out",
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

func TestMessages(t *testing.T) {
	ms := time.Millisecond
	path := messages(t, "text", map[time.Duration]string{0: "hello", 1500 * ms: "wörld", 1700 * ms: "",
		1800 * ms: "bad \xff byte", 20000 * ms: "the end"},
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
	require.Equal(t, []line{{0, 1500 * ms, "hello"}, {1500 * ms, 300 * ms, "wörld"},
		{1800 * ms, 5 * time.Second, "bad \uFFFD byte"},
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
