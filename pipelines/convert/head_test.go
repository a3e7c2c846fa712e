package convert_test

import (
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/scene"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
)

// TestHead converts a recording whose video begins 3 s after its sound, in all four ways. In each, flash and beep stay
// together.
func TestHead(t *testing.T) {
	scene.NeedDecoder(t)
	whole := truthOf(t, "video-late-3s").DurationMs
	for head, want := range map[options.Head]struct{ start, length float64 }{ // of the pictures, ms
		options.HeadEmpty: {3000, whole},
		options.HeadHold:  {0, whole},
		options.HeadBlack: {0, whole},
		options.HeadTrim:  {0, whole - 3000},
	} {
		for _, profile := range profiles {
			t.Run(string(head)+" "+profile, func(t *testing.T) {
				dir := t.TempDir()
				report, err := converted(t, testmjr.TestData("video-late-3s"), profile,
					convert.Settings{Settings: plan.Settings{Options: options.Options{Head: head}, OutputDir: dir}})
				require.NoError(t, err)
				path := dir + "/" + report.Outputs[0].File
				require.InDelta(t, want.length, report.Outputs[0].DurationMs, 300)
				require.InDelta(t, want.start, scene.Pictures(t, path)[0].At.Seconds()*1000, 150)
				if pictures := scene.Pictures(t, path); head == options.HeadBlack {
					requireBlack(t, path)
					require.InDelta(t, 3000, pictures[1].At.Seconds()*1000, 150)
				}
				off := sync(t, path)
				require.GreaterOrEqual(t, len(off), 2)
				require.InDelta(t, 0, off[len(off)/2].Seconds()*1000, 20, "flash against beep: %v", off)
			})
		}
	}
}

// The camera comes on long after somebody has stopped speaking.
func TestOneBehindTheOther(t *testing.T) {
	source := testmjr.Recorded(t, "rot-h264-90", mjr.Video)
	video := testmjr.Video("h264", 30, 15, testmjr.Loop(source))
	video.Start = 30 * time.Second
	dir := t.TempDir()
	video.Write(t, dir, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	testmjr.Audio(100).Write(t, dir, "videoroom-1-user-2-1700000000000100-audio-0.mjr")
	report, err := converted(t, dir, "", convert.Settings{Settings: plan.Settings{OutputDir: t.TempDir()}})
	require.NoError(t, err)
	out := report.Outputs[0]
	require.InDelta(t, 32_000, out.DurationMs, 50)
	for _, track := range out.Tracks {
		require.InDelta(t, 2000, track.DurationMs, 50, track.Kind)
	}
}

// requireBlack fails if the first picture of a file is anything but black.
func requireBlack(t *testing.T, path string) {
	t.Helper()
	pixels, err := exec.CommandContext(t.Context(), "ffmpeg", "-v", "error", "-nostdin", "-i", path, "-frames:v", "1",
		"-pix_fmt", "gray", "-f", "rawvideo", "-").Output()
	require.NoError(t, err)
	require.NotEmpty(t, pixels)
	require.Less(t, slices.Max(pixels), byte(10), "the brightest value of the first picture")
}
