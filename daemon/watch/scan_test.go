package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestEmptyFiles(t *testing.T) {
	b := newBench(t)
	b.write("alone-audio.mjr", nil)
	b.write("pair-audio.mjr", []byte("MJR00002"))
	b.write("pair-video.mjr", []byte("MJR00002"))
	b.write("open-audio.mjr.tmp", nil)
	b.scan()
	b.pass(settle)
	b.scan("alone-audio.mjr", "pair-audio.mjr pair-video.mjr")
	b.rename("open-audio.mjr.tmp", "open-audio.mjr")
	b.scan("open-audio.mjr")
}

func TestSubmitFails(t *testing.T) {
	b := newBench(t)
	for i := range 10 {
		name := fmt.Sprintf("%d-audio.mjr", i)
		b.put("rot-h264-90/"+audio, name)
		b.age(name, time.Hour)
	}
	b.err = errors.New("the queue is full")
	b.scan()
	require.Equal(t, maxFailures, b.tried)
	pending := b.Status().Pending
	require.Len(t, pending, 10)
	for _, p := range pending {
		require.Equal(t, "it is ready, but cannot be submitted: the queue is full", p.Why)
	}
	b.err = nil
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.submitted(), 10)
}

func TestPlan(t *testing.T) {
	b := newBench(t)
	b.call("done", "")
	b.age("done/"+audio, time.Hour)
	b.age("done/"+video, time.Hour)
	b.call("open", ".tmp")
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(b.root, "link.mjr")))
	var names []string
	plan, err := b.Plan(t.Context(), func(s job.Spec) { names = append(names, s.Name) })
	require.NoError(t, err)
	require.Equal(t, []string{"done/1234-1001"}, names)
	require.Len(t, plan.Status.Pending, 1)
	require.Len(t, plan.Status.Rejected, 1)
	require.Zero(t, b.tried)
	b.scan("done/" + audio + " done/" + video)
}

func TestUpdate(t *testing.T) {
	b := newBench(t)
	b.closedCall()
	b.folder.Priority, b.folder.Delivery.Sources = job.High, "move"
	b.Update(b.folder)
	b.scan()
	b.folder.Profile = "webm"
	b.Update(b.folder)
	require.NoError(t, b.Scan(t.Context()))
	require.Equal(t, "webm", b.specs[0].Profile)
	require.Equal(t, "webm", b.Status().Profile)
	b.scan(both)
	b.folder.Exclude = []string{filepath.Join(b.root, "new")}
	b.Update(b.folder)
	b.call("new", "")
	b.scan()
	require.Empty(t, b.Status().Pending)
}

func TestTwoDaemons(t *testing.T) {
	b := newBench(t)
	other := New(b.folder, b.options())
	b.call("", "")
	for _, w := range []*Watcher{b.Watcher, other} {
		require.NoError(t, w.Scan(t.Context()))
	}
	b.pass(settle)
	for _, w := range []*Watcher{b.Watcher, other, b.Watcher} {
		require.NoError(t, w.Scan(t.Context()))
	}
	require.Equal(t, []string{both}, b.submitted())
	b.remove(audio) // the first daemon moves the sources
	require.NoError(t, other.Scan(t.Context()))
	require.Empty(t, b.submitted())
}

func TestBrokenFiles(t *testing.T) {
	b := newBench(t)
	b.put("rot-h264-90/"+audio, audio)
	b.age(audio, time.Hour)
	b.write(video, []byte("MJR00002\x00\x40{\"t")) // it is still being written
	b.write("junk.mjr", []byte("no recording at all"))
	b.age("junk.mjr", time.Hour)
	b.write("new.mjr", []byte("MJR00002\x00\x40{\"t"))
	b.scan()
	require.Len(t, b.Status().Pending, 2)
	require.Len(t, b.Status().Rejected, 1)
	require.Equal(t, "junk.mjr", b.Status().Rejected[0].File)
	require.Contains(t, b.Status().Rejected[0].Why, "junk.mjr")
	b.put("rot-h264-90/"+video, video)
	b.scan()
	b.pass(settle)
	b.scan(both)
	require.Len(t, b.Status().Rejected, 2)
	require.Empty(t, b.Status().Pending)
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "new.mjr")
	b.scan()
	b.pass(settle)
	b.scan("new.mjr")

	// A broken file of a session is converted, as far as it goes, with it: the job's report says what is wrong.
	b.call("cut", "")
	b.write("cut/"+video, []byte("MJR00002\x00\x40{\"t"))
	b.scan()
	b.pass(settle)
	b.scan("cut/" + audio + " cut/" + video)
	require.Equal(t, 2, strings.Count(b.log.String(), "a file is left alone"))
}
