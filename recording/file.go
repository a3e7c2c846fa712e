package recording

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/upright-media/upright/mjr"
)

// maxUs is the latest time that is taken for one, µs since the Unix epoch: the year 5138.
const maxUs = 1e17

// headSize is the most that is read of a file's beginning, in bytes: the longest header and record, with the reader's look
// ahead.
const headSize = 160 << 10

// ReadFile reads what a file's name and header say, and the time of its first packet. It never fails: what is wrong is in Err, one
// sentence with the path. A file without any media has no error but is Empty.
func ReadFile(path string) *File {
	f := nameFile(path)
	if err := f.readHeader(); err != nil {
		f.Err = fmt.Errorf("cannot use %s: %w", path, err)
	}
	return f
}

// nameFile is what only a file's name says.
func nameFile(path string) *File {
	f := &File{Path: path, Name: ParseName(filepath.Base(path))}
	_, f.Temporary, _ = splitExtension(filepath.Base(path))
	return f
}

func (f *File) readHeader() error {
	src, info, err := openRegular(f.Path)
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
		return err
	}
	f.Header = r.Header()
	if rec, err := r.Next(); err == nil {
		f.first = markOf(rec)
	}
	return nil
}

// Kind is the medium by the header, else by the name; "" if neither says it.
func (f *File) Kind() mjr.Kind {
	if f.Header.Kind != "" {
		return f.Header.Kind
	}
	return f.Name.Medium
}

// belongs says whether a file is put with others: one that can be read, or one that cannot because of what is in it and whose
// name says what it is. What cannot be read for another reason may be readable later, so nobody should go on without it.
func (f *File) belongs() bool {
	return f.Err == nil || f.unreadable() && f.Name.Medium != ""
}

// unreadable says that it is the content that keeps a file from being read, and not rights, a network or its type.
func (f *File) unreadable() bool {
	return errors.Is(f.Err, mjr.ErrNotMJR) || errors.Is(f.Err, mjr.ErrHeader) || errors.Is(f.Err, mjr.ErrTruncatedHeader)
}

// createdUs is when the recorder was created, µs since the Unix epoch, or 0. The name comes first: headers of September
// 2015 have the time since the server was started.
func (f *File) createdUs() int64 {
	for _, us := range []int64{f.Name.StampUs, f.Header.CreatedUs, f.Header.FirstUs} {
		if us > 0 && us < maxUs {
			return us
		}
	}
	return 0
}

// openRegular opens a regular file, and nothing else: to open a named pipe waits for a writer, to open a device may do
// anything, and a symbolic link in a folder that others write to may lead anywhere.
func openRegular(path string) (*os.File, fs.FileInfo, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, nil, plain(err)
	}
	if err := regular(path, info.Mode()); err != nil {
		return nil, nil, err
	}
	// Should it have been replaced since, these keep open from waiting and from following.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return nil, nil, plain(err)
	}
	if info, err = f.Stat(); err == nil {
		err = regular(path, info.Mode())
	}
	if err != nil {
		f.Close()
		return nil, nil, plain(err)
	}
	return f, info, nil
}

// regular says what a file is, if it is not a regular one.
func regular(path string, mode fs.FileMode) error {
	what := "neither a regular file nor a folder"
	switch {
	case mode.IsRegular():
		return nil
	case mode&fs.ModeSymlink != 0:
		if target, err := filepath.EvalSymlinks(path); err == nil {
			return fmt.Errorf("it is a symbolic link, which is not followed; use %s itself", target)
		}
		return errors.New("it is a symbolic link that leads nowhere")
	case mode.IsDir():
		what = "a folder"
	case mode&fs.ModeNamedPipe != 0:
		what = "a named pipe"
	case mode&fs.ModeSocket != 0:
		what = "a socket"
	case mode&fs.ModeDevice != 0:
		what = "a device"
	}
	return fmt.Errorf("it is %s; recordings are regular files", what)
}

// plain takes operation and path off, which the sentence around it has already.
func plain(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}

// sipReader reads little at a time, so that reading a header does not read a quarter of a megabyte.
type sipReader struct{ src io.Reader }

func (r sipReader) Read(p []byte) (int, error) { return r.src.Read(p[:min(len(p), 4096)]) }
