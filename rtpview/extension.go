package rtpview

import "iter"

// The profiles of RFC 8285. The low four bits of the two-byte form's profile are the application's.
const (
	ProfileOneByte  = 0xBEDE
	ProfileTwoByte  = 0x1000
	profileTwoMask  = 0xFFF0
	idPadding       = 0
	idOneByteStop   = 15
	oneByteIDShift  = 4
	oneByteSizeMask = 0x0F
)

// Elements iterates over the elements of the packet's header extension: local id (1 to 14 in the one-byte form, 1 to
// 255 in the two-byte form) and data (may be empty in the two-byte form only). See [Elements].
func (p *Packet) Elements() iter.Seq2[int, []byte] {
	return Elements(p.ExtensionProfile, p.Extension)
}

// Element returns the data of the first element with this id.
func (p *Packet) Element(id int) ([]byte, bool) {
	for i, data := range Elements(p.ExtensionProfile, p.Extension) {
		if i == id {
			return data, true
		}
	}
	return nil, false
}

// Elements iterates over the elements in the content of a header extension block of the given profile. As RFC 8285
// wants it (sections 4.2 and 4.3), reading ends at id 15 in the one-byte form, and at an id 0 that has a length; what
// came before stays valid. It also ends at an element that is longer than the block. Other profiles have no elements.
//
//	one-byte form: |  ID 4  | length-1 4 | data …        padding: 0x00
//	two-byte form: |    ID 8    |    length 8    | data … padding: 0x00
func Elements(profile uint16, block []byte) iter.Seq2[int, []byte] {
	return func(yield func(int, []byte) bool) {
		oneByte := profile == ProfileOneByte
		if !oneByte && profile&profileTwoMask != ProfileTwoByte {
			return
		}
		for len(block) > 0 {
			if block[0] == idPadding {
				block = block[1:]
				continue
			}
			var id, size int
			if oneByte {
				id, size = int(block[0]>>oneByteIDShift), int(block[0]&oneByteSizeMask)+1
				block = block[1:]
				if id == idPadding || id == idOneByteStop {
					return
				}
			} else {
				if len(block) < 2 {
					return
				}
				id, size = int(block[0]), int(block[1])
				block = block[2:]
			}
			if size > len(block) || !yield(id, block[:size]) {
				return
			}
			block = block[size:]
		}
	}
}
