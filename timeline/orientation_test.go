package timeline

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testmjr"
)

func spans(track *Track) (l []cvo.Orientation) {
	for _, o := range track.Orientations {
		l = append(l, o.Orientation)
	}
	return l
}

func degrees(d ...int) (l []cvo.Orientation) {
	for _, d := range d {
		l = append(l, cvo.Orientation{Degrees: d})
	}
	return l
}

func TestOrientationRules(t *testing.T) {
	for _, placement := range []testmjr.Placement{testmjr.LastPacket, testmjr.FirstPacket, testmjr.EveryPacket} {
		for _, rule := range []testmjr.Rule{testmjr.LibWebRTC, testmjr.Changes, testmjr.Always} {
			for _, twoByte := range []bool{false, true} {
				video := testmjr.Video("vp8", 300, 15, testmjr.VP8(64, 48, 1000, 3))
				video.Header.Extensions = map[int]string{9: cvo.URI}
				video.Orientation = &testmjr.Orientation{ID: 9, Placement: placement, Rule: rule, TwoByte: twoByte,
					Value: testmjr.Turned(0, 1, 77, 2, 130, 0, 201, 3)}
				video.Network = testmjr.Network{Late: func(n int) int { return n % 5 }}
				tl := load(t, Options{}, video)
				require.Equal(t, degrees(90, 180, 0, 270), spans(tl.Tracks[0]))
				i := 0
				placed(t, tl, tl.Tracks[0], sentTimes(video), func(n int, u *Unit) {
					for i+1 < 4 && n >= []int{0, 77, 130, 201}[i+1] {
						i++
					}
					require.Equal(t, degrees(90, 180, 0, 270)[i], u.Orientation, "picture %d", n)
				})
			}
		}
	}
}

// The one picture in which libwebrtc says 0 is lost: that it stops repeating tells.
func TestOrientationZeroLost(t *testing.T) {
	video := testmjr.Video("vp8", 300, 15, testmjr.VP8(64, 48, 60, 1))
	video.Header.Extensions = map[int]string{9: cvo.URI}
	video.Orientation = &testmjr.Orientation{ID: 9, Rule: testmjr.LibWebRTC, Value: testmjr.Turned(0, 1, 130, 0)}
	video.Network.Lose = testmjr.At(130)
	tl := load(t, Options{OnLoss: KeepOnLoss}, video)
	require.Equal(t, degrees(90, 0), spans(tl.Tracks[0]))
	require.InDelta(t, 131_000/15.0, ms(tl.Tracks[0].Orientations[1].At), 70)

	// A sender of the minimum, however, has said all it will say.
	video.Orientation.Rule = testmjr.Changes
	video.Network.Lose = testmjr.At(125)
	tl = load(t, Options{OnLoss: KeepOnLoss}, video)
	require.Equal(t, degrees(90, 0), spans(tl.Tracks[0]))
	require.InDelta(t, 130_000/15.0, ms(tl.Tracks[0].Orientations[1].At), 70)
}

// A header that names the extension under several numbers means the lowest one, each time that it is read.
func TestOrientationNamedTwice(t *testing.T) {
	video := testmjr.Video("vp8", 15, 15, testmjr.VP8(64, 48, 60, 1))
	video.Header.Extensions = map[int]string{3: cvo.URI6, 9: cvo.URI, 10: cvo.URI, 11: cvo.URI, 12: cvo.URI6}
	video.Orientation = &testmjr.Orientation{ID: 9, Rule: testmjr.LibWebRTC, Value: testmjr.Turned(0, 1)}
	path := video.Write(t, t.TempDir(), "0.mjr")
	for range 20 { // maps are read in an order of chance
		_, track := loadOne(t, path, Options{})
		require.Equal(t, 9, track.OrientationID)
	}
}
