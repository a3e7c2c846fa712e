package plan

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// A conversion that has used libav's decoder has it in memory: then it checks its output, too, since it is the fastest.
func TestDecodersToCheckWith(t *testing.T) {
	all := func(string) bool { return true }
	small := []string{"h264parse ! openh264dec", "h264parse ! avdec_h264 max-threads=1"}
	require.Equal(t, small, slices.Collect(Decoders("h264", true, all)))
	require.Equal(t, []string{small[1], small[0]}, slices.Collect(Decoders("h264", false, all)))
	require.Empty(t, slices.Collect(Decoders("h264", true, without("h264parse"))))
}

// To ask for an element can cost more than the check does: it is done for those that are used.
func TestDecodersAsksForWhatIsUsed(t *testing.T) {
	var asked []string
	for range Decoders("h264", true, func(name string) bool { asked = append(asked, name); return true }) {
		break
	}
	require.Equal(t, []string{"h264parse", "openh264dec"}, asked)
}
