package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// read are the files at these paths.
func read(paths ...string) []*recording.File {
	files := make([]*recording.File, len(paths))
	for i, path := range paths {
		files[i] = janus.ReadFile(path)
	}
	return files
}

// load writes tracks as files of one recording and loads them.
func load(t *testing.T, o Options, tracks ...testmjr.Track) *Timeline {
	dir := t.TempDir()
	var paths []string
	for i, track := range tracks {
		paths = append(paths, track.Write(t, dir, fmt.Sprintf("%d.mjr", i)))
	}
	tl, err := Load(context.Background(), read(paths...), o)
	require.NoError(t, err)
	for _, track := range tl.Tracks {
		require.NoError(t, track.Err)
		require.Equal(t, track.Counts.Records, track.Counts.sum())
	}
	return tl
}

// placed calls f for each recorded unit of a track with its number as it was sent and its presentation time.
func placed(t *testing.T, tl *Timeline, track *Track, sent []time.Duration, f func(i int, u *Unit)) {
	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	i := 0
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if !u.Gap {
			f(i, u)
			i++
		}
	}
	require.Equal(t, len(sent), i)
}

// sentTimes is when each unit of a track was sent.
func sentTimes(track testmjr.Track) []time.Duration {
	var l []time.Duration
	for _, p := range track.Sent() {
		if len(l) == 0 || p.Unit != len(l)-1 {
			l = append(l, p.Sent)
		}
	}
	return l
}

// requireSync checks that every unit of every track is where it belongs: presentation time is the audio's clock.
func requireSync(t *testing.T, tl *Timeline, audioPPM float64, within time.Duration, tracks ...testmjr.Track) {
	t.Helper()
	origin := time.Duration(math.MaxInt64)
	for _, track := range tracks {
		origin = min(origin, sentTimes(track)[0])
	}
	for i, track := range tracks {
		sent := sentTimes(track)
		worst := 0.0
		placed(t, tl, tl.Tracks[i], sent, func(n int, u *Unit) {
			want := float64(sent[n]-origin) * (1 + audioPPM/1e6)
			worst = math.Max(worst, math.Abs(float64(u.PTS)-want))
		})
		require.LessOrEqual(t, time.Duration(worst), within, "track %d", i)
	}
}

func pictures() testmjr.Source { return testmjr.VP8(64, 48, 50, 1) }

// longPackets is sound in as few packets as there can be.
func longPackets(length time.Duration) testmjr.Track {
	const each = 60 * time.Millisecond
	a := testmjr.Audio(int(length / each))
	a.Source, a.Interval = testmjr.Opus(each), each
	return a
}
