package mp4box

import (
	"encoding/binary"
	"fmt"
	"io"
)

// samples reads what the sample table says, from the fixed beginnings of its boxes: counts, not tables.
func (t *Track) samples(r io.ReaderAt, trak box) error {
	stbl, ok, err := descend(r, trak, "mdia", "minf", "stbl")
	if err != nil || !ok {
		return err
	}
	sync := false
	err = walk(r, stbl.Body, stbl.Stop, func(b box) error {
		switch b.Type {
		case "stsd":
			return t.entry(r, b)
		case "stsz", "stz2": // version and flags, size of all samples or 0, number of samples
			p, err := body(r, b, 12)
			if err != nil {
				return err
			}
			if len(p) < 12 {
				return tooShort(b)
			}
			t.Samples = int(binary.BigEndian.Uint32(p[8:]))
		case "stss": // version and flags, number of entries, number of the first sync sample
			p, err := body(r, b, 12)
			if err != nil {
				return err
			}
			if len(p) < 8 {
				return tooShort(b)
			}
			n := int64(binary.BigEndian.Uint32(p[4:]))
			if n > (b.size()-8)/4 {
				return fmt.Errorf("%w: box \"stss\" at byte %d has no room for %d entries", ErrDamaged, b.Start, n)
			}
			sync = true
			t.SyncSamples = int(n)
			t.FirstSync = n > 0 && binary.BigEndian.Uint32(p[8:]) == 1
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !sync { // without the box every sample is a sync sample (ISO/IEC 14496-12 clause 8.6.2)
		t.SyncSamples, t.FirstSync = t.Samples, t.Samples > 0
	}
	return nil
}

// Offsets in a sample entry, header included (ISO/IEC 14496-12 clauses 12.1.3 and 12.2.3).
const (
	entryChannels = 24
	entryWidth    = 32
	entryHeight   = 34
)

// entry reads the first sample entry.
func (t *Track) entry(r io.ReaderAt, stsd box) error {
	p, err := body(r, stsd, 8+64)
	if err != nil {
		return err
	}
	if len(p) < 8 {
		return tooShort(stsd)
	}
	t.Entries = int(binary.BigEndian.Uint32(p[4:]))
	if p = p[8:]; t.Entries == 0 || len(p) < 8 {
		return nil
	}
	t.Codec = fourcc(p[4:8])
	switch {
	case t.Kind == Video && len(p) >= entryHeight+2:
		t.Width = int(binary.BigEndian.Uint16(p[entryWidth:]))
		t.Height = int(binary.BigEndian.Uint16(p[entryHeight:]))
	case t.Kind == Audio && len(p) >= entryChannels+2:
		t.Channels = int(binary.BigEndian.Uint16(p[entryChannels:]))
	}
	return nil
}

// fourcc returns a box type as text: what is not printable ASCII becomes a question mark.
func fourcc(b []byte) string {
	s := make([]byte, len(b))
	for i, c := range b {
		if c < ' ' || c > '~' {
			c = '?'
		}
		s[i] = c
	}
	return string(s)
}
