package plan

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A conversion that has used libav's decoder has it in memory: then it checks its output, too, since it is the fastest.
func TestDecodersToCheckWith(t *testing.T) {
	all := func(string) bool { return true }
	small := []string{"h264parse ! openh264dec", "h264parse ! avdec_h264 max-threads=1"}
	require.Equal(t, small, Decoders("h264", true, all))
	require.Equal(t, []string{small[1], small[0]}, Decoders("h264", false, all))
	require.Empty(t, Decoders("h264", true, without("h264parse")))
}
