package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/mp4"
)

// maxBoxes bounds how many boxes are looked at in one file or container, so that a file of nothing but empty boxes does
// not keep us busy. Ten hours in fragments of half a second have 150 000.
const maxBoxes = 1 << 20

// box is where a box lies in the file.
type box struct {
	Type       string
	Start      int64 // of the header
	Body, Stop int64 // of the contents
}

func (b box) size() int64 { return b.Stop - b.Body }

// errStop ends a walk early.
var errStop = errors.New("stop")

// walk calls visit for each box between from and to. A visit that returns errStop ends the walk without an error.
func walk(r io.ReaderAt, from, to int64, visit func(box) error) error {
	for n := 0; to-from >= 8; n++ {
		if n == maxBoxes {
			return fmt.Errorf("%w: more than %d boxes", ErrDamaged, maxBoxes)
		}
		b, err := header(r, from, to)
		if err != nil {
			return err
		}
		if err := visit(b); err != nil {
			if errors.Is(err, errStop) {
				return nil
			}
			return err
		}
		from = b.Stop
	}
	return nil // fewer than 8 bytes are left: QuickTime ends some containers with 4 zero bytes
}

// header reads the box header at pos. The box must end at or before limit.
func header(r io.ReaderAt, pos, limit int64) (box, error) {
	var buf [16]byte
	n, err := r.ReadAt(buf[:min(16, limit-pos)], pos)
	if n < 8 {
		return box{}, fmt.Errorf("cannot read the box header at byte %d: %w", pos, err)
	}
	if binary.BigEndian.Uint32(buf[:]) == 0 { // the box goes on to the end of what it is in
		return box{Type: string(buf[4:8]), Start: pos, Body: pos + 8, Stop: limit}, nil
	}
	h, err := mp4.DecodeHeader(bytes.NewReader(buf[:n]))
	if err != nil {
		return box{}, fmt.Errorf("%w: box header at byte %d: %w", ErrDamaged, pos, err)
	}
	if h.Size > uint64(limit-pos) {
		return box{}, fmt.Errorf("%w: box %q at byte %d claims %d bytes but only %d are there", ErrDamaged, h.Name, pos,
			h.Size, limit-pos)
	}
	return box{Type: h.Name, Start: pos, Body: pos + int64(h.Hdrlen), Stop: pos + int64(h.Size)}, nil
}

// child returns the first box of a type inside parent, or false.
func child(r io.ReaderAt, parent box, boxType string) (found box, ok bool, err error) {
	err = walk(r, parent.Body, parent.Stop, func(b box) error {
		if b.Type == boxType {
			found, ok = b, true
			return errStop
		}
		return nil
	})
	return found, ok, err
}

// descend follows a path of box types, first match at each step.
func descend(r io.ReaderAt, parent box, path ...string) (b box, ok bool, err error) {
	b = parent
	for _, t := range path {
		if b, ok, err = child(r, b, t); err != nil || !ok {
			return box{}, false, err
		}
	}
	return b, true, nil
}

// body reads at most limit bytes of a box's contents.
func body(r io.ReaderAt, b box, limit int64) ([]byte, error) {
	p := make([]byte, min(b.size(), limit))
	if n, err := r.ReadAt(p, b.Body); n < len(p) {
		return nil, fmt.Errorf("cannot read box %q at byte %d: %w", b.Type, b.Start, err)
	}
	return p, nil
}

// tooShort is the error for a box without room for its own fields.
func tooShort(b box) error {
	return fmt.Errorf("%w: box %q at byte %d is too short (%d bytes)", ErrDamaged, b.Type, b.Start, b.Stop-b.Start)
}
