package mp4box

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	// maxIndex bounds how large an index is held in memory: a day of video and audio has about 100 MB.
	maxIndex = 1 << 30
	// boxHeader is the size of a box header without a large size.
	boxHeader = 8
)

// IndexFirst puts the index of the MP4 file at path (moov) in front of its media (mdat), so that a player that loads the
// file over a network can begin at once. Where the file system can insert space at the beginning of a file (ext4, XFS),
// the media is not touched; elsewhere the file is copied. A file whose index comes first already is left alone.
//
// A muxer can do the same, but writes all media twice.
func IndexFirst(path string) error { return indexFirst(path, insertRange) }

func indexFirst(path string, insert func(f *os.File, size int64) error) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close() //nolint:errcheck // what matters has been written through Sync
	st, err := f.Stat()
	if err != nil {
		return err
	}
	l, err := readLayout(f, st.Size())
	if err == nil && l.index.Start > l.media.Start {
		err = l.move(f, st, insert)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}

// layout is where the parts of a file lie that matter here.
type layout struct {
	kind, index, media box  // ftyp, moov, the first mdat
	behind             bool // there is media behind the index
	end                int64
}

// indexSize is the size of the index and of what follows it, such as metadata.
func (l *layout) indexSize() int64 { return l.end - l.index.Start }

func readLayout(r io.ReaderAt, size int64) (*layout, error) {
	l := &layout{end: size}
	err := walk(r, 0, size, func(b box) error {
		switch {
		case b.Type == "ftyp" && b.Start == 0:
			l.kind = b
		case b.Type == "moov":
			l.index = b
		case b.Type == "mdat" || b.Type == "moof":
			l.behind = l.index.Type != ""
			if l.media.Type == "" {
				l.media = b
			}
		}
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case l.kind.Type == "" || l.index.Type == "" || l.media.Type == "":
		return nil, fmt.Errorf("%w: no ftyp, moov and mdat boxes", ErrDamaged)
	case l.index.Type != "" && l.indexSize() > maxIndex && !l.behind || l.kind.size() > maxIndex:
		return nil, fmt.Errorf("%w: box %q at byte %d is larger than 1 GiB", ErrDamaged, l.index.Type, l.index.Start)
	}
	return l, nil
}

// move makes the file ftyp, moov and what followed it, free, and what was behind ftyp before.
func (l *layout) move(f *os.File, st os.FileInfo, insert func(*os.File, int64) error) error {
	if l.behind {
		return fmt.Errorf("%w: there is media behind the index at byte %d", ErrDamaged, l.index.Start)
	}
	block := int64(4096)
	if s, ok := st.Sys().(*syscall.Stat_t); ok && s.Blksize > 0 {
		block = int64(s.Blksize) //nolint:unconvert // int32 on some architectures
	}
	// What was ftyp becomes the end of the free box.
	shift := (l.indexSize() + boxHeader + block - 1) / block * block
	head, err := l.head(f, shift)
	if err != nil {
		return err
	}
	if err := insert(f, shift); err != nil {
		return l.copy(f, st, head)
	}
	if _, err := f.WriteAt(head, 0); err != nil {
		return err
	}
	return f.Truncate(l.index.Start + shift)
}

// head is what comes in front of what was behind ftyp, when that has been moved by shift bytes.
func (l *layout) head(f io.ReaderAt, shift int64) ([]byte, error) {
	kind, index := make([]byte, l.kind.Stop), make([]byte, l.indexSize())
	if _, err := f.ReadAt(kind, 0); err != nil {
		return nil, err
	}
	if _, err := f.ReadAt(index, l.index.Start); err != nil {
		return nil, err
	}
	if err := shiftChunks(index[:l.index.Stop-l.index.Start], shift); err != nil {
		return nil, err
	}
	head := append(kind, index...)
	free := shift + l.kind.Stop - int64(len(head))
	head = binary.BigEndian.AppendUint32(head, uint32(free))
	head = append(head, "free"...)
	return append(head, make([]byte, free-boxHeader)...), nil
}

// copy writes the file anew and puts it in the place of the old one.
func (l *layout) copy(f *os.File, st os.FileInfo, head []byte) error {
	out, err := os.CreateTemp(filepath.Dir(f.Name()), filepath.Base(f.Name())+".index-")
	if err != nil {
		return err
	}
	_, err = out.Write(head)
	if err == nil {
		if _, err = f.Seek(l.kind.Stop, io.SeekStart); err == nil {
			_, err = io.CopyN(out, f, l.index.Start-l.kind.Stop)
		}
	}
	if err == nil {
		err = out.Chmod(st.Mode().Perm())
	}
	err = errors.Join(err, out.Close())
	if err == nil {
		err = os.Rename(out.Name(), f.Name())
	}
	if err != nil {
		return errors.Join(err, os.Remove(out.Name()))
	}
	return nil
}

// insertRange makes room at the beginning of a file without moving its contents on disk.
func insertRange(f *os.File, size int64) error {
	return unix.Fallocate(int(f.Fd()), unix.FALLOC_FL_INSERT_RANGE, 0, size)
}

// shiftChunks adds to all chunk offsets in an index (stco and co64, ISO/IEC 14496-12 clause 8.7.5). index is a whole moov
// box and is changed in place.
func shiftChunks(index []byte, shift int64) error {
	r := bytes.NewReader(index)
	top := box{Type: "file", Stop: int64(len(index))}
	moov, ok, err := child(r, top, "moov")
	if err != nil || !ok {
		return errors.Join(err, ErrDamaged)
	}
	return walk(r, moov.Body, moov.Stop, func(trak box) error {
		if trak.Type != "trak" {
			return nil
		}
		table, ok, err := descend(r, trak, "mdia", "minf", "stbl")
		if err != nil || !ok {
			return err
		}
		return walk(r, table.Body, table.Stop, func(b box) error {
			switch b.Type {
			case "stco":
				return shiftTable(index, b, 4, shift)
			case "co64":
				return shiftTable(index, b, 8, shift)
			}
			return nil
		})
	})
}

func shiftTable(index []byte, b box, width int64, shift int64) error {
	if b.size() < 8 {
		return tooShort(b)
	}
	entries := int64(binary.BigEndian.Uint32(index[b.Body+4:]))
	if entries > (b.size()-8)/width {
		return tooShort(b)
	}
	for at := b.Body + 8; entries > 0; entries, at = entries-1, at+width {
		if width == 8 {
			binary.BigEndian.PutUint64(index[at:], binary.BigEndian.Uint64(index[at:])+uint64(shift))
			continue
		}
		offset := int64(binary.BigEndian.Uint32(index[at:])) + shift
		if offset > math.MaxUint32 {
			return fmt.Errorf("%w: chunk offsets of 32 bit have no room for the index in front", ErrLarge)
		}
		binary.BigEndian.PutUint32(index[at:], uint32(offset))
	}
	return nil
}

// ErrLarge means that a file is too close to 4 GiB for its index to be moved.
var ErrLarge = errors.New("file too large")
