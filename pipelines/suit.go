package pipelines

import (
	"slices"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/timeline"
)

// Suit returns the settings with which a plan has to be made again, after its files have been loaded again, because of the
// container that was chosen; false if it stands.
//
// WebM cannot say that pictures begin later than the sound in a way that browsers take: their index has the pictures only,
// and a seek to where there is none yet ends in an error. There the first picture stands from the start.
func Suit(plan *Plan, tl *timeline.Timeline, s Settings) (Settings, bool) {
	if s.Head != "" && s.Head != HeadEmpty || tl.Master == nil {
		return s, false
	}
	late := slices.ContainsFunc(plan.Outputs, func(o Output) bool {
		return o.Container == "webm" && slices.ContainsFunc(o.Inputs, func(path string) bool {
			t, err := tl.Track(path)
			return err == nil && t.Header.Kind == mjr.Video && t.Start > 0
		})
	})
	if late {
		s.Head = HeadHold
	}
	return s, late
}
