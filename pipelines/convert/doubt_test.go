package convert

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/pipelines/verify"
	"github.com/upright-media/upright/recording/kinds"
)

func TestGoodOutputsOfABadParticipant(t *testing.T) {
	in, dir := t.TempDir(), t.TempDir()
	for _, name := range []string{"videoroom-1-user-2-1700000000000000-video-1.mjr",
		"videoroom-1-user-2-1700000000000010-video-2.mjr"} {
		testmjr.Video("h264", 30, 15, testmjr.Loop(testmjr.Recorded(t, "video-late-3s", mjr.Video))).Write(t, in, name)
	}
	testmjr.Audio(100).Write(t, in, "videoroom-1-user-2-1700000000000020-audio-0.mjr")
	found, _, err := kinds.Find([]string{in})
	require.NoError(t, err)
	run := func() (*report.Report, error) {
		return Participant(t.Context(), found[0], found[0].Participants[0], profile.Profile{Name: profile.MP4},
			Settings{Settings: plan.Settings{OutputDir: dir}}, nil)
	}

	defer func(f func(*verify.Verifier, context.Context) (*report.Output, []report.Warning, error)) {
		checkOutput = f
	}(checkOutput)
	right := checkOutput
	checkOutput = func(v *verify.Verifier, ctx context.Context) (*report.Output, []report.Warning, error) {
		if strings.Contains(v.Output.Path, "video-2") {
			return nil, nil, fmt.Errorf("%w: %s: it looks odd", verify.ErrWrong, filepath.Base(v.Output.Path))
		}
		return right(v, ctx)
	}
	made, err := run()
	require.ErrorIs(t, err, verify.ErrWrong)
	require.Equal(t, []string{"1-2-video-2.unverified.mp4", "1-2.json", "1-2.mp4"}, filesIn(t, dir))
	require.Len(t, made.Outputs, 1)
	require.Equal(t, "1-2.mp4", made.Outputs[0].File)
	require.Equal(t, []report.Unverified{{File: "1-2-video-2.unverified.mp4", Of: "1-2-video-2.mp4",
		Reason: "the output is not right: 1-2-video-2.mp4: it looks odd"}}, made.Unverified)
	require.NotEmpty(t, made.Error)
	require.Equal(t, report.NotVerified, made.Warnings[len(made.Warnings)-1].Code)
	written, err := os.ReadFile(filepath.Join(dir, "1-2.json"))
	require.NoError(t, err)
	want, err := made.JSON()
	require.NoError(t, err)
	require.Equal(t, string(want), string(written))

	// Once more, with nothing wrong any more: what was left is replaced, and what was doubted goes.
	checkOutput = right
	before, err := os.Stat(filepath.Join(dir, "1-2.mp4"))
	require.NoError(t, err)
	time.Sleep(10 * time.Millisecond)
	_, err = run()
	require.NoError(t, err)
	require.Equal(t, []string{"1-2-video-2.mp4", "1-2.json", "1-2.mp4"}, filesIn(t, dir))
	after, err := os.Stat(filepath.Join(dir, "1-2.mp4"))
	require.NoError(t, err)
	require.NotEqual(t, before.ModTime(), after.ModTime())
}

func TestUnverifiedNames(t *testing.T) {
	require.Equal(t, "a.b.unverified.mp4", unverifiedName("a.b.mp4"))
	require.True(t, isUnverified("a.b.unverified.mp4"))
	require.False(t, isUnverified("unverified.mp4"))
}

func TestAboutOutput(t *testing.T) {
	require.True(t, aboutOutput(fmt.Errorf("%w: it is bad", verify.ErrWrong)))
	_, err := os.ReadFile("/nowhere/at/all")
	require.False(t, aboutOutput(fmt.Errorf("%w: it cannot be read: %w", verify.ErrWrong, err)), "the machine's fault")
	require.False(t, aboutOutput(errors.New("else")))
}

func filesIn(t *testing.T, dir string) (list []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	for _, e := range entries {
		list = append(list, e.Name())
	}
	return list
}
