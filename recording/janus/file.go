package janus

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/upright-media/upright/mjr"
	"github.com/upright-media/upright/recording"
)

// maxUs is the latest time that is taken for one, µs since the Unix epoch: the year 5138.
const maxUs = 1e17

// headSize is the most that is read of a file's beginning, in bytes: the longest header and record, with the reader's
// look ahead.
const headSize = 160 << 10

// file is one .mjr file and what its name and header say.
type file struct {
	recording.File
	Name Name // parsed file name

	first *mark // first record, nil if there is none
}

// ReadFile reads what a file's name and header say, and the time of its first packet. It never fails: what is wrong is
// in Err, one sentence with the path. A file without any media has no error but is Empty.
func ReadFile(path string) *recording.File { return &readFile(path).File }

func readFile(path string) *file {
	f := nameFile(path)
	if err := f.readHeader(); err != nil {
		f.Err = fmt.Errorf("cannot use %s: %w", path, err)
	}
	return f
}

// nameFile is what only a file's name says.
func nameFile(path string) *file {
	n := ParseName(filepath.Base(path))
	f := &file{File: recording.File{Path: path, Line: n.MIndex, Medium: n.Medium}, Name: n}
	_, f.Temporary, _ = splitExtension(filepath.Base(path))
	f.Content = f
	f.CreatedUs = f.createdUs()
	return f
}

// renamed is the file with another reading of its name.
func (f *file) renamed(n Name) *file {
	other := *f
	other.Name = n
	other.Content = &other
	return &other
}

func (f *file) readHeader() error {
	src, info, err := recording.OpenRegular(f.Path)
	if err != nil {
		return err
	}
	defer src.Close()
	f.Size = info.Size()
	r, err := mjr.NewReader(sipReader{io.LimitReader(src, headSize)})
	switch {
	case errors.Is(err, mjr.ErrEmpty):
		f.Empty = true
		return nil
	case err != nil:
		return neutral(err)
	}
	f.Info = infoOf(r.Header())
	f.Medium = f.Info.Medium
	f.CreatedUs = f.createdUs()
	if rec, err := r.Next(); err == nil {
		f.first = markOf(rec)
	}
	return nil
}

// belongs says whether a file is put with others: one that can be read, or one that cannot because of what is in it and
// whose name says what it is. What cannot be read for another reason may be readable later, so nobody should go on
// without it.
func (f *file) belongs() bool {
	return f.Err == nil || recording.Unreadable(f.Err) && f.Name.Medium != ""
}

// createdUs is when the recorder was created, µs since the Unix epoch, or 0. The name comes first: headers of September
// 2015 have the time since the server was started.
func (f *file) createdUs() int64 {
	for _, us := range []int64{f.Name.StampUs, f.Info.CreatedUs, f.Info.FirstUs} {
		if us > 0 && us < maxUs {
			return us
		}
	}
	return 0
}

// sipReader reads little at a time, so that reading a header does not read a quarter of a megabyte.
type sipReader struct{ src io.Reader }

func (r sipReader) Read(p []byte) (int, error) { return r.src.Read(p[:min(len(p), 4096)]) }
