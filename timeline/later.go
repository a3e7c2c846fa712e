package timeline

import (
	"slices"
	"strconv"
	"time"
)

// OffsetProperty is the property of elements of sources that bring their tracks along (Given) by which all is later, in
// nanoseconds.
const OffsetProperty = "offset"

// Later is a track that its source has brought along (Given) as it lies on a time line that begins so much earlier,
// such as that of several people. Its element plays it at these times; its streams are still read at their own.
func (t *Track) Later(by time.Duration) *Track {
	moved, given := *t, *t.Given
	moved.Given = &given
	moved.Start, moved.End, moved.LastPicture = t.Start+by, t.End+by, t.LastPicture+by
	moved.Orientations, moved.Sizes, moved.Holes = slices.Clone(t.Orientations), slices.Clone(t.Sizes),
		slices.Clone(t.Holes)
	for i := range moved.Orientations {
		moved.Orientations[i].At += by
	}
	for i := range moved.Sizes {
		moved.Sizes[i].At += by
	}
	for i := range moved.Holes {
		moved.Holes[i].From += by
		moved.Holes[i].To += by
	}
	given.Parts = slices.Clone(given.Parts)
	for i := range given.Parts {
		given.Parts[i].Start += by
		given.Parts[i].End += by
	}
	given.Keys = slices.Clone(given.Keys)
	for i := range given.Keys {
		given.Keys[i] += by
	}
	given.Element.Properties = slices.Clone(given.Element.Properties)
	if by != 0 {
		given.Element.Properties = append(given.Element.Properties,
			Property{OffsetProperty, strconv.FormatInt(int64(by), 10)})
	}
	return &moved
}
