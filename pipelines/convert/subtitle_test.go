package convert_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

// TestSubtitles puts the messages of a data channel into the video: they are there with their texts at their times, the
// .srt file is beside it all the same, and nothing becomes longer.
func TestSubtitles(t *testing.T) {
	spoken := testmjr.TestData("data-text")
	vp8 := t.TempDir() // what would be a WebM
	require.NoError(t, os.CopyFS(vp8, os.DirFS(spoken)))
	const name = "videoroom-1234-user-1001-1795234933963001-video-1.mjr"
	video := testmjr.Video("vp8", 90, 15, testmjr.Loop(testmjr.Recorded(t, "pion-vp8-opus", mjr.Video)))
	video.Header.CreatedUs, video.Header.FirstUs = 1795234933963001, 1795234934089611
	require.NoError(t, os.Remove(filepath.Join(vp8, name)))
	video.Write(t, vp8, name)
	for _, c := range []struct{ folder, profile, container, codec string }{
		{spoken, profile.MP4, "mp4", "tx3g"},
		{vp8, profile.MP4, "mp4", "tx3g"},
		{vp8, profile.Original, "mkv", "utf8"},
	} {
		dir := t.TempDir()
		report, err := converted(t, c.folder, c.profile,
			convert.Settings{Settings: plan.Settings{Options: options.Options{Subtitles: true}, OutputDir: dir}})
		require.NoError(t, err)
		require.Len(t, report.Outputs, 2)
		o := report.Outputs[0]
		require.Equal(t, c.container, o.Container)
		require.Equal(t, "srt", report.Outputs[1].Container)
		require.Len(t, o.Tracks, 3)
		text := o.Tracks[2]
		require.Equal(t, "text", text.Kind)
		require.Equal(t, c.codec, text.Codec)
		plain, _ := must(t, c.folder, c.profile)
		require.Len(t, plain.Outputs[0].Tracks, 2, "only where it is asked for")
		require.InDelta(t, plain.Outputs[0].DurationMs, o.DurationMs, 60, "the last message makes nothing longer")
		if c.folder == spoken {
			require.Equal(t, "copy", report.Plan.Mode)
		}

		srt := subtitles(t, filepath.Join(dir, o.File))
		for _, want := range []string{"hello from alice", "second message", "multi", "unicode: Gr", "bye"} {
			require.Contains(t, srt, want)
		}
		require.Contains(t, srt, "00:00:00,50", "the first message is shown when it was sent")
		for _, w := range report.Warnings {
			require.NotContains(t, w.Text, "its text begins", "the silence in front of it is none of it")
		}
	}
}

// subtitles are those of a file's first track of them, as SubRip.
func subtitles(t *testing.T, path string) string {
	t.Helper()
	ffmpeg, err := exec.LookPath("ffmpeg")
	if err != nil {
		t.Skip("ffmpeg is not installed: cannot read subtitles")
	}
	out, err := exec.Command(ffmpeg, "-v", "error", "-i", path, "-map", "0:s:0", "-f", "srt", "-").Output()
	require.NoError(t, err)
	return string(out)
}
