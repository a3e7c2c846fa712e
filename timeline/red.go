package timeline

import (
	"errors"
	"slices"
)

var errRED = errors.New("RED payload is shorter than its headers say")

// redBlock is one encoding in a RED payload.
type redBlock struct {
	back uint32 // RTP ticks before the packet's own time
	pt   uint8
	data []byte
}

// splitRED returns the blocks of a RED payload (RFC 2198 section 3), the oldest first and the primary encoding last.
//
//	 0                   1                   2                   3
//	 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|1|   block PT  |  timestamp offset         |   block length    |  one per redundant block
//	+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//	|0|   block PT  |  then the blocks in the same order
func splitRED(blocks []redBlock, payload []byte) ([]redBlock, error) {
	type head struct {
		redBlock
		size int
	}
	var heads [16]head // more would not fit a packet's time
	n, at := 0, 0
	var primary redBlock
	for ; ; at += 4 {
		if at >= len(payload) || n == len(heads) {
			return nil, errRED
		}
		if payload[at]&0x80 == 0 {
			primary.pt = payload[at]
			at++
			break
		}
		if at+4 > len(payload) {
			return nil, errRED
		}
		heads[n].pt = payload[at] & 0x7F
		heads[n].back = uint32(payload[at+1])<<6 | uint32(payload[at+2])>>2
		heads[n].size = int(payload[at+2]&3)<<8 | int(payload[at+3])
		n++
	}
	for _, h := range heads[:n] {
		if at+h.size > len(payload) {
			return nil, errRED
		}
		h.data = payload[at : at+h.size]
		blocks = append(blocks, h.redBlock)
		at += h.size
	}
	primary.data = payload[at:]
	return append(blocks, primary), nil
}

// unpackRED makes a unit's packet one of the primary encoding alone. If packets are missing before it, those that its
// redundant blocks repeat are handed on first.
func (f *feed) unpackRED(u *unit) {
	p := u.packets[0]
	blocks, err := splitRED(f.blocks[:0], p.payload())
	if err != nil {
		p.infoErr = err
		return
	}
	f.blocks = blocks
	last := len(blocks) - 1
	if u.missing > 0 {
		repeats := slices.DeleteFunc(slices.Clone(blocks[:last]), func(b redBlock) bool {
			return len(b.data) == 0 || u.ts-f.ticks(b.back) <= f.lastTS
		})
		repeats = repeats[max(0, len(repeats)-u.missing):]
		u.missing -= len(repeats)
		for _, b := range repeats {
			f.recover(u, b)
			u.missing = 0
		}
	}
	p.raw = append(p.raw[:p.payloadStart], blocks[last].data...)
	p.payloadEnd = len(p.raw)
}

// recover hands on the packet that a redundant block in front of u repeats.
func (f *feed) recover(u *unit, b redBlock) {
	p := u.packets[0]
	q := f.pool.get()
	raw := append(append(q.raw[:0], p.raw[:p.payloadStart]...), b.data...)
	*q = *p
	q.raw, q.payloadEnd, q.ts = raw, len(raw), u.ts-f.ticks(b.back)
	q.length, q.channels, q.infoErr = f.audio.measure(noPayload, b.data)
	q.length = f.stretched(q.length)
	r := *u
	r.packets, r.ts, r.recovered = []*packet{q}, q.ts, true
	f.lastTS = r.ts
	f.unit(&r)
	f.pool.put(q)
}

// ticks turns RTP time that the sender counts from the unit handed out last into that of the codec's clock.
func (f *feed) ticks(back uint32) int64 { return f.paces.ticks(f.lengths.ticks(int64(back))) }

// noPayload is no payload type: the payload is not wrapped in RED.
const noPayload = 0xFF
