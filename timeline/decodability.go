package timeline

import "github.com/upright-media/upright/cvo"

// decodability looks at the units of a video track in order and says which of them can be shown, and which way up.
// It is a plain value: a copy is a snapshot from which reading can go on elsewhere.
type decodability struct {
	keepLoss  bool // show what follows a loss although it will look damaged
	needsSets bool // pictures cannot be decoded before parameter sets have been seen (H.264, H.265)
	prefixes  bool // of an incomplete picture, decoders can use what is in front of the first hole (VP8)
	slices    bool // … whatever there is (H.264, H.265)
	sixBit    bool
	endure    []seqSpan

	setsSeen  bool
	started   bool // a key picture has been shown, or a recovery point reached
	broken    bool // what follows refers to something that is missing
	mending   int  // pictures until what a recovery point began is as it was sent
	unhide    bool // nothing is hidden, since there is nothing else to be seen
	base      int  // unit.base of the newest picture of the temporal base layer that was shown
	upperLost bool // pictures above the base layer refer to something that is missing

	began       bool
	lastTail    bool
	lastPicture int

	number  int  // frame_num of the newest picture that others refer to, and 1 (H.264); 0: unknown
	numbers bool // … and pictures between which nothing was missing were numbered so

	slots    slots
	lastTS   int64
	lastCame int64 // arrival
	stepping int64 // least RTP time between pictures between which nothing is missing

	orientation cvo.Orientation
	turned      bool // the newest CVO byte is not 0
	repeats     int  // delta pictures that repeated a CVO byte other than 0
	omits       int  // … that did not
}

// verdict is what is said of one unit.
type verdict struct {
	show        bool
	hide        bool        // to be decoded all the same, since others are predicted from it: show is false then
	packets     int         // that are shown: not those of layers above the highest that can be decoded
	frame       *layerFrame // VP9, AV1: the highest that is shown
	discont     bool        // something is missing before this unit
	orientation cvo.Orientation
	mirrored    bool // the unit itself carries the F bit
	back        bool // … or the C bit
}

func (dec *decodability) look(u *unit) verdict {
	v := verdict{}
	dec.orient(u, &v)
	gap := dec.gap(u)
	if d := u.ts - dec.lastTS; dec.began && d > 0 && u.missing == 0 && !u.restart &&
		(dec.stepping == 0 || d < dec.stepping) {
		dec.stepping = d
	}
	dec.began, dec.lastTail, dec.lastPicture, dec.lastTS, dec.lastCame = true, u.tail, u.picture, u.ts, u.arrival
	if u.missing == 0 && !u.restart && !u.key {
		dec.numbers = dec.isNext(u)
	}
	if !u.discard {
		dec.number = u.number + 1
	}
	dec.setsSeen = dec.setsSeen || u.sets
	v.orientation = dec.orientation
	v.discont = gap
	v.packets = len(u.packets)
	if dec.prefixes && !u.whole() && u.prefix > 0 {
		v.packets = u.prefix
	}

	switch {
	case len(u.frames) > 0 && !dec.keepLoss:
		dec.layers(u, gap, &v)
	case u.key && u.whole() && (dec.setsSeen || !dec.needsSets):
		dec.broken, dec.started, dec.upperLost, dec.base = false, true, false, u.base
		dec.mending = 0
		v.show = true
	case u.recovery >= 0 && u.whole() && (dec.setsSeen || !dec.needsSets) && (dec.broken || !dec.started):
		dec.broken, dec.started, dec.upperLost, dec.base = false, true, false, u.base
		dec.mending = u.recovery + 1
		v.show = true
	case !dec.started:
	case dec.keepLoss:
		v.show = true
	case dec.broken:
	case u.base >= 0 && dec.base >= 0:
		v.show = dec.layered(u, gap)
	case gap || !u.whole() && !u.discard: // a picture that nothing refers to hurts nobody else
		v.show = dec.lose(u)
	default:
		v.show = u.whole()
	}
	dec.conceal(u, &v)
	return v
}

// conceal says whether a picture that can be decoded is not to be seen: between a recovery point and the picture that
// is right for the first time, and for the first while after a loss that lasts.
func (dec *decodability) conceal(u *unit, v *verdict) {
	if dec.mending > 0 && !u.discard {
		dec.mending--
	}
	if v.show && !dec.keepLoss && !dec.unhide && (dec.mending > 0 || hiddenIn(dec.endure, u.seq)) {
		v.show, v.hide = false, true
	}
}

// unsound says whether what is shown would not be what was sent.
func (dec *decodability) unsound() bool {
	return dec.broken || dec.mending > 0 && !dec.keepLoss && !dec.unhide
}

// lose ends decoding at u, until the next key picture or where that is too far away, and says whether to show u. What
// there is of an incomplete picture is worth more than nothing: what is predicted from it is then wrong in places only,
// where it would be nonsense without a key picture, and without the statistics that a picture of VP8 leaves to the
// next.
func (dec *decodability) lose(u *unit) bool {
	dec.broken, dec.mending = !inSpans(dec.endure, u.seq), 0
	dec.base = u.base
	return !dec.broken && (u.whole() || dec.slices && !unparsed(u) || dec.prefixes && u.prefix > 0)
}

// layered says whether to show a picture of a stream with temporal layers: a loss above the base layer leaves the base
// as it was, and pictures above it can be shown again from one on that needs nothing older of its own layer.
func (dec *decodability) layered(u *unit, gap bool) bool {
	ahead := (u.base - dec.base) & 0xFF
	dec.upperLost = dec.upperLost || gap
	if u.upper {
		switch {
		case ahead != 0 && gap:
			return dec.lose(u) // the base picture that it depends on never came
		case !u.whole():
			dec.upperLost = true
			return false
		case dec.upperLost && !u.entry:
			return false
		}
		dec.upperLost = false
		return true
	}
	if !u.whole() || gap && ahead != 1 {
		return dec.lose(u)
	}
	dec.base = u.base
	return true
}

// gap says whether a picture, or a part of one, is missing between the unit before and u.
func (dec *decodability) gap(u *unit) bool {
	if !dec.began {
		return false
	}
	if u.restart {
		return !u.key && !dec.goesOn(u)
	}
	if u.missing == 0 {
		return false
	}
	// So do the numbers of pictures that others refer to (frame_num, H.264 clause 7.4.3). What is missing between two that
	// follow each other is a picture that nothing refers to, or protects others. The numbers do not come around in so few
	// packets.
	if dec.isNext(u) && u.missing < u.numbers && dec.lastTail && u.head {
		return false
	}
	// Padding is sent behind pictures and may be lost like anything else: picture ids tell when no picture was.
	follows := dec.follows(u)
	if len(u.frames) > 0 {
		// What is missing of the picture before, or of this one, is known to both.
		adjacent := u.ts-dec.lastTS < 2*dec.stepping || dec.stepping == 0 && !dec.lastTail && u.head
		return !(follows || u.picture < 0 && adjacent)
	}
	return !(follows && dec.lastTail && u.head)
}

// follows says whether a picture's id (VP8, VP9) is the next after the last one's.
func (dec *decodability) follows(u *unit) bool {
	return u.picture >= 0 && dec.lastPicture >= 0 &&
		(u.picture == dec.lastPicture+1 || u.picture == 0 && (dec.lastPicture == 0x7F || dec.lastPicture == 0x7FFF))
}

// isNext says whether a picture has the number (frame_num, H.264 clause 7.4.3) that comes after the last one's.
func (dec *decodability) isNext(u *unit) bool {
	return u.number >= 0 && dec.number > 0 && dec.number%u.numbers == u.number
}

// manyNumbers are enough (frame_num, H.264) for another encoder not to go on with the one that is next by chance.
const manyNumbers = 256

// goesOn says whether the same encoder goes on behind a restart: packets got other numbers or another SSRC on their
// way, and no picture is missing. An encoder that begins anew does so with a key picture; its ids and its clock begin
// anywhere.
func (dec *decodability) goesOn(u *unit) bool {
	if !dec.lastTail || !u.head {
		return false
	}
	if u.picture >= 0 && dec.lastPicture >= 0 {
		return dec.follows(u)
	}
	if u.number >= 0 && dec.number > 0 && dec.numbers {
		if !dec.isNext(u) {
			return false
		}
		// One that begins anew is not as fast as that, and what came of it would not be its first picture.
		if u.numbers >= manyNumbers || u.arrival != noArrival && dec.isStep((u.arrival-dec.lastCame)*videoClock/1000) {
			return true
		}
	}
	return dec.isStep(u.ts - dec.lastTS)
}

// isStep says whether no picture fits between two that are so far apart in RTP time.
func (dec *decodability) isStep(ticks int64) bool { return ticks > 0 && ticks < 2*dec.stepping }

// orient follows the sender's orientation. A picture without the extension keeps the one before, with one exception:
// libwebrtc repeats it on every picture as long as it is not 0. When such a sender leaves it out, the one picture that
// said 0 was lost.
func (dec *decodability) orient(u *unit, v *verdict) {
	if u.cvo >= 0 {
		if dec.turned && !u.key {
			dec.repeats++
		}
		value, err := cvo.Parse([]byte{byte(u.cvo)}, dec.sixBit)
		if err == nil {
			dec.orientation = value.Orientation
			dec.turned = value.Orientation != cvo.Orientation{}
			v.mirrored, v.back = value.Flip, value.BackCamera
		}
		return
	}
	if !dec.turned || u.key || !u.whole() {
		return
	}
	if dec.repeats >= 3 && dec.repeats > 4*dec.omits && u.missing > 0 {
		dec.orientation, dec.turned = cvo.Orientation{}, false
		return
	}
	if dec.began && u.missing == 0 {
		dec.omits++
	}
}
