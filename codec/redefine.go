package codec

import "hash/maphash"

// setSeed makes the checksums of parameter sets comparable within this process, which is all that is needed.
var setSeed = maphash.MakeSeed()

// setID names a parameter set: pictures and other sets refer to it by its kind and number.
type setID struct {
	kind int    // NAL unit type
	id   uint32 // its number among those of its kind
}

// definitions remembers what each parameter set said last.
type definitions map[setID]uint64

// define notes a parameter set, a whole NAL unit in one or several pieces, and says whether its number stood for
// another content before.
func (d *definitions) define(kind int, id uint32, pieces ...[]byte) (redefined bool) {
	if *d == nil {
		*d = definitions{}
	}
	var h maphash.Hash
	h.SetSeed(setSeed)
	for _, p := range pieces {
		_, _ = h.Write(p) // never fails
	}
	key, sum := setID{kind, id}, h.Sum64()
	before, known := (*d)[key]
	(*d)[key] = sum
	return known && before != sum
}
