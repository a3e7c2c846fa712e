package timeline

import "github.com/upright-media/upright/cvo"

// judge looks at the units of a video track in order and says which of them can be shown, and which way up.
// It is a plain value: a copy is a snapshot from which reading can go on elsewhere.
type judge struct {
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

	number int // frame_num of the newest picture that others refer to, and 1 (H.264); 0: unknown

	slots    slots
	lastTS   int64
	stepping int64 // least RTP time between pictures between which nothing is missing

	orientation cvo.Orientation
	turned      bool // the newest CVO byte is not 0
	repeats     int  // delta pictures that repeated a CVO byte other than 0
	omits       int  // … that did not
}

// verdict is what judge says of one unit.
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

func (j *judge) look(u *unit) verdict {
	v := verdict{}
	j.orient(u, &v)
	gap := j.gap(u)
	if d := u.ts - j.lastTS; j.began && d > 0 && u.missing == 0 && !u.restart && (j.stepping == 0 || d < j.stepping) {
		j.stepping = d
	}
	j.began, j.lastTail, j.lastPicture, j.lastTS = true, u.tail, u.picture, u.ts
	if !u.discard {
		j.number = u.number + 1
	}
	j.setsSeen = j.setsSeen || u.sets
	v.orientation = j.orientation
	v.discont = gap
	v.packets = len(u.packets)
	if j.prefixes && !u.whole() && u.prefix > 0 {
		v.packets = u.prefix
	}

	switch {
	case len(u.frames) > 0 && !j.keepLoss:
		j.layers(u, gap, &v)
	case u.key && u.whole() && (j.setsSeen || !j.needsSets):
		j.broken, j.started, j.upperLost, j.base = false, true, false, u.base
		j.mending = 0
		v.show = true
	case u.recovery >= 0 && u.whole() && (j.setsSeen || !j.needsSets) && (j.broken || !j.started):
		j.broken, j.started, j.upperLost, j.base = false, true, false, u.base
		j.mending = u.recovery + 1
		v.show = true
	case !j.started:
	case j.keepLoss:
		v.show = true
	case j.broken:
	case u.base >= 0 && j.base >= 0:
		v.show = j.layered(u, gap)
	case gap || !u.whole() && !u.discard: // a picture that nothing refers to hurts nobody else
		v.show = j.lose(u)
	default:
		v.show = u.whole()
	}
	j.conceal(u, &v)
	return v
}

// conceal says whether a picture that can be decoded is not to be seen: between a recovery point and the picture that
// is right for the first time, and for the first while after a loss that lasts.
func (j *judge) conceal(u *unit, v *verdict) {
	if j.mending > 0 && !u.discard {
		j.mending--
	}
	if v.show && !j.keepLoss && !j.unhide && (j.mending > 0 || hiddenIn(j.endure, u.seq)) {
		v.show, v.hide = false, true
	}
}

// unsound says whether what is shown would not be what was sent.
func (j *judge) unsound() bool { return j.broken || j.mending > 0 && !j.keepLoss && !j.unhide }

// lose ends decoding at u, until the next key picture or where that is too far away, and says whether to show u. What
// there is of an incomplete picture is worth more than nothing: what is predicted from it is then wrong in places only,
// where it would be nonsense without a key picture, and without the statistics that a picture of VP8 leaves to the
// next.
func (j *judge) lose(u *unit) bool {
	j.broken, j.mending = !inSpans(j.endure, u.seq), 0
	j.base = u.base
	return !j.broken && (u.whole() || j.slices && !unparsed(u) || j.prefixes && u.prefix > 0)
}

// layered says whether to show a picture of a stream with temporal layers: a loss above the base layer leaves the base
// as it was, and pictures above it can be shown again from one on that needs nothing older of its own layer.
func (j *judge) layered(u *unit, gap bool) bool {
	ahead := (u.base - j.base) & 0xFF
	j.upperLost = j.upperLost || gap
	if u.upper {
		switch {
		case ahead != 0 && gap:
			return j.lose(u) // the base picture that it depends on never came
		case !u.whole():
			j.upperLost = true
			return false
		case j.upperLost && !u.entry:
			return false
		}
		j.upperLost = false
		return true
	}
	if !u.whole() || gap && ahead != 1 {
		return j.lose(u)
	}
	j.base = u.base
	return true
}

// gap says whether a picture, or a part of one, is missing between the unit before and u.
func (j *judge) gap(u *unit) bool {
	if !j.began {
		return false
	}
	if u.restart {
		return !u.key
	}
	if u.missing == 0 {
		return false
	}
	// So do the numbers of pictures that others refer to (frame_num, H.264 clause 7.4.3). What is missing between two that
	// follow each other is a picture that nothing refers to, or protects others. The numbers do not come around in so few
	// packets.
	if u.number >= 0 && j.number > 0 && u.missing < u.numbers && j.number%u.numbers == u.number && j.lastTail && u.head {
		return false
	}
	// Padding is sent behind pictures and may be lost like anything else: picture ids tell when no picture was.
	follows := u.picture >= 0 && j.lastPicture >= 0 &&
		(u.picture == j.lastPicture+1 || u.picture == 0 && (j.lastPicture == 0x7F || j.lastPicture == 0x7FFF))
	if len(u.frames) > 0 {
		// What is missing of the picture before, or of this one, is known to both.
		adjacent := u.ts-j.lastTS < 2*j.stepping || j.stepping == 0 && !j.lastTail && u.head
		return !(follows || u.picture < 0 && adjacent)
	}
	return !(follows && j.lastTail && u.head)
}

// orient follows the sender's orientation. A picture without the extension keeps the one before, with one exception:
// libwebrtc repeats it on every picture as long as it is not 0. When such a sender leaves it out, the one picture that
// said 0 was lost.
func (j *judge) orient(u *unit, v *verdict) {
	if u.cvo >= 0 {
		if j.turned && !u.key {
			j.repeats++
		}
		value, err := cvo.Parse([]byte{byte(u.cvo)}, j.sixBit)
		if err == nil {
			j.orientation = value.Orientation
			j.turned = value.Orientation != cvo.Orientation{}
			v.mirrored, v.back = value.Flip, value.BackCamera
		}
		return
	}
	if !j.turned || u.key || !u.whole() {
		return
	}
	if j.repeats >= 3 && j.repeats > 4*j.omits && u.missing > 0 {
		j.orientation, j.turned = cvo.Orientation{}, false
		return
	}
	if j.began && u.missing == 0 {
		j.omits++
	}
}
