// Package files opens, locks and places files so that nothing waits, follows or replaces what it should not.
package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"syscall"
)

// ErrNotRegular says that a name is not that of a regular file. The error around it tells what it is.
var ErrNotRegular = errors.New("not a regular file")

// ErrTooLarge says that a file has more bytes than the caller takes.
var ErrTooLarge = errors.New("file too large")

// Links says what opening does with a name that is a symbolic link.
type Links int

const (
	Follow Links = iota // the file it leads to is opened
	Refuse              // it is an error, as everything else that is not a regular file
)

// Open opens a regular file for reading, and nothing else: opening a named pipe waits for a writer, opening a device
// may do anything. The error is an *fs.PathError, and ErrNotRegular if the name is that of something else.
func Open(path string, links Links) (*os.File, fs.FileInfo, error) {
	return open(host{}, path, os.O_RDONLY, links)
}

// OpenIn is Open for a name in a folder, with the flags of os.OpenFile. No link leads out of the folder.
func OpenIn(root *os.Root, name string, flag int, links Links) (*os.File, fs.FileInfo, error) {
	return open(root, name, flag, links)
}

// Read returns what is in a regular file: see Open. Links are followed. If it has more than limit bytes, limit+1 of
// them are returned, and ErrTooLarge.
func Read(path string, limit int64) ([]byte, error) {
	f, _, err := Open(path, Follow)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, limit+1)) // one more tells a file that is too large
	if err == nil && int64(len(data)) > limit {
		err = &fs.PathError{Op: "read", Path: path, Err: fmt.Errorf("%w: it has more than %d bytes", ErrTooLarge, limit)}
	}
	return data, err
}

// place is where files are: the host, or a folder that nothing leads out of (*os.Root).
type place interface {
	Lstat(name string) (fs.FileInfo, error)
	Stat(name string) (fs.FileInfo, error)
	OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error)
	Link(from, to string) error
	Rename(from, to string) error
	Remove(name string) error
}

type host struct{}

func (host) Lstat(name string) (fs.FileInfo, error) { return os.Lstat(name) }
func (host) Stat(name string) (fs.FileInfo, error)  { return os.Stat(name) }
func (host) OpenFile(name string, flag int, perm fs.FileMode) (*os.File, error) {
	return os.OpenFile(name, flag, perm)
}
func (host) Link(from, to string) error   { return os.Link(from, to) }
func (host) Rename(from, to string) error { return os.Rename(from, to) }
func (host) Remove(name string) error     { return os.Remove(name) }

func open(in place, name string, flag int, links Links) (*os.File, fs.FileInfo, error) {
	look := in.Stat
	flag |= syscall.O_NONBLOCK // should it have been replaced by a pipe since
	if links == Refuse {
		look = in.Lstat
		flag |= syscall.O_NOFOLLOW // … or by a link
	}
	info, err := look(name)
	if err != nil {
		return nil, nil, err
	}
	if err := regular(name, info); err != nil {
		return nil, nil, err
	}
	f, err := in.OpenFile(name, flag, 0)
	if err != nil {
		return nil, nil, err
	}
	if info, err = f.Stat(); err == nil {
		err = regular(name, info)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, info, nil
}

// regular says what a file is, if it is not a regular one.
func regular(name string, info fs.FileInfo) error {
	if info.Mode().IsRegular() {
		return nil
	}
	return &fs.PathError{Op: "open", Path: name, Err: notRegular(What(info.Mode()))}
}

// notRegular is what something is instead.
type notRegular string

func (n notRegular) Error() string        { return "it is " + string(n) + ", " + ErrNotRegular.Error() }
func (n notRegular) Is(target error) bool { return target == ErrNotRegular }

// What says in words what a file is: "a named pipe".
func What(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a regular file"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeNamedPipe != 0:
		return "a named pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	}
	return "something of an unknown kind"
}

// Reason takes the operation and the path off an error, for sentences that name the file themselves.
func Reason(err error) error {
	for {
		var (
			path *fs.PathError
			link *os.LinkError
		)
		switch {
		case errors.As(err, &path):
			err = path.Err
		case errors.As(err, &link):
			err = link.Err
		default:
			return err
		}
	}
}
