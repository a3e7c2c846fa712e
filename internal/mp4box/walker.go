package mp4box

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"
)

// Sample is one picture, packet of sound or text of a track: where it lies and when it plays.
type Sample struct {
	At       int64 // byte in the file
	Size     int64
	Decode   int64 // decode time in units of the track's clock (Track.Timescale), 0 for the first
	Show     int64 // when it plays on the same clock, before edit lists
	Duration int64
	Sync     bool // decoding can start here
	Entry    int  // of the sample entries, from 1
}

// Samples walks through the sample tables of a track (ISO/IEC 14496-12 clauses 8.6 and 8.7) in the order of decoding.
// It holds a few kilobytes however long the tables are. What does not fit together in them is an error, as is media
// that would lie outside of the file.
type Samples struct {
	size  int64 // of the file
	where int64 // of the track, for errors

	count, next int64
	fixed       int64 // size of all samples, 0 if each has its own
	times       table // stts: samples, duration
	shifts      table // ctts: samples, offset
	shiftsLeft  int64
	shift       int64
	sizes       table // stsz
	chunks      table // stco, co64
	runs        table // stsc: first chunk, samples per chunk, sample entry
	syncs       table // stss
	allSync     bool

	timesLeft, duration int64
	decode              int64
	chunk               int64 // number of the current one, from 1
	inChunk             int64 // samples left in it
	at                  int64
	run, coming         [3]int64
	more                bool // coming is there
	sync                int64
}

// table is a list of rows of numbers, of which one is read at a time.
type table struct {
	name  string
	r     *bufio.Reader
	left  int64
	width int64 // of one number in bytes
}

// open positions a table behind its box's head, skip bytes of other fields included.
func (t *table) open(r io.ReaderAt, b box, skip, columns, width int64) error {
	if b.size() < skip+4 {
		return tooShort(b)
	}
	var n [4]byte
	if _, err := r.ReadAt(n[:], b.Body+skip); err != nil {
		return fmt.Errorf("cannot read box %q at byte %d: %w", b.Type, b.Start, err)
	}
	t.name, t.left, t.width = b.Type, int64(binary.BigEndian.Uint32(n[:])), width
	if t.left > (b.size()-skip-4)/(columns*width) {
		return fmt.Errorf("%w: box %q at byte %d has no room for %d entries", ErrDamaged, b.Type, b.Start, t.left)
	}
	t.r = bufio.NewReaderSize(io.NewSectionReader(r, b.Body+skip+4, t.left*columns*width), 4096)
	return nil
}

// row reads the next row into v. io.EOF: there is none.
func (t *table) row(v []int64) error {
	if t.left == 0 {
		return io.EOF
	}
	t.left--
	for i := range v {
		b, err := t.r.Peek(int(t.width))
		if err != nil {
			return fmt.Errorf("cannot read box %q: %w", t.name, err)
		}
		if t.width == 8 {
			v[i] = int64(binary.BigEndian.Uint64(b))
		} else {
			v[i] = int64(binary.BigEndian.Uint32(b))
		}
		_, _ = t.r.Discard(int(t.width))
	}
	return nil
}

// Samples begins at the first sample of a track.
func (f *File) Samples(track int) (*Samples, error) {
	trak := f.tracks[track]
	s := &Samples{size: f.size, where: trak.Start, allSync: true}
	stbl, ok, err := descend(f.r, trak, "mdia", "minf", "stbl")
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, fmt.Errorf("%w: the track at byte %d has no sample tables (stbl)", ErrDamaged, trak.Start)
	}
	err = walk(f.r, stbl.Body, stbl.Stop, func(b box) error {
		switch b.Type {
		case "stts":
			return s.times.open(f.r, b, 4, 2, 4)
		case "ctts":
			return s.shifts.open(f.r, b, 4, 2, 4)
		case "stsc":
			return s.runs.open(f.r, b, 4, 3, 4)
		case "stco":
			return s.chunks.open(f.r, b, 4, 1, 4)
		case "co64":
			return s.chunks.open(f.r, b, 4, 1, 8)
		case "stss":
			s.allSync = false
			return s.syncs.open(f.r, b, 4, 1, 4)
		case "stsz":
			return s.openSizes(f.r, b)
		case "stz2":
			return fmt.Errorf("%w: the track at byte %d has compact sample sizes (stz2), which are not read here",
				ErrUnsupported, trak.Start)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, t := range []struct {
		table
		name string
	}{{s.times, "stts"}, {s.runs, "stsc"}, {s.chunks, "stco or co64"}} {
		if t.r == nil && s.count > 0 {
			return nil, s.wrong("has no box %s", t.name)
		}
	}
	return s, errors.Join(s.advanceRun(), s.advanceSync())
}

func (s *Samples) wrong(text string, args ...any) error {
	return fmt.Errorf("%w: the track at byte %d %s", ErrDamaged, s.where, fmt.Sprintf(text, args...))
}

func (s *Samples) openSizes(r io.ReaderAt, b box) error {
	p, err := body(r, b, 12)
	if err != nil {
		return err
	}
	if len(p) < 12 {
		return tooShort(b)
	}
	s.fixed, s.count = int64(binary.BigEndian.Uint32(p[4:])), int64(binary.BigEndian.Uint32(p[8:]))
	if s.fixed > 0 {
		return nil
	}
	return s.sizes.open(r, b, 8, 1, 4)
}

// advanceRun reads the row of stsc that comes next.
func (s *Samples) advanceRun() error {
	err := s.runs.row(s.coming[:])
	if s.more = err == nil; errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

func (s *Samples) advanceSync() error {
	var v [1]int64
	err := s.syncs.row(v[:])
	switch {
	case errors.Is(err, io.EOF):
		s.sync = 0
		return nil
	case err == nil && v[0] <= s.sync:
		return s.wrong("has sync samples (stss) that are not in order")
	}
	s.sync = v[0]
	return err
}

// Next returns the next sample, io.EOF behind the last one. The tables have been read to their ends then.
func (s *Samples) Next() (Sample, error) {
	if s.next == s.count {
		return Sample{}, s.end()
	}
	s.next++
	x := Sample{Size: s.fixed, Sync: s.allSync}
	if s.fixed == 0 {
		var v [1]int64
		if err := s.sizes.row(v[:]); err != nil {
			return x, err
		}
		x.Size = v[0]
	}
	if err := s.place(&x); err != nil {
		return x, err
	}
	if !s.allSync && s.sync == s.next {
		x.Sync = true
		if err := s.advanceSync(); err != nil {
			return x, err
		}
	}
	return x, s.clock(&x)
}

// place says where a sample lies.
func (s *Samples) place(x *Sample) error {
	for s.inChunk == 0 {
		var v [1]int64
		if err := s.chunks.row(v[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return s.wrong("has %d samples but chunks for %d only", s.count, s.next-1)
			}
			return err
		}
		s.chunk++
		s.at = v[0]
		if s.more && s.coming[0] == s.chunk {
			s.run = s.coming
			if err := s.advanceRun(); err != nil {
				return err
			}
			if s.more && s.coming[0] <= s.chunk {
				return s.wrong("has chunks (stsc) that are not in order")
			}
		}
		if s.run[1] == 0 && s.chunks.left == 0 {
			return s.wrong("has %d samples but chunks for %d only", s.count, s.next-1)
		}
		s.inChunk = s.run[1]
	}
	s.inChunk--
	x.At, x.Entry = s.at, int(s.run[2])
	if x.At < 0 || x.At > s.size || x.Size > s.size-x.At {
		return s.wrong("has its sample %d at byte %d with %d bytes: the file ends at %d", s.next, x.At, x.Size, s.size)
	}
	s.at += x.Size
	return nil
}

// clock says when a sample plays.
func (s *Samples) clock(x *Sample) error {
	var v [2]int64
	for s.timesLeft == 0 {
		if err := s.times.row(v[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return s.wrong("has %d samples but times for %d only", s.count, s.next-1)
			}
			return err
		}
		s.timesLeft, s.duration = v[0], v[1]
	}
	s.timesLeft--
	for s.shiftsLeft == 0 && s.shifts.r != nil {
		if err := s.shifts.row(v[:]); err != nil {
			if errors.Is(err, io.EOF) {
				return s.wrong("has %d samples but composition offsets for %d only", s.count, s.next-1)
			}
			return err
		}
		s.shiftsLeft, s.shift = v[0], int64(int32(v[1])) // unsigned in version 0 of the box, where nothing is that large
	}
	s.shiftsLeft--
	x.Decode, x.Duration, x.Show = s.decode, s.duration, s.decode+s.shift
	s.decode += s.duration
	return nil
}

// end says whether the tables are at their ends, too.
func (s *Samples) end() error {
	for _, t := range []*table{&s.chunks, &s.sizes} {
		if t.left > 0 {
			return s.wrong("has %d samples but %d entries more in its box %s", s.count, t.left, t.name)
		}
	}
	switch {
	case s.inChunk > 0:
		return s.wrong("has %d samples but its chunks hold %d more", s.count, s.inChunk)
	case s.timesLeft > 0 || s.times.left > 0:
		return s.wrong("has %d samples but times for more", s.count)
	case s.sync > s.count:
		return s.wrong("has %d samples but number %d is a sync sample", s.count, s.sync)
	}
	return io.EOF
}

// Time is when a moment of the track's own clock comes in the movie: behind the empty edits, less what is left out in
// front.
func (t *Track) Time(ticks int64) time.Duration {
	return t.Start - t.Skip + signed(ticks, t.Timescale)
}

// signed is ticks for numbers that may be negative.
func signed(n int64, scale uint32) time.Duration {
	if n < 0 {
		return -ticks(uint64(-n), scale)
	}
	return ticks(uint64(n), scale)
}
