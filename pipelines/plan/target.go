package plan

import (
	"fmt"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/encoders"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/pipelines/profile"
)

// Profiles that are built in, of which others are made (docs/profiles.md).
const (
	ProfileMP4      = profile.MP4      // an MP4 that plays everywhere; copies what MP4 holds
	ProfileOriginal = profile.Original // keeps the codecs, in the container that holds them
)

// resolved returns the profile itself, or the built in one of which it has only the name, if it makes sense.
func resolved(p Profile) (Profile, error) {
	if p.Mux == "" {
		return profile.Find(p.Name, nil)
	}
	if problems := profile.Check(p); len(problems) > 0 {
		return p, fmt.Errorf("profile %s: %w", p.Name, problems[0])
	}
	return p, nil
}

// leave takes away what a profile leaves out.
func (s *sources) leave(p Profile) error {
	if p.Video == profile.None {
		s.video = nil
	}
	if p.Audio == profile.None {
		s.audio = nil
	}
	if p.Thumbnails() {
		s.audio, s.data = s.audio[:min(1, len(s.audio))], nil // the sound only for its beginning
		if len(s.video) == 0 {
			return fmt.Errorf("%w that the profile %s wants: there are no pictures", ErrNoMedia, p.Name)
		}
	}
	if s.none() {
		return fmt.Errorf("%w that the profile %s wants: it has video: %s and audio: %s", ErrNoMedia, p.Name, p.Video,
			p.Audio)
	}
	return nil
}

// target is what a profile wants of one medium.
type target struct {
	word     string          // profile.Auto, Copy, Encode; "" with a fragment
	fragment []profile.Token // between what is decoded and the muxer
	only     string          // the codec that it has to be of, "": any
	codec    string          // what it becomes if it has to be encoded
	has      func(string) bool
	black    time.Duration   // that black pictures stand before the first one
	off      []time.Duration // when black pictures begin that stand until the next one, or to the end
	box      size            // what pictures have to fit into; 0: any
	rate     int             // most pictures per second; 0: any
	bitrate  int             // of sound, bit/s; 0: the encoder's own

	tune   encoders.Options                                    // quality and bitrate
	choose func(codec string, c size) (encoders.Choice, error) // of encoder
	route  func(codec string, e encoders.Encoder, c size) *encoders.Route
}

// fragment sorts what a profile says about a medium.
func fragment(text string) (word string, list []profile.Token, err error) {
	if !profile.IsFragment(text) {
		return text, nil, nil
	}
	list, err = profile.Tokens(text)
	return "", list, err
}

// video is what a profile wants of pictures that go into a container.
func (q *outputPlan) videoTarget(v *source, p Profile) (w target, err error) {
	w.word, w.fragment, err = fragment(p.Video)
	w.only, w.box, w.rate, w.tune = p.VideoCodec, size{p.Width, p.Height}, p.FrameRate, tuning(p)
	switch {
	case p.VideoCodec != "":
		w.codec = p.VideoCodec
	case q.to == mp4 && p.Mux != profile.Auto:
		w.codec = "h264"
	case q.to.video[v.format.name]:
		w.codec = v.format.name
	default:
		w.codec = "vp8"
	}
	if codec, _ := profile.Codec(w.fragment, profile.VideoCodecs); codec != "" {
		w.codec = codec
	}
	if !q.to.video[w.codec] {
		return w, fmt.Errorf("%s does not hold %s, which the profile %s asks for: take another mux:", q.to.title,
			formatNamed(w.codec).title, p.Name)
	}
	return w, err
}

// audioTarget is what a profile wants of sound. What a user says about one conversion comes first.
func (q *outputPlan) audioTarget(p Profile, s Settings) (w target, err error) {
	w.bitrate = p.AudioBitrate * 1000
	switch s.Audio {
	case options.AudioCopy:
		w.word = profile.Copy
		return w, nil
	case options.AudioAAC:
		w.word, w.only, w.codec = profile.Encode, "aac", "aac"
		return w, nil
	}
	w.word, w.fragment, err = fragment(p.Audio)
	w.only, w.codec = p.AudioCodec, q.to.voice
	if w.only != "" {
		w.codec = w.only
	}
	if codec, _ := profile.Codec(w.fragment, profile.AudioCodecs); codec != "" {
		w.codec = codec
	}
	if !q.to.audio[w.codec] {
		return w, fmt.Errorf("%s does not hold %s, which the profile %s asks for: take another mux:", q.to.title,
			voiceTitles[w.codec], p.Name)
	}
	return w, err
}

// Words writes tokens as a line, with values in their slots.
func Words(list []profile.Token, of func(slot string) string) launch.Line {
	var l launch.Line
	for _, t := range list {
		switch t.Kind {
		case profile.Element:
			l = append(l, t.Name)
		case profile.Property:
			value := t.Value
			if of != nil {
				value = profile.Expand(value, of)
			}
			l = l.Set(t.Name, value)
		case profile.Link:
			l = append(l, "!")
		case profile.Caps:
			l = append(l, t.Value)
		case profile.Ref:
			l = append(l, t.Name+"."+t.Value)
		}
	}
	return l
}

// numbered gives the names in a line a number, so that the line can be in a pipeline several times.
func numbered(list []profile.Token, i int) []profile.Token {
	if i == 0 {
		return list
	}
	renamed := make([]profile.Token, len(list))
	for k, t := range list {
		switch {
		case t.Kind == profile.Property && t.Name == "name":
			t.Value += fmt.Sprint(i)
		case t.Kind == profile.Ref:
			t.Name += fmt.Sprint(i)
		}
		renamed[k] = t
	}
	return renamed
}

// tuning is what a profile says about quality and bitrate.
func tuning(p Profile) encoders.Options {
	return encoders.Options{Quality: p.Quality, Bitrate: p.Bitrate * 1000}
}
