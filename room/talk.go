package room

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Step is how long each value of Levels holds.
const Step = 100 * time.Millisecond

// Silence is the level of no sound at all, in dBFS.
const Silence = -120

// Levels are the loudness of one person's sound (RMS, in dBFS), one value per Step from time 0.
type Levels []float32

func (l Levels) at(i int) float64 {
	if i < 0 || i >= len(l) {
		return Silence
	}
	return float64(max(Silence, l[i]))
}

// Talk is a stretch of time in which a person speaks.
type Talk struct {
	Person string
	Span
	Level float64 // dBFS, RMS
}

const (
	onAbove   = 9.0   // dB above the person's own noise: somebody speaks
	holdAbove = 5.0   // … and goes on to
	quietest  = -50.0 // dBFS: nothing below is speech
	offAfter  = 4     // steps of quiet that end a talk: longer than between words
	shortest  = 3     // steps of sound that make one: a knock, a beep is shorter
	noiseOver = 300   // steps on each side in which the noise is looked for …
	noisePart = 0.1   // … as what this part of them does not exceed

	leakBelow  = 10.0 // dB: what is in one's microphone of somebody else is at least so much softer
	leakSpread = 6.0  // dB: and always by the same, half of the time within this
	leakSteps  = 10   // that it takes to know
	leakOver   = 5.0  // dB above what is expected of it that is still it
)

// Talks finds out who speaks when, in order of time. Sound that only comes from somebody else's loudspeaker is not a
// talk: it follows that person's level, softer by always the same.
func Talks(levels map[string]Levels) []Talk {
	people := slices.Sorted(keys(levels))
	var out []Talk
	for _, p := range people {
		own := slices.Clone(levels[p])
		heard := leaks(p, people, levels)
		for _, q := range people {
			if softer, ok := heard[q]; ok {
				unleak(own, levels[q], softer)
			}
		}
		for _, t := range talksOf(own, noise(levels[p])) {
			t.Person = p
			out = append(out, t)
		}
	}
	slices.SortStableFunc(out, func(a, b Talk) int {
		return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.Person, b.Person))
	})
	return out
}

func keys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// noise is what is heard of a microphone when nobody speaks into it, around each second.
func noise(l Levels) []float64 {
	const second = int(time.Second / Step)
	var out []float64
	for i := 0; i < len(l); i += second {
		near := slices.Sorted(slices.Values(l[max(0, i-noiseOver):min(len(l), i+noiseOver)]))
		out = append(out, float64(max(Silence, near[int(noisePart*float64(len(near)))])))
	}
	return out
}

// leaks says by how many dB p's microphone hears each of the others softer than their own do; of whom it does not
// hear, nothing. What is heard of somebody shows while that person is the loudest; of whom there is too little of that,
// it is taken to be as much as of the others.
func leaks(p string, people []string, levels map[string]Levels) map[string]float64 {
	l := levels[p]
	apart := map[string][]float64{}
	var all []float64
	for i := range l {
		who, loudest := "", float64(Silence)
		for _, q := range people {
			if v := levels[q].at(i); q != p && v > loudest {
				who, loudest = q, v
			}
		}
		if d := loudest - l.at(i); l.at(i) > quietest-20 && loudest > quietest && d > leakBelow/2 {
			apart[who] = append(apart[who], d)
			all = append(all, d)
		}
	}
	slices.Sort(all)
	out := map[string]float64{}
	for _, q := range people {
		pair := all
		if len(apart[q]) >= leakSteps {
			pair = apart[q]
			slices.Sort(pair)
		}
		if n := len(pair); q != p && n >= leakSteps && pair[n/2] >= leakBelow && pair[n*3/4]-pair[n/4] <= leakSpread {
			out[q] = pair[n/2]
		}
	}
	return out
}

// unleak silences in l what is explained by other's sound, heard softer by so many dB.
func unleak(l, other Levels, softer float64) {
	for i := range l {
		loudest := max(other.at(i-1), other.at(i), other.at(i+1))
		if l.at(i) <= loudest-softer+leakOver {
			l[i] = Silence
		}
	}
}

// talksOf finds the talks in one person's levels.
func talksOf(l Levels, noise []float64) []Talk {
	const second = int(time.Second / Step)
	var out []Talk
	from, last, loud, power := -1, 0, 0, 0.0
	end := func() {
		if from >= 0 && loud >= shortest {
			out = append(out, Talk{Span: Span{time.Duration(from) * Step, time.Duration(last+1) * Step},
				Level: math.Round(10*math.Log10(power/float64(loud))*10) / 10})
		}
		from, loud, power = -1, 0, 0
	}
	for i := range l {
		above := onAbove
		if from >= 0 {
			above = holdAbove
		}
		if v := l.at(i); v > max(quietest, noise[i/second]+above) {
			if from < 0 {
				from = i
			}
			last = i
			loud++
			power += math.Pow(10, v/10)
		} else if from >= 0 && i-last >= offAfter {
			end()
		}
	}
	end()
	return out
}
