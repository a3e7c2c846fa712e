package plan

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
	"github.com/upright-media/upright/pipelines/report"
)

// opusSkip is how much later than they went in the samples come out of an Opus decoder at 48 kHz: libopus looks ahead
// for 6.5 ms (RFC 7845 section 4.2, pre-skip). A browser sends what comes out of its encoder, and nothing says this.
const opusSkip = 312

// shortSound is too short to leave anything of it out.
const shortSound = 100 * time.Millisecond

// voice is an encoder for sound.
type voice struct {
	element string
	line    func(channels int) string
	priming int    // samples at 48 kHz before the first of the input
	fix     string // property=value, for the versions that have the property
}

// voices are the encoders of each codec in the order of preference. All get 48 kHz: AAC at 8 kHz would start an eighth
// of a second late, and not every player takes it.
var voices = map[string][]voice{
	"aac": {
		// aac-ms=0, off: the default of GStreamer before 1.26 forces every band into mid/side form, and then one
		// channel is heard in the other. 0 is false there, and the number of "off" later.
		{"avenc_aac", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 80000*c) }, 1024, "aac-ms=0"},
		{"fdkaacenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 64000*c) }, 2048, ""},
		{"voaacenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 80000*c) }, 1600, ""},
	},
	"opus": {
		{"opusenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! opusparse", 40000*c) }, 0, ""},
	},
}

var voiceTitles = map[string]string{"aac": "AAC", "opus": "Opus"}

// newSound begins a plan for a track of sound.
func newSound(src source, has func(string) bool) (*medium, launch.Line, error) {
	m, l, err := newMedium(src, has)
	if err != nil {
		return nil, nil, err
	}
	if src.format.name == "opus" && length(src.track) > shortSound {
		m.skip = opusSkip
	}
	m.report = report.Track{Kind: "audio", DurationMs: report.Millis(length(src.track)),
		Channels: max(1, src.track.Media.Channels)}
	return m, l, nil
}

// copiedSound finishes a plan for sound that goes into the container as it is.
func (m *medium) copiedSound(l launch.Line) *medium {
	m.chain, m.report.Codec, m.report.Copied = l, m.format.name, true
	m.reason = m.format.title + " is copied"
	return m
}

// planAudio says how a track gets into a container.
func planAudio(src source, to *container, w target, has func(string) bool) (*medium, error) {
	f := src.format
	stretched := src.track.Stretch() != 1
	copied := to.audio[f.name] && (w.only == "" || w.only == f.name) && !stretched &&
		(src.track.Given == nil || len(src.track.Given.Formats) == 1) && (w.word == profile.Auto || w.word == profile.Copy)
	m, l, err := newSound(src, has)
	if err != nil {
		return nil, err
	}
	switch {
	case copied:
		return m.copiedSound(l), nil
	case w.word == profile.Copy && w.only != "" && w.only != f.name:
		return nil, fmt.Errorf("the profile asks for %s, so %s cannot be copied", voiceTitles[w.only], f.title)
	case w.word == profile.Copy && stretched:
		return nil, errors.New("the sound was sampled at another rate than it says, so it has to be stretched and " +
			"cannot be copied: " +
			"use --audio auto")
	case w.word == profile.Copy:
		return nil, fmt.Errorf("%s does not hold %s, so it cannot be copied: use --audio auto, or --profile original",
			to.title, f.title)
	case !to.audio[w.codec]:
		return nil, fmt.Errorf("%s does not hold %s: use --audio auto, or --profile mp4", to.title,
			voiceTitles[w.codec])
	}
	if l, err = m.raw(l, has); err != nil {
		return nil, err
	}
	own := w.fragment
	last := len(own) - 1
	if last < 0 || own[last].Name == profile.Auto {
		v, err := chooseVoice(w.codec, has)
		if err != nil {
			return nil, err
		}
		if last > 0 { // less the exclamation mark
			l = l.Then(Words(own[:last-1], nil)).To("audioconvert").To("audioresample").To(m.rawCaps())
		}
		l = l.To(v.chain(m.report.Channels, w.bitrate, has))
		m.encoder = v.element
	} else {
		l = l.Then(Words(own, nil)).To(parsers[w.codec])
		_, m.encoder = profile.Codec(own, profile.AudioCodecs)
	}
	m.chain, m.report.Codec = l, w.codec
	m.skip += priming(m.encoder)
	switch {
	case own != nil:
		m.reason = fmt.Sprintf("the profile has elements for the sound, which is encoded as %s", voiceTitles[w.codec])
	case w.only != "" || w.word == profile.Encode:
		m.reason = f.title + " is encoded as " + voiceTitles[w.codec] + ", as was asked for"
	case stretched:
		m.reason = "the sound was sampled at another rate than it says, so it is stretched and encoded as " +
			voiceTitles[w.codec]
	default:
		m.reason = fmt.Sprintf("%s does not hold %s, so the sound is encoded as %s", to.title, f.title,
			voiceTitles[w.codec])
	}
	return m, nil
}

// raw adds what makes sound that any encoder takes.
func (m *medium) raw(l launch.Line, has func(string) bool) (launch.Line, error) {
	l, err := m.format.decodeTo(m.track, l, has)
	if err != nil {
		return nil, err
	}
	needed := []string{"audiorate", "audioconvert", "audioresample"}
	stretch := m.track.Stretch()
	if stretch != 1 {
		needed = append(needed, "capssetter")
	}
	for _, e := range needed {
		if !has(e) {
			return nil, &MissingElementError{Elements: []string{e}, For: "prepare sound for encoding"}
		}
	}
	if stretch != 1 {
		// The samples were taken at another rate than they say: said rightly, they last for as long as they took, and
		// have the pitch that they had.
		l = l.To("audioconvert").To("audioresample").To(fmt.Sprintf("audio/x-raw,rate=%d", soundRate)).
			To(fmt.Sprintf("capssetter caps=audio/x-raw,rate=%.0f", soundRate/stretch))
	}
	// audiorate fills what is missing with silence: a hole between two buffers would be closed by players. It comes last,
	// because audioresample makes a little more of silence that is marked as a gap than there is, each time.
	return l.To("audioconvert").To("audioresample").To(m.rawCaps()).
		To(fmt.Sprintf("audiorate skip-to-first=true tolerance=%d", holeTolerance.Nanoseconds())).
		To("audioconvert"), nil
}

// holeTolerance is how far sound may be from where it belongs before that is put right. It is shorter than the packets
// that are in use (10 ms and more), so that a single one that is missing is filled, and longer than what RTP times
// wobble by that senders take from a clock of their own: to follow these would crackle.
const holeTolerance = 8 * time.Millisecond

func (m *medium) rawCaps() string {
	return fmt.Sprintf("audio/x-raw,rate=%d,channels=%d", soundRate, m.report.Channels)
}

// soundRate is what encoders get, in Hz.
const soundRate = 48000

// parsers bring sound into the shape that muxers ask for.
var parsers = map[string]string{"aac": "aacparse", "opus": "opusparse"}

// priming is how many samples an encoder puts in front, 0 if it is not known.
func priming(element string) int {
	for _, list := range voices {
		for _, v := range list {
			if v.element == element {
				return v.priming
			}
		}
	}
	return 0
}

// chain is the encoder in a pipeline.
func (v *voice) chain(channels, bitrate int, has func(string) bool) string {
	s := v.element + " "
	if property, _, ok := strings.Cut(v.fix, "="); ok && has(v.element+"."+property) {
		s += v.fix + " "
	}
	words := strings.Fields(v.line(channels))
	for i, w := range words {
		if bitrate > 0 && strings.HasPrefix(w, "bitrate=") {
			words[i] = fmt.Sprintf("bitrate=%d", bitrate)
		}
	}
	return s + strings.Join(words, " ")
}

func chooseVoice(codec string, has func(string) bool) (*voice, error) {
	var names []string
	for i := range voices[codec] {
		if v := &voices[codec][i]; has(v.element) {
			return v, nil
		}
		names = append(names, voices[codec][i].element)
	}
	return nil, &MissingElementError{Elements: names, For: "encode " + voiceTitles[codec]}
}
