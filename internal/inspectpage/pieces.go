package inspectpage

import "time"

// piece is a piece of the axis with a number of things in it.
type piece struct {
	stretch
	first, last time.Duration
	n           int
	level       int // which of hiddenLevels
}

// hiddenLevels are how much of a second what cannot be decoded takes at least, and how far it then fills the bar, in
// pixels.
var hiddenLevels = []struct {
	share float64
	depth int
}{{0, 3}, {0.1, 9}, {0.4, 17}, {0.8, barDepth}}

// hiddenPieces are the times in which something came that cannot be decoded, to the second.
func hiddenPieces(a axis, t *Track) []piece {
	var list []piece
	for _, b := range t.Activity {
		if b.Hidden == 0 {
			continue
		}
		end := b.At + min(max(b.Length, 50*time.Millisecond), time.Second)
		p := piece{stretch{a.at(b.At), a.at(end)}, b.At, end, b.Hidden, hiddenLevel(t, b.Hidden, end-b.At)}
		if n := len(list); n > 0 && p.from-list[n-1].to < finest &&
			(p.level == list[n-1].level || p.to-list[n-1].from < finest) {
			last := &list[n-1]
			last.to, last.last = max(last.to, p.to), max(last.last, p.last)
			last.n, last.level = last.n+p.n, max(last.level, p.level)
			continue
		}
		list = append(list, p)
	}
	return list
}

// hiddenLevel says which of hiddenLevels n units in a piece of time are on.
func hiddenLevel(t *Track, n int, length time.Duration) int {
	share := 1.0
	if t.Units > 0 && t.FrameDuration > 0 && length > 0 {
		share = float64(n) * float64(t.FrameDuration) / float64(length)
	}
	level := 0
	for i, l := range hiddenLevels {
		if share >= l.share {
			level = i
		}
	}
	return level
}

// keyTicks are the seconds in which there are key frames. Which moment of the second it was is not kept.
func keyTicks(a axis, t *Track) []piece {
	var list []piece
	for _, b := range t.Activity {
		if b.KeyFrames == 0 || t.Kind != Video {
			continue
		}
		x := a.at(b.At)
		if n := len(list); n > 0 && x-list[n-1].from < 2*finest {
			list[n-1].n += b.KeyFrames
			continue
		}
		list = append(list, piece{stretch: stretch{x, x}, first: b.At, last: b.At, n: b.KeyFrames})
	}
	return list
}
