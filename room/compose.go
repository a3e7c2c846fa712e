package room

import (
	"cmp"
	"fmt"
	"math"
	"slices"
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

// spans fills in what is seen when.
func (s *Score) spans(c *Cast, floor []Turn, o Options) {
	list := changes(c, floor, o)
	names := map[string]string{}
	for _, p := range c.People {
		names[p.ID] = p.Name
	}
	for n, piece := range s.Timeline {
		rest := lastChange
		if n+1 < len(s.Timeline) {
			rest = shortSpan
		}
		from := time.Duration(piece.RoomMs * 1e6)
		in := Span{from, from + time.Duration((piece.To-piece.From)*1e6)}
		st := &stage{cameras: map[string]int{}, sizes: map[string]Size{}, spoke: map[string]int{}, names: names}
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
	regions, name := Arrange(o.Look, scene), o.called(scene)
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
	if n := len(s.Spans); n > 0 && s.Spans[n-1].Layout == name &&
		slices.EqualFunc(s.Spans[n-1].Regions, regions, sameRegion) {
		s.Spans[n-1].To = round3(to)
		return
	}
	s.Spans = append(s.Spans, Arrangement{MsSpan{round3(from), round3(to)}, name, regions})
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
