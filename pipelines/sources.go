package pipelines

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// source is a track that can go into an output.
type source struct {
	track  *timeline.Track
	format *format // nil for data
	label  string  // what tells its outputs from others of the participant
}

// sources are a participant's usable tracks, in the participant's order.
type sources struct{ video, audio, data []source }

func (s *sources) none() bool { return len(s.video)+len(s.audio)+len(s.data) == 0 }

// choose picks what can be used of a participant. What cannot is said by WarningsOf.
func choose(p *recording.Participant, tl *timeline.Timeline) sources {
	var s sources
	labels := map[string]string{}
	for i, label := range p.Labels() {
		labels[p.Tracks[i].Path] = label
	}
	for _, t := range tl.Tracks {
		if problem(t) != nil {
			continue
		}
		src := source{track: t, format: formatOf(t), label: labels[t.Path]}
		switch t.Header.Kind {
		case mjr.Video:
			s.video = append(s.video, src)
		case mjr.Audio:
			s.audio = append(s.audio, src)
		case mjr.Data:
			s.data = append(s.data, src)
		}
	}
	return s
}

// problem returns why nothing of a track can be used, nil if it can. The text does not name the file.
func problem(t *timeline.Track) *Warning {
	warn := func(code, text string, args ...any) *Warning {
		return &Warning{Code: code, Text: fmt.Sprintf(text, args...)}
	}
	switch {
	case errors.Is(t.Err, mjr.ErrEmpty):
		return warn(WarnNoMedia, neverWritten)
	case t.Err != nil:
		return warn(WarnUnreadable, "%v", t.Err)
	case t.Encrypted:
		return warn(WarnEncrypted, "its header says that the media is end-to-end encrypted")
	case garbled(t):
		return warn(WarnEncrypted, "none of its %d units is %s: it is end-to-end encrypted, or not what its header says",
			t.Unparsed, strings.ToUpper(t.Header.Codec))
	case t.Units == 0 && t.Header.Kind == mjr.Video && t.Counts.Undecodable > 0:
		return warn(WarnNoKeyFrame, "none of its %d packets can be decoded, for there is no complete key frame", t.Counts.Undecodable)
	case t.Units == 0:
		return warn(WarnNoMedia, "it holds no media")
	case t.Header.Kind != mjr.Data && formatOf(t) == nil:
		return warn(WarnUnreadable, "media of the kind %q is unknown", t.Media.EncodingName)
	}
	return nil
}

const neverWritten = "no media was ever written to it"

// garbled says whether the payload is not what the header says, as with end-to-end encryption that the server was not
// told about: a publisher of a room that is being recorded is not flagged.
func garbled(t *timeline.Track) bool {
	return t.Unparsed >= 20 && t.Units <= t.Unparsed/20
}

// withName puts the file's name before a text that does not have it.
func withName(name, text string) string {
	if strings.Contains(text, name) {
		return text
	}
	return name + ": " + text
}

// driftPPM is the drift from which on it is worth a warning: 0.2 ms in a second, 0.7 s in an hour.
const driftPPM = 200

// WarningsOf says what a user should know about a participant's files: what cannot be used and why, and what is
// damaged. tl must have been loaded from files of the participant; a file that is not in it was not worth loading.
func WarningsOf(p *recording.Participant, tl *timeline.Timeline) []Warning {
	warnings := []Warning{} // never null in reports
	loaded := map[string]bool{}
	var lost, kept [2]bool // video, audio
	note := func(kind mjr.Kind, ok bool) {
		at := &lost
		if ok {
			at = &kept
		}
		switch kind {
		case mjr.Video:
			at[0] = true
		case mjr.Audio:
			at[1] = true
		}
	}
	if tl != nil {
		for _, t := range tl.Tracks {
			loaded[t.Path] = true
			if w := problem(t); w != nil {
				warnings = append(warnings, Warning{w.Code, withName(filepath.Base(t.Path), w.Text)})
				note(kindOf(p, t), false)
				continue
			}
			note(t.Header.Kind, true)
			warnings = append(warnings, blemishes(t)...)
		}
		for _, w := range tl.Warnings {
			text := w.Text
			if w.Track != nil {
				text = filepath.Base(w.Track.Path) + ": " + text
			}
			warnings = append(warnings, Warning{Code: w.Code, Text: text})
		}
	}
	for _, f := range p.Tracks {
		if loaded[f.Path] {
			continue
		}
		name := filepath.Base(f.Path)
		switch {
		case f.Err != nil:
			warnings = append(warnings, Warning{WarnUnreadable, withName(name, f.Err.Error())})
		case f.Empty:
			warnings = append(warnings, Warning{WarnNoMedia, withName(name, neverWritten)})
		default:
			continue
		}
		note(f.Kind(), false)
	}
	switch {
	case lost[0] && !kept[0] && kept[1]:
		warnings = append(warnings, Warning{WarnMissingVideo, "the participant's video cannot be used: sound only"})
	case lost[1] && !kept[1] && kept[0]:
		warnings = append(warnings, Warning{WarnMissingAudio, "the participant's audio cannot be used: pictures only"})
	}
	return warnings
}

// kindOf is the medium of a track, by its file's name if it has no header.
func kindOf(p *recording.Participant, t *timeline.Track) mjr.Kind {
	if t.Header.Kind == "" {
		for _, f := range p.Tracks {
			if f.Path == t.Path {
				return f.Kind()
			}
		}
	}
	return t.Header.Kind
}

// blemishes are the warnings about a track that can be used.
func blemishes(t *timeline.Track) []Warning {
	var list []Warning
	warn := func(code, text string, args ...any) {
		list = append(list, Warning{code, filepath.Base(t.Path) + ": " + fmt.Sprintf(text, args...)})
	}
	if t.DamagedBytes > 0 {
		where := ""
		if len(t.Damage) > 0 {
			where = fmt.Sprintf(", the first at byte %d", t.Damage[0].From)
		}
		warn(WarnDamaged, "%d bytes make no sense and were left out%s", t.DamagedBytes, where)
	}
	if !t.Complete && t.DamagedBytes == 0 {
		warn(WarnTruncated, "the file ends in the middle of a packet")
	}
	if t.DriftKnown && (t.DriftPPM > driftPPM || t.DriftPPM < -driftPPM) {
		warn(WarnClockDrift, "the sender's clock runs %+.0f ppm against the server's", t.DriftPPM)
	}
	if t.OrientationFound {
		warn(WarnOrientationFound, "nothing names the orientation extension; id %d was recognised by its contents", t.OrientationID)
	}
	return list
}
