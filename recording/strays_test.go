package recording

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestStrays(t *testing.T) {
	with := func(room string, paths ...string) *Recording {
		p := &Participant{}
		for _, path := range paths {
			p.Tracks = append(p.Tracks, &File{Path: path})
		}
		return &Recording{Room: room, Participants: []*Participant{p}}
	}
	names := func(list []*File) (paths []string) {
		for _, f := range list {
			paths = append(paths, f.Path)
		}
		return paths
	}
	bad := []*File{{Path: "/r/videoroom-12-user-1-a.mjr"}, {Path: "/r/x.mjr"}, {Path: "/s/videoroom-12-user-1-b.mjr"}}
	both := []*Recording{with("1", "/r/1.mjr"), with("12", "/r/2.mjr", "/r/3.mjr"), with("", "/r/4.mjr")}
	of, rest := Strays(both, bad)
	require.Len(t, of, 3)
	require.Empty(t, of[0], "12 is not 1")
	require.Equal(t, []string{"/r/videoroom-12-user-1-a.mjr"}, names(of[1]))
	require.Equal(t, []string{"/r/x.mjr", "/s/videoroom-12-user-1-b.mjr"}, names(rest))

	of, rest = Strays(both[1:2], bad)
	require.Equal(t, []string{"/r/videoroom-12-user-1-a.mjr", "/r/x.mjr"}, names(of[0]), "whose else?")
	require.Len(t, rest, 1)
}
