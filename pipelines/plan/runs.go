package plan

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/timeline"
)

// runs are the parts of a track that are of one codec each, in order; nil if all of it is.
func runs(tl *timeline.Timeline, t *timeline.Track) []source {
	var list []source
	for parts := t.Files(); len(parts) > 0; {
		n := 1
		for n < len(parts) && parts[n].Media.EncodingName == parts[0].Media.EncodingName {
			n++
		}
		list = append(list, source{track: tl.Join(parts[:n]...), format: formatOf(parts[0])})
		parts = parts[n:]
	}
	if len(list) == 1 {
		return nil
	}
	return list
}

// longest is the longest part of a source that is of one codec, for what cannot go on with another.
func (s *source) longest() *source {
	if s == nil || s.runs == nil {
		return s
	}
	best := slices.MaxFunc(s.runs, func(a, b source) int { return cmp.Compare(length(a.track), length(b.track)) })
	best.label = s.label
	return &best
}

// head is one of several branches of a pipeline that give the pictures of a track, one after the other.
type head struct {
	source             // its track is nil where the chain makes pictures of its own
	chain  launch.Line // from mjrsrc to what puts them together
}

// together makes a branch of each run, of pictures that are decoded, upright and of one size.
func (w *target) together(src source, c size, has func(string) bool) (heads []head, err error) {
	if err := canConcat(has); err != nil {
		return nil, err
	}
	for i, r := range src.runs {
		l, err := r.format.decodeTo(r.track, r.format.read(r.track), has)
		if err != nil {
			return nil, err
		}
		l = l.To("cvorotate").SetInt("width", int64(c.width)).SetInt("height", int64(c.height))
		from, until := time.Duration(0), time.Duration(math.MaxInt64)
		if i > 0 { // each comes with the hole in front of it
			from = src.runs[i-1].track.End
		}
		if i+1 < len(src.runs) {
			until = r.track.End
		}
		l = w.empty(l, r.track, from, until)
		heads = append(heads, head{r, l.To("videoconvert").To("video/x-raw,format=I420,colorimetry=bt601")})
	}
	return heads, nil
}

// sameCaps gives what comes out of concat the same caps for all runs: encoders would begin anew where anything differs,
// and muxers of Matroska take no other stream then.
func sameCaps(c size, rate int) string {
	return fmt.Sprintf("capssetter replace=true caps=video/x-raw,format=I420,width=%d,height=%d,framerate=%d/1,"+
		"pixel-aspect-ratio=1/1,interlace-mode=progressive,colorimetry=bt601,chroma-site=mpeg2", c.width, c.height, rate)
}

// canConcat says whether there is what builder.together writes.
func canConcat(has func(string) bool) error {
	if !has("concat") {
		return &MissingElementError{Elements: []string{"concat"}, For: "put media of several codecs together"}
	}
	return nil
}
