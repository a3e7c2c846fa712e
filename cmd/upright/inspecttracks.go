package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/pipelines/plan"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// togglesOf says which files of a participant are one camera or microphone that was switched off and on again: lists of
// their indexes among the participant's tracks, in order of time.
func togglesOf(p *recording.Participant, tl *timeline.Timeline) (toggles [][]int) {
	at := make(map[string]int, len(p.Tracks))
	for i, f := range p.Tracks {
		at[f.Path] = i
	}
	usable := slices.DeleteFunc(slices.Clone(tl.Tracks), func(t *timeline.Track) bool { return plan.Problem(t) != nil })
	for _, t := range tl.Stitch(usable) {
		if len(t.Parts) < 2 {
			continue
		}
		var of []int
		for _, part := range t.Parts {
			of = append(of, at[part.Path])
		}
		toggles = append(toggles, of)
	}
	return toggles
}

// track is a row of the table: a file, or the files of what was switched off and on again.
type track struct {
	report.Input
	parts []report.Input // in order of time, nil for one file
}

// tracks are the rows of a participant, in the order of the first files of each.
func (f *participantFacts) tracks() (list []track) {
	first, later := map[int][]int{}, map[int]bool{}
	for _, of := range f.toggles {
		lead := slices.Min(of)
		first[lead] = of
		for _, i := range of {
			later[i] = i != lead
		}
	}
	for i, in := range f.Inputs {
		switch of := first[i]; {
		case later[i]:
		case of == nil:
			list = append(list, track{Input: in})
		default:
			var parts []report.Input
			for _, k := range of {
				parts = append(parts, f.Inputs[k])
			}
			list = append(list, track{Input: together(parts), parts: parts})
		}
	}
	return list
}

// together is what the parts of a track are as one: numbers are sums, drift is that of the longest, and the state is
// the worst.
func together(parts []report.Input) report.Input {
	all := parts[0]
	all.Orientation, all.Holes = slices.Clone(all.Orientation), slices.Clone(all.Holes)
	longest := &parts[0]
	for i := range parts[1:] {
		p := &parts[i+1]
		if p.Codec != parts[0].Codec {
			all.Codec = mixedCodecs
		}
		if p.DurationMs > longest.DurationMs {
			longest = p
		}
		all.Packets, all.Used, all.Lost = all.Packets+p.Packets, all.Used+p.Used, all.Lost+p.Lost
		all.Duplicate, all.Late, all.Padding = all.Duplicate+p.Duplicate, all.Late+p.Late, all.Padding+p.Padding
		all.Foreign, all.NotRTP, all.Malformed = all.Foreign+p.Foreign, all.NotRTP+p.NotRTP, all.Malformed+p.Malformed
		all.Undecodable, all.Recovered = all.Undecodable+p.Undecodable, all.Recovered+p.Recovered
		all.DamagedBytes += p.DamagedBytes
		all.DurationMs = max(all.DurationMs, p.OffsetMs+p.DurationMs-all.OffsetMs)
		all.Complete, all.Truncated = all.Complete && p.Complete, all.Truncated || p.Truncated
		all.Holes = append(all.Holes, p.Holes...)
		for _, o := range p.Orientation {
			n := len(all.Orientation)
			if n == 0 || o.Degrees != all.Orientation[n-1].Degrees || o.Flip != all.Orientation[n-1].Flip {
				all.Orientation = append(all.Orientation, o)
			}
		}
		if all.ClockHz == 0 {
			all.ClockHz = p.ClockHz
		}
	}
	all.DriftPPM = longest.DriftPPM
	return all
}

// mixedCodecs is the codec of a track whose parts have several.
const mixedCodecs = "mixed"

// segments says when a track was on, and with what codec if there are several.
func segments(parts []report.Input) string {
	mixed := together(parts).Codec == mixedCodecs
	var list []string
	for i, p := range parts {
		if len(parts) > mostInOneRow && i == mostInOneRow-1 {
			list = append(list, fmt.Sprintf("… and %d times more", len(parts)-i))
			break
		}
		span := human.ClockMs(p.OffsetMs) + "–" + human.ClockMs(p.OffsetMs+p.DurationMs)
		if mixed {
			span += " (" + p.Codec + ")"
		}
		list = append(list, span)
	}
	return "on at " + strings.Join(list, "; ")
}
