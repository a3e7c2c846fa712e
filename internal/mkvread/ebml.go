package mkvread

import (
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
)

// unknown is the length of an element that goes on until one comes that cannot be in it.
const unknown = -1

// maxDepth bounds how deep elements may lie in each other.
const maxDepth = 16

// element is one element whose contents are next.
type element struct {
	id     uint32
	at     int64 // where its header began
	length int64 // of the contents, or unknown
	depth  int
}

// elements calls visit for each element before end. visit has to consume the contents.
func (p *parser) elements(end int64, depth int, visit func(element) error) error {
	if depth > maxDepth {
		return fmt.Errorf("%w: elements lie too deep in each other at byte %d", ErrDamaged, p.at)
	}
	for p.at < end {
		e := element{at: p.at, depth: depth}
		id, n, err := p.vint(true)
		if err != nil {
			if errors.Is(err, io.EOF) { // cut off between elements
				return nil
			}
			return err
		}
		if id > math.MaxUint32 || n > 4 {
			return fmt.Errorf("%w: no element begins at byte %d", ErrDamaged, e.at)
		}
		e.id = uint32(id)
		length, n, err := p.vint(false)
		if err != nil {
			return cut(e, err)
		}
		e.length = int64(length)
		if length == 1<<(7*n)-1 {
			e.length = unknown
		} else if e.length > end-p.at {
			err := fmt.Errorf("%w: element %X at byte %d claims %d bytes but only %d are there", ErrDamaged, e.id, e.at,
				e.length, end-p.at)
			if e.id != idSegment && e.id != idCluster {
				return err
			}
			if p.short == nil {
				p.short = err
			}
			e.length = end - p.at
		}
		if err := visit(e); err != nil {
			return err
		}
	}
	return nil
}

// inside visits what an element contains. One of unknown length (RFC 8794 section 6.2) is entered without being left:
// what follows is visited as if it stood beside it, which comes to the same for segments and clusters.
func (p *parser) inside(e element, visit func(element) error) error {
	if e.length == unknown {
		if e.id != idSegment && e.id != idCluster {
			return p.skip(e)
		}
		return nil
	}
	return p.elements(p.at+e.length, e.depth+1, visit)
}

func (p *parser) skip(e element) error {
	if e.length == unknown {
		return fmt.Errorf("%w: element %X at byte %d has no length", ErrDamaged, e.id, e.at)
	}
	return p.discard(e, e.length)
}

func (p *parser) discard(e element, n int64) error {
	m, err := io.CopyN(io.Discard, p.r, n)
	p.at += m
	return cut(e, err)
}

// bytes returns at most limit bytes of an element's contents and passes over the rest.
func (p *parser) bytes(e element, limit int64) ([]byte, error) {
	if e.length == unknown {
		return nil, p.skip(e)
	}
	b := make([]byte, min(e.length, limit))
	n, err := io.ReadFull(p.r, b)
	p.at += int64(n)
	if err != nil {
		return nil, cut(e, err)
	}
	return b, p.discard(e, e.length-int64(n))
}

// number reads an unsigned integer.
func (p *parser) number(e element) (v uint64, err error) {
	if e.length > 8 {
		return 0, fmt.Errorf("%w: element %X at byte %d is a number of %d bytes", ErrDamaged, e.id, e.at, e.length)
	}
	b, err := p.bytes(e, 8)
	for _, c := range b {
		v = v<<8 | uint64(c)
	}
	return v, err
}

func (p *parser) float(e element) (float64, error) {
	v, err := p.number(e)
	switch {
	case err != nil:
		return 0, err
	case e.length == 4:
		return float64(math.Float32frombits(uint32(v))), nil
	case e.length == 8:
		return math.Float64frombits(v), nil
	}
	return 0, nil
}

// cut says that a file ends inside of an element.
func cut(e element, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: it ends inside the element at byte %d", ErrDamaged, e.at)
	}
	return err
}

// vint reads a number of variable length: as many bytes more as the first has leading zeros. Ids keep the marker bit.
func (p *parser) vint(id bool) (v uint64, length int, err error) {
	first, err := p.r.ReadByte()
	if err != nil {
		return 0, 0, err
	}
	p.at++
	length = bits.LeadingZeros8(first) + 1
	if length > 8 {
		return 0, 0, fmt.Errorf("%w: no number begins at byte %d", ErrDamaged, p.at-1)
	}
	v = uint64(first)
	if !id {
		v &= 1<<(8-length) - 1
	}
	for range length - 1 {
		c, err := p.r.ReadByte()
		if err != nil {
			return 0, 0, io.ErrUnexpectedEOF
		}
		p.at++
		v = v<<8 | uint64(c)
	}
	return v, length, nil
}

// vint reads such a number from memory, without its marker. The length is 0 if there is none.
func vint(b []byte) (v uint64, length int) {
	if len(b) == 0 {
		return 0, 0
	}
	length = bits.LeadingZeros8(b[0]) + 1
	if length > 8 || len(b) < length {
		return 0, 0
	}
	v = uint64(b[0]) & (1<<(8-length) - 1)
	for _, c := range b[1:length] {
		v = v<<8 | uint64(c)
	}
	return v, length
}

func (p *parser) peekID() (uint32, error) {
	b, err := p.r.Peek(4)
	if err != nil {
		return 0, err
	}
	return uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3]), nil
}
