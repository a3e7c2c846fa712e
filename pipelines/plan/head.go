package plan

import (
	"slices"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// Resolve is Decide, and Decide once more with other settings where the container that was chosen asks for them. load
// reads the participant's files as settings say.
func Resolve(p *recording.Participant, prof Profile, s Settings,
	load func(Settings) (*timeline.Timeline, error)) (*Plan, error) {
	tl, err := load(s)
	if err != nil {
		return nil, err
	}
	plan, err := Decide(p, tl, prof, s)
	if err != nil {
		return nil, undecided(err)
	}
	better, changed := headPolicy(plan, tl, s)
	if !changed {
		return plan, nil
	}
	if tl, err = load(better); err != nil {
		return nil, err
	}
	plan, err = Decide(p, tl, prof, better)
	return plan, undecided(err)
}

// headPolicy returns the settings with which a plan has to be made again, after its files have been loaded again,
// because of the container that was chosen; false if it stands.
//
// WebM cannot say that pictures begin later than the sound in a way that browsers take: their index has the pictures
// only, and a seek to where there is none yet ends in an error. There the first picture stands from the start.
func headPolicy(plan *Plan, tl *timeline.Timeline, s Settings) (Settings, bool) {
	if s.Head != "" && s.Head != options.HeadEmpty || tl.Master == nil {
		return s, false
	}
	late := slices.ContainsFunc(plan.Outputs, func(o Output) bool {
		return o.Container == "webm" && slices.ContainsFunc(o.Media, func(t *timeline.Track) bool {
			return t.Info.Medium == recording.Video && t.Start > 0
		})
	})
	if late {
		s.Head = options.HeadHold
	}
	return s, late
}
