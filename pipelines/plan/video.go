package plan

import (
	"fmt"
	"math"
	"strconv"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// copies says whether a track's pictures can go into a container as they are and be shown upright there, and if not,
// why.
func copies(src source, to *container) (bool, string) {
	t, f := src.track, src.format
	o, still := t.ConstantOrientation()
	_, _, oneSize := t.ConstantSize()
	switch {
	case src.runs != nil:
		return false, "the camera's codec changes"
	case !to.video[f.name]:
		return false, fmt.Sprintf("%s does not hold %s", to.title, f.title)
	case !still:
		return false, fmt.Sprintf("the orientation changes %s", times(len(t.Orientations)-1))
	case o != cvo.Orientation{} && !to.turns:
		return false, fmt.Sprintf("%s cannot say that a picture is to be turned", to.title)
	case f.layered(t):
		return false, fmt.Sprintf("players show only the lowest of the %d layers of %s", t.SpatialLayers, f.title)
	case t.Hidden > 0:
		return false, "some pictures are to be decoded but not to be seen: they lack what was lost, or came before " +
			"the recording"
	case t.SetsChange && f.sets() && to != mp4:
		return false, fmt.Sprintf("the parameters of %s may change, which %s has once only", f.title, to.title)
	case t.Given != nil && len(t.Given.Formats) > 1 && oneSize:
		return false, fmt.Sprintf("the coding of the pictures changes %s", times(len(t.Given.Formats)-1))
	case !oneSize: // some players show it right, others stretch, cut, or change the size of their window
		return false, fmt.Sprintf("the size of the pictures changes %s", times(len(t.Sizes)-1))
	}
	return true, ""
}

// blackReason is why pictures that are to stand behind black ones cannot be copied: a copy needs black in just its
// format (see fill).
const blackReason = "there is sound before the first picture, and black is to stand there"

// offReason is the same for pictures that go on behind black ones.
const offReason = "the camera was off for a while, and black is to stand there"

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// copies says whether a track's pictures can go into a container as they are and be what the profile wants, and if not,
// why.
func (w *target) copies(src source, to *container) (bool, string) {
	if ok, why := copies(src, to); !ok {
		return false, why
	}
	c := canvas(src.track)
	switch {
	case w.word == "":
		return false, "the profile has elements for the pictures"
	case w.black > 0 && !w.fills(src, to):
		return false, blackReason
	case w.off != nil:
		return false, offReason
	case w.word == profile.Encode:
		return false, "the profile encodes all pictures"
	case w.only != "" && w.only != src.format.name:
		return false, "the profile asks for " + formatNamed(w.only).title
	case w.box.shrink(c) != c:
		return false, fmt.Sprintf("the pictures are larger than %s", w.box)
	case w.rateOf(src.track) < frameRate(src.track):
		return false, fmt.Sprintf("there are more than %d pictures a second", w.rate)
	}
	return true, ""
}

// decodersOf are the decoders of a track that has several codecs, by codec.
func decodersOf(t *timeline.Track, has func(string) bool) (map[string]launch.Line, error) {
	if !severalCodecs(t) {
		return nil, nil
	}
	if err := canConcat(has); err != nil {
		return nil, err
	}
	list := map[string]launch.Line{}
	for _, f := range t.Given.Formats {
		known := formatNamed(f.Codec)
		if known == nil {
			return nil, fmt.Errorf("the codec %q is not known", f.Codec)
		}
		l, err := known.decodeBy(known.decode, nil, has)
		if err != nil {
			return nil, err
		}
		list[f.Codec] = l
	}
	return list, nil
}

// rateOf is the nominal frame rate of a track's pictures when those are left out that are too many.
func (w *target) rateOf(t *timeline.Track) int {
	if n := frameRate(t); w.rate == 0 || n <= w.rate {
		return n
	}
	return w.rate
}

// planVideo says how a track gets into a container.
func planVideo(src source, to *container, w target, has func(string) bool) (*medium, error) {
	f, t := src.format, src.track
	ok, why := w.copies(src, to)
	m, l, err := newMedium(src, has)
	if err != nil {
		return nil, err
	}
	m.report = report.Track{Kind: "video", DurationMs: report.Millis(length(t))}
	if ok {
		if t.SetsChange {
			if l, err = m.shaped(l, has); err != nil {
				return nil, err
			}
		}
		m.copied(l)
		if w.black > 0 {
			w.fill(m)
		}
		return m, nil
	}
	if w.word == profile.Copy {
		return nil, fmt.Errorf("%s, so the pictures cannot be copied: use video: auto", why)
	}
	c := w.box.shrink(canvas(t))
	if src.runs != nil {
		if m.heads, err = w.together(src, c, has); err != nil {
			return nil, err
		}
		if l = nil; c != (size{}) {
			l = launch.Line{sameCaps(c, w.rateOf(t))}
		}
	}
	title := formatNamed(w.codec).title
	if parser := formatNamed(w.codec).parse; parser != "" && !has(parser) { // behind every encoder
		return nil, &MissingElementError{Elements: []string{parser}, For: "encode " + title}
	}
	own := w.fragment
	last := len(own) - 1
	if last < 0 || own[last].Name == profile.Auto {
		choice, err := w.choose(w.codec, c)
		if err != nil {
			return nil, err
		}
		m.choice = &choice
		e, o := choice.Encoder, w.tune
		if last < 0 && src.runs == nil && !f.layered(t) && !severalCodecs(t) && w.rateOf(t) == frameRate(t) &&
			w.black == 0 && w.off == nil {
			m.route = w.route(f.name, e, c)
		}
		if m.route != nil {
			if l, err = w.onDevice(src, m.route, l, c); err != nil {
				return nil, err
			}
		} else if l, err = w.prepared(src, l, c, has); err != nil {
			return nil, err
		}
		o.KeyFrames, o.Width, o.Height, o.FrameRate = w.keyInterval(t), c.width, c.height, w.rateOf(t)
		if last > 0 { // less the exclamation mark
			l = l.To(rateCaps(w.rateOf(t))).Then(Words(own[:last-1], nil)).To("videoconvert")
		}
		memory := ""
		if m.route != nil && m.route.Reaches(e) {
			memory = "(" + m.route.Memory + ")"
		} else if m.route != nil {
			l = l.To("videoconvert")
		}
		l = l.To("video/x-raw" + memory + ",format=" + e.Format)
		if e.Rate && last <= 0 {
			l = l.To(rateCaps(w.rateOf(t)))
		}
		l = l.To(e.Line(o, has))
		if after := e.After(o); after != "" {
			l = l.To(after)
		}
		m.encoder = e.Element
	} else {
		if l, err = w.prepared(src, l, c, has); err != nil {
			return nil, err
		}
		l = l.To(rateCaps(w.rateOf(t))).Then(Words(own, nil))
		if p := formatNamed(w.codec).parse; p != "" {
			l = l.To(p)
		}
		_, m.encoder = profile.Codec(own, profile.VideoCodecs)
	}
	m.chain = l
	m.report.Codec, m.report.Width, m.report.Height = w.codec, c.width, c.height
	m.black = w.black
	m.report.DurationMs = report.Millis(length(t) + w.black)
	m.thinned = own != nil || w.rateOf(t) < frameRate(t)
	m.reason = fmt.Sprintf("%s, so the pictures are turned and encoded as %s", why, title)
	if o, still := t.ConstantOrientation(); still && o == (cvo.Orientation{}) {
		m.reason = fmt.Sprintf("%s, so the pictures are encoded as %s", why, title)
	}
	return m, nil
}

// onDevice adds what makes pictures upright and of one size without leaving the memory of a device. Its decoders want
// what a parser makes, which has to be told a frame rate of VP9 and AV1, whichever it is: else it forgets how long the
// last picture stands.
func (w *target) onDevice(src source, r *encoders.Route, l launch.Line, c size) (launch.Line, error) {
	f := src.format
	if f.parse != "" && !f.sets() {
		l = l.To(fmt.Sprintf("capssetter caps=%s,framerate=%d/1", f.units, frameRate(src.track)))
	}
	l, err := f.parsed(l, w.has)
	if err != nil {
		return nil, err
	}
	l = l.To(r.Decoder).To("video/x-raw(" + r.Memory + ")").To("cvorotate")
	if c != (size{}) {
		l = l.SetInt("width", int64(c.width)).SetInt("height", int64(c.height))
	}
	return l.To("queue max-size-buffers=3"), nil
}

// prepared adds what makes pictures upright, of one size, and no more than are wanted.
func (w *target) prepared(src source, l launch.Line, c size, has func(string) bool) (launch.Line, error) {
	var err error
	if src.runs == nil {
		if l, err = src.format.decodeTo(src.track, l, has); err != nil {
			return nil, err
		}
	}
	if rate := w.rateOf(src.track); rate < frameRate(src.track) {
		if !has("videorate") {
			return nil, &MissingElementError{Elements: []string{"videorate"}, For: "leave pictures out"}
		}
		// Only by dropping: a time without new pictures stays one. It needs to know a rate to begin with.
		l = l.To(rateCaps(frameRate(src.track))).To("videorate drop-only=true").To(fmt.Sprintf("video/x-raw,framerate=%d/1",
			rate))
	}
	if src.runs == nil {
		l = l.To("cvorotate")
		if c != (size{}) {
			l = l.SetInt("width", int64(c.width)).SetInt("height", int64(c.height))
		}
		l = w.empty(l, src.track, 0, math.MaxInt64)
	}
	l = l.To("queue max-size-buffers=3") // so that decoding and encoding do not wait for each other
	return l.To("videoconvert"), nil
}

// rateCaps tells the elements that come next a frame rate.
func rateCaps(rate int) string {
	return fmt.Sprintf("capssetter caps=video/x-raw,framerate=%d/1", rate)
}

// keyInterval returns how many pictures make KeySeconds when those are left out that are too many.
func (w *target) keyInterval(t *timeline.Track) int {
	if rate := w.rateOf(t); rate < frameRate(t) {
		return KeySeconds * rate
	}
	return keyInterval(t)
}

// shaped lets a parser bring pictures that are copied into whichever shape the next element asks for. Parameter sets
// that change are in front of each key picture then, besides in the file's index: browsers read them there only, and of
// several descriptions in an index they know the first.
func (m *medium) shaped(l launch.Line, has func(string) bool) (launch.Line, error) {
	if !m.format.sets() {
		return l, nil
	}
	l, err := m.format.parsed(l, has)
	if err == nil && m.track.SetsChange {
		l = l.Add("config-interval=-1")
	}
	return l, err
}

// copied finishes a plan for pictures that go into the container as they are.
func (m *medium) copied(l launch.Line) {
	t, f := m.track, m.format
	o, _ := t.ConstantOrientation()
	s := shownSize(t, o)
	m.chain, m.orientation = l, o
	m.report.Codec, m.report.Copied = f.name, true
	m.report.Width, m.report.Height, m.report.Rotation = s.width, s.height, o.Degrees
	m.reason = f.title + " is copied"
	if o != (cvo.Orientation{}) {
		m.reason += ", and the display matrix makes players "
		switch {
		case o.Flip && o.Degrees != 0:
			m.reason += fmt.Sprintf("mirror it and turn it clockwise by %d°", o.Degrees)
		case o.Flip:
			m.reason += "mirror it"
		default:
			m.reason += fmt.Sprintf("turn it clockwise by %d°", o.Degrees)
		}
	}
}

// shownSize is the size of a track's first pictures, once turned.
func shownSize(t *timeline.Track, o cvo.Orientation) size {
	w, h, _ := t.ConstantSize()
	if o.Degrees%180 != 0 {
		w, h = h, w
	}
	return size{w, h}
}
