package stage_test

import (
	"fmt"
	"image/color"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/elements/mp4sink"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/room"
)

// balls is a camera with a moving picture.
func balls(w, h int, more string) string {
	return fmt.Sprintf("videotestsrc pattern=ball %s ! video/x-raw,format=I420,width=%d,height=%d,framerate=10/1", more, w,
		h)
}

// Parts of a score are the same pictures as all of it, byte by byte: whatever stands, is blurred, is marked or is said
// to be gone at a border.
func TestPartsAreTheSamePictures(t *testing.T) {
	s := score(camera(0, 0, 0, 160, 90, "contain"), camera(1, 160, 0, 160, 90, "blur"), camera(2, 0, 90, 320, 90, "cover"))
	s.DurationMs, s.Timeline = 12_000, []room.Piece{{MsSpan: room.MsSpan{To: 6_000}},
		{MsSpan: room.MsSpan{From: 6_000, To: 12_000}, RoomMs: 9_000}}
	s.Spans = append(s.Spans, s.Spans[0])
	s.Spans[0].To, s.Spans[1].From, s.Spans[1].To = 5_000, 5_000, 12_000
	s.Spans[1].Regions = s.Spans[0].Regions[:2]
	s.Style = room.Style{Labels: "name", Speaker: "border", Background: "#102030", Clock: "elapsed", Title: "Title",
		Logo: picture(t, 16, 16, color.White), LogoAt: "bottom-right"}
	s.Talks = []room.ScoreTalk{{Person: "p0", MsSpan: room.MsSpan{From: 1_000, To: 9_000}}}
	s.Sources[0].To = 2_000
	s.Style.AnimateMs = 700
	s.Levels = []room.ScoreLevels{{Person: "p0", From: 1_000, Steps: strings.Repeat("0123", 20)}}
	s.Borders = []int{17, 26, 46, 61, 90}
	sources := []string{balls(64, 48, "num-buffers=20"), balls(48, 64, "num-buffers=150"), balls(96, 64, "num-buffers=33")}
	for _, look := range [][2]string{{"elapsed", "border"}, {"off", "level"}} {
		s.Style.Clock, s.Style.Speaker = look[0], look[1]
		whole := play(t, s, "skip-still=true", sources...)
		for _, cuts := range [][]int{{0, 26, 0}, {0, 17, 46, 61, 90, 0}} {
			var parts [][]byte
			for i := range len(cuts) - 1 {
				parts = append(parts, play(t, s, fmt.Sprintf("skip-still=true from=%d to=%d", cuts[i], cuts[i+1]),
					sources...)...)
			}
			require.Len(t, parts, len(whole), cuts)
			for i := range whole {
				require.Equal(t, whole[i], parts[i], "picture %d, cut at %v", i, cuts)
			}
		}
	}
}

// A source that begins with one of its later pictures says by the offset of its pad when that is.
func TestOffsetsOfPads(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "cover"))
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 30_000, 30_000, 30_000
	frames := play(t, s, "skip-still=false from=200 to=215 sink_0::offset=20500000000", grey(100, 64, 36, "num-buffers=5"))
	require.Len(t, frames, 15)
	require.NotEqual(t, luma(100), at(frames[4], 160, 10))
	require.Equal(t, luma(100), at(frames[5], 160, 10))
}

// Encoders make a key frame at each border, and parts begin at running time 0.
func TestBordersAreKeyFrames(t *testing.T) {
	s := score(camera(0, 0, 0, 320, 180, "cover"))
	s.DurationMs, s.Timeline[0].To, s.Spans[0].To = 9_000, 9_000, 9_000
	s.Borders = []int{20, 45, 70}
	require.NoError(t, mp4sink.Register(nil))
	dir := t.TempDir()
	out := filepath.Join(dir, "out.mp4")
	line := fmt.Sprintf("uprightstage name=s score=%s from=10 to=80 skip-still=false ! x264enc "+
		"key-int-max=1000 bframes=0 "+
		"speed-preset=ultrafast option-string=scenecut=0 ! h264parse ! uprightmp4sink location=%s  %s ! s.sink_0",
		write(t, dir, s), out,
		balls(64, 36, "num-buffers=90"))
	require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{}))
	f, err := mp4box.Open(out)
	require.NoError(t, err)
	defer f.Close()
	require.Zero(t, f.Tracks[0].Start)
	samples, err := f.Samples(0)
	require.NoError(t, err)
	var keys []int64
	for {
		p, err := samples.Next()
		if err != nil {
			break
		}
		if p.Sync {
			keys = append(keys, p.Show*10/int64(f.Tracks[0].Timescale))
		}
	}
	require.Equal(t, []int64{0, 35, 60}, keys, "an encoder is not asked before it has given something")
	require.Equal(t, 70, f.Tracks[0].Samples)
}
