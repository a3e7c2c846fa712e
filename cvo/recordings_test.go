package cvo_test

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/rtpview"
)

// TestDetectorInRecordings hides what the recordings declare. No key pictures are told apart: the pattern must do.
func TestDetectorInRecordings(t *testing.T) {
	for _, c := range []struct {
		pattern string
		id      int // 0: the picture is never turned, so nothing can be found
	}{
		{"chromium-vp8-rot-change/*-video-1.mjr", 13},
		{"chromium-vp9-opus/*-video-1.mjr", 0},
		{"derived-mjr00001/*-video-1.mjr", 0},
		{"derived-zero-tail/*-video-1.mjr", 4},
		{"h264-720p30-rot90/*-video-1.mjr", 4},
		{"nosip-call-pcmu/*user-video.mjr", 4},
		{"nosip-call-pcmu/*peer-video.mjr", 0},
		{"pion-vp8-opus/*-video-1.mjr", 0},
		{"recordplay-vp8/*-video.mjr", 0},
		{"rot-change-h264-libwebrtc/*-video-1.mjr", 4},
		{"rot-h264-90/*-video-1.mjr", 4},
		{"video-late-3s/*-video-1.mjr", 0},
	} {
		t.Run(c.pattern, func(t *testing.T) {
			paths, err := filepath.Glob(filepath.Join("..", "testdata", c.pattern))
			require.NoError(t, err)
			require.Len(t, paths, 1)
			id, ok := detect(t, paths[0])
			require.Equal(t, c.id, id)
			require.Equal(t, c.id != 0, ok)
		})
	}
}

func detect(t *testing.T, path string) (int, bool) {
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	reader, err := mjr.NewReader(file)
	require.NoError(t, err)
	var d cvo.Detector
	for {
		record, err := reader.Next()
		if err == io.EOF {
			return d.ID()
		}
		require.NoError(t, err)
		var p rtpview.Packet
		if p.Unmarshal(record.Payload) == nil {
			d.Add(&p, false)
		}
	}
}
