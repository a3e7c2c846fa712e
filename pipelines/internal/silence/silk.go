package silence

// Limits of the index of a frame's first gain (RFC 6716 section 4.2.7.4), in steps of 1.37 dB from 2 dB above the
// smallest step of 16 bits on.
const (
	quietGain      = 3 // libopus makes 0 to 2 of digital zeros, and 4 of a tone at -54 dB of full scale
	quietFirstGain = 8 // and up to 7 while it begins
	firstPackets   = 3
)

// Inverse cumulative distributions, of 256, by their tables of RFC 6716.
var (
	// 6
	silkPrediction = []byte{249, 247, 246, 245, 244, 234, 210, 202, 201, 200, 197, 174, 82, 59, 56, 55, 54, 46, 22, 12,
		11, 10, 9, 7, 0}
	// 6
	silkThree = []byte{171, 85, 0}
	// 6
	silkFive = []byte{205, 154, 102, 51, 0}
	// 8
	silkMidOnly = []byte{64, 0}
	// 9, inactive
	silkType = []byte{230, 0}
	// 11, inactive
	silkGain = []byte{224, 112, 44, 15, 3, 2, 1, 0}
	// 12
	silkGainRest = []byte{224, 192, 160, 128, 96, 64, 32, 0}
)

// quietSILK says whether a frame of SILK, or the SILK part of a hybrid frame, is silence: the encoder heard no voice,
// and uses no more gain than that. That is in the first bits (RFC 6716 sections 4.2.3 to 4.2.7.4). parts is into how
// many frames of up to 20 ms it is divided.
func quietSILK(frame []byte, parts int, stereo bool, gain int) bool {
	d := newRangeDecoder(frame)
	channels := 1
	if stereo {
		channels = 2
	}
	for range channels {
		for range parts + 1 { // voice activity of each, and whether there is redundancy, which only voice has
			if d.bit(1) {
				return false
			}
		}
	}
	if stereo {
		d.symbol(silkPrediction)
		for range 2 {
			d.symbol(silkThree)
			d.symbol(silkFive)
		}
		d.symbol(silkMidOnly)
	}
	d.symbol(silkType)
	return d.symbol(silkGain)<<3|d.symbol(silkGainRest) <= gain
}

// rangeDecoder is the entropy decoder of Opus (RFC 6716 section 4.1).
type rangeDecoder struct {
	data       []byte
	rem        byte // the last byte, of which one bit is still to be used
	value, rng uint32
}

func newRangeDecoder(frame []byte) *rangeDecoder {
	d := &rangeDecoder{data: frame, rng: 128}
	d.rem = d.next()
	d.value = 127 - uint32(d.rem>>1)
	d.normalize()
	return d
}

// next is the next byte. Behind the end there are zeros.
func (d *rangeDecoder) next() byte {
	if len(d.data) == 0 {
		return 0
	}
	b := d.data[0]
	d.data = d.data[1:]
	return b
}

func (d *rangeDecoder) normalize() {
	for d.rng <= 1<<23 {
		b := d.next()
		sym := (uint32(d.rem)<<8 | uint32(b)) >> 1
		d.value = (d.value<<8 + (^sym & 255)) & 0x7FFFFFFF
		d.rng <<= 8
		d.rem = b
	}
}

// bit reads a bit that is set with a probability of 1/2^logp.
func (d *rangeDecoder) bit(logp uint) bool {
	part := d.rng >> logp
	set := d.value < part
	if set {
		d.rng = part
	} else {
		d.value -= part
		d.rng -= part
	}
	d.normalize()
	return set
}

// symbol reads a symbol with the given inverse cumulative distribution, which ends with 0.
func (d *rangeDecoder) symbol(icdf []byte) int {
	unit := d.rng >> 8
	high := d.rng
	for k, v := range icdf {
		low := unit * uint32(v)
		if d.value >= low {
			d.value -= low
			d.rng = high - low
			d.normalize()
			return k
		}
		high = low
	}
	return len(icdf) - 1 // not possible: value is never below 0
}
