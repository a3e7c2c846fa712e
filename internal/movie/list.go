package movie

import (
	"encoding/binary"
	"io"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// list is a box (ISO/IEC 14496-12 clause 4.2) of numbers of 32 bits, which mp4ff would hold and encode all at once.
type list struct {
	name    string
	fields  []uint32 // in front of how many there are
	numbers *numbers
}

// listBox makes the box of a table of version 0.
func listBox(name string, n *numbers, fields ...uint32) mp4.Box {
	return &list{name, append([]uint32{0}, fields...), n}
}

func (l *list) Type() string { return l.name }

func (l *list) Size() uint64 { return 8 + 4*uint64(len(l.fields)+1+l.numbers.n) }

// head is all that is in front of the numbers.
func (l *list) head() []byte {
	b := append(binary.BigEndian.AppendUint32(nil, uint32(l.Size())), l.name...)
	for _, v := range l.fields {
		b = binary.BigEndian.AppendUint32(b, v)
	}
	return binary.BigEndian.AppendUint32(b, uint32(l.numbers.n))
}

// Encode writes the box, piece by piece.
func (l *list) Encode(w io.Writer) error {
	const piece = 4 << 10
	b := append(make([]byte, 0, piece), l.head()...)
	for v := range l.numbers.all() {
		if b = binary.BigEndian.AppendUint32(b, uint32(v)); len(b)+4 > piece {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

func (l *list) EncodeSW(w bits.SliceWriter) error {
	w.WriteBytes(l.head())
	for v := range l.numbers.all() {
		w.WriteUint32(uint32(v))
	}
	return w.AccError()
}

func (l *list) Info(io.Writer, string, string, string) error { return nil }
