package codec

import "sync"

// G.711 codes each sample of 14 (µ-law) or 13 bits (A-law) as one byte (ITU-T G.711, tables 1a to 2b).

// PCMUSample returns the sample of 16 bits that a byte of µ-law stands for.
func PCMUSample(b byte) int16 {
	b = ^b
	v := (int(b&0x0F)<<3+0x84)<<(b>>4&7) - 0x84
	if b&0x80 != 0 {
		v = -v
	}
	return int16(v)
}

// PCMASample returns the sample of 16 bits that a byte of A-law stands for.
func PCMASample(b byte) int16 {
	b ^= 0x55
	v := int(b&0x0F)<<4 + 8
	if exponent := int(b >> 4 & 7); exponent > 0 {
		v = (v + 0x100) << (exponent - 1)
	}
	if b&0x80 == 0 {
		v = -v
	}
	return int16(v)
}

// These tables have for each byte of one law the byte of the other that is nearest to it.
var pcmuToPCMA, pcmaToPCMU = lawTable(PCMUSample, PCMASample), lawTable(PCMASample, PCMUSample)

// lawTable makes a table when it is first asked for.
func lawTable(from, to func(byte) int16) func() *[256]byte {
	return sync.OnceValue(func() *[256]byte { return nearest(from, to) })
}

func nearest(from, to func(byte) int16) *[256]byte {
	var table [256]byte
	for i := range table {
		want, best := int(from(byte(i))), 1<<20
		for k := range table {
			off := int(to(byte(k))) - want
			if off = max(off, -off); off < best {
				best, table[i] = off, byte(k)
			}
		}
	}
	return &table
}

// PCMUToPCMA changes µ-law into A-law, in place.
func PCMUToPCMA(p []byte) { translate(p, pcmuToPCMA()) }

// PCMAToPCMU changes A-law into µ-law, in place.
func PCMAToPCMU(p []byte) { translate(p, pcmaToPCMU()) }

func translate(p []byte, table *[256]byte) {
	for i, b := range p {
		p[i] = table[b]
	}
}
