package plan

import (
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/timeline"
)

// medium is what becomes of one track in one output.
type medium struct {
	source
	chain   launch.Line // the fragment between mjrsrc and the muxer
	report  report.Track
	encoder string // its element, "" if copied
	skip    int    // samples at 48 kHz by which encoders made the sound late (priming)
	reason  string
	thinned bool          // fewer pictures than were recorded are to be expected
	black   time.Duration // that the first picture stands behind black ones
	from    time.Duration // of the track's time, where reading begins with time 0

	decoders map[string]launch.Line // by codec, of a track that has several
	heads    []head                 // that the chain puts together, nil if it begins with the track's own source

	route  *encoders.Route  // on a device, nil if pictures are decoded in software
	choice *encoders.Choice // of encoder; nil if pictures are copied, or the profile names its encoder

	orientation cvo.Orientation // for the display matrix: the picture is copied as it lies
}

// newMedium begins the plan of a track, and the line of what is between its source and a muxer or decoder.
func newMedium(src source, has func(string) bool) (m *medium, l launch.Line, err error) {
	m = &medium{source: src}
	m.decoders, err = decodersOf(src.track, has)
	return m, src.format.read(src.track), err
}

// read asks a track's source for whole pictures or packets of sound: where they are only passed on, and where a source
// could give others as well.
func (f *format) read(t *timeline.Track) launch.Line {
	if severalCodecs(t) {
		return nil // each run has a decoder of its own, in front of this
	}
	return launch.Line{f.units}
}

// decodeTo adds a decoder, unless the format is raw already.
func (f *format) decodeTo(t *timeline.Track, l launch.Line, has func(string) bool) (launch.Line, error) {
	switch {
	case severalCodecs(t):
		return l, nil
	case f.layered(t):
		return f.decodeBy([]string{f.layers}, l, has)
	}
	return f.decodeBy(f.decode, l, has)
}

// decodeBy adds the first of some decoders that is installed.
func (f *format) decodeBy(decoders []string, l launch.Line, has func(string) bool) (launch.Line, error) {
	if len(decoders) == 0 {
		return l, nil
	}
	decoder, err := first(decoders, "decode "+f.title, has)
	if err != nil {
		return nil, err
	}
	if decoder == "openh264dec" { // which wants what a parser makes
		if l, err = f.parsed(l, has); err != nil {
			return nil, err
		}
	}
	return l.To(oneThread(decoder)), nil
}

// parsed adds what brings pictures into whichever shape the next element asks for.
func (f *format) parsed(l launch.Line, has func(string) bool) (launch.Line, error) {
	switch {
	case f.parse == "":
		return l, nil
	case !has(f.parse):
		return nil, &MissingElementError{Elements: []string{f.parse}, For: "read " + f.title}
	}
	return l.To(f.parse), nil
}

// oneThread keeps a decoder from having a thread for each processor. For pictures as small as those of calls, more of
// them take half as much time again, and each holds pictures of its own. Encoding, which takes longer, has threads
// enough.
func oneThread(decoder string) string {
	switch decoder {
	case "avdec_h264", "avdec_h265", "avdec_vp8", "avdec_vp9", "libde265dec":
		return decoder + " max-threads=1"
	case "vp8dec", "vp9dec":
		return decoder + " threads=1"
	}
	return decoder
}

func first(names []string, purpose string, has func(string) bool) (string, error) {
	for _, n := range names {
		if has(n) {
			return n, nil
		}
	}
	return "", &MissingElementError{Elements: names, For: purpose}
}

func length(t *timeline.Track) time.Duration { return t.End - t.Start }
