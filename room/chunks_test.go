package room

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// filmed is a score of cameras that run from 0 to so many seconds, in one arrangement.
func filmed(seconds, fps float64, cameras int) *Score {
	s := &Score{Schema: ScoreSchema, Canvas: &Canvas{1280, 720, fps}, DurationMs: seconds * 1000,
		Timeline: []Piece{{MsSpan{0, seconds * 1000}, 0}}}
	a := Arrangement{MsSpan: MsSpan{0, seconds * 1000}, Layout: "grid"}
	for i := range cameras {
		s.Sources = append(s.Sources, ScoreSource{Source: Camera, To: seconds * 1000})
		a.Regions = append(a.Regions, Region{Source: Camera, Fit: "cover", W: 2, H: 2, Pads: []int{i}})
	}
	s.Spans = []Arrangement{a}
	return s
}

// every has a key frame every so many seconds, from one on.
func every(from, step, to float64) (keys []time.Duration) {
	for at := from; at < to; at += step {
		keys = append(keys, sec(at))
	}
	return keys
}

func TestCheapestBordersAreAtKeyFramesAndNewArrangements(t *testing.T) {
	s := filmed(100, 25, 2)
	all := []Footage{{0, every(0, 5.05, 100)}, {1, every(0, 5.05, 100)}}
	list := s.Cheapest(all, Cutting{})
	require.Len(t, list, 4, "one in each stretch of 20 s, but the first")
	for i, b := range list {
		at := s.Canvas.At(b.Picture)
		require.Equal(t, i+1, int(at/(20*time.Second)))
		require.InDelta(t, 10, (at % (20 * time.Second)).Seconds(), 5)
		require.Less(t, b.Redo, 2*50*time.Millisecond, "of the two, as much as the picture lies behind the key frame")
		key, ok := all[0].Key(s, b.Picture)
		require.True(t, ok)
		require.LessOrEqual(t, key, s.Shows(b.Picture))
	}

	s = filmed(60, 30, 1)
	s.Spans = []Arrangement{{MsSpan: MsSpan{0, 33_000}}, {MsSpan: MsSpan{33_000, 60_000}}}
	s.Sources[0].To = 6_000 // and nothing to be decoded behind that
	list = s.Cheapest([]Footage{{0, every(0, 1, 1)}}, Cutting{})
	require.Equal(t, []Border{{990, 0}, {1500, 0}}, list, "the arrangement, and the middle of a stretch without anything")

	// Half of a minute is cut out: a key frame in there is of no use, and the time of the room goes on behind.
	s = filmed(60, 10, 1)
	s.Timeline = []Piece{{MsSpan{0, 30_000}, 0}, {MsSpan{30_000, 60_000}, 60_000}}
	s.Sources[0].To = 90_000
	list = s.Cheapest([]Footage{{0, []time.Duration{0, sec(45), sec(80.2)}}}, Cutting{})
	require.Equal(t, []Border{{300, sec(60.05 - 45)}, {502, sec(0.05)}}, list)
	require.Equal(t, sec(80.25), s.Shows(502))
	require.Equal(t, sec(60.05), s.Shows(300))
}

func TestChunks(t *testing.T) {
	for _, c := range []struct {
		name    string
		seconds float64
		keys    []time.Duration
		parts   int
		lengths []float64 // about so many seconds
	}{
		{"one", 600, every(0, 2, 600), 1, []float64{600}},
		{"two", 600, every(0, 2, 600), 2, []float64{300, 300}},
		{"as many as asked for", 600, every(0, 2, 600), 4, []float64{150, 150, 150, 150}},
		{"none shorter than a minute", 200, every(0, 2, 200), 8, []float64{66, 66, 66}},
		{"too short to be cut", 110, every(0, 2, 110), 4, []float64{110}},
		{"one key frame", 600, every(0, 1, 1), 4, []float64{600}},
		{"a border where a key frame is", 600, []time.Duration{0, sec(270)}, 4, []float64{270, 330}},
		{"few key frames, less than a twentieth decoded twice", 1200, every(0, 30, 1200), 4,
			[]float64{300, 300, 300, 300}},
	} {
		s := filmed(c.seconds, 25, 1)
		all := []Footage{{0, c.keys}}
		chunks := s.Chunks(all, s.Cheapest(all, Cutting{}), c.parts, Cutting{})
		require.Len(t, chunks, len(c.lengths), c.name)
		for i, p := range chunks {
			require.InDelta(t, c.lengths[i], (s.Canvas.At(p.To) - s.Canvas.At(p.From)).Seconds(), 12, c.name)
		}
	}
	require.Nil(t, (&Score{DurationMs: 600_000}).Chunks(nil, nil, 4, Cutting{}), "nothing to be seen")
	require.Nil(t, (&Score{DurationMs: 600_000}).Cheapest(nil, Cutting{}))
}

func TestNeededSources(t *testing.T) {
	s := filmed(300, 10, 4)
	s.Spans[0].Regions = s.Spans[0].Regions[:3] // the fourth is not seen
	s.Sources[1].From = 200_000
	s.Sources[2].To = 97_000
	all := []Footage{{Source: 0}, {Source: 1}, {Source: 2}, {Source: 3}}
	needed := func(c Chunk) (list []int) {
		for _, f := range s.Needed(all, c) {
			list = append(list, f.Source)
		}
		return list
	}
	require.Equal(t, []int{0, 2}, needed(Chunk{0, 1000}))
	require.Equal(t, []int{0, 2}, needed(Chunk{1000, 2000}), "its last picture stands for a while")
	require.Equal(t, []int{0}, needed(Chunk{1020, 2000}))
	require.Equal(t, []int{0, 1}, needed(Chunk{1020, 3000}))
	s.Spans = nil
	require.Equal(t, []int{0}, needed(Chunk{0, 3000}), "there is always one")
}

// cutting makes a score of what a fuzzer says.
func cutting(seed uint64) (s *Score, all []Footage, parts int, c Cutting) {
	r := rand.New(rand.NewPCG(seed, 1))
	rates := append([]float64{29.97, 60, 23.976, 10.5}, rates...)
	s = &Score{Schema: ScoreSchema, Canvas: &Canvas{640, 360, rates[r.IntN(len(rates))]}}
	room := 0.0
	for range 1 + r.IntN(3) {
		length := round3(r.Float64() * 600_000)
		room += round3(r.Float64() * 30_000)
		s.Timeline = append(s.Timeline, Piece{MsSpan{s.DurationMs, s.DurationMs + length}, room})
		s.DurationMs, room = s.DurationMs+length, room+length
	}
	for i := range r.IntN(6) {
		from := r.Float64() * room
		src := ScoreSource{Source: Camera, From: round3(from), To: round3(from + r.Float64()*(room-from))}
		s.Sources = append(s.Sources, src)
		f := Footage{Source: i}
		for at := src.From; at < src.To; at += 1000 + r.Float64()*60_000*r.Float64() {
			f.Keys = append(f.Keys, time.Duration(at*1e6))
		}
		all = append(all, f)
	}
	for at := 0.0; at < s.DurationMs; {
		to := min(s.DurationMs, round3(at+1000+r.Float64()*60_000))
		a := Arrangement{MsSpan: MsSpan{at, to}}
		for i := range s.Sources {
			if r.IntN(2) == 0 {
				a.Regions = append(a.Regions, Region{Pads: []int{i}})
			}
		}
		s.Spans, at = append(s.Spans, a), to
	}
	return s, all, 1 + r.IntN(9), Cutting{time.Duration(1+r.IntN(30)) * time.Second,
		time.Duration(1+r.IntN(90)) * time.Second, float64(r.IntN(3)) / 3}
}

// Whatever the room is like, the chunks are its time line, cut between pictures at borders that do not depend on how
// many there are, and what is seen in each is read.
func FuzzChunks(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s, all, parts, c := cutting(seed)
		end := s.Pictures()
		require.Less(t, s.Canvas.At(end-1), max(1, time.Duration(s.DurationMs*1e6)))
		require.GreaterOrEqual(t, s.Canvas.At(end), time.Duration(s.DurationMs*1e6))
		borders := s.Cheapest(all, c)
		var numbers []int
		for _, b := range borders {
			numbers = append(numbers, b.Picture)
			require.GreaterOrEqual(t, b.Redo, time.Duration(0))
		}
		s.Borders = numbers
		require.True(t, slices.IsSorted(numbers))
		chunks := s.Chunks(all, borders, parts, c)
		require.LessOrEqual(t, len(chunks), parts)
		at := 0
		for i, p := range chunks {
			require.Equal(t, at, p.From)
			require.Less(t, p.From, p.To)
			at = p.To
			if i > 0 {
				require.Contains(t, numbers, p.From)
			}
			if len(chunks) > 1 {
				require.GreaterOrEqual(t, s.Canvas.At(p.To)-s.Canvas.At(p.From), c.Shortest)
			}
			needed := map[int]bool{}
			for _, f := range s.Needed(all, p) {
				needed[f.Source] = true
				from, ok := f.Key(s, p.From)
				require.True(t, !ok || from <= s.Shows(p.From))
			}
			for _, picture := range []int{p.From, (p.From + p.To) / 2, p.To - 1} {
				ms := float64(s.Canvas.At(picture)) / 1e6
				for _, a := range s.Spans {
					for _, r := range a.Regions {
						if src := s.Sources[r.Pads[0]]; ms >= a.From && ms < a.To &&
							(Span{time.Duration(src.From * 1e6), time.Duration(src.To * 1e6)}).Holds(s.Shows(picture)) {
							require.True(t, needed[r.Pads[0]], "source %d in picture %d", r.Pads[0], picture)
						}
					}
				}
			}
		}
		require.Equal(t, end, at)
	})
}
