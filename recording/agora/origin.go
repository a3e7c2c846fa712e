package agora

import (
	"math"
)

// origin makes the first medium begin at 0, and fills in what tracks say in presentation time.
func (l *loading) origin(head Head) {
	tl := l.tl
	start, wall := math.Inf(1), math.Inf(1) // shown, recorder's clock
	video := math.Inf(1)
	if a := tl.Audio; a != nil && len(a.Pieces) > 0 {
		start = a.Pieces[0].start
	}
	if v := tl.Video; v != nil && len(v.Pieces) > 0 {
		p := &v.Pieces[0]
		video = l.tl.knots.at(p.wall(p.Media.At(p.first)))
	}
	if start = min(start, video); head == TrimHead && !math.IsInf(video, 1) {
		start = video
	}
	if math.IsInf(start, 1) {
		return
	}
	for i := range l.tl.knots.shown {
		l.tl.knots.shown[i] -= start
	}
	if len(l.tl.knots.wall) == 0 {
		l.tl.knots.add(start, 0)
	}
	wall = l.tl.knots.wall[0] - l.tl.knots.shown[0]
	if l.p.StartUs > 0 {
		tl.OriginUs = l.p.StartUs + int64(wall*1000)
	}
	if a := tl.Audio; a != nil && len(a.Pieces) > 0 {
		l.placeSound(a, start)
	}
	if v := tl.Video; v != nil && len(v.Pieces) > 0 {
		l.placePictures(v, head == HoldHead && tl.Audio != nil && len(tl.Audio.Pieces) > 0)
	}
}

func (l *loading) placeSound(t *Track, origin float64) {
	for i := range t.Pieces {
		p := &t.Pieces[i]
		p.start -= origin
		length := inMs(p.Media.Length) - float64(p.first)*inMs(p.frame)
		p.Start, p.End = ms(max(0, p.start)), ms(p.start+length)
		t.End = max(t.End, p.End)
	}
	t.Start = t.Pieces[0].Start
	l.tl.Duration = max(l.tl.Duration, t.End)
}

func (l *loading) placePictures(t *Track, hold bool) {
	for i := range t.Pieces {
		p := &t.Pieces[i]
		p.Start = l.tl.shown(p, p.Media.At(p.first))
		t.LastPicture = l.tl.shown(p, p.lastShown())
		p.End = l.tl.shown(p, p.Media.Length)
		if p.last < p.Media.Frames {
			p.End = l.tl.shown(p, p.Media.At(p.last))
		}
		p.End = max(p.End, t.LastPicture)
		t.End = max(t.End, p.End)
		t.ReorderDelay = max(t.ReorderDelay, l.tl.delay(p))
		l.orientations(t, p)
	}
	t.Start = t.Pieces[0].Start
	if l.tl.hold = hold; hold {
		t.Start, t.Pieces[0].Start, t.Orientations[0].At = 0, 0, 0
	}
	l.tl.Duration = max(l.tl.Duration, t.End)
}

// orientations adds those of a file: each from the first picture on that it is of.
func (l *loading) orientations(t *Track, p *Piece) {
	for i := p.first; i < p.last; i++ {
		wall := p.wall(p.earliest(i))
		o := p.orientation(wall)
		if n := len(t.Orientations); n == 0 || t.Orientations[n-1].Orientation != o {
			t.Orientations = append(t.Orientations, Turn{ms(l.tl.knots.at(wall)), o})
		}
		if len(p.turns) == 1 {
			break
		}
	}
}
