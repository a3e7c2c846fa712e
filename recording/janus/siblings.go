package janus

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// Siblings finds what belongs to one file, looking only into the file's own folder: the participant whose session it is
// part of, and the recording that this is a session of. It reads the names of all files in the folder, and the headers
// only of those that are of the same room or call, so it is quick in a large folder too.
//
// Names that are not distinct in a search of the whole folder may differ from those that Find gives.
func Siblings(path string) (*recording.Participant, *recording.Recording, error) {
	path = filepath.Clean(path)
	self := readFile(path)
	if self.Err != nil {
		return nil, nil, self.Err
	}
	folder := filepath.Dir(path)
	names, err := readNames(folder)
	if err != nil {
		return nil, nil, fmt.Errorf("cannot read the folder %s: %w", folder, err)
	}
	items := []*item{{file: self}}
	for _, name := range names {
		if IsName(name) && name != filepath.Base(path) {
			items = append(items, &item{file: nameFile(filepath.Join(folder, name))})
		}
	}
	resolveNames(items)
	self = items[0].file
	items = nearby(ofOneCall(items, newClaims(folder)))
	real := realFolder(folder)
	for i, it := range items {
		if i > 0 {
			it.file = readFile(it.Path).renamed(it.Name)
		}
		it.folder, it.start = real, it.CreatedUs
	}
	items = slices.DeleteFunc(items, func(it *item) bool { return !it.belongs() })
	drafts, _, _ := assemble(items, false, 0, nil)
	for _, r := range recording.Name(drafts) {
		for _, p := range r.Participants {
			if slices.Contains(p.Tracks, &self.File) {
				return p, r, nil
			}
		}
	}
	return nil, nil, fmt.Errorf("%s is in none of the recordings of its folder", path) // cannot happen
}

// maxBackdated is how much later than by its last modification a file may have been written to, where the clocks of
// Janus and of the file system differ.
const maxBackdated = 5 * time.Minute

// nearby drops files of other recordings of the same room, so that their headers and ends need not be read: of a room
// that is used every day there are thousands. A file that was last modified long before another begins is certainly of
// another recording, unless somebody was recorded in between. The first item is the one to keep. Where names have no
// time or files were copied with wrong times nothing is dropped, which costs time only.
func nearby(items []*item) []*item {
	type stay struct{ from, to int64 }
	self, stays := items[0], map[*item]stay{}
	for _, it := range items {
		info, err := os.Stat(it.Path)
		if err != nil {
			continue // it has just gone; reading it will say so
		}
		s := stay{it.Name.StampUs, info.ModTime().Add(maxBackdated).UnixMicro()}
		if s.from == 0 || s.to < s.from {
			return items
		}
		stays[it] = s
	}
	sorted := slices.SortedStableFunc(slices.Values(items),
		func(a, b *item) int { return cmp.Compare(stays[a].from, stays[b].from) })
	first, last, until := 0, len(sorted), int64(0)
	passed := false
	for i, it := range sorted {
		if i > 0 && stays[it].from-until > maxPause.Microseconds() {
			if passed {
				last = i
				break
			}
			first = i
		}
		until = max(until, stays[it].to)
		passed = passed || it == self
	}
	near := slices.DeleteFunc(sorted[first:last:last], func(it *item) bool { return it == self })
	return append([]*item{self}, near...)
}

// ofOneCall keeps the files that belong to the same room or call as the first.
func ofOneCall(items []*item, sections *claims) []*item {
	self := items[0]
	self.claim = sections.of(filepath.Base(self.Path), self.Name)
	call := self.call()
	of := items[:0:0]
	for _, it := range items {
		// Of an .nfo file the name says little, and of others everything: ask for the section only where it decides.
		if self.claim != nil && slices.Contains(self.claim.nfo.files(), stemOf(it.Path)) || self.claim == nil &&
			it.call() == call {
			it.claim = sections.of(filepath.Base(it.Path), it.Name)
			if it.call() == call {
				of = append(of, it)
			}
		}
	}
	return of
}
