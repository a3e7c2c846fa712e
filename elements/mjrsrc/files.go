package mjrsrc

import (
	"path/filepath"
	"slices"
	"strings"

	"github.com/upright-media/upright/elements/internal/gstx"
	"github.com/upright-media/upright/recording"
)

// files are the paths of all files of which the earliest start is running time 0, in a fixed order, the file itself among
// them. It says no more about that one than that it is named; a sibling that cannot be used is left out.
func files(e gstx.Element, set *settings) ([]string, error) {
	if set.Location == "" {
		return nil, &gstx.Error{Domain: gstx.ResourceDomain, Code: gstx.ResourceNotFound,
			Text: "mjrsrc has no file to read: set its property location."}
	}
	paths := []string{filepath.Clean(set.Location)}
	switch {
	case set.Origin == originFile:
	case set.Siblings != "":
		for _, p := range split(set.Siblings) {
			paths = append(paths, filepath.Clean(p))
		}
	default:
		participant, whole, err := recording.Siblings(set.Location)
		if err != nil {
			// What is wrong with the file itself comes out when it is read; else it is about the folder.
			e.Log(gstx.LogWarning, "the siblings of the file cannot be found: "+err.Error())
			return paths, nil
		}
		participants := []*recording.Participant{participant}
		if set.Origin == originRecording {
			participants = whole.Participants
		}
		for _, p := range participants {
			for _, f := range p.Tracks {
				if f.Err == nil && !f.Empty {
					paths = append(paths, f.Path)
				}
			}
		}
	}
	slices.Sort(paths)
	return slices.Compact(paths), nil
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
