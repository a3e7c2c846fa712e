// Package orient gives orientations their names in GStreamer: the values of the tag image-orientation, which the elements'
// properties use too.
package orient

import (
	"fmt"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// Tag returns the value of image-orientation. Both sides mean the same by flip-rotate-90: mirror left-right, then turn.
func Tag(o cvo.Orientation) string {
	if o.Flip {
		return fmt.Sprintf("flip-rotate-%d", o.Degrees)
	}
	return fmt.Sprintf("rotate-%d", o.Degrees)
}

// All are the eight orientations.
var All = [8]cvo.Orientation{
	{}, {Degrees: 90}, {Degrees: 180}, {Degrees: 270},
	{Flip: true}, {Degrees: 90, Flip: true}, {Degrees: 180, Flip: true}, {Degrees: 270, Flip: true},
}

// Parse is the inverse of Tag.
func Parse(tag string) (cvo.Orientation, bool) {
	for _, o := range All {
		if Tag(o) == tag {
			return o, true
		}
	}
	return cvo.Orientation{}, false
}

// Values are the values of an enumeration of orientations, behind one that is not an orientation.
func Values(first gstx.EnumValue) []gstx.EnumValue {
	values := []gstx.EnumValue{first}
	for _, o := range All {
		name := "Show as it is"
		switch {
		case o.Flip && o.Degrees != 0:
			name = fmt.Sprintf("Mirror left-right, then turn clockwise by %d degrees", o.Degrees)
		case o.Flip:
			name = "Mirror left-right"
		case o.Degrees != 0:
			name = fmt.Sprintf("Turn clockwise by %d degrees", o.Degrees)
		}
		values = append(values, gstx.EnumValue{Nick: Tag(o), Name: name})
	}
	return values
}
