package agora

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/recording"
)

// maxDepth is how deep session folders are looked for.
const maxDepth = 40

// Kind is the kind of recordings that Agora's on-premise recorder makes, for a registry.
var Kind = recording.Kind{
	Name: "Agora on-premise recorder",
	Claims: func(path string) bool {
		base := filepath.Base(path)
		if _, ok := parseMediaName(base); ok || isDoneMarker(base) {
			return true
		}
		_, ok := parseUIDName(base)
		return ok
	},
	Find: find,
}

// ErrNobody says that a channel was recorded in which nobody was.
var ErrNobody = fmt.Errorf("no one was recorded in this channel: %w", recording.ErrEmpty)

// find looks for session folders in folders and all below them, except hidden ones. A file that is named stands for the
// presences of which it is a file.
func find(inputs []string) ([]*recording.Draft, []*recording.File, error) {
	s := search{done: map[string]bool{}, named: map[string][]string{}}
	var problems []error
	for _, input := range inputs {
		input = filepath.Clean(input)
		info, err := os.Stat(input)
		switch {
		case err != nil:
			problems = append(problems, err)
		case info.IsDir():
			problems = append(problems, s.folder(input, 0))
		default:
			s.named[filepath.Dir(input)] = append(s.named[filepath.Dir(input)], input)
		}
	}
	for _, folder := range slices.Sorted(maps.Keys(s.named)) {
		s.files(folder, s.named[folder])
	}
	return s.drafts, s.unusable, errors.Join(problems...)
}

// search is a way through folders.
type search struct {
	drafts   []*recording.Draft
	unusable []*recording.File
	done     map[string]bool     // real paths of folders
	named    map[string][]string // files that a user has named, by folder
}

// folder looks into a folder and those in it. The error is about the folder itself where a user has named it.
func (s *search) folder(path string, depth int) error {
	real, err := filepath.EvalSymlinks(path)
	if err != nil || s.done[real] || depth > maxDepth {
		return nil
	}
	s.done[real] = true
	l, err := list(path)
	if err != nil {
		if depth == 0 {
			return err
		}
		s.unusable = append(s.unusable, &recording.File{Path: path, Err: err, Line: -1})
		return nil
	}
	if l.session() {
		s.session(l.folder(), nil)
	}
	for _, name := range l.folders {
		_ = s.folder(filepath.Join(path, name), depth+1)
	}
	return nil
}

// files finds the presences that files of a folder belong to.
func (s *search) files(path string, named []string) {
	folder, err := ReadFolder(path)
	if err != nil {
		for _, file := range named {
			s.bad(file, err)
		}
		return
	}
	of := map[*Presence]bool{}
	for _, file := range named {
		base, found := filepath.Base(file), false
		for _, p := range folder.Presences {
			if isDoneMarker(base) || p.has(base) {
				of[p], found = true, true
			}
		}
		if !found {
			s.bad(file, errors.New("no uid file in its folder speaks of it, so whose it is and when it was recorded "+
				"is not known"))
		}
	}
	if len(of) > 0 {
		s.session(folder, func(p *Presence) bool { return of[p] })
	}
}

// has says whether a file is one of the presence.
func (p *Presence) has(base string) bool {
	return filepath.Base(p.UIDFile) == strings.TrimPrefix(base, ".") || slices.Contains(p.Empty, base) ||
		slices.ContainsFunc(slices.Concat(p.Pictures, p.Sounds), func(s *Slice) bool {
			return s.Name() == base || s.Other != "" && filepath.Base(s.Other) == base
		})
}

func (s *search) bad(path string, err error) {
	s.unusable = append(s.unusable, &recording.File{Path: path, Err: fmt.Errorf("cannot use %s: %w", path, err),
		Line: -1})
}

// session makes a recording of a folder, of the presences that are wanted (nil: all).
func (s *search) session(f *Folder, wanted func(*Presence) bool) {
	if len(f.Presences) == 0 {
		s.unusable = append(s.unusable, &recording.File{Path: f.Path, Empty: true, Err: fmt.Errorf("%s: %w", f.Path,
			ErrNobody), Line: -1})
		return
	}
	if r := f.recording(wanted); r != nil {
		s.drafts = append(s.drafts, &recording.Draft{Recording: r, Folder: f.Path})
	}
}

// recording is the folder as any other recording.
func (f *Folder) recording(wanted func(*Presence) bool) *recording.Recording {
	r := &recording.Recording{Name: f.Channel, Title: f.Channel, Room: f.Channel}
	people := map[string]*recording.Person{}
	stays := map[string]int{}
	for _, p := range f.Presences {
		stays[p.UID]++
	}
	session := map[string]int{}
	for _, p := range f.Presences {
		session[p.UID]++
		if wanted != nil && !wanted(p) {
			continue
		}
		q := &recording.Participant{Name: f.Channel + "-" + p.UID, User: p.UID, StartUs: p.StartUs, Tracks: p.files()}
		if stays[p.UID] > 1 {
			q.Session = session[p.UID]
		}
		if r.StartUs == 0 || p.StartUs > 0 && p.StartUs < r.StartUs {
			r.StartUs = p.StartUs
		}
		r.Participants = append(r.Participants, q)
		person := people[p.UID]
		if person == nil {
			person = &recording.Person{User: p.UID}
			people[p.UID] = person
			r.People = append(r.People, person)
		}
		person.Participants = append(person.Participants, q)
	}
	if len(r.Participants) == 0 {
		return nil
	}
	return r
}

// files are the presence's media as any other files: pictures, then sounds. One in which there are no media stands
// for a presence that has none.
func (p *Presence) files() []*recording.File {
	var list []*recording.File
	for i, slices := range [][]*Slice{p.Pictures, p.Sounds} {
		medium := []recording.Medium{recording.Video, recording.Audio}[i]
		for _, s := range slices {
			list = append(list, p.file(s, medium))
		}
	}
	for _, name := range p.Empty {
		n, _ := parseMediaName(name)
		medium := recording.Video
		if extensions[n.ext] == sound {
			medium = recording.Audio
		}
		list = append(list, &recording.File{Path: filepath.Join(p.Folder.Path, name), Empty: true, Medium: medium,
			Line:      -1,
			CreatedUs: us(n.at), Content: &content{presence: p, slice: &Slice{named: name}}})
	}
	if len(list) == 0 {
		list = append(list, &recording.File{Path: p.UIDFile, Empty: true, Line: -1, CreatedUs: p.StartUs,
			Content: &content{presence: p, slice: &Slice{}}})
	}
	return list
}

func (p *Presence) file(s *Slice, medium recording.Medium) *recording.File {
	n, _ := parseMediaName(s.Name())
	created := cmp.Or(us(n.at), p.StartUs)
	return &recording.File{Path: s.Path, Size: s.Size, Medium: medium, Line: -1, CreatedUs: created,
		Info: recording.Info{Medium: medium, Codec: codecs[n.ext], CreatedUs: created, FirstUs: created,
			Timed: true},
		Content: &content{presence: p, slice: s}}
}

// codecs are what files of an extension mostly hold.
var codecs = map[string]string{".aac": "aac", ".mp3": "mp3", ".mp4": "h264", ".ts": "h264", ".webm": "vp8"}

// us is a stamp in µs since the Unix epoch, 0 if it has no date.
func us(s stamp) int64 {
	if !s.dated {
		return 0
	}
	return s.ms * 1000
}

// content is how a file is read: with all others of its presence.
type content struct {
	presence *Presence
	slice    *Slice
}

// ErrNoPackets says that there are no packets to read one by one.
var ErrNoPackets = errors.New("it holds no packets: its media are read by way of its presence's timeline")

func (c *content) Open() (recording.Reader, error)        { return nil, ErrNoPackets }
func (c *content) OpenAt(int64) (recording.Reader, error) { return nil, ErrNoPackets }

// Span is what the name says, and how long the file was written to.
func (c *content) Span() recording.Span {
	n, _ := parseMediaName(c.slice.named)
	s := recording.Span{FromUs: cmp.Or(us(n.at), c.presence.StartUs)}
	if s.ToUs = s.FromUs; c.presence.StartUs > 0 && c.slice.until > 0 {
		s.ToUs = max(s.ToUs, c.presence.StartUs+c.slice.until*1000)
	}
	return s
}

// Files are the media of the presence that a uid file is of, to be loaded into one timeline: at least one. The error
// matches ErrNoSession if the file is none, and recording.ErrEmpty if there are no media.
func Files(uidFile string) ([]*recording.File, error) {
	if n, ok := parseUIDName(filepath.Base(uidFile)); !ok || n.hidden {
		return nil, fmt.Errorf("%s: %w", uidFile, ErrNoSession)
	}
	f, err := ReadFolder(filepath.Dir(uidFile))
	if err != nil {
		return nil, err
	}
	for _, p := range f.Presences {
		if filepath.Base(p.UIDFile) != filepath.Base(uidFile) {
			continue
		}
		files := slices.DeleteFunc(p.files(), func(f *recording.File) bool { return f.Empty })
		if len(files) == 0 {
			return nil, fmt.Errorf("%s: %w", uidFile, recording.ErrEmpty)
		}
		return files, nil
	}
	return nil, &fs.PathError{Op: "open", Path: uidFile, Err: fs.ErrNotExist}
}

// Draft is the recording of a session's folder, nil if there is none in it or it cannot be read.
func Draft(folder string) *recording.Draft {
	f, err := ReadFolder(folder)
	if err != nil || len(f.Presences) == 0 {
		return nil
	}
	return &recording.Draft{Recording: f.recording(nil), Folder: folder}
}
