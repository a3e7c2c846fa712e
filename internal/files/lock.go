package files

import (
	"context"
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// ErrLocked says that another process, or another open file of this one, has the lock.
var ErrLocked = errors.New("locked by another process")

// Lock takes the lock on an open file (flock), which is given back when it is closed, or when the process dies. It does
// not wait: see ErrLocked. Other errors say that the file system has no locks.
func Lock(f *os.File) error {
	err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
	if errors.Is(err, unix.EWOULDBLOCK) {
		return ErrLocked
	}
	return err
}

// OpenLocked opens a file that exists to be locked, which it makes if it is not there, and takes its lock as Lock does.
func OpenLocked(path string, perm os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, perm)
	if err != nil {
		return nil, err
	}
	if err := Lock(f); err != nil {
		f.Close()
		return nil, &os.PathError{Op: "lock", Path: path, Err: err}
	}
	return f, nil
}

// poll is how often a lock that another has is tried.
const poll = 50 * time.Millisecond

// WaitLocked is OpenLocked that waits for the lock until the context ends: then the error is ErrLocked.
func WaitLocked(ctx context.Context, path string, perm os.FileMode) (*os.File, error) {
	for {
		f, err := OpenLocked(path, perm)
		if !errors.Is(err, ErrLocked) {
			return f, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-time.After(poll):
		}
	}
}
