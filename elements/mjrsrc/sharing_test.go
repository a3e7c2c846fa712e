package mjrsrc

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// Elements of one recording share one reading of its files, also with who runs the pipeline and writes the paths
// differently; as soon as none of them is open, nothing is kept.
func TestOneReadingForAll(t *testing.T) {
	video, audio := recorded(t, "rot-h264-90", "video-1"), recorded(t, "rot-h264-90", "audio-0")
	runner, err := timeline.Share(t.Context(), []*recording.File{janus.ReadFile("./" + audio), janus.ReadFile(video)},
		timeline.Options{})
	require.NoError(t, err)
	p := gsttest.Parse(t, "mjrsrc name=a location=%s ! fakesink  mjrsrc location=%s ! fakesink  mjrsrc "+
		"location=%s ! fakesink", video, audio, audio)
	defer p.Close()
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	require.Equal(t, 1, timeline.InUse())
	runner.Release()
	require.Equal(t, 1, timeline.InUse(), "the elements still use it")
	require.True(t, p.SetState(pipeline.Ready))
	require.Zero(t, timeline.InUse())

	e, _ := p.Element("a")
	e.SetArg("on-loss", "keep")
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	require.Equal(t, 2, timeline.InUse(), "one for each set of options")
	require.True(t, p.SetState(pipeline.Null))
	require.Zero(t, timeline.InUse())
}
