package pipelines

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/upright-media/upright/internal/files"
)

// place gives a finished file its name. Without overwrite it fails with ErrExists if the name is taken, also when that
// happened a moment ago.
func place(partial, path string, overwrite bool) error {
	if overwrite {
		return explain(os.Rename(partial, path))
	}
	err := files.Publish(partial, path)
	if errors.Is(err, fs.ErrExist) {
		return exists(path)
	}
	return explain(err)
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
