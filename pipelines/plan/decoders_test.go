package plan

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A conversion that has used libav's decoder has it in memory: then it checks its output, too, since it is the fastest.
func TestDecodersToCheckWith(t *testing.T) {
	all := func(string) bool { return true }
	small := []Decoder{{"openh264dec", "h264parse"}, {"avdec_h264 max-threads=1", "h264parse"}}
	require.Equal(t, small, slices.Collect(Decoders("h264", true, all)))
	require.Equal(t, []Decoder{small[1], small[0]}, slices.Collect(Decoders("h264", false, all)))
	require.Equal(t, small[1:], slices.Collect(Decoders("h264", true, without("openh264dec"))))
	require.Equal(t, "h264parse ! openh264dec", small[0].Chain())
	require.Equal(t, "vp8dec", Decoder{Element: "vp8dec"}.Chain())
}

// To ask for an element can cost more than the check does: it is done for those that are used.
func TestDecodersAsksForWhatIsUsed(t *testing.T) {
	var asked []string
	for range Decoders("h264", true, func(name string) bool { asked = append(asked, name); return true }) {
		break
	}
	require.Equal(t, []string{"openh264dec"}, asked)
}
