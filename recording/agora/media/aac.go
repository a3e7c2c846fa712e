package media

// aacSamples are in one raw data block.
const aacSamples = 1024

// aacRates are the sampling frequencies that ADTS and AudioSpecificConfig number (ISO/IEC 14496-3 table 1.18), in Hz.
var aacRates = [...]int{96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350}

// aacConfig is the AudioSpecificConfig of a format (ISO/IEC 14496-3 section 1.6.2.1).
func aacConfig(object, rateIndex, channels int) []byte {
	return []byte{byte(object<<3 | rateIndex>>1), byte(rateIndex<<7 | channels<<3)}
}

// parseAACConfig reads rate and channels out of an AudioSpecificConfig, 0 if they are not of the plain kind.
func parseAACConfig(c []byte) (rate, channels int) {
	if len(c) < 2 {
		return 0, 0
	}
	i := int(c[0]&7)<<1 | int(c[1]>>7)
	if i >= len(aacRates) {
		return 0, 0
	}
	return aacRates[i], int(c[1] >> 3 & 15)
}

// SilentAAC is a raw data block that is silence, for one or two channels; nil for others (ISO/IEC 14496-3 table 4.3): a
// channel element whose scale factor bands end at 0, and the end.
func SilentAAC(channels int) []byte {
	switch channels {
	case 1: // SCE, tag 0, gain 0, ics_info of a long window with max_sfb 0, no tools, END
		return []byte{0, 0, 0, 7}
	case 2: // CPE, tag 0, common window, ics_info, no mid/side, two empty channels, END
		return []byte{0x21, 0, 0, 0, 0, 0x1C}
	}
	return nil
}

// plausibleAAC says whether a raw data block can begin as this one does (ISO/IEC 14496-3 section 4.4.2.1, tables 4.3 to
// 4.6). Of noise, three in a hundred blocks can.
func plausibleAAC(block []byte, channels int) bool {
	const (
		sce, cpe, dse, fil  = 0, 1, 4, 6
		escaped             = 15
		longEscape          = 255
		mostBands, maskBits = 51, 2
	)
	b := bitReader{data: block}
	for {
		switch b.read(3) {
		case sce:
			b.read(4)               // element_instance_tag
			b.read(8)               // global_gain
			return channels != 2 && // two channels are a pair
				b.window(mostBands) && !b.over
		case cpe:
			b.read(4)
			if b.read(1) == 0 { // no common_window: each channel has its own
				b.read(8)
				return channels >= 2 && b.window(mostBands) && !b.over
			}
			return channels >= 2 && b.window(mostBands) && b.read(maskBits) != 3 && !b.over
		case fil:
			n := b.read(4)
			if n == escaped {
				n += b.read(8) - 1
			}
			b.skip(8 * n)
		case dse:
			b.read(4)
			aligned := b.read(1) == 1
			n := b.read(8)
			if n == longEscape {
				n += b.read(8)
			}
			if aligned {
				b.skip(-b.at & 7)
			}
			b.skip(8 * n)
		default:
			return false
		}
		if b.over {
			return false
		}
	}
}

// window reads ics_info, and says whether low complexity can have such.
func (b *bitReader) window(mostBands int) bool {
	const short = 2
	reserved, sequence := b.read(1), b.read(2)
	b.read(1) // window_shape
	if sequence == short {
		b.read(4 + 7) // max_sfb, scale_factor_grouping
		return reserved == 0
	}
	return b.read(6) <= mostBands && b.read(1) == 0 && reserved == 0 // max_sfb, predictor_data_present
}

// bitReader reads bits, the most significant first.
type bitReader struct {
	data []byte
	at   int
	over bool // it was asked for more than there is
}

func (b *bitReader) read(n int) (v int) {
	for range n {
		v <<= 1
		if b.at/8 < len(b.data) {
			v |= int(b.data[b.at/8]>>(7-b.at%8)) & 1
		} else {
			b.over = true
		}
		b.at++
	}
	return v
}

func (b *bitReader) skip(n int) {
	b.at += n
	b.over = b.over || b.at > 8*len(b.data)
}
