package timeline

import (
	"time"

	"github.com/upright-media/upright/codec"
)

// packet is one RTP packet of a recording with its counters extended to 64 bit.
type packet struct {
	seq     int64 // extended sequence number; goes on over restarts of the sender
	shift   int64 // seq minus the number in the packet, extended
	ts      int64 // extended RTP time stamp
	arrival int64 // ms since the file's first record; noArrival if the file has none
	offset  int64 // byte offset of the record
	restart bool  // the sequence numbers began anew with this packet
	broken  bool  // of the same picture, packets in front of it are missing
	jumped  int   // sequence numbers skipped by a restart that kept its clock, unknown otherwise

	raw          []byte // the whole packet, owned by this packet
	payloadStart int
	payloadEnd   int
	size         int // payload bytes
	marker       bool
	paddingOnly  bool
	foreign      bool // of a payload type that is none of the track's: it holds a place in the sequence
	pt           uint8
	first        byte // of the payload
	ssrc         uint32

	info    codec.Info
	infoErr error
	ends    bool  // a frame ends here, as far as the payload says (VP9, AV1)
	cvo     int16 // CVO byte, -1 if this packet has none

	length   time.Duration // audio: how long it plays
	channels int           // audio: as this packet says, 0 if it does not
	lengths  soundLength   // audio: how long it plays if it is something else; only in the first reading
}

const noArrival = int64(-1)

func (p *packet) payload() []byte { return p.raw[p.payloadStart:p.payloadEnd] }

// packetPool keeps the buffers of one stream: reading an hour of video would else allocate a million of them.
type packetPool struct{ free []*packet }

func (p *packetPool) get() *packet {
	if n := len(p.free); n > 0 {
		x := p.free[n-1]
		p.free = p.free[:n-1]
		raw := x.raw[:0]
		*x = packet{raw: raw}
		return x
	}
	return &packet{raw: make([]byte, 0, 1500)}
}

func (p *packetPool) put(x *packet) { p.free = append(p.free, x) }
