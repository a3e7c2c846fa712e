package plan

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// outputPlan is one media file to be made.
type outputPlan struct {
	name         string // base name without extension
	to           *container
	video, audio *medium         // one of them may be nil
	texts        []*medium       // subtitles, beside pictures only
	muxer        launch.Line     // the muxer and its properties
	custom       []profile.Token // the profile's own pipeline, nil if it has none
	number       int             // among the participant's
	clock        *source         // what thumbnails begin with, the video's sound or its pictures
}

// Decide says what is to be done for one participant, whose files tl was loaded from. It does not touch any file.
//
// Its errors are ErrNoMedia and ErrEncrypted, an *options.BoundsError, a *MissingElementError, or say what in profile
// and settings does not go together with the recording.
func Decide(p *recording.Participant, tl *timeline.Timeline, prof Profile, s Settings) (*Plan, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	prof, err := resolved(prof)
	if err != nil {
		return nil, err
	}
	has := s.has()
	from := choose(p, tl, s)
	if from.none() {
		return nil, nothing(tl)
	}
	if err := from.leave(prof); err != nil {
		return nil, err
	}
	if err := from.check(s.Bounds); err != nil {
		return nil, err
	}
	var made []outputPlan
	for i, v := range from.video {
		q := outputPlan{name: s.BaseName(p), number: len(made)}
		if i > 0 {
			q.name += "-" + v.label
		}
		if err := q.decide(&v, from.soundOf(&v), prof, s, has); err != nil {
			return nil, err
		}
		if s.Subtitles {
			q.subtitle(from.data)
		}
		made = append(made, q)
	}
	// Sound without pictures of its own: all there is, or a second microphone.
	for _, a := range from.audio {
		if slices.ContainsFunc(from.video,
			func(v source) bool { b := from.soundOf(&v); return b != nil && b.track == a.track }) {
			continue
		}
		q := outputPlan{name: s.BaseName(p), number: len(made)}
		if len(made) > 0 {
			q.name += "-" + a.label
		}
		if err := q.decide(nil, &a, prof, s, has); err != nil {
			return nil, err
		}
		made = append(made, q)
	}
	plan := &Plan{Name: s.BaseName(p), Mode: mode(made), Reason: reason(made), Encoder: encodersOf(made)}
	plan.chose(made)
	origin := time.Duration(-1)
	for _, q := range made {
		o := q.output(s)
		if origin < 0 {
			origin = o.Start
		}
		plan.Outputs = append(plan.Outputs, o)
		plan.Duration = max(plan.Duration, o.Start+o.Duration)
	}
	for _, q := range made {
		plan.Outputs = append(plan.Outputs, q.sprite(s)...)
	}
	for i, d := range from.data {
		plan.Outputs = append(plan.Outputs, textOutput(s.BaseName(p), i, d, s, max(0, origin)))
		if len(made) == 0 {
			plan.Mode, plan.Reason = "copy", "there are messages only"
			plan.Duration = max(plan.Duration, d.track.End)
		}
	}
	for _, o := range plan.Outputs {
		for _, path := range []string{o.Path, o.Partial} {
			if err := launch.CheckText(path); err != nil {
				return nil, err
			}
		}
	}
	for _, t := range tl.Tracks {
		if err := launch.CheckText(t.Path); err != nil {
			return nil, err
		}
	}
	if len(made) > 0 {
		b := builder{made: made, outputs: plan.Outputs, tl: tl, settings: s, participant: p.Name}
		plan.Pipeline = b.line(true).String()
		plan.CommandLine = b.line(false).Shell()
	}
	return plan, nil
}

// nothing says why there is nothing to convert.
func nothing(tl *timeline.Timeline) error {
	for _, t := range tl.Tracks {
		if t.Err == nil && (t.Encrypted || garbled(t)) {
			return ErrEncrypted
		}
	}
	return ErrNoMedia
}

// media are the outputPlan's media, pictures first.
func (q *outputPlan) media() []*medium {
	return slices.DeleteFunc([]*medium{q.video, q.audio}, func(m *medium) bool { return m == nil })
}

// output says what the outputPlan makes.
func (q *outputPlan) output(s Settings) Output {
	ext := q.to.name
	if q.video == nil {
		ext = q.to.sound
	}
	o := newOutput(s, q.name, ext)
	var end time.Duration
	for i, m := range q.media() {
		if i == 0 || m.track.Start < o.Start {
			o.Start = m.track.Start
		}
		end = max(end, m.track.End)
		o.hold(m)
	}
	for _, m := range q.texts {
		o.Start, end = min(o.Start, m.track.Start), max(end, m.track.End)
		o.hold(m)
	}
	o.Duration = end - o.Start
	if q.video != nil {
		o.Orientation, o.Thinned, o.BlackHead = q.video.orientation, q.video.thinned, q.video.black
	}
	return o
}

// hold adds a medium to the output.
func (o *Output) hold(m *medium) {
	o.Tracks = append(o.Tracks, m.report)
	o.Media = append(o.Media, m.track)
	for _, t := range m.track.Files() {
		o.Inputs = append(o.Inputs, t.Path)
	}
}

func newOutput(s Settings, name, ext string) Output {
	return Output{
		Path:      filepath.Join(s.OutputDir, name+"."+ext),
		Partial:   filepath.Join(s.Work(), "."+name+"."+ext+".partial"),
		Container: ext,
	}
}

// textOutput is what becomes of a data channel's messages: subtitles, or the bytes as they are.
func textOutput(name string, i int, d source, s Settings, origin time.Duration) Output {
	ext := "srt"
	if !d.isText() {
		ext = "bin"
	}
	if i > 0 {
		name += "-" + d.label
	}
	o := newOutput(s, name, ext)
	o.Start = origin
	o.Duration = max(0, d.track.End-origin)
	o.hold(&medium{source: d, report: report.Track{
		Kind: "text", Codec: ext, DurationMs: report.Millis(length(d.track)), Copied: true,
	}})
	return o
}

// mode says in one word what is done.
func mode(made []outputPlan) string {
	copied, encoded := false, false
	for _, q := range made {
		for _, m := range q.media() {
			copied, encoded = copied || m.report.Copied, encoded || !m.report.Copied
		}
	}
	switch {
	case copied && encoded:
		return "mixed"
	case encoded:
		return "encode"
	}
	return "copy"
}

// reason says in one sentence per output why it is done.
func reason(made []outputPlan) string {
	var list []string
	for _, q := range made {
		var parts []string
		for _, m := range q.media() {
			parts = append(parts, m.reason)
		}
		s := strings.Join(parts, "; ")
		if len(made) > 1 {
			s = q.name + ": " + s
		}
		list = append(list, s)
	}
	return strings.Join(list, ". ")
}

// encodersOf lists the encoders, pictures first, each once.
func encodersOf(made []outputPlan) string {
	var names []string
	for _, q := range made {
		for _, m := range q.media() {
			if m.encoder != "" && !slices.Contains(names, m.encoder) {
				names = append(names, m.encoder)
			}
		}
	}
	return strings.Join(names, ", ")
}
