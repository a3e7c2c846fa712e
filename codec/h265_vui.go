package codec

// h265ToUsability skips what in a sequence parameter set of H.265 (clause 7.3.2.2) stands between the order
// counts and the video usability information, and says whether there is such.
func h265ToUsability(b *bits, subLayers, orderBits int) bool {
	from := subLayers - 1
	if b.flag() { // sps_sub_layer_ordering_info_present_flag
		from = 0
	}
	for range subLayers - from {
		b.ue() // sps_max_dec_pic_buffering_minus1
		b.ue() // sps_max_num_reorder_pics
		b.ue() // sps_max_latency_increase_plus1
	}
	for range 6 { // sizes of coding and transform blocks, depths of transform hierarchies
		b.ue()
	}
	if b.flag() && b.flag() { // scaling_list_enabled_flag, sps_scaling_list_data_present_flag
		h265SkipScalingLists(b)
	}
	b.skip(2)     // amp_enabled_flag, sample_adaptive_offset_enabled_flag
	if b.flag() { // pcm_enabled_flag
		b.skip(8) // bit depths
		b.ue()    // log2_min_pcm_luma_coding_block_size_minus3
		b.ue()    // log2_diff_max_min_pcm_luma_coding_block_size
		b.skip(1) // pcm_loop_filter_disabled_flag
	}
	sets := int(b.ue()) // num_short_term_ref_pic_sets
	if sets > 64 {
		return false
	}
	pictures := 0
	for i := range sets {
		pictures = h265SkipReferences(b, i, pictures)
	}
	if b.flag() { // long_term_ref_pics_present_flag
		for range min(b.ue(), 32) {
			b.skip(orderBits + 1) // lt_ref_pic_poc_lsb_sps, used_by_curr_pic_lt_sps_flag
		}
	}
	b.skip(2) // sps_temporal_mvp_enabled_flag, strong_intra_smoothing_enabled_flag
	return b.flag() && b.err == nil
}

// h265SkipReferences skips st_ref_pic_set(number) (clause 7.3.7), in front of which one with so many pictures stands,
// and returns how many it has.
func h265SkipReferences(b *bits, number, before int) (pictures int) {
	if number > 0 && b.flag() { // inter_ref_pic_set_prediction_flag
		b.skip(1) // delta_rps_sign
		b.ue()    // abs_delta_rps_minus1
		for range before + 1 {
			if b.flag() || b.flag() { // used_by_curr_pic_flag, use_delta_flag
				pictures++
			}
		}
		return pictures
	}
	pictures = int(min(b.ue(), 16)) + int(min(b.ue(), 16)) // num_negative_pics, num_positive_pics
	for range pictures {
		b.ue()    // delta_poc_minus1
		b.skip(1) // used_by_curr_pic_flag
	}
	return pictures
}

// h265SkipScalingLists skips scaling_list_data (clause 7.3.4).
func h265SkipScalingLists(b *bits) {
	for size := range 4 {
		step := 1
		if size == 3 {
			step = 3
		}
		for matrix := 0; matrix < 6; matrix += step {
			if !b.flag() { // scaling_list_pred_mode_flag
				b.ue() // scaling_list_pred_matrix_id_delta
				continue
			}
			if size > 1 {
				b.se() // scaling_list_dc_coef_minus8
			}
			for range min(64, 1<<(4+size<<1)) {
				b.se() // scaling_list_delta_coef
			}
		}
	}
}
