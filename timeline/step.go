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
	// endTogetherMs is how much longer one of two tracks can be that are taken to have ended together.
	endTogetherMs = 10_000
)

// unstep puts tracks right between whose first records the server's wall clock was set. Each file has one reading of
// that clock ("u", its first record); all else in it is on a monotonic clock. So a step shows only between files: they
// were created together, and yet their times have nothing in common. Then all that is left is that a call's recordings
// end together.
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
		lengths := math.Abs((end - start) - (refEnd - refStart))
		if !apart || math.Abs(created) > createdTogetherMs || lengths > endTogetherMs {
			continue
		}
		t.shift = refEnd - end
		tl.Warnings = append(tl.Warnings, Warning{Code: "CLOCK_STEP", Track: t, Text: fmt.Sprintf(
			"the server's clock was set by about %v while the recording began: audio and video are aligned by their ends, to about a picture",
			time.Duration(-t.shift*float64(time.Millisecond)).Round(100*time.Millisecond))})
	}
}

// timed says whether the file has the times that unstep looks at.
func (t *Track) timed() bool {
	return t.Header.CreatedUs > 0 && t.Header.FirstUs > 0 && len(t.segments) > 0
}

func (t *Track) endWall() float64 {
	return t.wall(t.segmentOf(t.last.seq), t.last.ts) + ms64(t.lastLen)
}

func ms64(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
