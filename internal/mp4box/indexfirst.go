package mp4box

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	boxHeader = 8       // size of a box header without a large size
	piece     = 1 << 16 // how much of an index is held in memory: that of a day has 100 MB
)

// IndexFirst puts the index of the MP4 file at path (moov) in front of its media (mdat), so that a player that loads
// the file over a network can begin at once. Where the file system can insert space at the beginning of a file (ext4,
// XFS), the media is not touched; elsewhere the file is copied. A file whose index comes first already is left alone.
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
	h, err := newHead(f, l, shift)
	if err != nil {
		return err
	}
	if err := h.write(io.Discard, f, 0); err != nil { // before anything is changed
		return err
	}
	if err := insert(f, shift); err != nil {
		return l.copy(f, st, h)
	}
	if err := h.write(io.NewOffsetWriter(f, 0), f, shift); err != nil {
		return err
	}
	return f.Truncate(l.index.Start + shift)
}

// copy writes the file anew and puts it in the place of the old one.
func (l *layout) copy(f *os.File, st os.FileInfo, h *head) error {
	out, err := os.CreateTemp(filepath.Dir(f.Name()), filepath.Base(f.Name())+".index-")
	if err != nil {
		return err
	}
	if err = h.write(out, f, 0); err == nil {
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

// ErrLarge means that a file is too close to 4 GiB for its index to be moved.
var ErrLarge = errors.New("file too large")
