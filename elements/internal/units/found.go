package units

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/timeline"
)

// mostLines is how many holes, orientations or sizes of a track are logged. A recording has thousands of holes where
// nobody spoke for long.
const mostLines = 100

// Log says in the element's log, at level INFO, what was found in a track: the file, how its clock was fitted, which
// way its pictures are up, where nothing was recorded.
func Log(e gstx.Element, class *gstx.Class, t *timeline.Track) {
	if !class.Logs(gstx.LogInfo) {
		return
	}
	for _, line := range found(t) {
		e.Logf(gstx.LogInfo, "%s", line)
	}
}

// found are the lines of Log.
func found(t *timeline.Track) (lines []string) {
	add := func(format string, args ...any) { lines = append(lines, fmt.Sprintf(format, args...)) }
	units := "packets of sound"
	switch t.Info.Medium {
	case recording.Video:
		units = fmt.Sprintf("pictures, %d of them key pictures", t.KeyFrames)
	case recording.Data:
		units = "messages"
	}
	end := "complete"
	if !t.Complete {
		end = fmt.Sprintf("%d bytes of damage", t.DamagedBytes)
	}
	add("%s: %s, from %v to %v, %d %s; %s", t.Path, t.Info.Codec, t.Start, t.End, t.Units, units, end)
	if c := t.Counts; c.Records > 0 {
		add("%d records: %d used, %d duplicate, %d late, %d padding, %d foreign, %d not RTP, %d malformed, "+
			"%d undecodable; %d packets never came", c.Records, c.Used, c.Duplicate, c.Late, c.Padding, c.Foreign,
			c.NotRTP, c.Malformed, c.Undecodable, c.Lost)
	}
	if t.DriftKnown {
		add("clock: fitted, %+.1f ppm against the server's", t.DriftPPM)
	} else {
		add("clock: not fitted, since the recording is too short or has no times of arrival")
	}
	if t.Given != nil {
		for _, p := range t.Given.Parts {
			add("file: %s, %s, from %v to %v, %d units", filepath.Base(p.Path), p.Codec, p.Start, p.End, p.Units)
		}
	}
	few(&lines, t.Orientations, "orientations", func(o timeline.OrientationSpan) string {
		return fmt.Sprintf("orientation: %s from %v on", o.Orientation.ImageOrientation(), o.At)
	})
	few(&lines, t.Sizes, "sizes", func(s timeline.SizeSpan) string {
		return fmt.Sprintf("size: %dx%d from %v on", s.Width, s.Height, s.At)
	})
	few(&lines, t.Holes, "holes", func(h timeline.Hole) string {
		return fmt.Sprintf("hole: %s, from %v to %v (%v), %d packets missing", h.Kind, h.From, h.To,
			(h.To - h.From).Round(time.Microsecond), h.Packets)
	})
	return lines
}

// few adds a line for each item of a list, up to mostLines.
func few[T any](lines *[]string, list []T, what string, line func(T) string) {
	for i, item := range list {
		if i == mostLines {
			*lines = append(*lines, fmt.Sprintf("%d more %s", len(list)-i, what))
			return
		}
		*lines = append(*lines, line(item))
	}
}
