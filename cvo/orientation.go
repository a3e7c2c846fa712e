package cvo

import (
	"fmt"
	"strconv"
)

// String is for people: "upright", "90° cw", "mirrored", "mirrored, 90° cw".
func (o Orientation) String() string {
	switch {
	case o.Flip && o.Degrees == 0:
		return "mirrored"
	case o.Flip:
		return fmt.Sprintf("mirrored, %d° cw", o.Degrees)
	case o.Degrees == 0:
		return "upright"
	default:
		return fmt.Sprintf("%d° cw", o.Degrees)
	}
}

// Transposes reports whether width and height change places.
func (o Orientation) Transposes() bool { return o.Degrees == 90 || o.Degrees == 270 }

// Orientations returns all eight of them.
func Orientations() []Orientation {
	return []Orientation{
		{}, {Degrees: 90}, {Degrees: 180}, {Degrees: 270},
		{Flip: true}, {Degrees: 90, Flip: true}, {Degrees: 180, Flip: true}, {Degrees: 270, Flip: true},
	}
}

// ImageOrientation is the value of GStreamer's image-orientation tag that makes a receiver do the same: rotate-N or
// flip-rotate-N. GStreamer mirrors first and then turns clockwise, as Orientation does.
func (o Orientation) ImageOrientation() string {
	if o.Flip {
		return "flip-rotate-" + strconv.Itoa(o.Degrees)
	}
	return "rotate-" + strconv.Itoa(o.Degrees)
}

// ParseImageOrientation is the inverse of ImageOrientation. It knows the eight values of the tag, and no others.
func ParseImageOrientation(tag string) (Orientation, error) {
	for _, o := range Orientations() {
		if o.ImageOrientation() == tag {
			return o, nil
		}
	}
	return Orientation{}, fmt.Errorf("image-orientation %q is unknown: use rotate-0, -90, -180 or -270, "+
		"with flip- in front to mirror first", tag)
}
