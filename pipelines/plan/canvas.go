package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/timeline"
)

// size is that of a picture, in pixels.
type size struct{ width, height int }

func (s size) String() string { return fmt.Sprintf("%dx%d", s.width, s.height) }

// shrink makes a size fit into a box, of which a side that is 0 is open, without making it larger. Sides are even.
func (box size) shrink(s size) size {
	scale := 1.0
	if box.width > 0 && s.width > box.width {
		scale = float64(box.width) / float64(s.width)
	}
	if box.height > 0 && s.height > box.height {
		scale = min(scale, float64(box.height)/float64(s.height))
	}
	if scale == 1 {
		return s
	}
	half := func(n int) int { return max(2, 2*int(math.Round(float64(n)*scale/2))) }
	return size{half(s.width), half(s.height)}
}

// canvas returns the size of a picture onto which all of a track's pictures are put: that which is shown for most of
// the time once pictures are upright. Both sides are even, as 4:2:0 encoders ask for; an odd one becomes a pixel
// longer. It is 0x0 if the track does not say how large its pictures are.
func canvas(t *timeline.Track) size {
	shown := map[size]time.Duration{}
	var order []size // in order of appearance: of two sizes that are shown equally long, the first wins
	at := t.Start
	for at < t.End || len(order) == 0 {
		s, next := upright(t, at)
		if s != (size{}) && !slices.Contains(order, s) {
			order = append(order, s)
		}
		next = min(next, t.End)
		shown[s] += next - at
		if next <= at {
			break
		}
		at = next
	}
	if len(order) == 0 {
		return size{}
	}
	best := slices.MaxFunc(order, func(a, b size) int { return cmp.Compare(shown[a], shown[b]) })
	return size{even(best.width), even(best.height)}
}

func even(n int) int { return n + n%2 }

// upright returns the size of pictures at a time, once turned, and when orientation or size change next.
func upright(t *timeline.Track, at time.Duration) (s size, next time.Duration) {
	next = 1<<63 - 1
	for _, span := range t.Sizes {
		if span.At > at && s != (size{}) {
			next = min(next, span.At)
			break
		}
		s = size{span.Width, span.Height} // pictures before the first span have its size
	}
	degrees := 0
	for i, span := range t.Orientations {
		if span.At > at && i > 0 {
			next = min(next, span.At)
			break
		}
		degrees = span.Orientation.Degrees
	}
	if degrees%180 != 0 {
		s.width, s.height = s.height, s.width
	}
	return s, next
}
