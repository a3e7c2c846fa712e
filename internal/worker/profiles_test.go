package worker

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/profile"
)

// TestProfilesOfTheConfiguration: a job is done with the profile that the configuration has by its name; and one that
// cannot be, or has no end, costs this job a sentence, and no other job anything.
func TestProfilesOfTheConfiguration(t *testing.T) {
	profiles := map[string]profile.Profile{
		"grey":    {Video: "videobalance saturation=0 ! auto", Mux: "matroskamux"},
		"typed":   {Video: "videobalanse ! auto"},
		"tap":     {Pipeline: "${video} ! tee name=t ! x264enc ! h264parse ! mp4mux ! ${output} t. ! queue ! autovideosink"},
		"endless": {Video: "imagefreeze ! auto"},
		"blocks": {Pipeline: "${video} ! tee name=t ! x264enc ! h264parse ! matroskamux name=m ! ${output} " +
			"t. ! x264enc ! h264parse ! m."},
	}
	request := func(name string) work.Request {
		req := requestFor(t, testmjr.TestData("pion-vp8-opus"), filepath.Join(t.TempDir(), "out"), "x")
		req.Spec.Profile, req.Profiles, req.Stall = name, profiles, 3*time.Second
		return req
	}
	for name, want := range map[string][2]string{
		"typed":   {job.CodeSettings, "profile typed: video: there is no GStreamer element videobalanse; did you mean videobalance?"},
		"tap":     {job.CodeSettings, "autovideosink would write elsewhere than into the output"},
		"endless": {job.CodeSettings, "profile endless: the pipeline does not end"},
		"blocks":  {job.CodeStalled, "An element of the profile blocks may wait for media that never comes"},
		"gone":    {job.CodeSettings, `there is no profile "gone"; there are mp4, `},
	} {
		r := fails(t, request(name), runOptions(), want[0], want[1])
		require.Equal(t, name == "blocks", r.Graph != "", "%s: of a pipeline that ran there is a drawing", name)
	}
	req := request("grey")
	r := work.Run(t.Context(), req, runOptions())
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	require.Equal(t, []string{"x.json", "x.mkv"}, list(t, req.Spec.Output))
}
