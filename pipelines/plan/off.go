package plan

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/upright-media/upright/options"
	"github.com/upright-media/upright/pipelines/launch"
	"github.com/upright-media/upright/timeline"
)

// shortOff is the shortest time without pictures for which a camera counts as switched off.
const shortOff = 2 * time.Second

// cameraOff is when black pictures are to begin because a camera is off from then on, nil if none are wanted.
//
// Between the files of one camera it was off. Within a file nothing says so: a camera that sends steadily, and then
// nothing, is off, but a shared screen on which nothing moves sends nothing either, and stays to be seen.
func (s Settings) cameraOff(v, a *source) (off []time.Duration) {
	if s.Gap != options.GapBlack || v == nil {
		return nil
	}
	steady := sendsSteadily(v.track)
	parts := v.track.Files()
	for _, h := range v.track.Holes {
		switch {
		case h.Kind == timeline.HoleLoss || h.To-h.From < shortOff:
		case steady || betweenFiles(parts, h):
			off = append(off, h.From)
		}
	}
	if a != nil && steady && a.track.End-v.track.End >= shortOff {
		off = append(off, v.track.End)
	}
	return off
}

// betweenFiles says whether a hole lies where one file ends and another begins.
func betweenFiles(parts []*timeline.Track, h timeline.Hole) bool {
	for i, p := range parts[1:] {
		if h.From >= parts[i].End && h.To <= p.Start {
			return true
		}
	}
	return false
}

// sendsSteadily says whether a track has nearly all pictures of its rate wherever it is not in a hole.
func sendsSteadily(t *timeline.Track) bool {
	sending := length(t)
	for _, h := range t.Holes {
		sending -= h.To - h.From
	}
	return t.FrameDuration > 0 && float64(t.Units) >= 0.8*math.Floor(float64(sending)/float64(t.FrameDuration))
}

// empty tells cvorotate when it is to show an empty canvas: in front of a track, and where the camera was off within
// from and until. A track may be one of several that follow each other.
func (w *target) empty(l launch.Line, t *timeline.Track, from, until time.Duration) launch.Line {
	var times []string
	add := func(at time.Duration) { times = append(times, strconv.FormatInt(int64(at), 10)) }
	if w.black > 0 && from == 0 {
		add(t.Start - w.black)
	}
	for _, at := range w.off {
		if from <= at && at < until {
			add(at)
		}
	}
	if times == nil {
		return l
	}
	return l.Set("empty-from", strings.Join(times, ","))
}
