package mp4box

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"time"
	"unicode/utf8"
)

// Chapter is a place to jump to.
type Chapter struct {
	At    time.Duration
	Title string // cut after 255 bytes
}

// mostChapters is how many the box chpl can hold.
const mostChapters = 255

// AddChapters adds a list of chapters (Nero's box chpl, which VLC, mpv, ffmpeg and others read) to an MP4 file whose index is at its
// end: before IndexFirst.
func AddChapters(path string, chapters []Chapter) (err error) {
	if len(chapters) == 0 {
		return nil
	}
	if len(chapters) > mostChapters {
		return fmt.Errorf("%s: %d chapters are too many: an MP4 holds %d", path, len(chapters), mostChapters)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	st, err := f.Stat()
	if err != nil {
		return err
	}
	at, err := lastBox(f, st.Size())
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	more := boxed("udta", chapterList(chapters))
	size := st.Size() - at + int64(len(more))
	if size > 1<<32-1 {
		return fmt.Errorf("%s: %w: its index is too large", path, ErrDamaged)
	}
	if _, err := f.WriteAt(more, st.Size()); err != nil {
		return err
	}
	_, err = f.WriteAt(binary.BigEndian.AppendUint32(nil, uint32(size)), at)
	return err
}

// lastBox is where the index begins, which is the last box of the file.
func lastBox(f *os.File, size int64) (int64, error) {
	for at := int64(0); at+8 <= size; {
		var head [16]byte
		if _, err := f.ReadAt(head[:8], at); err != nil {
			return 0, err
		}
		n := int64(binary.BigEndian.Uint32(head[:]))
		if n == 1 {
			if _, err := f.ReadAt(head[8:], at+8); err != nil {
				return 0, fmt.Errorf("%w: a box at byte %d has no size", ErrDamaged, at)
			}
			n = int64(binary.BigEndian.Uint64(head[8:]))
		}
		if n < 8 || n > size-at {
			return 0, fmt.Errorf("%w: the box at byte %d does not end within the file", ErrDamaged, at)
		}
		if string(head[4:8]) == "moov" {
			if at+n != size || binary.BigEndian.Uint32(head[:]) == 1 {
				return 0, errors.New("the index is not at its end: chapters come before it is put in front")
			}
			return at, nil
		}
		at += n
	}
	return 0, ErrNoIndex
}

func boxed(name string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)+8))
	return append(append(b, name...), content...)
}

func chapterList(chapters []Chapter) []byte {
	b := []byte{1, 0, 0, 0, 0, 0, 0, 0, byte(len(chapters))} // version 1, flags, reserved, count
	for _, c := range chapters {
		title := c.Title
		for len(title) > 255 {
			_, n := utf8.DecodeLastRuneInString(title)
			title = title[:len(title)-n]
		}
		b = binary.BigEndian.AppendUint64(b, uint64(max(0, c.At)/100)) // in units of 100 ns
		b = append(append(b, byte(len(title))), title...)
	}
	return boxed("chpl", b)
}
