package room

import (
	"cmp"
	"math"
	"slices"
	"sort"
	"time"
)

// Footage is a source of a score, and where its decoder can begin.
type Footage struct {
	Source int             // of Score.Sources
	Keys   []time.Duration // its key frames, in the room's time and in order
}

// Border is a picture with which a part of the output can begin.
type Border struct {
	Picture int
	Redo    time.Duration // how much of all sources is decoded twice for that
}

// Chunk is a part of the output: the pictures From to To-1.
type Chunk struct{ From, To int }

const (
	borderEvery   = 20 * time.Second
	shortestChunk = time.Minute // what is shorter costs more to begin than it gains
	mostRedo      = 0.05
	mostChunks    = 64
	// slack is how long before a picture a key frame has to be to be surely in it: times are rounded in places.
	slack = time.Millisecond
	// StandsAfter is how long the last picture of a file stands when it has ended.
	StandsAfter = 4 * time.Second
)

// Cutting says how a video may be cut. The zero value is what is good for meetings.
type Cutting struct {
	Every    time.Duration // a border is chosen in each stretch so long
	Shortest time.Duration // of parts
	Redo     float64       // part of all pictures of sources that may be decoded twice
}

// Pictures is how many pictures the output has, those that are left out because nothing changes included.
func (s *Score) Pictures() int {
	if s.Canvas == nil {
		return 0
	}
	n, d := s.Canvas.Rate()
	end := time.Duration(s.DurationMs * 1e6)
	count := int(end.Seconds() * float64(n) / float64(d))
	for count > 0 && s.Canvas.At(count-1) >= end {
		count--
	}
	for s.Canvas.At(count) < end {
		count++
	}
	return count
}

// Shows is the moment of the room that a picture shows: that in the middle of the time for which it stands.
func (s *Score) Shows(picture int) time.Duration {
	at, next := s.Canvas.At(picture), s.Canvas.At(picture+1)
	return time.Duration(s.RoomTime(float64(at)/1e6)*1e6) + (next-at)/2
}

// Key is from where on a source has to be decoded for a picture: the last key frame in front of what it shows; false
// if there is none, so that it is the beginning.
func (f Footage) Key(s *Score, picture int) (time.Duration, bool) {
	at := s.Shows(picture) - slack
	n := sort.Search(len(f.Keys), func(i int) bool { return f.Keys[i] > at })
	if n == 0 {
		return 0, false
	}
	return f.Keys[n-1], true
}

// stands is when pictures of a source may be seen, in the room's time.
func (s *Score) stands(f Footage) Span {
	src := s.Sources[f.Source]
	return Span{time.Duration(src.From * 1e6), time.Duration(src.To*1e6) + StandsAfter}
}

// redo is what has to be decoded twice of all sources if a part begins with a picture.
func (s *Score) redo(all []Footage, picture int) (sum time.Duration) {
	at := s.Shows(picture)
	for _, f := range all {
		span := s.stands(f)
		if !span.Holds(at) {
			continue
		}
		from, ok := f.Key(s, picture)
		if !ok {
			from = span.From
		}
		sum += max(0, min(at, span.To-StandsAfter)-from)
	}
	return sum
}

// Cheapest are the pictures with which parts can begin, one in the middle half of each stretch of the output but the
// first: where least has to be decoded twice, which is with a key frame or a new arrangement. They do not depend on how
// many parts there will be, so that the same pictures are coded in the same way.
//
// They are apart from each other and from the beginning, because uprightstage asks an encoder for a key frame only
// when that has got some pictures.
func (s *Score) Cheapest(all []Footage, c Cutting) (list []Border) {
	if s.Canvas == nil {
		return nil
	}
	every, end := cmp.Or(c.Every, borderEvery), s.Pictures()
	candidates := s.candidates(all)
	for from := every + every/4; from < s.Canvas.At(end); from += every {
		first, last := s.first(from), s.first(from+every/2)
		middle := (first + last) / 2
		best := Border{middle, math.MaxInt64}
		i, _ := slices.BinarySearch(candidates, first)
		for ; i < len(candidates) && candidates[i] < min(last, end); i++ {
			b := Border{candidates[i], s.redo(all, candidates[i])}
			if b.Redo < best.Redo || b.Redo == best.Redo && distance(b.Picture, middle) < distance(best.Picture, middle) {
				best = b
			}
		}
		if best.Redo == math.MaxInt64 {
			best.Redo = s.redo(all, middle)
		}
		if best.Picture < end {
			list = append(list, best)
		}
	}
	return list
}

func distance(a, b int) int { return max(a-b, b-a) }

// first is the first picture at or after a time of the output.
func (s *Score) first(at time.Duration) int {
	n, d := s.Canvas.Rate()
	return int(math.Ceil(at.Seconds()*float64(n)/float64(d) - 1e-6))
}

// candidates are the pictures, in order, that show key frames of sources or a new arrangement first.
func (s *Score) candidates(all []Footage) (list []int) {
	for _, a := range s.Spans {
		list = append(list, s.first(time.Duration(a.From*1e6)))
	}
	half := s.Canvas.At(1) / 2
	for _, f := range all {
		for _, k := range f.Keys {
			if at, ok := s.OutTime(k); ok {
				list = append(list, s.first(time.Duration(at*1e6)+2*slack-half))
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// Chunks cuts the output at some of the borders into as many parts as asked for, about equally long, or into fewer, so
// that none is too short and not too much is decoded twice.
func (s *Score) Chunks(all []Footage, borders []Border, parts int, c Cutting) []Chunk {
	end := s.Pictures()
	if end == 0 {
		return nil
	}
	shortest := cmp.Or(c.Shortest, shortestChunk)
	var footage time.Duration
	shown := Span{s.Shows(0), s.Shows(end - 1)}
	for _, f := range all {
		span := s.stands(f)
		footage += max(0, min(span.To-StandsAfter, shown.To)-max(span.From, shown.From))
	}
	for n := min(parts, mostChunks, int(s.Canvas.At(end)/shortest)); n > 1; n-- {
		cuts, redo, ok := s.cuts(borders, n, shortest)
		if !ok || redo.Seconds() > cmp.Or(c.Redo, mostRedo)*footage.Seconds() {
			continue
		}
		list := []Chunk{{0, end}}
		for _, p := range cuts {
			list[len(list)-1].To = p
			list = append(list, Chunk{p, end})
		}
		return list
	}
	return []Chunk{{0, end}}
}

// cuts chooses borders for n parts. A second that is decoded twice weighs as much as a second by which a part is too
// long: one costs all machines a little, the other one machine more.
func (s *Score) cuts(borders []Border, n int, shortest time.Duration) (cuts []int, redo time.Duration, ok bool) {
	total := s.Canvas.At(s.Pictures())
	from := time.Duration(0)
	for k := 1; k < n; k++ {
		target := total * time.Duration(k) / time.Duration(n)
		best, weight := -1, time.Duration(0)
		for i, b := range borders {
			at := s.Canvas.At(b.Picture)
			if at < from+shortest || at > total-shortest*time.Duration(n-k) {
				continue
			}
			if w := b.Redo + (at - target).Abs(); best < 0 || w < weight {
				best, weight = i, w
			}
		}
		if best < 0 {
			return nil, 0, false
		}
		from = s.Canvas.At(borders[best].Picture)
		cuts, redo = append(cuts, borders[best].Picture), redo+borders[best].Redo
	}
	return cuts, redo, true
}

// Needed are the sources of which pictures can be seen in a part of the output. There is at least one if there are any:
// what draws needs one to be told of the time.
func (s *Score) Needed(all []Footage, c Chunk) (needed []Footage) {
	seen := map[int]bool{}
	from, to := float64(s.Canvas.At(c.From))/1e6, float64(s.Canvas.At(c.To))/1e6
	for _, a := range s.Spans {
		if a.From >= to || a.To <= from {
			continue
		}
		for _, r := range a.Regions {
			for _, p := range r.Pads {
				seen[p] = true
			}
		}
	}
	first, last := s.Shows(c.From), s.Shows(c.To-1)
	for _, f := range all {
		if span := s.stands(f); seen[f.Source] && span.From <= last && span.To > first {
			needed = append(needed, f)
		}
	}
	if len(needed) == 0 && len(all) > 0 {
		needed = all[:1]
	}
	return needed
}
