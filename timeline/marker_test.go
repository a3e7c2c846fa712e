package timeline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// The marker bit is on a picture's last packet and on no other, wherever the sender put it.
func TestMarkerBits(t *testing.T) {
	video := testmjr.Video("vp8", 30, 15, testmjr.VP8(64, 48, 30, 3))
	path := video.Write(t, t.TempDir(), "v.mjr")
	for name, marker := range map[string]func(i int) byte{
		"as it should be": func(i int) byte { return byte(i%3/2) << 7 },
		"never":           func(int) byte { return 0 },
		"always":          func(int) byte { return 0x80 },
		"first":           func(i int) byte { return byte(min(1, i%3)^1) << 7 },
	} {
		changed := rewrite(t, path, func(i int, rec *mjr.Record) int {
			rec.Payload = append([]byte(nil), rec.Payload...)
			rec.Payload[1] = rec.Payload[1]&0x7F | marker(i)
			return 1
		})
		tl, track := loadOne(t, changed, Options{})
		require.Equal(t, 30, track.Units, name)
		for _, u := range units(t, tl) {
			require.Len(t, u.Packets, 3, name)
			for k, b := range u.Packets {
				require.Equal(t, k == 2, b[1]&0x80 != 0, "%s: packet %d", name, k)
			}
		}
	}
}

// Of a recording that ends in its first picture there is nothing to show, if a packet says that more of it follows.
func TestFirstPictureCutOff(t *testing.T) {
	for _, name := range []string{"chromium-vp9-opus", "pion-av1-opus"} {
		units := testmjr.Recorded(t, name, mjr.Video)
		require.Greater(t, len(units[0].Payloads), 1, name)
		codec := map[bool]string{true: "vp9", false: "av1"}[name == "chromium-vp9-opus"]
		video := testmjr.Video(codec, 1, 15, testmjr.Loop(units[:1]))
		require.Equal(t, 1, load(t, Options{}, video).Tracks[0].Units, name)
		video.Network.Lose = testmjr.Between(1, len(units[0].Payloads))
		require.Zero(t, load(t, Options{}, video).Tracks[0].Units, name)
	}
}
