package plan

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestThreaded(t *testing.T) {
	for chain, want := range map[string]string{
		"video/x-vp8 ! vp8dec ! queue ! x264enc pass=qual ! h264parse": "video/x-vp8 ! vp8dec threads=3 ! queue ! x264enc " +
			"threads=3 pass=qual ! h264parse",
		"avdec_h264 ! vp9enc row-mt=true": "avdec_h264 max-threads=3 ! vp9enc threads=3 row-mt=true",
		"x265enc option-string=crf=23:bframes=0 key-int-max=60": "x265enc option-string=crf=23:bframes=0:pools=3 " +
			"key-int-max=60",
		"x264enc option-string=keyint=9": "x264enc threads=3 option-string=keyint=9",
		"video/x-h264 ! h264parse":       "video/x-h264 ! h264parse",
	} {
		require.Equal(t, want, threaded(strings.Fields(chain), 3).String())
		require.Equal(t, chain, threaded(strings.Fields(chain), 0).String())
	}
}
