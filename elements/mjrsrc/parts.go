package mjrsrc

import (
	"slices"

	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// onward is a file's track with the parts that go on with it: those that are named, or those that the session has.
func onward(tl *timeline.Timeline, t *timeline.Track, parts []string, session []*recording.File) (*timeline.Track,
	error) {
	if len(parts) > 0 {
		tracks := []*timeline.Track{t}
		for _, path := range parts {
			part, err := choose(tl, path)
			if err != nil {
				return nil, err
			}
			tracks = append(tracks, part)
		}
		return tl.Join(tracks...), nil
	}
	var usable []*timeline.Track
	for _, other := range tl.Tracks {
		of := slices.ContainsFunc(session, func(f *recording.File) bool { return f.Path == other.Path })
		if of && other.Err == nil && other.Units > 0 && !other.Encrypted {
			usable = append(usable, other)
		}
	}
	for _, whole := range tl.Stitch(usable) {
		of := whole.Files()
		if i := slices.IndexFunc(of, func(p *timeline.Track) bool { return p.Path == t.Path }); i >= 0 {
			n := i + 1
			for n < len(of) && of[n].Media.EncodingName == t.Media.EncodingName { // caps do not change
				n++
			}
			return tl.Join(append([]*timeline.Track{t}, of[i+1:n]...)...), nil
		}
	}
	return t, nil
}
