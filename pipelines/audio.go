package pipelines

import (
	"fmt"
	"strings"
	"time"
)

// What Settings.Audio may say.
const (
	AudioAuto = "auto" // copied where the container holds the codec, else encoded
	AudioCopy = "copy" // copied or nothing
	AudioAAC  = "aac"  // encoded as AAC
)

// opusSkip is how much later than they went in the samples come out of an Opus decoder at 48 kHz: libopus looks ahead for
// 6.5 ms (RFC 7845 section 4.2, pre-skip). A browser sends what comes out of its encoder, and nothing says this.
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

// voices are the encoders of each codec in the order of preference. All get 48 kHz: AAC at 8 kHz would start an eighth of
// a second late, and not every player takes it.
var voices = map[string][]voice{
	"aac": {
		// aac-ms=0, off: the default of GStreamer before 1.26 forces every band into mid/side form, and then one channel is
		// heard in the other. 0 is false there, and the number of "off" later.
		{"avenc_aac", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 80000*c) }, 1024, "aac-ms=0"},
		{"fdkaacenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 64000*c) }, 2048, ""},
		{"voaacenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! aacparse", 80000*c) }, 1600, ""},
	},
	"opus": {
		{"opusenc", func(c int) string { return fmt.Sprintf("bitrate=%d ! opusparse", 40000*c) }, 0, ""},
	},
}

var voiceTitles = map[string]string{"aac": "AAC", "opus": "Opus"}

// planAudio says how a track gets into a container.
func planAudio(src source, to *container, mode string, has func(string) bool) (*medium, error) {
	f := src.format
	m := &medium{source: src}
	if f.name == "opus" && length(src.track) > shortSound {
		m.skip = opusSkip
	}
	m.report = TrackReport{Kind: "audio", DurationMs: millis(length(src.track)), Channels: max(1, src.track.Media.Channels)}
	l, err := f.read(src.track, has)
	if err != nil {
		return nil, err
	}
	fits := to.audio[f.name]
	switch mode {
	case AudioAuto, "", AudioCopy:
		if fits {
			m.chain, m.report.Codec, m.report.Copied = l.String(), f.name, true
			m.reason = f.title + " is copied"
			return m, nil
		}
		if mode == AudioCopy {
			return nil, fmt.Errorf("%s does not hold %s, so it cannot be copied: use --audio auto, or --profile original", to.title, f.title)
		}
	case AudioAAC:
		if !to.audio["aac"] {
			return nil, fmt.Errorf("%s does not hold AAC: use --audio auto, or --profile mp4", to.title)
		}
	}
	codec := to.voice
	if mode == AudioAAC {
		codec = "aac"
	}
	if l, err = f.decodeTo(src.track, l, has); err != nil {
		return nil, err
	}
	for _, e := range []string{"audiorate", "audioconvert", "audioresample"} {
		if !has(e) {
			return nil, &MissingElementError{Elements: []string{e}, For: "prepare sound for encoding"}
		}
	}
	v, err := chooseVoice(codec, has)
	if err != nil {
		return nil, err
	}
	// audiorate fills what is missing with silence: a hole between two buffers would be closed by players.
	l = l.to("audiorate skip-to-first=true").to("audioconvert").to("audioresample").to(fmt.Sprintf("audio/x-raw,rate=48000,channels=%d", m.report.Channels)).to(v.chain(m.report.Channels, has))
	m.chain, m.report.Codec, m.encoder = l.String(), codec, v.element
	m.skip += v.priming
	switch {
	case mode == AudioAAC:
		m.reason = f.title + " is encoded as AAC, as was asked for"
	default:
		m.reason = fmt.Sprintf("%s does not hold %s, so the sound is encoded as %s", to.title, f.title, voiceTitles[codec])
	}
	return m, nil
}

// chain is the encoder in a pipeline.
func (v *voice) chain(channels int, has func(string) bool) string {
	s := v.element + " "
	if property, _, ok := strings.Cut(v.fix, "="); ok && has(v.element+"."+property) {
		s += v.fix + " "
	}
	return s + v.line(channels)
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
