package pipelines

import (
	"math"
	"path/filepath"

	"github.com/upright-media/upright/cvo"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// InputOf describes one file as the report does.
func InputOf(t *timeline.Track) report.Input {
	c := t.Counts
	r := report.Input{
		File: filepath.Base(t.Path), Codec: t.Info.Codec,
		Packets: c.Records, Used: c.Used, Lost: c.Lost, Duplicate: c.Duplicate, Late: c.Late, Padding: c.Padding, Foreign: c.Foreign,
		NotRTP: c.NotRTP, Malformed: c.Malformed, Undecodable: c.Undecodable, Recovered: c.Recovered,
		DamagedBytes: t.DamagedBytes, StartUs: t.Info.FirstUs, OffsetMs: millis(t.Start), DurationMs: millis(length(t)),
		MirroredFrames: t.FlipFrames, BackCameraFrames: t.BackCameraFrames,
		Encrypted: t.Encrypted || garbled(t), Complete: t.Err == nil && t.Complete,
		Truncated: t.CutOff > 0,
	}
	if w := problem(t); w != nil {
		r.Error = w.Text
	}
	if t.DriftKnown {
		r.DriftPPM = math.Round(t.DriftPPM*10) / 10
	}
	if len(t.Sizes) > 0 {
		r.Width, r.Height = t.Sizes[0].Width, t.Sizes[0].Height
	}
	for _, s := range t.Orientations {
		r.Orientation = append(r.Orientation, report.Orientation{TMs: millis(s.At), Degrees: s.Orientation.Degrees, Flip: s.Orientation.Flip})
	}
	if t.Info.Medium == recording.Video && t.Err == nil {
		r.OrientationSource = orientationSource(t)
	}
	for _, h := range t.Holes {
		r.Holes = append(r.Holes, report.Hole{FromMs: millis(h.From), ToMs: millis(h.To), Kind: string(h.Kind), Packets: h.Packets})
	}
	return r
}

// orientationSource says how the id of the orientation extension is known.
func orientationSource(t *timeline.Track) string {
	uri := t.Info.Extensions[t.OrientationID]
	switch {
	case t.OrientationID == 0:
		return "none"
	case t.OrientationFound:
		return "found"
	case uri == cvo.URI || uri == cvo.URI6:
		return "declared"
	}
	return "given"
}

// unread describes a file that was not worth loading.
func unread(f *recording.File) report.Input {
	r := report.Input{File: filepath.Base(f.Path), Codec: f.Info.Codec}
	switch {
	case f.Err != nil:
		r.Error = f.Err.Error()
	case f.Empty:
		r.Error = neverWritten
	}
	return r
}

// InputsOf describes all files of a participant, in the participant's order. tl may lack files that hold nothing, and
// may be nil if all of them do.
func InputsOf(p *recording.Participant, tl *timeline.Timeline) []report.Input {
	tracks := map[string]*timeline.Track{}
	if tl != nil {
		for _, t := range tl.Tracks {
			tracks[t.Path] = t
		}
	}
	list := []report.Input{} // never null in reports
	for _, f := range p.Tracks {
		if t := tracks[f.Path]; t != nil {
			list = append(list, InputOf(t))
		} else {
			list = append(list, unread(f))
		}
	}
	return list
}
