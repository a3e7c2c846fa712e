package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// place gives a finished file its name. Without overwrite it fails with ErrExists if the name is taken, also when that
// happened a moment ago: a link, other than renaming, never replaces anything.
func place(partial, path string, overwrite bool) error {
	if overwrite {
		return explain(os.Rename(partial, path))
	}
	err := os.Link(partial, path)
	switch {
	case err == nil:
		return os.Remove(partial)
	case errors.Is(err, fs.ErrExist):
		return exists(path)
	}
	// Not every file system has links: look, then rename.
	if _, err := os.Lstat(path); err == nil {
		return exists(path)
	}
	return explain(os.Rename(partial, path))
}

func exists(path string) error {
	return fmt.Errorf("%s %w: use --overwrite to replace it", path, ErrExists)
}

// explain says in one sentence what stands in the way of writing, and what to do about it.
func explain(err error) error {
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

// syncDir makes renames in a folder last. Not every file system can, and then there is nothing to be done.
func syncDir(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
