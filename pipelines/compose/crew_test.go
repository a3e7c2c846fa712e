package compose

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/apart"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/fakes"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/room"
)

// What the kernel ends because memory is short is made again beside fewer others. Here it is short where there are more
// than two processes at once, one of which may be that of the sound.
func TestFewerPartsAtATimeWhereMemoryIsShort(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := inParts(t, "speaker")
	dir := t.TempDir()
	s.Child = []string{"/bin/sh", "-c", fmt.Sprintf(`
		mkdir %[1]s/1 2>/dev/null && n=1 || { mkdir %[1]s/2 2>/dev/null && n=2; } || kill -KILL $$
		%[2]s %[3]s; status=$?
		rmdir %[1]s/$n; exit $status`, dir, os.Args[0], apart.Command)}
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Greater(t, len(r.Chunks), 2)
	attempts := 0
	for _, p := range r.Chunks {
		attempts += p.Attempts
	}
	require.NotEmpty(t, r.Warnings)
	require.LessOrEqual(t, attempts, len(r.Chunks)+len(r.Warnings))
	for _, w := range r.Warnings {
		require.Equal(t, report.ChunkRetried, w.Code)
		require.Contains(t, w.Text, "memory is short")
	}
}

// Each part takes one of the sessions of the encoder's device: with one session, parts are drawn one by one.
func TestPartsTakeSessions(t *testing.T) {
	const fake = "vah264enc=" + fakes.Works
	t.Setenv(fakes.Variable, fake)
	require.NoError(t, fakes.Register(true))
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := inParts(t, "speaker")
	dir := t.TempDir()
	s.Child = []string{"/bin/sh", "-c", fmt.Sprintf(`
		read -r line; case "$line" in *uprightstage*) mkdir %[1]s/one || touch %[1]s/two; own=%[1]s/one;; esac
		printf '%%s\n' "$line" | %[2]s %[3]s; status=$?
		[ -z "$own" ] || rmdir $own; exit $status`, dir, os.Args[0], apart.Command)}
	var waited atomic.Bool
	s.Encoders = &probing.Selector{
		Dir:    dir,
		Prober: probing.Prober{Limit: time.Minute},
		Sessions: &probing.Sessions{Dir: dir, Limit: 1, Wait: time.Millisecond,
			Waits: func() { waited.Store(true) }},
		Has: func(name string) bool { return name == "vah264enc" },
	}
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Equal(t, "vah264enc", r.Plan.Encoder)
	require.Greater(t, len(r.Chunks), 2)
	require.Empty(t, r.Warnings)
	require.NoFileExists(t, filepath.Join(dir, "two"))
	require.True(t, waited.Load())
}

func TestCrew(t *testing.T) {
	c := newCrew(4)
	join := func() (context.Context, func()) {
		within, leave, err := c.join(t.Context())
		require.NoError(t, err)
		return within, leave
	}
	one, leaveOne := join()
	c.endLast()
	require.NoError(t, one.Err(), "it is alone")
	two, leaveTwo := join()
	_, leaveThree := join()
	c.endLast()
	c.endLast()
	require.NoError(t, two.Err(), "the third has not left yet")
	require.True(t, c.fewer())
	leaveThree()
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("stopped")
	cancel(stop)
	_, _, err := c.join(ctx)
	require.ErrorIs(t, err, stop, "there are two already")
	next := make(chan struct{})
	go func() {
		_, leave := join()
		defer leave()
		close(next)
	}()
	ctx, cancel = context.WithCancelCause(t.Context())
	watched := make(chan struct{})
	go func() { c.watchMemory(ctx, 1); close(watched) }() // this process has more than one byte
	<-two.Done()
	require.ErrorIs(t, context.Cause(two), errMemory)
	cancel(stop)
	<-watched
	require.NoError(t, one.Err())
	leaveTwo()
	<-next
	require.True(t, c.fewer())
	require.False(t, c.fewer())
	leaveOne()
}

func TestAvailableMemory(t *testing.T) {
	root := t.TempDir()
	require.Equal(t, int64(math.MaxInt64), available(root))
	write := func(path, text string) {
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o700))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	write("proc/meminfo", "MemTotal:       24000000 kB\nMemAvailable:    1000 kB\n")
	require.Equal(t, int64(1000<<10), available(root))
	write("proc/self/cgroup", "0::/system.slice/upright.service\n")
	write("sys/fs/cgroup/system.slice/upright.service/memory.max", "max\n")
	write("sys/fs/cgroup/system.slice/upright.service/memory.current", "500000\n")
	require.Equal(t, int64(1000<<10), available(root))
	write("sys/fs/cgroup/system.slice/memory.max", "900000\n")
	write("sys/fs/cgroup/system.slice/memory.current", "600000\n")
	require.Equal(t, int64(300_000), available(root))
	write("sys/fs/cgroup/system.slice/memory.current", "950000\n")
	require.Zero(t, available(root))

	canvas := &room.Score{Canvas: &room.Canvas{Width: 1280, Height: 720}, Sources: make([]room.ScoreSource, 4)}
	require.Equal(t, 4, fitting(canvas, 4, 8<<30))
	require.Equal(t, 2, fitting(canvas, 4, 500<<20))
	require.Equal(t, 1, fitting(canvas, 4, 0))
	canvas.Voices = make([]room.Voice, 1)
	require.Equal(t, 1, fitting(canvas, 4, 500<<20), "the sound is mixed beside them")

	c := &composing{score: canvas, settings: Settings{Chunks: 8}}
	require.Greater(t, c.memory(), int64(0))
	c.settings.Memory = 1
	require.Less(t, c.memory(), int64(0), "this process has all already")
	require.Equal(t, 1, c.most())
}
