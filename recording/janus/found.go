package janus

import (
	"iter"
	"path/filepath"
)

// Found is a file that a program has come across while it walked through folders in its own way.
type Found struct {
	Path      string // clean and absolute; a folder has one path only, so links are not followed
	Size      int64  // bytes
	ModTimeNs int64  // since the Unix epoch
	Inode     uint64
	// Writing says that somebody is writing to it. It is not opened then: it is grouped by what its name says, ends for
	// now when it was last modified, and has neither Header nor Err.
	Writing bool
}

// Update is like Scan for a program that walks through folders itself, because it has to pass over some of them or
// wants to know more than Scan tells. found are all files that are there now; those count that IsName says are
// recordings, and .nfo files. Use either Update or Scan with a Cache, not both.
func (c *Cache) Update(found iter.Seq[Found]) (changed bool) {
	if c.folders == nil {
		c.folders = map[string]*folder{}
	}
	c.round++
	s := scan{Cache: c, real: map[string]string{}}
	for f := range found {
		path := filepath.Dir(f.Path)
		base := f.Path[len(f.Path)-len(filepath.Base(f.Path)):]
		if !isNFO(base) && !IsName(base) {
			continue
		}
		s.real[path] = path
		at := version{size: f.Size, mtimeNs: f.ModTimeNs, inode: f.Inode, writing: f.Writing}
		if isNFO(base) {
			s.seeNFO(s.at(path), base, at)
		} else {
			s.see(s.at(path), f.Path, at)
		}
	}
	c.settle()
	changed = c.changed || len(c.broken) > 0 || c.byHand
	c.changed, c.broken, c.byHand = false, nil, false
	return changed
}
