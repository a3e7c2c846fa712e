package deliver

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/recording/agora"
	"github.com/upright-media/upright/recording/janus"
)

// maxCompanions bounds what is read of a folder for the sake of its markers.
const maxCompanions = 100_000

// clearCompanions lets what describes a session go where its files went: an .nfo file when none of the files that it
// names is left, a marker ("recording2-done.txt") when no recording is left in its folder.
func (c *clearance) clearCompanions() error {
	seen := map[string]bool{}
	for _, s := range c.spec.Sources {
		dir := filepath.Dir(s.Path)
		if seen[dir] {
			continue
		}
		seen[dir] = true
		root, err := c.root(s.Path)
		if err != nil {
			return err
		}
		if err := c.clearFolder(root, s.Path); err != nil {
			return err
		}
	}
	return nil
}

// clearFolder deals with the companions in the folder of a source.
func (c *clearance) clearFolder(root *folder, source string) error {
	rel, err := root.rel(source)
	if err != nil {
		return nil // such sources are left alone, too
	}
	dir := filepath.Dir(rel)
	if dir != "." {
		info, err := root.lstat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the whole folder is gone
		}
		if err != nil || !info.IsDir() {
			return fmt.Errorf("the folder %s cannot be looked at", filepath.Join(root.path, dir))
		}
	}
	names, err := root.names(dir)
	if err != nil {
		return fmt.Errorf("the folder %s cannot be read: %w", filepath.Join(root.path, dir), plain(err))
	}
	left := map[string]bool{} // stems of recordings
	for _, name := range names {
		if janus.IsName(name) || agora.IsName(name) {
			left[stem(name)] = true
		}
	}
	own := map[string]bool{}
	for _, s := range c.spec.Sources {
		own[stem(filepath.Base(s.Path))] = true
	}
	for i, name := range names {
		lower := strings.ToLower(name)
		marker, _ := path.Match("recording*done.txt", lower)
		switch {
		case strings.HasPrefix(name, "."):
			continue
		case marker && len(left) == 0:
		case strings.HasSuffix(lower, ".nfo") && describes(root, filepath.Join(dir, name), own, left):
		default:
			continue
		}
		info, err := root.lstat(filepath.Join(dir, name))
		if err != nil || !info.Mode().IsRegular() {
			continue // gone, or a link
		}
		f := sourceFile{root: root, rel: filepath.Join(dir, name), info: info,
			temp: fmt.Sprintf(".upright-%s-c%d.part", safeID(c.spec.ID), i)}
		if err := c.clear(f); err != nil && !gone(f) {
			return err
		}
	}
	return nil
}

// gone says that a file is not there any more: the job of another participant was faster.
func gone(f sourceFile) bool {
	_, err := f.root.lstat(f.rel)
	return errors.Is(err, fs.ErrNotExist)
}

// describes says whether an .nfo file names one of a job's own sources, and nothing that is left.
func describes(root *folder, rel string, own, left map[string]bool) bool {
	file, _, err := root.open(rel)
	if err != nil {
		return false
	}
	defer file.Close()
	entries, err := janus.ParseNFO(file)
	if err != nil {
		return false
	}
	mine := false
	for _, e := range entries {
		for _, name := range []string{e.Audio, e.Video, e.Data} {
			if name == "" {
				continue
			}
			if left[stem(name)] {
				return false
			}
			mine = mine || own[stem(name)]
		}
	}
	return mine
}

// stem is a recording's name without ".mjr" and what follows it.
func stem(name string) string {
	if i := strings.LastIndex(strings.ToLower(name), ".mjr"); i > 0 {
		return name[:i]
	}
	return name
}

func (f *folder) names(dir string) ([]string, error) {
	file, err := f.root.Open(dir)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	names, err := file.Readdirnames(maxCompanions + 1)
	if len(names) > maxCompanions {
		return nil, nil // nothing can be said of what is left: companions stay
	}
	slices.Sort(names)
	if len(names) == 0 {
		return nil, nil
	}
	return names, err
}
