package timeline

import (
	"fmt"
	"math"
	"sort"
	"time"
)

// rateScan collects what tells whether a track's clocks, the sender's RTP clock and that of arrival, have the rates
// that they should have.
type rateScan struct {
	ratios ratios
	pace   pace
	// arrivals counts steps between units by how many times longer they are by arrival than by what is sent, as a
	// logarithm.
	arrivals [81]int
	counted  int
	playing  float64 // ms that packets play (audio), or pictures last by RTP time (video)
	arrived  float64 // ms between the same
	units    int

	begun  bool
	last   moment
	length int64
}

// add takes the next unit, of which length is how many ticks it plays (0: video).
func (r *rateScan) add(u *unit, length int64, tick float64) {
	if u.recovered {
		return
	}
	arrival := u.arrival
	if r.begun && u.missing == 0 && !u.restart && u.seq > r.last.seq {
		step := u.ts - r.last.ts
		since := int64(noArrival)
		if arrival != noArrival {
			since = max(0, arrival-r.last.arrival)
		}
		sent := float64(step) * tick
		if r.length > 0 {
			r.ratios.add(u.seq, step, r.length, since, tick)
			sent = float64(r.length) * tick
		}
		if since != noArrival && sent > 0 {
			r.playing += sent
			r.arrived += float64(since)
			half := len(r.arrivals) / 2
			bin := 0
			if since > 0 {
				bin = half + int(math.Round(2*math.Log(float64(since)/sent)))
			}
			r.arrivals[min(max(bin, 0), len(r.arrivals)-1)]++
			r.counted++
		}
	}
	if arrival != noArrival {
		r.pace.add(u.seq, float64(u.ts)*tick, arrival)
	}
	r.units++
	r.last, r.length, r.begun = u.moment(), length, true
}

// arrivalFactor is how many times longer time is by arrival than by what is sent, in the middle of all steps, as a
// logarithm.
func (r *rateScan) arrivalFactor() float64 {
	n := 0
	for i, k := range r.arrivals {
		if n += k; 2*n > r.counted {
			return float64(i-len(r.arrivals)/2) / 2
		}
	}
	return 0
}

// thousand is by how much units of time differ, as a logarithm, and near is how near to a power of it arrival times
// must be: an RTP clock that is wrong at the same time makes them three times as long at the most.
const (
	thousand = 6.907755
	near     = 1.2
)

// fewSteps are too few to say anything of arrival times: the middle of three is that of two at least.
const fewSteps = 3

// arrivalUnit says in how many units per ms arrival times seem to be, beyond 1.
func (r *rateScan) arrivalUnit() int64 {
	factor := r.arrivalFactor()
	n := math.Round(factor / thousand)
	if r.counted < fewSteps || n < 1 || math.Abs(factor-n*thousand) > near {
		return 1
	}
	unit := math.Pow(1000, n)
	if r.arrived*maxFPS < 1000*unit*float64(r.counted) {
		return 1 // nobody sends so much: it is RTP time that hardly advances
	}
	return int64(unit)
}

// rarely says that between most units there is more time by arrival than any sender leaves, and not by RTP time. Sound
// in silence that is not sent comes every 400 ms.
func (r *rateScan) rarely() bool {
	const rareMs, factor = 5000, 20
	middle := math.Exp(r.arrivalFactor())
	return r.counted >= fewSteps && middle > factor && middle*r.playing > rareMs*float64(r.counted)
}

// WrongClock is a piece of a track whose sender's clock had another rate than it should have, and how its times were
// found.
type WrongClock struct {
	At   time.Duration // presentation time from which on
	Rate float64       // Hz that the sender's RTP clock had; 0: its RTP time says nothing, or was not to be believed
	// Sampled is the rate in Hz of the samples themselves where they, and not only RTP time, run at another rate than
	// they say: the sound has to be stretched by what that is wrong.
	Sampled float64
}

// placeClocks says what a track's RTP times were corrected by. What is so as a user wanted it is no fault of the
// sender.
func (tl *Timeline) placeClocks(t *Track) {
	at := func(seq int64) time.Duration {
		i := sort.Search(len(t.activity), func(i int) bool { return t.activity[i].seq >= seq })
		if i == len(t.activity) {
			return t.End
		}
		return max(0, tl.at(t, t.activity[i].mark))
	}
	t.WrongClocks = t.wrongClocks(at)
	for _, w := range t.WrongClocks {
		tl.Warnings = append(tl.Warnings, Warning{Code: CodeClockRateWrong, Track: t, Text: w.text(t)})
	}
}

// text says for people what was wrong and what was done.
func (w WrongClock) text(t *Track) string {
	since := ""
	if w.At > t.Start+time.Second {
		since = fmt.Sprintf("from %.1f s on ", w.At.Seconds())
	}
	name, rate := t.Media.EncodingName, t.rate
	switch {
	case w.Sampled > 0:
		return fmt.Sprintf("%sthe sound's clock runs at %.0f Hz where %s has %d Hz, as if it were sampled at another rate "+
			"than it says: it is stretched to the time that it took", since, w.Sampled, name, rate)
	case w.Rate > 0:
		return fmt.Sprintf("%sthe sender's RTP clock runs at %.0f Hz where %s has %d Hz: its times are scaled", since, w.Rate,
			name, rate)
	case t.Media.Media == "audio":
		return fmt.Sprintf("%sthe sender's RTP times do not advance with its packets (%s has %d Hz): they play one after the "+
			"other, and holes are where nothing arrived", since, name, rate)
	}
	return fmt.Sprintf("%sthe sender's RTP times do not advance with its pictures (%s has %d Hz): they are "+
		"shown when they arrived", since, name, rate)
}

// wrongClocks says what RTP times were corrected by.
func (t *Track) wrongClocks(at func(seq int64) time.Duration) []WrongClock {
	var list []WrongClock
	for _, s := range t.setup.lengths {
		if s.how != asSent {
			w := WrongClock{At: at(s.seq)}
			if s.how == scaled {
				w.Rate = float64(t.rate) / s.scale
			}
			list = append(list, w)
		}
	}
	for _, s := range t.setup.paces {
		switch {
		case s.how == asSent:
		case s.how == scaled && t.Media.Media == "audio":
			list = append(list, WrongClock{At: at(s.seq), Sampled: float64(t.rate) / s.scale})
		case s.how == scaled:
			list = append(list, WrongClock{At: at(s.seq), Rate: float64(t.rate) / s.scale})
		default:
			list = append(list, WrongClock{At: at(s.seq)})
		}
	}
	return list
}

// Stretch is by how many times longer the track's sound is to be played than its samples say, because they were taken
// at another rate; 1 almost always. Where that changes in mid-call it is that of most of the track.
func (t *Track) Stretch() float64 {
	if t.Media.Media != "audio" || t.scanned == nil {
		return 1
	}
	best, most := 1.0, int64(0)
	for i, s := range t.setup.paces {
		end := t.last.seq
		if i+1 < len(t.setup.paces) {
			end = t.setup.paces[i+1].seq
		}
		scale := 1.0
		if s.how == scaled {
			scale = s.scale
		}
		if n := end - max(s.seq, t.first.seq); n > most {
			best, most = scale, n
		}
	}
	return best
}
