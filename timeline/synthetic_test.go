package timeline

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// load writes tracks as files of one recording and loads them.
func load(t *testing.T, o Options, tracks ...testmjr.Track) *Timeline {
	dir := t.TempDir()
	var paths []string
	for i, track := range tracks {
		paths = append(paths, track.Write(t, dir, fmt.Sprintf("%d.mjr", i)))
	}
	tl, err := Load(context.Background(), read(paths...), o)
	require.NoError(t, err)
	for _, track := range tl.Tracks {
		require.NoError(t, track.Err)
		require.Equal(t, track.Counts.Records, track.Counts.sum())
	}
	return tl
}

// placed calls f for each recorded unit of a track with its number as it was sent and its presentation time.
func placed(t *testing.T, tl *Timeline, track *Track, sent []time.Duration, f func(i int, u *Unit)) {
	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	i := 0
	for {
		u, err := s.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		if !u.Gap {
			f(i, u)
			i++
		}
	}
	require.Equal(t, len(sent), i)
}

// sentTimes is when each unit of a track was sent.
func sentTimes(track testmjr.Track) []time.Duration {
	var l []time.Duration
	for _, p := range track.Sent() {
		if len(l) == 0 || p.Unit != len(l)-1 {
			l = append(l, p.Sent)
		}
	}
	return l
}

// requireSync checks that every unit of every track is where it belongs: presentation time is the audio's clock.
func requireSync(t *testing.T, tl *Timeline, audioPPM float64, within time.Duration, tracks ...testmjr.Track) {
	t.Helper()
	origin := time.Duration(math.MaxInt64)
	for _, track := range tracks {
		origin = min(origin, sentTimes(track)[0])
	}
	for i, track := range tracks {
		sent := sentTimes(track)
		worst := 0.0
		placed(t, tl, tl.Tracks[i], sent, func(n int, u *Unit) {
			want := float64(sent[n]-origin) * (1 + audioPPM/1e6)
			worst = math.Max(worst, math.Abs(float64(u.PTS)-want))
		})
		require.LessOrEqual(t, time.Duration(worst), within, "track %d", i)
	}
}

func pictures() testmjr.Source { return testmjr.VP8(64, 48, 50, 1) }

// longPackets is sound in as few packets as there can be.
func longPackets(length time.Duration) testmjr.Track {
	const each = 60 * time.Millisecond
	a := testmjr.Audio(int(length / each))
	a.Source, a.Interval = testmjr.Opus(each), each
	return a
}

func TestTwoHoursOfDrift(t *testing.T) {
	t.Parallel()
	for _, ppm := range []float64{-200, 200} {
		audio := longPackets(2 * time.Hour)
		audio.ClockPPM = ppm
		audio.Network = testmjr.Network{Seed: 1, Jitter: 30 * time.Millisecond}
		video := testmjr.Video("vp8", 2*3600*5, 5, pictures())
		video.ClockPPM = -ppm / 4
		video.Start = 1300 * time.Millisecond
		video.Network = testmjr.Network{Seed: 2, Jitter: 40 * time.Millisecond}
		tl := load(t, Options{}, audio, video)
		require.True(t, tl.Tracks[0].DriftKnown)
		require.InDelta(t, ppm, tl.Tracks[0].DriftPPM, 2)
		require.InDelta(t, -ppm/4, tl.Tracks[1].DriftPPM, 2)
		requireSync(t, tl, ppm, 15*time.Millisecond, audio, video)
		require.Empty(t, tl.Tracks[0].Holes)
	}
}

// Several people's media stay together on the server's clock, however long it takes and however their own clocks run.
func TestServerClock(t *testing.T) {
	t.Parallel()
	one, two := longPackets(time.Hour), longPackets(time.Hour)
	one.ClockPPM, two.ClockPPM = 150, -150
	one.Network = testmjr.Network{Seed: 1, Jitter: 30 * time.Millisecond}
	two.Network = testmjr.Network{Seed: 2, Jitter: 30 * time.Millisecond}
	two.Start = 700 * time.Millisecond
	tl := load(t, Options{Clock: ServerClock}, one, two)
	requireSync(t, tl, 0, 15*time.Millisecond, one, two)
}

func TestPauseKeptAndCut(t *testing.T) {
	const pause = 7 * time.Second
	audio := testmjr.Audio(1000)
	audio.Breaks = []testmjr.Break{{Unit: 500, Pause: pause, Frozen: true}}
	video := testmjr.Video("vp8", 300, 15, pictures())
	video.Breaks = []testmjr.Break{{Unit: 150, Pause: pause + 3*time.Millisecond, Frozen: true}}

	tl := load(t, Options{}, audio, video)
	requireSync(t, tl, 0, 5*time.Millisecond, audio, video)
	require.Equal(t, HoleFrozen, tl.Tracks[0].Holes[0].Kind)
	require.InDelta(t, 27_000, ms(tl.Duration), 30)

	tl = load(t, Options{Pauses: CutPauses}, audio, video)
	require.InDelta(t, 20_000, ms(tl.Duration), 80)
	placed(t, tl, tl.Tracks[0], sentTimes(audio), func(i int, u *Unit) {
		require.InDelta(t, float64(20*i), ms(u.PTS), 70, "unit %d", i)
	})

	// A microphone that was away is no pause.
	video.Breaks = nil
	video.Units = 405
	tl = load(t, Options{Pauses: CutPauses}, audio, video)
	requireSync(t, tl, 0, 5*time.Millisecond, audio, video)
}

func TestSourceChange(t *testing.T) {
	video := testmjr.Video("vp8", 600, 15, pictures())
	video.Breaks = []testmjr.Break{
		{Unit: 100, SSRC: 77}, // Janus goes on counting
		{Unit: 200, SSRC: 78, Sequence: 20_000, Ticks: -1_500_000_000, Pause: 800e6}, // nobody does
		{Unit: 300, Ticks: 1_000_000_000},
		{Unit: 400, Sequence: -12_000, Ticks: 5000},
	}
	audio := testmjr.Audio(2100)
	tl := load(t, Options{OnLoss: KeepOnLoss}, video, audio)
	requireSync(t, tl, 0, 8*time.Millisecond, video, audio)
	require.Zero(t, tl.Tracks[0].Counts.Foreign+tl.Tracks[0].Counts.Lost+tl.Tracks[0].Counts.Late)
}

func TestStalledStartAndBurst(t *testing.T) {
	audio := testmjr.Audio(2000)
	// The first two seconds arrive at once, late; in the middle three seconds stall.
	hold := func(from, to time.Duration, each time.Duration) func(int) time.Duration {
		return func(n int) time.Duration {
			at := time.Duration(n) * each
			if at >= from && at < to {
				return to - at
			}
			return 0
		}
	}
	audio.Network.Extra = hold(0, 2*time.Second, 20*time.Millisecond)
	video := testmjr.Video("vp8", 600, 15, pictures())
	video.Network.Extra = hold(20*time.Second, 23*time.Second, time.Second/15)
	tl := load(t, Options{}, audio, video)
	requireSync(t, tl, 0, 5*time.Millisecond, audio, video)
	require.Empty(t, tl.Tracks[0].Holes)
	require.Empty(t, tl.Tracks[1].Holes)
}

func TestGarbageArrivalTimes(t *testing.T) {
	audio := testmjr.Audio(1000)
	dir := t.TempDir()
	path := audio.Write(t, dir, "good.mjr")
	r := rand.New(rand.NewPCG(1, 1))
	bad := rewriteTimes(t, path, func(uint32) uint32 { return r.Uint32() })
	zero := rewriteTimes(t, path, func(uint32) uint32 { return 0 })
	for _, p := range []string{bad, zero} {
		tl, track := loadOne(t, p, Options{})
		require.True(t, track.ArrivalsIgnored)
		require.Equal(t, 1000, track.Units)
		require.InDelta(t, 20_000, ms(tl.Duration), 1)
	}
	_, track := loadOne(t, path, Options{})
	require.False(t, track.ArrivalsIgnored)
}

// Arrival times that stand still are seen in short recordings, too: those of a pair would else lie end to end.
func TestArrivalTimesStandStill(t *testing.T) {
	audio := testmjr.Audio(200)
	video := testmjr.Video("vp8", 60, 15, pictures())
	dir := t.TempDir()
	still := func(uint32) uint32 { return 0 }
	a, v := audio.Write(t, dir, "a.mjr"), video.Write(t, dir, "v.mjr")
	for _, paths := range [][]string{{rewriteTimes(t, a, still), v}, {a, rewriteTimes(t, v, still)},
		{rewriteTimes(t, a, still), rewriteTimes(t, v, still)}} {
		tl, err := Load(context.Background(), read(paths...), Options{})
		require.NoError(t, err)
		require.InDelta(t, 0, ms(tl.Tracks[0].Start), 1)
		require.InDelta(t, 0, ms(tl.Tracks[1].Start), 1)
		require.InDelta(t, 4000, ms(tl.Duration), 1)
	}
}

func TestOlderGenerations(t *testing.T) {
	audio := testmjr.Audio(500)
	video := testmjr.Video("vp8", 120, 15, pictures())
	video.Start = 2 * time.Second
	for _, g := range []mjr.Generation{mjr.Generation1, mjr.Generation0} {
		audio.Header.Generation, video.Header.Generation = g, g
		tl := load(t, Options{}, audio, video)
		require.InDelta(t, 10_000, ms(tl.Duration), 1)
		require.False(t, tl.Tracks[0].DriftKnown)
		if g == mjr.Generation1 {
			require.InDelta(t, 2000, ms(tl.Tracks[1].Start), 1)
			require.Empty(t, tl.Warnings)
		} else {
			require.Zero(t, tl.Tracks[1].Start, "nothing says when")
			require.NotEmpty(t, tl.Warnings)
			require.Zero(t, tl.OriginUs)
		}
	}
}

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

// Telephone events share source and sequence numbers with the sound; they are not sound.
func TestTelephoneEvents(t *testing.T) {
	audio := testmjr.Audio(1000)
	audio.Header.Codec, audio.PayloadType, audio.ClockRate, audio.Source = "pcmu", 0, 8000, testmjr.PCMU()
	path := audio.Write(t, t.TempDir(), "a.mjr")
	path = rewrite(t, path, func(i int, rec *mjr.Record) int {
		if i >= 400 && i < 410 {
			rec.Payload = append(append([]byte(nil), rec.Payload[:12]...), 5, 10, 0, 160)
			rec.Payload[1] = 101
		}
		return 1
	})
	tl, track := loadOne(t, path, Options{})
	require.Equal(t, 990, track.Units)
	require.Equal(t, 0, track.Media.PayloadType)
	require.Equal(t, 10, track.Counts.Undecodable)
	gaps := 0
	for _, u := range units(t, tl) {
		require.Len(t, u.Packets[0], 172)
		if u.Gap {
			gaps++
		}
	}
	require.Equal(t, 10, gaps)
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

// The server's clock is set between the first packets of audio and video.
func TestServerClockSet(t *testing.T) {
	for _, step := range []time.Duration{-3600 * time.Second, 40 * time.Second, 1000 * time.Hour} {
		audio := testmjr.Audio(1000)
		video := testmjr.Video("vp8", 300, 15, pictures())
		video.Header.FirstUs = testmjr.OriginUs + step.Microseconds()
		tl := load(t, Options{}, audio, video)
		require.Len(t, tl.Warnings, 1)
		require.Equal(t, "CLOCK_STEP", tl.Warnings[0].Code)
		tl.origin = tl.Tracks[0].startWall()
		require.InDelta(t, 0, tl.Tracks[1].startWall()-tl.origin, 70)
	}
	// A camera switched on late is no step.
	audio := testmjr.Audio(1000)
	video := testmjr.Video("vp8", 60, 15, pictures())
	video.Start = 15 * time.Second
	require.Empty(t, load(t, Options{}, audio, video).Warnings)
	video.Start = 30 * time.Second
	require.Empty(t, load(t, Options{}, audio, video).Warnings)
	// Nor is one that was on for about as long as the microphone had been, before.
	audio.Units, video.Start = 250, 8*time.Second
	require.Empty(t, load(t, Options{}, audio, video).Warnings)
	// A first record that is older than its recorder proves it, however long the files are.
	video.Start, video.Header.FirstUs = 0, testmjr.OriginUs-60e6
	tl := load(t, Options{}, audio, video)
	require.Len(t, tl.Warnings, 1)
	require.InDelta(t, 1000, tl.Tracks[1].startWall()-tl.Tracks[0].startWall(), 70, "they end together")
}

// Garbage in the place of the wall clock, in any file, is not believed.
func TestFirstTimeCannotBe(t *testing.T) {
	for _, seconds := range []int{4, 30} {
		for _, us := range []int64{-1, 1, testmjr.OriginUs / 1000, testmjr.OriginUs / 1_000_000, -testmjr.OriginUs,
			math.MaxInt64, math.MinInt64} {
			for _, which := range []string{"audio", "video", "both"} {
				audio := testmjr.Audio(seconds * 50)
				video := testmjr.Video("vp8", seconds*15, 15, pictures())
				audio.Header.FirstUs, video.Header.FirstUs = testmjr.OriginUs+90_000, testmjr.OriginUs+90_000
				if which != "video" {
					audio.Header.FirstUs = us
				}
				if which != "audio" {
					video.Header.FirstUs = us
				}
				dir := t.TempDir()
				paths := []string{audio.Write(t, dir, "a.mjr"), video.Write(t, dir, "v.mjr")}
				tl, err := Load(context.Background(), read(paths...), Options{})
				require.NoError(t, err)
				what := fmt.Sprintf("%d s, %d, %s", seconds, us, which)
				require.InDelta(t, 0, ms(tl.Tracks[0].Start), 70, what)
				require.InDelta(t, 0, ms(tl.Tracks[1].Start), 70, what)
				require.InDelta(t, testmjr.OriginUs, tl.OriginUs, 200_000, what)
				if which != "both" {
					require.Len(t, tl.Warnings, 1, what)
					require.Equal(t, "CLOCK_STEP", tl.Warnings[0].Code)
				}
			}
		}
	}
}

// One packet lost beside a minute of silence does not make it a loss of a minute; a minute of lost packets is one.
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

func TestHead(t *testing.T) {
	audio := testmjr.Audio(500)
	video := testmjr.Video("vp8", 105, 15, pictures())
	video.Start = 3 * time.Second
	first := func(o Options) (a, v Unit, tl *Timeline) {
		tl = load(t, o, audio, video)
		for i, u := range []*Unit{&a, &v} {
			s, err := tl.Open(tl.Tracks[i])
			require.NoError(t, err)
			all := readAll(t, s)
			require.InDelta(t, ms(tl.Tracks[i].Start), ms(all[0].PTS), 20)
			require.InDelta(t, ms(tl.Duration), ms(all[len(all)-1].PTS), 100)
			*u = all[0]
			require.NoError(t, s.Close())
		}
		return a, v, tl
	}
	a, v, tl := first(Options{})
	require.Zero(t, a.PTS)
	require.InDelta(t, 3000, ms(v.PTS), 1)
	require.InDelta(t, 10_000, ms(tl.Duration), 1)

	a, v, tl = first(Options{Head: HoldHead})
	require.Zero(t, a.PTS)
	require.Zero(t, v.PTS)
	require.InDelta(t, 3067, ms(v.Duration), 2, "the first picture stands until the second")
	require.InDelta(t, 10_000, ms(tl.Duration), 1)

	a, v, tl = first(Options{Head: TrimHead})
	require.InDelta(t, 0, ms(a.PTS), 20)
	require.Zero(t, v.PTS)
	require.InDelta(t, 7000, ms(tl.Duration), 1)
	require.InDelta(t, testmjr.OriginUs+3_000_000, tl.OriginUs, 1000)
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

// A picture of H.264 that others do not refer to is missed by nobody; neither is what protects others. The numbers of
// pictures (frame_num) tell them from those that are.
func TestMissingPicturesThatNobodyNeeds(t *testing.T) {
	const sps, pps = "\x67\x42\xC0\x0D\xDA\x05\x07\xE4\xC0\x44\x00\x00\x03\x00\x04\x00\x00\x03\x00\xF0\x3C\x50\xAA\x80",
		"\x68\xCE\x3C\x80"
	number := 0 // frame_num of the picture that comes next, modulo 16
	var units []testmjr.Unit
	for i := range 200 {
		slice := func(nal byte, typ string) []byte { // first_mb 0: 1; slice_type; pps 0: 1; frame_num in 4 bits
			bits := "1" + typ + "1" + fmt.Sprintf("%04b", number) + "10101010101010101010101010101"
			out := []byte{nal}
			for len(bits) >= 8 {
				var b byte
				fmt.Sscanf(bits[:8], "%b", &b)
				out, bits = append(out, b), bits[8:]
			}
			return out
		}
		switch {
		case i == 0:
			// 7: I
			units = append(units, testmjr.Unit{Key: true, Payloads: [][]byte{[]byte(sps), []byte(pps), slice(0x65, "00110")}})
			number = 1
		case i%2 == 0:
			units = append(units, testmjr.Unit{Payloads: [][]byte{slice(0x41, "1")}})
			number = (number + 1) % 16
		default:
			units = append(units, testmjr.Unit{Payloads: [][]byte{slice(0x01, "1")}}) // nal_ref_idc 0
		}
	}
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
