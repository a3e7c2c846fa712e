package watch

import (
	"fmt"
	"hash/fnv"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/agora"
)

// sessions are folders of a recorder that makes one for each session. They are read again only when something in
// them has changed.
type sessions struct {
	known map[string]*session // by path
}

// session is one folder.
type session struct {
	state uint64   // of all its files
	files []string // paths, in order
	draft *recording.Draft
	round bool // seen in this round
}

// update takes what a walk has found, and says whether that is something new.
func (s *sessions) update(t *tree) (changed bool) {
	type content struct {
		entries []entry
		named   bool
	}
	of := map[string]*content{}
	for _, e := range t.files {
		base := filepath.Base(e.path)
		if e.err != nil || !agora.IsName(base) {
			continue
		}
		folder := filepath.Dir(e.path)
		c := of[folder]
		if c == nil {
			c = &content{}
			of[folder] = c
		}
		c.entries, c.named = append(c.entries, e), c.named || agora.IsUIDFile(base)
	}
	for _, e := range t.markers {
		if c := of[filepath.Dir(e.path)]; c != nil {
			c.entries = append(c.entries, e)
		}
	}
	if s.known == nil {
		s.known = map[string]*session{}
	}
	for folder, c := range of {
		if !c.named {
			continue
		}
		slices.SortFunc(c.entries, func(a, b entry) int { return strings.Compare(a.path, b.path) })
		sum := fnv.New64a()
		for _, e := range c.entries {
			fmt.Fprintf(sum, "%s\x00%d %d %d\x00", e.path, e.size, e.mtimeNs, e.inode)
		}
		old := s.known[folder]
		if old != nil && old.state == sum.Sum64() {
			old.round = true
			continue
		}
		now := &session{state: sum.Sum64(), round: true}
		for _, e := range c.entries {
			now.files = append(now.files, e.path)
		}
		now.draft = agora.Draft(folder)
		s.known[folder], changed = now, true
	}
	for folder, session := range s.known {
		if !session.round {
			delete(s.known, folder)
			changed = true
		}
		session.round = false
	}
	return changed
}

// files are those of a session, as of the last walk.
func (s *sessions) files(folder string) []string {
	if session := s.known[folder]; session != nil {
		return session.files
	}
	return nil
}

// recordings are those of all folders.
func (s *sessions) recordings() []*recording.Recording {
	var drafts []*recording.Draft
	for _, session := range s.known {
		if session.draft != nil {
			drafts = append(drafts, session.draft)
		}
	}
	return recording.Name(drafts)
}
