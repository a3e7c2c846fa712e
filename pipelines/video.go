package pipelines

import (
	"fmt"
	"strconv"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/timeline"
)

// copies says whether a track's pictures can go into a container as they are and be shown upright there, and if not, why.
func copies(src source, to *container) (bool, string) {
	t, f := src.track, src.format
	o, still := t.ConstantOrientation()
	_, _, oneSize := t.ConstantSize()
	switch {
	case !to.video[f.name]:
		return false, fmt.Sprintf("%s does not hold %s", to.title, f.title)
	case !still:
		return false, fmt.Sprintf("the orientation changes %s", times(len(t.Orientations)-1))
	case o != cvo.Orientation{} && !to.turns:
		return false, fmt.Sprintf("%s cannot say that a picture is to be turned", to.title)
	case f.layered(t):
		return false, fmt.Sprintf("players show only the lowest of the %d layers of %s", t.SpatialLayers, f.title)
	case !oneSize: // some players show it right, others stretch, cut, or change the size of their window
		return false, fmt.Sprintf("the size of the pictures changes %s", times(len(t.Sizes)-1))
	}
	return true, ""
}

func times(n int) string {
	if n == 1 {
		return "once"
	}
	return strconv.Itoa(n) + " times"
}

// planVideo says how a track gets into a container. codec is what it becomes if it has to be encoded.
func planVideo(src source, to *container, codec string, has func(string) bool) (*medium, error) {
	f, t := src.format, src.track
	m := &medium{source: src}
	m.report = TrackReport{Kind: "video", DurationMs: millis(length(t))}
	l, err := f.read(src.track, has)
	if err != nil {
		return nil, err
	}
	ok, why := copies(src, to)
	if ok {
		return m.copied(l, to), nil
	}
	title := formatNamed(codec).title
	e, err := chooseEncoder(codec, title, has)
	if err != nil {
		return nil, err
	}
	if l, err = f.decodeTo(src.track, l, has); err != nil {
		return nil, err
	}
	c := canvas(t)
	l = l.to("cvorotate")
	if c != (size{}) {
		l = l.setInt("width", int64(c.width)).setInt("height", int64(c.height))
	}
	l = l.to("queue max-size-buffers=3") // so that decoding and encoding do not wait for each other
	l = l.to("videoconvert").to("video/x-raw,format=I420")
	if e.rate {
		l = l.to(fmt.Sprintf("capssetter caps=video/x-raw,framerate=%d/1", frameRate(t)))
	}
	l = l.to(e.line(keyInterval(t)))
	if e.output != "" {
		l = l.to(e.output)
	}
	l = formatNamed(codec).fit(l, to)
	m.chain, m.encoder = l.String(), e.element
	m.report.Codec, m.report.Width, m.report.Height = codec, c.width, c.height
	m.reason = fmt.Sprintf("%s, so the pictures are turned and encoded as %s", why, title)
	if o, still := t.ConstantOrientation(); still && o == (cvo.Orientation{}) {
		m.reason = fmt.Sprintf("%s, so the pictures are encoded as %s", why, title)
	}
	return m, nil
}

// copied finishes a plan for pictures that go into the container as they are.
func (m *medium) copied(l line, to *container) *medium {
	t, f := m.track, m.format
	l = f.fit(l, to)
	o, _ := t.ConstantOrientation()
	s := shownSize(t, o)
	m.chain, m.orientation = l.String(), o
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
	return m
}

// shownSize is the size of a track's first pictures, once turned.
func shownSize(t *timeline.Track, o cvo.Orientation) size {
	w, h, _ := t.ConstantSize()
	if o.Degrees%180 != 0 {
		w, h = h, w
	}
	return size{w, h}
}
