package janus

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/recording"
)

// Scan looks through files and folders, as Find does, for Recordings to group: it lists folders and asks for the state
// of every file, and reads the headers of those that are new or have changed. changed says that Recordings would
// return something else than after the last Scan. The error is about inputs that do not exist or cannot be opened; then
// nothing is forgotten, and Recordings is still about the last Scan that had none.
func (c *Cache) Scan(inputs []string) (changed bool, err error) {
	if c.folders == nil {
		c.folders = map[string]*folder{}
	}
	c.round++
	s := scan{Cache: c, real: map[string]string{}, listed: map[*folder]bool{}}
	byHand := true
	var problems []error
	for _, input := range inputs {
		hand, err := s.input(filepath.Clean(input))
		byHand = byHand && hand
		problems = append(problems, err)
	}
	if err := errors.Join(problems...); err != nil {
		return false, err
	}
	c.settle()
	slices.SortFunc(s.broken, func(a, b *recording.File) int { return strings.Compare(a.Path, b.Path) })
	same := slices.EqualFunc(s.broken, c.broken, func(a, b *recording.File) bool {
		return a.Path == b.Path && a.Err.Error() == b.Err.Error()
	})
	changed = c.changed || !same || byHand != c.byHand
	c.changed, c.broken, c.byHand = false, s.broken, byHand
	return changed, nil
}

// scan is one look through the inputs.
type scan struct {
	*Cache
	real   map[string]string // real paths of folders
	listed map[*folder]bool  // whose .nfo files were looked for
	broken []*recording.File // sub-folders that cannot be read
}

// input looks through one input. byHand says that it is a file.
func (s *scan) input(path string) (byHand bool, err error) {
	info, err := os.Lstat(path)
	if err == nil && info.Mode()&fs.ModeSymlink != 0 {
		if target, err := os.Stat(path); err == nil && target.IsDir() {
			info = target // the only links that are followed
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return true, fmt.Errorf("there is no file or folder %s", path)
	case err != nil:
		return true, fmt.Errorf("cannot open %s: %w", path, files.Reason(err))
	case info.IsDir():
		return false, s.folder(path)
	case strings.EqualFold(filepath.Ext(path), ".nfo"):
		return true, s.nfo(path)
	}
	s.file(path)
	return true, nil
}

// folder looks through a folder. That it cannot be read is an error; of a sub-folder it is a finding.
func (s *scan) folder(path string) error {
	dir, err := os.OpenFile(path, os.O_RDONLY|unix.O_DIRECTORY|unix.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("cannot read the folder %s: %w", path, files.Reason(err))
	}
	defer dir.Close()
	entries, err := dir.ReadDir(-1)
	if err != nil {
		return fmt.Errorf("cannot read the folder %s: %w", path, files.Reason(err))
	}
	var inside *folder
	for _, entry := range entries {
		name := entry.Name()
		switch {
		case strings.HasPrefix(name, "."):
		case entry.IsDir():
			sub := filepath.Join(path, name)
			if err := s.folder(sub); err != nil {
				s.broken = append(s.broken, &recording.File{Path: sub, Line: -1, Err: err})
			}
		case entry.Type().IsRegular() && (IsName(name) || isNFO(name)):
			var st unix.Stat_t
			err := unix.Fstatat(int(dir.Fd()), name, &st, unix.AT_SYMLINK_NOFOLLOW)
			if err != nil || uint32(st.Mode)&unix.S_IFMT != unix.S_IFREG {
				continue // it has just gone, or been replaced
			}
			if inside == nil {
				inside = s.at(path)
			}
			if isNFO(name) {
				s.seeNFO(inside, name, versionOf(&st))
			} else {
				s.see(inside, filepath.Join(path, name), versionOf(&st))
			}
		}
	}
	return nil
}

// nfo looks at the files that an .nfo file names and that exist.
func (s *scan) nfo(path string) error {
	entries, err := readNFO(path)
	if err != nil {
		return fmt.Errorf("cannot use %s: %w", path, err)
	}
	wanted := map[string]bool{}
	for _, entry := range entries {
		for _, stem := range entry.files() {
			wanted[stem] = true
		}
	}
	folder := filepath.Dir(path)
	names, err := readNames(folder)
	if err != nil {
		return fmt.Errorf("cannot read the folder of %s: %w", path, err)
	}
	any := false
	for _, name := range names {
		stem, _, ok := splitExtension(name)
		if ok && wanted[stem] {
			any = true
			s.file(filepath.Join(folder, name))
		}
	}
	if !any {
		return fmt.Errorf("none of the files that %s names is in its folder", path)
	}
	return nil
}

// file looks at one file that the user has named. What cannot be used is a finding.
func (s *scan) file(path string) {
	dir := s.at(filepath.Dir(path))
	s.listNFOs(dir)
	var st unix.Stat_t
	unix.Lstat(path, &st) // reading the file says what is wrong
	s.see(dir, path, versionOf(&st))
}

// listNFOs looks for the .nfo files in the folder of a file that was named.
func (s *scan) listNFOs(dir *folder) {
	if s.listed[dir] {
		return
	}
	s.listed[dir] = true
	names, _ := readNames(dir.path) // if it cannot be read, names must pair without .nfo files
	for _, name := range names {
		var st unix.Stat_t
		if isNFO(name) && unix.Lstat(filepath.Join(dir.path, name), &st) == nil {
			s.seeNFO(dir, name, versionOf(&st))
		}
	}
}

// at is what is known of a folder.
func (s *scan) at(path string) *folder {
	real, ok := s.real[path]
	if !ok {
		real = realFolder(path)
		s.real[path] = real
	}
	dir := s.folders[real]
	if dir == nil {
		dir = &folder{path: real, files: map[string]*known{}, nfos: map[string]*known{}, claims: newClaims(real)}
		dir.has = func(nfo string) bool { return dir.nfos[nfo] != nil }
		dir.list = func() []string {
			var names []string
			for name := range dir.nfos {
				names = append(names, name)
			}
			return names
		}
		s.folders[real] = dir
	}
	return dir
}

func versionOf(st *unix.Stat_t) version {
	return version{size: st.Size, mtimeNs: st.Mtim.Nano(), inode: st.Ino}
}

func isNFO(name string) bool {
	return strings.EqualFold(filepath.Ext(name), ".nfo") && !strings.HasPrefix(name, ".")
}

// realFolder is the real path of a folder, whichever way it was reached.
func realFolder(folder string) string {
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if abs, err := filepath.Abs(folder); err == nil {
		folder = abs
	}
	return folder
}
