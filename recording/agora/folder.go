package agora

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/internal/files"
	"github.com/upright-media/upright/internal/lazy"
)

// maxEntries bounds how many files a session's folder may have.
const maxEntries = 250_000

// ErrNoSession says that a folder is not one that the recorder has made.
var ErrNoSession = errors.New("this is no folder of Agora's on-premise recorder: there is no uid file in it")

// Folder is what the recorder leaves of one session of a channel, or of several that used the same folder.
type Folder struct {
	Path      string
	Channel   string // as metadata.txt or the folder's name say it, else the folder's name
	Done      bool   // the recorder says that it has ended in order
	Presences []*Presence

	metadata bool // there is a metadata.txt, which is not so in version 1
	doneAt   time.Time
}

// ReadFolder looks into one folder: whose files are in it. No media is opened.
func ReadFolder(path string) (*Folder, error) {
	l, err := list(path)
	if err != nil {
		return nil, err
	}
	if !l.session() {
		return nil, fmt.Errorf("%s: %w", path, ErrNoSession)
	}
	return l.folder(), nil
}

// listing is what is in a folder by its names.
type listing struct {
	path     string
	uids     []uidName
	media    []mediaName
	there    map[string]int64 // media and their sizes, in bytes
	done     bool
	doneAt   time.Time // when the last marker was written
	metadata bool
	folders  []string // names of folders in it
}

func list(path string) (*listing, error) {
	d, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("cannot read the folder %s: %w", path, files.Reason(err))
	}
	defer d.Close()
	l := &listing{path: path, there: map[string]int64{}}
	for n := 0; ; {
		entries, err := d.ReadDir(4096)
		for _, e := range entries {
			l.entry(e)
		}
		if n += len(entries); n > maxEntries {
			return nil, fmt.Errorf("%s holds more than %d files, which no recorder writes: it was left out", path,
				maxEntries)
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("cannot read the folder %s: %w", path, files.Reason(err))
		}
	}
	slices.Sort(l.folders)
	slices.SortFunc(l.uids, func(a, b uidName) int {
		return cmp.Or(cmp.Compare(a.at.ms, b.at.ms),
			strings.Compare(a.base, b.base))
	})
	slices.SortFunc(l.media, func(a, b mediaName) int { return strings.Compare(a.base, b.base) })
	return l, nil
}

// entry notes what a name means. Links, pipes and devices are nothing that the recorder makes.
func (l *listing) entry(e fs.DirEntry) {
	switch base := e.Name(); {
	case e.IsDir():
		if !strings.HasPrefix(base, ".") {
			l.folders = append(l.folders, base)
		}
	case !e.Type().IsRegular():
	case isDoneMarker(base):
		l.done = true
		if info, err := e.Info(); err == nil && info.ModTime().After(l.doneAt) {
			l.doneAt = info.ModTime()
		}
	case base == "metadata.txt":
		l.metadata = true
	default:
		if n, ok := parseUIDName(base); ok {
			l.uids = append(l.uids, n)
		} else if n, ok := parseMediaName(base); ok {
			info, err := e.Info()
			if err != nil {
				return // gone since
			}
			l.media = append(l.media, n)
			l.there[base] = info.Size()
		}
	}
}

// session says whether this is a session's folder.
func (l *listing) session() bool { return len(l.uids) > 0 || l.done && l.metadata }

func (l *listing) folder() *Folder {
	f := &Folder{Path: l.path, Done: l.done, doneAt: l.doneAt, metadata: l.metadata}
	f.Channel = cmp.Or(l.channel(), channelOf(filepath.Base(l.path)), filepath.Base(l.path))
	hidden := map[string]string{}
	visible := map[string]bool{}
	for _, n := range l.uids {
		if n.hidden {
			hidden[n.base[1:]] = filepath.Join(l.path, n.base)
		} else {
			visible[n.base] = true
		}
	}
	named := map[string]bool{} // stems of media
	for _, n := range l.uids {
		shown := strings.TrimPrefix(n.base, ".")
		if n.hidden && visible[shown] {
			continue
		}
		p := &Presence{UID: n.uid, Folder: f, UIDFile: filepath.Join(l.path, shown), start: n.at}
		if n.at.dated {
			p.StartUs = n.at.ms * 1000
		}
		own := ""
		if visible[shown] {
			own = p.UIDFile
		}
		p.read(own, hidden[shown])
		p.collect(l.there)
		for _, line := range p.lines {
			named[line.media.stem] = true
		}
		f.Presences = append(f.Presences, p)
	}
	l.share(f, named)
	return f
}

// share gives files that no line speaks of to the stay in which they were begun.
func (l *listing) share(f *Folder, named map[string]bool) {
	stays := map[string][]*Presence{}
	for _, p := range f.Presences {
		stays[p.UID] = append(stays[p.UID], p)
	}
	of := map[*Presence][]mediaName{}
	for _, n := range l.media {
		if named[n.stem] {
			continue
		}
		var best *Presence
		for _, p := range stays[n.uid] { // in order of time
			if p.start.dated == n.at.dated && p.start.ms <= n.at.ms+backMs {
				best = p
			}
		}
		if best != nil {
			of[best] = append(of[best], n)
		}
	}
	for p, names := range of {
		p.adopt(names, l.there)
	}
}

var channelTag = lazy.Regexp(`<channel name>(.*)</channel name>`)

// channel is what metadata.txt says, three lines that look like XML and are none.
func (l *listing) channel() string {
	if !l.metadata {
		return ""
	}
	f, _, err := files.Open(filepath.Join(l.path, "metadata.txt"), files.Refuse)
	if err != nil {
		return ""
	}
	defer f.Close()
	lines := bufio.NewScanner(io.LimitReader(f, 16<<10))
	for lines.Scan() {
		if m := channelTag().FindStringSubmatch(lines.Text()); m != nil {
			return strings.TrimSpace(m[1])
		}
	}
	return ""
}

// first says that the folder is one of version 1, which has no metadata and no numbers at the end of its name.
func (f *Folder) first() bool { return !f.metadata }
