package mp4box

// mp4mux of GStreamer 1.22 puts five zero bytes in front of the AV1 codec configuration record (fixed in 1.24), and
// browsers then refuse the track. The record is
//
//	marker 1, version 7 | profile 3, level 5 | tier, depth, … 8 | delay 8 | sequence header OBU
//
// (AV1-ISOBMFF section 2.3). To mend it in place, the zeros move into the OBU's size, whose LEB128 coding may be
// padded.
const av1Zeros = 5

// visualEntry is the size of the fields of a visual sample entry in front of its boxes.
const visualEntry = 78

// mendAV1 puts right what is wrong in the sample entries of a track.
func (pl *planner) mendAV1(trak box) error {
	stsd, ok, err := descend(pl.r, trak, "mdia", "minf", "stbl", "stsd")
	if err != nil || !ok {
		return err
	}
	stsd.Body = min(stsd.Body+8, stsd.Stop) // version, flags, number of entries
	return walk(pl.r, stsd.Body, stsd.Stop, func(entry box) error {
		if entry.Type != "av01" || entry.size() < visualEntry {
			return nil
		}
		entry.Body += visualEntry
		config, ok, err := child(pl.r, entry, "av1C")
		if err != nil || !ok {
			return err
		}
		old, err := body(pl.r, config, 256)
		if err != nil || int64(len(old)) != config.size() {
			return err
		}
		if mended := mendRecord(old); mended != nil {
			pl.edits = append(pl.edits, edit{config.Body, mended})
		}
		return nil
	})
}

// mendRecord returns the record of the same length without the zeros in front, nil if it is not one of these.
func mendRecord(b []byte) []byte {
	const head, marker = 4, 0x81
	if len(b) < av1Zeros+head+2 {
		return nil
	}
	for _, zero := range b[:av1Zeros-1] {
		if zero != 0 {
			return nil
		}
	}
	record := b[av1Zeros:]
	obu, size := record[head], record[head+1]
	if record[0] != marker || obu&0x02 == 0 || obu&0x04 != 0 || size >= 0x80 || int(size) != len(record)-head-2 {
		return nil
	}
	mended := append([]byte(nil), record[:head+1]...)
	mended = append(mended, size|0x80)
	for range av1Zeros - 1 {
		mended = append(mended, 0x80)
	}
	mended = append(mended, 0)
	return append(mended, record[head+2:]...)
}
