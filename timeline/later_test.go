package timeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

func TestLater(t *testing.T) {
	const s = time.Second
	track := NewTrack("a", recording.Info{}, &Given{Parts: []Part{{Path: "a", Start: s, End: 3 * s}},
		Keys:    []time.Duration{s, 2 * s},
		Element: Element{Name: "src", Properties: []Property{{"location", "a"}}}})
	track.Start, track.End, track.LastPicture = s, 3*s, 2*s
	track.Holes = []Hole{{From: s, To: 2 * s}}
	track.Sizes, track.Orientations = []SizeSpan{{At: s, Width: 2}}, []OrientationSpan{{At: s}}
	before := *track.Given

	later := track.Later(5 * s)
	require.Equal(t, []time.Duration{6 * s, 8 * s, 7 * s}, []time.Duration{later.Start, later.End, later.LastPicture})
	require.Equal(t, []Hole{{From: 6 * s, To: 7 * s}}, later.Holes)
	require.Equal(t, []SizeSpan{{At: 6 * s, Width: 2}}, later.Sizes)
	require.Equal(t, 6*s, later.Orientations[0].At)
	require.Equal(t, Part{Path: "a", Start: 6 * s, End: 8 * s}, later.Given.Parts[0])
	require.Equal(t, []time.Duration{6 * s, 7 * s}, later.Given.Keys)
	require.Equal(t, []Property{{"location", "a"}, {OffsetProperty, "5000000000"}}, later.Given.Element.Properties)

	require.Equal(t, []time.Duration{s, 3 * s}, []time.Duration{track.Start, track.End}, "the track stays as it is")
	require.Equal(t, s, track.Holes[0].From)
	require.Equal(t, s, track.Given.Keys[0])
	require.Equal(t, before, *track.Given)
	require.Equal(t, before.Element, track.Later(0).Given.Element)
}
