package timeline

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// stall holds everything up that is sent in a time, until its end.
func stall(from, to, each time.Duration) func(int) time.Duration {
	return func(n int) time.Duration {
		if at := time.Duration(n) * each; at >= from && at < to {
			return to - at
		}
		return 0
	}
}

// A server that is killed while the network makes good a stall leaves no hole behind: nobody was silent.
func TestCutInABurst(t *testing.T) {
	for _, length := range []time.Duration{150 * time.Millisecond, 600 * time.Millisecond, 2 * time.Second} {
		audio := testmjr.Audio(400)
		audio.Network.Extra = stall(5*time.Second, 5*time.Second+length, 20*time.Millisecond)
		whole := audio.Bytes(t)
		record := len(whole) / 400
		path := filepath.Join(t.TempDir(), "a.mjr")
		for n := range int(length/(20*time.Millisecond)) + 5 {
			require.NoError(t, os.WriteFile(path, whole[:len(whole)-(400-249-n)*record+7], 0o600))
			tl, err := Load(context.Background(), read(path), Options{})
			require.NoError(t, err)
			track := tl.Tracks[0]
			require.False(t, track.Complete)
			require.Empty(t, track.Holes, "%v, %d packets of the burst", length, n)
			require.InDelta(t, 20*track.Units, ms(track.End), 1)
		}
	}
}

// What is said after a microphone was away is not drawn towards what was said before, however short it is.
func TestFrozenNearTheEnd(t *testing.T) {
	for _, after := range []int{6, 10, 40} {
		audio := testmjr.Audio(250 + after)
		audio.Breaks = []testmjr.Break{{Unit: 250, Pause: 700 * time.Millisecond, Frozen: true}}
		tl := load(t, Options{}, audio)
		require.Len(t, tl.Tracks[0].Holes, 1)
		require.Equal(t, HoleFrozen, tl.Tracks[0].Holes[0].Kind)
		requireSync(t, tl, 0, 5*time.Millisecond, audio)
	}
}

// Where two steps between pictures are as common as each other, what is said of the track does not depend on chance.
func TestFrameDurationOfTwoRates(t *testing.T) {
	t.Parallel()
	video := testmjr.Video("vp8", 41, 15, pictures())
	video.Stamp = func(i int, _ int64) int64 { return int64(i)*6000 - int64(i%2)*90 } // 5910 and 6090 in turn
	path := video.Write(t, t.TempDir(), "0.mjr")
	for range 20 { // maps are read in an order of chance
		tl, track := loadOne(t, path, Options{})
		require.Equal(t, 5910*time.Second/videoClock, track.FrameDuration)
		require.Equal(t, track.LastPicture+track.FrameDuration, tl.Duration)
	}
}
