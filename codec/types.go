// Package codec looks into RTP payloads: where pictures begin, which can be decoded on their own, how large they are.
package codec

// Info is what one RTP payload says about the picture it belongs to.
type Info struct {
	// Start: a picture begins in this payload. H.264, H.265: so do parameter sets and the like in front of a picture,
	// each in a payload of its own.
	Start      bool
	StartKnown bool // the payload format tells where pictures begin (VP8, VP9, AV1; not H.264, H.265)
	Key        bool // the picture can be decoded without others: IDR, VP8/VP9 key frame, AV1 new coded video sequence

	// Width and Height: size in pixels as decoded (after cropping), 0 if this payload does not carry it (H.264, H.265:
	// from an SPS). With spatial layers it is that of the payload's own layer: the last one counts for the picture.
	Width  int
	Height int

	// Discardable: no other picture needs what is in this payload. A picture is discardable if all its payloads are.
	Discardable bool
	Spatial     int  // spatial layer, 0 = base; -1 if the payload has no layers
	Temporal    int  // temporal layer, 0 = base; -1 if unknown
	Switch      bool // VP9 U bit / VP8 Y bit: layers up from here need nothing older in this layer
	PictureID   int  // -1 if absent
	// BaseIndex is TL0PICIDX of VP8 and VP9: the number, modulo 256, of the picture of the temporal base layer that this
	// one is or depends on; -1 if absent.
	BaseIndex     int
	End           bool // VP9 E bit: the layer frame ends here; others: false
	Continues     bool // AV1: an OBU goes on in the next payload
	ParameterSets bool // H.264, H.265: carries SPS (and VPS, PPS): a key picture needs them
	// Redefines: H.264, H.265: carries a parameter set with the number of an earlier one that said something else.
	Redefines bool

	// FrameNumber: frame_num of H.264, modulo FrameNumbers: that of the reference picture before, and one more.
	// FrameNumbers is 0 if this payload does not say it, or a parameter set was not seen.
	FrameNumber, FrameNumbers int

	// Recovery: recovery point SEI of H.264, H.265. Where key pictures are missing (intra refresh, open GOP), decoding
	// can begin here and the picture will become right, after RecoveryCount pictures: in H.264, of those that others
	// refer to (recovery_frame_cnt, clause D.2.8), in H.265 of all (recovery_poc_cnt, clause D.3.8).
	Recovery      bool
	RecoveryCount int

	// Frame is set where a frame (of one spatial layer) begins whose header can be read: VP9, AV1.
	Frame *Frame
}

// Frame is what a frame's header says about those before it. A decoder keeps frames in eight slots (VP9 bitstream
// specification section 6.2, AV1 specification section 5.9.2): bit n of a mask is slot n.
type Frame struct {
	Refers    uint16 // what it may be predicted from
	Refreshes uint16 // what it is kept in
	// Needs is what it cannot be read without, a part of Refers: the statistics of the frame there go on in this one.
	// Decoders fail where they are wrong, and give no damaged picture.
	Needs uint16
}

// VP9Statistics is the bit in masks of Frame for VP9's statistics, which no slot of pictures holds.
const VP9Statistics = 1 << 8

// Inspector looks at the payloads of one stream in order. It is not safe for concurrent use.
type Inspector interface {
	// Inspect puts into info what payload says, whatever was there before: to copy an Info costs more than to find it out.
	// An error means that the payload does not parse as this codec (damaged or encrypted); it never panics.
	Inspect(payload []byte, info *Info) error
}
