package samplesrc_test

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements"
	"github.com/upright-media/upright/elements/gstrun"
)

// made writes a file by a pipeline that has %s where it goes.
func made(t *testing.T, ext, line string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "made."+ext)
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf(line, path), gstrun.Options{}))
	return path
}

// pictures plays samples through a decoder and counts what comes out: thumbnails of one byte.
func pictures(t *testing.T, path, properties, decoder string) int {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	require.NoError(t, gstrun.Run(t.Context(), fmt.Sprintf("uprightsamplesrc location=%s %s ! %s ! videoscale ! "+
		"videoconvert ! video/x-raw,format=GRAY8,width=16,height=16 ! filesink location=%s", path, properties, decoder, out),
		gstrun.Options{}))
	st, err := os.Stat(out)
	require.NoError(t, err)
	return int(st.Size()) / 256
}

const film = "videotestsrc num-buffers=80 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1"

// A video that is short beside the sound, which qtdemux does not show at all.
func TestShortVideo(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	path := made(t, "mp4", "videotestsrc num-buffers=10 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! "+
		"x264enc bframes=0 ! h264parse ! mp4mux name=m ! filesink location=%s audiotestsrc num-buffers=2000 ! opusenc ! m.")
	require.Equal(t, 10, pictures(t, path, "", "h264parse ! avdec_h264"))
}

// Which of several tracks of a kind is played can be said.
func TestNumber(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	for _, c := range [][2]string{{"mp4", "mp4mux"}, {"mkv", "matroskamux"}} {
		path := made(t, c[0], "audiotestsrc num-buffers=20 ! opusenc ! "+c[1]+" name=m ! filesink location=%s "+
			film+" ! x264enc bframes=0 ! h264parse ! m. "+
			"videotestsrc num-buffers=20 ! video/x-raw,format=I420,width=64,height=48,framerate=10/1 ! x264enc bframes=0 ! "+
			"h264parse ! m.")
		require.Equal(t, 80, pictures(t, path, "number=0", "h264parse ! avdec_h264"), c[0])
		require.Equal(t, 20, pictures(t, path, "number=1", "h264parse ! avdec_h264"), c[0])
		require.ErrorContains(t, gstrun.Run(t.Context(), "uprightsamplesrc location="+path+" number=2 ! fakesink",
			gstrun.Options{}), "no such samples")
	}
}

func TestPlaces(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	for ext, c := range map[string]struct{ make, decode string }{
		"mp4": {film + " ! x264enc bframes=2 b-adapt=false key-int-max=10 ! h264parse ! mp4mux ! filesink location=%s",
			"h264parse ! avdec_h264"},
		"mkv": {film + " ! x264enc bframes=0 key-int-max=10 ! h264parse ! matroskamux ! filesink location=%s",
			"h264parse ! avdec_h264"},
		"webm": {film + " ! vp8enc deadline=1 keyframe-max-dist=10 ! webmmux ! filesink location=%s", "vp8dec"},
	} {
		path := made(t, ext, c.make)
		require.Equal(t, 80, pictures(t, path, "", c.decode), ext)
		require.Equal(t, 7, pictures(t, path, "samples=7", c.decode), ext)
		require.Equal(t, 20, pictures(t, path, fmt.Sprintf("from=%d", 6500*time.Millisecond), c.decode), ext)
		require.Equal(t, 5, pictures(t, path, fmt.Sprintf("from=%d samples=5", 7*time.Second), c.decode), ext)
		if ext != "webm" { // start codes for who knows nothing else
			require.Equal(t, 80, pictures(t, path, "", "video/x-h264,stream-format=byte-stream ! avdec_h264"), ext)
		}
		several := fmt.Sprintf("from=%d,0,%d samples=3", 7*time.Second, 3500*time.Millisecond)
		require.Equal(t, 9, pictures(t, path, several, c.decode), ext)
	}
}

func TestSound(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	for _, line := range []string{
		"audiotestsrc num-buffers=40 ! opusenc ! mp4mux ! filesink location=%s",
		"audiotestsrc num-buffers=40 ! audio/x-raw,channels=6 ! opusenc ! mp4mux ! filesink location=%s",
		"audiotestsrc num-buffers=40 ! opusenc ! matroskamux ! filesink location=%s",
	} {
		path := made(t, "x", line)
		out := filepath.Join(t.TempDir(), "out")
		require.NoError(t, gstrun.Run(t.Context(), "uprightsamplesrc track=audio location="+path+" ! opusparse ! opusdec "+
			"! audioconvert ! audio/x-raw,format=U8,channels=1 ! filesink location="+out, gstrun.Options{}))
		st, err := os.Stat(out)
		require.NoError(t, err)
		require.InDelta(t, 40*1024, st.Size(), 1200, line)
	}
}

func TestRefusals(t *testing.T) {
	require.NoError(t, elements.Register(nil))
	path := made(t, "mp4", "audiotestsrc num-buffers=40 ! opusenc ! mp4mux ! filesink location=%s")
	for _, c := range []struct{ properties, want string }{
		{"", "no file to read"},
		{"location=/nowhere.mp4", "no such samples"},
		{"location=" + path, "no such samples"},
		{"location=/etc/passwd", "no such samples"},
		{"from=0,soon location=" + path, "\"soon\" is no time"},
	} {
		require.ErrorContains(t, gstrun.Run(t.Context(), "uprightsamplesrc "+c.properties+" ! fakesink", gstrun.Options{}),
			c.want)
	}
}
