package recording

import "slices"

// Find looks for recordings in files and folders, and puts what it finds together: files of one person in one session
// are a Participant, people who were recorded in the same room or call are a Recording. docs/recordings.md has the rules.
//
// Folders are searched with all their sub-folders, except hidden ones; files in them count if IsName says so. Symbolic
// links, named pipes and the like in them are passed over, whatever they are called. Files given as input count whatever
// they are called, but nothing else than regular files is opened. If all inputs are files, those whose names say nothing
// are taken to belong together.
//
// The second result is what was found but cannot be used: each has an Err that says why. The error is about inputs that
// do not exist or cannot be opened.
//
// The result does not depend on the order of the inputs. Names are distinct among all recordings of one call.
func Find(inputs []string) ([]*Recording, []*File, error) {
	return new(Cache).Find(inputs)
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
			f := *it.File
			f.Name = names[i]
			it.File = &f
		}
	}
}

// assemble makes recordings of files. before are the rooms of the time before, of which those in which nothing has changed
// are used again; nil if there are none. The second result is for the next time.
func assemble(items []*item, byHand bool, before memory) ([]*Recording, memory) {
	all := rooms(items)
	if byHand {
		all, before = joinByHand(all), nil
	}
	now := memory{}
	var drafts []*draft
	for _, r := range all {
		done := before.drafts(r)
		if done == nil {
			done = r.drafts()
		}
		if !byHand {
			now[r.key] = &remembered{r, done}
		}
		drafts = append(drafts, done...)
	}
	return finish(drafts), now
}

// memory are rooms with what was made of them.
type memory map[callKey]*remembered

type remembered struct {
	*room
	done []*draft
}

// drafts are those of a room in which nothing has changed since, else nil.
func (m memory) drafts(r *room) []*draft {
	old := m[r.key]
	if old == nil || !slices.EqualFunc(old.items, r.items, func(a, b *item) bool { return a.File == b.File && a.claim == b.claim }) {
		return nil
	}
	return old.done
}
