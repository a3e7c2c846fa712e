package agora

import (
	"math"
	"time"
)

// Limits of what is mended, in ms unless said otherwise.
const (
	paceMs    = 100   // a picture file whose own clock differs by less from its lines is left alone
	paceWarn  = 0.02  // share of its length: more is worth a word
	paceMost  = 2.5   // times: no clock is as wrong, something else has happened
	idleMs    = 15000 // after so long without packets a user counts as gone: a close line may be as late
	idleNear  = 1500
	driftLow  = 50    // sound that is off by less stays as it is
	driftMost = 0.002 // no sound clock is as wrong: some of it is missing
	driftLong = 20000 // in shorter recordings drift is not told from chance
)

// pace is by how much the pictures of a file have to be stretched so that it becomes as long as its lines say. The
// files of versions before 2.1.1 can run too fast. mended says that it is worth a word, odd that nothing explains the
// difference.
func pace(length, span float64) (scale float64, mended, odd bool) {
	d := span - length
	switch {
	case length <= 0 || span <= 0 || math.Abs(d) <= paceMs:
		return 1, false, false
	case math.Abs(d-idleMs) <= idleNear:
		return 1, false, false // the last picture stands until the user counted as gone
	case span > length*paceMost || length > span*paceMost:
		return 1, false, true
	}
	return span / length, math.Abs(d) > paceWarn*length, false
}

// rates are those that the recorder can be asked for, in pictures a second.
var rates = []float64{15, 5, 7, 10, 12, 20, 24, 25, 30, 60}

// What of pictures is not in a file when the recorder dies, in ms: it keeps back no more than the last second.
const (
	keptBack  = 1000
	lostMost  = 1500
	lostLeast = -300
)

// guessRate is how many pictures a second n pictures were that were begun span ms before the recorder died. said is
// what their parameter sets announce, or what the recorder writes by default.
func guessRate(n int, span, said float64) float64 {
	best, cost := 0.0, math.Inf(1)
	for _, r := range append([]float64{said}, rates...) {
		missing := span - float64(n)*1000/r
		c := max(0, missing-keptBack, -missing)
		if missing >= lostLeast && missing <= lostMost && c < cost {
			best, cost = r, c
		}
	}
	if best > 0 {
		return best
	}
	// It was none that can be asked for: the sender left pictures out.
	if measured := float64(n) * 1000 / (span - keptBack/2); measured >= said/2 && measured <= said*2 {
		return measured
	}
	return said
}

// soundSpan is one file of sound that is to be placed, times in ms.
type soundSpan struct {
	from, to float64 // wall clock; to is unknownEnd if nothing says it
	length   float64
	frame    float64 // how long one frame plays
	fillable bool    // silence can be made in its codec
}

// drift is how much longer sound is than the time that it was recorded in, as a share, and whether that is known.
func drift(sounds []soundSpan) (float64, bool) {
	var length, wall float64
	for _, s := range sounds {
		if s.to > s.from {
			length += s.length
			wall += s.to - s.from
		}
	}
	if wall < driftLong {
		return 0, false
	}
	d := (length - wall) / wall
	if math.Abs(length-wall) <= driftLow || math.Abs(d) > driftMost {
		return 0, math.Abs(d) <= driftMost
	}
	return d, true
}

// soundPlace is where a file of sound is played: from start on, after so many frames of it have been left out and
// with so many frames of silence in front of it.
type soundPlace struct {
	start  float64 // ms
	drop   int
	silent int
}

// placeSounds puts files of sound behind each other. Sound plays by its own clock and is never cut or stretched:
// what lies between two files becomes whole frames of silence, what two have in common is left out of the later one.
// The knots say what time the other media have to show.
func placeSounds(sounds []soundSpan, slope float64) (places []soundPlace, knots knots) {
	var end float64
	for i, s := range sounds {
		p := soundPlace{start: s.from}
		wall := s.from
		if i > 0 {
			target := knots.at(s.from)
			switch n := math.Round((target - end) / s.frame); {
			case n > 0 && s.fillable:
				p.silent = int(n)
				p.start = end + n*s.frame
			case n > 0:
				p.start = target
			case n < 0:
				p.drop = min(int(-n), int(s.length/s.frame))
				p.start = end
				wall += float64(p.drop) * s.frame
			default:
				p.start = end
			}
		}
		length := s.length - float64(p.drop)*s.frame
		knots.add(wall, p.start)
		knots.add(wall+length/(1+slope), p.start+length)
		end = p.start + length
		places = append(places, p)
	}
	return places, knots
}

// knots map the recorder's clock to presentation time, both in ms: straight between two knots, and of slope 1 outside.
type knots struct{ wall, shown []float64 }

func (k *knots) add(wall, shown float64) {
	if n := len(k.wall); n > 0 {
		wall = max(wall, k.wall[n-1])
	}
	k.wall, k.shown = append(k.wall, wall), append(k.shown, shown)
}

func (k *knots) at(wall float64) float64 {
	n := len(k.wall)
	switch {
	case n == 0:
		return wall
	case wall <= k.wall[0]:
		return k.shown[0] - (k.wall[0] - wall)
	case wall >= k.wall[n-1]:
		return k.shown[n-1] + wall - k.wall[n-1]
	}
	i, j := 0, n-1
	for j-i > 1 {
		if m := (i + j) / 2; k.wall[m] <= wall {
			i = m
		} else {
			j = m
		}
	}
	share := (wall - k.wall[i]) / (k.wall[j] - k.wall[i])
	return k.shown[i] + share*(k.shown[j]-k.shown[i])
}

// ms turns milliseconds into a duration.
func ms(f float64) time.Duration { return time.Duration(math.Round(f * 1e6)) }

// inMs turns a duration into milliseconds.
func inMs(d time.Duration) float64 { return float64(d) / 1e6 }
