package timeline

import "time"

// Activity is what came in during about a second of a track.
type Activity struct {
	At        time.Duration // presentation time of its first unit
	Length    time.Duration // to the next one
	Bytes     int           // payload
	Packets   int
	Missing   int // packets that never came
	KeyFrames int
	Hidden    int // units that cannot be decoded
}

// Delay is the lower edge of the network's delay during about a second: arrival minus RTP time, in ms, from the first
// segment's fitted edge. A frozen or leaping clock shows as a step of Fit, drift as its slope, the network as the
// distance of Least from Fit.
type Delay struct {
	At    time.Duration // presentation time
	Least float64       // of what arrived
	Fit   float64       // of the line that was fitted
}

// activityMark is an Activity on the track's own clock.
type activityMark struct {
	mark
	Activity
}

// note adds a unit to the activity of its second. leapt says that the clock leapt before it, behind that it is shown
// before a unit that came earlier, with which it is counted.
func (s *scanner) note(u *unit, shown, leapt, behind bool) {
	t := s.t
	n := len(t.activity)
	second := u.ts / int64(s.clock.rate)
	if n == 0 || !behind && (t.activity[n-1].ts/int64(s.clock.rate) != second || u.restart || leapt) {
		t.activity = append(t.activity, activityMark{mark: mark{u.seq, u.ts}})
		n++
	}
	a := &t.activity[n-1].Activity
	a.Packets += len(u.packets)
	a.Missing += u.missing
	for _, p := range u.packets {
		a.Bytes += p.size
	}
	if u.key {
		a.KeyFrames++
	}
	if !shown {
		a.Hidden++
	}
}

// Activity is how busy a track is over time, in order.
func (tl *Timeline) Activity(t *Track) []Activity {
	if t.Err != nil {
		return nil
	}
	l := make([]Activity, len(t.activity))
	for i, a := range t.activity {
		l[i] = a.Activity
		l[i].At = tl.at(t, a.mark)
		if i > 0 {
			l[i-1].Length = l[i].At - l[i-1].At
		}
	}
	if n := len(l); n > 0 {
		l[n-1].Length = max(0, t.End-l[n-1].At)
	}
	return l
}

// Delays are the points from which a track's clock was found, in order; none without arrival times.
func (tl *Timeline) Delays(t *Track) []Delay {
	if t.Err != nil {
		return nil
	}
	var l []Delay
	base := 0.0
	for i := range t.segments {
		s := &t.segments[i]
		for k, p := range s.points {
			fit := s.offset + t.slope*p.t
			if i == 0 && k == 0 {
				base = fit
			}
			at := tl.inSegment(t, i, int64(p.t*float64(t.rate)/1000))
			l = append(l, Delay{At: at, Least: p.d - base, Fit: fit - base})
		}
	}
	return l
}
