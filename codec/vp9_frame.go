package codec

// vp9Frame is what is read from an uncompressed header (VP9 bitstream specification section 6.2).
type vp9Frame struct {
	key          bool
	unreferenced bool // replaces none of the decoder's reference frames
	links        Frame
	size         frameSize     // 0×0: unknown, because it is that of a lost frame
	format       PictureFormat // of a key frame
	profile      int
}

const vp9SyncCode = 0x498342

// readFrame reads the header of a frame, and keeps the sizes of the reference frames up to date: a frame that is not
// a key frame may take its size from one of them.
func (v *vp9) readFrame(data []byte) (vp9Frame, error) {
	b := bits{data: data}
	if b.u(2) != 2 && b.err == nil { // frame_marker
		return vp9Frame{}, ErrInvalid
	}
	profile := b.u(1) | b.u(1)<<1
	if profile == 3 && b.flag() { // reserved_zero
		return vp9Frame{}, ErrInvalid
	}
	if b.flag() { // show_existing_frame
		slot := b.u(3)
		return vp9Frame{unreferenced: true, links: Frame{Refers: 1 << slot}, size: v.slots[slot]}, b.err
	}
	frame := vp9Frame{key: !b.flag(), profile: int(profile)}
	shown, errorResilient := b.flag(), b.flag()
	refresh := uint32(0xFF)
	if frame.key {
		var err error
		if frame.format, err = vp9Intra(&b, profile); err != nil {
			return vp9Frame{}, err
		}
		frame.size = vp9ReadSize(&b)
		frame.format.Width, frame.format.Height = frame.size.width, frame.size.height
	} else {
		intraOnly := !shown && b.flag()
		if !errorResilient {
			b.skip(2) // reset_frame_context
		}
		if intraOnly {
			if err := vp9IntraOnly(&b, profile); err != nil {
				return vp9Frame{}, err
			}
			refresh = b.u(8)
			frame.size = vp9ReadSize(&b)
		} else {
			refresh = b.u(8)
			frame.size, frame.links.Refers = v.sizeWithReferences(&b)
			if !errorResilient {
				frame.links.Needs = VP9Statistics
			}
		}
	}
	if b.err != nil {
		return vp9Frame{}, b.err
	}
	for i := range v.slots {
		if refresh>>i&1 != 0 {
			v.slots[i] = frame.size
		}
	}
	frame.unreferenced = refresh == 0
	frame.links.Refers |= frame.links.Needs
	frame.links.Refreshes = uint16(refresh) | VP9Statistics
	return frame, nil
}

// sizeWithReferences reads the reference frames' indices and frame_size_with_refs (section 6.2.5).
func (v *vp9) sizeWithReferences(b *bits) (size frameSize, refers uint16) {
	var references [3]uint32
	for i := range references {
		references[i] = b.u(3)
		refers |= 1 << references[i]
		b.skip(1) // ref_frame_sign_bias
	}
	for _, i := range references {
		if b.flag() { // found_ref
			return v.slots[i], refers
		}
	}
	return vp9ReadSize(b), refers
}

func vp9ReadSize(b *bits) frameSize {
	return frameSize{int(b.u(16)) + 1, int(b.u(16)) + 1}
}

// vp9Colours are the colour spaces of section 7.2.2, in the numbers of ISO/IEC 23091-2: primaries, transfer, matrix.
var vp9Colours = [8]Colour{1: {6, 6, 6, false}, 2: {1, 1, 1, false}, 3: {6, 6, 6, false}, 4: {7, 7, 7, false},
	5: {9, 14, 9, false}, 7: {1, 13, 0, true}}

// vp9Intra reads frame_sync_code and color_config (section 6.2.2).
func vp9Intra(b *bits, profile uint32) (PictureFormat, error) {
	f := PictureFormat{Chroma: 1, LumaBits: 8}
	if b.u(24) != vp9SyncCode && b.err == nil {
		return f, ErrInvalid
	}
	if profile >= 2 {
		f.LumaBits = 10
		if b.flag() { // ten_or_twelve_bit
			f.LumaBits = 12
		}
	}
	f.ChromaBits = f.LumaBits
	const sRGB = 7
	space := b.u(3)
	colour := vp9Colours[space]
	more := profile == 1 || profile == 3 // than 4:2:0
	switch {
	case space != sRGB:
		colour.Full = b.flag() // color_range
		if more {
			across, down := b.flag(), b.flag() // subsampling_x, subsampling_y
			b.skip(1)                          // reserved_zero
			switch {
			case across && !down:
				f.Chroma = 2
			case !across:
				f.Chroma = 3
			}
		}
	case more:
		f.Chroma = 3
		b.skip(1) // reserved_zero
	case b.err == nil:
		return f, ErrInvalid // profiles 0 and 2 are 4:2:0
	}
	if colour.Primaries > 0 {
		f.Colour = &colour
	}
	return f, nil
}

// vp9IntraOnly is vp9Intra for an intra-only frame: profile 0 has no color_config there.
func vp9IntraOnly(b *bits, profile uint32) error {
	if profile > 0 {
		_, err := vp9Intra(b, profile)
		return err
	}
	if b.u(24) != vp9SyncCode && b.err == nil {
		return ErrInvalid
	}
	return nil
}

// VP9Format is what the header of a key frame says of pictures, and its profile; false if it is no key frame.
func VP9Format(frame []byte) (f PictureFormat, profile int, ok bool) {
	header, err := new(vp9).readFrame(frame)
	return header.format, header.profile, err == nil && header.key
}
