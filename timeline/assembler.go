package timeline

// unit is one picture or one audio packet before it has a presentation time.
type unit struct {
	packets   []*packet
	seq       int64 // of the first packet
	ts        int64 // extended RTP time, put right where the sender's clock is wrong
	sent      int64 // the same as the sender wrote it
	arrival   int64 // earliest arrival of its packets, ms
	missing   int   // packets that never came between the unit before and this one
	restart   bool  // the sender started anew
	jumped    int   // sequence numbers that a restart skipped
	head      bool  // its first packet is there
	tail      bool  // its last packet is there
	torn      bool  // something is missing in the middle, or does not parse
	prefix    int   // packets up to the first that is missing or does not parse
	key       bool
	sets      bool // carries parameter sets (H.264, H.265)
	redefines bool // … with the number of others before
	number    int  // frame_num of H.264, modulo numbers, -1 unknown
	numbers   int
	// pictures after which decoding that begins here shows what was sent (H.264, H.265), -1: it cannot begin here
	recovery  int
	discard   bool // no other picture refers to it
	picture   int  // picture id, -1 if the codec has none
	base      int  // number, modulo 256, of the temporal base layer's picture that this one is or depends on; -1 unknown
	upper     bool // above the temporal base layer
	entry     bool // nothing older of its own layer is needed
	width     int
	height    int
	recovered bool  // made from the redundancy in a later packet
	cvo       int16 // CVO byte, -1 if no packet has it
	padding   padding
	frames    []layerFrame // VP9, AV1: in order, the base layer first; none where headers cannot be read
}

// padding is where in the file the first of the packets without media is that stand inside a unit, or behind it.
type padding struct {
	there           bool
	offset, arrival int64
}

func (u *unit) whole() bool { return u.head && u.tail && !u.torn }

// assembler gathers the packets of one RTP time into a unit. Audio packets are units of their own.
type assembler struct {
	pool   *packetPool
	counts *Counts
	audio  bool
	layers bool        // the codec's frames tell what they refer to
	emit   func(*unit) // the unit is valid until emit returns

	cur       unit
	open      bool
	begun     bool
	seenMedia bool
	lastSeq   int64
	lastMark  bool // the last packet had the marker bit: its picture ended there
	marks     bool // this sender sets the marker bit where pictures end
	owed      int  // packets missing before a padding-only packet
	anew      bool // a padding-only packet was the first of a new sequence
}

func (a *assembler) push(p *packet) {
	missing := a.owed
	if a.begun && !p.restart {
		missing += int(p.seq - a.lastSeq - 1)
	}
	p.restart = p.restart || a.anew
	a.begun, a.lastSeq = true, p.seq
	if p.paddingOnly {
		if pad := &a.cur.padding; a.open && (!pad.there || p.offset < pad.offset) {
			*pad = padding{true, p.offset, p.arrival}
		}
		a.owed, a.anew = missing, p.restart // it holds a place in the sequence and has no media
		if p.foreign {
			a.counts.Foreign++
		} else {
			a.counts.Padding++
		}
		a.pool.put(p)
		return
	}
	a.owed, a.anew = 0, false
	if a.open && (a.audio || p.restart || p.ts != a.cur.ts || a.stuckClock(p, missing)) {
		a.cur.tail = a.audio || a.lastMark || missing == 0 && !p.restart
		a.marks = a.marks || a.lastMark
		a.close()
	}
	if a.open {
		p.broken = missing > 0
		a.cur.torn = a.cur.torn || p.broken
	} else {
		a.start(p, missing)
	}
	a.add(p)
	if a.layers {
		a.cur.addFrame(p)
	}
	a.lastMark = p.marker
}

// stuckClock tells a new picture from more of the same when the sender's RTP clock does not move. It stands still, too,
// where parameter sets have the time of the picture before them instead of that of the one behind.
func (a *assembler) stuckClock(p *packet, missing int) bool {
	begins := p.info.Start && p.info.StartKnown && p.info.Spatial <= 0
	sets := p.info.ParameterSets && !a.cur.sets && a.cur.number >= 0
	return a.lastMark && missing == 0 && (begins || sets)
}

func (a *assembler) start(p *packet, missing int) {
	packets, frames := a.cur.packets[:0], a.cur.frames[:0]
	a.cur = unit{packets: packets, frames: frames, seq: p.seq, ts: p.ts, sent: p.ts, arrival: p.arrival,
		missing: missing, restart: p.restart, jumped: p.jumped, picture: p.info.PictureID, cvo: -1, discard: true,
		recovery: -1, number: -1,
		base: p.info.BaseIndex, upper: p.info.Temporal > 0, entry: p.info.Switch}
	// Without a loss the unit before ended where this one begins. After one, and at the start, the payload must tell.
	a.cur.head = a.audio || p.info.Start && p.info.Spatial <= 0 || a.seenMedia && missing == 0 && !p.restart
	a.open, a.seenMedia = true, true
}

func (a *assembler) add(p *packet) {
	u := &a.cur
	u.packets = append(u.packets, p)
	if p.arrival < u.arrival {
		u.arrival = p.arrival
	}
	if p.infoErr != nil {
		u.torn = true
	}
	if u.head && !u.torn {
		u.prefix = len(u.packets)
	}
	u.key = u.key || p.info.Key
	u.sets = u.sets || p.info.ParameterSets
	u.redefines = u.redefines || p.info.Redefines
	if u.number < 0 && p.info.FrameNumbers > 0 {
		u.number, u.numbers = p.info.FrameNumber, p.info.FrameNumbers
	}
	if p.info.Recovery {
		u.recovery = p.info.RecoveryCount
	}
	u.discard = u.discard && p.info.Discardable
	if p.info.Width > 0 {
		u.width, u.height = p.info.Width, p.info.Height
	}
	if p.cvo >= 0 {
		u.cvo = p.cvo // the last packet's counts, as in libwebrtc
	}
}

// close hands the open unit on and frees its packets.
func (a *assembler) close() {
	if !a.open {
		return
	}
	a.open = false
	a.cur.endFrames()
	a.emit(&a.cur)
	for _, p := range a.cur.packets {
		a.pool.put(p)
	}
	a.cur.packets = a.cur.packets[:0]
}

// flush ends the stream.
func (a *assembler) flush() {
	// A sender that never sets it has not left it out here.
	a.cur.tail = a.audio || a.lastMark || !a.marks && !a.cur.continues()
	a.close()
}

// continues says whether the newest packet says that more of its frame follows (VP9, AV1).
func (u *unit) continues() bool {
	n := len(u.frames)
	return n > 0 && !u.frames[n-1].ended
}
