package timeline

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

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

// A recorder whose clock is set back, or that has held up for seconds what came first: media come in their order, and
// all of them.
func TestArrivalsGoBack(t *testing.T) {
	for _, back := range []time.Duration{300 * time.Millisecond, time.Second, 3 * time.Second, 3900 * time.Millisecond} {
		for seed := range uint64(8) {
			audio := testmjr.Audio(400)
			audio.Network = testmjr.Network{Seed: seed, Jitter: 5 * time.Millisecond, Extra: func(n int) time.Duration {
				if n == 142 || n == 290 { // that has nothing to do with it
					return 60 * time.Millisecond
				}
				return 0
			}}
			audio.Lie = func(_ int, at time.Duration) uint32 {
				if at > 4*time.Second {
					at -= back
				}
				return uint32(at.Milliseconds())
			}
			tl := load(t, Options{}, audio)
			track := tl.Tracks[0]
			require.Equal(t, 400, track.Counts.Used)
			var end time.Duration
			for _, u := range unitsOf(t, tl, track) {
				require.GreaterOrEqual(t, u.PTS, end-time.Millisecond, "%v, seed %d", back, seed)
				end = u.PTS + u.Duration
			}
			require.InDelta(t, 8000, ms(tl.Duration), 30, "%v, seed %d", back, seed)
		}
	}
}
