package mp4sink

import (
	"errors"

	"github.com/Eyevinn/mp4ff/bits"

	"github.com/upright-media/upright/internal/movie"
)

var errNoAC3 = errors.New("the first packet of AC-3 is none")

// ac3Entry takes the configuration of AC-3 from its first frame (ETSI TS 102 366 clauses 4.3 and 4.4) and writes it as
// the file has it (annex F.4):
//
//	sync word 16 | CRC 16 | rate 2 | frame size 6 | version 5 | mode 3 | channels 3 | mix levels 0 to 4 | LFE 1
//	rate 2 | version 5 | mode 3 | channels 3 | LFE 1 | bit rate 5 | reserved 5
func ac3Entry(e movie.Entry, frame []byte) (movie.Entry, error) {
	const syncWord, newest = 0x0B77, 10
	s := bits.NewFixedSliceReader(frame)
	if s.ReadUint16() != syncWord {
		return e, errNoAC3
	}
	s.SkipBytes(2)
	rates, versions, rest := s.ReadUint8(), s.ReadUint8(), s.ReadUint16()
	if s.AccError() != nil || versions>>3 > newest {
		return e, errNoAC3
	}
	channels, mix := rest>>13, 0
	if channels&1 != 0 && channels != 1 { // three in front
		mix += 2
	}
	if channels&4 != 0 { // some behind
		mix += 2
	}
	if channels == 2 { // surround in stereo
		mix += 2
	}
	bass := rest >> (12 - mix) & 1
	rate, size := uint32(rates>>6), uint32(rates&0x3F)
	config := rate<<22 | uint32(versions)<<14 | uint32(channels)<<11 | uint32(bass)<<10 | size>>1<<5
	e.Config = []byte{byte(config >> 16), byte(config >> 8), byte(config)}
	return e, nil
}
