package codec

// av1Size reads max_frame_width_minus_1 and max_frame_height_minus_1 from the content of a sequence header OBU
// (AV1 specification section 5.5.1).
func av1Size(obu []byte) (width, height int, err error) {
	b := bits{data: obu}
	if b.u(3) > 2 { // seq_profile
		return 0, 0, ErrInvalid
	}
	b.skip(1)     // still_picture
	if b.flag() { // reduced_still_picture_header
		b.skip(5) // seq_level_idx
	} else {
		av1SkipOperatingPoints(&b)
	}
	widthBits, heightBits := int(b.u(4))+1, int(b.u(4))+1
	width, height = int(b.u(widthBits))+1, int(b.u(heightBits))+1
	if b.err != nil {
		return 0, 0, b.err
	}
	return width, height, nil
}

// av1SkipOperatingPoints skips timing_info to the last operating point.
func av1SkipOperatingPoints(b *bits) {
	decoderModel, delayBits := false, 0
	if b.flag() { // timing_info_present_flag
		b.skip(32 + 32) // num_units_in_display_tick, time_scale
		if b.flag() {   // equal_picture_interval
			av1SkipUVLC(b) // num_ticks_per_picture_minus_1
		}
		if decoderModel = b.flag(); decoderModel { // decoder_model_info_present_flag
			delayBits = int(b.u(5)) + 1 // buffer_delay_length_minus_1
			b.skip(32 + 5 + 5)          // num_units_in_decoding_tick, two lengths
		}
	}
	displayDelay := b.flag() // initial_display_delay_present_flag
	points := int(b.u(5)) + 1
	for range points {
		b.skip(12)      // operating_point_idc
		if b.u(5) > 7 { // seq_level_idx
			b.skip(1) // seq_tier
		}
		if decoderModel && b.flag() { // decoder_model_present_for_this_op
			b.skip(2*delayBits + 1) // decoder_buffer_delay, encoder_buffer_delay, low_delay_mode_flag
		}
		if displayDelay && b.flag() { // initial_display_delay_present_for_this_op
			b.skip(4)
		}
	}
}

// av1SkipUVLC skips a variable length code (section 4.10.3).
func av1SkipUVLC(b *bits) {
	zeros := 0
	for !b.flag() {
		if b.err != nil {
			return
		}
		zeros++
	}
	if zeros < 32 {
		b.skip(zeros)
	}
}
