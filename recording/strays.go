package recording

import (
	"path/filepath"
	"strings"
)

// Strays says which files that cannot be used lie with which recording, in the order of the recordings: those in one of
// its folders that have its room in their name, or all in its folders if it is the only one. rest lies with none.
func Strays(recordings []*Recording, bad []*File) (of [][]*File, rest []*File) {
	of = make([][]*File, len(recordings))
	if len(bad) == 0 {
		return of, nil
	}
	in := map[string][]int{} // folder -> recordings
	for i, r := range recordings {
		for _, dir := range r.Folders() {
			in[dir] = append(in[dir], i)
		}
	}
	for _, f := range bad {
		home, at := -1, len(f.Path)
		for _, i := range in[filepath.Dir(f.Path)] {
			room := recordings[i].Room
			// The first such part of a name is the room, users come later.
			n := strings.Index(filepath.Base(f.Path), "-"+room+"-")
			if len(recordings) == 1 || room != "" && n >= 0 && n < at {
				home, at = i, n
			}
		}
		if home < 0 {
			rest = append(rest, f)
		} else {
			of[home] = append(of[home], f)
		}
	}
	return of, rest
}

// Folders are those that files of the recording lie in, each once.
func (r *Recording) Folders() (folders []string) {
	seen := map[string]bool{}
	for _, p := range r.Participants {
		for _, f := range p.Tracks {
			if dir := filepath.Dir(f.Path); !seen[dir] {
				seen[dir] = true
				folders = append(folders, dir)
			}
		}
	}
	return folders
}
