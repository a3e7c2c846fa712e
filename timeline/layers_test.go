package timeline

import (
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// layered is a recording of a browser with two spatial layers of 320x180 and 640x360 and two temporal ones: picture i
// is in temporal layer i%2. Each layer of a picture has a packet of its own, or two.
func layered(t *testing.T) (units []testmjr.Unit, path string) {
	path, err := testmjr.Find(testmjr.TestData("chromium-av1-svc"), mjr.Video)
	require.NoError(t, err)
	units, err = testmjr.ReadUnits(path)
	require.NoError(t, err)
	require.Len(t, units, 106)
	return units, path
}

// shown is the number of packets that the stream hands out of each picture sent.
func shown(t *testing.T, tl *Timeline, fps float64) map[int]int {
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	got := map[int]int{}
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			return got
		}
		require.NoError(t, err)
		got[int(u.PTS.Seconds()*fps+0.5)] = len(u.Packets)
		last := u.Packets[len(u.Packets)-1]
		require.NotZero(t, last[1]&0x80, "a picture ends with the marker")
		for _, p := range u.Packets[:len(u.Packets)-1] {
			require.Zero(t, p[1]&0x80)
		}
	}
}

func TestSpatialLayersLost(t *testing.T) {
	sent, _ := layered(t)
	number := func(unit, packet int) (n int) { // of a packet in sending order
		for _, u := range sent[:unit] {
			n += len(u.Payloads)
		}
		return n + packet
	}
	for name, c := range map[string]struct {
		lose []int
		want func(i int) int // packets shown of picture i
		size []int           // widths
	}{
		"nothing": {nil, func(i int) int { return len(sent[i].Payloads) }, []int{640}},
		"upper layer that nothing refers to": {[]int{number(41, 1)}, func(i int) int {
			if i == 41 {
				return 1
			}
			return len(sent[i].Payloads)
		}, []int{640, 320, 640}},
		"upper layer": {[]int{number(40, 1)}, func(i int) int {
			if i >= 40 {
				return 1
			}
			return len(sent[i].Payloads)
		}, []int{640, 320}},
		"upper layer of the key picture": {[]int{number(0, 1)}, func(int) int { return 1 }, []int{320}},
		"lower layer, upper temporal one": {[]int{number(41, 0)}, func(i int) int {
			if i == 41 {
				return 0
			}
			return len(sent[i].Payloads)
		}, []int{640}},
		"lower layer": {[]int{number(40, 0)}, func(i int) int {
			if i >= 40 {
				return 0
			}
			return len(sent[i].Payloads)
		}, []int{640}},
		"whole picture": {[]int{number(40, 0), number(40, 1), number(40, 2)}[:len(sent[40].Payloads)], func(i int) int {
			if i >= 40 {
				return 0
			}
			return len(sent[i].Payloads)
		}, []int{640}},
	} {
		t.Run(name, func(t *testing.T) {
			video := testmjr.Video("av1", len(sent), 15, func(i int) testmjr.Unit { return sent[i] })
			video.Network.Lose = testmjr.At(c.lose...)
			tl := load(t, Options{}, video)
			got := shown(t, tl, 15)
			packets := 0
			for i := range sent {
				require.Equal(t, c.want(i), got[i], "picture %d", i)
				packets += got[i]
			}
			require.Equal(t, packets, tl.Tracks[0].Counts.Used)
			var widths []int
			for _, s := range tl.Tracks[0].Sizes {
				widths = append(widths, s.Width)
				require.Equal(t, s.Width*9/16, s.Height)
			}
			require.Equal(t, c.size, widths)
		})
	}
}

// A sender that has no room for the upper layer leaves it out, and says so: nothing is missing.
func TestSpatialLayersLeftOut(t *testing.T) {
	sent, _ := layered(t)
	video := testmjr.Video("av1", len(sent), 15, func(i int) testmjr.Unit {
		u := sent[i]
		if i >= 50 {
			u.Payloads = u.Payloads[:1]
		}
		return u
	})
	tl := load(t, Options{}, video)
	track := tl.Tracks[0]
	require.Equal(t, 106, track.Units)
	require.Zero(t, track.Counts.Undecodable)
	require.Len(t, track.Sizes, 2)
	require.Equal(t, 320, track.Sizes[1].Width)
	require.InDelta(t, 50_000/15.0, ms(track.Sizes[1].At), 1)
}

// VP9 and AV1 go on with the statistics of earlier pictures: what refers to a lost one cannot be read at all, and a
// decoder that fails stops showing anything. What is worth showing with a smear in other codecs must be left out.
func TestNoSmearWhereDecodersFail(t *testing.T) {
	for folder, want := range map[string]int{
		"chromium-vp9-opus": 41,              // no key picture follows
		"pion-av1-opus":     120 - (60 - 41), // that is the next one
	} {
		path, err := testmjr.Find(testmjr.TestData(folder), mjr.Video)
		require.NoError(t, err)
		_, whole := loadOne(t, path, Options{})
		_, track := loadOne(t, rewrite(t, path, func(i int, rec *mjr.Record) int {
			if rec.Payload[1]&0x80 != 0 && i == map[string]int{"chromium-vp9-opus": 42, "pion-av1-opus": 43}[folder] {
				return 0
			}
			return 1
		}), Options{})
		require.Equal(t, want, track.Units, folder)
		require.Equal(t, 1, track.Counts.Lost)
		require.InDelta(t, ms(whole.End), ms(track.End), 1, "the last picture stands until the end")
		if want == 41 {
			require.InDelta(t, 40*1000/15, ms(track.LastPicture-track.Start), 150)
		}
	}
}
