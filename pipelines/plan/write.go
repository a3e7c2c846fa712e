package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/timeline"
)

// builder writes productions as one line: all of them read the same sound, so they run together.
type builder struct {
	made     []outputPlan
	outputs  []Output // of the same index
	tl       *timeline.Timeline
	settings Settings

	participant string // name

	parts  launch.Line // what feeds the elements that put parts together
	joints int         // how many of these there are
}

// line returns the pipeline. It writes either to the partial files that a job renames in the end, or straight to the
// outputs, as someone wants who pastes it behind gst-launch-1.0.
func (b *builder) line(partial bool) launch.Line {
	var l launch.Line
	for i, q := range b.made {
		for _, m := range q.media() {
			m.from = b.beginning(i)
		}
		switch {
		case q.custom != nil:
			l = append(l, b.customLine(i, partial)...)
		case q.to == thumbs:
			l = append(l, b.read(q.video).Then(b.thumbnails(i, partial))...)
		case q.to == mp4:
			l = append(l, b.direct(q.media()[0]).Then(b.named(q.muxer, i))...)
			l = append(l, b.output(i, partial)...)
		default:
			l = append(l, b.read(q.media()[0]).Then(b.named(q.muxer, i))...)
			l = append(l, b.began(i)...).Then(b.output(i, partial))
		}
	}
	for i := range b.made {
		l = append(l, b.subtitles(i)...)
	}
	for _, group := range b.sounds() {
		m := b.made[group[0]].audio
		if len(group) == 1 {
			read := b.read
			if b.made[group[0]].to == mp4 {
				read = b.direct
			}
			l = append(l, read(m)...).To(b.name(group[0]) + ".")
			continue
		}
		l = append(l, b.read(m)...)
		tee := "sound"
		if group[0] > 0 {
			tee += fmt.Sprint(group[0])
		}
		l = l.To("tee name=" + tee)
		for _, i := range group {
			l = l.Add(tee + ".").To("queue").To(b.name(i) + ".")
		}
	}
	return append(l, b.parts...)
}

// sounds groups the productions that have the same sound in the same form beside their pictures.
func (b *builder) sounds() [][]int {
	var groups [][]int
	at := map[string]int{}
	for i, q := range b.made {
		if q.video == nil || q.audio == nil || q.custom != nil {
			continue
		}
		key := q.audio.track.Path + "\x00" + q.audio.chain.String()
		g, known := at[key]
		if !known {
			g = len(groups)
			at[key] = g
			groups = append(groups, nil)
		}
		groups[g] = append(groups[g], i)
	}
	return groups
}

// beginning is the moment of the recording that is time 0 of an output, which the muxers of Matroska do not see to:
// they write the times that they are given. Sound that another output has, too, has one time 0.
func (b *builder) beginning(i int) time.Duration {
	q := b.made[i]
	if q.to == mp4 || q.to == thumbs || q.custom != nil || q.texts != nil {
		return 0
	}
	for _, group := range b.sounds() {
		if len(group) > 1 && slices.Contains(group, i) {
			return 0
		}
	}
	return b.outputs[i].Start
}

// name is what the muxer of a outputPlan is called.
func (b *builder) name(i int) string {
	if len(b.made) == 1 {
		return "mux"
	}
	return fmt.Sprintf("mux%d", i)
}

// read writes a medium from its source, or from what puts its parts together, to where an output takes it. Nothing else
// may: an element without one of its inputs waits for it for ever.
func (b *builder) read(m *medium) launch.Line {
	var parts []launch.Line
	switch {
	case m.heads != nil:
		for _, h := range m.heads {
			l := h.chain
			if h.track != nil {
				l = launch.Line{}.Read(b.source(h.track, m.from), l)
			}
			parts = append(parts, l)
		}
	case severalCodecs(m.track):
		for i, f := range m.track.Given.Runs {
			parts = append(parts, launch.Line{}.Read(given(m.track, i), m.decoders[m.track.Given.Formats[f].Codec]))
		}
	default:
		return launch.Line{}.Read(b.source(m.track, m.from), m.chain)
	}
	return launch.Line{}.Read(b.together(parts), m.chain)
}

// direct is read for what uprightmp4sink is linked to. It takes nothing but whole units, so no caps have to say that
// they are wanted; and with nothing in between, the two agree upon many of them in one buffer.
func (b *builder) direct(m *medium) launch.Line {
	if m.heads == nil && !severalCodecs(m.track) && len(m.chain) == 1 && strings.Contains(m.chain[0], "/") {
		return b.source(m.track, m.from)
	}
	return b.read(m)
}

// together writes what lets parts of one medium follow each other, at the times that they have. The parts come at the
// end of the line.
func (b *builder) together(parts []launch.Line) launch.Line {
	name := fmt.Sprintf("parts%d", b.joints)
	b.joints++
	for _, p := range parts {
		b.parts = append(b.parts, p.To(name+".")...)
	}
	return launch.Line{"concat", "name=" + name, "adjust-base=false"}
}

// source reads a track. The other files of the participant are named, so that all of them start from the same moment
// wherever the files lie and whatever they are called. from is the moment that becomes time 0.
func (b *builder) source(t *timeline.Track, from time.Duration) launch.Line {
	if t.Given != nil {
		return given(t, -1)
	}
	l := launch.Line{"mjrsrc"}.Set("location", t.Path)
	parts := t.Files()
	var rest, others []string
	for _, t := range b.tl.Tracks {
		if !slices.ContainsFunc(parts, func(p *timeline.Track) bool { return p.Path == t.Path }) {
			others = append(others, t.Path)
		}
	}
	for _, t := range parts[1:] {
		rest = append(rest, t.Path)
	}
	if len(rest) > 0 {
		l = l.Set("parts", JoinPaths(rest))
	}
	if len(others) > 0 {
		l = l.Set("siblings", JoinPaths(others))
	} else {
		l = l.Add("origin=file") // nor are others to be looked for
	}
	if from > 0 {
		l = l.SetInt("from", int64(from))
	}
	return append(l, b.settings.reading()...) // for sound, too: then all of them share one timeline
}

// given is the element that plays a run of a track, all of it if that is -1.
func given(t *timeline.Track, run int) launch.Line {
	l := launch.Line{t.Given.Element.Name}
	for _, p := range t.Given.Element.Properties {
		l = l.Set(p.Name, p.Value)
	}
	if run >= 0 {
		l = l.SetInt("run", int64(run))
	}
	return l
}

// severalCodecs says that a track goes over from one codec to another: each stretch of it has to have a decoder of its
// own.
func severalCodecs(t *timeline.Track) bool { return t.Given != nil && len(t.Given.Runs) > 1 }

// JoinPaths writes a list of files for the property siblings: a colon between them, a backslash before colons and
// backslashes in them.
func JoinPaths(paths []string) string {
	escaped := make([]string, len(paths))
	for i, p := range paths {
		escaped[i] = strings.NewReplacer(`\`, `\\`, `:`, `\:`).Replace(p)
	}
	return strings.Join(escaped, ":")
}

// named gives an output's muxer the name by which others of its media come to it, if there are.
func (b *builder) named(muxer launch.Line, i int) launch.Line {
	if q := b.made[i]; q.video != nil && (q.audio != nil || q.texts != nil) {
		return slices.Clone(muxer).Add("name=" + b.name(i))
	}
	return muxer
}

// began tells a muxer of Matroska when the recording began, unless the profile does.
func (b *builder) began(i int) (l launch.Line) {
	const property = "creation-time"
	said := slices.ContainsFunc(b.made[i].muxer, func(word string) bool { return strings.HasPrefix(word, property+"=") })
	if us := b.created(i); us != 0 && !said {
		l = l.Set(property, time.UnixMicro(us).UTC().Format("2006-01-02T15:04:05Z"))
	}
	return l
}

// created is the wall clock of a outputPlan's beginning in µs since the Unix epoch, 0 if unknown.
func (b *builder) created(i int) int64 {
	if b.tl.OriginUs == 0 {
		return 0
	}
	return b.tl.OriginUs + b.outputs[i].Start.Microseconds()
}

// output is what writes a plan's file: a sink, or for an MP4 the properties of the one that is its muxer, too.
func (b *builder) output(i int, partial bool) launch.Line {
	q, o := b.made[i], b.outputs[i]
	path := o.Path
	if partial {
		path = o.Partial
	}
	if q.to != mp4 {
		return launch.Line{"filesink"}.Set("location", path)
	}
	return append(launch.Line{}.Set("location", path).SetInt("index-size", q.indexSize(o.Duration)), b.facts(i)...)
}

// indexSize is how much space the index of an MP4 needs, in bytes, with a little to spare: a picture has a time, a
// size, and now and then an offset; a packet of sound has a size; a second is a chunk.
func (q *outputPlan) indexSize(length time.Duration) int64 {
	const fixed, picture, packet, chunk = 4096, 16, 4, 32
	n := int64(fixed)
	for _, m := range q.media() {
		n += int64(length.Seconds()+1) * chunk
		if m == q.video {
			n += int64(m.track.Units) * picture
		} else {
			n += max(int64(m.track.Units), int64(length/(20*time.Millisecond))) * packet
		}
	}
	return n
}

// facts are the properties of what writes a plan's MP4 that players and archives ask for.
func (b *builder) facts(i int) (l launch.Line) {
	if m := b.made[i].video; m != nil {
		l = l.Add("orientation=" + m.orientation.ImageOrientation())
	}
	if us := b.created(i); us != 0 {
		l = l.SetInt("creation-time", us)
	}
	if m := b.made[i].audio; m != nil && m.skip != 0 {
		l = l.SetInt("audio-skip", int64(time.Duration(m.skip)*time.Second/48000))
	}
	if b.made[i].tagged() {
		l = l.Add("tags=true")
	}
	return l
}

// tagged says whether the profile has an element that makes tags. Others come from the recording, and are about one
// stream and not about the film.
func (q *outputPlan) tagged() bool {
	const injector = "taginject"
	for _, m := range q.media() {
		if slices.Contains(m.chain, injector) {
			return true
		}
	}
	return slices.ContainsFunc(q.custom, func(t profile.Token) bool {
		return t.Kind == profile.Element && t.Name == injector
	})
}

// Temporaries are the files that a plan leaves behind when it does not come to its end.
func (p *Plan) Temporaries() []string {
	var list []string
	for _, o := range p.Outputs {
		list = append(list, o.Partial)
	}
	return list
}
