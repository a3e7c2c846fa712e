package recording

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Find looks for recordings in files and folders, and puts what it finds together: files of one person in one session
// are a Participant, people who were recorded in the same room or call are a Recording. docs/recordings.md has the rules.
//
// Folders are searched with all their sub-folders, except hidden ones and symbolic links to folders; files in them count
// if IsName says so. Files given as input count whatever they are called. If all inputs are files, those whose names say
// nothing are taken to belong together.
//
// The second result is what was found but cannot be used: each has an Err that says why. The error is about inputs that
// do not exist or cannot be opened.
//
// The result does not depend on the order of the inputs. Names are distinct among all recordings of one call.
func Find(inputs []string) ([]*Recording, []*File, error) {
	found, byHand, err := collect(inputs)
	if err != nil {
		return nil, nil, err
	}
	var items []*item
	var bad []*File
	sections := map[string]*claims{}
	for _, at := range found {
		if at.err != nil {
			bad = append(bad, &File{Path: at.path, Name: ParseName(filepath.Base(at.path)), Err: at.err})
			continue
		}
		f := ReadFile(at.path)
		if f.Err != nil {
			bad = append(bad, f)
			continue
		}
		if sections[at.folder] == nil {
			sections[at.folder] = newClaims(at.folder)
		}
		items = append(items, &item{
			File: f, folder: at.folder, start: f.createdUs(),
			claim: sections[at.folder].of(filepath.Base(f.Path), f.Name),
		})
	}
	resolveFolders(items)
	return assemble(items, byHand), bad, nil
}

// resolveFolders settles ambiguous names, folder by folder.
func resolveFolders(items []*item) {
	folders := map[string][]*item{}
	for _, it := range items {
		folders[it.folder] = append(folders[it.folder], it)
	}
	for _, items := range folders {
		resolveNames(items)
	}
}

func resolveNames(items []*item) {
	names := make([]*Name, len(items))
	for i, it := range items {
		names[i] = &it.Name
	}
	resolve(names)
}

// assemble makes recordings of files.
func assemble(items []*item, byHand bool) []*Recording {
	all := rooms(items)
	if byHand {
		all = joinByHand(all)
	}
	var drafts []*draft
	for _, r := range all {
		drafts = append(drafts, r.drafts()...)
	}
	return finish(drafts)
}

// place is a file that was found.
type place struct {
	path   string
	folder string // real path of the folder that it lies in
	link   bool   // it is a symbolic link
	err    error  // why it cannot be used
}

// collector gathers files, each once.
type collector struct {
	places map[string]*place // by real path
}

// collect finds the files of all inputs. byHand says that all inputs were files.
func collect(inputs []string) (found []*place, byHand bool, err error) {
	c := collector{places: map[string]*place{}}
	byHand = true
	var problems []error
	for _, input := range inputs {
		input = filepath.Clean(input)
		info, err := os.Stat(input)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			problems = append(problems, fmt.Errorf("there is no file or folder %s", input))
		case err != nil:
			problems = append(problems, fmt.Errorf("cannot open %s: %w", input, plain(err)))
		case info.IsDir():
			byHand = false
			if err := c.folder(input); err != nil {
				problems = append(problems, err)
			}
		case strings.EqualFold(filepath.Ext(input), ".nfo"):
			if err := c.nfo(input); err != nil {
				problems = append(problems, err)
			}
		default:
			c.add(input)
		}
	}
	for _, p := range c.places {
		found = append(found, p)
	}
	slices.SortFunc(found, func(a, b *place) int { return strings.Compare(a.path, b.path) })
	return found, byHand, errors.Join(problems...)
}

// folder adds the recordings in a folder. That it cannot be read is an error; of a sub-folder it is a finding.
func (c *collector) folder(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return fmt.Errorf("cannot read the folder %s: %w", path, plain(err))
	}
	for _, entry := range entries {
		name := entry.Name()
		inside := filepath.Join(path, name)
		switch {
		case strings.HasPrefix(name, "."):
		case entry.IsDir():
			if err := c.folder(inside); err != nil {
				c.places[inside] = &place{path: inside, err: err}
			}
		case !IsName(name):
		default:
			c.add(inside)
		}
	}
	return nil
}

// nfo adds the files that an .nfo file names and that exist.
func (c *collector) nfo(path string) error {
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
	names, err := readNames(filepath.Dir(path))
	if err != nil {
		return fmt.Errorf("cannot read the folder of %s: %w", path, err)
	}
	any := false
	for _, name := range names {
		stem, _, ok := splitExtension(name)
		if ok && wanted[stem] {
			any = true
			c.add(filepath.Join(filepath.Dir(path), name))
		}
	}
	if !any {
		return fmt.Errorf("none of the files that %s names is in its folder", path)
	}
	return nil
}

// add adds a file, which may be a symbolic link. Of several ways to the same file one counts: its own name rather than a
// link's, then the first in the alphabet.
func (c *collector) add(path string) {
	p := &place{path: path}
	real, err := filepath.EvalSymlinks(path)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		p.err = fmt.Errorf("cannot use %s: %w", path, plain(err))
		c.places[path] = p
		return
	}
	info, err := os.Stat(real)
	switch {
	case err != nil:
		p.err = fmt.Errorf("cannot use %s: %w", path, plain(err))
	case info.IsDir(): // a link to a folder that is called like a recording
		return
	default:
		if err := regular(info.Mode()); err != nil {
			p.err = fmt.Errorf("cannot use %s: %w", path, err)
		}
	}
	if l, err := os.Lstat(path); err == nil {
		p.link = l.Mode()&fs.ModeSymlink != 0
	}
	p.folder = realFolder(path)
	if old := c.places[real]; old == nil || old.link && !p.link || old.link == p.link && p.path < old.path {
		c.places[real] = p
	}
}

// realFolder is the folder that a file lies in, whichever way it was reached.
func realFolder(path string) string {
	folder := filepath.Dir(path)
	if real, err := filepath.EvalSymlinks(folder); err == nil {
		folder = real
	}
	if abs, err := filepath.Abs(folder); err == nil {
		folder = abs
	}
	return folder
}
