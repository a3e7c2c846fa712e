package timeline

import (
	"github.com/upright-media/upright/recording"
)

// span is a piece of wall time in ms since the Unix epoch.
type span struct{ from, to float64 }

// minPause is the shortest pause that is cut out, in ms.
const minPause = 500

// pauses are the times at which the RTP clocks of all tracks stood still. Janus takes a pause out of RTP time when it
// resumes a recording, for each stream at a slightly different moment; a microphone that was taken away stops the
// audio's clock alone, and is no pause if there is video.
func pauses(tracks []*Track) []span {
	var all []span
	begun := false
	for _, t := range tracks {
		if t.Info.Medium == recording.Data {
			continue
		}
		own := t.standstills()
		if !begun {
			all, begun = own, true
		} else {
			all = intersect(all, own)
		}
	}
	var long []span
	for _, p := range all {
		if p.to-p.from >= minPause {
			long = append(long, p)
		}
	}
	return long
}

// standstills are the times at which a track's clock stood still. The unit before each is still being shown at its
// beginning.
func (t *Track) standstills() []span {
	var l []span
	for i := 1; i < len(t.segments); i++ {
		if s := &t.segments[i]; s.why == cutLate {
			unit := float64(max(t.FrameDuration, t.lastLen)) / 1e6
			l = append(l, span{t.wall(i-1, t.segments[i-1].lastTS) + unit, t.wall(i, s.firstTS)})
		}
	}
	return l
}

// intersect is what two ordered lists of spans have in common.
func intersect(a, b []span) []span {
	var out []span
	for i, k := 0, 0; i < len(a) && k < len(b); {
		s := span{max(a[i].from, b[k].from), min(a[i].to, b[k].to)}
		if s.from < s.to {
			out = append(out, s)
		}
		if a[i].to < b[k].to {
			i++
		} else {
			k++
		}
	}
	return out
}
