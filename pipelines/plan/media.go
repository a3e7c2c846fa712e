package plan

import (
	"fmt"
	"strings"
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

	decoders map[string]string // by codec, of a track that has several
	heads    []head            // that the chain puts together, nil if it begins with the track's own source

	route  *encoders.Route  // on a device, nil if pictures are decoded in software
	choice *encoders.Choice // of encoder; nil if pictures are copied, or the profile names its encoder

	orientation cvo.Orientation // for the display matrix: the picture is copied as it lies
}

// newMedium begins the plan of a track. l brings it into the shape that muxers and decoders ask for.
func newMedium(src source, has func(string) bool) (m *medium, l launch.Line, err error) {
	m = &medium{source: src}
	if l, err = src.format.read(src.track, has); err == nil {
		m.decoders, err = decodersOf(src.track, has)
	}
	return m, l, err
}

// read returns the elements that bring a track's RTP packets into the shape that muxers and decoders ask for.
// A track that is not made of packets is in it already.
func (f *format) read(t *timeline.Track, has func(string) bool) (launch.Line, error) {
	if t.Given != nil {
		if severalCodecs(t) {
			return nil, nil
		}
		// The element can play other media, too: this tells the muxer which of its pads to give.
		kind, _, _ := strings.Cut(t.Given.Formats[0].Caps, ",")
		l := launch.Line{kind}
		if f.rate != "" {
			l = l.To(fmt.Sprintf("capssetter caps=%s,framerate=%d/1", f.rate, frameRate(t)))
		}
		return l, nil
	}
	depay, err := first(f.depay, "take "+f.title+" out of RTP packets", has)
	if err != nil {
		return nil, err
	}
	l := launch.Line{depay}
	if f.rate != "" {
		l = l.To(fmt.Sprintf("capssetter caps=%s,framerate=%d/1", f.rate, frameRate(t)))
	}
	if f.parse != "" && !f.layered(t) {
		if !has(f.parse) {
			return nil, &MissingElementError{Elements: []string{f.parse}, For: "read " + f.title}
		}
		l = l.To(f.parse)
	}
	return l, nil
}

// decodeTo adds a decoder, unless the format is raw already.
func (f *format) decodeTo(t *timeline.Track, l launch.Line, has func(string) bool) (launch.Line, error) {
	if severalCodecs(t) {
		return l, nil // each run has a decoder of its own, in front of this
	}
	if t.Given != nil && f.parse != "" { // copies do without
		if !has(f.parse) {
			return nil, &MissingElementError{Elements: []string{f.parse}, For: "read " + f.title}
		}
		l = l.To(f.parse)
	}
	if len(f.decode) == 0 {
		return l, nil
	}
	decoders := f.decode
	if f.layered(t) {
		decoders = []string{f.layers}
	}
	decoder, err := first(decoders, "decode "+f.title, has)
	if err != nil {
		return nil, err
	}
	return l.To(oneThread(decoder)), nil
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
