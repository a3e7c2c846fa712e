package codec

import (
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/rtpview"
)

// layerFrame is what the beginning of a frame says.
type layerFrame struct {
	spatial, temporal int
	size              frameSize
	Frame
}

// frames reads the beginnings of all frames of a recording in testdata.
func frames(t *testing.T, folder, codecName string) (all []layerFrame) {
	found, err := filepath.Glob(filepath.Join("../testdata", folder, "*-video-*.mjr"))
	require.NoError(t, err)
	file, err := os.Open(found[0])
	require.NoError(t, err)
	defer file.Close()
	r, err := mjr.NewReader(file)
	require.NoError(t, err)
	inspector, ok := New(codecName)
	require.True(t, ok)
	for {
		rec, err := r.Next()
		if err == io.EOF {
			return all
		}
		require.NoError(t, err)
		var p rtpview.Packet
		require.NoError(t, p.Unmarshal(rec.Payload))
		info, err := look(inspector, p.Payload)
		require.NoError(t, err)
		if info.Frame != nil {
			all = append(all, layerFrame{info.Spatial, info.Temporal, frameSize{info.Width, info.Height}, *info.Frame})
		}
	}
}

// A browser's two spatial and two temporal layers keep one slot each, but for the highest, which nothing refers to.
func TestAV1Frames(t *testing.T) {
	all := frames(t, "chromium-av1-svc", "av1")
	require.Len(t, all, 2*106)
	require.Equal(t, layerFrame{0, 0, frameSize{320, 180}, Frame{Refreshes: 0xFF}}, all[0])
	for i, f := range all[1:] {
		want := []Frame{{0b011, 0b010, 0}, {0b101, 0b100, 0b001}, {0b111, 0, 0b010}, {0b001, 0b001, 0b001}}[i%4]
		require.Equal(t, want, f.Frame, "frame %d", i+1)
		require.Equal(t, frameSize{320 << f.spatial, 180 << f.spatial}, f.size)
	}

	// One layer that goes round the slots, with a key frame now and then.
	keys := 0
	for _, f := range frames(t, "pion-av1-opus", "av1") {
		require.Equal(t, frameSize{320, 180}, f.size)
		require.NotZero(t, f.Refreshes)
		if f.Refers == 0 {
			keys++
		}
	}
	require.Equal(t, 4, keys)
}

func TestVP9Frames(t *testing.T) {
	all := frames(t, "chromium-vp9-opus", "vp9")
	require.Equal(t, Frame{Refreshes: 0xFF | VP9Statistics}, all[0].Frame)
	for _, f := range all[1:] {
		require.Equal(t, frameSize{320, 180}, f.size)
		require.Equal(t, uint16(0b111|VP9Statistics), f.Refers)
		require.Equal(t, uint16(VP9Statistics), f.Needs)
		require.NotZero(t, f.Refreshes&1)
	}
}
