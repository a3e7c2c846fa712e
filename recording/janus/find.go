package janus

import (
	"path/filepath"
	"slices"
	"time"

	"github.com/upright-media/upright/recording"
)

// Find looks for recordings in files and folders, and puts what it finds together: files of one person in one session
// are a Participant, people who were recorded in the same room or call are a Recording. docs/recordings.md has the
// rules.
//
// Folders are searched with all their sub-folders, except hidden ones; files in them count if IsName says so. Symbolic
// links, named pipes and the like in them are passed over, whatever they are called. Files given as input count
// whatever they are called, but nothing else than regular files is opened. If all inputs are files, those whose names
// say nothing are taken to belong together.
//
// A file with an unreadable header whose name says what it is, such as a camera, is a Track of its participant, with an
// Err that says why it cannot be used, as long as another Track can be read. The second result is what else was found
// but cannot be used. The error is about inputs that do not exist or cannot be opened.
//
// The result does not depend on the order of the inputs. Names are distinct among all recordings of one call.
func Find(inputs []string) ([]*recording.Recording, []*recording.File, error) {
	return new(Cache).Find(inputs)
}

// Kind is the kind of recordings that Janus writes, for a registry.
var Kind = Rejoining(0)

// Rejoining is Kind with sessions of one person that are at most so far apart taken for one, as by Cache.Rejoin.
func Rejoining(rejoin time.Duration) recording.Kind {
	return recording.Kind{
		Name:   "Janus",
		Claims: func(path string) bool { base := filepath.Base(path); return IsName(base) || isNFO(base) },
		Find: func(inputs []string) ([]*recording.Draft, []*recording.File, error) {
			c := &Cache{Rejoin: rejoin}
			if _, err := c.Scan(inputs); err != nil {
				return nil, nil, err
			}
			drafts, bad := c.drafts()
			return drafts, bad, nil
		},
	}
}

// resolveFolders settles ambiguous names, folder by folder.
func resolveFolders(items []*item) {
	doubtful := map[string]bool{}
	for _, it := range items {
		if it.Name.doubtful() {
			doubtful[it.folder] = true
		}
	}
	folders := map[string][]*item{}
	for _, it := range items {
		if len(doubtful) > 0 && doubtful[it.folder] {
			folders[it.folder] = append(folders[it.folder], it)
		}
	}
	for _, items := range folders {
		resolveNames(items)
	}
}

// resolveNames leaves the Files as they are, and replaces those whose name means something else.
func resolveNames(items []*item) {
	names := make([]Name, len(items))
	all := make([]*Name, len(items))
	for i, it := range items {
		names[i] = it.Name
		all[i] = &names[i]
	}
	resolve(all)
	for i, it := range items {
		if names[i] != it.Name {
			it.file = it.file.renamed(names[i])
		}
	}
}

// assemble makes recordings of files. before are the rooms of the time before, of which those in which nothing has
// changed are used again; nil if there are none. alone are unreadable files of nobody who has a readable one. The last
// result is for the next time.
func assemble(
	items []*item, byHand bool, rejoin time.Duration, before memory,
) (drafts []*recording.Draft, alone []*recording.File, now memory) {
	all := rooms(items, rejoin)
	if byHand {
		all, before = joinByHand(all), nil
	}
	now = memory{}
	for _, r := range all {
		done := before.of(r)
		if done == nil {
			done = &remembered{items: r.items, pauses: r.pauses}
			done.drafts, done.alone = r.drafts()
		}
		if !byHand {
			now[r.key] = done
		}
		drafts, alone = append(drafts, done.drafts...), append(alone, done.alone...)
	}
	return drafts, alone, now
}

// memory is what was made of rooms.
type memory map[callKey]*remembered

type remembered struct {
	items  []*item
	pauses pauses
	drafts []*recording.Draft
	alone  []*recording.File
}

// of is what was made of a room, if nothing has changed in it since, else nil.
func (m memory) of(r *room) *remembered {
	old := m[r.key]
	if old == nil || old.pauses != r.pauses || !slices.EqualFunc(old.items, r.items,
		func(a, b *item) bool { return a.file == b.file && a.claim == b.claim }) {
		return nil
	}
	return old
}
