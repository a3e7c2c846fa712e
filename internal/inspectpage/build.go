package inspectpage

import (
	"path/filepath"
	"time"

	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// NewParticipant describes a participant, in the order of its files. tl may lack files that hold nothing, and may be
// nil if all of them do. The result keeps nothing of tl but values.
func NewParticipant(p *recording.Participant, tl *timeline.Timeline, warnings []Warning) Participant {
	out := Participant{Name: p.Name, Warnings: warnings}
	if p.StartUs != 0 {
		out.Created = time.UnixMicro(p.StartUs).UTC()
	}
	tracks := map[string]*timeline.Track{}
	if tl != nil {
		out.Duration = tl.Duration
		if tl.OriginUs != 0 {
			out.Start = time.UnixMicro(tl.OriginUs).UTC()
		}
		for _, t := range tl.Tracks {
			tracks[t.Path] = t
		}
	}
	for _, f := range p.Tracks {
		out.Tracks = append(out.Tracks, newTrack(f, tl, tracks[f.Path]))
	}
	return out
}

// newTrack describes a file; t is nil if it was not worth reading.
func newTrack(f *recording.File, tl *timeline.Timeline, t *timeline.Track) Track {
	out := Track{File: filepath.Base(f.Path), Bytes: f.Size, Kind: kindName(f.Medium),
		Codec: f.Info.Codec, Description: f.Info.Description}
	switch {
	case t == nil && f.Err != nil:
		out.State, out.Problem = "unusable", f.Err.Error()
	case t == nil:
		out.State, out.Problem = "no media", "no media was ever written to it"
	case t.Err != nil:
		out.State, out.Problem = "unusable", t.Err.Error()
	default:
		fill(&out, tl, t)
	}
	return out
}

func fill(out *Track, tl *timeline.Timeline, t *timeline.Track) {
	out.State = stateOf(t)
	out.Kind, out.Codec, out.Description = kindName(t.Info.Medium), t.Info.Codec, t.Info.Description
	out.Units, out.Start, out.End = t.Units, t.Start, t.End
	out.FrameDuration = t.FrameDuration
	out.Master = tl.Master == t
	out.Counts, out.DamagedBytes = t.Counts, t.DamagedBytes
	out.DriftPPM, out.DriftKnown = t.DriftPPM, t.DriftKnown
	out.Orientations, out.Sizes, out.Holes = t.Orientations, t.Sizes, t.Holes
	out.Activity, out.Delays = tl.Activity(t), tl.Delays(t)
}

func stateOf(t *timeline.Track) string {
	switch {
	case t.Encrypted:
		return "encrypted"
	case t.DamagedBytes > 0:
		return "damaged"
	case !t.Complete:
		return "cut off"
	}
	return "complete"
}

func kindName(k recording.Medium) string {
	switch k {
	case recording.Video:
		return Video
	case recording.Audio:
		return Audio
	case recording.Data:
		return Data
	}
	return ""
}
