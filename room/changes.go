package room

import (
	"cmp"
	"slices"
	"time"
)

// change is something that changes what is to be seen, at a moment, which may be shifted within limits.
type change struct {
	at, lo, hi time.Duration
	apply      func(*stage)
}

// stage is what there is while time goes on.
type stage struct {
	seats   []string
	cameras map[string]int // index of the source that was switched on last, if the camera is on
	screens []Seat
	files   map[string]string // of screens
	floor   string
	spoke   map[string]int
	sizes   map[string]Size // of cameras
	names   map[string]string
	turns   int
}

// Limits by which changes are shifted so that they fall together.
const (
	joinEarly = 900 * time.Millisecond // and joinLate make a second: who comes then is never seen a whole one before
	joinLate  = 120 * time.Millisecond
	goneLate  = 850 * time.Millisecond
	turnShift = 220 * time.Millisecond
	shownLate = 350 * time.Millisecond
	shownSoon = 150 * time.Millisecond
)

// changes are all of them, in order of time.
func changes(c *Cast, floor []Turn, o Options) []change {
	var list []change
	add := func(at, early, late time.Duration, apply func(*stage)) {
		list = append(list, change{at, at - early, at + late, apply})
	}
	for i := range c.People {
		p := &c.People[i]
		cameras, screens := p.shown(Camera), p.shown(Screen)
		seats := Joined(p.Present, comesBack)
		if o.NoCamera == "hide" {
			seats = cameras
		}
		for _, s := range seats {
			add(s.From, joinEarly, joinLate, func(st *stage) { st.sit(p.ID) })
			add(s.To, 0, goneLate, func(st *stage) { st.leave(p.ID) })
		}
		for _, s := range cameras {
			add(s.From, joinEarly, joinLate, func(st *stage) { st.cameras[p.ID] = 1 })
			add(s.To, 0, goneLate, func(st *stage) { delete(st.cameras, p.ID) })
		}
		for _, src := range p.Sources {
			for _, z := range src.Sizes {
				size := z
				switch {
				case src.Kind == Camera && (o.Own != nil || o.Fit == "" || o.Fit == "auto" || z.At == src.Sizes[0].At):
					add(max(z.At, src.From), joinEarly*btoi(z.At <= src.From), shownLate, func(st *stage) { st.sizes[p.ID] = size })
				}
			}
		}
		for _, s := range screens {
			seat := Seat{Person: p.ID, Name: p.Name, Camera: true}
			add(s.From, shownSoon, shownLate, func(st *stage) { st.screens = slices.Insert(st.screens, 0, seat) })
			add(s.To, 0, goneLate, func(st *stage) {
				st.screens = slices.DeleteFunc(st.screens, func(x Seat) bool { return x.Person == p.ID })
			})
		}
	}
	for _, t := range floor {
		many := len(c.People) > cmp.Or(o.Max, defaultMax)
		if o.follows() || many {
			add(t.From, turnShift, turnShift, func(st *stage) { st.take(t.Person) })
		}
	}
	slices.SortStableFunc(list, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return list
}

func btoi(b bool) time.Duration {
	if b {
		return 1
	}
	return 0
}

// shown are the times in which somebody's pictures of a kind are to be seen.
func (p *Person) shown(kind SourceKind) []Span {
	var on []Span
	for _, s := range p.Sources {
		if s.Kind != kind || s.Len() == 0 {
			continue
		}
		var off []Span
		for _, h := range s.Holes {
			if kind == Camera && h.Len() > stands {
				off = append(off, Span{h.From + stands, h.To})
			}
		}
		on = append(on, without([]Span{s.Span}, off)...)
	}
	// A hole is a camera that was off, however soon it comes back; between files it is a reconnect.
	on = sortedSpans(on)
	var out []Span
	for _, s := range on {
		n := len(out)
		if n > 0 && s.From < out[n-1].To+comesBack && (s.From <= out[n-1].To || !p.inHole(kind, out[n-1].To)) {
			out[n-1].To = max(out[n-1].To, s.To)
			continue
		}
		out = append(out, s)
	}
	return out
}

func (p *Person) inHole(kind SourceKind, t time.Duration) bool {
	return slices.ContainsFunc(p.Sources, func(s Source) bool {
		return s.Kind == kind && slices.ContainsFunc(s.Holes, func(h Span) bool { return h.Holds(t) })
	})
}

func (st *stage) sit(p string) {
	if !slices.Contains(st.seats, p) {
		st.seats = append(st.seats, p)
	}
}

func (st *stage) leave(p string) {
	st.seats = slices.DeleteFunc(st.seats, func(s string) bool { return s == p })
}

func (st *stage) take(p string) {
	st.turns++
	st.floor, st.spoke[p] = p, st.turns
}

func (st *stage) scene() Scene {
	s := Scene{Floor: st.floor}
	for _, p := range st.seats {
		_, on := st.cameras[p]
		z := st.sizes[p]
		s.Seats = append(s.Seats, Seat{Person: p, Name: st.names[p], Camera: on, Width: z.Width, Height: z.Height,
			Spoke: st.spoke[p]})
	}
	s.Screens = slices.Clone(st.screens)
	return s
}

// moment is one or several changes that are seen as one.
type moment struct {
	at, lo, hi time.Duration
	changes    []change
}

// moments puts changes together that are closer than a span may last, and gives each moment its time. In the rest of
// the time there are none: they would be seen for too short.
func moments(list []change, in Span, rest time.Duration) []moment {
	all := []moment{{at: in.From, lo: in.From, hi: in.From}}
	for _, c := range list {
		if c.at >= in.To {
			break
		}
		last := &all[len(all)-1]
		lo, hi := max(last.lo, c.lo), min(last.hi, c.hi)
		if lo <= hi && c.at-last.at < shortSpan || c.at <= in.From {
			last.lo, last.hi = max(lo, in.From), max(hi, lo, in.From)
			last.at = min(max(last.at, last.lo), last.hi)
			last.changes = append(last.changes, c)
			continue
		}
		all = append(all, moment{at: c.at, lo: max(c.lo, in.From), hi: c.hi, changes: []change{c}})
	}
	// No span is shorter than a second: first the one before gives way, then the one behind.
	for i := 1; i < len(all); i++ {
		m := &all[i]
		if m.at-all[i-1].at >= shortSpan {
			continue
		}
		m.at = min(max(m.at, all[i-1].at+shortSpan), max(m.hi, m.at))
		if short := all[i-1].at + shortSpan - m.at; short > 0 && i > 1 {
			back := max(all[i-1].at-short, all[i-1].lo, all[i-2].at+shortSpan)
			all[i-1].at = min(all[i-1].at, back)
		}
		m.at = max(m.at, all[i-1].at+shortSpan)
	}
	return slices.DeleteFunc(all, func(m moment) bool { return m.at > in.To-rest && m.at > in.From })
}
