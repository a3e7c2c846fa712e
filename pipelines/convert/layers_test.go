package convert_test

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/pipelines/profile"
)

// coloured encodes pictures of one colour as VP9, each a key frame.
func coloured(t *testing.T, colour, size string) (frames [][]byte) {
	path := filepath.Join(t.TempDir(), "x.ivf")
	out, err := exec.Command("ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color="+colour+":s="+size+":r=15:d=3",
		"-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-g", "1", path).CombinedOutput()
	require.NoError(t, err, string(out))
	b, err := os.ReadFile(path)
	require.NoError(t, err)
	for b = b[32:]; len(b) > 12; { // file header, then frames with 12 bytes in front
		n := int(binary.LittleEndian.Uint32(b))
		frames, b = append(frames, b[12:12+n]), b[12+n:]
	}
	return frames
}

// TestSpatialLayersOfVP9: what is shown is the upper layer, while there is one.
func TestSpatialLayersOfVP9(t *testing.T) {
	lower, upper := coloured(t, "red", "160x90"), coloured(t, "lime", "320x180")
	const until = 30 // pictures with both layers, of 45
	video := testmjr.Video("vp9", len(lower), 15, func(i int) testmjr.Unit {
		// I, L, B, E (RFC 9628 section 4.2); picture id, layer, TL0PICIDX.
		layer := func(spatial byte, frame []byte) []byte {
			return append([]byte{0x80 | 0x20 | 0x08 | 0x04, 0x80, byte(i), spatial<<1 | spatial, byte(i)}, frame...)
		}
		u := testmjr.Unit{Key: true, Payloads: [][]byte{layer(0, lower[i])}}
		if i < until {
			u.Payloads = append(u.Payloads, layer(1, upper[i]))
		}
		return u
	})
	folder := t.TempDir()
	video.Write(t, folder, "videoroom-1-user-2-1700000000000000-video-1.mjr")
	for _, wanted := range []string{profile.MP4, profile.Original} {
		report, paths := must(t, folder, wanted)
		require.Equal(t, "encode", report.Plan.Mode, report.Plan.Reason)
		raw, err := exec.Command("ffmpeg", "-v", "error", "-i", paths[0], "-fps_mode", "passthrough", "-pix_fmt", "rgb24",
			"-f", "rawvideo", "-").Output()
		require.NoError(t, err)
		const size = 320 * 180 * 3
		require.Len(t, raw, len(lower)*size, "all pictures, in the size of the upper layer")
		for i := range lower {
			middle := raw[i*size+(90*320+160)*3:][:3]
			if i < until {
				require.Greater(t, middle[1], byte(200), "picture %d is the upper layer", i)
			} else {
				require.Greater(t, middle[0], byte(200), "picture %d is the lower layer, enlarged", i)
			}
		}
	}
}
