package room

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// speech fills levels with words: loud and not so loud, with pauses for breath.
func speech(l Levels, from, to, level float64) {
	for i := int(from * 10); i < int(to*10); i++ {
		l[i] = float32(level) - float32(i%3)*4
		if i%15 == 14 {
			l[i] = -70
		}
	}
}

func quiet(seconds int) Levels {
	l := make(Levels, seconds*10)
	for i := range l {
		l[i] = -66 + float32(i%5)
	}
	return l
}

func TestTalks(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 12, -20)
	speech(b, 14, 14.7, -30)
	a[200], a[201] = -25, -25 // a beep
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
	require.Equal(t, "a", talks[0].Person)
	require.Equal(t, sec(5), talks[0].From)
	require.InDelta(t, 12, talks[0].To.Seconds(), 0.11)
	require.InDelta(t, -23, talks[0].Level, 2)
	require.Equal(t, "b", talks[1].Person)
	require.Equal(t, sec(14), talks[1].From)
}

func TestTalksThroughNoise(t *testing.T) {
	l := make(Levels, 900)
	for i := range l {
		l[i] = -35 + float32(i*7%4) // a fan
	}
	speech(l, 40, 50, -15)
	talks := Talks(map[string]Levels{"a": l})
	require.Len(t, talks, 1)
	require.Equal(t, sec(40), talks[0].From)
	require.InDelta(t, 50, talks[0].To.Seconds(), 0.11)
}

func TestWhatALoudspeakerSaysIsNobodysTalk(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 20, -20)
	for i, v := range a { // b's microphone hears a
		b[i] = max(b[i], v-20)
	}
	speech(b, 10, 10.7, -22) // and b
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
	require.Equal(t, "b", talks[1].Person)
	require.InDelta(t, 10, talks[1].From.Seconds(), 0.11)
	require.InDelta(t, 0.7, talks[1].Len().Seconds(), 0.2)
}

// Everybody's microphone hears everybody, and three people make sounds of their own meanwhile: that says nothing about
// how loud they are heard.
func TestLeaksOfSeveralPeopleDoNotBlurEachOther(t *testing.T) {
	own := map[string]Levels{"a": quiet(60), "b": quiet(60), "c": quiet(60), "d": quiet(60)}
	speech(own["a"], 2, 20, -18)
	speech(own["b"], 21, 24, -18)
	speech(own["c"], 50, 50.8, -18) // too short to say how loud c is heard
	for i := 10; i < 60; i += 2 {
		own["b"][i*5] = max(own["b"][i*5], -30)
		own["c"][i*5+2] = max(own["c"][i*5+2], -30)
	}
	heard := map[string]Levels{}
	for p, l := range own {
		heard[p] = append(Levels(nil), l...)
		for q, other := range own {
			for i, v := range other {
				if q != p {
					heard[p][i] = max(heard[p][i], v-22)
				}
			}
		}
	}
	var got []string
	for _, talk := range Talks(heard) {
		got = append(got, fmt.Sprintf("%s %.0f", talk.Person, talk.From.Seconds()))
	}
	require.Equal(t, []string{"a 2", "b 21", "c 50"}, got)
}

func TestTwoWhoSpeakAtTheSameTimeBothTalk(t *testing.T) {
	a, b := quiet(60), quiet(60)
	speech(a, 5, 20, -15)
	for i := 60; i < 190; i++ { // another rhythm, and softer
		b[i] = -32 + float32(i*i%17) - 8
	}
	talks := Talks(map[string]Levels{"a": a, "b": b})
	require.Len(t, talks, 2)
}

func TestFloor(t *testing.T) {
	everybody := map[string][]Span{"a": {{0, sec(100)}}, "b": {{0, sec(100)}}, "c": {{0, sec(100)}}}
	talk := func(p string, from, to, level float64) Talk { return Talk{p, Span{sec(from), sec(to)}, level} }
	for _, c := range []struct {
		name  string
		talks []Talk
		here  map[string][]Span
		want  string
	}{
		{"from the first word", []Talk{talk("a", 3, 9, -20)}, nil, "a 3-60"},
		{"a mhm changes nothing", []Talk{talk("a", 3, 9, -20), talk("b", 5, 5.7, -20), talk("b", 12, 12.7, -20)}, nil,
			"a 3-60"},
		{"at once", []Talk{talk("a", 3, 9, -20), talk("b", 10, 16, -20)}, nil, "a 3-10, b 10-60"},
		{"who talks over somebody waits", []Talk{talk("a", 3, 9, -20), talk("b", 7, 16, -20)}, nil, "a 3-9, b 9-60"},
		{"unless the other is hardly heard", []Talk{talk("a", 3, 9, -40), talk("b", 7, 16, -20)}, nil, "a 3-7, b 7-60"},
		{"an aside changes nothing", []Talk{talk("a", 3, 9, -20), talk("b", 5, 6.2, -20)}, nil, "a 3-60"},
		{"nobody has it for less than 2 s", []Talk{talk("a", 3, 4.6, -20), talk("b", 4.7, 9, -20)}, nil, "a 3-5, b 5-60"},
		{"who leaves loses it", []Talk{talk("a", 3, 9, -20), talk("b", 30, 33, -20)},
			map[string][]Span{"a": {{0, sec(12)}}, "b": {{0, sec(60)}}}, "a 3-12, b 30-60"},
		{"nobody", nil, nil, ""},
	} {
		here := c.here
		if here == nil {
			here = everybody
		}
		var got []string
		for _, turn := range Floor(c.talks, here, sec(60)) {
			got = append(got, fmt.Sprintf("%s %v-%v", turn.Person, turn.From.Seconds(), turn.To.Seconds()))
		}
		require.Equal(t, c.want, strings.Join(got, ", "), c.name)
	}
}

func TestLoudness(t *testing.T) {
	// A sine of 997 Hz at 0 dBFS in one channel is -3.01 LUFS (BS.1770): K-weighting adds 0.691 dB there.
	tone := func(db float64, steps int) Blocks {
		b := make(Blocks, steps)
		for i := range b {
			b[i] = float32(0.5 * math.Pow(10, 0.0691) * math.Pow(10, db/10))
		}
		return b
	}
	require.InDelta(t, -3.01, Loudness([]Blocks{tone(0, 100)}, nil), 0.01)
	require.InDelta(t, -23.01, Loudness([]Blocks{append(tone(-20, 100), tone(-60, 400)...)}, nil), 0.3,
		"the gate leaves out what is soft")
	require.InDelta(t, -0.0, Loudness([]Blocks{tone(0, 100), tone(0, 100)}, nil), 0.01)
	require.True(t, math.IsInf(Loudness(nil, nil), -1))
	voices := []Blocks{append(tone(-20, 100), make(Blocks, 200)...),
		append(make(Blocks, 100), append(tone(-26, 100), make(Blocks, 100)...)...), make(Blocks, 300)}
	loud := []float64{Loudness(voices[:1], nil), Loudness(voices[1:2], nil), Loudness(voices[2:], nil)}
	gains := Gains(loud, voices, -16)
	require.InDelta(t, 6, gains[1]-gains[0], 0.15)
	require.InDelta(t, -16, Loudness(voices, gains), 0.2)
	require.Equal(t, []float64{0}, Gains([]float64{math.Inf(-1)}, []Blocks{nil}, -16))
}
