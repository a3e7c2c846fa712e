package timeline

import "errors"

var errRED = errors.New("RED payload is shorter than its headers say")

// redPrimary returns the primary encoding of a RED payload (RFC 2198 section 3). The redundant blocks lie in front
// of it:
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|1|   block PT  |  timestamp offset         |   block length    |  one per redundant block
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|0|   block PT  |  then the blocks in the same order
func redPrimary(payload []byte) ([]byte, error) {
	skip := 0
	for i := 0; ; i += 4 {
		if i >= len(payload) {
			return nil, errRED
		}
		if payload[i]&0x80 == 0 {
			skip += i + 1
			break
		}
		if i+4 > len(payload) {
			return nil, errRED
		}
		skip += int(payload[i+2]&3)<<8 | int(payload[i+3])
	}
	if skip > len(payload) {
		return nil, errRED
	}
	return payload[skip:], nil
}
