package agora

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/testagora"
)

// What a folder may cost that means ill. It is met only by what grows faster than the folder.
const hostileLimit = time.Minute

// bounded runs f, which must come to an end.
func bounded(t *testing.T, f func()) {
	t.Helper()
	done := make(chan struct{})
	go func() { defer close(done); f() }()
	select {
	case <-done:
	case <-time.After(hostileLimit):
		t.Fatal("it does not come to an end")
	}
}

// manySlices writes so many files of one frame each, and the lines that speak of them.
func manySlices(t *testing.T, f *testagora.Folder, n int) {
	one := testagora.ADTS(1, 1)
	var lines []string
	for i := range n {
		at := time.Duration(i) * 30 * time.Millisecond
		name := f.Name("1", at, ".aac")
		f.File(name, one)
		lines = append(lines, fmt.Sprintf("%.3f %s create ", at.Seconds(), name), fmt.Sprintf("%.3f %s close ",
			at.Seconds()+0.021, name))
	}
	f.UID("1", lines...)
	f.Done()
}

// As many files as a user can have are read one after the other.
func TestManySlices(t *testing.T) {
	f := testagora.New(t, t.TempDir(), "x", zero)
	manySlices(t, f, 4000)
	bounded(t, func() {
		drafts, unusable, err := find([]string{f.Path})
		require.NoError(t, err)
		require.Empty(t, unusable)
		tracks := drafts[0].Recording.Participants[0].Tracks
		require.Len(t, tracks, 4000)
		for _, file := range tracks {
			span := file.Content.(*content).Span()
			require.InDelta(t, 21000, span.ToUs-span.FromUs, 2000)
		}
		require.Len(t, load(t, f).Audio.Pieces, 4000)
	})
}

// A folder that means ill ends in a sentence, soon, and nothing outside of it is read.
func TestHostileFolders(t *testing.T) {
	for name, tt := range map[string]struct {
		spoil func(f *testagora.Folder)
		text  string // of the first note, or of the error
	}{
		"100,000 slices": {func(f *testagora.Folder) {
			var lines []string
			for i := range 100_000 {
				at := time.Duration(i) * 30 * time.Millisecond
				lines = append(lines, fmt.Sprintf("%.3f %s create ", at.Seconds(), f.Name("1", at, ".aac")))
			}
			f.UID("1", lines...)
		}, "names more than 20000 media files"},
		"a line of a gigabyte": {func(f *testagora.Folder) {
			path := filepath.Join(f.Path, "uid_1_"+testagora.Stamp(zero)+".txt")
			f.UID("1")
			require.NoError(t, os.Truncate(path, 1<<30))
		}, "it has more than 64 MB"},
		"lines without end": {func(f *testagora.Folder) {
			f.UID("1", strings.Repeat("0.000 "+f.Name("1", 0, ".aac")+" create \n", 1_000_000))
		}, "it has more than"},
		"links out of the tree": {func(f *testagora.Folder) {
			mp4 := f.Name("1", 0, ".mp4")
			require.NoError(t, os.Symlink("/dev/zero", filepath.Join(f.Path, mp4)))
			require.NoError(t, os.Symlink("/", filepath.Join(f.Path, "deeper")))
			require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(f.Path, "uid_2_"+testagora.Stamp(zero)+".txt")))
			f.UID("1", "0.000 "+mp4+" create ")
		}, "it is not there"},
		"pipes": {func(f *testagora.Folder) {
			aac := f.Name("1", 0, ".aac")
			for _, base := range []string{aac, "uid_2_" + testagora.Stamp(zero) + ".txt"} {
				require.NoError(t, syscall.Mkfifo(filepath.Join(f.Path, base), 0o644))
			}
			require.NoError(t, os.Remove(filepath.Join(f.Path, "metadata.txt")))
			require.NoError(t, syscall.Mkfifo(filepath.Join(f.Path, "metadata.txt"), 0o644))
			f.UID("1", "0.000 "+aac+" create ")
		}, "it is not there"},
	} {
		t.Run(name, func(t *testing.T) {
			f := testagora.New(t, t.TempDir(), "x", zero)
			tt.spoil(f)
			f.Done()
			before := allocated()
			bounded(t, func() {
				drafts, _, err := find([]string{f.Path})
				require.NoError(t, err)
				require.Len(t, drafts, 1)
				require.Len(t, drafts[0].Recording.Participants, 1)
				tl := load(t, f)
				require.NotEmpty(t, tl.Notes)
				require.Contains(t, tl.Notes[0].Text, tt.text)
				require.Nil(t, tl.Video)
				require.Nil(t, tl.Audio)
			})
			require.Less(t, allocated()-before, uint64(1<<30))
		})
	}
}

// More media than any recorder leaves, of which no line speaks, are not taken for a user's.
func TestTooManyToAdopt(t *testing.T) {
	p := &Presence{UID: "1", Folder: &Folder{Path: "/x"}}
	names := make([]mediaName, maxSlices+1)
	p.adopt(names, nil)
	require.Empty(t, p.Adopted)
	require.ErrorContains(t, p.TextErr, "more than 20000 media files")
}

// allocated are the bytes that this process has ever asked for.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
