package janus

import (
	"cmp"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/upright-media/upright/recording"
)

// callKey is what the files of one room or call share.
type callKey struct {
	folder string // real path; files of different folders are never put together, unless by hand
	scheme string
	room   string // what identifies the room or call within the scheme
}

const (
	schemeNFO  = "nfo"
	schemeHand = "hand"
)

// who is the file whose name says what this one belongs to: itself, unless the user has put it with another.
func (it *item) who() *item {
	if it.like != nil {
		return it.like
	}
	return it
}

// call is the key that a file's name gives it.
func (it *item) call() callKey {
	n := it.Name
	switch {
	case it.claim != nil:
		return callKey{scheme: schemeNFO, room: it.claim.path + "[" + it.claim.nfo.ID}
	case n.Scheme == SchemeVideoRoom, n.Scheme == SchemeAudioBridge, n.Scheme == SchemeVideoCall:
		return callKey{it.folder, n.Scheme, n.Room}
	}
	return callKey{it.folder, n.Scheme, n.Base}
}

// person is what the files of one participant share within a room or call.
func (it *item) person() string {
	it = it.who()
	n := it.Name
	switch {
	case it.claim != nil:
		return ""
	case n.Side != "":
		return n.Side
	}
	return n.User
}

// room is a room or call with all sessions in it, before it is split into recordings.
type room struct {
	key    callKey
	items  []*item
	pauses pauses
}

// rooms groups files by room or call, in an order that depends on nothing but the keys.
func rooms(items []*item, rejoin time.Duration) []*room {
	byKey := map[callKey]*room{}
	var all []*room
	for _, it := range items {
		key := it.call()
		if byKey[key] == nil {
			byKey[key] = &room{key: key, pauses: pauses{joinPause, rejoin}}
			all = append(all, byKey[key])
		}
		byKey[key].items = append(byKey[key].items, it)
	}
	for _, r := range all {
		slices.SortFunc(r.items, byStart)
	}
	slices.SortFunc(all, func(a, b *room) int {
		return cmp.Or(cmp.Compare(a.key.folder, b.key.folder), cmp.Compare(a.key.scheme, b.key.scheme),
			cmp.Compare(a.key.room, b.key.room))
	})
	return all
}

// drafts puts the files of one room into sessions and recordings. alone are the files of sessions in which nothing can
// be read, which are none.
func (r *room) drafts() (done []*recording.Draft, alone []*recording.File) {
	people := map[string][]*item{}
	for _, it := range r.items {
		people[it.person()] = append(people[it.person()], it)
	}
	var all []*session
	for _, items := range people {
		for _, s := range sessions(items, r.pauses) {
			if slices.ContainsFunc(s.items, func(it *item) bool { return it.Err == nil }) {
				all = append(all, s)
				continue
			}
			for _, it := range s.items {
				alone = append(alone, &it.file.File)
			}
		}
	}
	// Every session has a file, and no file is in two.
	slices.SortFunc(all, func(a, b *session) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.items[0].Path, b.items[0].Path))
	})
	for _, part := range splitByPause(all) {
		done = append(done, r.draft(part))
	}
	return done, alone
}

// draft makes a recording of sessions.
func (r *room) draft(sessions []*session) *recording.Draft {
	first := sessions[0].items[0]
	d := &recording.Draft{Recording: &recording.Recording{Name: r.wish(), Title: r.title()}, Folder: first.folder}
	count, number := map[string]int{}, map[string]int{}
	people := map[string]*recording.Person{}
	for _, s := range sessions {
		count[s.items[0].person()]++
	}
	for _, s := range sessions {
		it := s.items[0]
		p := &recording.Participant{Name: r.wishFor(it), User: it.user(), StartUs: s.start}
		if count[it.person()] > 1 {
			number[it.person()]++
			p.Session = number[it.person()]
		}
		for _, it := range s.items {
			p.Tracks = append(p.Tracks, &it.file.File)
			d.Room = cmp.Or(d.Room, it.Name.Room)
		}
		slices.SortFunc(p.Tracks, byTrack)
		p.Side = it.Name.Side
		d.Participants = append(d.Participants, p)
		if people[it.person()] == nil {
			people[it.person()] = &recording.Person{User: p.User}
			d.People = append(d.People, people[it.person()])
		}
		people[it.person()].Participants = append(people[it.person()].Participants, p)
		d.StartUs = cmp.Or(d.StartUs, p.StartUs) // sessions are in order of time
	}
	return d
}

// byTrack orders the tracks of a participant: video in order of m-line, audio, data, what nobody knows; then by time.
func byTrack(a, b *recording.File) int {
	rank := func(f *recording.File) int {
		if i := slices.Index([]recording.Medium{recording.Video, recording.Audio, recording.Data}, f.Medium); i >= 0 {
			return i
		}
		return 3
	}
	return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.Line, b.Line),
		cmp.Compare(a.CreatedUs, b.CreatedUs), cmp.Compare(a.Path, b.Path))
}

// user is the id of the person whose media it is, as Janus wrote it; "" if the name has none.
func (it *item) user() string {
	it = it.who()
	n := it.Name
	switch {
	case it.claim != nil:
		return ""
	case n.Side != "" && (n.Scheme != SchemeSIP || n.Side == SidePeer):
		return n.Side
	}
	return n.User
}

// wish is the name that the room's recordings should have.
func (r *room) wish() string {
	it := r.items[0]
	switch r.key.scheme {
	case SchemeVideoRoom:
		return r.key.room
	case SchemeAudioBridge, SchemeVideoCall:
		return r.key.scheme + "-" + r.key.room
	}
	return cmp.Or(r.base(), filepath.Base(it.folder))
}

// base is what the names of the files share, by .nfo of those that should be there; "" if nothing.
func (r *room) base() string {
	first := r.items[0]
	switch {
	case first.claim != nil:
		bases := map[string]bool{}
		base := ""
		for _, stem := range first.claim.nfo.files() {
			base = ParseName(stem).Base
			bases[base] = true
		}
		if len(bases) > 1 || base == "" {
			return "rec-" + cmp.Or(first.claim.nfo.ID, strings.TrimSuffix(filepath.Base(first.claim.path), ".nfo"))
		}
		return base
	case r.key.scheme == schemeHand:
		// Any of them will do; the picture's is the one that people expect.
		named := slices.SortedFunc(slices.Values(r.items),
			func(a, b *item) int { return byTrack(&a.file.File, &b.file.File) })
		for _, it := range named {
			if it.Name.Base != "" {
				return it.Name.Base
			}
		}
		return ""
	}
	return first.Name.Base
}

// title is what people call the recording, "" if nobody has said.
func (r *room) title() string {
	if c := r.items[0].claim; c != nil {
		return c.nfo.Name
	}
	return ""
}

// wishFor is the name that a participant of the room should have.
func (r *room) wishFor(it *item) string {
	it = it.who()
	n := it.Name
	switch {
	case it.claim != nil || it.byHand:
		return r.wish()
	case n.Scheme == SchemeVideoRoom && len(roomSplits(strings.TrimPrefix(n.Base, n.Scheme+"-"))) > 1:
		// Where the room ends is a guess that another file may change. The name must not.
		return strings.TrimPrefix(n.Base, n.Scheme+"-")
	case n.Scheme == SchemeVideoRoom:
		return strings.TrimSuffix(n.Room+"-"+n.User, "-")
	case n.Scheme == SchemeAudioBridge && len(roomSplits(strings.TrimPrefix(n.Base, n.Scheme+"-"))) == 1:
		return n.Scheme + "-" + n.Room + "-" + n.User
	case n.Side != "":
		return cmp.Or(n.Base, filepath.Base(it.folder)) + "-" + n.Side
	}
	return cmp.Or(n.Base, filepath.Base(it.folder))
}
