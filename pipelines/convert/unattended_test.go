package convert_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// TestWorkDir converts as the daemon does: under another name, by way of a folder of its own, with somebody who looks
// on.
func TestWorkDir(t *testing.T) {
	dir := t.TempDir()
	work := filepath.Join(dir, ".work")
	require.NoError(t, os.Mkdir(work, 0o777))
	var seen []string
	s := convert.Settings{
		Settings: plan.Settings{OutputDir: dir, WorkDir: work, Name: "other", Threads: 1}, Identity: "abc",
		OnPlan: func(p *plan.Plan) error {
			require.Equal(t, "mixed", p.Mode)
			require.Contains(t, p.Pipeline, "x264enc threads=1 ")
			require.Contains(t, p.Pipeline, "location="+work+"/.other.mp4.partial")
			require.Contains(t, p.CommandLine, "location="+dir+"/other.mp4")
			require.Empty(t, list(t, work), "nothing is written yet")
			seen = append(seen, "planned")
			return nil
		},
		BeforePublish: func(r *report.Report) error {
			require.Equal(t, []string{".work"}, list(t, dir))
			require.FileExists(t, filepath.Join(work, ".other.mp4.partial"))
			require.Equal(t, "other.mp4", r.Outputs[0].File)
			require.NotEmpty(t, r.Outputs[0].SHA256)
			seen = append(seen, "placing")
			return nil
		},
	}
	made, err := converted(t, testmjr.TestData("pion-vp8-opus"), profile.MP4, s)
	require.NoError(t, err)
	require.Equal(t, []string{"planned", "placing"}, seen)
	require.Equal(t, []string{".work", "other.json", "other.mp4"}, list(t, dir))
	require.Empty(t, list(t, work))
	require.Equal(t, "abc", read(t, filepath.Join(dir, "other.json")).Identity)
	require.NotEqual(t, "other", made.Participant, "who it is does not change")
}

func TestHooksEndAConversion(t *testing.T) {
	stop := errors.New("not now")
	for name, s := range map[string]convert.Settings{
		"on plan":        {OnPlan: func(*plan.Plan) error { return stop }},
		"before publish": {BeforePublish: func(*report.Report) error { return stop }},
	} {
		s.OutputDir = t.TempDir()
		_, err := converted(t, testmjr.TestData("audio-mute-gap"), profile.MP4, s)
		require.ErrorIs(t, err, stop, name)
		require.Empty(t, list(t, s.OutputDir), name)
	}
}

func TestSettingsThatDoNotFit(t *testing.T) {
	s := convert.Settings{Settings: plan.Settings{Options: options.Options{Audio: "loud"}, OutputDir: t.TempDir()}}
	_, err := converted(t, testmjr.TestData("audio-mute-gap"), profile.MP4, s)
	require.ErrorIs(t, err, plan.ErrSettings)
	require.ErrorContains(t, err, `audio is "loud"`)
	s.Audio = ""
	_, err = converted(t, testmjr.TestData("audio-mute-gap"), "avi", s)
	require.ErrorIs(t, err, plan.ErrSettings)
}

// A file that is gone when its turn comes is not left out like a damaged one: the rest would pass for the whole.
func TestFileGoesAway(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(in, os.DirFS(testmjr.TestData("rot-h264-90"))))
	rec, p := only(t, in)
	require.Len(t, p.Tracks, 2)
	gone := p.Tracks[1].Path
	require.NoError(t, os.Remove(gone))
	_, err := convert.Participant(t.Context(), rec, p, profile.Profile{},
		convert.Settings{Settings: plan.Settings{OutputDir: out}}, nil)
	require.ErrorIs(t, err, syscall.ENOENT)
	require.ErrorContains(t, err, gone)
	require.Empty(t, list(t, out))
}

func TestFailedPipelineLeavesItsGraph(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	require.NoError(t, os.CopyFS(in, os.DirFS(testmjr.TestData("rot-h264-90"))))
	rec, p := only(t, in)
	s := convert.Settings{Settings: plan.Settings{OutputDir: out},
		OnPlan: func(*plan.Plan) error { return os.Remove(p.Tracks[0].Path) }}
	_, err := convert.Participant(t.Context(), rec, p, profile.Profile{}, s, nil)
	var failed *pipelines.PipelineError
	require.ErrorAs(t, err, &failed)
	require.Contains(t, failed.Graph, "digraph pipeline")
	require.Contains(t, failed.Graph, "mjrsrc")
	require.Empty(t, list(t, out))
}
