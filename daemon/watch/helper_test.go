package watch

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// bench is a watcher with a queue that only takes notes, and a clock that tests move.
type bench struct {
	t      testing.TB
	folder Folder
	root   string
	log    strings.Builder
	*Watcher

	mu     sync.Mutex
	passed time.Duration
	set    time.Duration // by how much the clock was set
	known  map[string]bool
	specs  []job.Spec
	err    error // of submitting
	tried  int
}

const settle = 10 * time.Second

func newBench(t testing.TB, change ...func(*Folder)) *bench {
	b := &bench{t: t, root: filepath.Join(t.TempDir(), "recordings"), known: map[string]bool{}}
	require.NoError(t, os.Mkdir(b.root, 0o755))
	b.folder = Folder{
		Name: "calls", Root: b.root, Output: "/out", Template: "{folder}/{name}", Profile: "mp4", Priority: job.Normal,
		Settle: settle, AdoptAfter: time.Hour, Rescan: 30 * time.Second,
	}
	for _, c := range change {
		c(&b.folder)
	}
	b.restart()
	return b
}

func (b *bench) options() Options {
	began := time.Now()
	return Options{
		Known: func(id string) bool {
			b.mu.Lock()
			defer b.mu.Unlock()
			return b.known[id]
		},
		Submit: func(_ context.Context, s job.Spec) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.tried++
			if b.err != nil {
				return b.err
			}
			if b.known[s.ID] {
				return errors.New("submitted twice")
			}
			b.known[s.ID] = true
			b.specs = append(b.specs, s)
			return nil
		},
		Now: func() time.Time {
			b.mu.Lock()
			defer b.mu.Unlock()
			return time.Now().Add(b.passed + b.set)
		},
		Elapsed: func() time.Duration {
			b.mu.Lock()
			defer b.mu.Unlock()
			return time.Since(began) + b.passed
		},
		Log: slog.New(slog.NewTextHandler(&b.log, nil)),
	}
}

// restart makes a new watcher that knows nothing.
func (b *bench) restart() { b.Watcher = New(b.folder, b.options()) }

func (b *bench) pass(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.passed += d
}

func (b *bench) setClock(d time.Duration) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.set += d
}

// submitted takes what was submitted since it was last asked: the base names of each participant's files, sorted.
func (b *bench) submitted() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, s := range b.specs {
		var names []string
		for _, src := range s.Sources {
			names = append(names, below(b.root, src.Path))
		}
		slices.Sort(names)
		all = append(all, strings.Join(names, " "))
	}
	b.specs = nil
	slices.Sort(all)
	return all
}

// scan looks once, and requires that these were submitted.
func (b *bench) scan(want ...string) {
	b.t.Helper()
	require.NoError(b.t, b.Scan(b.t.Context()))
	got := b.submitted()
	if len(want) == 0 {
		require.Empty(b.t, got)
		return
	}
	slices.Sort(want)
	require.Equal(b.t, want, got)
}

// pendingWhy is why the only pending participant is.
func (b *bench) pendingWhy() string {
	b.t.Helper()
	p := b.Status().Pending
	require.Len(b.t, p, 1)
	return p[0].Why
}

// put copies a test recording's file, as name below the root.
func (b *bench) put(from, name string) string {
	b.t.Helper()
	data, err := os.ReadFile(filepath.Join("../../testdata", from))
	require.NoError(b.t, err)
	return b.write(name, data)
}

func (b *bench) write(name string, data []byte) string {
	b.t.Helper()
	path := filepath.Join(b.root, name)
	require.NoError(b.t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(b.t, os.WriteFile(path, data, 0o644))
	b.age(name, 0) // by the clock of the test
	return path
}

func (b *bench) grow(name string) {
	b.t.Helper()
	f, err := os.OpenFile(filepath.Join(b.root, name), os.O_APPEND|os.O_WRONLY, 0)
	require.NoError(b.t, err)
	_, err = f.WriteString("MEET")
	require.NoError(b.t, err)
	require.NoError(b.t, f.Close())
	b.age(name, 0)
}

func (b *bench) rename(from, to string) {
	b.t.Helper()
	require.NoError(b.t, os.Rename(filepath.Join(b.root, from), filepath.Join(b.root, to)))
}

func (b *bench) remove(name string) {
	b.t.Helper()
	require.NoError(b.t, os.RemoveAll(filepath.Join(b.root, name)))
}

// age makes a file's last modification this long ago.
func (b *bench) age(name string, d time.Duration) {
	b.t.Helper()
	at := b.o.Now().Add(-d)
	require.NoError(b.t, os.Chtimes(filepath.Join(b.root, name), at, at))
}

// Names of a session of two files.
const (
	audio = "videoroom-1234-user-1001-1795235572557674-audio-0.mjr"
	video = "videoroom-1234-user-1001-1795235572557737-video-1.mjr"
	both  = audio + " " + video
)

// call puts a session of two files into a folder, one right after the other: a watcher that is running has no time to
// take the first one for all of it.
func (b *bench) call(folder string, temporary string) {
	b.t.Helper()
	staged := filepath.Join("..", "staged")
	for _, name := range []string{audio, video} {
		b.put("rot-h264-90/"+name, filepath.Join(staged, name))
	}
	require.NoError(b.t, os.MkdirAll(filepath.Join(b.root, folder), 0o755))
	for _, name := range []string{audio, video} {
		b.rename(filepath.Join(staged, name), filepath.Join(folder, name+temporary))
	}
}

// closedCall puts a session of two files into the root, lets it become quiet, and returns the job that was submitted.
func (b *bench) closedCall() job.Spec {
	b.t.Helper()
	b.call("", "")
	b.scan()
	b.pass(settle)
	require.NoError(b.t, b.Scan(b.t.Context()))
	require.Len(b.t, b.specs, 1)
	spec := b.specs[0]
	require.Equal(b.t, []string{both}, b.submitted())
	return spec
}

// only is the name of the only file of a test recording that a pattern fits.
func only(t *testing.T, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, pattern))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return filepath.Base(found[0])
}
