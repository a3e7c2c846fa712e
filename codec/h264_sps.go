package codec

// A picture larger than this in one direction is a misread: level 6.2 allows 16888 samples.
const maxSide = 1 << 15

// h264Parameters is what is needed of a sequence parameter set.
type h264Parameters struct {
	id            int
	width, height int  // of the picture that a decoder gives out, after cropping
	numberBits    int  // of frame_num
	orderBits     int  // of pic_order_cnt_lsb, 0 if slices have none
	fields        bool // slices say whether they are of a field
	planes        bool // separate_colour_plane_flag: slices say of which they are
	format        PictureFormat
}

// parseH264SPS reads a sequence parameter set without its NAL unit header (H.264 clause 7.3.2.1.1).
func parseH264SPS(sps []byte) (set h264Parameters, err error) {
	b := bits{data: unescape(sps)}
	profile := b.u(8)
	b.skip(16) // constraint flags, level_idc
	set.id = int(min(b.ue(), 32))
	chromaFormat, separate := uint32(1), false
	set.format.LumaBits, set.format.ChromaBits = 8, 8
	if h264HasChromaFormat(profile) {
		chromaFormat = b.ue()
		if chromaFormat > 3 {
			return h264Parameters{}, ErrInvalid
		}
		if chromaFormat == 3 {
			separate = b.flag() // separate_colour_plane_flag
		}
		set.format.LumaBits = 8 + int(min(b.ue(), 6))
		set.format.ChromaBits = 8 + int(min(b.ue(), 6))
		b.skip(1)     // qpprime_y_zero_transform_bypass_flag
		if b.flag() { // seq_scaling_matrix_present_flag
			h264SkipScalingLists(&b, chromaFormat)
		}
	}
	if n := b.ue(); n <= 12 { // log2_max_frame_num_minus4
		set.numberBits = int(n) + 4
	}
	set.planes = separate
	switch b.ue() { // pic_order_cnt_type
	case 0:
		if n := b.ue(); n <= 12 { // log2_max_pic_order_cnt_lsb_minus4
			set.orderBits = int(n) + 4
		}
	case 1:
		b.skip(1) // delta_pic_order_always_zero_flag
		b.se()    // offset_for_non_ref_pic
		b.se()    // offset_for_top_to_bottom_field
		cycle := b.ue()
		if cycle > 255 {
			return h264Parameters{}, ErrInvalid
		}
		for range cycle {
			b.se() // offset_for_ref_frame
		}
	case 2:
	default:
		return h264Parameters{}, ErrInvalid
	}
	b.ue()    // max_num_ref_frames
	b.skip(1) // gaps_in_frame_num_value_allowed_flag
	mbWide := uint64(b.ue()) + 1
	mapHigh := uint64(b.ue()) + 1
	fieldHigh := uint64(1) // map units per macroblock row
	if !b.flag() {         // frame_mbs_only_flag
		fieldHigh, set.fields = 2, true
		b.skip(1) // mb_adaptive_frame_field_flag
	}
	b.skip(1) // direct_8x8_inference_flag
	var left, right, top, bottom uint64
	if b.flag() { // frame_cropping_flag
		left, right, top, bottom = uint64(b.ue()), uint64(b.ue()), uint64(b.ue()), uint64(b.ue())
	}
	usability := b.flag() // vui_parameters_present_flag: without it the set was cut off
	if b.err != nil {
		return h264Parameters{}, b.err
	}

	// Clause 7.4.2.1.1, equations 7-19 to 7-22: cropping is in chroma samples, and in pairs of lines for fields.
	cropX, cropY := uint64(1), fieldHigh
	if !separate {
		cropX *= []uint64{1, 2, 2, 1}[chromaFormat]
		cropY *= []uint64{1, 2, 1, 1}[chromaFormat]
	}
	set.width, set.height, err = croppedSize(16*mbWide, 16*mapHigh*fieldHigh, cropX*(left+right), cropY*(top+bottom))
	set.format.Width, set.format.Height, set.format.Chroma = set.width, set.height, int(chromaFormat)
	if usability {
		set.format.usability(&b)
	}
	return set, err
}

func croppedSize(width, height, cropWidth, cropHeight uint64) (int, int, error) {
	if width > maxSide || height > maxSide || cropWidth >= width || cropHeight >= height {
		return 0, 0, ErrInvalid
	}
	return int(width - cropWidth), int(height - cropHeight), nil
}

// h264HasChromaFormat lists the profiles whose parameter sets have chroma_format_idc and what follows it.
func h264HasChromaFormat(profile uint32) bool {
	switch profile {
	case 100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135:
		return true
	}
	return false
}

func h264SkipScalingLists(b *bits, chromaFormat uint32) {
	lists := 8
	if chromaFormat == 3 {
		lists = 12
	}
	for i := range lists {
		if !b.flag() { // seq_scaling_list_present_flag
			continue
		}
		size := 16
		if i >= 6 {
			size = 64
		}
		last, next := int64(8), int64(8)
		for range size {
			if next != 0 {
				next = (last + b.se() + 256) % 256
			}
			if next != 0 {
				last = next
			}
			if b.err != nil {
				return
			}
		}
	}
}
