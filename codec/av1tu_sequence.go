package codec

// AV1Sequence is what a sequence header says that containers and receivers want to know.
type AV1Sequence struct {
	Width, Height int // of the largest pictures, in pixels
	Profile       int // 0 main, 1 high, 2 professional
	Level         int // seq_level_idx of the first operating point (AV1 specification annex A.3): 4 × (major − 2) + minor
	Tier          int // 0 main, 1 high
	BitDepth      int // 8, 10 or 12
	Monochrome    bool
	SubsamplingX  bool    // 4:2:0 and 4:2:2
	SubsamplingY  bool    // 4:2:0
	ChromaSite    int     // chroma_sample_position: 0 unknown, 1 vertical, 2 colocated
	Colour        *Colour // nil: not said

	obu    []byte // the sequence header, with its size in it
	frames av1FrameFormat
}

// Sequence returns the sequence header of the unit, false if it has none that can be read.
func (u AV1Unit) Sequence() (AV1Sequence, bool) {
	for rest := u.Data; len(rest) > 1; {
		head := 1
		if rest[0]&obuExtended != 0 {
			head = 2
		}
		size, used, err := leb128(rest[head:])
		if err != nil || size > uint64(len(rest)-head-used) {
			return AV1Sequence{}, false // not made by End
		}
		end := head + used + int(size)
		if rest[0]>>3&0x0F == obuSequenceHeader {
			s, err := parseAV1Sequence(rest[head+used : end])
			s.obu = rest[:end]
			return s, err == nil
		}
		rest = rest[end:]
	}
	return AV1Sequence{}, false
}

// Record returns the AV1 codec configuration record, content of the box av1C in MP4 and of CodecPrivate in Matroska
// ("AV1 Codec ISO Media File Format Binding", section 2.3.3), with the sequence header in it.
//
//	 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7 0 1 2 3 4 5 6 7
//	+-+-------------+-----+---------+-+-+-+-+-+-+---+---------------+
//	|1|  version 1  | pro |  level  |T|H|W|M|X|Y|csp|       0       |  then the sequence header OBU
//	+-+-------------+-----+---------+-+-+-+-+-+-+---+---------------+
func (s AV1Sequence) Record() []byte {
	record := []byte{0x81, byte(s.Profile<<5 | s.Level), byte(s.Tier<<7 | s.ChromaSite), 0}
	for _, f := range []struct {
		set bool
		bit byte
	}{{s.BitDepth > 8, 0x40}, {s.BitDepth == 12, 0x20}, {s.Monochrome, 0x10}, {s.SubsamplingX, 0x08},
		{s.SubsamplingY, 0x04}} {
		if f.set {
			record[2] |= f.bit
		}
	}
	return append(record, s.obu...)
}

// SameFormat says whether a decoder or a container can go from one sequence to the other without being set up anew.
func (s AV1Sequence) SameFormat(o AV1Sequence) bool {
	return s.Width == o.Width && s.Height == o.Height && s.Profile == o.Profile && s.BitDepth == o.BitDepth &&
		s.Monochrome == o.Monochrome &&
		s.SubsamplingX == o.SubsamplingX && s.SubsamplingY == o.SubsamplingY
}

// parseAV1Sequence reads the content of a sequence header OBU (AV1 specification section 5.5.1) up to the colours.
func parseAV1Sequence(obu []byte) (s AV1Sequence, err error) {
	if s.Width, s.Height, err = av1Size(obu); err != nil {
		return s, err
	}
	b := bits{data: obu}
	s.Profile = int(b.u(3))
	b.skip(1)           // still_picture
	reduced := b.flag() // reduced_still_picture_header
	if reduced {
		s.Level = int(b.u(5))
	} else {
		s.Level, s.Tier, s.frames.decoderModel = av1FirstLevel(b)
		av1SkipOperatingPoints(&b)
	}
	f := &s.frames
	f.reduced, f.widthBits, f.heightBits = reduced, int(b.u(4))+1, int(b.u(4))+1
	b.skip(f.widthBits + f.heightBits)
	if !reduced && b.flag() { // frame_id_numbers_present_flag
		f.deltaIDBits = int(b.u(4)) + 2
		f.idBits = int(b.u(3)) + f.deltaIDBits + 1
	}
	b.skip(3) // use_128x128_superblock, enable_filter_intra, enable_intra_edge_filter
	if !reduced {
		f.readTools(&b)
	}
	b.skip(3) // enable_superres, enable_cdef, enable_restoration
	s.colours(&b)
	return s, b.err
}

// av1FirstLevel reads level and tier of the first operating point, from timing_info on, and whether there is a model of
// the decoder's buffers.
func av1FirstLevel(b bits) (level, tier int, decoderModel bool) {
	if b.flag() { // timing_info_present_flag
		b.skip(32 + 32)
		if b.flag() { // equal_picture_interval
			av1SkipUVLC(&b)
		}
		if decoderModel = b.flag(); decoderModel { // decoder_model_info_present_flag
			b.skip(5 + 32 + 5 + 5)
		}
	}
	b.skip(1 + 5 + 12) // initial_display_delay_present_flag, operating_points_cnt_minus_1, operating_point_idc
	if level = int(b.u(5)); level > 7 {
		tier = int(b.u(1))
	}
	return level, tier, decoderModel
}

// colours reads color_config up to chroma_sample_position (section 5.5.2).
func (s *AV1Sequence) colours(b *bits) {
	s.BitDepth = 8
	if b.flag() { // high_bitdepth
		s.BitDepth = 10
		if s.Profile == 2 && b.flag() { // twelve_bit
			s.BitDepth = 12
		}
	}
	s.Monochrome = s.Profile != 1 && b.flag()
	described := uint32(0)
	if b.flag() { // color_description_present_flag
		described = b.u(24)
	}
	const sRGB = 1<<16 | 13<<8 | 0 // BT.709 primaries, sRGB transfer, identity matrix: no subsampling, full range
	full := false
	switch {
	case s.Monochrome:
		full = b.flag() // color_range
		s.SubsamplingX, s.SubsamplingY = true, true
	case described == sRGB:
		full = true
	default:
		full = b.flag() // color_range
		switch {
		case s.Profile == 0:
			s.SubsamplingX, s.SubsamplingY = true, true
		case s.Profile == 2 && s.BitDepth < 12:
			s.SubsamplingX = true
		case s.Profile == 2:
			s.SubsamplingX = b.flag()
			s.SubsamplingY = s.SubsamplingX && b.flag()
		}
		if s.SubsamplingX && s.SubsamplingY {
			s.ChromaSite = int(b.u(2))
		}
	}
	if described != 0 && b.err == nil {
		s.Colour = colour(int(described>>16), int(described>>8&0xFF), int(described&0xFF), full)
	}
}

// Chroma is the subsampling as chroma_format_idc of H.264 has it: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4.
func (s AV1Sequence) Chroma() int {
	switch {
	case s.Monochrome:
		return 0
	case s.SubsamplingY:
		return 1
	case s.SubsamplingX:
		return 2
	}
	return 3
}
