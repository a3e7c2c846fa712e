package mp4box

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
)

// head is what comes in front of the media when the index has moved there: ftyp, moov with what followed it, and free.
type head struct {
	*layout

	shift  int64        // by how much the media moves
	tables []chunkTable // in the order of the file
}

// chunkTable is where chunk offsets lie in a file (stco and co64, ISO/IEC 14496-12 clause 8.7.5).
type chunkTable struct {
	at, entries, width int64
}

func newHead(r io.ReaderAt, l *layout, shift int64) (*head, error) {
	h := &head{layout: l, shift: shift}
	return h, walk(r, l.index.Body, l.index.Stop, func(trak box) error {
		if trak.Type != "trak" {
			return nil
		}
		samples, ok, err := descend(r, trak, "mdia", "minf", "stbl")
		if err != nil || !ok {
			return err
		}
		return walk(r, samples.Body, samples.Stop, func(b box) error {
			switch b.Type {
			case "stco":
				return h.table(r, b, 4)
			case "co64":
				return h.table(r, b, 8)
			}
			return nil
		})
	})
}

func (h *head) table(r io.ReaderAt, b box, width int64) error {
	fields, err := body(r, b, 8) // version, flags, number of entries
	if err != nil {
		return err
	}
	if len(fields) < 8 {
		return tooShort(b)
	}
	entries := int64(binary.BigEndian.Uint32(fields[4:]))
	if entries > (b.size()-8)/width {
		return tooShort(b)
	}
	h.tables = append(h.tables, chunkTable{b.Body + 8, entries, width})
	return nil
}

// write writes the head. r is the file as it was, but for having been moved by so many bytes.
func (h *head) write(w io.Writer, r io.ReaderAt, moved int64) error {
	from := func(at, stop int64) error {
		_, err := io.CopyBuffer(struct{ io.Writer }{w}, io.NewSectionReader(r, at+moved, stop-at),
			make([]byte, min(piece, max(stop-at, 1))))
		return err
	}
	if err := from(0, h.kind.Stop); err != nil {
		return err
	}
	at := h.index.Start
	for _, t := range h.tables {
		if err := errors.Join(from(at, t.at), t.write(w, r, moved, h.shift)); err != nil {
			return err
		}
		at = t.at + t.entries*t.width
	}
	if err := from(at, h.end); err != nil {
		return err
	}
	free := make([]byte, h.shift-h.indexSize())
	binary.BigEndian.PutUint32(free, uint32(len(free)))
	copy(free[4:], "free")
	_, err := w.Write(free)
	return err
}

// write writes the offsets, each with shift added to it.
func (t chunkTable) write(w io.Writer, r io.ReaderAt, moved, shift int64) error {
	buf := make([]byte, min(piece, t.entries*t.width))
	for at, left := t.at, t.entries*t.width; left > 0; {
		b := buf[:min(piece, left)]
		if _, err := r.ReadAt(b, at+moved); err != nil {
			return err
		}
		for i := 0; i < len(b); i += int(t.width) {
			if t.width == 8 {
				binary.BigEndian.PutUint64(b[i:], binary.BigEndian.Uint64(b[i:])+uint64(shift))
				continue
			}
			offset := int64(binary.BigEndian.Uint32(b[i:])) + shift
			if offset > math.MaxUint32 {
				return fmt.Errorf("%w: chunk offsets of 32 bit have no room for the index in front", ErrLarge)
			}
			binary.BigEndian.PutUint32(b[i:], uint32(offset))
		}
		if _, err := w.Write(b); err != nil {
			return err
		}
		at, left = at+int64(len(b)), left-int64(len(b))
	}
	return nil
}
