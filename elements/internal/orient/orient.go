// Package orient describes orientations as values of a property: those of the tag image-orientation, and one more.
package orient

import (
	"fmt"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/elements/internal/gstx"
)

// Values are the values of an enumeration of orientations, behind one that is not an orientation.
func Values(first gstx.EnumValue) []gstx.EnumValue {
	values := []gstx.EnumValue{first}
	for _, o := range cvo.Orientations() {
		name := "Show as it is"
		switch {
		case o.Flip && o.Degrees != 0:
			name = fmt.Sprintf("Mirror left-right, then turn clockwise by %d degrees", o.Degrees)
		case o.Flip:
			name = "Mirror left-right"
		case o.Degrees != 0:
			name = fmt.Sprintf("Turn clockwise by %d degrees", o.Degrees)
		}
		values = append(values, gstx.EnumValue{Nick: o.ImageOrientation(), Name: name})
	}
	return values
}
