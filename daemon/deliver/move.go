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
	"strconv"
	"strings"

	"github.com/upright-media/upright/internal/files"
)

// moveFile brings a file to a path below another folder. Nothing is ever overwritten: what is there already gives the
// file a number before its extension, unless it is the same content, as after a move that was cut short. The old name
// goes only when the new one is on disk.
func moveFile(ctx context.Context, f sourceFile, to *folder, rel string) error {
	from := filepath.Join(f.root.path, f.rel)
	dir := filepath.Dir(rel)
	if err := to.mkdirs(dir); err != nil {
		return fmt.Errorf("the folder %s cannot be made: %w", filepath.Join(to.path, dir), plain(err))
	}
	_ = to.root.Remove(filepath.Join(dir, f.temp)) // of an attempt that was cut short
	var copied bool
	var sum string
	for n := 1; n <= maxSuffix; n++ {
		wanted := numbered(rel, n)
		there, err := sameContent(ctx, f, to, wanted)
		switch {
		case err != nil:
			return err
		case there == taken:
			continue
		case there == vacant && !copied:
			err = link(f, to, wanted)
			if unlinkable(err) {
				if sum, err = copyFile(ctx, f, to, filepath.Join(dir, f.temp)); err != nil {
					return fmt.Errorf("%s cannot be copied to %s: %w", from, filepath.Join(to.path, dir), plain(err))
				}
				copied = true
			}
		}
		if there == vacant && copied {
			err = files.PublishIn(to.root, filepath.Join(dir, f.temp), wanted)
		}
		if errors.Is(err, fs.ErrExist) { // somebody was faster
			n--
			continue
		}
		if err == nil {
			err = files.SyncFolder(filepath.Join(to.path, dir))
		}
		if err == nil && there == vacant && copied {
			err = checkCopy(ctx, f, to, wanted, sum)
		}
		if err != nil {
			return fmt.Errorf("%s cannot be moved to %s: %w", from, filepath.Join(to.path, wanted), plain(err))
		}
		if copied {
			_ = to.root.Remove(filepath.Join(dir, f.temp))
		}
		return f.root.remove(f.rel, f.info)
	}
	return fmt.Errorf("%s cannot be moved: %s has %d files of its name", from, filepath.Join(to.path, dir), maxSuffix)
}

// numbered puts a number before a name's extension: ".mjr" with what follows it, or the last.
func numbered(rel string, n int) string {
	if n == 1 {
		return rel
	}
	dir, base := filepath.Split(rel)
	cut := strings.LastIndex(strings.ToLower(base), ".mjr")
	if cut <= 0 {
		cut = len(base) - len(filepath.Ext(base))
	}
	return dir + base[:cut] + "." + strconv.Itoa(n) + base[cut:]
}

// mkdirs makes the folders of a path. None of them may be a link.
func (f *folder) mkdirs(rel string) error {
	if rel == "." {
		return nil
	}
	if err := f.root.MkdirAll(rel, 0o777); err != nil {
		return err
	}
	info, err := f.lstat(rel)
	if err == nil && !info.IsDir() {
		err = fmt.Errorf("it is a link: %w", errOther)
	}
	return err
}

type occupancy int

const (
	vacant occupancy = iota
	taken
	moved // by an attempt that was cut short: the same file, or the same content
)

func sameContent(ctx context.Context, f sourceFile, to *folder, rel string) (occupancy, error) {
	info, err := to.lstat(rel)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return vacant, nil
	case err != nil:
		return taken, fmt.Errorf("%s cannot be looked at: %w", filepath.Join(to.path, rel), plain(err))
	case !info.Mode().IsRegular() || info.Size() != f.info.Size():
		return taken, nil
	case os.SameFile(info, f.info):
		// The same file under both names is a link that an earlier attempt made; under one name it is where it shall
		// be.
		if sameName(f, to, rel) {
			return taken, final("%s is to be moved to where it is", filepath.Join(f.root.path, f.rel))
		}
		return moved, nil
	}
	a, _, err := f.root.hash(ctx, f.rel)
	if err != nil {
		return taken, err
	}
	b, _, err := to.hash(ctx, rel)
	if err != nil {
		return taken, fmt.Errorf("%s cannot be read: %w", filepath.Join(to.path, rel), plain(err))
	}
	if a != b {
		return taken, nil
	}
	file, _, err := to.open(rel) // it may not be on disk yet
	if err != nil {
		return taken, err
	}
	defer file.Close()
	return moved, file.Sync()
}

func sameName(f sourceFile, to *folder, rel string) bool {
	return filepath.Join(real(f.root.path), f.rel) == filepath.Join(real(to.path), rel)
}

var osLink = os.Link // a variable for tests: a second file system is not everywhere

// link gives a file a second name, which fails if that is taken: a rename would overwrite.
func link(f sourceFile, to *folder, rel string) error {
	return osLink(filepath.Join(f.root.path, f.rel), filepath.Join(to.path, rel))
}

// unlinkable says that a link cannot be had: another file system, or one without links, or somebody else's file.
func unlinkable(err error) bool {
	return err != nil && !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist)
}

// copyFile writes an unfinished copy to disk and says what its SHA-256 has to be.
func copyFile(ctx context.Context, f sourceFile, to *folder, rel string) (sum string, err error) {
	src, info, err := f.root.open(f.rel)
	if err != nil {
		return "", err
	}
	defer src.Close()
	if !same(info, f.info) {
		return "", fmt.Errorf("it was changed while it was looked at: %w", errOther)
	}
	dst, err := to.root.OpenFile(rel, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	defer func() {
		if err != nil {
			dst.Close()
			_ = to.root.Remove(rel)
		}
	}()
	hash := sha256.New()
	if _, err = io.Copy(dst, io.TeeReader(&contextReader{ctx, src}, hash)); err != nil {
		return "", err
	}
	if err = dst.Chmod(info.Mode().Perm()); err != nil {
		return "", err
	}
	if err = dst.Sync(); err != nil {
		return "", err
	}
	if err = dst.Close(); err != nil {
		return "", err
	}
	if err = to.root.Chtimes(rel, info.ModTime(), info.ModTime()); err != nil {
		return "", err
	}
	sum = hex.EncodeToString(hash.Sum(nil))
	return sum, checkCopy(ctx, f, to, rel, sum)
}

// checkCopy reads a copy again.
func checkCopy(ctx context.Context, f sourceFile, to *folder, rel, sum string) error {
	if _, err := to.verify(ctx, rel, f.info.Size(), sum); err != nil {
		return err
	}
	if f.check == nil {
		return nil
	}
	return f.check(filepath.Join(to.path, rel))
}
