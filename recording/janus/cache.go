package janus

import (
	"crypto/sha256"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"time"
	"unique"

	"github.com/upright-media/upright/recording"
)

// Cache makes Find cheap for a program that looks again and again, with thousands of finished files and a few new ones:
// a file is opened only when it is new, or its size, last modification or inode has changed. What is gone is forgotten.
//
// The zero Cache is empty and ready. It is not safe for use by several goroutines at once, but what it has returned is,
// as long as nobody changes it: results share files, also with later results. Use one for each set of inputs: what one
// scan does not see, the next one has forgotten.
type Cache struct {
	// Rejoin is how far apart sessions of one person may be to be taken for one: somebody whose connection was lost comes
	// back with all files new. 0: such files are a session of their own. It may be changed between scans.
	Rejoin time.Duration

	folders map[string]*folder // by real path
	broken  []*recording.File  // sub-folders that cannot be read
	byHand  bool
	rooms   memory        // of the last Recordings
	round   uint32        // number of the scan
	changed bool          // since the last scan that was without error
	joined  time.Duration // Rejoin at the last scan

	extensions map[int]string // of the last header: they are mostly all the same
}

// folder is what is known of a folder.
type folder struct {
	path  string // real
	files map[string]*known
	nfos  map[string]*known // with no File
	*claims
}

// known is what is remembered of a file.
type known struct {
	*file // nil until it is read; never changed then
	at    version
	way   string             // the path by which the scan has come across it
	round uint32             // the last scan that has
	stale bool               // at is newer than File
	ended bool               // end is known
	end   int64              // as item.end
	print *[sha256.Size]byte // fingerprint, nil if nobody has asked
}

// version changes with a file's content.
type version struct {
	size    int64
	mtimeNs int64
	inode   uint64
	writing bool
}

// Find is like the function Find, with what the Cache remembers.
func (c *Cache) Find(inputs []string) ([]*recording.Recording, []*recording.File, error) {
	if _, err := c.Scan(inputs); err != nil {
		return nil, nil, err
	}
	recordings, bad := c.Recordings()
	return recordings, bad, nil
}

// Recordings groups what the last Scan has found, as Find does. It opens files only where a session's end has to be
// known and was not before, and .nfo files that are new.
func (c *Cache) Recordings() ([]*recording.Recording, []*recording.File) {
	drafts, bad := c.drafts()
	return recording.Name(drafts), bad
}

func (c *Cache) drafts() ([]*recording.Draft, []*recording.File) {
	bad := slices.Clone(c.broken)
	n := 0
	for _, dir := range c.folders {
		n += len(dir.files)
	}
	items := make([]*item, 0, n)
	for _, dir := range c.folders {
		for base, k := range dir.files {
			if !k.belongs() {
				bad = append(bad, &k.file.File)
				continue
			}
			items = append(items, &item{
				file: k.file, folder: dir.path, start: k.CreatedUs, memory: k,
				claim: dir.of(base, k.Name),
			})
		}
	}
	resolveFolders(items)
	drafts, alone, rooms := assemble(items, c.byHand, c.Rejoin, c.rooms)
	c.rooms = rooms
	bad = append(bad, alone...)
	slices.SortFunc(bad, func(a, b *recording.File) int { return strings.Compare(a.Path, b.Path) })
	return drafts, bad
}

// Fingerprint is like the function Fingerprint for a file that the last Scan has seen, and reads it only once.
func (c *Cache) Fingerprint(path string) ([sha256.Size]byte, error) {
	k := c.known(path)
	if k != nil && k.print != nil {
		return *k.print, nil
	}
	print, err := recording.Fingerprint(path)
	if k != nil && err == nil {
		k.print = &print
	}
	return print, err
}

func (c *Cache) known(path string) *known {
	if dir := c.folders[realFolder(filepath.Dir(path))]; dir != nil {
		return dir.files[filepath.Base(path)]
	}
	return nil
}

// see notes that a scan has come across a file.
func (c *Cache) see(dir *folder, path string, at version) {
	base := path[strings.LastIndexByte(path, '/')+1:] // a map's key that needs no memory of its own
	k := dir.files[base]
	if k == nil {
		k = &known{stale: true}
		dir.files[base] = k
	}
	if k.round < c.round {
		k.round, k.way = c.round, path
	}
	k.way = min(k.way, path) // of several ways to a file the first in the alphabet counts
	if k.at != at {
		k.at, k.stale = at, true
	}
}

// settle forgets what the scan has not seen, and reads what it must.
func (c *Cache) settle() {
	c.changed = c.changed || c.Rejoin != c.joined
	c.joined = c.Rejoin
	for path, dir := range c.folders {
		for base, k := range dir.files {
			if k.round != c.round {
				delete(dir.files, base)
				c.changed = true
			} else {
				c.refresh(k)
			}
		}
		for base, k := range dir.nfos {
			if k.round != c.round {
				delete(dir.nfos, base)
				dir.forget(base)
				c.changed = true
			}
		}
		if len(dir.files) == 0 && len(dir.nfos) == 0 {
			delete(c.folders, path)
		}
	}
}

// refresh reads a file again if it must.
func (c *Cache) refresh(k *known) {
	way := k.way
	k.way = "" // mostly equal to Path, but in memory of its own
	switch {
	case k.stale || k.Path != way:
	// rights or a network may come back without a trace in size and times
	case k.Err != nil && !recording.Unreadable(k.Err):
		if f := readFile(way); f.Err != nil && f.Err.Error() == k.Err.Error() {
			return
		}
	default:
		return
	}
	if k.at.writing {
		f := nameFile(way)
		f.Size = k.at.size
		*k = known{file: f, at: k.at, round: k.round, ended: true, end: max(f.CreatedUs, k.at.mtimeNs/1000)}
	} else {
		f := readFile(way)
		c.share(f)
		*k = known{file: f, at: k.at, round: k.round}
	}
	c.changed = true
}

// share keeps one copy of what is the same in thousands of headers.
func (c *Cache) share(f *file) {
	f.Info.Codec = unique.Make(f.Info.Codec).Value()
	f.Info.Fmtp = unique.Make(f.Info.Fmtp).Value()
	if maps.Equal(f.Info.Extensions, c.extensions) {
		f.Info.Extensions = c.extensions
	} else {
		c.extensions = f.Info.Extensions
	}
}

// seeNFO notes that a scan has come across an .nfo file.
func (c *Cache) seeNFO(dir *folder, base string, at version) {
	k := dir.nfos[base]
	if k == nil {
		k = &known{}
		dir.nfos[base] = k
	}
	if k.at != at {
		dir.forget(base)
		c.changed = true
	}
	k.round, k.at = c.round, at
}
