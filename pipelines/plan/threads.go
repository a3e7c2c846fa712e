package plan

import (
	"strconv"
	"strings"

	"github.com/upright-media/upright/pipelines/launch"
)

// threadProperties are those with which an element of a plan is told how many threads to use.
var threadProperties = map[string]string{
	"x264enc": "threads", "vp8enc": "threads", "vp9enc": "threads", "av1enc": "threads",
	"openh264enc": "multi-thread", "svtav1enc": "logical-processors",
	"avdec_h264": "max-threads", "avdec_h265": "max-threads", "avdec_vp8": "max-threads", "avdec_vp9": "max-threads",
	"vp8dec": "threads", "vp9dec": "threads", "dav1ddec": "n-threads",
}

// threaded tells the elements of a fragment how many threads to use, those of them that can be told. 0 leaves it to
// them.
func threaded(chain launch.Line, n int) launch.Line {
	if n <= 0 {
		return chain
	}
	var l launch.Line
	element := ""
	for i, w := range chain {
		if i == 0 || chain[i-1] == "!" {
			element = w
		}
		if options, ok := strings.CutPrefix(w, "option-string="); ok && element == "x265enc" {
			w = "option-string=" + options + ":pools=" + strconv.Itoa(n)
		}
		l = append(l, w)
		if p := threadProperties[w]; p != "" && (i == 0 || chain[i-1] == "!") {
			l = l.SetInt(p, int64(n))
		}
	}
	return l
}
