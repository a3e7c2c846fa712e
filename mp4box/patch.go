package mp4box

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"

	"github.com/upright-media/upright/cvo"
)

// Patching is what Patch changes.
type Patching struct {
	// Orientation is how players shall show the video tracks, by their display matrix. nil leaves the matrices alone.
	Orientation *cvo.Orientation
	// CreationUs becomes the creation time of the movie and all of its tracks, in µs since the Unix epoch; the format keeps
	// whole seconds. 0 leaves the times alone.
	CreationUs int64
}

// Patch changes the MP4 file at path in place: a few bytes in its index, without moving anything. The result does not
// depend on what was there before, so patching twice is the same as once. Nothing is written unless all of it can be.
func Patch(path string, p Patching) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	st, err := f.Stat()
	if err == nil {
		err = PatchFile(f, st.Size(), p)
		if err != nil {
			err = fmt.Errorf("%s: %w", path, err)
		}
	}
	return errors.Join(err, f.Close())
}

// ReaderWriterAt is what PatchFile works on: an *os.File opened for reading and writing.
type ReaderWriterAt interface {
	io.ReaderAt
	io.WriterAt
}

// PatchFile is Patch for an open file of size bytes.
func PatchFile(f ReaderWriterAt, size int64, p Patching) error {
	edits, err := plan(f, size, p)
	if err != nil {
		return err
	}
	for _, e := range edits {
		if _, err := f.WriteAt(e.bytes, e.at); err != nil {
			return err
		}
	}
	return nil
}

// edit is one run of bytes to write.
type edit struct {
	at    int64
	bytes []byte
}

func plan(r io.ReaderAt, size int64, p Patching) ([]edit, error) {
	var info Info
	moov, err := info.top(r, size)
	if err != nil {
		return nil, err
	}
	created := int64(0)
	if p.CreationUs != 0 {
		created = time.UnixMicro(p.CreationUs).Unix() - epoch.Unix()
		if created <= 0 {
			return nil, fmt.Errorf("creation time %s lies before %s, which an MP4 file cannot say",
				time.UnixMicro(p.CreationUs).UTC().Format(time.RFC3339), epoch.Format(time.RFC3339))
		}
	}
	var edits []edit
	stamp := func(b box) (*fullHeader, error) {
		h, err := readHeader(r, b)
		if err != nil {
			return nil, err
		}
		switch {
		case created == 0:
		case h.version == 1:
			edits = append(edits, edit{b.Body + int64(h.created.at), binary.BigEndian.AppendUint64(nil, uint64(created))})
		case created > math.MaxUint32: // from February 2040 on
			return nil, fmt.Errorf("creation time %s does not fit into box %q at byte %d, which has 32-bit times",
				time.UnixMicro(p.CreationUs).UTC().Format(time.RFC3339), b.Type, b.Start)
		default:
			edits = append(edits, edit{b.Body + int64(h.created.at), binary.BigEndian.AppendUint32(nil, uint32(created))})
		}
		return h, nil
	}
	err = walk(r, moov.Body, moov.Stop, func(b box) error {
		switch b.Type {
		case "mvhd":
			_, err := stamp(b)
			return err
		case "trak":
			return planTrack(r, b, p.Orientation, stamp, &edits)
		}
		return nil
	})
	return edits, err
}

func planTrack(r io.ReaderAt, trak box, o *cvo.Orientation, stamp func(box) (*fullHeader, error), edits *[]edit) error {
	tkhd, ok, err := child(r, trak, "tkhd")
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("%w: the track at byte %d has no header (tkhd)", ErrDamaged, trak.Start)
	}
	h, err := stamp(tkhd)
	if err != nil {
		return err
	}
	mdhd, ok, err := descend(r, trak, "mdia", "mdhd")
	if err != nil {
		return err
	}
	if ok {
		if _, err := stamp(mdhd); err != nil {
			return err
		}
	}
	k, err := kind(r, trak)
	if err != nil || o == nil || k != Video {
		return err
	}
	// The matrix works on the size that the track header gives, which is the coded one times the shape of the pixels.
	width := int32(binary.BigEndian.Uint32(h.contents[h.size:]))
	height := int32(binary.BigEndian.Uint32(h.contents[h.size+4:]))
	if width <= 0 || height <= 0 {
		var t Track
		t.Kind = Video
		if err := t.samples(r, trak); err != nil {
			return err
		}
		width, height = int32(t.Width)<<16, int32(t.Height)<<16
	}
	m := displayMatrix(*o, width, height)
	*edits = append(*edits, edit{tkhd.Body + int64(h.matrix), m.bytes()})
	return nil
}
