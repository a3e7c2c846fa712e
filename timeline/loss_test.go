package timeline

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

func TestFreezeOnLoss(t *testing.T) {
	video := testmjr.Video("vp8", 300, 15, testmjr.VP8(64, 48, 12, 2))
	video.Network.Lose = testmjr.At(2 * 100) // first packet of picture 100
	frozen := load(t, Options{}, video)
	kept := load(t, Options{OnLoss: KeepOnLoss}, video)
	require.Equal(t, 300-8, frozen.Tracks[0].Units) // 100 to 107: until the next key picture
	require.Equal(t, 300, kept.Tracks[0].Units)
	require.Equal(t, 15, frozen.Tracks[0].Counts.Undecodable)
	require.Equal(t, 1, frozen.Tracks[0].Counts.Lost)
	require.Equal(t, []Hole{{From: frozen.Tracks[0].Holes[0].From, To: frozen.Tracks[0].Holes[0].To, Kind: HoleLoss,
		Packets: 1}}, frozen.Tracks[0].Holes)
	require.InDelta(t, 7200, ms(frozen.Tracks[0].Holes[0].To), 1)

	s, err := frozen.Open(frozen.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	for range 99 {
		_, err := s.Next()
		require.NoError(t, err)
	}
	u, err := s.Next()
	require.NoError(t, err)
	require.InDelta(t, 9_000/15.0, ms(u.Duration), 1, "the last good picture stands")
	require.InDelta(t, 20_000, ms(frozen.Tracks[0].End), 1)
}

func TestHeadWithoutKeyPicture(t *testing.T) {
	source := testmjr.VP8(64, 48, 60, 1)
	// recording was switched on late
	video := testmjr.Video("vp8", 200, 15, func(i int) testmjr.Unit { return source(i + 31) })
	tl := load(t, Options{}, video, testmjr.Audio(600))
	require.Equal(t, 200-29, tl.Tracks[0].Units)
	require.InDelta(t, 29_000/15.0, ms(tl.Tracks[0].Start), 2)
	require.Equal(t, 29, tl.Tracks[0].Counts.Undecodable)
}

func TestNoKeyPictureAtAll(t *testing.T) {
	source := testmjr.VP8(64, 48, 1000, 1)
	video := testmjr.Video("vp8", 200, 15, func(i int) testmjr.Unit { return source(i + 1) })
	tl := load(t, Options{}, video, testmjr.Audio(600))
	require.Zero(t, tl.Tracks[0].Units)
	require.Equal(t, 200, tl.Tracks[0].Counts.Undecodable)
	require.InDelta(t, 12_000, ms(tl.Duration), 1)
}

// A browser that nobody asks for a key picture sends none: after a loss its pictures are shown all the same, but for
// those of which something is missing, and those of a second behind the first loss, which are only decoded.
func TestLossWithoutAnotherKeyPicture(t *testing.T) {
	video := testmjr.Video("vp8", 900, 15, testmjr.VP8(64, 48, 10_000, 2))
	video.Network.Lose = testmjr.At(200, 600)
	tl := load(t, Options{}, video)
	require.Equal(t, 884, tl.Tracks[0].Units)
	require.Equal(t, 14, tl.Tracks[0].Hidden)
	require.Len(t, tl.Tracks[0].Holes, 2)
	s, err := tl.Open(tl.Tracks[0])
	require.NoError(t, err)
	defer s.Close()
	hidden := 0
	for i, u := range readAll(t, s) {
		if u.Hidden {
			require.True(t, i >= 100 && i < 114, "picture %d", i)
			hidden++
		}
	}
	require.Equal(t, 14, hidden)
}

func TestBear(t *testing.T) {
	at := func(seq int64, from, to float64, last bool) outage {
		return outage{seqSpan: seqSpan{from: seq, to: seq + 100, show: seq + 10}, at: time.Duration(from * 1e9),
			end:   time.Duration(to * 1e9),
			shown: time.Duration(from*1e9) + brief, last: last}
	}
	late := func(seq int64, damaged float64) seqSpan {
		return seqSpan{seq, seq + 100, seq + 10, brief, time.Duration(damaged * 1e9)}
	}
	once := func(seq int64) seqSpan { return seqSpan{seq, seq + 100, seq, 0, 2 * time.Second} }
	for name, c := range map[string]struct {
		outages []outage
		want    []seqSpan
	}{
		"none":                        {nil, nil},
		"a key picture comes in time": {[]outage{at(1000, 3, 7.9, false)}, nil},
		"it comes late":               {[]outage{at(1000, 3, 8.5, false)}, []seqSpan{late(1000, 4.5)}},
		"none comes":                  {[]outage{at(1000, 3, 4.5, true)}, []seqSpan{late(1000, 0.5)}},
		"none comes, but the end":     {[]outage{at(1000, 3, 3.9, true)}, nil},
		"far between": {[]outage{at(1000, 3, 7, false), at(2000, 14, 18, false), at(3000, 25, 29, false)},
			nil},
		"one after the other": {[]outage{at(1000, 20, 22, false), at(2000, 23, 25, false), at(3000, 26, 28, false),
			at(4000, 60, 61, false)},
			[]seqSpan{once(1000), once(2000), once(3000)}},
		"a long one among them": {[]outage{at(1000, 20, 22, false), at(2000, 23, 35, false)}, []seqSpan{late(2000, 11)}},
		"before the first":      {[]outage{{end: 9e9}}, nil},
		"the first counts":      {[]outage{{end: 4e9}, at(1000, 5, 7, false)}, []seqSpan{once(1000)}},
	} {
		require.Equal(t, c.want, bear(c.outages, true), name)
		rare := slices.DeleteFunc(slices.Clone(c.want), func(s seqSpan) bool { return s.show == s.from })
		require.ElementsMatch(t, rare, bear(c.outages, false), name)
	}
}

// Where key pictures are sent at the start only, and pictures are refreshed by and by, a recording that was switched on
// in mid-call begins at a recovery point. What comes until pictures are whole is decoded and not seen; so it is after a
// loss.
func TestRecoveryPoint(t *testing.T) {
	const sps = "\x67\x42\xC0\x0D\xDA\x05\x07\xE4\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\xF0\x3C\x50\xAA\x80"
	source := func(i int) testmjr.Unit {
		u := testmjr.Unit{Payloads: [][]byte{{0x41, 0x9A, byte(i), byte(i >> 8)}}}
		if i%50 == 20 {
			u.Payloads = append([][]byte{[]byte(sps), []byte("\x68\xCE\x3C\x80"), {6, 6, 1, 0x13, 0x80}}, u.Payloads...) // ue: 8
		}
		return u
	}
	video := testmjr.Video("h264", 300, 25, source)
	lost := 130 + 3*3 // the 131st picture; each recovery point has three packets more
	video.Network.Lose = testmjr.At(lost)
	tl := load(t, Options{}, video)
	x := tl.Tracks[0]
	require.Equal(t, 16, x.Hidden)
	require.Equal(t, 0, x.KeyFrames)
	// 20 before the first, 8 until the pictures are whole; from the lost one on 40 until the next, and 8
	require.Equal(t, 300-20-8-40-8, x.Units)
	require.Zero(t, x.Start)
	s, err := tl.Open(x)
	require.NoError(t, err)
	defer s.Close()
	last := time.Duration(0)
	for n, u := range readAll(t, s) {
		at := 28 + int(u.PTS.Round(40*time.Millisecond)/(40*time.Millisecond))
		require.GreaterOrEqual(t, u.PTS, last)
		last = u.PTS + 1
		require.Equal(t, n < 8 || at >= 170 && at < 178, u.Hidden, "unit %d at %v", n, u.PTS)
	}
	x = load(t, Options{OnLoss: KeepOnLoss}, video).Tracks[0]
	require.Zero(t, x.Hidden)
	require.Equal(t, 300-20-1, x.Units)

	video.Units = 25 // ends before the pictures are whole: better those than none
	x = load(t, Options{}, video).Tracks[0]
	require.Zero(t, x.Hidden)
	require.Equal(t, 5, x.Units)
}

// layeredVP8 is L1T3 as libwebrtc sends it: temporal ids 0 2 1 2, every fourth picture in the base layer.
func layeredVP8(keyEvery int) testmjr.Source {
	plain := testmjr.VP8(64, 48, keyEvery, 1)
	return func(i int) testmjr.Unit {
		u := plain(i)
		tid := []byte{0, 2, 1, 2}[i%4]
		p := u.Payloads[0]
		p[1] |= 0x60                                        // L, T
		layer := []byte{byte(i / 4), tid<<6 | 0x20*(tid&1)} // TL0PICIDX; TID, Y: the middle layer needs only the base
		u.Payloads[0] = append(append(append([]byte(nil), p[:4]...), layer...), p[4:]...)
		return u
	}
}

func TestTemporalLayers(t *testing.T) {
	for _, c := range []struct {
		lost  []int
		shown int
		why   string
	}{
		{nil, 120, "everything"},
		{[]int{13}, 119, "TID 2 lost: the middle layer is an entry again"},
		{[]int{14}, 117, "TID 1 lost: the two TID 2 before the next may refer to it"},
		{[]int{16}, 120 - 44, "TID 0 lost: nothing until the key picture at 60"},
	} {
		video := testmjr.Video("vp8", 120, 60, layeredVP8(60))
		video.Network.Lose = testmjr.At(c.lost...)
		tl := load(t, Options{}, video)
		require.Equal(t, c.shown, tl.Tracks[0].Units, c.why)
	}
}

// One packet lost beside a minute of silence does not make it a loss of a minute; a minute of lost packets is one.
// Where packets only get other numbers on their way, or another SSRC, no picture is missing. A sender that begins anew
// sends a key picture; where that one is lost, what comes next cannot be decoded.
func TestSameEncoderBehindARestart(t *testing.T) {
	h264 := testmjr.H264(1000, nil)
	vp8 := testmjr.Loop(testmjr.Recorded(t, "pion-vp8-opus", mjr.Video))
	for name, c := range map[string]struct {
		codec  string
		source testmjr.Source
		is     testmjr.Break
		frozen bool
	}{
		"another SSRC":  {"h264", h264, testmjr.Break{Unit: 100, SSRC: 77}, false},
		"other numbers": {"h264", h264, testmjr.Break{Unit: 100, Sequence: -12_000}, false},
		"both":          {"h264", h264, testmjr.Break{Unit: 100, SSRC: 77, Sequence: 20_000}, false},
		"another clock, too": {"h264", h264, testmjr.Break{Unit: 100, SSRC: 77, Sequence: 20_000,
			Ticks: 1_000_000_000}, true},
		"another clock, by picture ids": {"vp8", vp8, testmjr.Break{Unit: 20, SSRC: 77, Sequence: 20_000,
			Ticks: 1_000_000_000}, false},
	} {
		v := testmjr.Video(c.codec, 200, 15, c.source)
		v.Breaks = []testmjr.Break{c.is}
		tl := load(t, Options{}, v)
		require.Equal(t, c.frozen, tl.Tracks[0].Frozen > 0, name)
		require.Equal(t, c.frozen, tl.Tracks[0].Counts.Undecodable > 0, name)
	}
}

// Behind a picture of VP9 that is missing nobody can decode anything until the next key picture: it stands still all
// the time, and is not damaged as well.
func TestLossInVP9(t *testing.T) {
	units := testmjr.Recorded(t, "chromium-vp9-opus", mjr.Video)
	for i := range units[1:] {
		require.False(t, units[i+1].Key, "the recording has one key picture")
	}
	v := testmjr.Video("vp9", len(units), 15, testmjr.Loop(units))
	v.Network.Lose = testmjr.At(10)
	track := load(t, Options{}, v).Tracks[0]
	require.Greater(t, track.Frozen, 5*time.Second)
	require.Zero(t, track.Damaged)
	require.LessOrEqual(t, track.Frozen, track.End-track.Start)
}

func TestHoleKinds(t *testing.T) {
	audio := testmjr.Audio(500)
	audio.Breaks = []testmjr.Break{{Unit: 250, Pause: time.Minute}}
	audio.Network.Lose = testmjr.At(250)
	tl := load(t, Options{}, audio)
	require.Len(t, tl.Tracks[0].Holes, 1)
	require.Equal(t, HoleSilent, tl.Tracks[0].Holes[0].Kind)
	require.Equal(t, 1, tl.Tracks[0].Holes[0].Packets)

	audio = testmjr.Audio(3500)
	audio.Network.Lose = testmjr.Between(250, 2750)
	tl = load(t, Options{}, audio)
	require.Len(t, tl.Tracks[0].Holes, 1)
	require.Equal(t, HoleLoss, tl.Tracks[0].Holes[0].Kind)
}

// What there is of an incomplete picture is decoded where pictures are shown that are predicted from it: of VP8 up to
// the first hole.
func TestIncompletePictures(t *testing.T) {
	video := testmjr.Video("vp8", 300, 15, testmjr.VP8(64, 48, 10_000, 4))
	video.Network.Lose = testmjr.At(4*100+2, 4*200) // the third packet of a picture, and the first of another
	tl := load(t, Options{}, video)
	x := tl.Tracks[0]
	require.Equal(t, 15, x.Hidden)
	require.Equal(t, 300-15-1, x.Units)
	require.InDelta(t, 1000, ms(x.Frozen), 70)
	require.InDelta(t, 300_000/15.0-100_000/15.0-1000, ms(x.Damaged), 140)
	s, err := tl.Open(x)
	require.NoError(t, err)
	defer s.Close()
	for i, u := range readAll(t, s) {
		want := 4
		if i == 100 {
			want = 2
		}
		require.Len(t, u.Packets, want, "picture %d", i)
		require.Equal(t, i >= 100 && i < 115, u.Hidden, "picture %d", i)
		require.NotZero(t, u.Packets[want-1][1]&0x80, "the marker is on the last packet that there is")
	}
}

// packed are bits as bytes, with zeros at the end.
func packed(bits string) []byte {
	out := make([]byte, (len(bits)+7)/8)
	for i, c := range bits {
		out[i/8] |= byte(c-'0') << (7 - i%8)
	}
	return out
}

// golomb is an unsigned Exp-Golomb code (H.264 clause 9.1).
func golomb(n int) string {
	b := fmt.Sprintf("%b", n+1)
	return strings.Repeat("0", len(b)-1) + b
}

// framesNumbered are pictures of H.264 with frame_num in so many bits, which is first in the one behind the first key
// picture. Those of which free says so are referred to by none.
func framesNumbered(n, bits, first int, free func(i int) bool) (units []testmjr.Unit) {
	// Baseline profile; set 0; frame_num; pic_order_cnt_type 2; 1 reference; 20x15 macroblocks, frames only
	sps := append([]byte{0x67, 66, 0xC0, 13}, packed("1"+golomb(bits-4)+golomb(2)+golomb(1)+"0"+golomb(19)+golomb(14)+
		"11001")...)
	pps := []byte{0x68, 0xCE, 0x3C, 0x80}
	number := 0
	slice := func(nal byte, typ int) []byte { // first macroblock and set are 0
		return append([]byte{nal}, packed("1"+golomb(typ)+"1"+fmt.Sprintf("%0*b", bits, number)+strings.Repeat("10", 12))...)
	}
	for i := range n {
		switch {
		case i == 0:
			units = append(units, testmjr.Unit{Key: true, Payloads: [][]byte{sps, pps, slice(0x65, 7)}})
			number = first
		case free(i):
			units = append(units, testmjr.Unit{Payloads: [][]byte{slice(0x01, 0)}}) // nal_ref_idc 0
		default:
			units = append(units, testmjr.Unit{Payloads: [][]byte{slice(0x41, 0)}})
			number = (number + 1) % (1 << bits)
		}
	}
	return units
}

// The numbers of pictures (frame_num) go on where only packets get other numbers, an SSRC and a clock, and they tell
// where pictures are missing.
func TestPictureNumbersBehindARestart(t *testing.T) {
	none := func(int) bool { return false }
	for name, c := range map[string]struct {
		bits, first int // of what comes from picture 100 on
		ticks       int32
		pause       time.Duration
		frozen      bool
	}{
		"they go on":                     {12, 100, 0, 0, false},
		"another clock, too":             {12, 100, 1_000_000_000, 0, false},
		"few, but they come in step":     {4, 100 % 16, 1_000_000_000, 0, false},
		"too few to tell":                {4, 100 % 16, 1_000_000_000, time.Second, true},
		"pictures are missing":           {12, 102, 0, 0, true},
		"another encoder":                {12, 1, 1_000_000_000, 0, true},
		"another encoder, few numbers":   {4, 1, 0, 0, true},
		"another one's third picture":    {4, 2, 1_000_000_000, 0, true},
		"few numbers, and the same step": {4, 100 % 16, 0, 0, false},
	} {
		before, behind := framesNumbered(100, c.bits, 1, none), framesNumbered(101, c.bits, c.first, none)[1:]
		units := slices.Concat(before, behind)
		video := testmjr.Video("h264", len(units), 15, func(i int) testmjr.Unit { return units[i] })
		video.Breaks = []testmjr.Break{{Unit: 100, SSRC: 77, Sequence: 20_000, Ticks: c.ticks, Pause: c.pause}}
		x := load(t, Options{}, video).Tracks[0]
		require.Equal(t, c.frozen, x.Frozen > 0, name)
	}
}

// A picture of H.264 that others do not refer to is missed by nobody; neither is what protects others. The numbers of
// pictures (frame_num) tell them from those that are.
func TestMissingPicturesThatNobodyNeeds(t *testing.T) {
	units := framesNumbered(200, 4, 1, func(i int) bool { return i%2 == 1 })
	video := testmjr.Video("h264", len(units), 15, func(i int) testmjr.Unit { return units[i] })
	video.Network.Lose = testmjr.At(2+51, 2+101) // pictures 51 and 101
	x := load(t, Options{}, video).Tracks[0]
	require.Equal(t, 198, x.Units)
	require.Zero(t, x.Frozen+x.Damaged)

	video.Network.Lose = testmjr.At(2 + 50)
	x = load(t, Options{}, video).Tracks[0]
	require.InDelta(t, 1000, ms(x.Frozen), 70)
	require.NotZero(t, x.Hidden)
}
