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
	for _, whole := range tl.Stitch(usable(tl, session)) {
		of := whole.Files()
		if i := slices.IndexFunc(of, func(p *timeline.Track) bool { return p.Path == t.Path }); i >= 0 {
			of = of[i:]
			return tl.Join(append([]*timeline.Track{t}, of[1:run(of)]...)...), nil
		}
	}
	return t, nil
}
