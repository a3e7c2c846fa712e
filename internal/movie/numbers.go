package movie

import (
	"encoding/binary"
	"iter"
)

// numbers is a list of numbers that are kept as the difference to the one before, in as many bytes as that takes: of a
// sample's size or time these are one or two, and a call of a day has millions of samples. Blocks are not moved when
// there are more.
type numbers struct {
	blocks [][]byte
	n      int
	first  int64
	last   int64
}

// Bytes of a block: the first is small, and each next twice as large.
const (
	leastBlock = 256
	mostBlock  = 16 << 10
)

func (s *numbers) add(v int64) {
	i := len(s.blocks) - 1
	if i < 0 || len(s.blocks[i])+binary.MaxVarintLen64 > cap(s.blocks[i]) {
		size := leastBlock
		if i >= 0 {
			size = min(2*cap(s.blocks[i]), mostBlock)
		}
		s.blocks = append(s.blocks, make([]byte, 0, size))
		i++
	}
	if s.n == 0 {
		s.first = v
	}
	s.blocks[i] = binary.AppendVarint(s.blocks[i], v-s.last)
	s.n++
	s.last = v
}

// all are the numbers in order.
func (s *numbers) all() iter.Seq[int64] {
	return func(yield func(int64) bool) {
		v := int64(0)
		for _, b := range s.blocks {
			for len(b) > 0 {
				d, n := binary.Varint(b)
				v, b = v+d, b[n:]
				if !yield(v) {
					return
				}
			}
		}
	}
}
