package rtpview

import (
	"encoding/binary"
	"errors"
)

// Why a packet is not RTP, or not usable as RTP.
var (
	ErrShort     = errors.New("shorter than an RTP header")
	ErrVersion   = errors.New("RTP version is not 2")
	ErrRTCP      = errors.New("RTCP packet")
	ErrExtension = errors.New("RTP header extension is longer than the packet")
	ErrPadding   = errors.New("RTP padding is empty or longer than the packet")
)

const (
	fixedHeader     = 12 // bytes in front of the CSRC list
	extensionHeader = 4  // bytes in front of the extension's content

	// RFC 5761 section 4: payload types 64 to 95 with the marker bit are RTCP packet types 192 to 223.
	firstRTCP, lastRTCP = 192, 223
)

// Packet is what an RTP header says, and where the parts of the packet lie. All slices point into the packet that
// was parsed.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|V=2|P|X|  CC   |M|     PT      |       sequence number         |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                           timestamp                           |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|           synchronization source (SSRC) identifier            |
//	+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+=+
//	|       contributing source (CSRC) identifiers, CC of them      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|   extension profile, if X     |   length in 32-bit words      |
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|                    extension, payload, padding                |
type Packet struct {
	SequenceNumber   uint16
	Timestamp        uint32
	SSRC             uint32
	PayloadType      uint8
	Marker           bool
	CSRC             []byte // 4 bytes each
	HasExtension     bool   // X bit
	ExtensionProfile uint16 // 0xBEDE: one-byte form, 0x1000 to 0x100F: two-byte form (RFC 8285)
	Extension        []byte // content of the extension block, without its 4-byte header
	Payload          []byte // without padding; empty in a padding-only packet
	PaddingSize      int    // bytes of padding at the end of the packet, 0 if the P bit is not set
}

// Unmarshal makes p a view of raw. On an error p is undefined.
func (p *Packet) Unmarshal(raw []byte) error {
	if len(raw) < fixedHeader {
		return ErrShort
	}
	if raw[0]>>6 != 2 {
		return ErrVersion
	}
	if raw[1] >= firstRTCP && raw[1] <= lastRTCP {
		return ErrRTCP
	}
	body := fixedHeader + 4*int(raw[0]&0x0F)
	if body > len(raw) {
		return ErrShort
	}
	// Field by field: a Packet made and then copied costs twice as much.
	p.Marker, p.PayloadType = raw[1]&0x80 != 0, raw[1]&0x7F
	p.SequenceNumber = binary.BigEndian.Uint16(raw[2:])
	p.Timestamp = binary.BigEndian.Uint32(raw[4:])
	p.SSRC = binary.BigEndian.Uint32(raw[8:])
	p.CSRC = raw[fixedHeader:body]

	p.HasExtension, p.ExtensionProfile, p.Extension = false, 0, nil
	if raw[0]&0x10 != 0 {
		content := body + extensionHeader
		if content > len(raw) {
			return ErrExtension
		}
		end := content + 4*int(binary.BigEndian.Uint16(raw[body+2:]))
		if end > len(raw) {
			return ErrExtension
		}
		p.HasExtension = true
		p.ExtensionProfile = binary.BigEndian.Uint16(raw[body:])
		p.Extension = raw[content:end]
		body = end
	}

	p.PaddingSize = 0
	p.Payload = raw[body:]
	if raw[0]&0x20 != 0 {
		if len(p.Payload) == 0 {
			return ErrPadding
		}
		p.PaddingSize = int(raw[len(raw)-1])
		if p.PaddingSize == 0 || p.PaddingSize > len(p.Payload) {
			return ErrPadding
		}
		p.Payload = p.Payload[:len(p.Payload)-p.PaddingSize]
	}
	return nil
}
