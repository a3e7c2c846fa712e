package plan

import (
	"fmt"
	"strings"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// blackEncoders make a black picture that can stand in front of copied ones, by format. What they make needs nothing
// that the container has once, and the sender's first picture is a key picture, which begins anew. AV1 has such things
// in its container, and H.264 and H.265 of a sender have parameters that an encoder of ours does not hit.
var blackEncoders = map[string]string{"vp8": "vp8enc deadline=1", "vp9": "vp9enc deadline=1"}

// fills says whether black can be put in front of pictures that are copied.
func (w *target) fills(src source, to *container) bool {
	encoder, _, _ := strings.Cut(blackEncoders[src.format.name], " ")
	return to != mp4 && fillable(&src) &&
		w.black == src.track.Start && // the black picture has time 0
		w.has(encoder) && w.has("videotestsrc") && w.has("concat")
}

// fillable says whether a black picture can be made that goes with those of a source.
func fillable(src *source) bool {
	width, _, constant := src.track.ConstantSize()
	return blackEncoders[src.format.name] != "" && constant && width > 0 && eightBit(src.track)
}

// eightBit says whether pictures of VP9 are of profile 0, which is 4:2:0 with 8 bits (RFC 9628 section 6.1).
func eightBit(t *timeline.Track) bool {
	profile := t.Media.Fmtp["profile-id"]
	return profile == "" || profile == "0"
}

// fill puts one black picture in front of pictures that are copied. It stands from 0 until they begin. Both have to
// have the same caps behind concat: muxers of Matroska take no others later on.
func (w *target) fill(m *medium) {
	t, f := m.track, m.format
	width, height, _ := t.ConstantSize()
	shape := fmt.Sprintf("width=%d,height=%d,framerate=%d/1", width, height, frameRate(t))
	black := launch.Line{"videotestsrc", "num-buffers=1", "pattern=black"}.To("video/x-raw,format=I420," + shape).
		To(blackEncoders[f.name])
	m.heads = []head{{chain: black}, {m.source, m.chain}}
	m.chain = launch.Line{fmt.Sprintf("capssetter replace=true caps=video/x-%s,%s", f.name, shape)}
	m.black = w.black
	m.report.DurationMs += report.Millis(w.black)
	m.reason += " behind one black picture"
}
