package files

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// Replace writes a file in one step: who reads path finds what was there before or all that write writes, on the disk,
// and never a part of it. While it is written it has another name in the same folder, which begins with a dot.
func Replace(path string, perm os.FileMode, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*.partial")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	if err = write(f); err == nil {
		err = errors.Join(f.Chmod(perm), f.Sync())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	_ = SyncFolder(filepath.Dir(path)) // it is there, though perhaps not after the next power failure
	return nil
}

// Sync waits until a file is on the disk.
func Sync(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// SyncFolder makes the names in a folder last. Not every file system can, and then there is nothing to be done: that is
// no error.
func SyncFolder(path string) error {
	err := Sync(path)
	for _, cannot := range []error{unix.EINVAL, unix.ENOSYS, unix.ENOTSUP, unix.EBADF} {
		if errors.Is(err, cannot) {
			return nil
		}
	}
	return err
}

// Publish gives a finished file its name, within one file system. It never replaces anything: the error is fs.ErrExist
// if the name is taken, also if that happened a moment ago.
func Publish(from, to string) error { return publish(host{}, from, to) }

// PublishIn is Publish in a folder that nothing leads out of.
func PublishIn(root *os.Root, from, to string) error { return publish(root, from, to) }

// link is replaced in tests: a file system without links is not everywhere.
var link = place.Link

func publish(in place, from, to string) error {
	// A link never replaces anything, other than a rename.
	err := link(in, from, to)
	if errors.Is(err, fs.ErrExist) && same(in, from, to) { // NFS: the answer was lost, and the question asked again
		err = nil
	}
	switch {
	case err == nil:
		return in.Remove(from)
	case errors.Is(err, fs.ErrExist), errors.Is(err, fs.ErrNotExist):
		return err
	}
	return renameNew(in, from, to)
}

// RenameNew renames a file in a folder without replacing anything: see Publish, which works in more places.
func RenameNew(root *os.Root, from, to string) error { return renameNew(root, from, to) }

// renameat2 is replaced in tests: not every file system has it.
var renameat2 = unix.Renameat2

func renameNew(in place, from, to string) error {
	fd := unix.AT_FDCWD
	if root, ok := in.(*os.Root); ok {
		dir, err := root.Open(".")
		if err != nil {
			return err
		}
		defer dir.Close()
		fd = int(dir.Fd())
	}
	err := renameat2(fd, from, fd, to, unix.RENAME_NOREPLACE)
	if !errors.Is(err, unix.EINVAL) && !errors.Is(err, unix.ENOSYS) && !errors.Is(err, unix.ENOTSUP) {
		if err != nil {
			err = &os.LinkError{Op: "rename", Old: from, New: to, Err: err}
		}
		return err
	}
	// An empty file of our own keeps the name until the rename.
	f, err := in.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	f.Close()
	if err := in.Rename(from, to); err != nil {
		return errors.Join(err, in.Remove(to))
	}
	return nil
}

// same says that two names are of one file.
func same(in place, a, b string) bool {
	first, err := in.Lstat(a)
	if err != nil {
		return false
	}
	second, err := in.Lstat(b)
	return err == nil && os.SameFile(first, second)
}
