package watch

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/options"
)

func TestIdentity(t *testing.T) {
	sources := []job.Source{{Path: "/a/x.mjr.tmp", Size: 3, Fingerprint: "aa"},
		{Path: "/a/y.mjr", Size: 4, Fingerprint: "bb"}}
	same := []job.Source{{Path: "/c/y.mjr", Size: 4, Fingerprint: "bb"}, {Path: "/b/x.mjr", Size: 3, Fingerprint: "aa"}}
	require.Equal(t, identity(sources), identity(same))
	for _, change := range []func(*job.Source){
		func(s *job.Source) { s.Path = "/c/z.mjr" },
		func(s *job.Source) { s.Size++ },
		func(s *job.Source) { s.Fingerprint = "cc" },
	} {
		other := []job.Source{same[0], same[1]}
		change(&other[1])
		require.NotEqual(t, identity(sources), identity(other))
	}
	f := Folder{Output: "/out", Template: "{name}", Profile: "mp4"}
	id := jobID("x", f)
	require.Len(t, id, 32)
	for _, change := range []func(*Folder){
		func(f *Folder) { f.Output = "/o" },
		func(f *Folder) { f.Template = "{id}" },
		func(f *Folder) { f.Profile = "webm" },
		func(f *Folder) { f.Settings.Subtitles = true },
	} {
		other := f
		change(&other)
		require.NotEqual(t, id, jobID("x", other))
	}
	other := f
	other.Priority, other.Name, other.Settle, other.Root = job.High, "n", 1, "/r"
	require.Equal(t, id, jobID("x", other))
	f = Folder{Output: "/videos", Template: "{recording}", Profile: "mp4",
		Settings: options.Options{Audio: options.AudioAuto, Rejoin: 30 * time.Second}}
	require.Equal(t, "5d11c85e6e95cf37d07b8400e728fe40", jobID("content", f), "as in earlier versions")
}
