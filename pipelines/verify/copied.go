package verify

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"

	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/timeline"
)

// asRecorded looks whether sound that is copied into an MP4 is at its beginning and at its end what was recorded, byte
// for byte. That proves more than to decode it, for a decoder of sound takes nearly anything. It says false where this
// cannot be told.
func (v *Verifier) asRecorded(track int) (known bool, err error) {
	want := v.Output.Tracks[track]
	isMP4 := v.Output.Container == "mp4" || v.Output.Container == "m4a"
	if v.Timeline == nil || want.Kind != string(mp4box.Audio) || !want.Copied || !isMP4 {
		return false, nil
	}
	recorded, err := v.Timeline.OpenCoded(v.Tracks[track])
	if err != nil {
		return false, nil // of a codec that is only taken out of packets
	}
	defer recorded.Close()
	box, err := mp4box.Open(v.Partial)
	if err != nil {
		return false, err
	}
	defer box.Close()
	first, last, err := ends(box)
	if err != nil {
		return false, err
	}
	file, err := os.Open(v.Partial)
	if err != nil {
		return false, err
	}
	defer file.Close()
	units, err := read(recorded, len(first))
	if err == nil {
		err = v.same(file, first, units, "beginning")
	}
	if err == nil {
		err = recorded.Seek(v.Tracks[track].End - checkEnd)
	}
	if err == nil {
		units, err = read(recorded, 0)
	}
	if err != nil {
		return false, err
	}
	n := min(len(units), len(last))
	return true, v.same(file, last[len(last)-n:], units[len(units)-n:], "end")
}

// ends are the first and the last samples of a file's sound.
func ends(f *mp4box.File) (first, last []mp4box.Sample, err error) {
	track := slices.IndexFunc(f.Tracks, func(t mp4box.Track) bool { return t.Kind == mp4box.Audio })
	samples, err := f.Samples(track)
	if err != nil {
		return nil, nil, err
	}
	for {
		x, err := samples.Next()
		if errors.Is(err, io.EOF) {
			return first, last[max(0, len(last)-checkPackets):], nil
		}
		if err != nil {
			return nil, nil, err
		}
		if len(first) < checkPackets {
			first = append(first, x)
		}
		if len(last) == 2*checkPackets {
			last = append(last[:0], last[checkPackets:]...)
		}
		last = append(last, x)
	}
}

// read are the next units that are not empty: at most n of them, or all if that is 0.
func read(s *timeline.Stream, n int) (units [][]byte, err error) {
	for n == 0 || len(units) < n {
		u, err := s.Next()
		switch {
		case errors.Is(err, io.EOF):
			return units, nil
		case err != nil:
			return nil, err
		case len(u.Data) > 0:
			units = append(units, bytes.Clone(u.Data))
		}
	}
	return units, nil
}

// same compares samples with units.
func (v *Verifier) same(file io.ReaderAt, samples []mp4box.Sample, units [][]byte, where string) error {
	if len(samples) != len(units) {
		return v.wrong("there are %d packets at the %s of its sound, not %d as recorded", len(samples), where, len(units))
	}
	for i, x := range samples {
		if x.Size == int64(len(units[i])) {
			got := make([]byte, x.Size)
			if _, err := file.ReadAt(got, x.At); err != nil {
				return err
			}
			if bytes.Equal(got, units[i]) {
				continue
			}
		}
		return v.wrong("packet %d at the %s of its sound, at byte %d, is not what was recorded", i+1, where, x.At)
	}
	return nil
}
