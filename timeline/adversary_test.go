package timeline

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// numbered is a source of audio whose packets carry their number.
func numbered(toc ...byte) testmjr.Source {
	return func(i int) testmjr.Unit {
		return testmjr.Unit{Payloads: [][]byte{binary.BigEndian.AppendUint32(append([]byte(nil), toc...), uint32(i))}}
	}
}

// numberOf is the number that a unit carries.
func numberOf(u *Unit, video bool) int {
	p := u.Packets[0][12:]
	if u.Packets[0][0]&0x10 != 0 { // header extension
		p = p[4+4*int(binary.BigEndian.Uint16(p[2:])):]
	}
	if video {
		return int(binary.BigEndian.Uint16(p[2:]) & 0x7FFF)
	}
	return int(binary.BigEndian.Uint32(p[len(p)-4:]))
}

// evil makes something that real networks and senders do to a track, and says what.
func evil(r *rand.Rand, track *testmjr.Track) (story string) {
	perUnit := 1
	if track.Header.Kind == mjr.Video {
		perUnit = 3
	}
	n := track.Units * perUnit
	if r.IntN(2) == 0 {
		track.FirstSequence = uint16(65536 - r.IntN(n+10))
		story += " seq-wrap"
	}
	if r.IntN(2) == 0 {
		track.FirstTimestamp = uint32(-r.IntN(int(float64(track.Units)*track.Interval.Seconds()*float64(track.ClockRate)) +
			100))
		story += " ts-wrap"
	}
	seed := r.Uint64()
	rate := r.IntN(4) * 2
	burst := r.IntN(3)
	from := r.IntN(n)
	lost := func(k int) bool {
		x := rand.New(rand.NewPCG(seed, uint64(k)))
		return k > 20 && (x.IntN(100) < rate || burst == 0 && k >= from && k < from+40)
	}
	if rate > 0 || burst == 0 {
		track.Network.Lose = lost
		story += fmt.Sprintf(" lose %d%% burst %v at %d", rate, burst == 0, from)
	}
	if r.IntN(3) == 0 {
		track.Network.Duplicate = func(k int) bool { return rand.New(rand.NewPCG(seed+1, uint64(k))).IntN(10) == 0 }
		story += " dup"
	}
	if r.IntN(3) == 0 {
		depth := 1 + r.IntN(20)
		track.Network.Late = func(k int) int {
			x := rand.New(rand.NewPCG(seed+2, uint64(k)))
			if x.IntN(8) != 0 {
				return 0
			}
			behind := 1 + x.IntN(depth)
			for _, b := range track.Breaks { // it comes before anything else happens
				if at := b.Unit * perUnit; k < at && k+behind >= at {
					return 0
				}
			}
			return behind
		}
		story += fmt.Sprintf(" late %d", depth)
	}
	track.Network.Jitter = time.Duration(r.IntN(40)) * time.Millisecond
	track.Network.Seed = seed
	for at := 60 + r.IntN(100); at < track.Units-60; at += 120 + r.IntN(300) {
		b := testmjr.Break{Unit: at}
		switch r.IntN(6) {
		case 0:
			b.Pause = time.Duration(200+r.IntN(9000)) * time.Millisecond
			story += fmt.Sprintf(" pause@%d %v", at, b.Pause)
		case 1:
			b.Pause, b.Frozen = time.Duration(300+r.IntN(9000))*time.Millisecond, true
			story += fmt.Sprintf(" frozen@%d %v", at, b.Pause)
		case 2:
			b.SSRC = r.Uint32()
			story += fmt.Sprintf(" ssrc@%d", at)
		case 3:
			b.SSRC, b.Sequence, b.Ticks = r.Uint32(), int16(r.IntN(65536)-32768), int32(r.Uint32())
			story += fmt.Sprintf(" restart@%d %d %d", at, b.Sequence, b.Ticks)
		case 4:
			b.Ticks = int32(r.Uint32())
			story += fmt.Sprintf(" jump@%d %d", at, b.Ticks)
		case 5:
			continue
		}
		track.Breaks = append(track.Breaks, b)
	}
	return story
}

// What networks and senders do, in any combination: every unit that arrives is shown, where it belongs.
func TestAnyCombination(t *testing.T) {
	t.Parallel()
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 77))
		audio := testmjr.Audio(800 + r.IntN(1200))
		audio.Source = numbered(31 << 3)
		video := testmjr.Video("vp8", int(float64(audio.Units)*0.02*15), 15, testmjr.VP8(64, 48, 30, 3))
		video.Start = time.Duration(r.IntN(3000)) * time.Millisecond
		story := fmt.Sprintf("seed %d: audio:%s, video:%s", seed, evil(r, &audio), evil(r, &video))
		tl := load(t, Options{OnLoss: KeepOnLoss}, audio, video)
		for i, track := range []testmjr.Track{audio, video} {
			counts := tl.Tracks[i].Counts
			require.Zero(t, counts.Foreign+counts.Late, "%s: %+v", story, counts)
			sent := sentTimes(track)
			last := time.Duration(-1)
			for _, u := range unitsOf(t, tl, tl.Tracks[i]) {
				require.GreaterOrEqual(t, u.PTS, last, story)
				last = u.PTS + u.Duration
				if i == 1 {
					last = u.PTS
				}
				if !u.Gap {
					n := numberOf(&u, i == 1)
					require.InDelta(t, ms(sent[n]), ms(u.PTS), 100, "track %d, unit %d of %s", i, n, story)
				}
			}
		}
	}
}

func unitsOf(t *testing.T, tl *Timeline, track *Track) []Unit {
	s, err := tl.Open(track)
	require.NoError(t, err)
	defer s.Close()
	return readAll(t, s)
}

// Wherever counters wrap, and whatever comes twice or out of order, the timeline is the same.
func TestSameTimeline(t *testing.T) {
	t.Parallel()
	for _, kind := range []mjr.Kind{mjr.Audio, mjr.Video} {
		track := testmjr.Audio(600)
		track.Source = numbered(31 << 3)
		if kind == mjr.Video {
			track = testmjr.Video("vp8", 180, 15, testmjr.VP8(64, 48, 40, 3))
		}
		track.Breaks = []testmjr.Break{{Unit: 100, Pause: 2 * time.Second}, {Unit: 130, Pause: time.Second, Frozen: true}}
		lose := testmjr.At(77, 200, 201, 202, 500)
		track.Network.Lose = lose
		plain := load(t, Options{}, track)
		want := unitsOf(t, plain, plain.Tracks[0])
		same := func(what string, exact bool, change func(*testmjr.Track)) {
			other := track
			change(&other)
			tl := load(t, Options{}, other)
			got := unitsOf(t, tl, tl.Tracks[0])
			require.Len(t, got, len(want), what)
			for i := range want {
				require.Equal(t, want[i].Gap, got[i].Gap)
				within := 2.0 // ms, as far as arrival times say
				if exact {
					within = 0.001
				}
				require.InDelta(t, ms(want[i].PTS), ms(got[i].PTS), within, "%s: unit %d", what, i)
				require.Len(t, got[i].Packets, len(want[i].Packets))
				for k := range want[i].Packets {
					require.Equal(t, want[i].Packets[k][12:], got[i].Packets[k][12:])
				}
			}
			require.Equal(t, plain.Tracks[0].Counts.Lost, tl.Tracks[0].Counts.Lost)
		}
		for at := range 40 {
			same("sequence numbers wrap", true, func(o *testmjr.Track) { o.FirstSequence = uint16(1 - at*15) })
			same("time stamps wrap", true, func(o *testmjr.Track) { o.FirstTimestamp = uint32(-at * o.ClockRate * 16 / 40) })
		}
		// Each of these around the packets that are lost.
		for at := 195; at < 206; at++ {
			same("wrap at a loss", true, func(o *testmjr.Track) { o.FirstSequence, o.FirstTimestamp = uint16(1-at), uint32(-at*960) })
		}
		same("all twice", true, func(o *testmjr.Track) { o.Network.Duplicate = func(int) bool { return true } })
		for seed := range uint64(30) {
			late := func(n int) int {
				x := rand.New(rand.NewPCG(seed, uint64(n)))
				for _, at := range []int{100, 130, 300, 390} { // breaks, in packets of either
					if n < at && n > at-50 {
						return 0
					}
				}
				return x.IntN(12) * x.IntN(2)
			}
			same("out of order", false, func(o *testmjr.Track) { o.Network.Late = late })
			same("twice and out of order", false, func(o *testmjr.Track) {
				o.Network.Late, o.Network.Duplicate = late, testmjr.Every(3)
			})
		}
	}
}
