package cvo

import "github.com/upright-media/upright/rtpview"

const (
	// Sightings of a turned picture, on delta pictures in a row, that make an id certain. One could be damage, and
	// two a key picture that was not recognised as one.
	certainRun = 3

	// An element that is one byte below 16 has at most this id in anything seen; larger ones are the two-byte form's.
	maxID = 255
)

// conventions are the ids that browsers give to video orientation: Chromium and Safari today, and earlier. They only
// decide between ids that the packets make equally likely: id 4, say, is now the mid.
var conventions = [...]int{13, 3, 4}

// Detector finds the id of video orientation in the packets of one video stream, for recordings that do not declare it.
//
// It looks for what only this extension does. The data is one byte below 16, always. Then either
//
//   - it is not 0 on delta pictures, and on picture after picture: what libwebrtc does as long as the picture is
//     turned, and also what senders do that put the extension on every packet; or
//   - it takes different values, one of them not 0: what TS 26.114 asks for at least, key pictures and changes.
//
// A sender that never turns its picture is not found, and need not be. What looks similar: mid and rid are text, from
// 0x30 up; video-content-type comes on key pictures only and never changes within a stream; frame-marking and the
// generic frame descriptor set high bits at the start of every picture; video-layers-allocation is one byte only where
// it is 0.
//
// A sender of the minimum that keeps one turn from its first key picture to the end looks like a screen share's
// video-content-type. It is not claimed: a picture turned wrongly is worse than one not turned, and the id can be
// given.
//
// The zero value is ready to use.
type Detector struct {
	seen      [maxID + 1]candidate
	picture   int // counts pictures
	timestamp uint32
	key       bool // of the picture so far
	started   bool
}

// candidate is what is known about one id.
type candidate struct {
	impossible bool
	values     uint16 // bit n: value n has been seen
	last       int    // picture of the last sighting; pictures count from 1
	run        int    // delta pictures with a value other than 0, each following a picture with the extension
}

// Add looks at one packet. Key says that its picture is a key picture, as far as known; a caller that cannot know (say,
// an encrypted payload) passes true, and only a change of orientation will be found. Order matters little.
func (d *Detector) Add(p *rtpview.Packet, key bool) {
	if !d.started || p.Timestamp != d.timestamp {
		d.started, d.timestamp, d.key = true, p.Timestamp, false
		d.picture++
	}
	d.key = d.key || key
	for id, data := range p.Elements() {
		d.seen[id].add(data, d.picture, d.key)
	}
}

func (c *candidate) add(data []byte, picture int, key bool) {
	if c.impossible {
		return
	}
	if len(data) != 1 || data[0] > 0x0F {
		c.impossible = true
		return
	}
	c.values |= 1 << data[0]
	if data[0] != 0 && !key && c.last != 0 && c.last == picture-1 {
		c.run++
	}
	c.last = picture
}

// ID returns the id, or false if no id, or more than one, can only be video orientation.
func (d *Detector) ID() (id int, ok bool) {
	for _, qualifies := range []func(*candidate) bool{(*candidate).certain, (*candidate).changes} {
		var found []int
		for i := range d.seen {
			if !d.seen[i].impossible && qualifies(&d.seen[i]) {
				found = append(found, i)
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], true
		}
		for _, conventional := range conventions {
			for _, i := range found {
				if i == conventional {
					return i, true
				}
			}
		}
		return 0, false
	}
	return 0, false
}

func (c *candidate) certain() bool { return c.run >= certainRun }

// changes reports whether there are at least two values (one of them then is not 0).
func (c *candidate) changes() bool { return c.values&(c.values-1) != 0 }
