package codec

// PictureOrder finds out in which order pictures of H.264 and H.265 are shown, which may be another than the one that
// they are decoded in (B-frames), from the count that their slices have (H.264 clause 8.2.1, H.265 clause 8.3.1).
type PictureOrder struct {
	avc   h264
	sets  [16]h265Set // by id; orderBits 0: not seen
	uses  [64]h265Use // by id of a picture parameter set
	isAVC bool

	sequence int64 // coded video sequences begun so far
	before   int64 // count of the picture that the next one's is told by
	place    int64
}

// h265Use is what slices of a picture parameter set need for their headers to be read.
type h265Use struct {
	set   uint32
	extra int // num_extra_slice_header_bits
	shown bool
	seen  bool
}

// NewPictureOrder begins a stream of h264 or h265.
func NewPictureOrder(codecName string) *PictureOrder {
	return &PictureOrder{isAVC: codecName == "h264"}
}

// Add takes the next NAL unit, of which the beginning is enough: a parameter set, or the first slice of a picture.
func (o *PictureOrder) Add(nal []byte) {
	switch {
	case len(nal) < h265HeaderSize:
	case o.isAVC && nal[0]&0x1F == h264SPS || o.isAVC && nal[0]&0x1F == h264PPS:
		var info Info
		info.reset()
		_ = o.avc.unit(nal, &info) // a set that cannot be read is not there
	case o.isAVC:
		o.slice(o.countAVC(nal))
	case h265Layer(nal) > 0:
	case h265Type(nal) == h265SPS:
		if set, err := parseH265SPS(nal[h265HeaderSize:]); err == nil && set.id < uint32(len(o.sets)) {
			o.sets[set.id] = set
		}
	case h265Type(nal) == h265PPS:
		b := bits{data: unescape(nal[h265HeaderSize:])}
		id, use := b.ue(), h265Use{set: b.ue(), seen: true}
		b.skip(1) // dependent_slice_segments_enabled_flag
		use.shown, use.extra = b.flag(), int(b.u(3))
		if b.err == nil && id < uint32(len(o.uses)) && use.set < uint32(len(o.sets)) {
			o.uses[id] = use
		}
	default:
		o.slice(o.countHEVC(nal))
	}
}

// Place says where the last picture added stands in the order of showing: before all of higher places. A picture that
// does not say it has the place of the one before.
func (o *PictureOrder) Place() int64 { return o.place }

// count is what a slice says of its picture's place.
type count struct {
	low    int64
	bits   int  // of low, 0 if it is not known
	begins bool // a coded video sequence: none before it is shown later
	tells  bool // the next one's by it
}

// slice places a picture.
func (o *PictureOrder) slice(c count) {
	if c.begins {
		o.sequence++
		o.before = 0
		o.place = o.sequence << 32
	}
	if c.bits == 0 {
		return
	}
	all := int64(1) << c.bits
	n := o.before&^(all-1) | c.low
	switch apart := n - o.before; {
	case c.begins:
		n = c.low
	case apart < -all/2 || apart == -all/2:
		n += all
	case apart > all/2:
		n -= all
	}
	o.place = o.sequence<<32 + n
	if c.tells {
		o.before = n
	}
}

// countAVC reads the header of a slice of H.264 (clause 7.3.3).
func (o *PictureOrder) countAVC(nal []byte) (c count) {
	kind := nal[0] & 0x1F
	if kind != h264Slice && kind != h264PartitionA && kind != h264IDR {
		return c
	}
	c.begins, c.tells = kind == h264IDR, nal[0]&0x60 != 0
	b := bits{data: unescape(nal[1:min(len(nal), 32)])}
	_, set := o.avc.header(&b)
	if set == nil || set.orderBits == 0 {
		return c
	}
	if set.fields && b.flag() { // field_pic_flag
		b.skip(1) // bottom_field_flag
	}
	if kind == h264IDR {
		b.ue() // idr_pic_id
	}
	if c.low = int64(b.u(set.orderBits)); b.err == nil {
		c.bits = set.orderBits
	}
	return c
}

// countHEVC reads the header of the first slice segment of a picture of H.265 (clause 7.3.6.1).
func (o *PictureOrder) countHEVC(nal []byte) (c count) {
	const (
		firstLeading, lastLeading = 6, 9 // RADL_N to RASL_R
		firstIDR, lastIDR         = 19, 20
	)
	kind := h265Type(nal)
	if kind > h265LastIRAP {
		return c
	}
	random := kind >= h265FirstIRAP
	c.begins = random && (kind <= lastIDR || o.sequence == 0)
	leading := kind >= firstLeading && kind <= lastLeading
	c.tells = nal[1]&7 == 1 && !leading && (kind >= h265LastSubLayer || kind%2 == 1)
	b := bits{data: unescape(nal[h265HeaderSize:min(len(nal), 32)])}
	b.skip(1) // first_slice_segment_in_pic_flag
	if random {
		b.skip(1) // no_output_of_prior_pics_flag
	}
	id := b.ue()
	if b.err != nil || id >= uint32(len(o.uses)) || !o.uses[id].seen {
		return c
	}
	use := o.uses[id]
	set := &o.sets[use.set]
	if set.orderBits == 0 {
		return c
	}
	if kind >= firstIDR && kind <= lastIDR {
		c.bits = set.orderBits
		return c
	}
	b.skip(use.extra)
	b.ue() // slice_type
	if use.shown {
		b.skip(1) // pic_output_flag
	}
	if set.planes {
		b.skip(2) // colour_plane_id
	}
	if c.low = int64(b.u(set.orderBits)); b.err == nil {
		c.bits = set.orderBits
	}
	return c
}
