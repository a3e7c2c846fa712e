package mp4box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// maxTracks bounds how many tracks of a file are described.
const maxTracks = 1000

// Read describes the MP4 file at path. Its errors wrap ErrNotMP4, ErrNoIndex or ErrDamaged where one of these is the
// reason.
func Read(path string) (*Info, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return nil, err
	}
	info, err := Parse(f, st.Size())
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return info, nil
}

// Parse describes the MP4 file of size bytes in r.
func Parse(r io.ReaderAt, size int64) (*Info, error) {
	f, err := NewFile(r, size)
	if err != nil {
		return nil, err
	}
	return &f.Info, nil
}

// File is an MP4 file whose samples can be read.
type File struct {
	Info

	r      io.ReaderAt
	size   int64
	tracks []box // of the same index as Info.Tracks
	file   *os.File
}

// Open is Read for who wants the samples, too. The file is to be closed.
func Open(path string) (*File, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	st, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	file, err := NewFile(f, st.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	file.file = f
	return file, nil
}

// Close closes what Open has opened.
func (f *File) Close() error {
	if f.file == nil {
		return nil
	}
	return f.file.Close()
}

// NewFile is Open for size bytes in r.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	f := &File{r: r, size: size}
	info := &f.Info
	moov, err := info.top(r, size)
	if err != nil {
		return nil, err
	}
	mvhd, ok, err := child(r, moov, "mvhd")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: the index has no movie header (mvhd)", ErrDamaged)
	}
	h, err := readHeader(r, mvhd)
	if err != nil {
		return nil, err
	}
	scale := h.number
	info.Created, info.Duration = h.created, ticks(h.duration, scale)
	err = walk(r, moov.Body, moov.Stop, func(b box) error {
		switch b.Type {
		case "mvex":
			info.Fragmented = true
		case "trak":
			if len(info.Tracks) == maxTracks {
				return fmt.Errorf("%w: more than %d tracks", ErrDamaged, maxTracks)
			}
			t, err := readTrack(r, b, scale)
			if err != nil {
				return err
			}
			info.Tracks, f.tracks = append(info.Tracks, *t), append(f.tracks, b)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return f, nil
}

// top looks at the boxes of the file itself and returns its index.
func (info *Info) top(r io.ReaderAt, size int64) (moov box, err error) {
	found, media, first := false, false, true
	err = walk(r, 0, size, func(b box) error {
		if first && !topLevel[b.Type] {
			return ErrNotMP4
		}
		first = false
		switch b.Type {
		case "ftyp":
			if p, err := body(r, b, 4); err == nil && len(p) == 4 {
				info.Brand = string(p)
			}
		case "mdat":
			if media = true; found {
				return errStop
			}
		case "moof":
			info.Fragmented = true
		case "moov":
			if found {
				return fmt.Errorf("%w: a second index at byte %d", ErrDamaged, b.Start)
			}
			moov, found = b, true
			info.FastStart = !media
			if media { // nothing of interest comes behind it
				return errStop
			}
		}
		return nil
	})
	switch {
	case found: // what is broken behind the index does not concern it
		return moov, nil
	case errors.Is(err, ErrNotMP4), first:
		return box{}, ErrNotMP4
	case err != nil:
		return box{}, err
	}
	return box{}, ErrNoIndex
}

// topLevel has the boxes that a file may begin with.
var topLevel = map[string]bool{"ftyp": true, "styp": true, "moov": true, "mdat": true, "free": true, "skip": true,
	"wide": true, "uuid": true, "pnot": true}

func readTrack(r io.ReaderAt, trak box, movieScale uint32) (*Track, error) {
	t := &Track{Kind: Other, Matrix: Identity}
	tkhd, ok, err := child(r, trak, "tkhd")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: the track at byte %d has no header (tkhd)", ErrDamaged, trak.Start)
	}
	h, err := readHeader(r, tkhd)
	if err != nil {
		return nil, err
	}
	t.ID, t.Created, t.Off, t.Matrix = h.number, h.created, h.flags&1 == 0, h.matrix
	t.Orientation, t.OrientationKnown = t.Matrix.Orientation()
	width, height := h.width, h.height
	if t.Matrix.turns() {
		width, height = height, width
	}
	mdhd, ok, err := descend(r, trak, "mdia", "mdhd")
	if err != nil {
		return nil, err
	}
	if ok {
		m, err := readHeader(r, mdhd)
		if err != nil {
			return nil, err
		}
		t.Timescale, t.Duration = m.number, ticks(m.duration, m.number)
	}
	if t.Kind, err = kind(r, trak); err != nil {
		return nil, err
	}
	if t.Title, err = title(r, trak); err != nil {
		return nil, err
	}
	if t.Kind == Video {
		t.DisplayWidth, t.DisplayHeight = width, height
	}
	if err := t.edits(r, trak, movieScale); err != nil {
		return nil, err
	}
	return t, t.samples(r, trak)
}

// kind reads the handler of a track.
func kind(r io.ReaderAt, trak box) (Kind, error) {
	b, ok, err := descend(r, trak, "mdia", "hdlr")
	if err != nil || !ok {
		return Other, err
	}
	p, err := body(r, b, 12)
	if err != nil {
		return Other, err
	}
	if len(p) < 12 {
		return Other, tooShort(b)
	}
	switch string(p[8:12]) {
	case "vide":
		return Video, nil
	case "soun":
		return Audio, nil
	case "text", "sbtl", "subt":
		return Text, nil
	}
	return Other, nil
}

// maxTitle bounds the title of a track, in bytes.
const maxTitle = 1 << 10

// title reads the title of a track from where QuickTime has it.
func title(r io.ReaderAt, trak box) (string, error) {
	b, ok, err := descend(r, trak, "udta", "name")
	if err != nil || !ok {
		return "", err
	}
	p, err := body(r, b, maxTitle)
	return strings.ToValidUTF8(string(p), ""), err
}

// edits reads where the track begins in the movie: behind empty edits, which are in units of the movie's clock, and
// which part of its media plays (ISO/IEC 14496-12 clause 8.6.6). Of several parts only the first counts.
func (t *Track) edits(r io.ReaderAt, trak box, movieScale uint32) error {
	b, ok, err := descend(r, trak, "edts", "elst")
	if err != nil || !ok {
		return err
	}
	p, err := body(r, b, 1<<16)
	if err != nil {
		return err
	}
	d, err := mp4.DecodeElstSR(mp4.BoxHeader{Name: b.Type, Size: uint64(len(p)) + 8, Hdrlen: 8}, 0,
		bits.NewFixedSliceReader(p))
	if err != nil {
		return fmt.Errorf("%w: edit list at byte %d: %w", ErrDamaged, b.Start, err)
	}
	var empty uint64
	for _, e := range d.(*mp4.ElstBox).Entries {
		if e.MediaTime >= 0 {
			t.Skip, t.Plays = ticks(uint64(e.MediaTime), t.Timescale), ticks(e.SegmentDuration, movieScale)
			break
		}
		if empty += e.SegmentDuration; empty < e.SegmentDuration {
			return fmt.Errorf("%w: edit list at byte %d: durations overflow", ErrDamaged, b.Start)
		}
	}
	t.Start = ticks(empty, movieScale)
	return nil
}
