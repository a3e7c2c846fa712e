package timeline

import (
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
)

// packetKind is a codec with packets of a length, for tests of clocks.
type packetKind struct {
	codec  string
	pt     uint8
	rate   int
	length time.Duration
	source testmjr.Source
}

var packetKinds = []packetKind{
	{"opus", 111, 48000, 2500 * time.Microsecond, testmjr.Opus(2500 * time.Microsecond)},
	{"opus", 111, 48000, 10 * time.Millisecond, testmjr.Opus(10 * time.Millisecond)},
	{"opus", 111, 48000, 20 * time.Millisecond, testmjr.Opus(20 * time.Millisecond)},
	{"opus", 111, 48000, 60 * time.Millisecond, testmjr.Opus(60 * time.Millisecond)},
	{"opus", 111, 48000, 120 * time.Millisecond, testmjr.Opus(120 * time.Millisecond)},
	{"pcmu", 0, 8000, 20 * time.Millisecond, testmjr.Filled(160, 0xFF)},
	{"pcma", 8, 8000, 30 * time.Millisecond, testmjr.Filled(240, 0xD5)},
	{"g722", 9, 8000, 20 * time.Millisecond, testmjr.Noise(160)},
	{"l16", 120, 16000, 10 * time.Millisecond, testmjr.Filled(320, 0)},
	{"l16-48", 120, 48000, 10 * time.Millisecond, testmjr.Filled(960, 0)},
}

func (c packetKind) track(length time.Duration) testmjr.Track {
	a := testmjr.Audio(int(length / c.length))
	a.Header.Codec, a.PayloadType, a.ClockRate, a.Source, a.Interval = c.codec, c.pt, c.rate, c.source, c.length
	a.Network = testmjr.Network{Seed: 5, Jitter: 15 * time.Millisecond}
	return a
}

// atRate makes a sender count at a rate in Hz.
func atRate(hz float64, codec int) func(int, int64) int64 {
	return func(_ int, right int64) int64 { return int64(float64(right) * hz / float64(codec)) }
}

func requireWrong(t *testing.T, tl *Timeline, track *Track, hz float64, what string) {
	t.Helper()
	require.Len(t, track.WrongClocks, 1, what)
	require.InDelta(t, hz, track.WrongClocks[0].Rate, hz/100, what)
	require.NotEmpty(t, tl.Warnings, what)
	require.Equal(t, "CLOCK_RATE_WRONG", tl.Warnings[0].Code)
}

// An audio clock of another rate than the codec's, whichever: the packets themselves say how long they play.
func TestAudioClockRates(t *testing.T) {
	t.Parallel()
	for _, c := range packetKinds {
		for _, hz := range []float64{1000, 8000, 11025, 16000, 24000, 32000, 44100, 48000, 90000, 1_000_000} {
			if int(hz) == c.rate {
				continue
			}
			for _, length := range []time.Duration{1500 * time.Millisecond, 5 * time.Second} {
				a := c.track(length)
				a.Stamp = atRate(hz, c.rate)
				video := testmjr.Video("vp8", int(length.Seconds()*15), 15, pictures())
				what := fmt.Sprintf("%s %v at %v Hz for %v", c.codec, c.length, hz, length)
				tl := load(t, Options{}, a, video)
				requireWrong(t, tl, tl.Tracks[0], hz, what)
				requireSync(t, tl, 0, 20*time.Millisecond, a, video)
				require.Equal(t, a.Units, tl.Tracks[0].Units, what)
				require.Empty(t, tl.Tracks[0].Holes, what)
				require.InDelta(t, ms(c.length)*float64(a.Units), ms(tl.Tracks[0].End), 20, what)
				gaps := 0
				for _, u := range unitsOf(t, tl, tl.Tracks[0]) {
					if u.Gap {
						gaps++
					}
				}
				require.Zero(t, gaps, what)
			}
		}
	}
}

// The same with silence that is not sent, and with pauses in which the sender's clock stands still.
func TestAudioClockRatesWithHoles(t *testing.T) {
	t.Parallel()
	for _, c := range packetKinds {
		for _, hz := range []float64{float64(c.rate) / 3, float64(c.rate) / 2, float64(c.rate) * 2} {
			for _, frozen := range []bool{false, true} {
				a := c.track(12 * time.Second)
				for k := range 20 {
					a.Breaks = append(a.Breaks, testmjr.Break{Unit: a.Units/4 + k*7, Pause: 8 * c.length})
				}
				a.Breaks = append(a.Breaks, testmjr.Break{Unit: a.Units * 3 / 4, Pause: 4 * time.Second, Frozen: frozen})
				a.Stamp = atRate(hz, c.rate)
				what := fmt.Sprintf("%s %v at %v Hz, frozen %v", c.codec, c.length, hz, frozen)
				tl := load(t, Options{}, a)
				require.Len(t, tl.Tracks[0].WrongClocks, 1, what)
				requireSync(t, tl, 0, 25*time.Millisecond, a)
			}
		}
	}
}

// says nothing of time, in different ways.
var nonsense = map[string]func(int, int64) int64{
	"constant": func(int, int64) int64 { return 7 },
	"garbage":  func(i int, _ int64) int64 { return int64(math.Sin(float64(i)) * 1e9) },
	"back":     func(_ int, right int64) int64 { return -right },
}

// Timestamps that never move, or are garbage: the packets play one after the other, and holes are where nothing came.
func TestAudioClockThatSaysNothing(t *testing.T) {
	t.Parallel()
	for name, stamp := range nonsense {
		for _, c := range packetKinds {
			for _, holes := range []bool{false, true} {
				a := c.track(9 * time.Second)
				a.Stamp = stamp
				if holes {
					a.Breaks = []testmjr.Break{{Unit: a.Units / 3, Pause: 3 * time.Second},
						{Unit: a.Units / 2, Pause: 500 * time.Millisecond}}
					a.Network.Lose = testmjr.Between(a.Units*3/4, a.Units*3/4+10)
				}
				what := fmt.Sprintf("%s %v %s", c.codec, c.length, name)
				tl := load(t, Options{}, a)
				require.Len(t, tl.Tracks[0].WrongClocks, 1, what)
				require.Zero(t, tl.Tracks[0].WrongClocks[0].Rate, what)
				requirePlaced(t, tl, tl.Tracks[0], a, 25*time.Millisecond, what)
			}
		}
	}
}

// requirePlaced is requireSync of one track of which packets may be lost; each unit is one packet.
func requirePlaced(t *testing.T, tl *Timeline, track *Track, want testmjr.Track, within time.Duration, what string) {
	t.Helper()
	sent := want.Packets()
	n := 0
	for _, u := range unitsOf(t, tl, track) {
		if u.Gap {
			continue
		}
		require.InDelta(t, ms(sent[n].Captured-sent[0].Captured), ms(u.PTS-track.Start), ms(within), "%s: unit %d", what, n)
		n++
	}
	require.Equal(t, len(sent), n, what)
}

// A video clock of another rate than 90 kHz, or counted by the picture: arrival tells.
func TestVideoClockRates(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{4 * time.Second, 30 * time.Second} {
		audio := testmjr.Audio(int(length / (20 * time.Millisecond)))
		for _, fps := range []float64{5, 15, 30} {
			for _, hz := range []float64{1000, 8000, 30_000, 45_000, 48_000, 180_000, 270_000, 1_000_000} {
				for _, jitter := range []time.Duration{0, 30 * time.Millisecond} {
					v := testmjr.Video("vp8", int(length.Seconds()*fps), fps, pictures())
					v.Network = testmjr.Network{Seed: 8, Jitter: jitter}
					v.Stamp = atRate(hz, 90_000)
					what := fmt.Sprintf("%v at %v fps, %v Hz, jitter %v", length, fps, hz, jitter)
					tl := load(t, Options{}, audio, v)
					requireWrong(t, tl, tl.Tracks[1], hz, what)
					requirePlaced(t, tl, tl.Tracks[1], v, 20*time.Millisecond+jitter, what)
				}
			}
		}
	}
}

// RTP times of pictures that say nothing.
func TestVideoClockThatSaysNothing(t *testing.T) {
	audio := testmjr.Audio(500)
	for name, stamp := range nonsense {
		v := testmjr.Video("vp8", 150, 15, pictures())
		v.Network = testmjr.Network{Seed: 8, Jitter: 20 * time.Millisecond}
		v.Stamp = stamp
		tl := load(t, Options{}, audio, v)
		require.Len(t, tl.Tracks[1].WrongClocks, 1, name)
		requirePlaced(t, tl, tl.Tracks[1], v, 25*time.Millisecond, name)
	}
}

// A clock that changes its rate in mid-call, in either direction.
func TestClockRateChanges(t *testing.T) {
	t.Parallel()
	for _, factor := range []float64{1.0 / 3, 0.5, 2} {
		for _, rightFirst := range []bool{true, false} {
			change := func(unit int, each int64) func(int, int64) int64 {
				at := int64(unit) * each
				return func(i int, right int64) int64 {
					switch first := i < unit; {
					case first && rightFirst:
						return right
					case first:
						return int64(float64(right) * factor)
					case rightFirst:
						return at + int64(float64(right-at)*factor)
					}
					return int64(float64(at)*factor) + right - at
				}
			}
			what := fmt.Sprintf("factor %.2f, right first %v", factor, rightFirst)
			a, v := testmjr.Audio(3000), testmjr.Video("vp8", 900, 15, pictures())
			a.Stamp = change(1200, 960)
			tl := load(t, Options{}, a, v)
			require.Len(t, tl.Tracks[0].WrongClocks, 1, what)
			requireSync(t, tl, 0, 20*time.Millisecond, a, v)
			a.Stamp, v.Stamp = nil, change(400, 6000)
			tl = load(t, Options{}, a, v)
			require.Empty(t, tl.Tracks[0].WrongClocks, what)
			require.Len(t, tl.Tracks[1].WrongClocks, 1, what)
			far := 0
			placed(t, tl, tl.Tracks[1], sentTimes(v), func(i int, u *Unit) {
				if math.Abs(ms(u.PTS)-float64(i)*1000/15) > 45 {
					far++
				}
			})
			require.LessOrEqual(t, far, 15, "%s: a second at most where it changes", what)
		}
	}
}

// Sound that was sampled at another rate than it says has the wrong length altogether.
func TestSampledAtAnotherRate(t *testing.T) {
	t.Parallel()
	for _, c := range packetKinds {
		for _, hz := range []float64{44100, 32000, 52000, 96000} {
			for _, length := range []time.Duration{6 * time.Second, 40 * time.Second} {
				factor := hz / 48000
				a := c.track(length)
				a.ClockPPM = (factor - 1) * 1e6
				wall := time.Duration(float64(length) / factor)
				v := testmjr.Video("vp8", int(wall.Seconds()*15), 15, pictures())
				v.Network = testmjr.Network{Seed: 3, Jitter: 10 * time.Millisecond}
				what := fmt.Sprintf("%s %v, %v of 48000 Hz for %v", c.codec, c.length, hz, length)
				if length < 10*time.Second && hz == 52000 {
					continue // no such rate: this could be a queue
				}
				tl := load(t, Options{}, a, v)
				require.InDelta(t, 1/factor, tl.Tracks[0].Stretch(), 0.006, what)
				require.Len(t, tl.Tracks[0].WrongClocks, 1, what)
				require.InDelta(t, float64(c.rate)*factor, tl.Tracks[0].WrongClocks[0].Sampled, float64(c.rate)*0.006, what)
				require.Empty(t, tl.Tracks[1].WrongClocks, what)
				requireSync(t, tl, 0, 30*time.Millisecond, a, v)
				for _, u := range unitsOf(t, tl, tl.Tracks[0]) {
					require.False(t, u.Gap, what)
					require.InDelta(t, ms(c.length)/factor, ms(u.Duration), 0.4, what)
				}
			}
		}
	}
}

// What networks do is not taken for another rate, however long it lasts and whichever part of a recording it is.
func TestNetworksHaveNoRate(t *testing.T) {
	t.Parallel()
	for _, length := range []time.Duration{3 * time.Second, 10 * time.Second, 40 * time.Second} {
		for _, high := range []time.Duration{400 * time.Millisecond, 3 * time.Second} {
			for _, part := range []float64{0.3, 0.8} {
				for name, shape := range map[string]func(at float64) float64{
					"grows and drains": func(at float64) float64 { return math.Max(0, math.Min(at/part, (1-at)/(1-part))) },
					"grows":            func(at float64) float64 { return math.Max(0, (at-part)/(1-part)) },
					"drains":           func(at float64) float64 { return math.Max(0, 1-at/part) },
					"stalls":           func(at float64) float64 { return math.Mod(at*7, 1) },
				} {
					queue := func(each time.Duration) func(int) time.Duration {
						return func(n int) time.Duration {
							return time.Duration(shape(float64(time.Duration(n)*each)/float64(length)) * float64(high))
						}
					}
					if high > length/4 {
						continue // as large as the recording: nothing tells it from a clock
					}
					a := testmjr.Audio(int(length / (20 * time.Millisecond)))
					a.Network = testmjr.Network{Seed: 1, Jitter: 10 * time.Millisecond, Extra: queue(20 * time.Millisecond)}
					v := testmjr.Video("vp8", int(length.Seconds()*15), 15, pictures())
					v.Network = testmjr.Network{Seed: 2, Jitter: 10 * time.Millisecond, Extra: queue(time.Second / 15)}
					tl := load(t, Options{}, a, v)
					what := fmt.Sprintf("%s, %v of %v, part %v", name, high, length, part)
					require.Empty(t, tl.Tracks[0].WrongClocks, what)
					require.Empty(t, tl.Tracks[1].WrongClocks, what)
				}
			}
		}
	}
}

// Arrival times in other units or of another epoch, and what is left when they cannot be used.
func TestArrivalsLie(t *testing.T) {
	t.Parallel()
	ago := func(d time.Duration) time.Duration { return d + time.Duration(testmjr.OriginUs)*time.Microsecond }
	for name, c := range map[string]struct {
		lie     func(n int, at time.Duration) uint32
		ignored bool
	}{
		"µs":                         {lie: func(_ int, at time.Duration) uint32 { return uint32(at.Microseconds()) }},
		"µs since the epoch":         {lie: func(_ int, at time.Duration) uint32 { return uint32(ago(at).Microseconds()) }},
		"ms since the epoch":         {lie: func(_ int, at time.Duration) uint32 { return uint32(ago(at).Milliseconds()) }},
		"µs since the epoch, then 0": {lie: func(n int, at time.Duration) uint32 { return uint32(min(n, 1)) * uint32(ago(at).Microseconds()) }},
		"ms since the epoch, then 0": {lie: func(n int, at time.Duration) uint32 { return uint32(min(n, 1)) * uint32(ago(at).Milliseconds()) }},
		"s": {lie: func(_ int, at time.Duration) uint32 { return uint32(at.Seconds()) },
			ignored: true},
		"ns":      {lie: func(_ int, at time.Duration) uint32 { return uint32(at) }},
		"100 ns":  {lie: func(_ int, at time.Duration) uint32 { return uint32(at / 100) }, ignored: true},
		"nothing": {lie: func(int, time.Duration) uint32 { return 0 }, ignored: true},
		"samples": {lie: func(_ int, at time.Duration) uint32 { return uint32(at.Seconds() * 48000) },
			ignored: true},
		"backwards": {lie: func(_ int, at time.Duration) uint32 { return uint32(-at.Milliseconds()) },
			ignored: true},
	} {
		for _, seconds := range []int{2, 9, 40} {
			a := testmjr.Audio(seconds * 50)
			a.Network = testmjr.Network{Seed: 4, Jitter: 10 * time.Millisecond}
			a.Lie = c.lie
			v := testmjr.Video("vp8", seconds*15, 15, pictures())
			what := fmt.Sprintf("%s, %d s", name, seconds)
			tl := load(t, Options{}, a, v)
			require.Equal(t, c.ignored, tl.Tracks[0].ArrivalsIgnored, what)
			require.Empty(t, tl.Tracks[0].WrongClocks, what)
			require.Empty(t, tl.Tracks[0].Holes, what)
			requirePlaced(t, tl, tl.Tracks[0], a, 15*time.Millisecond, what)
			requirePlaced(t, tl, tl.Tracks[1], v, 15*time.Millisecond, what)
			require.InDelta(t, 0, ms(tl.Tracks[1].Start-tl.Tracks[0].Start), 30, what)
			if c.ignored || seconds < 5 {
				continue
			}
			// The same units tell when the sender's clock is wrong as well.
			a.Stamp = atRate(24000, 48000)
			v.Lie, v.Stamp = c.lie, atRate(45_000, 90_000)
			tl = load(t, Options{}, a, v)
			requirePlaced(t, tl, tl.Tracks[0], a, 15*time.Millisecond, what+", clocks wrong")
			requirePlaced(t, tl, tl.Tracks[1], v, 35*time.Millisecond, what+", clocks wrong")
			require.Len(t, tl.Warnings, 2, what)
		}
	}
}

// The same of the shortest and slowest videos, beside sound whose arrival times are right and alone.
func TestArrivalsOfFewPicturesLie(t *testing.T) {
	ago := func(at time.Duration) int64 { return testmjr.OriginUs + at.Microseconds() }
	for name, lie := range map[string]func(n int, at time.Duration) uint32{
		"µs":                         func(_ int, at time.Duration) uint32 { return uint32(at.Microseconds()) },
		"ns":                         func(_ int, at time.Duration) uint32 { return uint32(at) },
		"100 ns":                     func(_ int, at time.Duration) uint32 { return uint32(at / 100) },
		"µs since the epoch, then 0": func(n int, at time.Duration) uint32 { return uint32(min(n, 1)) * uint32(ago(at)) },
		"ms since the epoch, then 0": func(n int, at time.Duration) uint32 { return uint32(min(n, 1)) * uint32(ago(at)/1000) },
	} {
		for _, seconds := range []int{1, 4} {
			a, v := testmjr.Audio(seconds*50), testmjr.Video("vp8", seconds*5, 5, pictures())
			v.Lie = lie
			what := fmt.Sprintf("%s, %d s", name, seconds)
			tl := load(t, Options{}, a, v)
			requirePlaced(t, tl, tl.Tracks[1], v, 5*time.Millisecond, what)
			require.InDelta(t, 0, ms(tl.Tracks[1].Start-tl.Tracks[0].Start), 5, what)
			require.Empty(t, tl.Tracks[1].WrongClocks, what)
			tl = load(t, Options{}, v)
			requirePlaced(t, tl, tl.Tracks[0], v, 5*time.Millisecond, what+", alone")
		}
	}
}

// A sender that counts pictures where it should count time is none whose arrival times are in µs.
func TestVideoClockCountsPictures(t *testing.T) {
	for _, fps := range []float64{5, 15, 24, 30, 60} {
		v := testmjr.Video("vp8", int(4*fps), fps, pictures())
		v.Network = testmjr.Network{Seed: 8, Jitter: 10 * time.Millisecond}
		v.Stamp = func(i int, _ int64) int64 { return int64(i) }
		tl := load(t, Options{}, v)
		what := fmt.Sprintf("%v fps", fps)
		require.Len(t, tl.Tracks[0].WrongClocks, 1, what)
		requirePlaced(t, tl, tl.Tracks[0], v, 15*time.Millisecond, what)
	}
}

// Without RTP time sound plays packet after packet, and pictures are shown when they came, whatever senders say.
func TestIgnoreRTPTime(t *testing.T) {
	a := testmjr.Audio(600)
	a.Breaks = []testmjr.Break{{Unit: 300, Pause: 2 * time.Second}}
	v := testmjr.Video("vp8", 200, 15, pictures())
	for _, stamp := range []func(int, int64) int64{nil, func(i int, right int64) int64 { return right + int64(i%7)*4000 }} {
		a.Stamp, v.Stamp = stamp, stamp
		tl := load(t, Options{IgnoreRTPTime: true}, a, v)
		requireSync(t, tl, 0, 20*time.Millisecond, a, v)
		require.Len(t, tl.Tracks[0].Holes, 1)
	}
}
