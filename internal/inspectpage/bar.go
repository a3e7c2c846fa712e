package inspectpage

import (
	"fmt"
	"strings"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/timeline"
)

// The bar of a track: key frames above, media in the middle, what cannot be decoded at its lower edge.
const (
	barHeight    = 36
	barTop       = 9
	barDepth     = 26
	barLetterTop = barTop + 17
)

// barLane draws where media is.
func barLane(a axis, t *Track) lane {
	l := lane{Class: "bar", Label: "media", Height: barHeight, Title: "Media of " + human.Line(t.File), Desc: barDesc(t)}
	if t.Units > 0 {
		from, to := a.at(t.Start), a.at(t.End)
		title := fmt.Sprintf("media from %s to %s", human.Clock(t.Start), human.Clock(t.End))
		l.Rects = append(l.Rects, stretch{from, to}.rect(barTop, barDepth, "media "+kindClass(t.Kind), title))
	}
	l.addHoles(mergedHoles(a, t.Holes))
	for _, h := range hiddenPieces(a, t) {
		depth := hiddenLevels[h.level].depth
		l.Rects = append(l.Rects, h.rect(barTop+barDepth-depth, depth, "hidden",
			fmt.Sprintf("%s cannot be decoded, from %s to %s", count(h.n, unitName(t.Kind)), human.Clock(h.first),
				human.Clock(h.last))))
	}
	for _, k := range keyTicks(a, t) {
		l.Lines = append(l.Lines, line{X: percent(k.from), Y1: 0, Y2: barTop - 2, Class: "key",
			Title: fmt.Sprintf("%s at %s", count(k.n, "key frame"), human.Clock(k.first))})
	}
	return l
}

// letterRoom is how much of the axis a letter takes, in percent.
const letterRoom = 1.6

// addHoles draws holes with the letters of their kinds. Losses that are too short for one are told by their pattern.
func (l *lane) addHoles(holes []drawnHole) {
	last := -100.0
	for i := range holes {
		h := &holes[i]
		l.Rects = append(l.Rects, h.visible().rect(barTop, barDepth, "hole "+h.name, h.title()))
		middle := (h.from + h.to) / 2
		if h.to-h.from < letterRoom && (h.kind == timeline.HoleLoss || middle-last < letterRoom) {
			continue
		}
		l.Words = append(l.Words, word{X: percent(middle), Y: barLetterTop, Anchor: "middle", Class: "letter",
			Text: h.letter})
		last = middle
	}
}

// visible is the stretch of a hole, wide enough to be seen: a clock that leapt leaves no time without media.
func (h *drawnHole) visible() stretch {
	const least = 0.25
	s := h.stretch
	if missing := least - (s.to - s.from); missing > 0 {
		s.from = min(max(0, s.from-missing/2), 100-least)
		s.to = s.from + least
	}
	return s
}

// barDesc says in words what the bar shows.
func barDesc(t *Track) string {
	if t.Units == 0 {
		return "No media that can be shown."
	}
	text := fmt.Sprintf("Media from %s to %s.", human.Clock(t.Start), human.Clock(t.End))
	var holes []string
	for _, s := range holeSums(t.Holes) {
		holes = append(holes, s.String())
	}
	if len(holes) > 0 {
		text += " Holes: " + strings.Join(holes, "; ") + "."
	}
	return text
}

// kindClass is the class that colours a kind of track.
func kindClass(kind string) string {
	switch kind {
	case Video, Audio, Data:
		return kind
	}
	return "unknown"
}

// unitName is what a track of this kind consists of.
func unitName(kind string) string {
	switch kind {
	case Video:
		return "picture"
	case Data:
		return "message"
	}
	return "packet"
}
