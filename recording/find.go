package recording

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
	folders := map[string][]*item{}
	for _, it := range items {
		folders[it.folder] = append(folders[it.folder], it)
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

// assemble makes recordings of files.
func assemble(items []*item, byHand bool) []*Recording {
	all := rooms(items)
	if byHand {
		all = joinByHand(all)
	}
	var drafts []*draft
	for _, r := range all {
		drafts = append(drafts, r.drafts()...)
	}
	return finish(drafts)
}
