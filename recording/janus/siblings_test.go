package janus

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/recording"
)

func TestSiblings(t *testing.T) {
	folder := busy(t)
	for _, r := range find(t, folder) {
		for _, p := range r.Participants {
			if filepath.Dir(p.Tracks[0].Path) != folder {
				continue
			}
			for _, f := range p.Tracks {
				mine, all, err := Siblings(f.Path)
				require.NoError(t, err)
				require.Equal(t, paths(p), paths(mine))
				require.Equal(t, p.Session, mine.Session)
				require.Len(t, all.Participants, len(r.Participants))
			}
		}
	}
}

func TestSiblingsOfUnusable(t *testing.T) {
	folder := t.TempDir()
	_, _, err := Siblings(write(t, folder, "x.mjr", []byte("nothing of the kind")))
	require.ErrorIs(t, err, recording.ErrUnknownFormat)
	_, _, err = Siblings(filepath.Join(folder, "missing.mjr"))
	require.ErrorContains(t, err, "no such file")

	// A sibling whose header is cut off is one all the same.
	a := audio(t, folder, "1", "a", 0, 5)
	v := write(t, folder, vr("1", "a", 0, "video", 1), []byte("MJR00002\x00\x50{"))
	p, r, err := Siblings(a)
	require.NoError(t, err)
	require.Equal(t, []string{v, a}, paths(p))
	require.ErrorIs(t, p.Tracks[0].Err, recording.ErrTruncatedHeader)
	require.Len(t, r.Participants, 1)

	// Called whatever it may.
	odd := rec(t, folder, "odd", "a", "opus", 0, 5)
	p, _, err = Siblings(odd)
	require.NoError(t, err)
	require.Equal(t, []string{odd}, paths(p))
}

// Of a room that is used again and again only the recording around the file is read, and it is the one that Find sees.
func TestSiblingsOfOneDay(t *testing.T) {
	for _, mode := range []string{"original", "copy", "times that cannot be"} {
		folder := t.TempDir()
		for i := range 20 {
			// Every third pause is longer than half an hour. One file of day two bridges a long one.
			at := float64(i*1000 + i/3*4000)
			to := at + 100
			if i == 8 {
				to += 3300
			}
			for path, end := range map[string]float64{audio(t, folder, "1", "a", at, to): to,
				video(t, folder, "1", "b", 1, at+1, at+50): at + 50} {
				switch mode {
				case "original":
					written(t, path, end)
				case "times that cannot be":
					written(t, path, -86400)
				}
			}
		}
		recordings := find(t, folder)
		require.Greater(t, len(recordings), 3)
		for _, r := range recordings {
			var all []string
			for _, p := range r.Participants {
				all = append(all, paths(p)...)
			}
			for _, p := range r.Participants {
				mine, near, err := Siblings(p.Tracks[0].Path)
				require.NoError(t, err)
				require.Equal(t, paths(p), paths(mine), mode)
				require.Equal(t, p.Session, mine.Session)
				var found []string
				for _, p := range near.Participants {
					found = append(found, paths(p)...)
				}
				require.Equal(t, all, found, mode)
			}
		}
	}
}

// Nothing is read of a room's other days.
func TestNearby(t *testing.T) {
	folder := t.TempDir()
	var items []*item
	for day := range 5 {
		path := audio(t, folder, "1", "a", float64(day)*86400, float64(day)*86400+60)
		written(t, path, float64(day)*86400+60)
		items = append(items, &item{file: readFile(path)})
	}
	items[0], items[2] = items[2], items[0]
	require.Equal(t, items[:1], nearby(items))
	written(t, items[1].Path, 2*86400) // day 1 may have lasted until day 2
	require.ElementsMatch(t, []*item{items[0], items[1]}, nearby(items))
}
