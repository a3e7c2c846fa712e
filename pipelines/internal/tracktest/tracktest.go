// Package tracktest makes values for tests of what is decided: tracks as if they had been read, and a participant of
// them.
package tracktest

import (
	"cmp"
	"path/filepath"
	"strings"
	"time"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
	"github.com/upright-media/upright/timeline"
)

// At is a picture's orientation and size from a time on.
type At struct {
	S             float64
	Degrees       int
	Flip          bool
	Width, Height int
}

// Video is a track of pictures that begins and ends at these seconds.
func Video(name, codec string, from, to float64, looks ...At) *timeline.Track {
	t := &timeline.Track{
		Path:  "/in/" + name,
		Info:  recording.Info{Medium: recording.Video, Codec: codec, FirstUs: 1_795_235_502_000_000},
		Media: timeline.MediaType{Media: "video", EncodingName: strings.ToUpper(codec), ClockRate: 90000},
		Start: Sec(from), End: Sec(to), Units: 100, KeyFrames: 1, FrameDuration: time.Second / 15, Complete: true,
	}
	for _, l := range looks {
		o := cvo.Orientation{Degrees: l.Degrees, Flip: l.Flip}
		if n := len(t.Orientations); n == 0 || t.Orientations[n-1].Orientation != o {
			t.Orientations = append(t.Orientations, timeline.OrientationSpan{At: Sec(l.S), Orientation: o})
		}
		if n := len(t.Sizes); n == 0 || t.Sizes[n-1].Width != l.Width || t.Sizes[n-1].Height != l.Height {
			t.Sizes = append(t.Sizes, timeline.SizeSpan{At: Sec(l.S), Width: l.Width, Height: l.Height})
		}
	}
	return t
}

// Audio is one of sound.
func Audio(name, codec string, channels int, from, to float64) *timeline.Track {
	return &timeline.Track{
		Path: "/in/" + name,
		Info: recording.Info{Medium: recording.Audio, Codec: codec, FirstUs: 1_795_235_502_000_000},
		Media: timeline.MediaType{Media: "audio", EncodingName: strings.ToUpper(codec), ClockRate: 48000,
			Channels: channels},
		Start: Sec(from), End: Sec(to), Units: 500, Complete: true,
	}
}

// Data is one of messages.
func Data(name, codec string, from, to float64) *timeline.Track {
	return &timeline.Track{Path: "/in/" + name, Info: recording.Info{Medium: recording.Data, Codec: codec},
		Media: timeline.MediaType{Media: "data"}, Start: Sec(from), End: Sec(to), Units: 3, Complete: true}
}

// Sec is a number of seconds.
func Sec(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// Together makes one participant of tracks.
func Together(tracks ...*timeline.Track) (*recording.Participant, *timeline.Timeline) {
	p := &recording.Participant{Name: "alice"}
	tl := &timeline.Timeline{OriginUs: 1_795_235_502_000_000, Tracks: tracks}
	for _, t := range tracks {
		name := janus.ParseName(filepath.Base(t.Path))
		f := &recording.File{Path: t.Path, Info: t.Info, Medium: cmp.Or(t.Info.Medium, name.Medium), Line: name.MIndex}
		t.Line = f.Line
		p.Tracks = append(p.Tracks, f)
		tl.Duration = max(tl.Duration, t.End)
	}
	return p, tl
}
