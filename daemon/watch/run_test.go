package watch

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"
)

// run starts the watcher, until the test ends.
func (b *bench) run(change ...func(*Options)) {
	o := b.options()
	for _, c := range change {
		c(&o)
	}
	b.Watcher = New(b.folder, o)
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	group.Go(func() { b.Run(ctx) })
	b.t.Cleanup(func() {
		cancel()
		group.Wait()
	})
	b.eventually(func() bool { s := b.Status(); return s.Error != "" || !s.Scanned.IsZero() })
}

func (b *bench) eventually(what func() bool) {
	b.t.Helper()
	require.Eventually(b.t, what, 2*time.Minute, 10*time.Millisecond, "%+v\n", b.folder)
}

// waitFor waits until these were submitted.
func (b *bench) waitFor(want ...string) {
	b.t.Helper()
	b.eventually(func() bool { b.mu.Lock(); defer b.mu.Unlock(); return len(b.specs) >= len(want) })
	require.Equal(b.t, want, b.submitted())
}

func rarely(f *Folder) { f.Settle, f.Rescan = 300*time.Millisecond, time.Hour }

func TestRunWithEvents(t *testing.T) {
	b := newBench(t, rarely)
	b.run()
	b.call("", "")
	b.waitFor(both)

	// Folders in new folders, and a recording that is renamed long after.
	b.folder.AdoptAfter = time.Hour
	b.put("video-late-3s/"+only(t, "video-late-3s", "*-audio-*.mjr"), "x/y/late.mjr.tmp")
	b.eventually(func() bool { return len(b.Status().Pending) == 1 })
	b.rename("x/y/late.mjr.tmp", "x/y/late.mjr")
	b.waitFor("x/y/late.mjr")

	// A folder of the same name as one that is gone.
	b.remove("x")
	b.eventually(func() bool { return b.Status().Files == 2 })
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "x/y/rec-audio.mjr")
	b.waitFor("x/y/rec-audio.mjr")

	// A writer that takes its time.
	stop := writing(t, ">>", filepath.Join(b.root, "slow-audio.mjr"))
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "slow-audio.mjr")
	b.eventually(func() bool { p := b.Status().Pending; return len(p) == 1 })
	stop()
	b.waitFor("slow-audio.mjr")
}

func TestRunWithoutEvents(t *testing.T) {
	b := newBench(t, func(f *Folder) { f.Settle, f.Rescan = 300*time.Millisecond, 300*time.Millisecond })
	b.run(func(o *Options) { o.NoEvents = true })
	b.call("a/b", ".tmp")
	b.eventually(func() bool { return len(b.Status().Pending) == 1 })
	b.rename("a/b/"+audio+".tmp", "a/b/"+audio)
	b.rename("a/b/"+video+".tmp", "a/b/"+video)
	b.waitFor("a/b/" + audio + " a/b/" + video)
}

func TestRunRootComesLater(t *testing.T) {
	b := newBench(t, func(f *Folder) { f.Settle, f.Rescan = 300*time.Millisecond, 300*time.Millisecond })
	b.remove("")
	b.run()
	require.Contains(t, b.Status().Error, "there is no folder")
	b.call("", "")
	b.waitFor(both)
	b.eventually(func() bool { return b.Status().Error == "" }) // it says so at the end of the scan that submits
	b.remove("")
	b.eventually(func() bool { return b.Status().Error != "" })
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "new.mjr")
	b.waitFor("new.mjr")
}

func TestRunUpdate(t *testing.T) {
	b := newBench(t, rarely)
	b.run()
	b.call("", "")
	b.waitFor(both)
	other := b.folder
	other.Profile = "webm"
	b.Update(other)
	b.waitFor(both)
	other.Root = filepath.Join(filepath.Dir(b.root), "other")
	require.NoError(t, os.Mkdir(other.Root, 0o755))
	b.Update(other)
	b.eventually(func() bool { return b.Status().Folder == other.Root && b.Status().Files == 0 })
	b.root = other.Root
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "new.mjr")
	b.waitFor("new.mjr")
}

// Where the system has no watches left, one warning says so, and scans find what is new.
func TestOutOfWatches(t *testing.T) {
	b := newBench(t, func(f *Folder) { f.Settle, f.Rescan = 100*time.Millisecond, 300*time.Millisecond })
	h := newHints(b.o.Log, false)
	defer h.close()
	b.state.hints = h
	require.NoError(t, h.w.Close()) // every Add fails
	for _, folder := range []string{"a", "b"} {
		require.NoError(t, os.Mkdir(filepath.Join(b.root, folder), 0o755))
	}
	b.scan()
	b.call("b", "")
	b.scan()
	b.pass(time.Second)
	b.scan("b/" + audio + " b/" + video)
	require.Regexp(t, `^[^\n]*the system does not watch all folders[^\n]*\n[^\n]*a recording is complete[^\n]*\n$`,
		b.log.String())
}

func TestHints(t *testing.T) {
	h := newHints(nil, true)
	h.folders["/r/gone"] = fileID{1, 2}
	for name, worth := range map[fsnotify.Event]bool{
		{Name: "/r/x.mjr", Op: fsnotify.Create}:               true,
		{Name: "/r/x.mjr.tmp", Op: fsnotify.Create}:           true,
		{Name: "/r/x.mjr.tmp", Op: fsnotify.Rename}:           true,
		{Name: "/r/x.mjr", Op: fsnotify.Remove}:               true,
		{Name: "/r/1.nfo", Op: fsnotify.Create}:               true,
		{Name: "/r/folder", Op: fsnotify.Create}:              true,
		{Name: "/r/gone", Op: fsnotify.Remove}:                true,
		{Name: "/r/gone", Op: fsnotify.Chmod}:                 false,
		{Name: "/r/x.mjr", Op: fsnotify.Write}:                false,
		{Name: "/r/.x.mjr", Op: fsnotify.Create}:              false,
		{Name: "/r/x.mp4", Op: fsnotify.Create}:               false,
		{Name: "/r/notes.txt", Op: fsnotify.Create}:           false,
		{Name: "/r/done.txt", Op: fsnotify.Remove}:            false,
		{Name: "/r/recording1-done.txt", Op: fsnotify.Create}: true,
	} {
		require.Equal(t, worth, h.worth(name), "%v", name)
	}
	require.True(t, lost(fsnotify.ErrEventOverflow))
}
