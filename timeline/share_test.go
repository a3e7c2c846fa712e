package timeline

import (
	"context"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/recording"
)

func TestShare(t *testing.T) {
	var scans atomic.Int32
	c := &sharing{open: map[string]*Shared{}, scan: func(ctx context.Context, files []*recording.File,
		o Options) (*Timeline, error) {
		scans.Add(1)
		time.Sleep(20 * time.Millisecond)
		return Load(ctx, files, o)
	}}
	dir := t.TempDir()
	audio := testmjr.Audio(100).Write(t, dir, "a.mjr")
	video := testmjr.Video("vp8", 30, 15, pictures()).Write(t, dir, "v.mjr")

	// At the same time, in any order of the files.
	held := make([]*Shared, 8)
	var wg sync.WaitGroup
	for i := range held {
		wg.Go(func() {
			paths := []string{audio, video}
			if i%2 == 1 {
				paths = []string{filepath.Join(dir, ".", "v.mjr"), audio, video}
			}
			held[i], _ = c.load(context.Background(), read(paths...), Options{})
		})
	}
	wg.Wait()
	require.EqualValues(t, 1, scans.Load())
	for _, s := range held {
		require.NotNil(t, s)
		require.Same(t, held[0].Timeline, s.Timeline)
		require.Len(t, c.open, 1)
		s.Release()
	}
	require.Empty(t, c.open)

	// Other options, and a file that has changed, are another timeline.
	one, err := c.load(context.Background(), read(audio), Options{})
	require.NoError(t, err)
	kept, err := c.load(context.Background(), read(audio), Options{OnLoss: KeepOnLoss})
	require.NoError(t, err)
	b, err := os.ReadFile(audio)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(audio, b[:len(b)/2], 0o600))
	two, err := c.load(context.Background(), read(audio), Options{})
	require.NoError(t, err)
	require.NotSame(t, one.Timeline, kept.Timeline)
	require.Greater(t, one.Duration, two.Duration)
	one.Release()
	two.Release()
	kept.Release()
	require.Empty(t, c.open)

	// A failure is not kept.
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err = c.load(ctx, read(video), Options{})
	require.ErrorIs(t, err, context.Canceled)
	require.Empty(t, c.open)
}
