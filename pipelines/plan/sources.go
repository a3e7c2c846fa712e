package plan

import (
	"errors"
	"fmt"
	"github.com/upright-media/upright/options"
	"slices"
	"strings"

	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// source is a track that can go into an output.
type source struct {
	track  *timeline.Track
	format *format // nil for data
	label  string  // what tells its outputs from others of the participant

	// runs are the parts of pictures in several files that are of one codec each, in order; nil if all of them are.
	runs []source
}

// sources are a participant's usable tracks, in the participant's order.
type sources struct{ video, audio, data []source }

// check returns an error if something is beyond the bounds.
func (s *sources) check(b options.Bounds) error {
	for _, list := range [][]source{s.video, s.audio, s.data} {
		for _, one := range list {
			if err := b.Check(one.track); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *sources) none() bool { return len(s.video)+len(s.audio)+len(s.data) == 0 }

// choose picks what can be used of a participant. What cannot is said by WarningsOf.
func choose(p *recording.Participant, tl *timeline.Timeline, set Settings) sources {
	var s sources
	labels := map[string]string{}
	for i, label := range p.Labels() {
		labels[p.Tracks[i].Path] = label
	}
	tracks := slices.DeleteFunc(slices.Clone(tl.Tracks), func(t *timeline.Track) bool {
		return Problem(t) != nil || slices.Contains(set.Undecodable, t.Path)
	})
	if !set.Split {
		tracks = tl.Stitch(tracks)
	}
	for _, t := range tracks {
		src := source{track: t, format: formatOf(t), label: labels[t.Path], runs: runs(tl, t)}
		switch t.Info.Medium {
		case recording.Video:
			s.video = append(s.video, src)
		case recording.Audio:
			s.audio = append(s.audio, src)
		case recording.Data:
			s.data = append(s.data, src)
		}
	}
	return s
}

// soundOf is what is heard beside a video, nil if nothing is: the sound that the publisher called the same, as that of
// a shared screen, else the microphone.
func (s *sources) soundOf(v *source) *source {
	var microphone *source
	for i := range s.audio {
		a := &s.audio[i]
		switch {
		case a.called(v):
			return a
		case microphone == nil && !slices.ContainsFunc(s.video,
			func(o source) bool { return recording.IsScreen(a.track.Info.Description) && a.called(&o) }):
			microphone = a
		}
	}
	return microphone
}

// called says whether two tracks have the same description.
func (s *source) called(o *source) bool {
	name := strings.TrimSpace(s.track.Info.Description)
	return name != "" && strings.EqualFold(name, strings.TrimSpace(o.track.Info.Description))
}

// Problem returns why nothing of a track can be used, nil if it can. The text does not name the file.
func Problem(t *timeline.Track) *report.Warning {
	warn := func(code, text string, args ...any) *report.Warning {
		return &report.Warning{Code: code, Text: fmt.Sprintf(text, args...)}
	}
	switch {
	case errors.Is(t.Err, recording.ErrEmpty):
		return warn(report.NoMedia, NeverWritten)
	case t.Err != nil:
		return warn(report.Unreadable, "%v", t.Err)
	case t.Encrypted:
		return warn(report.Encrypted, "its header says that the media is end-to-end encrypted")
	case garbled(t):
		return warn(report.Encrypted, "%d of its %d units are neither %s, as its header says, nor of another codec: "+
			"it is end-to-end encrypted",
			t.Unparsed, t.Unparsed+t.Units, title(t.Info.Codec))
	case t.Units == 0 && t.Info.Medium == recording.Video && t.Counts.Undecodable > 0:
		return warn(report.NoKeyFrame, "none of its %d packets can be decoded, for there is no complete key frame",
			t.Counts.Undecodable)
	case t.Units == 0:
		return warn(report.NoMedia, "it holds no media")
	case t.Info.Medium != recording.Data && formatOf(t) == nil:
		return warn(report.Unreadable, "media of the kind %q is unknown", t.Media.EncodingName)
	}
	return nil
}

// NeverWritten is what is said of a file without media.
const NeverWritten = "no media was ever written to it"

// garbled says whether the payload is not what the header says, as with end-to-end encryption that the server was not
// told about: a publisher of a room that is being recorded is not flagged.
//
// Of what is encrypted, half of the packets still look like Opus by chance, and of pictures up to a third; of what is
// what it is called, all do.
func garbled(t *timeline.Track) bool {
	if t.Info.Medium == recording.Audio {
		return t.Unparsed >= 20 && t.Units <= 4*t.Unparsed
	}
	return t.Unparsed >= 20 && t.Units <= t.Unparsed
}

// GarbledPictures says whether a track's pictures are encrypted although its header does not say so.
func GarbledPictures(tl *timeline.Timeline) bool {
	return slices.ContainsFunc(tl.Tracks, func(t *timeline.Track) bool {
		return t.Err == nil && !t.Encrypted && t.Info.Medium == recording.Video && garbled(t)
	})
}

// Usable are a participant's tracks of a medium of which something can be used, less those that are undecodable.
func Usable(p *recording.Participant, tl *timeline.Timeline, medium recording.Medium,
	s Settings) (list []*timeline.Track) {
	from := choose(p, tl, s)
	for _, src := range slices.Concat(from.video, from.audio, from.data) {
		if src.track.Info.Medium == medium {
			list = append(list, src.track)
		}
	}
	return list
}
