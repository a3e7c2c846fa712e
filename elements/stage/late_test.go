package stage_test

import (
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/room"
)

// Decoders that decodebin finds are linked when the first picture has been looked at, which may be after the end.
func TestTheEndComesAlthoughADecoderIsLate(t *testing.T) {
	for _, late := range []int{50, 400} {
		s := score(camera(0, 0, 0, 160, 90, "contain"), camera(1, 160, 0, 160, 90, "contain"))
		s.DurationMs, s.Timeline[0].To = 100, 100
		s.Spans = []room.Arrangement{{MsSpan: room.MsSpan{To: 100}, Regions: s.Spans[0].Regions}}
		dir := t.TempDir()
		path, out := write(t, dir, s), filepath.Join(dir, "out")
		line := fmt.Sprintf("uprightstage name=s score=%s ! filesink location=%s  "+
			"%s ! jpegenc ! decodebin ! s.sink_0  %s ! identity sleep-time=%d ! jpegenc ! decodebin ! s.sink_1",
			path, out, grey(100, 64, 36, "num-buffers=100"), grey(200, 64, 36, "num-buffers=100"), late*1000)
		require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{StallTimeout: time.Minute}), "%d ms", late)
	}
}
