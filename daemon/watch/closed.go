package watch

import (
	"fmt"
	"path/filepath"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/human"
	"github.com/upright-media/upright/recording/janus"
)

// waiting is why something is not ready, and when to look again.
type waiting struct {
	why string
	due time.Time
}

// closedCheck says which files are no longer written to, as of one scan pass.
type closedCheck struct {
	folder  Folder
	now     time.Time
	writers *writers
	markers *markers
	renames func(folder string) bool // does a Janus rename complete files there?
}

// closed says whether a file is no longer written to (nil), or why that is not known yet.
func (c *closedCheck) closed(path string, f *file) *waiting {
	if f.closed {
		return nil
	}
	if f.observation == nil { // cannot happen: only closed files have none
		return &waiting{fmt.Sprintf("%s has just been found", filepath.Base(path)), c.now}
	}
	w := c.open(path, f)
	f.closed = w == nil
	return w
}

func (c *closedCheck) open(path string, f *file) *waiting {
	base := filepath.Base(path)
	if isTemporary(path) {
		if rest := c.folder.AdoptAfter - c.now.Sub(f.grown); rest > 0 {
			return &waiting{fmt.Sprintf("%s is being recorded: it still has its temporary name (it is adopted "+
				"as complete if it does not grow for %s)", base, human.Duration(c.folder.AdoptAfter)), c.now.Add(rest)}
		}
		return c.written(path, f)
	}
	if f.renamed {
		return nil
	}
	settle := c.folder.Settle
	switch {
	case c.markers.covers(path, f.mtimeNs):
		settle = 0
	case c.renames(filepath.Dir(path)):
		settle = min(settle, renamedSettle)
	}
	quiet := max(c.now.Sub(f.quiet)-settle, c.now.Sub(f.grown)-touchedSettle*c.folder.Settle)
	if settle > 0 && quiet < 0 {
		return &waiting{fmt.Sprintf("%s has to be unchanged for %s", base, human.Duration(settle)), c.now.Add(-quiet)}
	}
	return c.written(path, f)
}

// written is about a file that seems to be complete: no process may have it open for writing.
func (c *closedCheck) written(path string, f *file) *waiting {
	who, is := c.writers.of(path, f.writer)
	f.writer = who
	if !is {
		return nil
	}
	name := "a process that is not visible from here"
	if who != nil {
		name = who.String()
	}
	again := clampDuration(c.folder.Settle, time.Second, max(c.folder.Rescan, time.Second))
	return &waiting{fmt.Sprintf("%s is open for writing by %s", filepath.Base(path), name), c.now.Add(again)}
}

func clampDuration(d, from, to time.Duration) time.Duration { return max(from, min(d, to)) }

// markers are the files that say that others are complete. Only what is asked for is read, and only once while it does
// not change.
type markers struct {
	done   map[string]int64              // folder -> latest modification of a recording*done.txt, ns
	ended  map[string]time.Time          // folder and room -> modification of ROOM.ended
	nfos   map[string][]entry            // folder -> .nfo files
	parsed map[string]*parsedNFO         // path
	byName map[string]map[string][]int64 // folder -> final name -> modification of the .nfo files that name it, ns
}

type parsedNFO struct {
	version
	names []string
}

// update takes what a walk has found.
func (m *markers) update(t *tree) {
	m.done, m.nfos, m.byName = map[string]int64{}, map[string][]entry{}, map[string]map[string][]int64{}
	m.ended = map[string]time.Time{}
	for _, e := range t.ended {
		if room, ok := endedRoom(e.path); ok {
			m.ended[room] = time.Unix(0, e.mtimeNs)
		}
	}
	for _, e := range t.markers {
		folder := filepath.Dir(e.path)
		m.done[folder] = max(m.done[folder], e.mtimeNs)
	}
	for _, e := range t.nfos {
		folder := filepath.Dir(e.path)
		m.nfos[folder] = append(m.nfos[folder], e)
	}
}

// covers says that a marker is about a file as it is: it was written after the file. Both times are of the same clock.
func (m *markers) covers(path string, mtimeNs int64) bool {
	folder, base := filepath.Split(path)
	folder = filepath.Clean(folder)
	if done, ok := m.done[folder]; ok && done >= mtimeNs {
		return true
	}
	if len(m.nfos[folder]) == 0 {
		return false
	}
	if m.byName[folder] == nil {
		m.read(folder)
	}
	for _, at := range m.byName[folder][base] {
		if at >= mtimeNs {
			return true
		}
	}
	return false
}

func (m *markers) read(folder string) {
	byName := map[string][]int64{}
	m.byName[folder] = byName
	kept := map[string]*parsedNFO{}
	for path, p := range m.parsed {
		if filepath.Dir(path) != folder {
			kept[path] = p
		}
	}
	for _, e := range m.nfos[folder] {
		at := version{e.size, e.mtimeNs, e.inode}
		p := m.parsed[e.path]
		if p == nil || p.version != at {
			p = &parsedNFO{at, namesIn(e.path)}
		}
		kept[e.path] = p
		for _, name := range p.names {
			byName[name] = append(byName[name], e.mtimeNs)
		}
	}
	m.parsed = kept
}

// namesIn are the recordings that an .nfo file names. One that cannot be read marks nothing.
func namesIn(path string) []string {
	src, _, err := files.Open(path, files.Refuse)
	if err != nil {
		return nil
	}
	defer src.Close()
	entries, _ := janus.ParseNFO(src)
	var names []string
	for _, e := range entries {
		for _, name := range []string{e.Audio, e.Video, e.Data} {
			if name != "" && filepath.Base(name) == name {
				if isTemporary(name) && finalPath(name) == name { // the extension may be left out
					name += ".mjr"
				}
				names = append(names, finalPath(name))
			}
		}
	}
	return names
}
