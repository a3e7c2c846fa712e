package gstrun_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
)

func TestInspect(t *testing.T) {
	require.Subset(t, gstrun.ElementNames(), []string{"filesink", "videoconvert", "x264enc"})
	for name, want := range map[string]gstrun.ElementInfo{
		"filesink":     {Klass: "Sink/File", Sinks: true},
		"videotestsrc": {Klass: "Source/Video", Sources: true},
		"videoconvert": {Sinks: true, Sources: true},
		"compositor":   {Sinks: true, Sources: true, Children: true},
	} {
		got, ok := gstrun.Inspect(name)
		require.True(t, ok, name)
		if want.Klass == "" {
			got.Klass = ""
		}
		require.Equal(t, want, got, name)
	}
	_, ok := gstrun.Inspect("nosuchelement")
	require.False(t, ok)
}

func TestCheckProperty(t *testing.T) {
	for _, c := range []struct {
		element, property, value string
		want                     gstrun.PropertyState
		span                     string
		text                     bool
	}{
		{"x264enc", "bitrate", "500", gstrun.PropertyGood, "", false},
		{"x264enc", "bitrat", "500", gstrun.PropertyNone, "", false},
		{"x264enc", "bitrate", "fast", gstrun.PropertyBad, "a number from 1 to 2048000", false},
		{"x264enc", "bitrate", "99999999", gstrun.PropertyBad, "a number from 1 to 2048000", false},
		{"x264enc", "option-string", "anything at all", gstrun.PropertyGood, "", true},
		{"x264enc", "speed-preset", "veryfast", gstrun.PropertyGood, "", false},
		{"x264enc", "speed-preset", "2", gstrun.PropertyGood, "", false},
		{"x264enc", "cabac", "perhaps", gstrun.PropertyBad, "true or false", false},
		{"videobalance", "saturation", "3.5", gstrun.PropertyBad, "a number from 0 to 2", false},
		{"videoflip", "method", "sideways", gstrun.PropertyBad, "one of none, clockwise, rotate-180, counterclockwise, " +
			"horizontal-flip, vertical-flip, upper-left-diagonal, upper-right-diagonal, automatic", false},
		{"capsfilter", "caps", "video/x-raw,width=", gstrun.PropertyBad,
			"a media type with its fields, such as video/x-raw,width=640", false},
		{"identity", "last-message", "x", gstrun.PropertyFixed, "", false},
		{"splitmuxsink", "sink", "filesink", gstrun.PropertyObject, "", false},
	} {
		state, span, text := gstrun.CheckProperty(c.element, c.property, c.value)
		require.Equal(t, c.want, state, "%s %s=%s", c.element, c.property, c.value)
		require.Equal(t, c.span, span, "%s %s=%s", c.element, c.property, c.value)
		require.Equal(t, c.text, text, "%s %s=%s", c.element, c.property, c.value)
	}
	require.Contains(t, gstrun.PropertyNames("x264enc"), "bitrate")
	require.NotContains(t, gstrun.PropertyNames("identity"), "last-message")
	require.True(t, gstrun.ValidCaps("video/x-raw,width=640"))
	require.False(t, gstrun.ValidCaps("video/x-raw,width"))
	elements, err := gstrun.Parse("fakesrc ! video/x-raw ! fakesink")
	require.NoError(t, err)
	require.ElementsMatch(t, []string{"fakesrc", "capsfilter", "fakesink"}, elements)
	_, err = gstrun.Parse("audiotestsrc ! video/x-raw ! fakesink")
	require.ErrorContains(t, err, "could not link")
}

// What goes on for ever is noticed, also where only a file grows behind a muxer.
func TestRunEndsWhatHasNoEnd(t *testing.T) {
	for _, line := range []string{
		"videotestsrc ! video/x-raw,width=16,height=16 ! fakesink",
		"videotestsrc num-buffers=5 ! video/x-raw,width=16,height=16,framerate=10/1 ! imagefreeze ! x264enc ! matroskamux ! filesink location=/dev/null",
		"videotestsrc num-buffers=5 ! video/x-raw,width=16,height=16,framerate=10/1 ! imagefreeze ! x264enc ! mp4mux ! filesink location=/dev/null",
	} {
		err := gstrun.Run(t.Context(), line, gstrun.Options{Limit: 20 * time.Second, Interval: 20 * time.Millisecond})
		var limit *gstrun.LimitError
		require.ErrorAs(t, err, &limit, line)
		require.Greater(t, limit.Position, 20*time.Second)
	}
	for _, end := range []string{"fakesink", "matroskamux ! filesink location=/dev/null",
		"mp4mux ! filesink location=/dev/null"} {
		require.NoError(t, gstrun.Run(t.Context(), "videotestsrc num-buffers=90 ! video/x-raw,width=16,height=16,framerate=10/1 ! x264enc ! "+end,
			gstrun.Options{Limit: 10 * time.Second, Interval: time.Millisecond}), end)
	}
}
