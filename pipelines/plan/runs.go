package plan

import (
	"cmp"
	"fmt"
	"slices"

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
	source
	chain launch.Line // from mjrsrc to what puts them together
}

// together makes a branch of each run, of pictures that are decoded, upright and of one size, and returns the beginning
// of what goes on with them: concat, which leaves their times as they are.
func (w *target) together(src source, c size, has func(string) bool) (heads []head, l launch.Line, err error) {
	if !has("concat") {
		return nil, nil, &MissingElementError{Elements: []string{"concat"},
			For: "put pictures of several codecs together"}
	}
	for i, r := range src.runs {
		l, err := r.format.read(r.track, has)
		if err == nil {
			l, err = r.format.decodeTo(r.track, l, has)
		}
		if err != nil {
			return nil, nil, err
		}
		l = l.To("cvorotate").SetInt("width", int64(c.width)).SetInt("height", int64(c.height))
		if i == 0 && w.black > 0 {
			l = l.SetInt("empty-from", int64(src.track.Start-w.black))
		}
		heads = append(heads, head{r, l.To("videoconvert").To("video/x-raw,format=I420")})
	}
	return heads, launch.Line{"concat", "name=" + w.joint(), "adjust-base=false"}, nil
}

// joint is what the element is called that puts the pictures of several codecs together.
func (w *target) joint() string { return fmt.Sprintf("pictures%d", w.number) }

// branches writes the heads of a medium, if it has some.
func (b *builder) branches(m *medium) launch.Line {
	var l launch.Line
	for _, h := range m.heads {
		l = l.Read(b.source(&medium{source: h.source}), h.chain).To(m.joint + ".")
	}
	return l
}

// begin writes a medium from its source on, without the branches.
func (b *builder) begin(l launch.Line, m *medium) launch.Line {
	if m.heads != nil {
		return append(l, m.chain...)
	}
	return l.Read(b.source(m), m.chain)
}
