package verify

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// Copied sound is compared with the recording at both ends, with its hole that was filled.
func TestCopiedSound(t *testing.T) {
	require.NoError(t, pipelines.Register())
	found, err := filepath.Glob("../../testdata/audio-mute-gap/*audio*.mjr")
	require.NoError(t, err)
	require.Len(t, found, 1)
	tl, err := timeline.Load(t.Context(), []*recording.File{janus.ReadFile(found[0])}, timeline.Options{})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "sound.m4a")
	line := launch.Line{"mjrsrc"}.Set("location", found[0]).Add("origin=file").To("uprightmp4sink").Set("location", path)
	require.NoError(t, gstrun.Run(t.Context(), line.String(), gstrun.Options{}))
	v := &Verifier{Partial: path, Has: func(string) bool { return false }, Tracks: tl.Tracks, Timeline: tl,
		Output: &plan.Output{Path: path, Container: "m4a",
			Tracks: []report.Track{{Kind: "audio", Codec: "opus", Copied: true}}}}
	known, err := v.asRecorded(0)
	require.NoError(t, err)
	require.True(t, known)

	f, err := mp4box.Open(path)
	require.NoError(t, err)
	first, last, err := ends(f)
	require.NoError(t, err)
	require.NoError(t, f.Close())
	require.Len(t, first, checkPackets)
	require.Len(t, last, checkPackets)
	require.Greater(t, last[0].At, first[99].At)
	good, err := os.ReadFile(path)
	require.NoError(t, err)
	for at, want := range map[int64]string{
		first[0].At: "packet 1 at the beginning", first[99].At + first[99].Size - 1: "packet 100 at the beginning",
		last[0].At: "packet 1 at the end", last[99].At: "packet 100 at the end",
	} {
		good[at] ^= 1
		require.NoError(t, os.WriteFile(path, good, 0o600))
		good[at] ^= 1
		_, err = v.asRecorded(0)
		require.ErrorIs(t, err, ErrWrong)
		require.ErrorContains(t, err, want+" of its sound, at byte ")
	}
	require.NoError(t, os.WriteFile(path, good, 0o600))
	require.NoError(t, v.same(nil, nil, nil, "end"))
	require.ErrorContains(t, v.same(nil, last[:1], nil, "end"),
		"there are 1 packets at the end of its sound, not 0 as recorded")

	v.Timeline = nil
	known, err = v.asRecorded(0)
	require.NoError(t, err)
	require.False(t, known, "without a timeline")
	v.Timeline, v.Output.Container = tl, "mka"
	known, err = v.asRecorded(0)
	require.NoError(t, err)
	require.False(t, known, "in a container of another kind")
	v.Output.Container, v.Output.Tracks[0].Copied = "m4a", false
	known, err = v.asRecorded(0)
	require.NoError(t, err)
	require.False(t, known, "encoded")
}

// With one key picture, decoding begins there whatever is to be looked at.
func TestOneKeyPicture(t *testing.T) {
	track := &timeline.Track{KeyFrames: 1}
	v := &Verifier{Tracks: []*timeline.Track{track},
		Output: &plan.Output{Tracks: []report.Track{{Kind: "video", Copied: true}, {Kind: "video", Copied: true}}}}
	require.True(t, v.sameEverywhere(0))
	require.False(t, v.sameEverywhere(1), "of which nothing is known")
	track.KeyFrames = 2
	require.False(t, v.sameEverywhere(0))
	track.KeyFrames, v.Output.Tracks[0].Copied = 1, false
	require.False(t, v.sameEverywhere(0), "encoders make key pictures of their own")
}
