package codec

// h265Set is what is read from a sequence parameter set.
type h265Set struct {
	width, height int // after the conformance window
	subLayers     int // sps_max_sub_layers_minus1 + 1
	id            uint32
	orderBits     int  // of slice_pic_order_cnt_lsb
	planes        bool // separate_colour_plane_flag: slices say of which they are
	format        PictureFormat
}

// parseH265SPS reads a sequence parameter set of the base layer without its NAL unit header (H.265 clause 7.3.2.2).
func parseH265SPS(sps []byte) (h265Set, error) {
	b := bits{data: unescape(sps)}
	b.skip(4) // sps_video_parameter_set_id
	subLayers := int(b.u(3)) + 1
	b.skip(1) // sps_temporal_id_nesting_flag
	if subLayers > 7 {
		return h265Set{}, ErrInvalid
	}
	skipProfileTierLevel(&b, subLayers-1)
	id := b.ue()
	chromaFormat := b.ue()
	if chromaFormat > 3 {
		return h265Set{}, ErrInvalid
	}
	separate := chromaFormat == 3 && b.flag() // separate_colour_plane_flag
	width, height := uint64(b.ue()), uint64(b.ue())
	var left, right, top, bottom uint64
	if b.flag() { // conformance_window_flag
		left, right, top, bottom = uint64(b.ue()), uint64(b.ue()), uint64(b.ue()), uint64(b.ue())
	}
	f := PictureFormat{Chroma: int(chromaFormat), LumaBits: 8 + int(min(b.ue(), 8))} // without this the set was cut off
	if b.err != nil {
		return h265Set{}, b.err
	}
	// Table 6-1: the window is in chroma samples.
	cropX, cropY := uint64(1), uint64(1)
	if !separate {
		cropX = []uint64{1, 2, 2, 1}[chromaFormat]
		cropY = []uint64{1, 2, 1, 1}[chromaFormat]
	}
	w, h, err := croppedSize(width, height, cropX*(left+right), cropY*(top+bottom))
	f.Width, f.Height, f.ChromaBits = w, h, 8+int(min(b.ue(), 8))
	orderBits := int(min(b.ue(), 12)) + 4 // log2_max_pic_order_cnt_lsb_minus4
	if h265ToUsability(&b, subLayers, orderBits) {
		f.usability(&b)
	}
	return h265Set{w, h, subLayers, id, orderBits, separate, f}, err
}

// skipProfileTierLevel skips profile_tier_level(1, maxSubLayersMinus1) (clause 7.3.3).
func skipProfileTierLevel(b *bits, maxSubLayersMinus1 int) {
	const profile, level = 88, 8
	b.skip(profile + level)
	if maxSubLayersMinus1 == 0 {
		return
	}
	size := 0
	for i := range 8 {
		hasProfile, hasLevel := b.flag(), b.flag()
		if i >= maxSubLayersMinus1 {
			continue // reserved_zero_2bits
		}
		if hasProfile {
			size += profile
		}
		if hasLevel {
			size += level
		}
	}
	b.skip(size)
}
