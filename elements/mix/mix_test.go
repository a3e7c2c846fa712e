package mix

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/room"
)

func TestMain(m *testing.M) {
	if err := Register(nil); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}

const rate = 48000

// play mixes and returns the sound, interleaved.
func play(t *testing.T, properties string, voices ...string) []float32 {
	t.Helper()
	out := filepath.Join(t.TempDir(), "out")
	line := "uprightmix name=m " + properties + " ! filesink location=" + out
	for i, v := range voices {
		line += fmt.Sprintf("  %s ! m.sink_%d", v, i)
	}
	require.NoError(t, gstrun.Run(t.Context(), line, gstrun.Options{}))
	raw, err := os.ReadFile(out)
	require.NoError(t, err)
	sound := make([]float32, len(raw)/4)
	_, err = binary.Decode(raw, binary.NativeEndian, sound)
	require.NoError(t, err)
	return sound
}

// tone is a sine of so many tenths of a second.
func tone(hz float64, volume float64, sampleRate, tenths int, more string) string {
	return fmt.Sprintf("audiotestsrc freq=%v volume=%v samplesperbuffer=%d num-buffers=%d %s ! "+
		"audio/x-raw,format=S16LE,rate=%d,channels=1",
		hz, volume, sampleRate/100, tenths*10, more, sampleRate)
}

// measure is the amplitude of a frequency in a part of a sound, and how much else there is, in dB below it.
func measure(sound []float32, hz float64) (amplitude, noise float64) {
	var re, im, all float64
	for i, v := range sound {
		s, c := math.Sincos(2 * math.Pi * hz * float64(i) / rate)
		re, im, all = re+float64(v)*c, im+float64(v)*s, all+float64(v)*float64(v)
	}
	n := float64(len(sound))
	amplitude = 2 * math.Hypot(re, im) / n
	rest := all/n - amplitude*amplitude/2
	return amplitude, 10 * math.Log10(max(rest, 1e-15)/(amplitude*amplitude/2))
}

func TestSoundKeepsPitchAndLevelAtAnyRate(t *testing.T) {
	for _, c := range []struct {
		rate        int
		hz, maximum float64
	}{{48000, 1000, -80}, {44100, 1000, -65}, {16000, 1000, -65}, {8000, 1000, -60}, {44100, 8000, -45}} {
		sound := play(t, "channels=1", tone(c.hz, 0.5, c.rate, 10, ""))
		require.InDelta(t, rate, len(sound), 4800)
		a, noise := measure(sound[4800:4800*9], c.hz)
		require.InDelta(t, 0.5, a, 0.01, "%+v", c)
		require.Less(t, noise, c.maximum, "%+v", c)
	}
}

// drifting is a tone whose clock runs by so much too fast against the times of its buffers.
func drifting(t *testing.T, hz, ppm float64, seconds int) []float32 {
	t.Helper()
	v := newVoice()
	defer v.free()
	const piece = 960
	for i := range seconds * rate / piece {
		samples := make([]float32, piece)
		for k := range samples {
			samples[k] = 0.5 * float32(math.Sin(2*math.Pi*hz*float64(i*piece+k)/rate*(1-ppm/1e6)))
		}
		v.add(float64(i*piece)/(1+ppm/1e6), samples)
	}
	var out []float32
	for at := 0; at+4800 < (seconds-1)*rate; at += 4800 {
		out = append(out, v.read(float64(at), 4800)...)
	}
	return out
}

func TestClocksThatRunApartAreNotHeard(t *testing.T) {
	for _, ppm := range []float64{-150, 150, 20} {
		sound := drifting(t, 1000, ppm, 20)
		// By the common clock the tone is right, to the end: a sample lost or doubled anywhere would show as noise.
		want := 1000 * (1 - ppm/1e6) * (1 + ppm/1e6)
		a, noise := measure(sound[4800:], want)
		require.InDelta(t, 0.5, a, 0.005, ppm)
		require.Less(t, noise, -60.0, ppm)
	}
}

func TestHolesAreSilence(t *testing.T) {
	sound := play(t, "channels=1", "concat name=c  "+tone(1000, 0.5, rate, 5, "")+" ! c.  "+tone(1000, 0.5, rate, 5,
		"")+" ! c.  c. ! audio/x-raw")
	require.InDelta(t, rate, len(sound), 4800)
	sound = play(t, "channels=1", tone(1000, 0.5, rate, 5, "timestamp-offset=300000000"), tone(500, 0.1, rate, 1, ""))
	a, _ := measure(sound[4800*2:4800*3], 1000)
	require.Less(t, a, 0.001)
	a, _ = measure(sound[4800*3+480:4800*7], 1000)
	require.InDelta(t, 0.5, a, 0.01)
}

func TestPeaksStayBelowFullScale(t *testing.T) {
	sound := play(t, "channels=2", tone(440, 0.9, rate, 10, ""), tone(467, 0.9, rate, 10, ""),
		tone(311, 0.2, rate, 10, ""))
	most := float32(0)
	for _, v := range sound {
		most = max(most, v, -v)
	}
	require.Less(t, most, float32(0.9))
	require.Greater(t, most, float32(0.8))
}

func writeScore(t *testing.T, s *room.Score) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "score.json")
	f, err := os.Create(path)
	require.NoError(t, err)
	require.NoError(t, s.Write(f))
	require.NoError(t, f.Close())
	return path
}

func TestScore(t *testing.T) {
	s := &room.Score{Schema: room.ScoreSchema, DurationMs: 1000,
		Timeline: []room.Piece{{MsSpan: room.MsSpan{From: 0, To: 530}},
			{MsSpan: room.MsSpan{From: 530, To: 1000}, RoomMs: 2000}},
		Voices: []room.Voice{{Person: "a", Gain: -6, Pan: -1}, {Person: "b", Pan: 1, SkipMs: 100}}}
	sound := play(t, "score="+writeScore(t, s), tone(1000, 0.5, rate, 30, ""),
		tone(2000, 0.25, rate, 9, "timestamp-offset=1600000000"))
	require.Len(t, sound, 2*rate)
	var left, right []float32
	for i := 0; i < len(sound); i += 2 {
		left, right = append(left, sound[i]), append(right, sound[i+1])
	}
	a, noise := measure(left[4800:9600], 1000)
	require.InDelta(t, 0.2506, a, 0.003)
	require.Less(t, noise, -60.0)
	a, _ = measure(right[4800:9600], 2000)
	require.Less(t, a, 0.001)
	a, _ = measure(right[rate*530/1000+480:rate*900/1000], 2000)
	require.InDelta(t, 0.25, a, 0.003, "the part behind the cut")
	a, _ = measure(right[rate*940/1000:], 2000)
	require.Less(t, a, 0.01, "which began a tenth of a second before its time")
}

func TestLevels(t *testing.T) {
	path := filepath.Join(t.TempDir(), "levels")
	play(t, "channels=1 levels="+path, tone(997, 0.5, rate, 10, ""),
		tone(997, 0.05, rate, 5, "timestamp-offset=500000000"))
	all, err := ReadLevels(path)
	require.NoError(t, err)
	require.Len(t, all, 2)
	require.InDelta(t, -9.03, all[0].Levels[5], 0.05)
	require.InDelta(t, room.Silence, all[1].Levels[2], 0.1)
	require.InDelta(t, -29.03, all[1].Levels[7], 0.2)
	// Half a sine at 997 Hz: -0.691 + 10 log10(0.125) + 0.691 = -9.03 LUFS.
	require.InDelta(t, -9.03, room.Loudness([]room.Blocks{all[0].Blocks}, nil), 0.1)
}

func FuzzParseLevels(f *testing.F) {
	f.Add([]byte("UPLV\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := parseLevels(text)
		if err == nil && len(all) > len(text) {
			t.Fatal("made of nothing")
		}
	})
}
