package plan

import (
	"slices"
	"time"

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
	if !headMissing(plan, tl, s) {
		return plan, nil
	}
	better := s
	better.Head = options.HeadBlack
	if brief(plan) {
		better.Head = options.HeadHold
	} else if black, err := Decide(p, tl, prof, better); err != nil || black.Mode != plan.Mode {
		better.Head = options.HeadHold // rather than encode what can be copied
	}
	if tl, err = load(better); err != nil {
		return nil, err
	}
	plan, err = Decide(p, tl, prof, better)
	return plan, undecided(err)
}

// headMissing says whether a plan has to be made again because of the container that was chosen.
//
// WebM cannot say that pictures begin later than the sound in a way that browsers take: their index has the pictures
// only, and a seek to where there is none yet ends in an error. There black stands in front, or the first picture where
// black would mean encoding.
func headMissing(plan *Plan, tl *timeline.Timeline, s Settings) bool {
	if s.Head != "" && s.Head != options.HeadEmpty || tl.Master == nil {
		return false
	}
	return slices.ContainsFunc(plan.Outputs, func(o Output) bool {
		return o.Container == "webm" && slices.ContainsFunc(o.Media, func(t *timeline.Track) bool {
			return t.Info.Medium == recording.Video && t.Start > 0
		})
	})
}

// briefHead is as long as one picture: nobody wants to see a black one for that time, least of all as the poster.
const briefHead = 40 * time.Millisecond

// brief says whether no video begins later than the sound by more than a picture's time.
func brief(plan *Plan) bool {
	return !slices.ContainsFunc(plan.Outputs, func(o Output) bool {
		return slices.ContainsFunc(o.Media, func(t *timeline.Track) bool {
			return t.Info.Medium == recording.Video && t.Start >= briefHead
		})
	})
}
