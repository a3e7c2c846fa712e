package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright"
	"github.com/upright-media/upright/internal/lazy"
	"github.com/upright-media/upright/recording"
)

// notes are what somebody may want to know of the inputs who has named files.
func (s *source) notes(f *found) (lines []string) {
	for _, p := range f.participants {
		var named []string
		for _, t := range p.participant.Tracks {
			if !slices.Contains(s.Inputs, t.Path) {
				continue
			}
			named = append(named, t.Path)
			if base := filepath.Base(t.Path); strings.HasSuffix(base, ".tmp") {
				lines = append(lines, base+" has the name of a file that is still being recorded, or whose recorder was "+
					"killed: what is in it now is converted")
			}
		}
		if len(named) != len(p.participant.Tracks) {
			continue // a folder was named, too
		}
		if beside := leftBeside(named); beside != "" {
			lines = append(lines, fmt.Sprintf("%s belongs to %s and is left out: name the folder, or all files",
				beside, p.participant.Name))
		}
	}
	return lines
}

// stamped is the end of a file's name from the time on, which differs among the files of a participant.
var stamped = lazy.Regexp(`-\d{12,}-(audio|video|data)(-\d+)?\.mjr.*$`)

// mostBeside is in how many files something is looked for.
const mostBeside = 1000

// leftBeside finds a file that belongs to the same participant as those named, and lies beside the first of them.
func leftBeside(named []string) string {
	dir, base := filepath.Split(named[0])
	at := stamped().FindStringIndex(base)
	entries, err := os.ReadDir(filepath.Clean(dir))
	if at == nil || err != nil {
		return ""
	}
	var like []string
	for _, e := range entries {
		if name := e.Name(); strings.HasPrefix(name, base[:at[0]]) && stamped().MatchString(name) && len(like) < mostBeside {
			like = append(like, dir+name)
		}
	}
	recordings, _, err := upright.Finder{}.Find(like...)
	if err != nil {
		return ""
	}
	for _, r := range recordings {
		for _, p := range r.Participants {
			is := func(path string) bool {
				return slices.ContainsFunc(p.Tracks, func(t *recording.File) bool { return t.Path == path })
			}
			if !slices.ContainsFunc(named, is) {
				continue
			}
			for _, t := range p.Tracks {
				if !slices.Contains(named, t.Path) {
					return t.Path
				}
			}
		}
	}
	return ""
}
