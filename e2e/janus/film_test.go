package janus

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/e2e/opens"
	"github.com/upright-media/upright/internal/scene"
)

// videos are the finished ones of a watch folder.
func (w *world) videos(t *testing.T, name string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(w.output(name), "*.mp4")) // no hidden ones
	require.NoError(t, err)
	return found
}

// early requires that Janus has closed or renamed this many files, and that nobody opened them before.
func early(t *testing.T, l *opens.Log, files int) {
	t.Helper()
	require.Len(t, l.Written(), files)
	require.Empty(t, l.Early())
}

// last is when the last file was complete.
func last(l *opens.Log) (at time.Time) {
	for _, t := range l.Written() {
		if t.After(at) {
			at = t
		}
	}
	return at
}

func runUpright(t *testing.T, args ...string) {
	t.Helper()
	text, err := exec.Command(e2e.Program(t), args...).CombinedOutput()
	require.NoError(t, err, "upright %v: %s", args, text)
}

// film is a finished video as a player shows it.
type film struct {
	path     string
	pictures []scene.Shown
	beeps    []scene.Beep
}

func watchFilm(t *testing.T, path string) *film {
	t.Helper()
	f := &film{path: path, pictures: scene.Pictures(t, path)}
	f.beeps = scene.Beeps(scene.Sound(t, path, 0), 0)
	return f
}

// upright requires that all pictures are what they should be, of this size and the right way up.
func (f *film) upright(t *testing.T, width, height int) {
	t.Helper()
	for i, p := range f.pictures {
		require.True(t, p.Known, "%s: picture %d shows something else", f.path, i)
		require.Zero(t, p.Turn, "%s: picture %d is not upright", f.path, i)
		require.Equal(t, [2]int{width, height}, [2]int{p.Width, p.Height})
	}
}

// whole requires that all pictures are there, in order, with no pause but one of this length.
func (f *film) whole(t *testing.T, pictures int, pause time.Duration) {
	t.Helper()
	var counters []int
	longest := time.Duration(0)
	for i, p := range f.pictures {
		counters = append(counters, p.Counter)
		if i > 0 {
			longest = max(longest, p.At-f.pictures[i-1].At)
		}
	}
	var want []int
	for i := range pictures {
		want = append(want, i)
	}
	require.Equal(t, want, counters, f.path)
	require.InDelta(t, pause.Seconds(), longest.Seconds(), 0.15, f.path)
}

// inSync requires at least this many beeps, each with its flash, if there is a picture at that time.
func (f *film) inSync(t *testing.T, atLeast int) {
	t.Helper()
	const tolerance = 0.08 // s: a picture, and a little
	var flashes []time.Duration
	for i, p := range f.pictures {
		if p.Flash && (i == 0 || !f.pictures[i-1].Flash) {
			flashes = append(flashes, p.At)
		}
	}
	said := fmt.Sprintf("%s: flashes at %v, beeps %v", f.path, flashes, f.beeps)
	require.GreaterOrEqual(t, len(f.beeps), atLeast, said)
	pairs := 0
	for _, flash := range flashes {
		nearest := math.Inf(1)
		for _, b := range f.beeps {
			if d := (b.At - flash).Seconds(); math.Abs(d) < math.Abs(nearest) {
				nearest = d
			}
		}
		require.InDelta(t, 0, nearest, tolerance, said)
		pairs++
	}
	require.GreaterOrEqual(t, pairs, min(2, atLeast), said)
}

// length is how long it plays.
func (f *film) length(t *testing.T) time.Duration {
	t.Helper()
	text, err := exec.Command("ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0",
		f.path).Output()
	require.NoError(t, err)
	seconds, err := strconv.ParseFloat(strings.TrimSpace(string(text)), 64)
	require.NoError(t, err)
	info, err := os.Stat(f.path)
	require.NoError(t, err)
	require.NotZero(t, info.Size())
	return time.Duration(seconds * float64(time.Second))
}

// lasts requires a length. A client that could not keep up has sent for longer than its media lasts.
func (f *film) lasts(t *testing.T, sent time.Duration) {
	t.Helper()
	length := f.length(t)
	require.InDelta(t, sent.Seconds(), length.Seconds(), 0.5, f.path)
}
