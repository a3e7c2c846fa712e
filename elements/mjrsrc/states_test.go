package mjrsrc

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/internal/gsttest"
	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/elements/internal/pipeline"
	"github.com/upright-media/upright/timeline"
)

// One element, used again and again, from different states.
func TestStates(t *testing.T) {
	p := gsttest.Parse(t, "mjrsrc name=src location=%s ! fakesink", recorded(t, "rot-h264-90", "video-1"))
	defer p.Close()
	r := gsttest.Watch(t, p, "src", "src")
	var first []gsttest.Item
	for i := range 20 {
		r.Clear()
		gsttest.ToEnd(t, p)
		items := slices.DeleteFunc(r.Items(), func(i gsttest.Item) bool { return i.Event == gstx.EventStreamStart })
		if i == 0 {
			first = items
		}
		require.Equal(t, first, items, "run %d", i)
		state := []pipeline.State{pipeline.Ready, pipeline.Null, pipeline.Paused}[i%3]
		require.True(t, p.SetState(state))
		if state == pipeline.Paused {
			require.True(t, p.SetState(pipeline.Ready))
		}
		e, _ := p.Element("src")
		if i == 10 {
			other := recorded(t, "rot-change-h264-libwebrtc", "video-1")
			was := e.Arg("location")
			e.SetString("location", other)
			require.True(t, p.SetState(pipeline.Paused))
			require.True(t, p.WaitState(time.Minute))
			e.SetString("location", was)
			require.Equal(t, other, strings.Trim(e.Arg("location"), `"`), "not while it is open")
			require.True(t, p.SetState(pipeline.Ready))
			e.SetString("location", strings.Trim(was, `"`))
		}
	}
	require.True(t, p.SetState(pipeline.Null))
	require.Zero(t, timeline.InUse(), "timelines must not outlive the elements that use them")
}

// Torn down at any moment. Tags are the dangerous thing: gst_element_send_event takes the state lock.
func TestTornDownAtAnyMoment(t *testing.T) {
	video, audio := recorded(t, "chromium-vp8-rot-change", "video-1"), recorded(t, "chromium-vp8-rot-change", "audio-0")
	for i := range 100 {
		p := gsttest.Parse(t, "mjrsrc location=%s ! rtpvp8depay ! fakesink  mjrsrc location=%s ! rtpopusdepay ! fakesink",
			video, audio)
		require.True(t, p.SetState(pipeline.Playing))
		time.Sleep(time.Duration(i) * 100 * time.Microsecond)
		done := make(chan struct{})
		go func() {
			p.SetState(pipeline.Null)
			close(done)
		}()
		select {
		case <-done:
			p.Close()
		case <-time.After(2 * time.Minute):
			t.Fatal("an element does not stop")
		}
	}
	require.Zero(t, timeline.InUse())
}

// A file that disappears or shrinks under the reader is an error, or an early end, and never a crash.
func TestFileIsCutWhileItIsRead(t *testing.T) {
	from := recorded(t, "rot-change-h264-libwebrtc", "video-1")
	b, err := os.ReadFile(from)
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "cut.mjr")
	require.NoError(t, os.WriteFile(path, b, 0o666))
	p := gsttest.Parse(t, "mjrsrc location=%s ! fakesink", path)
	defer p.Close()
	defer p.SetState(pipeline.Null)
	require.True(t, p.SetState(pipeline.Paused))
	require.True(t, p.WaitState(time.Minute))
	require.NoError(t, os.Truncate(path, int64(len(b)/2)))
	require.True(t, p.SetState(pipeline.Playing))
	_, ok := p.Pop(time.Minute)
	require.True(t, ok, "the pipeline does not end")
}
