package timeline

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// Load reads all files to the end once and puts them on one clock. A file of which nothing can be used is a Track with
// Err set and does not keep the others from loading; the error returned is ctx's, or that of calling with no files.
func Load(ctx context.Context, files []*recording.File, o Options) (*Timeline, error) {
	if len(files) == 0 {
		return nil, errors.New("no files to load")
	}
	if l := loader(files); l != nil {
		return l.LoadTimeline(ctx, files, o)
	}
	tl := &Timeline{options: o}
	for _, file := range files {
		t := scanFile(ctx, file, o)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		tl.Tracks = append(tl.Tracks, t)
	}
	tl.align()
	return tl, nil
}

// latestUs is the last wall clock that is believed, at the end of the year 2099.
const latestUs = 4_102_444_800_000_000

// align gives all tracks one presentation clock.
//
// Wall time is the server's clock in ms since the Unix epoch; in each segment of a track it is a linear function of RTP
// time. Presentation time is a linear function of wall time: its rate is that of the audio's clock, so that within the
// audio it advances exactly as RTP time does.
func (tl *Timeline) align() {
	usable := slices.DeleteFunc(slices.Clone(tl.Tracks), func(t *Track) bool { return !t.usable() })
	for _, t := range usable {
		if t.Info.Medium == recording.Audio && (tl.Master == nil || t.Units > tl.Master.Units) {
			tl.Master = t
		}
	}
	for _, t := range usable {
		t.firstUs = t.Info.FirstUs
	}
	tl.stretch = 1
	if tl.Master != nil && tl.options.Clock == AudioClock {
		tl.stretch = 1 + tl.Master.slope
	}
	tl.unstep(usable)
	tl.origin = math.Inf(1)
	for _, t := range usable {
		tl.origin = math.Min(tl.origin, t.startWall())
	}
	if len(usable) == 0 {
		tl.origin = 0
		return
	}
	if tl.options.Head == TrimHead {
		tl.trimHead(usable)
	}
	if tl.OriginUs = int64(math.Round(tl.origin * 1000)); tl.OriginUs < 0 || tl.OriginUs > latestUs {
		tl.OriginUs = 0
	}
	if tl.options.Pauses == CutPauses {
		tl.cuts = pauses(usable)
	}
	for _, t := range usable {
		tl.place(t)
		tl.Duration = max(tl.Duration, t.End)
	}
	for _, t := range usable {
		if !t.Info.Timed && len(usable) > 1 {
			tl.Warnings = append(tl.Warnings, Warning{Code: CodeNoTimes, Track: t,
				Text: "this generation of recordings stores no times: " +
					"how its tracks lie to each other cannot be known, both start at the same moment"})
		}
	}
}

// trimHead lets presentation begin with the first picture, if there is one.
func (tl *Timeline) trimHead(usable []*Track) {
	first := math.Inf(1)
	for _, t := range usable {
		if t.Info.Medium == recording.Video {
			first = math.Min(first, t.startWall())
		}
	}
	if !math.IsInf(first, 1) {
		tl.origin = first
	}
}

// holdHead lets a track's first picture stand from the start of everything.
func (tl *Timeline) holdHead(t *Track) {
	if t.Info.Medium != recording.Video || tl.options.Head != HoldHead || tl.Master == nil {
		return
	}
	t.Start = 0
	t.Orientations[0].At = 0
	if len(t.Sizes) > 0 {
		t.Sizes[0].At = 0
	}
}

// usable says whether there is anything to show.
func (t *Track) usable() bool { return t.Err == nil && t.Units > 0 }

// wall is the wall time in ms since the Unix epoch at RTP time ts in segment i.
func (t *Track) wall(i int, ts int64) float64 {
	s := &t.segments[i]
	return float64(t.firstUs)/1000 + t.shift + s.offset + (1+t.slope)*float64(ts)*1000/float64(t.rate)
}

// segmentOf is the index of the segment that the unit with this sequence number lies in.
func (t *Track) segmentOf(seq int64) int {
	i, found := slices.BinarySearchFunc(t.segments, seq, func(s segment, seq int64) int {
		switch {
		case s.firstSeq < seq:
			return -1
		case s.firstSeq > seq:
			return 1
		}
		return 0
	})
	if !found {
		i--
	}
	return max(0, i)
}

func (t *Track) startWall() float64 {
	if t.Info.Medium == recording.Data {
		return float64(t.messages.first) / 1000
	}
	return t.wall(t.segmentOf(t.first.seq), t.first.ts)
}

// at is the presentation time at a place of a track.
//
// Within a segment it is counted in whole ticks from the segment's start, so that rounding never adds up.
func (tl *Timeline) at(t *Track, m mark) time.Duration {
	return tl.inSegment(t, t.segmentOf(m.seq), m.ts)
}

func (tl *Timeline) inSegment(t *Track, i int, ts int64) time.Duration {
	s := &t.segments[i]
	start := tl.present(t.wall(i, s.firstTS))
	ticks := ts - s.firstTS
	rate := (1 + t.slope) / tl.stretch
	if t == tl.Master && tl.options.Clock == AudioClock || rate == 1 {
		return start + time.Duration(ticks/int64(t.rate))*time.Second +
			time.Duration(ticks%int64(t.rate))*time.Second/time.Duration(t.rate)
	}
	return start + time.Duration(math.Round(float64(ticks)*1e9/float64(t.rate)*rate))
}

// lasts is how long a track's sound plays by the presentation clock, which may run a little faster or slower than its
// own.
func (tl *Timeline) lasts(t *Track, length time.Duration) time.Duration {
	rate := (1 + t.slope) / tl.stretch
	if t == tl.Master && tl.options.Clock == AudioClock || rate == 1 {
		return length
	}
	return time.Duration(math.Round(float64(length) * rate))
}

// present turns wall time in ms into presentation time.
func (tl *Timeline) present(wall float64) time.Duration {
	for i := len(tl.cuts) - 1; i >= 0; i-- {
		if c := tl.cuts[i]; wall > c.from {
			wall -= min(wall, c.to) - c.from
		}
	}
	return time.Duration(math.Round((wall - tl.origin) / tl.stretch * 1e6))
}

// place fills in what a track says in presentation time.
func (tl *Timeline) place(t *Track) {
	if t.Info.Medium == recording.Data {
		t.Start = max(0, tl.present(float64(t.messages.first)/1000))
		t.End = max(0, tl.present(float64(t.messages.last)/1000))
		return
	}
	t.Start = tl.at(t, t.first)
	t.End = tl.at(t, t.last) + t.lastLen
	if t.Info.Medium == recording.Video {
		t.LastPicture = max(0, tl.at(t, t.shown))
	}
	for _, o := range t.orients {
		t.Orientations = append(t.Orientations, OrientationSpan{tl.at(t, o.mark), o.orientation})
	}
	for _, z := range t.sizes {
		t.Sizes = append(t.Sizes, SizeSpan{tl.at(t, z.mark), z.width, z.height})
	}
	for _, h := range t.holes {
		tl.placeHole(t, h)
	}
	tl.placeClocks(t)
	t.Start = max(0, t.Start) // what lies before has been trimmed
	t.begin = t.Start
	tl.holdHead(t)
}

// shortHole is the shortest time without media that is reported, unless packets were lost.
func shortHole(t *Track) time.Duration {
	if t.Info.Medium == recording.Audio {
		return 500 * time.Millisecond
	}
	return max(2*time.Second, 5*t.FrameDuration)
}

// placeHole says when a hole was and what it was.
func (tl *Timeline) placeHole(t *Track, h holeMark) {
	from := tl.at(t, h.from) + h.fromLen
	if h.fromLen == 0 {
		from += t.FrameDuration
	}
	to := tl.at(t, h.to)
	out := Hole{From: from, To: to, Packets: h.packets, Kind: HoleSilent}
	a, b := t.segmentOf(h.from.seq), t.segmentOf(h.to.seq)
	switch {
	case a != b && t.segments[b].why == cutLate:
		out.Kind = HoleFrozen
	case a != b || h.restart:
		out.Kind = HoleJump
	case h.packets > 0 && to-from < shortHole(t):
		out.Kind = HoleLoss
	case to-from < shortHole(t):
		return
	case 2*time.Duration(h.packets)*t.FrameDuration > to-from:
		out.Kind = HoleLoss // and not one packet that was lost beside a minute of silence
	}
	if n := len(t.Holes); n > 0 && out.Kind == HoleSilent && t.Holes[n-1].Kind == HoleSilent &&
		from-t.Holes[n-1].To <= 100*time.Millisecond {
		t.Holes[n-1].To = to // comfort noise or DTX: one hole with a packet now and then
		return
	}
	t.Holes = append(t.Holes, out)
}

// Track returns the track of a file, or an error that names it.
func (tl *Timeline) Track(path string) (*Track, error) {
	for _, t := range tl.Tracks {
		if filepath.Clean(t.Path) == filepath.Clean(path) {
			return t, t.Err
		}
	}
	return nil, fmt.Errorf("%s is not part of this timeline", path)
}
