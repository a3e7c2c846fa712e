package agora

import (
	"cmp"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/internal/files"
)

// Presence is one user in one stay, as one uid file has it: all their files from coming to leaving.
type Presence struct {
	UID     string
	Folder  *Folder
	UIDFile string // path of uid_<user>_<stamp>.txt, which may not exist if only the hidden copy does
	StartUs int64  // µs since the Unix epoch of time 0 of the uid file; 0 if its name has no date

	Sounds, Pictures []*Slice // in the order of the uid file; with media in them
	Missing          []string // names of media that the uid file promises and that are not there
	Empty            []string // names of media of 0 bytes
	Adopted          []string // names of media that belong to it though no line says so

	Backup  bool // the uid file is empty, its lines come from the hidden copy
	Silent  bool // there are no lines at all: all is known from names
	Open    bool // a file was not closed: the recorder died, or is at work
	Odd     int  // lines of the uid file that make no sense
	OddAt   int  // number of the first of them
	Sorted  bool // its lines were put in the order of their times
	TextErr error

	start stamp
	lines []line
}

// Slice is one media file: one time that the user could be heard or seen without a break.
type Slice struct {
	Path  string
	Other string // the TS beside an MP4, to be used if the MP4 is not whole; "" if there is none
	Size  int64

	Width, Height int  // of the picture, as the uid file has them; 0 if it does not
	Held          bool // the picture before stands until this one begins
	Closed        bool // the uid file has a close line
	named         string
	replaced      string // base name of the MP4 instead of which Path is read
	turns         []turnLine
	said          bool  // a line says how the picture lies
	until         int64 // time of the last line that can be right, ms
}

// turnLine is the rotation from a line on.
type turnLine struct {
	index   int // of the line
	degrees int
}

// Name is the file's base name.
func (s *Slice) Name() string { return filepath.Base(s.Path) }

// Media are the paths of all files, sounds first.
func (p *Presence) Media() []string {
	var list []string
	for _, s := range slices.Concat(p.Pictures, p.Sounds) {
		list = append(list, s.Path)
	}
	return list
}

// readText reads a uid file of the presence.
func (p *Presence) readText(path string) (*uidText, error) {
	f, _, err := files.Open(path, files.Refuse)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return parseUIDText(io.Reader(f), p.UID)
}

// read takes the lines from the uid file, or else from the hidden copy.
func (p *Presence) read(visible, hidden string) {
	for _, path := range []string{visible, hidden} {
		if path == "" {
			continue
		}
		text, err := p.readText(path)
		if err != nil {
			p.TextErr = cmp.Or(p.TextErr, error(&TextError{Path: path, Err: err}))
			continue
		}
		if p.lines == nil || len(text.lines) > 0 {
			p.lines, p.Odd, p.OddAt, p.Sorted = text.lines, text.odd+text.foreign, text.oddAt, text.sorted
		}
		if len(text.lines) > 0 {
			p.Backup = path == hidden && visible != ""
			return
		}
	}
	p.Silent = true
}

// TextError says why a uid file cannot be used.
type TextError struct {
	Path string
	Err  error
}

func (e *TextError) Error() string {
	return e.Path + " cannot be used: " + e.Err.Error() + "; times are taken from the names of the media"
}

func (e *TextError) Unwrap() error { return e.Err }

// collect finds the files that the lines speak of among those that there are.
func (p *Presence) collect(there map[string]int64) {
	at := map[string]*Slice{}
	for i, l := range p.lines {
		base := l.media.base
		s, known := at[base]
		if !known {
			s = &Slice{named: base}
			at[base] = s
			p.add(s, l.media, there)
		}
		s.note(i, l)
	}
	for _, s := range at {
		p.Open = p.Open || !s.Closed
	}
}

// note takes from a line what it says about its file.
func (s *Slice) note(i int, l line) {
	s.Held = s.Held || l.codec
	if l.at < longestMs {
		s.until = max(s.until, l.at)
	}
	switch l.event {
	case "info":
		s.Width, s.Height = cmp.Or(l.width, s.Width), cmp.Or(l.height, s.Height)
	case "close":
		s.Closed = true
	}
	if l.rotation >= 0 && (l.event == "info" || l.event == "rotate") {
		s.turns = append(s.turns, turnLine{i, l.rotation})
		s.said = true
	}
}

// add puts a file into its place if there is anything in it.
func (p *Presence) add(s *Slice, n mediaName, there map[string]int64) {
	size, ok := there[n.base]
	switch other := n.stem + ".ts"; {
	case n.ext != ".mp4" && n.ext != ".ts":
	case n.ext == ".ts":
		if whole := n.stem + ".mp4"; there[whole] > 0 { // remuxed since the line was written
			s.Other = filepath.Join(p.Folder.Path, n.base)
			n.base, size, ok = whole, there[whole], true
		}
	case there[other] > 0:
		if s.Other = filepath.Join(p.Folder.Path, other); size == 0 {
			n.base, size, ok, s.Other = other, there[other], true, ""
		}
	}
	switch {
	case !ok:
		p.Missing = append(p.Missing, n.base)
		return
	case size == 0:
		p.Empty = append(p.Empty, n.base)
		return
	}
	s.Path, s.Size = filepath.Join(p.Folder.Path, n.base), size
	if extensions[n.ext] == sound {
		p.Sounds = append(p.Sounds, s)
	} else {
		p.Pictures = append(p.Pictures, s)
	}
}

// adopt takes files that no line speaks of, since the recorder died before it wrote it. stems are of one user and
// this stay.
func (p *Presence) adopt(names []mediaName, there map[string]int64) {
	slices.SortFunc(names, func(a, b mediaName) int {
		return cmp.Or(cmp.Compare(a.at.ms, b.at.ms), strings.Compare(a.base, b.base))
	})
	if len(names) > maxSlices {
		p.TextErr = cmp.Or(p.TextErr, fmt.Errorf("%s has more than %d media files of user %s that no line speaks of, which "+
			"no recorder leaves: they were left out", p.Folder.Path, maxSlices, p.UID))
		return
	}
	done := map[string]bool{}
	for _, n := range names {
		if n.ext == ".ts" || n.ext == ".mp4" {
			if done[n.stem] {
				continue
			}
			done[n.stem] = true
			if n.ext == ".ts" && there[n.stem+".mp4"] > 0 {
				n.base, n.ext = n.stem+".mp4", ".mp4"
			}
		}
		s := &Slice{named: n.base}
		p.add(s, n, there)
		if s.Path != "" {
			p.Adopted = append(p.Adopted, s.Name())
			p.Open = true
		}
	}
}
