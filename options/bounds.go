package options

import (
	"fmt"
	"math"
	"time"

	"github.com/upright-media/upright/timeline"
)

// Bounds say how much may be made out of how little. A few packets can say that hours lie between them or that a
// picture has hundreds of megapixels: made out to the full, that takes the disk, the memory, or days. What is beyond a
// bound is not converted. In Bounds 0 is the default, and less than 0 no bound.
type Bounds struct {
	Length  time.Duration `json:"length,omitempty"`  // of a track
	Silence time.Duration `json:"silence,omitempty"` // a track may be longer than a minute for each unit by so much
	Pixels  int           `json:"pixels,omitempty"`  // of a picture
	Sizes   int           `json:"sizes,omitempty"`   // changes of size, beside two for each second
}

// DefaultBounds are far beyond any call.
var DefaultBounds = Bounds{Length: 7 * 24 * time.Hour, Silence: 6 * time.Hour, Pixels: 36_000_000, Sizes: 100}

const (
	timePerUnit    = time.Minute
	sizesPerSecond = 2
)

// BoundsError is a recording that is beyond a bound.
type BoundsError struct {
	Path string // of the file
	What string // what it says, and what is allowed
	Flag string // the bound, as in upright.yaml
}

func (e *BoundsError) Error() string {
	return fmt.Sprintf("%s: %s. Such a file is damaged or meant to do harm. If it is neither, raise %s", e.Path, e.What,
		e.Flag)
}

// Limits are bounds of which 0 means none, as users write them.
func Limits(length, silence time.Duration, pixels, sizes int) Bounds {
	return Bounds{Length: orNone(length), Silence: orNone(silence), Pixels: orNone(pixels), Sizes: orNone(sizes)}
}

func orNone[T int | time.Duration](v T) T {
	if v == 0 {
		return -1
	}
	return v
}

func (b Bounds) orDefault() Bounds {
	d := DefaultBounds
	for _, p := range []struct{ v, d *time.Duration }{{&b.Length, &d.Length}, {&b.Silence, &d.Silence}} {
		*p.v = bound(*p.v, *p.d)
	}
	for _, p := range []struct{ v, d *int }{{&b.Pixels, &d.Pixels}, {&b.Sizes, &d.Sizes}} {
		*p.v = bound(*p.v, *p.d)
	}
	return b
}

// bound is a bound that can be compared with.
func bound[T int | time.Duration](v, usual T) T {
	switch {
	case v == 0:
		return usual
	case v < 0:
		return math.MaxInt64
	}
	return v
}

// Check returns a *BoundsError if a track is beyond a bound.
func (b Bounds) Check(t *timeline.Track) error {
	b = b.orDefault()
	path := t.Path
	if files := t.Files(); len(files) > 0 {
		path = files[0].Path
	}
	long := t.End - t.Start
	if long > b.Length {
		return &BoundsError{path, fmt.Sprintf("it says that it is %s long, and %s are allowed", round(long), round(b.Length)),
			"max_length"}
	}
	if t.Units > 0 && t.Media.Media != "data" && long > b.Silence && int((long-b.Silence)/timePerUnit) > t.Units {
		return &BoundsError{path, fmt.Sprintf("it says that it is %s long, and there are %d packets or pictures in it",
			round(long), t.Units), "max_silence"}
	}
	for _, s := range t.Sizes {
		if s.Width > 0 && s.Height > b.Pixels/s.Width {
			return &BoundsError{path, fmt.Sprintf("it says that pictures are %dx%d pixels large, and %d pixels are allowed",
				s.Width, s.Height, b.Pixels), "max_pixels"}
		}
	}
	if n, seconds := len(t.Sizes)-1, int(long/time.Second); n > b.Sizes && n-b.Sizes > sizesPerSecond*seconds {
		return &BoundsError{path, fmt.Sprintf("it says that the size of pictures changes %d times in %s", n, round(long)),
			"max_sizes"}
	}
	return nil
}

func round(d time.Duration) time.Duration { return d.Round(time.Second) }
