package codec

// IsOpus says whether a packet follows all rules for the lengths of frames that an Opus packet must follow (RFC 6716
// section 3.4, R1 to R7). Any codec's data passes the test now and then, but not packet after packet.
func IsOpus(packet []byte) bool {
	toc, err := ParseOpusTOC(packet)
	if err != nil {
		return false
	}
	rest := packet[1:]
	switch toc.Code {
	case 0:
		return len(rest) <= opusMaxFrame
	case 1:
		return len(rest)%2 == 0 && len(rest)/2 <= opusMaxFrame
	case 2:
		size, used := opusFrameSize(rest)
		return used > 0 && size <= len(rest)-used && len(rest)-used-size <= opusMaxFrame
	}
	variable, padded := rest[0]&0x80 != 0, rest[0]&0x40 != 0
	rest = rest[1:]
	for more := padded; more; {
		if len(rest) == 0 {
			return false
		}
		padding := int(rest[0])
		rest = rest[1:]
		if more = padding == 255; more {
			padding = 254
		}
		if padding > len(rest) {
			return false
		}
		rest = rest[:len(rest)-padding]
	}
	if !variable {
		return len(rest)%toc.Frames == 0 && len(rest)/toc.Frames <= opusMaxFrame
	}
	sum := 0
	for range toc.Frames - 1 {
		size, used := opusFrameSize(rest)
		if used == 0 {
			return false
		}
		rest = rest[used:]
		sum += size
	}
	return sum <= len(rest) && len(rest)-sum <= opusMaxFrame
}

// opusMaxFrame is the size of the largest frame in bytes (section 3.4, R2).
const opusMaxFrame = 1275

// opusFrameSize reads a frame's size (section 3.2.1) of one or two bytes. used is 0 where it is cut off.
func opusFrameSize(p []byte) (size, used int) {
	switch {
	case len(p) == 0:
		return 0, 0
	case p[0] < 252:
		return int(p[0]), 1
	case len(p) == 1:
		return 0, 0
	}
	return int(p[0]) + 4*int(p[1]), 2
}
