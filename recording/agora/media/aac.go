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

// plausibleAAC says whether a raw data block can begin as this one does. Of noise, three blocks in eight can.
func plausibleAAC(block []byte, channels int) bool {
	if len(block) < 2 {
		return false
	}
	const (
		sce, cpe, cce, lfe = 0, 1, 2, 3
		dse, pce, fil      = 4, 5, 6
	)
	switch id := block[0] >> 5; id {
	case dse, pce, fil:
		return true
	case sce:
		return channels != 2 // two channels are a pair
	case cpe:
		return channels >= 2
	}
	return false
}
