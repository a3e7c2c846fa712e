package convert_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/profile"
)

// encoded are pictures that an encoder of GStreamer's makes of a test picture, each NAL unit a payload. They begin
// where it says so: with an access unit delimiter, of this type.
func encoded(t *testing.T, encoder, parser string, delimiter func(nal []byte) bool) []testmjr.Unit {
	t.Helper()
	path := filepath.Join(t.TempDir(), "stream")
	line := fmt.Sprintf("videotestsrc num-buffers=150 pattern=ball ! "+
		"video/x-raw,width=320,height=180,framerate=15/1 ! %s ! %s ! filesink location=%s", encoder, parser, path)
	require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{}))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var units []testmjr.Unit
	for _, nal := range bytes.Split(data, []byte{0, 0, 1}) {
		nal = bytes.TrimRight(nal, "\x00")
		switch {
		case len(nal) == 0:
		case delimiter(nal):
			units = append(units, testmjr.Unit{})
		default:
			u := &units[len(units)-1]
			u.Payloads = append(u.Payloads, nal)
		}
	}
	return units
}

// A recording that begins in mid-call, of a sender that refreshes its pictures by and by and sends no key pictures.
func TestIntraRefresh(t *testing.T) {
	scene.NeedDecoder(t)
	if !gstrun.HasElement("x264enc") {
		t.Skip("no x264enc")
	}
	units := encoded(t, "x264enc tune=zerolatency intra-refresh=true key-int-max=30 speed-preset=veryfast "+
		"aud=true bitrate=300",
		"video/x-h264,stream-format=byte-stream", func(nal []byte) bool { return nal[0]&0x1F == 9 })
	require.Len(t, units, 150)
	const from = 20 // the first recovery point behind it is that of picture 30
	video := testmjr.Video("h264", len(units)-from, 15, func(i int) testmjr.Unit { return units[i+from] })
	in, whole := t.TempDir(), t.TempDir()
	video.Write(t, in, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	video.Source, video.Units = func(i int) testmjr.Unit { return units[i] }, len(units)
	video.Write(t, whole, "videoroom-1-user-2-1700000000000000-video-1.mjr")

	r, paths := must(t, in, profile.MP4)
	require.Equal(t, "encode", r.Plan.Mode)
	_, reference := must(t, whole, profile.MP4)
	got, want := grey(t, paths[0], 320, 180), grey(t, reference[0], 320, 180)
	require.Len(t, want, len(units))
	require.Greater(t, len(got), 60)
	require.Less(t, len(got), len(units)-from-10)
	// All that is seen is as it was sent, up to the quality of the second encoding.
	for i := range got {
		require.Less(t, difference(got[len(got)-1-i], want[len(want)-1-i]), 2.0, "picture %d from the end of %d", i, len(got))
	}
}

// grey decodes the brightness of all pictures of a file.
func grey(t *testing.T, path string, width, height int) [][]byte {
	t.Helper()
	pixels, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-map", "0:v:0",
		"-fps_mode", "passthrough",
		"-pix_fmt", "gray", "-f", "rawvideo", "-").Output()
	require.NoError(t, err)
	require.Zero(t, len(pixels)%(width*height))
	return slices.Collect(slices.Chunk(pixels, width*height))
}

// difference is the mean absolute difference of two pictures.
func difference(a, b []byte) float64 {
	sum := 0
	for i := range a {
		sum += max(int(a[i]), int(b[i])) - min(int(a[i]), int(b[i]))
	}
	return float64(sum) / float64(len(a))
}
