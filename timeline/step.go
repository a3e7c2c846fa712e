package timeline

import (
	"fmt"
	"math"
	"time"

	"github.com/upright-media/upright/mjr"
)

const (
	// createdTogetherMs is how far apart the recorders of one negotiation are created at most.
	createdTogetherMs = 2000
	// endTogetherMs is how much longer one of two tracks can be, at the most, that are taken to have been one call.
	endTogetherMs = 10_000
	// tellingMs is the shortest track whose length says anything: short ones are alike by chance, and it is much likelier that
	// a microphone was switched off before the camera was switched on.
	tellingMs = 10_000
	// impossibleMs is by how much a first record can be older than its recorder: the clock is also set by small steps.
	impossibleMs = 1000
)

// unstep puts tracks right between whose first records the server's wall clock was set. Each file has one reading of
// that clock ("u", its first record); all else in it is on a monotonic clock. So a step shows only between files: they
// were created together, and yet their times have nothing in common, although they are as long as each other, or although
// one of them began before it was created. Then all that is left is that a call's recordings end together.
func (tl *Timeline) unstep(usable []*Track) {
	ref := tl.Master
	if ref == nil {
		return
	}
	for _, t := range usable {
		if t == ref || t.Header.Kind != mjr.Video || !t.timed() || !ref.timed() {
			continue
		}
		created := float64(t.Header.CreatedUs-ref.Header.CreatedUs) / 1000
		start, end := t.startWall(), t.endWall()
		refStart, refEnd := ref.startWall(), ref.endWall()
		apart := start > refEnd || refStart > end
		if !apart || math.Abs(created) > createdTogetherMs || !alike(end-start, refEnd-refStart) && t.sane() == ref.sane() {
			continue
		}
		t.shift = refEnd - end
		tl.Warnings = append(tl.Warnings, Warning{Code: "CLOCK_STEP", Track: t, Text: fmt.Sprintf(
			"the server's clock was set by about %v while the recording began: audio and video are aligned by their ends, to about a picture",
			time.Duration(-t.shift*float64(time.Millisecond)).Round(100*time.Millisecond))})
	}
}

// alike says whether two lengths in ms are those of two tracks of one call.
func alike(a, b float64) bool {
	return min(a, b) >= tellingMs && math.Abs(a-b) <= min(endTogetherMs, max(a, b)/10)
}

// sane says whether the track's first record came when its recorder was there.
func (t *Track) sane() bool { return float64(t.Header.FirstUs-t.Header.CreatedUs)/1000 > -impossibleMs }

// timed says whether the file has the times that unstep looks at.
func (t *Track) timed() bool {
	return t.Header.CreatedUs > 0 && t.Header.FirstUs > 0 && len(t.segments) > 0
}

func (t *Track) endWall() float64 {
	return t.wall(t.segmentOf(t.last.seq), t.last.ts) + ms64(t.lastLen)
}

func ms64(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
