package plan

import (
	"github.com/upright-media/upright/pipelines/report"

	"github.com/upright-media/upright/pipelines/launch"
)

// isText says whether a data channel's messages are text.
func (s *source) isText() bool { return s.track.Info.Codec != "binary" }

// subtitle adds a subtitle track for each data channel with text, where the container has such tracks and the profile
// leaves the muxer to us. The messages are what mjrsrc makes of them: each stands until the next one, for five seconds
// at most, and not beyond the end of the media.
func (q *outputPlan) subtitle(data []source) {
	if q.to.text == "" || q.custom != nil {
		return
	}
	for _, d := range data {
		if !d.isText() {
			continue
		}
		m := &medium{source: d}
		m.report = report.Track{Kind: "text", Codec: q.to.text, DurationMs: report.Millis(length(d.track)),
			Copied: true}
		q.texts = append(q.texts, m)
	}
}

// subtitles returns the part of the line that reads a outputPlan's subtitles.
func (b *builder) subtitles(i int) launch.Line {
	var l launch.Line
	for _, m := range b.made[i].texts {
		l = append(l, append(b.source(m.track, 0), "!", b.name(i)+".")...)
	}
	return l
}
