package timeline

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

const (
	// createdTogetherMs is how far apart the recorders of one negotiation are created at most.
	createdTogetherMs = 2000
	// endTogetherMs is how much longer one of two tracks can be, at the most, that are taken to have been one call.
	endTogetherMs = 10_000
	// tellingMs is the shortest track whose length says anything: short ones are alike by chance, and it is much likelier
	// that a microphone was switched off before the camera was switched on.
	tellingMs = 10_000
	// impossibleMs is by how much a first record can be older than its recorder: the clock is also set by small steps.
	impossibleMs = 1000
	// longestMs is how long a recorder waits for its first record at the most, because somebody leaves the camera off.
	longestMs = 24 * 3600 * 1000
)

// unstep puts tracks right between whose first records the server's wall clock was set. Each file has one reading of
// that clock ("u", its first record); all else in it is on a monotonic clock. So a step shows only between files: they
// were created together, and yet their times have nothing in common, although they are as long as each other, or
// although one of them began before it was created. Then all that is left is that a call's recordings end together.
func (tl *Timeline) unstep(usable []*Track) {
	named := tl.believeNames(usable)
	ref := tl.reference(usable)
	if ref == nil {
		return
	}
	for _, t := range usable {
		if t == ref || slices.Contains(named, t) || !t.timed() || t.sane() &&
			(ref != tl.Master || t.Info.Medium != recording.Video) {
			continue
		}
		created := float64(t.Info.CreatedUs-ref.Info.CreatedUs) / 1000
		together := math.Abs(created) <= createdTogetherMs
		if t.lost() {
			tl.guess(t, ref, together)
			continue
		}
		start, end := t.startWall(), t.endWall()
		refStart, refEnd := ref.startWall(), ref.endWall()
		apart := start > refEnd || refStart > end
		if !apart || !together || !alike(end-start, refEnd-refStart) && t.sane() == ref.sane() {
			continue
		}
		t.shift = refEnd - end
		tl.Warnings = append(tl.Warnings, Warning{Code: CodeClockStep, Track: t, Text: fmt.Sprintf(
			"the server's clock was set by about %v while the recording began: audio and video are aligned by their ends, "+
				"to about a picture",
			time.Duration(-t.shift*float64(time.Millisecond)).Round(100*time.Millisecond))})
	}
}

// guess places a track of which nothing says when its first record came. Those of a call's recorders come about as long
// after the recorders were created; tracks as long as each other rather ended together.
func (tl *Timeline) guess(t, ref *Track, together bool) {
	t.firstUs = t.Info.CreatedUs + ref.Info.FirstUs - ref.Info.CreatedUs
	how := "the moments when the recorders were created"
	if end, refEnd := t.endWall(), ref.endWall(); together && alike(end-t.startWall(), refEnd-ref.startWall()) {
		t.shift = refEnd - end
		how = "their ends"
	}
	tl.Warnings = append(tl.Warnings, Warning{Code: CodeClockStep, Track: t, Text: fmt.Sprintf(
		"the time of the first record, as the file's header has it (%d), cannot be: audio and video are aligned by %s",
		t.Info.FirstUs, how)})
}

// reference is the track that others are put right by: the audio, or if the time of its first record cannot be, one
// whose time can. Where no file has such a time, that counts at which its recorder was created.
func (tl *Timeline) reference(usable []*Track) *Track {
	if tl.Master != nil && tl.Master.timed() && tl.Master.sane() {
		return tl.Master
	}
	media := slices.DeleteFunc(slices.Clone(usable), func(t *Track) bool { return !t.timed() })
	if slices.ContainsFunc(media, (*Track).lost) || tl.Master != nil {
		if i := slices.IndexFunc(media, (*Track).sane); i >= 0 {
			return media[i]
		}
	}
	for _, t := range media {
		if t.lost() {
			t.firstUs = t.Info.CreatedUs
		}
	}
	return nil
}

// alike says whether two lengths in ms are those of two tracks of one call.
func alike(a, b float64) bool {
	return min(a, b) >= tellingMs && math.Abs(a-b) <= min(endTogetherMs, max(a, b)/10)
}

// sane says whether the track's first record came when its recorder was there.
func (t *Track) sane() bool {
	return !t.lost() && float64(t.Info.FirstUs-t.Info.CreatedUs)/1000 > -impossibleMs
}

// lost says whether the time of the track's first record is none, and not even one by a clock that was wrong.
func (t *Track) lost() bool {
	return t.Info.FirstUs <= 0 || math.Abs(float64(t.Info.FirstUs)-float64(t.Info.CreatedUs))/1000 > longestMs
}

// timed says whether the file has the times that unstep looks at.
func (t *Track) timed() bool {
	return t.Info.Medium != recording.Data && t.Info.CreatedUs > 0 && t.Info.Timed && len(t.segments) > 0
}

func (t *Track) endWall() float64 {
	return t.wall(t.segmentOf(t.last.seq), t.last.ts) + ms64(t.lastLen)
}

func ms64(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
