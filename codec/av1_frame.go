package codec

// av1FrameFormat is what a sequence header says about how frame headers are written.
type av1FrameFormat struct {
	reduced               bool // only still pictures
	decoderModel          bool
	widthBits, heightBits int
	idBits, deltaIDBits   int // 0: frames have no numbers
	orderHintBits         int // 0: nor hints at their order
	screenContentTools    int // 0 never, 1 always, 2 each frame says
	integerVectors        int // the same
}

const av1FrameSays = 2

// av1NoPrimary is PRIMARY_REF_NONE: no other frame's statistics are taken over.
const av1NoPrimary = 7

// readTools reads enable_interintra_compound to order_hint_bits_minus_1 (AV1 specification section 5.5.1).
func (f *av1FrameFormat) readTools(b *bits) {
	b.skip(4) // enable_interintra_compound, enable_masked_compound, enable_warped_motion, enable_dual_filter
	orderHint := b.flag()
	if orderHint {
		b.skip(2) // enable_jnt_comp, enable_ref_frame_mvs
	}
	f.screenContentTools, f.integerVectors = av1FrameSays, av1FrameSays
	if !b.flag() { // seq_choose_screen_content_tools
		f.screenContentTools = int(b.u(1))
	}
	if f.screenContentTools > 0 && !b.flag() { // seq_choose_integer_mv
		f.integerVectors = int(b.u(1))
	}
	if orderHint {
		f.orderHintBits = int(b.u(3)) + 1
	}
}

// Frame types (section 6.8.2).
const (
	av1KeyFrame = iota
	av1InterFrame
	av1IntraOnlyFrame
	av1SwitchFrame
)

// readFrame reads a frame header (section 5.9.2) up to the frame's size, and notes it for frames that take their size
// from this one. The size is 0x0 where it is that of a frame that was not seen.
func (a *av1) readFrame(data []byte) (links Frame, size frameSize, err error) {
	f := &a.sequence.frames
	b := bits{data: data}
	if f.reduced || f.decoderModel {
		return Frame{}, size, ErrInvalid // nobody calls with still pictures; buffer models are for broadcasters
	}
	if b.flag() { // show_existing_frame
		slot := b.u(3)
		return Frame{Refers: 1 << slot}, a.slots[slot], b.err
	}
	kind, shown := b.u(2), b.flag()
	if !shown {
		b.skip(1) // showable_frame
	}
	intra := kind == av1KeyFrame || kind == av1IntraOnlyFrame
	fresh := kind == av1SwitchFrame || kind == av1KeyFrame && shown
	resilient := fresh || b.flag() // error_resilient_mode
	b.skip(1)                      // disable_cdf_update
	if f.screenContentTools == 1 || f.screenContentTools == av1FrameSays && b.flag() {
		if f.integerVectors == av1FrameSays {
			b.skip(1) // force_integer_mv
		}
	}
	b.skip(f.idBits) // current_frame_id
	ownSize := kind == av1SwitchFrame || b.flag()
	b.skip(f.orderHintBits)
	primary := uint32(av1NoPrimary)
	if !intra && !resilient {
		primary = b.u(3) // primary_ref_frame
	}
	refresh := uint32(0xFF)
	if !fresh {
		refresh = b.u(8)
	}
	if (!intra || refresh != 0xFF) && resilient {
		b.skip(8 * f.orderHintBits) // ref_order_hint
	}
	links = Frame{Refreshes: uint16(refresh)}
	var references [7]uint32
	if !intra {
		references = f.readReferences(&b, &links)
		switch {
		case primary == av1NoPrimary:
		case links.Refers == 0xFF:
			links.Needs = 0xFF
		default:
			links.Needs = 1 << references[primary]
		}
	}
	size = a.readSize(&b, ownSize, ownSize && !intra && !resilient, references[:])
	if b.err != nil {
		return Frame{}, frameSize{}, b.err
	}
	for i := range a.slots {
		if refresh>>i&1 != 0 {
			a.slots[i] = size
		}
	}
	return links, size, nil
}

// readReferences reads from frame_refs_short_signaling to delta_frame_id_minus_1.
func (f *av1FrameFormat) readReferences(b *bits, links *Frame) (references [7]uint32) {
	short := f.orderHintBits > 0 && b.flag()
	if short {
		b.skip(3 + 3)
		links.Refers = 0xFF // found by comparing order hints: any
	}
	for i := range references {
		if !short {
			references[i] = b.u(3)
			links.Refers |= 1 << references[i]
		}
		b.skip(f.deltaIDBits)
	}
	return references
}

// readSize reads frame_size_with_refs or frame_size (sections 5.9.5 and 5.9.7).
func (a *av1) readSize(b *bits, own, references bool, slots []uint32) frameSize {
	for i := 0; references && i < len(slots); i++ {
		if b.flag() { // found_ref
			return a.slots[slots[i]]
		}
	}
	if !own {
		return frameSize{a.sequence.Width, a.sequence.Height}
	}
	f := &a.sequence.frames
	width := int(b.u(f.widthBits)) + 1
	return frameSize{width, int(b.u(f.heightBits)) + 1}
}
