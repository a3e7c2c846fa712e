package room

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"
)

// ScoreSchema is the version of the format of scores.
const ScoreSchema = 1

// Score is all that a room's video shows, and when. Times are milliseconds of the output; see Piece.
type Score struct {
	Schema     int           `json:"schema"`
	Canvas     *Canvas       `json:"canvas,omitempty"` // none: sound only
	DurationMs float64       `json:"duration_ms"`
	Timeline   []Piece       `json:"timeline"`
	People     []Player      `json:"people"`
	Sources    []ScoreSource `json:"sources"` // as the stage's pads are numbered
	Voices     []Voice       `json:"voices"`  // as the mixer's pads are numbered
	Spans      []Arrangement `json:"spans"`
	Talks      []ScoreTalk   `json:"talks"`
	Levels     []ScoreLevels `json:"levels,omitempty"` // if Style.Speaker is level
	Floor      []ScoreTurn   `json:"floor"`
	Chapters   []Chapter     `json:"chapters"`
	Style      Style         `json:"style"`
	// Borders are the numbers of pictures, in order, that depend on none before them and are key frames: with each of
	// them a part of the output can begin.
	Borders []int `json:"borders,omitempty"`
}

// Canvas is what is drawn on.
type Canvas struct {
	Width  int     `json:"width"`
	Height int     `json:"height"`
	FPS    float64 `json:"fps"` // pictures lie on multiples of its inverse
}

// Rate is FPS as a fraction.
func (c *Canvas) Rate() (n, d int) {
	for _, d := range []int{1, 2, 1001, 1000} {
		if v := c.FPS * float64(d); math.Abs(v-math.Round(v)) < 1e-6 {
			return int(math.Round(v)), d
		}
	}
	return int(math.Round(c.FPS * 1000)), 1000
}

// At is when the picture of a number is shown.
func (c *Canvas) At(picture int) time.Duration {
	n, d := c.Rate()
	return time.Duration(int64(picture) * int64(d) * int64(time.Second) / int64(n))
}

// MsSpan is a Span in milliseconds of the output.
type MsSpan struct {
	From float64 `json:"from_ms"`
	To   float64 `json:"to_ms"`
}

// Piece is a part of the output that shows the room without a cut, from RoomMs of the room's time on.
type Piece struct {
	MsSpan
	RoomMs float64 `json:"room_ms"`
}

// Player is one of the people.
type Player struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Initials string   `json:"initials"`
	Present  []MsSpan `json:"present"`
}

// ScoreSource is a file with pictures.
type ScoreSource struct {
	Person string     `json:"person"`
	Source SourceKind `json:"source"`
	File   string     `json:"file"`
	From   float64    `json:"room_from_ms"` // of the first picture, in the room's time
	To     float64    `json:"room_to_ms"`   // the end of the last one
}

// Voice is a file with sound.
type Voice struct {
	Person string  `json:"person"`
	File   string  `json:"file"`
	Gain   float64 `json:"gain_db"`
	Pan    float64 `json:"pan"`     // -1 left, 0 both, 1 right
	SkipMs float64 `json:"skip_ms"` // what a decoder puts in front
}

// Arrangement is what holds over a stretch of time.
type Arrangement struct {
	MsSpan
	Layout  string   `json:"layout"`
	Regions []Region `json:"regions"`
}

// ScoreTalk is a Talk in the output.
type ScoreTalk struct {
	Person string `json:"person"`
	MsSpan
	DB float64 `json:"db"`
}

// ScoreTurn is a Turn in the output.
type ScoreTurn struct {
	Person string `json:"person"`
	MsSpan
}

// Chapter is a place to jump to.
type Chapter struct {
	At     float64 `json:"at_ms"`
	Title  string  `json:"title"`
	Kind   string  `json:"kind"` // start, join, screen, talk
	Person string  `json:"person,omitempty"`
}

// Corners are where a logo can be.
var Corners = []string{"top-left", "top-right", "bottom-left", "bottom-right"}

// Style is what is drawn beside the pictures.
type Style struct {
	Labels     string `json:"labels"`             // name, none
	Speaker    string `json:"speaker"`            // border, level, none
	Background string `json:"background"`         // #rrggbb
	Backdrop   string `json:"backdrop,omitempty"` // path of a picture instead of it
	Logo       string `json:"logo,omitempty"`     // path of a picture
	LogoAt     string `json:"logo_at,omitempty"`  // one of Corners
	Title      string `json:"title,omitempty"`
	Clock      string `json:"clock,omitempty"` // off, elapsed, wall
	Zone       string `json:"zone,omitempty"`  // IANA, of the wall clock
	OriginUs   int64  `json:"origin_us,omitempty"`
	// AnimateMs is how long regions take to where the next span has them; 0: they jump.
	AnimateMs float64 `json:"animate_ms,omitempty"`
}

// Files are the pictures that are drawn beside those of people, by their paths.
func (s *Score) Files() (paths []string) {
	add := func(path string) {
		if path != "" && !slices.Contains(paths, path) {
			paths = append(paths, path)
		}
	}
	add(s.Style.Backdrop)
	add(s.Style.Logo)
	for _, span := range s.Spans {
		for _, r := range span.Regions {
			add(r.Picture)
		}
	}
	return paths
}

func ms(t time.Duration) float64 { return math.Round(float64(t)/1e3) / 1e3 }

// Write writes the score as JSON: the same bytes for the same score.
func (s *Score) Write(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	return e.Encode(s)
}

const (
	mostScore = 64 << 20 // bytes
	mostSpans = 1 << 20
	mostPads  = 512
	longestMs = 25 * 3600 * 1000
	// MostAnimateMs is how long regions may take to where they go: less than any span lasts.
	MostAnimateMs = 900
	// mostRegions are those of people, of what stands where nobody is, and of what is behind both.
	mostRegions = 4 * MostCells
)

// ReadScore reads a score and says what is wrong with it: what plays one relies on it.
func ReadScore(r io.Reader) (*Score, error) {
	text, err := io.ReadAll(io.LimitReader(r, mostScore+1))
	if err != nil {
		return nil, err
	}
	if len(text) > mostScore {
		return nil, fmt.Errorf("a score has %d bytes at most", mostScore)
	}
	s := new(Score)
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(s); err != nil {
		return nil, fmt.Errorf("not a score: %w", err)
	}
	if err := s.check(); err != nil {
		return nil, fmt.Errorf("the score cannot be played: %w", err)
	}
	return s, nil
}

func (s *Score) check() error {
	switch {
	case s.Schema != ScoreSchema:
		return fmt.Errorf("schema is %d, not %d", s.Schema, ScoreSchema)
	case !(s.DurationMs >= 0 && s.DurationMs <= longestMs):
		return fmt.Errorf("duration_ms is %v, but a day is the most", s.DurationMs)
	case len(s.Sources) > mostPads || len(s.Voices) > mostPads || len(s.Spans) > mostSpans:
		return fmt.Errorf("%d sources, %d voices, %d spans are too many", len(s.Sources), len(s.Voices), len(s.Spans))
	case len(s.Timeline) == 0:
		return fmt.Errorf("timeline is empty")
	case s.Canvas == nil && len(s.Spans) > 0:
		return fmt.Errorf("there are spans, but no canvas")
	}
	end := 0.0
	for i, p := range s.Timeline {
		if math.Abs(p.From-end) > 1 || p.To < p.From || !(p.RoomMs >= -longestMs && p.RoomMs <= longestMs) ||
			p.To > longestMs {
			return fmt.Errorf("timeline[%d] runs from %v to %v at %v, but begins where the one before ends, and not before", i,
				p.From, p.To, p.RoomMs)
		}
		end = p.To
	}
	if s.Canvas == nil {
		return nil
	}
	look := Look{Layout: "grid", Width: s.Canvas.Width, Height: s.Canvas.Height}
	if err := look.Check(); err != nil {
		return err
	}
	if !(s.Canvas.FPS >= 1 && s.Canvas.FPS <= 60) {
		return fmt.Errorf("canvas.fps is %v, but 1 to 60 are possible", s.Canvas.FPS)
	}
	if !(s.Style.AnimateMs >= 0 && s.Style.AnimateMs <= MostAnimateMs) {
		return fmt.Errorf("style.animate_ms is %v, but 0 to %d are possible", s.Style.AnimateMs, MostAnimateMs)
	}
	if s.Style.Logo != "" && !slices.Contains(Corners, s.Style.LogoAt) {
		return fmt.Errorf("style.logo_at is %q, but must be one of %s", s.Style.LogoAt, strings.Join(Corners, ", "))
	}
	if !slices.IsSorted(s.Borders) || len(s.Borders) > 0 && s.Borders[0] < 0 {
		return fmt.Errorf("borders are to be numbers of pictures, in order")
	}
	end = 0
	for i, a := range s.Spans {
		if math.Abs(a.From-end) > 1 || a.To < a.From {
			return fmt.Errorf("spans[%d] runs from %v to %v, but begins where the one before ends (%v)", i, a.From, a.To, end)
		}
		end = a.To
		if len(a.Regions) > mostRegions {
			return fmt.Errorf("spans[%d] has %d regions", i, len(a.Regions))
		}
		for k, r := range a.Regions {
			if err := s.checkRegion(r); err != nil {
				return fmt.Errorf("spans[%d].regions[%d]: %w", i, k, err)
			}
		}
	}
	return nil
}

func (s *Score) checkRegion(r Region) error {
	c := s.Canvas
	switch {
	case r.X < 0 || r.Y < 0 || r.W < 2 || r.H < 2 || r.W > c.Width-r.X || r.H > c.Height-r.Y:
		return fmt.Errorf("%d,%d %dx%d is not on the canvas", r.X, r.Y, r.W, r.H)
	case (r.X|r.Y|r.W|r.H)&1 != 0:
		return fmt.Errorf("%d,%d %dx%d: all have to be even", r.X, r.Y, r.W, r.H)
	case !slices.Contains(Fits[1:], r.Fit) && r.Source != Fill:
		return fmt.Errorf("fit is %q", r.Fit)
	case r.Round < 0 || r.Round&1 != 0 || r.Round > min(r.W, r.H)/2:
		return fmt.Errorf("round is %d: it is even, and at most half of the region", r.Round)
	case r.Border < 0 || r.Border > min(r.W, r.H)/2:
		return fmt.Errorf("border is %d: at most half of the region is possible", r.Border)
	}
	for _, p := range r.Pads {
		if p < 0 || p >= len(s.Sources) {
			return fmt.Errorf("there is no source %d", p)
		}
	}
	return nil
}

// RoomTime is the time in the room of a time in the output.
func (s *Score) RoomTime(outMs float64) (roomMs float64) {
	for i, p := range s.Timeline {
		if outMs < p.To || i == len(s.Timeline)-1 {
			return outMs - p.From + p.RoomMs
		}
	}
	return outMs
}

// outTimes are the parts of a span of the room's time that are in the output.
func outTimes(pieces []Piece, s Span) []MsSpan {
	var out []MsSpan
	from, to := float64(s.From)/1e6, float64(s.To)/1e6
	for _, p := range pieces {
		a, b := max(from, p.RoomMs), min(to, p.RoomMs+p.To-p.From)
		if b <= a {
			continue
		}
		m := MsSpan{round3(a - p.RoomMs + p.From), round3(b - p.RoomMs + p.From)}
		if n := len(out); n > 0 && out[n-1].To >= m.From-0.01 {
			out[n-1].To = m.To
		} else {
			out = append(out, m)
		}
	}
	return out
}

func round3(v float64) float64 { return math.Round(v*1e3) / 1e3 }

// OutTime is when a moment of the room is in the output, in milliseconds; false if it was cut out.
func (s *Score) OutTime(t time.Duration) (float64, bool) {
	for _, p := range s.Timeline {
		if v := float64(t)/1e6 - p.RoomMs; v >= 0 && v < p.To-p.From {
			return round3(v + p.From), true
		}
	}
	return 0, false
}

// Place says where somebody is seen, on average: -0.8 on the left to 0.8 on the right.
func (s *Score) Place(person string) float64 {
	sum, time := 0.0, 0.0
	for _, a := range s.Spans {
		for _, r := range a.Regions {
			if r.Person == person && r.Source != Screen {
				n := a.To - a.From
				sum += n * ((float64(r.X)+float64(r.W)/2)/float64(s.Canvas.Width)*2 - 1)
				time += n
			}
		}
	}
	if time == 0 {
		return 0
	}
	return math.Round(min(max(sum/time, -1), 1)*80) / 100
}
