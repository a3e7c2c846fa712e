package mp4box

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"time"
)

// planner works out what a Patching writes where.
type planner struct {
	r io.ReaderAt
	p Patching

	created int64 // seconds since 1904, 0 to leave the times alone
	scale   uint32
	longest uint64 // of the tracks so far, in units of the movie's clock
	edits   []edit
}

func plan(r io.ReaderAt, size int64, p Patching) ([]edit, error) {
	var info Info
	moov, err := info.top(r, size)
	if err != nil {
		return nil, err
	}
	pl := &planner{r: r, p: p}
	if p.CreationUs != 0 {
		pl.created = time.UnixMicro(p.CreationUs).Unix() - epoch.Unix()
		if pl.created <= 0 {
			return nil, fmt.Errorf("creation time %s lies before %s, which an MP4 file cannot say", stamp(p),
				epoch.Format(time.RFC3339))
		}
	}
	if err := pl.movie(moov); err != nil {
		return nil, err
	}
	return pl.edits, nil
}

func stamp(p Patching) string { return time.UnixMicro(p.CreationUs).UTC().Format(time.RFC3339) }

func (pl *planner) movie(moov box) error {
	mvhd, ok, err := child(pl.r, moov, "mvhd")
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: the index has no movie header (mvhd)", ErrDamaged)
	}
	h, err := pl.header(mvhd)
	if err != nil {
		return err
	}
	pl.scale = uint32(h.scale.get(h.contents))
	err = walk(pl.r, moov.Body, moov.Stop, func(b box) error {
		if b.Type != "trak" {
			return nil
		}
		return pl.track(b)
	})
	if err == nil && pl.p.AudioSkip != 0 {
		pl.set(h, h.duration, pl.longest)
	}
	return err
}

func (pl *planner) track(trak box) error {
	if err := pl.mendAV1(trak); err != nil {
		return err
	}
	tkhd, ok, err := child(pl.r, trak, "tkhd")
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: the track at byte %d has no header (tkhd)", ErrDamaged, trak.Start)
	}
	h, err := pl.header(tkhd)
	if err != nil {
		return err
	}
	var media *fullHeader
	mdhd, ok, err := descend(pl.r, trak, "mdia", "mdhd")
	if err != nil {
		return err
	}
	if ok {
		if media, err = pl.header(mdhd); err != nil {
			return err
		}
	}
	k, err := kind(pl.r, trak)
	if err != nil {
		return err
	}
	duration := h.duration.get(h.contents)
	switch {
	case k == Video && pl.p.Orientation != nil:
		err = pl.turn(trak, h)
	case k == Audio && pl.p.AudioSkip != 0:
		duration, err = pl.skip(trak, h, media)
	}
	pl.longest = max(pl.longest, duration)
	return err
}

// header reads mvhd, tkhd or mdhd and plans its creation time.
func (pl *planner) header(b box) (*fullHeader, error) {
	h, err := readHeader(pl.r, b)
	if err != nil {
		return nil, err
	}
	if pl.created != 0 {
		if h.created.len == 4 && pl.created > math.MaxUint32 { // from February 2040 on
			return nil, fmt.Errorf("creation time %s does not fit into box %q at byte %d, which has 32-bit times", stamp(pl.p),
				b.Type, b.Start)
		}
		pl.set(h, h.created, uint64(pl.created))
	}
	return h, nil
}

// set plans a number. What does not fit into 32 bits becomes the largest number that does.
func (pl *planner) set(h *fullHeader, f field, v uint64) {
	b := binary.BigEndian.AppendUint64(nil, v)
	if f.len == 4 {
		b = binary.BigEndian.AppendUint32(nil, uint32(min(v, math.MaxUint32)))
	}
	pl.edits = append(pl.edits, edit{h.Body + int64(f.at), b})
}

// turn plans the display matrix. It works on the size that the track header gives, which is the coded one times the
// shape of the pixels.
func (pl *planner) turn(trak box, h *fullHeader) error {
	width := int32(binary.BigEndian.Uint32(h.contents[h.size:]))
	height := int32(binary.BigEndian.Uint32(h.contents[h.size+4:]))
	if width <= 0 || height <= 0 {
		t := Track{Kind: Video}
		if err := t.samples(pl.r, trak); err != nil {
			return err
		}
		width, height = int32(t.Width)<<16, int32(t.Height)<<16
	}
	m := displayMatrix(*pl.p.Orientation, width, height)
	pl.edits = append(pl.edits, edit{h.Body + int64(h.matrix), m.bytes()})
	return nil
}

// skip plans the edit list of an audio track: behind what is empty, the media without its beginning. It returns how
// long the track is then, in units of the movie's clock (ISO/IEC 14496-12 clause 8.6.6).
func (pl *planner) skip(trak box, h, media *fullHeader) (uint64, error) {
	elst, ok, err := descend(pl.r, trak, "edts", "elst")
	if err != nil {
		return 0, err
	}
	if !ok || media == nil {
		return 0, fmt.Errorf("the track at byte %d has no edit list to leave %s of sound out with", trak.Start,
			pl.p.AudioSkip)
	}
	p, err := body(pl.r, elst, 1<<16)
	if err != nil {
		return 0, err
	}
	if len(p) < 8 {
		return 0, tooShort(elst)
	}
	wide := 4
	if p[0] == 1 {
		wide = 8
	}
	scale := uint32(media.scale.get(media.contents))
	skip := uint64(math.Round(pl.p.AudioSkip.Seconds() * float64(scale)))
	all := media.duration.get(media.contents)
	if pl.p.AudioSkip < 0 || skip >= all {
		return 0, fmt.Errorf("the track at byte %d has no %s of sound that could be left out", trak.Start, pl.p.AudioSkip)
	}
	var empty uint64
	for at := 8; at+2*wide+4 <= len(p); at += 2*wide + 4 {
		length, start := field{at, wide}, field{at + wide, wide}
		if p[start.at]&0x80 != 0 { // negative: an empty edit
			empty += length.get(p)
			continue
		}
		if at+2*(2*wide+4) <= len(p) {
			return 0, fmt.Errorf("the track at byte %d plays its media in several pieces: cannot leave %s of it out", trak.Start,
				pl.p.AudioSkip)
		}
		play := uint64(math.Round(ticks(all-skip, scale).Seconds() * float64(pl.scale)))
		list := &fullHeader{box: elst, contents: p}
		pl.set(list, start, skip)
		pl.set(list, length, play)
		pl.set(h, h.duration, empty+play)
		return empty + play, nil
	}
	return 0, fmt.Errorf("%w: the edit list at byte %d is empty", ErrDamaged, elst.Start)
}
