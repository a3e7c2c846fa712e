package uprightsink_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/uprightsink"
	"github.com/upright-media/upright/internal/mp4box"
)

func TestMain(m *testing.M) {
	if err := uprightsink.Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const video = "videotestsrc num-buffers=5 ! video/x-raw,format=I420,width=64,height=48,framerate=30/1 ! x264enc ! video/x-h264,profile=high ! h264parse ! "

func TestOrientationAndTimeAreInTheFileBeforeAnyoneLearnsThatItIsDone(t *testing.T) {
	const us = 1_780_000_000_123_456
	for _, o := range cvo.Orientations() {
		path := filepath.Join(t.TempDir(), "a file.mp4")
		line := fmt.Sprintf(`mp4mux name=m ! uprightsink location="%s" orientation=%s creation-time=%d  %s m. audiotestsrc num-buffers=10 ! avenc_aac ! m.`,
			path, o.ImageOrientation(), int64(us), video)
		// Run returns when the end of the stream is on the bus.
		require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{}))
		info, err := mp4box.Read(path)
		require.NoError(t, err)
		require.Equal(t, time.UnixMicro(us).Unix(), info.Created.Unix())
		require.Len(t, info.Tracks, 2)
		for _, track := range info.Tracks {
			require.Equal(t, time.UnixMicro(us).Unix(), track.Created.Unix())
			if track.Kind != mp4box.Video {
				continue
			}
			got, ok := track.Matrix.Orientation()
			require.True(t, ok)
			require.Equal(t, o, got)
			require.Equal(t, 5, track.Samples)
			if o.Degrees%180 != 0 {
				require.Equal(t, [2]int{48, 64}, [2]int{track.DisplayWidth, track.DisplayHeight})
			}
		}
	}
}

func TestPrimingIsLeftOut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.m4a")
	require.NoError(t, gstrun.Run(t.Context(), "audiotestsrc num-buffers=50 ! audio/x-raw,rate=48000 ! avenc_aac ! mp4mux ! "+
		"uprightsink audio-skip=21333333 location="+path, gstrun.Options{}))
	info, err := mp4box.Read(path)
	require.NoError(t, err)
	require.Equal(t, 21333333*time.Nanosecond, info.Tracks[0].Skip, "1024 samples")
}

// Without its properties it is a filesink, byte by byte.
func TestNothingToPatch(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct{ name, line, properties string }{
		{"a.mkv", video + "matroskamux ! ", "orientation=rotate-0"},
		{"a.raw", "videotestsrc num-buffers=2 ! video/x-raw,width=16,height=16 ! ", "creation-time=1780000000000000"},
		{"a.mp4", video + "mp4mux ! ", ""},
		{"short", "fakesrc num-buffers=1 sizetype=fixed sizemax=3 filltype=pattern ! ", "orientation=rotate-90"},
	} {
		path := filepath.Join(dir, c.name)
		require.NoError(t, gstrun.Run(t.Context(), c.line+"tee name=t ! queue ! uprightsink location="+path+" "+c.properties+
			"  t. ! queue ! filesink buffer-mode=unbuffered location="+path+".plain", gstrun.Options{}), c.name)
		want, err := os.ReadFile(path + ".plain")
		require.NoError(t, err)
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		require.NotEmpty(t, got)
		require.Equal(t, want, got, c.name)
	}
}

func TestOtherContainersWarn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a.mkv")
	var warnings []*gstrun.Error
	require.NoError(t, gstrun.Run(t.Context(), video+"matroskamux ! uprightsink name=out orientation=rotate-90 location="+path,
		gstrun.Options{Warning: func(e *gstrun.Error) { warnings = append(warnings, e) }}))
	require.Len(t, warnings, 1)
	require.Equal(t, gstrun.WrongType, warnings[0].Name)
	require.Equal(t, "uprightsink", warnings[0].Factory)
	require.Equal(t, "out", warnings[0].Element)
	require.Contains(t, warnings[0].Message, "a.mkv")
}

func TestDevNull(t *testing.T) {
	require.NoError(t, gstrun.Run(t.Context(), "fakesrc num-buffers=3 sizetype=fixed sizemax=100 ! uprightsink location=/dev/null creation-time=1",
		gstrun.Options{}))
}

func TestErrors(t *testing.T) {
	dir := t.TempDir()
	broken := "filesrc location=" + filepath.Join(dir, "broken") + " ! "
	require.NoError(t, os.WriteFile(filepath.Join(dir, "broken"), []byte("\x00\x00\x00\x10ftypisom\x00\x00\x00\x00"),
		0o666))
	for _, c := range []struct{ name, line, want, text string }{
		{"no location", "fakesrc num-buffers=1 ! uprightsink", gstrun.NotFound, "set its property location"},
		{"no folder", "fakesrc num-buffers=1 ! uprightsink location=" + dir + "/none/x.mp4", "resource/open-write",
			"none/x.mp4"},
		{"no index", broken + "uprightsink orientation=rotate-90 location=" + dir + "/x.mp4", "stream/mux",
			"did not become a complete MP4"},
		{"disk full", "fakesrc num-buffers=9 sizetype=fixed sizemax=9999 ! uprightsink location=/dev/full",
			gstrun.NoSpaceLeft, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := gstrun.Run(t.Context(), c.line, gstrun.Options{})
			var e *gstrun.Error
			require.True(t, errors.As(err, &e), "%v", err)
			require.Equal(t, c.want, e.Name)
			require.Contains(t, e.Message+e.Debug, c.text)
		})
	}
}

// The orientation of one file is not left over for the next.
func TestIdentityIsWrittenToo(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.mp4")
	require.NoError(t, gstrun.Run(t.Context(), video+"mp4mux ! uprightsink orientation=rotate-0 location="+path,
		gstrun.Options{}))
	info, err := mp4box.Read(path)
	require.NoError(t, err)
	o, ok := info.Tracks[0].Matrix.Orientation()
	require.True(t, ok)
	require.Equal(t, cvo.Orientation{}, o)
}

func TestFaststart(t *testing.T) {
	for _, first := range []bool{false, true} {
		path := filepath.Join(t.TempDir(), "a.mp4")
		require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("%s mp4mux ! uprightsink faststart=%v orientation=rotate-90 location=%s", video, first, path),
			gstrun.Options{}))
		info, err := mp4box.Read(path)
		require.NoError(t, err)
		require.Equal(t, first, info.FastStart)
		require.Equal(t, 5, info.Tracks[0].Samples)
		// The media are where the index says.
		require.NoError(t, gstrun.Run(t.Context(), "filesrc location="+path+" ! qtdemux ! h264parse ! avdec_h264 ! fakesink",
			gstrun.Options{}))
	}
}
