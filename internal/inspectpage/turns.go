package inspectpage

import (
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

const (
	turnsHeight = 76
	figureSide  = 48  // width of a figure's frame at most, in pixels
	maxFigure   = 36  // its height
	thinnest    = 14  // either of them at least
	figureRoom  = 7.5 // least distance between two figures, in percent of the axis
	bandTop     = 67
	bandDepth   = 6
	sizesHeight = 22
)

// mostInList is how many changes are told in words.
const mostInList = 24

// mostSpans is how many pieces of a band are drawn apart.
const mostSpans = 500

// figure is a small person in a picture as it is stored: lying if the picture has to be turned.
type figure struct {
	X             string
	Width, Height int    // of the frame
	Left, Top     int    // of the frame
	MidX, MidY    int    // of the frame
	Transform     string // of the upright person
	Time, What    string
	Title         string
}

// change is something that is different from a time on.
type change struct{ Time, What string }

// turnsLane draws which way up the pictures are; nil for what has no pictures.
func turnsLane(a axis, t *Track) *lane {
	if len(t.Orientations) == 0 {
		return nil
	}
	l := &lane{Class: "turns", Label: "which way up", Height: turnsHeight, Title: "Orientation of " + human.Line(t.File)}
	if n := len(t.Orientations) - 1; n == 0 {
		l.Notes = append(l.Notes, turnText(t.Orientations[0].Orientation))
	} else {
		l.Notes = append(l.Notes, count(n, "change"))
	}
	l.Desc = sentence(turnChanges(t))
	last := -100.0
	for i, o := range t.Orientations {
		x := a.at(o.At)
		if x-last < figureRoom {
			continue
		}
		last = x
		l.Figures = append(l.Figures, newFigure(x, o, sizeAt(t, o.At)))
		if i > 0 {
			l.Lines = append(l.Lines, line{X: percent(x), Y1: 0, Y2: bandTop, Class: "change"})
		}
	}
	for i, s := range spans(a, len(t.Orientations), func(i int) time.Duration { return t.Orientations[i].At }, t.End) {
		o := t.Orientations[s.index].Orientation
		class := fmt.Sprintf("turn t%d", o.Degrees)
		if o.Flip {
			class += " flip"
		}
		title := fmt.Sprintf("%s from %s", turnText(o), human.Clock(t.Orientations[s.index].At))
		if s.more > 0 {
			class, title = "turn mixed", fmt.Sprintf("%s from %s", count(s.more+1, "orientation"),
				human.Clock(t.Orientations[s.index].At))
		}
		if i < mostSpans {
			l.Rects = append(l.Rects, s.rect(bandTop, bandDepth, class, title))
		}
	}
	return l
}

// newFigure stands at x percent with the frame of a picture of the given size.
func newFigure(x float64, o timeline.OrientationSpan, z timeline.SizeSpan) figure {
	w, h := figureSide, maxFigure
	if z.Width > 0 && z.Height > 0 {
		shape := float64(z.Width) / float64(z.Height)
		w = max(thinnest, min(figureSide, int(maxFigure*shape)))
		h = max(thinnest, min(maxFigure, int(figureSide/shape)))
	}
	f := figure{X: percent(x), Width: w, Height: h, Left: 3, Top: 2 + (maxFigure-h)/2, Time: human.Clock(o.At),
		What: turnSign(o.Orientation)}
	f.MidX, f.MidY = f.Left+w/2, f.Top+h/2
	f.Title = fmt.Sprintf("%s from %s", turnText(o.Orientation), human.Clock(o.At))
	// What is stored is the upright picture, turned back, and then mirrored: a player undoes that in the other order.
	scale := float64(min(w, h)) / 24
	f.Transform = fmt.Sprintf("rotate(%d) scale(%s)", -o.Orientation.Degrees, number(scale))
	if o.Orientation.Flip {
		f.Transform = "scale(-1,1) " + f.Transform
	}
	f.Transform = strings.ReplaceAll(fmt.Sprintf("translate(%d,%d) %s", f.MidX, f.MidY, f.Transform), "−", "-")
	return f
}

// turnText says what has to be done to see a picture upright, as the program's table does.
func turnText(o cvo.Orientation) string {
	switch {
	case o == cvo.Orientation{}:
		return "upright"
	case o.Degrees == 0:
		return "mirrored"
	case o.Flip:
		return fmt.Sprintf("mirrored, then %d° clockwise", o.Degrees)
	}
	return fmt.Sprintf("%d° clockwise", o.Degrees)
}

// turnSign is the same in the width of a figure.
func turnSign(o cvo.Orientation) string {
	switch {
	case o == cvo.Orientation{}:
		return "upright"
	case o.Degrees == 0:
		return "mirrored"
	case o.Flip:
		return fmt.Sprintf("⇋ ↻%d°", o.Degrees)
	}
	return fmt.Sprintf("↻ %d°", o.Degrees)
}

func turnChanges(t *Track) []change {
	var list []change
	for _, o := range t.Orientations {
		list = append(list, change{human.Clock(o.At), turnText(o.Orientation)})
	}
	return shortened(list)
}

// sizesLane draws the size of the pictures; nil where it does not change.
func sizesLane(a axis, t *Track) *lane {
	if len(t.Sizes) < 2 {
		return nil
	}
	l := &lane{Class: "sizes", Label: "picture size", Height: sizesHeight, Title: "Picture size of " + human.Line(t.File),
		Desc:  sentence(sizeChanges(t)),
		Notes: []string{count(len(t.Sizes)-1, "change")}}
	for i, s := range spans(a, len(t.Sizes), func(i int) time.Duration { return t.Sizes[i].At }, t.End) {
		if i == mostSpans {
			break
		}
		z := t.Sizes[s.index]
		class, title := "size", fmt.Sprintf("%s from %s", sizeText(z), human.Clock(z.At))
		if s.more > 0 {
			class, title = "size mixed", fmt.Sprintf("%s from %s", count(s.more+1, "size"), human.Clock(z.At))
		}
		l.Rects = append(l.Rects, s.rect(1, sizesHeight-2, class, title))
		if s.more == 0 && s.to-s.from >= 9 {
			l.Words = append(l.Words, word{X: percent((s.from + s.to) / 2), Y: sizesHeight - 7, Anchor: "middle",
				Class: "letter", Text: sizeText(z)})
		}
	}
	return l
}

func sizeText(z timeline.SizeSpan) string { return fmt.Sprintf("%d×%d", z.Width, z.Height) }

func sizeChanges(t *Track) []change {
	var list []change
	for _, z := range t.Sizes {
		list = append(list, change{human.Clock(z.At), sizeText(z)})
	}
	return shortened(list)
}

// sizeAt is the size of the pictures at a time; zero if unknown.
func sizeAt(t *Track, at time.Duration) timeline.SizeSpan {
	var z timeline.SizeSpan
	for i, s := range t.Sizes {
		if i == 0 || s.At <= at {
			z = s
		}
	}
	return z
}

// span is a stretch in which something stays as it is from its index on, or changes more times than can be drawn.
type span struct {
	stretch
	index, more int
}

// spans are the stretches between n changes, the last up to end.
func spans(a axis, n int, at func(int) time.Duration, end time.Duration) []span {
	var list []span
	for i := range n {
		to := end
		if i+1 < n {
			to = at(i + 1)
		}
		s := span{stretch{a.at(at(i)), a.at(max(to, at(i)))}, i, 0}
		if k := len(list); k > 0 && (s.to-s.from < finest || list[k-1].more > 0 && s.from-list[k-1].from < 5*finest) {
			list[k-1].to = max(list[k-1].to, s.to)
			list[k-1].more += s.more + 1
			continue
		}
		list = append(list, s)
	}
	return list
}

// shortened leaves out what would be too much to read.
func shortened(list []change) []change {
	if n := len(list) - mostInList; n > 1 {
		list = append(list[:mostInList:mostInList], change{"…", fmt.Sprintf("and %d more changes", n)})
	}
	return list
}

func sentence(list []change) string {
	var parts []string
	for _, c := range list {
		parts = append(parts, c.Time+" "+c.What)
	}
	return strings.Join(parts, "; ") + "."
}
