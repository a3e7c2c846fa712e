package agora

import (
	"slices"
	"time"
)

// Pictures are decoded in the order of their file, which need not be that in which they are shown (B-frames).

// maxReorder is how many pictures at the most are decoded before one that is shown before them.
const maxReorder = 16

// until leaves out all from the first picture on, in the order of decoding, that is shown at a wall time in ms or
// later: others may be predicted from it. One picture stays.
func (p *Piece) until(wall float64) {
	for i := p.first + 1; i < p.last; i++ {
		if p.wall(p.Media.At(i)) >= wall {
			p.last = i
		}
	}
}

// order finds out in which order pictures are shown.
func (p *Piece) order() {
	if !p.Media.Reordered {
		return
	}
	for i := p.first; i < p.last; i++ {
		if p.leads(i) {
			p.leading++
			continue
		}
		p.shown = append(p.shown, p.Media.At(i))
	}
	slices.Sort(p.shown)
}

// leads says that a picture is shown before the first one, which it comes behind: what it is predicted from, too, is
// not there.
func (p *Piece) leads(frame int) bool {
	return p.Media.Reordered && p.Media.At(frame) < p.Media.At(p.first)
}

// units is how many frames are played.
func (p *Piece) units() int { return p.last - p.first - p.leading }

// lastShown is when the picture is shown in the file that is shown last.
func (p *Piece) lastShown() time.Duration {
	if p.shown != nil {
		return p.shown[len(p.shown)-1]
	}
	return p.Media.At(p.last - 1)
}

// next is when the picture is shown that is shown after a frame, false if none is.
func (p *Piece) next(frame int) (at time.Duration, ok bool) {
	if p.shown == nil {
		if frame+1 < p.last {
			return p.Media.At(frame + 1), true
		}
		return 0, false
	}
	i, _ := slices.BinarySearch(p.shown, p.Media.At(frame))
	if i+1 < len(p.shown) {
		return p.shown[i+1], true
	}
	return 0, false
}

// earliest is when the first picture is shown of a frame and those that are decoded after it. What holds from a time
// on is said in front of the first picture that none follows which is shown before.
func (p *Piece) earliest(frame int) time.Duration {
	at := p.Media.At(frame)
	if p.shown == nil {
		return at
	}
	for i := frame + 1; i < min(p.last, frame+1+maxReorder); i++ {
		at = min(at, p.Media.At(i))
	}
	return max(at, p.shown[0])
}

// turn is when, in the file, as many pictures have been shown as are decoded before a frame.
func (p *Piece) turn(frame int) time.Duration {
	if p.shown == nil {
		return p.Media.At(frame)
	}
	i := frame - p.first
	for k := p.first; p.leading > 0 && k < min(frame, p.first+p.leading+maxReorder); k++ {
		if p.leads(k) {
			i--
		}
	}
	return p.shown[min(i, len(p.shown)-1)]
}

// shown is when a picture is shown that a piece has at a time.
func (tl *Timeline) shown(p *Piece, at time.Duration) time.Duration {
	return ms(tl.knots.at(p.wall(at)))
}

// delay is by how much pictures of a piece must be shown later than they are decoded, at the least.
func (tl *Timeline) delay(p *Piece) (delay time.Duration) {
	i := 0
	for frame := p.first; p.shown != nil && frame < p.last; frame++ {
		if p.leads(frame) {
			continue
		}
		delay = max(delay, tl.shown(p, p.shown[i])-tl.shown(p, p.Media.At(frame)))
		i++
	}
	return delay
}
