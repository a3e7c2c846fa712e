// Package place gives finished files their names, in one step and for good.
package place

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/upright-media/upright/internal/files"
)

// ErrExists says that a file exists already and was not to be overwritten.
var ErrExists = errors.New("exists already")

// File gives a finished file its name. Without overwrite it fails with ErrExists if the name is taken, also when that
// happened a moment ago.
func File(partial, path string, overwrite bool) error {
	if overwrite {
		return Explain(os.Rename(partial, path))
	}
	err := files.Publish(partial, path)
	if errors.Is(err, fs.ErrExist) {
		return Exists(path)
	}
	return Explain(err)
}

// Exists is ErrExists about a file.
func Exists(path string) error {
	return fmt.Errorf("%s %w: use --overwrite to replace it", path, ErrExists)
}

// Explain says in one sentence what stands in the way of writing, and what to do about it.
func Explain(err error) error {
	var p *fs.PathError
	path := ""
	if errors.As(err, &p) {
		path = p.Path
	}
	switch dir := filepath.Dir(path); {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC):
		return fmt.Errorf("no space is left in %s: make room, then try again: %w", dir, err)
	case errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("the quota for %s is used up: make room, then try again: %w", dir, err)
	case errors.Is(err, syscall.EROFS), errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("cannot write into %s: %w", dir, err)
	}
	return err
}

// Write writes a file and waits until it is on the disk.
func Write(path string, text []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o666)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// Remove removes a file that may not be there.
func Remove(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("cannot clean up: %w", err)
	}
	return nil
}
