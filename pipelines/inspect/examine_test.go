package inspect

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// examined are the codes of what examine finds in one file.
func examined(t *testing.T, track testmjr.Track, o options.Options) string {
	t.Helper()
	path := track.Write(t, t.TempDir(), "echotest-x-"+string(track.Header.Kind)+".mjr")
	tl, err := timeline.Load(t.Context(), []*recording.File{janus.ReadFile(path)}, o.Timeline())
	require.NoError(t, err)
	require.NoError(t, tl.Tracks[0].Err)
	found, err := examine(t.Context(), tl, o.OrientationID)
	require.NoError(t, err)
	for _, w := range found {
		require.NotEmpty(t, report.Help(w.Code))
	}
	return strings.Join((&report.Report{Warnings: found}).AddCodes(nil), " ")
}

func TestSilentSound(t *testing.T) {
	none := options.Options{}
	require.Equal(t, "AUDIO_SILENT", examined(t, testmjr.Audio(100), none))

	heard := testmjr.Audio(100)
	silence := heard.Source
	loudest := slices.MaxFunc(testmjr.Recorded(t, "rot-h264-90", mjr.Audio), func(a, b testmjr.Unit) int {
		return len(a.Payloads[0]) - len(b.Payloads[0])
	})
	heard.Source = func(i int) testmjr.Unit {
		if i == 90 {
			return loudest
		}
		return silence(i)
	}
	require.Empty(t, examined(t, heard, none), "one packet is enough")

	for _, length := range []time.Duration{5, 10, 40, 60} {
		long := testmjr.Audio(100)
		long.Source = testmjr.Opus(length * time.Millisecond)
		require.Equal(t, "AUDIO_SILENT", examined(t, long, none), length)
	}

	// libavcodec makes this of zeros, when it has begun.
	wide := testmjr.Audio(100)
	wide.Header.Codec, wide.PayloadType, wide.ClockRate = "g722", 9, 8000
	zeros := bytes.Repeat([]byte{0xFA}, 160)
	wide.Source = func(int) testmjr.Unit { return testmjr.Unit{Payloads: [][]byte{zeros}} }
	require.Equal(t, "AUDIO_SILENT", examined(t, wide, none))
	wide.Source = testmjr.Loop(testmjr.Recorded(t, "rot-h264-90", mjr.Audio)) // any bytes are sound
	require.Empty(t, examined(t, wide, none))

	phone := testmjr.Audio(100)
	phone.Header.Codec, phone.PayloadType, phone.ClockRate, phone.Source = "pcmu", 0, 8000, testmjr.PCMU()
	require.Equal(t, "AUDIO_SILENT", examined(t, phone, none))
	quiet := phone.Source
	phone.Source = func(i int) testmjr.Unit {
		if i != 50 {
			return quiet(i)
		}
		return testmjr.Unit{Payloads: [][]byte{append(make([]byte, 1), quiet(i).Payloads[0][1:]...)}}
	}
	require.Empty(t, examined(t, phone, none))
}

// TestRotationUnknown records a sender that says on key pictures only that it is turned, and whose header extension
// nothing names.
func TestRotationUnknown(t *testing.T) {
	video := func(value byte, rule testmjr.Rule) testmjr.Track {
		v := testmjr.Video("vp8", 60, 15, testmjr.VP8(320, 180, 30, 2))
		v.Orientation = &testmjr.Orientation{ID: 5, Value: testmjr.Turned(0, int(value)), Rule: rule}
		return v
	}
	require.Equal(t, "ROTATION_UNKNOWN", examined(t, video(1, testmjr.Changes), options.Options{}))
	for name, c := range map[string]struct {
		track    testmjr.Track
		settings options.Options
	}{
		"upright":            {video(0, testmjr.Changes), options.Options{}},
		"the back camera":    {video(8, testmjr.Changes), options.Options{}},
		"found by itself":    {video(1, testmjr.LibWebRTC), options.Options{}},
		"named by the user":  {video(1, testmjr.Changes), options.Options{OrientationID: 5}},
		"denied by the user": {video(1, testmjr.Changes), options.Options{OrientationID: -1}},
	} {
		require.Empty(t, examined(t, c.track, c.settings), name)
	}
	declared := video(1, testmjr.Changes)
	declared.Header.Extensions = map[int]string{5: cvo.URI}
	require.Empty(t, examined(t, declared, options.Options{}))
	other := video(1, testmjr.Changes)
	other.Header.Extensions = map[int]string{5: "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type"}
	require.Empty(t, examined(t, other, options.Options{}))
}

func TestExamineStops(t *testing.T) {
	path := testmjr.Audio(100).Write(t, t.TempDir(), "echotest-x-audio.mjr")
	tl, err := timeline.Load(t.Context(), []*recording.File{janus.ReadFile(path)}, timeline.Options{})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = examine(ctx, tl, 0)
	require.ErrorIs(t, err, context.Canceled)
}
