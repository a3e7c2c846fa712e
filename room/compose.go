package room

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
)

// Options are what a score is made of, besides the room.
type Options struct {
	Look
	FPS      float64 // pictures per second; 0: as many as the sources need
	NoCamera string  // avatar (default), hide
	Trim     Trim
	Style    Style
	Chapters bool
}

const (
	comesBack = 3 * time.Second // an absence below keeps seat and picture
	stands    = 5 * time.Second // the last picture of a camera that sends nothing
	shortSpan = time.Second     // no arrangement holds for less
	// lastChange is how long before the end there are no changes any more.
	lastChange = 100 * time.Millisecond
)

// rates are what --fps auto chooses from.
var rates = []float64{10, 12.5, 15, 20, 25, 30}

// Compose makes the score of a room: all instants at which something changes, and what is seen between them.
func Compose(c *Cast, talks []Talk, floor []Turn, o Options) (*Score, error) {
	if err := o.Look.Check(); err != nil {
		return nil, err
	}
	pieces := o.Trim.pieces(c, talks)
	if len(pieces) == 0 {
		return nil, fmt.Errorf("there is nothing to be seen or heard")
	}
	s := &Score{Schema: ScoreSchema, Timeline: pieces, DurationMs: pieces[len(pieces)-1].To, Style: o.Style,
		People: []Player{}, Sources: []ScoreSource{}, Voices: []Voice{}, Spans: []Arrangement{}, Talks: []ScoreTalk{},
		Floor: []ScoreTurn{}, Chapters: []Chapter{}}
	pictures := false
	for _, p := range c.People {
		player := Player{ID: p.ID, Name: p.Name, Initials: Initials(p.Name), Present: []MsSpan{}}
		for _, span := range Joined(p.Present, time.Millisecond) {
			player.Present = append(player.Present, outTimes(pieces, span)...)
		}
		s.People = append(s.People, player)
		for _, src := range p.Sources {
			s.Sources = append(s.Sources, ScoreSource{Person: p.ID, Source: src.Kind, File: src.File, From: ms(src.From),
				To: ms(src.To)})
			pictures = pictures || len(outTimes(pieces, src.Span)) > 0
		}
		for _, f := range p.Voices {
			s.Voices = append(s.Voices, Voice{Person: p.ID, File: f})
		}
	}
	for _, t := range talks {
		for _, m := range outTimes(pieces, t.Span) {
			s.Talks = append(s.Talks, ScoreTalk{t.Person, m, t.Level})
		}
	}
	for _, t := range floor {
		for _, m := range outTimes(pieces, t.Span) {
			if n := len(s.Floor); n > 0 && s.Floor[n-1].Person == t.Person && s.Floor[n-1].To >= m.From-1 {
				s.Floor[n-1].To = m.To
				continue
			}
			s.Floor = append(s.Floor, ScoreTurn{t.Person, m})
		}
	}
	if pictures {
		s.Canvas = &Canvas{o.Width, o.Height, o.FPS}
		if o.FPS == 0 {
			s.Canvas.FPS = neededRate(c)
		}
		s.spans(c, floor, o)
	}
	if o.Chapters {
		s.chapters(c)
	}
	return s, nil
}

// neededRate is the smallest rate that is not below that of most of what is to be seen: its 90th percentile, by time.
func neededRate(c *Cast) float64 {
	type weight struct{ fps, time float64 }
	var all []weight
	total := 0.0
	for _, p := range c.People {
		for _, s := range p.Sources {
			if s.FPS > 0 && s.Len() > 0 {
				all = append(all, weight{s.FPS, s.Len().Seconds()})
				total += s.Len().Seconds()
			}
		}
	}
	slices.SortFunc(all, func(a, b weight) int { return cmp.Compare(a.fps, b.fps) })
	sum, fps := 0.0, 0.0
	for _, w := range all {
		if fps = w.fps; sum+w.time >= 0.9*total {
			break
		}
		sum += w.time
	}
	for _, r := range rates {
		if r >= fps*0.96 { // the step between pictures is measured, and jitters
			return r
		}
	}
	return rates[len(rates)-1]
}

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
	turns   int
}

// Limits by which changes are shifted so that they fall together.
const (
	joinEarly = time.Second
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
				case src.Kind == Camera && (o.Fit == "" || o.Fit == "auto" || z.At == src.Sizes[0].At):
					add(max(z.At, src.From), joinEarly*btoi(z.At <= src.From), shownLate, func(st *stage) { st.sizes[p.ID] = size })
				}
			}
		}
		for _, s := range screens {
			seat := Seat{Person: p.ID, Camera: true}
			add(s.From, shownSoon, shownLate, func(st *stage) { st.screens = slices.Insert(st.screens, 0, seat) })
			add(s.To, 0, goneLate, func(st *stage) {
				st.screens = slices.DeleteFunc(st.screens, func(x Seat) bool { return x.Person == p.ID })
			})
		}
	}
	for _, t := range floor {
		many := len(c.People) > cmp.Or(o.Max, defaultMax)
		if follows(o.Layout) || many {
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
		s.Seats = append(s.Seats, Seat{Person: p, Camera: on, Width: z.Width, Height: z.Height, Spoke: st.spoke[p]})
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

// spans fills in what is seen when.
func (s *Score) spans(c *Cast, floor []Turn, o Options) {
	list := changes(c, floor, o)
	for n, piece := range s.Timeline {
		rest := lastChange
		if n+1 < len(s.Timeline) {
			rest = shortSpan
		}
		from := time.Duration(piece.RoomMs * 1e6)
		in := Span{from, from + time.Duration((piece.To-piece.From)*1e6)}
		st := &stage{cameras: map[string]int{}, sizes: map[string]Size{}, spoke: map[string]int{}}
		if len(floor) > 0 { // who speaks first has the floor before the first word
			st.floor = floor[0].Person
		}
		all := moments(list, in, rest)
		for i, m := range all {
			for _, ch := range m.changes {
				ch.apply(st)
			}
			to := in.To
			if i+1 < len(all) {
				to = all[i+1].at
			}
			if to > m.at {
				s.show(c, o, st.scene(), Span{m.at, to}, piece)
			}
		}
	}
}

// show adds a span, or makes the one before longer if it is the same.
func (s *Score) show(c *Cast, o Options, scene Scene, at Span, piece Piece) {
	regions := Arrange(o.Look, scene)
	layout := o.Layout
	if layout == "auto" || layout == "presentation" {
		if layout = "grid"; len(scene.Screens) > 0 {
			layout = "presentation"
		}
	}
	for i := range regions {
		r := &regions[i]
		if r.Source != Camera && r.Source != Screen {
			continue
		}
		r.File = c.Person(r.Person).first(r.Source, at)
		for k, src := range s.Sources {
			if src.Person == r.Person && src.Source == r.Source {
				r.Pads = append(r.Pads, k)
			}
		}
	}
	if regions == nil {
		regions = []Region{}
	}
	from := piece.From + float64(at.From)/1e6 - piece.RoomMs
	to := piece.From + float64(at.To)/1e6 - piece.RoomMs
	if n := len(s.Spans); n > 0 && s.Spans[n-1].Layout == layout &&
		slices.EqualFunc(s.Spans[n-1].Regions, regions, sameRegion) {
		s.Spans[n-1].To = round3(to)
		return
	}
	s.Spans = append(s.Spans, Arrangement{MsSpan{round3(from), round3(to)}, layout, regions})
}

// sameRegion compares what is to be seen: another file of the same person changes nothing.
func sameRegion(a, b Region) bool {
	a.File, b.File, a.Pads, b.Pads = "", "", nil, nil
	return fmt.Sprint(a) == fmt.Sprint(b)
}

// first is the file of a kind that is seen first in a span.
func (p *Person) first(kind SourceKind, at Span) string {
	best, when := "", time.Duration(math.MaxInt64)
	for _, s := range p.Sources {
		if s.Kind != kind {
			continue
		}
		// A picture stands after its file has ended, so the last one before counts, else the first one after.
		t := s.From
		switch {
		case s.From <= at.From && s.To > at.From:
			t = at.From
		case s.To <= at.From:
			t = at.From + comesBack + at.From - s.To
		}
		if t < when {
			best, when = s.File, t
		}
	}
	return best
}

// Trim says what of a room is left out.
type Trim struct {
	Mode  string        // ends (default), none, empty, quiet
	Quiet time.Duration // quiet: from how long on
}

// ParseTrim reads what --trim says.
func ParseTrim(s string) (Trim, error) {
	switch s {
	case "", "ends", "none", "empty":
		return Trim{Mode: cmp.Or(s, "ends")}, nil
	}
	if rest, ok := strings.CutPrefix(s, "quiet:"); ok {
		if d, err := time.ParseDuration(rest); err == nil && d >= time.Second && d <= time.Hour {
			return Trim{"quiet", d}, nil
		}
		return Trim{}, fmt.Errorf("%q: after quiet: comes a time from 1s to 1h", s)
	}
	return Trim{}, fmt.Errorf("%q is none of ends, none, empty, quiet:10s", s)
}

// longEmpty is from when on the time in which nobody is there is left out.
const longEmpty = 2 * time.Second

// pieces are the parts of a room that are in the output.
func (t Trim) pieces(c *Cast, talks []Talk) []Piece {
	var present, busy []Span
	for _, p := range c.People {
		present = append(present, p.Present...)
		for _, s := range p.Sources {
			busy = append(busy, without([]Span{s.Span}, longer(s.Holes, stands))...)
		}
	}
	for _, talk := range talks {
		busy = append(busy, talk.Span)
	}
	present, busy = Joined(present, longEmpty), Joined(busy, max(longEmpty, t.Quiet))
	if len(present) == 0 {
		return nil
	}
	whole := Span{present[0].From, present[len(present)-1].To}
	kept := []Span{whole}
	switch {
	case t.Mode == "quiet" && len(busy) > 0:
		kept = busy
	case t.Mode != "none" && len(busy) > 0:
		ends := Span{max(whole.From, busy[0].From), min(whole.To, busy[len(busy)-1].To)}
		kept = []Span{ends}
		if t.Mode == "empty" {
			kept = nil
			for _, s := range present {
				if cut := (Span{max(s.From, ends.From), min(s.To, ends.To)}); cut.Len() > 0 {
					kept = append(kept, cut)
				}
			}
		}
	}
	var out []Piece
	at := 0.0
	for _, s := range kept {
		n := ms(s.Len())
		out = append(out, Piece{MsSpan{round3(at), round3(at + n)}, ms(s.From)})
		at = round3(at + n)
	}
	return out
}

func longer(spans []Span, than time.Duration) []Span {
	return slices.DeleteFunc(slices.Clone(spans), func(s Span) bool { return s.Len() < than })
}

const (
	longTurn = 60_000.0 // ms: after so long a turn of somebody else, first words have a chapter
	chapters = 250      // at most: MP4's own list holds 255
)

// chapters fills in the places to jump to.
func (s *Score) chapters(c *Cast) {
	list := []Chapter{{Title: "Start", Kind: "start"}}
	for i := range c.People {
		p := &c.People[i]
		for k, span := range Joined(p.Present, comesBack) {
			at, ok := s.OutTime(span.From)
			if !ok || at < 1000 || k > 0 && at-s.lastSeen(p.ID, at) < longTurn/2 {
				continue
			}
			title := p.Name + " joins"
			if k > 0 {
				title = p.Name + " comes back"
			}
			list = append(list, Chapter{at, title, "join", p.ID})
		}
		for _, span := range p.shown(Screen) {
			if at, ok := s.OutTime(span.From); ok && at >= 1000 {
				list = append(list, Chapter{at, p.Name + " shares a screen", "screen", p.ID})
			}
		}
	}
	for i := 1; i < len(s.Floor); i++ {
		if before := s.Floor[i-1]; before.To-before.From >= longTurn {
			list = append(list, Chapter{s.Floor[i].From, c.Person(s.Floor[i].Person).Name + " speaks", "talk",
				s.Floor[i].Person})
		}
	}
	slices.SortStableFunc(list, func(a, b Chapter) int { return cmp.Compare(a.At, b.At) })
	for _, ch := range list {
		if len(s.Chapters) < chapters {
			s.Chapters = append(s.Chapters, ch)
		}
	}
}

// lastSeen is when somebody was there last before a time.
func (s *Score) lastSeen(id string, before float64) (at float64) {
	for _, p := range s.People {
		for _, span := range p.Present {
			if p.ID == id && span.To < before {
				at = span.To
			}
		}
	}
	return at
}
