package timeline

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// BenchmarkTwoPasses measures scanning and reading a video track, in bytes of recording per second.
func BenchmarkTwoPasses(b *testing.B) {
	files, err := filepath.Glob("../testdata/h264-720p30-rot90/*-video-*.mjr")
	require.NoError(b, err)
	st, err := os.Stat(files[0])
	require.NoError(b, err)
	b.SetBytes(st.Size())
	b.ReportAllocs()
	for b.Loop() {
		tl, err := Load(context.Background(), read(files...), Options{})
		require.NoError(b, err)
		s, err := tl.Open(tl.Tracks[0])
		require.NoError(b, err)
		for {
			if _, err := s.Next(); errors.Is(err, io.EOF) {
				break
			}
		}
		require.NoError(b, s.Close())
	}
}
