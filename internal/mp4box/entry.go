package mp4box

import (
	"encoding/binary"
	"fmt"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// Entry is one way in which a track's samples are coded (sample entry, ISO/IEC 14496-12 clause 8.5.2).
type Entry struct {
	Type          string // avc1, hvc1, vp09, av01, Opus, mp4a, tx3g, …
	Width, Height int    // video
	Channels      int    // audio
	Rate          int    // audio, Hz; Opus always says 48000
	// of the box with the decoder's configuration: avcC, hvcC, vpcC, av1C, dOps, esds; "" if none is known
	ConfigType string
	Config     []byte // its contents; of esds the AudioSpecificConfig in it
	// video: what the box colr says, in the numbers of ISO/IEC 23091-2; nil if it does not
	Colour *Colour
}

// Colour is how colours are coded.
type Colour struct {
	Primaries, Transfer, Matrix uint16
	Full                        bool // the whole range of numbers is used
}

// Where a sample entry's boxes begin in its contents (ISO/IEC 14496-12 clauses 12.1.3 and 12.2.3).
const (
	visualFields = 78
	audioFields  = 28
	colourFields = 11 // of colr with nclx (ISO/IEC 14496-12 clause 12.1.5)
)

// maxEntry bounds the configuration of one sample entry, and maxEntries how many there may be.
const (
	maxEntry   = 1 << 20
	maxEntries = 1 << 12
)

// configs are the boxes that hold a decoder's configuration.
var configs = map[string]bool{"avcC": true, "hvcC": true, "vpcC": true, "av1C": true, "dOps": true, "esds": true}

// Entries reads the sample entries of a track. Their numbers in Sample.Entry count from 1.
func (f *File) Entries(track int) ([]Entry, error) {
	stsd, ok, err := descend(f.r, f.tracks[track], "mdia", "minf", "stbl", "stsd")
	if err != nil {
		return nil, err
	}
	if !ok || stsd.size() < 8 {
		return nil, fmt.Errorf("%w: the track at byte %d has no sample entries (stsd)", ErrDamaged, f.tracks[track].Start)
	}
	stsd.Body += 8 // version, flags, number of entries
	var list []Entry
	err = walk(f.r, stsd.Body, stsd.Stop, func(b box) error {
		if len(list) == maxEntries {
			return fmt.Errorf("%w: more than %d sample entries at byte %d", ErrDamaged, maxEntries, stsd.Start)
		}
		e, err := f.entry(b, f.Tracks[track].Kind)
		list = append(list, e)
		return err
	})
	return list, err
}

func (f *File) entry(b box, kind Kind) (Entry, error) {
	e := Entry{Type: fourcc([]byte(b.Type))}
	fields := int64(visualFields)
	switch kind {
	case Audio:
		fields = audioFields
	case Video:
	default:
		return e, nil
	}
	p, err := body(f.r, b, fields)
	if err != nil {
		return e, err
	}
	if int64(len(p)) < fields {
		return e, tooShort(b)
	}
	if kind == Video {
		e.Width, e.Height = int(binary.BigEndian.Uint16(p[entryWidth-8:])), int(binary.BigEndian.Uint16(p[entryHeight-8:]))
	} else {
		e.Channels, e.Rate = int(binary.BigEndian.Uint16(p[entryChannels-8:])), int(binary.BigEndian.Uint16(p[24:]))
	}
	err = walk(f.r, b.Body+fields, b.Stop, func(c box) error {
		if c.Type == "colr" {
			p, err := body(f.r, c, colourFields)
			if err == nil && len(p) == colourFields && string(p[:4]) == "nclx" {
				e.Colour = &Colour{binary.BigEndian.Uint16(p[4:]), binary.BigEndian.Uint16(p[6:]),
					binary.BigEndian.Uint16(p[8:]), p[10]&0x80 != 0}
			}
			return err
		}
		if !configs[c.Type] {
			return nil
		}
		if c.size() > maxEntry {
			return fmt.Errorf("%w: box %q at byte %d has %d bytes", ErrDamaged, c.Type, c.Start, c.size())
		}
		e.ConfigType = c.Type
		if e.Config, err = body(f.r, c, maxEntry); err == nil && c.Type == "esds" {
			e.Config, err = audioConfig(c, e.Config)
		}
		return err
	})
	return e, err
}

// audioConfig is the AudioSpecificConfig in an esds box (ISO/IEC 14496-1 clause 7.2.6).
func audioConfig(b box, p []byte) ([]byte, error) {
	d, err := mp4.DecodeEsdsSR(mp4.BoxHeader{Name: b.Type, Size: uint64(len(p)) + 8, Hdrlen: 8}, 0,
		bits.NewFixedSliceReader(p))
	if err != nil {
		return nil, fmt.Errorf("%w: box \"esds\" at byte %d: %w", ErrDamaged, b.Start, err)
	}
	esds := d.(*mp4.EsdsBox)
	if esds.DecConfigDescriptor == nil || esds.DecConfigDescriptor.DecSpecificInfo == nil {
		return nil, nil
	}
	return esds.DecConfigDescriptor.DecSpecificInfo.DecConfig, nil
}
