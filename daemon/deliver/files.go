package deliver

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/upright-media/upright/internal/files"
)

// errOther is why a file is left alone: it is not the one that the record names.
var errOther = errors.New("it is not the file that the record names")

// folder is a folder below which files are touched, and nothing outside. Links are not followed, wherever they lead.
type folder struct {
	path string
	root *os.Root
}

func openFolder(path string) (*folder, error) {
	root, err := os.OpenRoot(path)
	if err != nil {
		return nil, fmt.Errorf("the folder %s cannot be used: %w", path, plain(err))
	}
	return &folder{path: path, root: root}, nil
}

func (f *folder) Close() error { return f.root.Close() }

// rel is the way from the folder to a file below it.
func (f *folder) rel(path string) (string, error) {
	for _, base := range []string{f.path, real(f.path)} {
		if rel, err := filepath.Rel(base, path); err == nil && rel != "." && filepath.IsLocal(rel) {
			return rel, nil
		}
	}
	return "", fmt.Errorf("%s does not lie in %s: %w", path, f.path, errOther)
}

// real is a folder's path without links: the folder itself may be given by one.
func real(path string) string {
	if r, err := filepath.EvalSymlinks(path); err == nil {
		return r
	}
	return path
}

// lstat describes a file none of whose folders is a link.
func (f *folder) lstat(rel string) (fs.FileInfo, error) {
	parts := strings.Split(filepath.ToSlash(rel), "/")
	for i := range parts[:len(parts)-1] {
		dir := filepath.Join(parts[:i+1]...)
		info, err := f.root.Lstat(dir)
		if err != nil {
			return nil, err
		}
		if !info.IsDir() {
			return nil, fmt.Errorf("%s is not a folder: %w", filepath.Join(f.path, dir), errOther)
		}
	}
	return f.root.Lstat(rel)
}

// open opens a regular file, and nothing else: opening a named pipe waits, a link may lead anywhere.
func (f *folder) open(rel string) (*os.File, fs.FileInfo, error) {
	before, err := f.lstat(rel)
	if err != nil {
		return nil, nil, err
	}
	file, info, err := files.OpenIn(f.root, rel, os.O_RDONLY, files.Refuse)
	switch {
	case errors.Is(err, files.ErrNotRegular):
		err = fmt.Errorf("%s is not a regular file: %w", filepath.Join(f.path, rel), errOther)
	case err == nil && !os.SameFile(before, info):
		file.Close()
		err = fmt.Errorf("%s was replaced while it was opened: %w", filepath.Join(f.path, rel), errOther)
	}
	return file, info, err
}

// hash is the SHA-256 of a file and what the file is.
func (f *folder) hash(ctx context.Context, rel string) (string, fs.FileInfo, error) {
	file, info, err := f.open(rel)
	if err != nil {
		return "", nil, err
	}
	defer file.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, &contextReader{ctx, file}); err != nil {
		return "", nil, err
	}
	return hex.EncodeToString(sum.Sum(nil)), info, nil
}

// verify says whether a file is the one that a record names: size in bytes, SHA-256 in hexadecimal digits.
func (f *folder) verify(ctx context.Context, rel string, size int64, sum string) (fs.FileInfo, error) {
	path := filepath.Join(f.path, rel)
	info, err := f.lstat(rel)
	switch {
	case errors.Is(err, errOther):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, plain(err))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file: %w", path, errOther)
	case info.Size() != size:
		return nil, fmt.Errorf("%s has %d bytes instead of %d: %w", path, info.Size(), size, errOther)
	}
	got, info, err := f.hash(ctx, rel)
	switch {
	case errors.Is(err, errOther):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s cannot be read: %w", path, plain(err))
	case !strings.EqualFold(got, sum):
		return nil, fmt.Errorf("%s has changed since it was verified: %w", path, errOther)
	}
	return info, nil
}

// sync has a file and its name written to disk.
func (f *folder) sync(rel string) error {
	file, _, err := f.open(rel)
	if err == nil {
		err = errors.Join(file.Sync(), file.Close(), files.SyncFolder(filepath.Dir(filepath.Join(f.path, rel))))
	}
	if err != nil {
		return fmt.Errorf("%s cannot be written to disk: %w", filepath.Join(f.path, rel), plain(err))
	}
	return nil
}

// remove deletes a file that was looked at, if it is still there and still the same. It is no error that it is gone.
func (f *folder) remove(rel string, looked fs.FileInfo) error {
	path := filepath.Join(f.path, rel)
	info, err := f.lstat(rel)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil && !same(looked, info) {
		return fmt.Errorf("%s was changed while it was looked at: %w", path, errOther)
	}
	if err == nil {
		err = f.root.Remove(rel)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%s cannot be deleted: %w", path, plain(err))
	}
	return nil
}

// same says that two looks at a file found the same one, unchanged.
func same(a, b fs.FileInfo) bool {
	return os.SameFile(a, b) && a.Size() == b.Size() && a.ModTime().Equal(b.ModTime())
}

// contextReader ends with its context.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (r *contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}

// removeOutput deletes an output, if it is what the record says. gone says that it was not there.
func removeOutput(ctx context.Context, dir, path string, size int64, sum string) (gone bool, err error) {
	f, err := openFolder(dir)
	if err != nil {
		return false, err
	}
	defer f.Close()
	rel, err := f.rel(path)
	if err != nil {
		return false, err
	}
	if _, err := f.lstat(rel); errors.Is(err, fs.ErrNotExist) {
		return true, nil
	}
	info, err := f.verify(ctx, rel, size, sum)
	if err != nil {
		return false, err
	}
	return false, f.remove(rel, info)
}
