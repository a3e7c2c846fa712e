package movie

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/mp4box"
)

const ms = time.Millisecond

var (
	h264 = Entry{Type: "avc1", Config: []byte{1, 66, 0, 30, 0xFF, 0xE0, 0}, Width: 320, Height: 180}
	opus = Entry{Type: "Opus", Config: append([]byte("OpusHead\x01\x01\x38\x01\x80\xbb\x00\x00\x00\x00"), 0)}
)

// create makes a movie in a file.
func create(t testing.TB, o Options) (*Movie, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "a.mp4")
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	require.NoError(t, err)
	t.Cleanup(func() { _ = f.Close() })
	return New(f, o), path
}

// fill gives n bytes that can be told from others.
func fill(n int, seed byte) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = seed + byte(i)
	}
	return b
}

// seen is a sample as another reader of the file sees it.
type seen struct {
	at   time.Duration
	data byte // the first
	size int64
	sync bool
}

func read(t testing.TB, path string) (*mp4box.File, [][]seen) {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	f, err := mp4box.NewFile(bytes.NewReader(content), int64(len(content)))
	require.NoError(t, err)
	require.True(t, f.FastStart)
	var all [][]seen
	for i := range f.Tracks {
		s, err := f.Samples(i)
		require.NoError(t, err)
		var list []seen
		for {
			x, err := s.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			list = append(list, seen{f.Tracks[i].Time(x.Show).Round(ms), content[x.At], x.Size, x.Sync})
		}
		all = append(all, list)
	}
	return f, all
}

// write adds one sample as one chunk.
func write(t testing.TB, tr *Track, at, length time.Duration, size int, sync bool) {
	t.Helper()
	require.NoError(t, tr.Write([]Sample{{at, length, size, sync}}, fill(size, byte(at/ms))))
}
