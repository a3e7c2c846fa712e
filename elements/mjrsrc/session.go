package mjrsrc

import (
	"context"
	"slices"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// Session is what a participant has to play: for elements that play all of it, with one mjrsrc for each stream.
type Session struct {
	Streams  []Stream
	Duration time.Duration

	timeline *timeline.Shared
}

// Stream is what one mjrsrc plays that has nothing set but its location.
type Stream struct {
	Path   string
	Medium recording.Medium
}

// OpenSession finds what the participant has to play whom a file is of, the file itself first. The files are read to
// their ends; the sources that play them share that reading until the session is closed. Files that cannot be played
// are left out, but for the first, of which an error says why.
func OpenSession(path string) (*Session, error) {
	s := new(source)
	s.Defaults(&class)
	s.SetProperty("location", path)
	set := s.Get()
	list, session, err := filesOf(&set)
	if err != nil {
		return nil, err
	}
	tl, err := timeline.Share(context.Background(), list, set.timeline())
	if err != nil {
		return nil, failure(path, "", err)
	}
	self, err := choose(tl.Timeline, path)
	if err != nil {
		tl.Release()
		return nil, err
	}
	out := &Session{timeline: tl}
	for _, whole := range tl.Stitch(usable(tl.Timeline, session)) {
		for of := whole.Files(); len(of) > 0; of = of[run(of):] {
			t := of[0]
			if t.Info.Medium == recording.Data && t.Info.Codec == "binary" {
				continue // nobody could show it
			}
			first := slices.Contains(of[:run(of)], self)
			stream := Stream{Path: t.Path, Medium: t.Info.Medium}
			if first {
				out.Streams = slices.Insert(out.Streams, 0, stream)
			} else {
				out.Streams = append(out.Streams, stream)
			}
			for _, part := range of[:run(of)] {
				out.Duration = max(out.Duration, part.End)
			}
		}
	}
	if len(out.Streams) == 0 {
		out.Close()
		return nil, &gstx.Error{Domain: gstx.StreamDomain, Code: gstx.StreamFailed,
			Text: "There is neither sound nor a picture nor text in " + path + ": read its messages with mjrsrc."}
	}
	return out, nil
}

// Close gives up what the session shares.
func (s *Session) Close() { s.timeline.Release() }

// usable are the tracks of a session that can be played.
func usable(tl *timeline.Timeline, session []*recording.File) (list []*timeline.Track) {
	for _, t := range tl.Tracks {
		of := slices.ContainsFunc(session, func(f *recording.File) bool { return f.Path == t.Path })
		if of && t.Err == nil && t.Units > 0 && !t.Encrypted {
			list = append(list, t)
		}
	}
	return list
}

// run is how many files from the first on have one codec: caps do not change.
func run(of []*timeline.Track) int {
	n := 1
	for n < len(of) && of[n].Media.EncodingName == of[0].Media.EncodingName {
		n++
	}
	return n
}
