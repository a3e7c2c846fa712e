package codec

// PictureFormat is what a stream says of its pictures besides their content.
type PictureFormat struct {
	Width, Height        int // in pixels, after cropping
	ParNum, ParDen       int // shape of a pixel, 0 if that is not said
	Chroma               int // chroma_format_idc: 0 monochrome, 1 4:2:0, 2 4:2:2, 3 4:4:4
	LumaBits, ChromaBits int
	Colour               *Colour // nil: not said
}

// Colour is how colours are coded, in the numbers of ISO/IEC 23091-2.
type Colour struct {
	Primaries, Transfer, Matrix int
	Full                        bool // the whole range of numbers is used
}

// pixelShapes are those of Table E-1 of H.264 and H.265, by aspect_ratio_idc.
var pixelShapes = [][2]int{{}, {1, 1}, {12, 11}, {10, 11}, {16, 11}, {40, 33}, {24, 11}, {20, 11}, {32, 11}, {80, 33},
	{18, 11}, {15, 11}, {64, 33}, {160, 99}, {4, 3}, {3, 2}, {2, 1}}

// usability reads what the video usability information begins with, which is the same in H.264 (clause E.1.1) and H.265
// (clause E.2.1). What cannot be read is not said.
func (f *PictureFormat) usability(b *bits) {
	if b.flag() { // aspect_ratio_info_present_flag
		num, den := 0, 0
		switch idc := int(b.u(8)); {
		case idc == 255:
			num, den = int(b.u(16)), int(b.u(16))
		case idc < len(pixelShapes):
			num, den = pixelShapes[idc][0], pixelShapes[idc][1]
		}
		if b.err == nil && num > 0 && den > 0 {
			f.ParNum, f.ParDen = num, den
		}
	}
	if b.flag() { // overscan_info_present_flag
		b.skip(1)
	}
	if !b.flag() { // video_signal_type_present_flag
		return
	}
	b.skip(3) // video_format
	full := b.flag()
	if !b.flag() { // colour_description_present_flag
		return
	}
	primaries, transfer, matrix := int(b.u(8)), int(b.u(8)), int(b.u(8))
	if b.err == nil {
		f.Colour = colour(primaries, transfer, matrix, full)
	}
}

// colour is a description of colours, nil if it says nothing.
func colour(primaries, transfer, matrix int, full bool) *Colour {
	const unspecified = 2
	if primaries == unspecified && transfer == unspecified && matrix == unspecified {
		return nil
	}
	return &Colour{Primaries: primaries, Transfer: transfer, Matrix: matrix, Full: full}
}
