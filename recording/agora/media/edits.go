package media

import (
	"time"

	"github.com/Eyevinn/mp4ff/mp4"
)

// longestEdit is more than a recording lasts by which a track begins later than its file.
const longestEdit = 24 * time.Hour

// begins is when the first sample of a track plays, by its edit list (ISO/IEC 14496-12 section 8.6.6): empty edits are
// in front of it, and what an edit leaves out of the media would have played before. Only what is in front is read. ok
// is false if there is no list.
func begins(trak *mp4.TrakBox, movieScale int64) (at time.Duration, ok bool) {
	if trak.Edts == nil || len(trak.Edts.Elst) == 0 || movieScale <= 0 || trak.Mdia.Mdhd.Timescale == 0 {
		return 0, false
	}
	for _, e := range trak.Edts.Elst[0].Entries {
		if e.MediaTime < 0 { // nothing plays
			at += ticksTime(int64(min(e.SegmentDuration, 1<<40)), movieScale)
			continue
		}
		first := int64(0) // when the first sample is shown, by the media's own clock
		if c := trak.Mdia.Minf.Stbl.Ctts; c != nil && len(c.SampleOffset) > 0 {
			first = int64(c.GetCompositionTimeOffset(1))
		}
		at += ticksTime(first-min(e.MediaTime, 1<<40), int64(trak.Mdia.Mdhd.Timescale))
		return at, at > -longestEdit && at < longestEdit
	}
	return 0, false
}

// apart is by how much later the sound of a file begins than its pictures; 0 if nothing says.
func apart(moov *mp4.MoovBox, video, audio *mp4.TrakBox) time.Duration {
	if moov.Mvhd == nil {
		return 0
	}
	scale := int64(moov.Mvhd.Timescale)
	sound, said := begins(audio, scale)
	pictures, also := begins(video, scale)
	if !said && !also {
		return 0
	}
	return sound - pictures
}
