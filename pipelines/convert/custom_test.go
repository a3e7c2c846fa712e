package convert_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
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
		"tee that blocks": {profile.Profile{Pipeline: "${video} ! tee name=t ! x264enc ! h264parse ! mp4mux name=m ! " +
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
				convert.Settings{Settings: plan.Settings{OutputDir: dir}, Stall: time.Second}, nil)
			require.ErrorContains(t, err, c.want)
			require.NotErrorIs(t, err, gstrun.ErrStuck)
			if c.is != nil {
				require.ErrorIs(t, err, c.is)
			}
			t.Log(err)
			require.NotEmpty(t, report.Error)
			require.Empty(t, report.Outputs)
			require.Empty(t, list(t, dir), "no file is left behind")
			require.Less(t, time.Since(began), 30*time.Second)
		})
	}
}
