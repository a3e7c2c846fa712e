package claim

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// finish does what a conversion does with its claim, and ends.
func finish(t *testing.T, c *Claim) {
	t.Helper()
	put(t, c.place.Dir, c.Name+".mp4", "x")
	put(t, c.place.Dir, c.Name+".json", string(reportOf(c.place.identity, File{File: c.Name + ".mp4", Bytes: 1})))
	require.NoError(t, c.Release())
}

// Another process finishes after we have looked for outputs, and before we claim a name: the next name would be free.
func TestFinishedMeanwhile(t *testing.T) {
	out := t.TempDir()
	first := take(t, specOf(out, "abc", "alice"))
	p := place(t, specOf(out, "abc", "alice"))
	found, err := p.find()
	require.NoError(t, err)
	require.Nil(t, found)
	finish(t, first)
	_, err = p.claim()
	require.ErrorIs(t, err, errAgain)
	require.Equal(t, []string{"alice.json", "alice.mp4"}, list(t, out))
	c, found, err := p.Take()
	require.NoError(t, err)
	require.Nil(t, c)
	require.Equal(t, filepath.Join(out, "alice.json"), found.ReportFile)
}

// Another process has claimed a later name, because ours was somebody's then.
func TestClaimedMeanwhile(t *testing.T) {
	out := t.TempDir()
	other := take(t, specOf(out, "other", "alice"))
	p := place(t, specOf(out, "abc", "alice"))
	s, err := p.sweepWork()
	require.NoError(t, err)
	require.Equal(t, free, s)
	first := take(t, specOf(out, "abc", "alice"))
	require.Equal(t, "alice.2", first.Name)
	require.NoError(t, other.Release())
	_, err = p.claim()
	require.ErrorIs(t, err, ErrBusy)
	require.DirExists(t, first.Work)
	require.NoError(t, first.Held())
	finish(t, first)
	require.Equal(t, []string{"alice.2.json", "alice.2.mp4"}, list(t, out))
}

// A claim that is being written is not taken for a dead one's remains.
func TestSweptWhileBeingWritten(t *testing.T) {
	old := link
	t.Cleanup(func() { link = old })
	out := t.TempDir()
	second := place(t, specOf(out, "abc", "alice"))
	var seen standing
	var swept error
	link = func(root *os.Root, from, to string) error {
		seen, swept = second.sweepWork()
		return old(root, from, to)
	}
	c := take(t, specOf(out, "abc", "alice"))
	require.NoError(t, swept)
	require.Equal(t, ours, seen)
	require.DirExists(t, c.Work)
	require.NoError(t, c.Release())
	require.Empty(t, list(t, out))
}
