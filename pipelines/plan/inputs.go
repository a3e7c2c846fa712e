package plan

import (
	"cmp"
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
		Packets: c.Records, Used: c.Used, Lost: c.Lost, Duplicate: c.Duplicate, Late: c.Late, Padding: c.Padding,
		Foreign: c.Foreign,
		NotRTP:  c.NotRTP, Malformed: c.Malformed, Undecodable: c.Undecodable, Recovered: c.Recovered,
		DamagedBytes: t.DamagedBytes, StartUs: t.Info.FirstUs, OffsetMs: report.Millis(t.Start),
		DurationMs:     report.Millis(length(t)),
		MirroredFrames: t.FlipFrames, BackCameraFrames: t.BackCameraFrames,
		Encrypted: t.Encrypted || garbled(t), Complete: t.Err == nil && t.Complete,
		Truncated: t.CutOff > 0,
	}
	if w := Problem(t); w != nil {
		r.Error = w.Text
	}
	if t.DriftKnown {
		r.DriftPPM = math.Round(t.DriftPPM*10) / 10
	}
	for _, w := range t.WrongClocks {
		if rate := cmp.Or(w.Sampled, w.Rate); rate > 0 {
			r.ClockHz = math.Round(rate)
			break
		}
	}
	if len(t.Sizes) > 0 {
		r.Width, r.Height = t.Sizes[0].Width, t.Sizes[0].Height
	}
	for _, s := range t.Orientations {
		r.Orientation = append(r.Orientation,
			report.Orientation{TMs: report.Millis(s.At), Degrees: s.Orientation.Degrees, Flip: s.Orientation.Flip})
	}
	if t.Info.Medium == recording.Video && t.Err == nil {
		r.OrientationSource = orientationSource(t)
	}
	for _, h := range t.Holes {
		r.Holes = append(r.Holes, report.Hole{FromMs: report.Millis(h.From), ToMs: report.Millis(h.To),
			Kind: string(h.Kind), Packets: h.Packets})
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
		r.Error = NeverWritten
	}
	return r
}

// InputsOf describes all files of a participant, in the participant's order. tl may lack files that hold nothing, and
// may be nil if all of them do.
func InputsOf(p *recording.Participant, tl *timeline.Timeline) []report.Input {
	tracks := map[string]*timeline.Track{}
	parts := map[string][]report.Input{}
	if tl != nil {
		for _, t := range tl.Tracks {
			if t.Given == nil {
				tracks[t.Path] = t
				continue
			}
			for i := range t.Given.Parts {
				part := &t.Given.Parts[i]
				parts[part.File.Path] = append(parts[part.File.Path], inputOfPart(t, part))
			}
		}
	}
	list := []report.Input{} // never null in reports
	for _, f := range p.Tracks {
		t := tracks[f.Path]
		switch {
		case t != nil:
			list = append(list, InputOf(t))
		case parts[f.Path] != nil:
			list = append(list, parts[f.Path]...)
		default:
			list = append(list, unread(f))
		}
	}
	return list
}

// inputOfPart describes a file of a track that consists of several.
func inputOfPart(t *timeline.Track, p *timeline.Part) report.Input {
	r := InputOf(t)
	r.File, r.Packets, r.Used, r.Undecodable = filepath.Base(p.Path), p.Units+p.Undecodable, p.Units, p.Undecodable
	r.DamagedBytes, r.Truncated, r.Complete = p.Damaged, p.CutOff, p.Damaged == 0 && !p.CutOff
	r.OffsetMs, r.DurationMs = report.Millis(p.Start), report.Millis(p.End-p.Start)
	r.Width, r.Height = p.Width, p.Height
	r.StartUs = p.StartUs
	if p.Codec != "" {
		r.Codec = p.Codec
	}
	var turns []report.Orientation
	for i, o := range t.Orientations {
		end := p.End
		if i+1 < len(t.Orientations) {
			end = t.Orientations[i+1].At
		}
		if o.At < p.End && end > p.Start {
			turns = append(turns, report.Orientation{TMs: report.Millis(max(o.At, p.Start)),
				Degrees: o.Orientation.Degrees, Flip: o.Orientation.Flip})
		}
	}
	r.Orientation = turns
	if r.OrientationSource != "" {
		r.OrientationSource = "declared"
	}
	var holes []report.Hole
	for _, h := range t.Holes {
		if h.From == p.End {
			holes = append(holes, report.Hole{FromMs: report.Millis(h.From), ToMs: report.Millis(h.To),
				Kind: string(h.Kind)})
		}
	}
	r.Holes = holes
	return r
}
