package mjrsrc

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/janus"
)

// filesOf are those of which the earliest start is running time 0, in a fixed order, the file itself among them. It
// says no more about that one than that it is named; a sibling that cannot be used is left out. session are those of
// them in which files are to be looked for that go on with the file, nil if they are named or not wanted.
func filesOf(set *settings) (list, session []*recording.File, err error) {
	if set.Location == "" {
		return nil, nil, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "mjrsrc has no file to read: set its property location."}
	}
	self := janus.ReadFile(filepath.Clean(set.Location))
	list = []*recording.File{self}
	for _, p := range split(set.Parts) {
		list = append(list, janus.ReadFile(filepath.Clean(p)))
	}
	switch {
	case set.Origin == originFile || self.Err != nil: // what is wrong with it comes out when it is read
	case set.Siblings != "":
		for _, p := range split(set.Siblings) {
			list = append(list, janus.ReadFile(filepath.Clean(p)))
		}
	default:
		participant, whole, err := janus.Siblings(self.Path)
		if err != nil {
			return nil, nil, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceOpenRead, Debug: err.Error(),
				Text: fmt.Sprintf("The folder of %s cannot be searched for the other files of its recording: ask for permission "+
					"to read it, or set origin=file to play the file alone.", self.Path)}
		}
		if set.Parts == "" {
			session = participant.Tracks
		}
		participants := []*recording.Participant{participant}
		if set.Origin == originRecording {
			participants = whole.Participants
		}
		for _, p := range participants {
			for _, f := range p.Tracks {
				if f.Err == nil && !f.Empty {
					list = append(list, f)
				}
			}
		}
	}
	slices.SortFunc(list, func(a, b *recording.File) int { return strings.Compare(a.Path, b.Path) })
	return slices.CompactFunc(list, func(a, b *recording.File) bool { return a.Path == b.Path }), session, nil
}

// split takes a list of paths apart at its colons. \: is a colon in a path, \\ a backslash.
func split(list string) []string {
	var paths []string
	var path strings.Builder
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && i+1 < len(list):
			i++
			path.WriteByte(list[i])
		case c == ':':
			paths = append(paths, path.String())
			path.Reset()
		default:
			path.WriteByte(c)
		}
	}
	paths = append(paths, path.String())
	return slices.DeleteFunc(paths, func(p string) bool { return p == "" })
}
