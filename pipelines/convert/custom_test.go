package convert_test

import (
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/convert"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/profile"
)

func mine(t *testing.T, p profile.Profile) profile.Profile {
	t.Helper()
	p, err := profile.Find("mine", map[string]profile.Profile{"mine": p})
	require.NoError(t, err)
	return p
}

// TestPipelinesOfProfilesThatFail: whatever is in a profile, the conversion ends with a sentence about it and leaves
// nothing behind.
func TestPipelinesOfProfilesThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		profile profile.Profile
		want    string
		is      error
	}{
		"unknown element": {profile.Profile{Video: "videobalanze ! auto"},
			"profile mine: video: there is no GStreamer element videobalanze; did you mean videobalance?", plan.ErrSettings},
		"sink by its class": {profile.Profile{Pipeline: "${video} ! tee name=t ! x264enc ! h264parse ! mp4mux ! ${output} " +
			"t. ! autovideosink"}, "would write elsewhere", plan.ErrSettings},
		"source without end": {profile.Profile{Pipeline: "mp4mux name=m ! ${output} ${audio} ! avenc_aac ! aacparse ! m. " +
			"videotestsrc ! video/x-raw,width=64,height=48 ! x264enc ! h264parse ! m."},
			"profile mine: the pipeline does not end: it is at ", plan.ErrSettings},
		"filter without end": {profile.Profile{Video: "imagefreeze ! auto"},
			"profile mine: the pipeline does not end: it is at ", plan.ErrSettings},
		"tee that blocks": {profile.Profile{Pipeline: "${video} ! tee name=t ! x264enc ! h264parse ! matroskamux name=m ! " +
			"${output} t. ! x264enc ! h264parse ! m."}, "An element of the profile mine may wait", nil},
		"nothing is passed on": {profile.Profile{Video: "valve drop=true drop-mode=drop-all ! auto"},
			"or not pass on that it has ended", nil},
		"element that gives up": {profile.Profile{Video: "identity error-after=5 ! auto"},
			"Failed after iterations as requested", nil},
		"caps that never come up": {profile.Profile{Video: "video/x-raw,format=RGB,width=17 ! auto"},
			"An element of the profile mine does not take what comes to it", nil},
	} {
		t.Run(name, func(t *testing.T) {
			rec, p := only(t, testmjr.TestData("pion-vp8-opus"))
			dir := t.TempDir()
			began := time.Now()
			report, err := convert.Participant(t.Context(), rec, p, mine(t, c.profile),
				convert.Settings{Settings: plan.Settings{OutputDir: dir}, Stall: 3 * time.Second}, nil)
			require.ErrorContains(t, err, c.want)
			require.NotErrorIs(t, err, gstrun.ErrStuck)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			t.Log(err)
			require.NotEmpty(t, report.Error)
			require.Empty(t, report.Outputs)
			require.Empty(t, list(t, dir), "no file is left behind")
			require.Less(t, time.Since(began), 3*time.Minute)
		})
	}
}

// TestMP4MuxOfProfiles: however a profile asks for mp4mux, the file is upright and in sync, with its index in front.
func TestMP4MuxOfProfiles(t *testing.T) {
	const encoded = "x264enc bframes=2 speed-preset=veryfast ! h264parse ! "
	for name, p := range map[string]profile.Profile{
		"a muxer with properties": {Mux: "mp4mux faststart=true latency=5 reserved-max-duration=3600000000000"},
		"a line that copies": {Pipeline: "${video.copy} ! mp4mux name=m faststart=true ! queue ! ${output} " +
			"${audio.copy} ! m.audio_0"},
		"a line that comes back to it": {Pipeline: "mp4mux name=m ${audio.copy} ! m. ${video.copy} ! queue ! m. m. ! ${output}"},
		"a line that encodes":          {Pipeline: "${video} ! " + encoded + "mp4mux name=m ! ${output} ${audio} ! avenc_aac ! m."},
	} {
		t.Run(name, func(t *testing.T) {
			rec, who := only(t, testmjr.TestData("rot-h264-90"))
			dir := t.TempDir()
			report, err := convert.Participant(t.Context(), rec, who, mine(t, p),
				convert.Settings{Settings: plan.Settings{OutputDir: dir}}, nil)
			require.NoError(t, err)
			require.Empty(t, report.Warnings)
			info, err := mp4box.Read(filepath.Join(dir, report.Outputs[0].File))
			require.NoError(t, err)
			require.True(t, info.FastStart)
			require.Equal(t, time.UnixMicro(report.Inputs[0].StartUs).Unix(), info.Created.Unix())
			require.Len(t, info.Tracks, 2)
			v, a := info.Tracks[0], info.Tracks[1]
			require.Equal(t, 90, v.Samples)
			require.Equal(t, []int{180, 320}, []int{v.DisplayWidth, v.DisplayHeight})
			if strings.Contains(p.Pipeline, encoded) {
				require.Equal(t, cvo.Orientation{}, v.Orientation)
				require.Equal(t, 27833*time.Microsecond, a.Skip.Truncate(time.Microsecond), "312 samples of Opus, 1024 of AAC")
			} else {
				require.Equal(t, cvo.Orientation{Degrees: 90}, v.Orientation)
				require.Equal(t, 6500*time.Microsecond, a.Skip)
			}
			require.InDelta(t, 0, v.Start, float64(time.Millisecond))
			require.InDelta(t, v.End(), a.End(), float64(time.Millisecond), "the last picture stands to the end of the sound")
		})
	}
}
