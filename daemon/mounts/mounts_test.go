package mounts

import (
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestMissing(t *testing.T) {
	for _, c := range []struct {
		was, is string
		missing bool
	}{
		{"", "/", false},
		{"/", "/", false},
		{"/", "/srv", false}, // mounted since
		{"/srv", "/srv", false},
		{"/srv", "/", true},
		{"/srv/videos", "/srv", true},
		{"/srv/videos", "/srv/vid", false}, // the folder is a link that leads elsewhere now
		{"/srv", "/mnt", false},
	} {
		require.Equal(t, c.missing, missing(c.was, c.is), "%s %s", c.was, c.is)
	}
}

// TestCheck unmounts what a folder is on: below it, and at it; beside what is hidden there, and after a restart.
func TestCheck(t *testing.T) {
	for _, below := range []string{"", "calls/2026"} {
		dir := t.TempDir()
		disk, memory := filepath.Join(dir, "disk"), filepath.Join(dir, "mounts.json")
		require.NoError(t, os.Mkdir(disk, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(disk, ".not-mounted"), nil, 0o644))
		mount := func() {
			if err := syscall.Mount("tmpfs", disk, "tmpfs", 0, "size=1m"); err != nil {
				t.Skipf("a file system cannot be mounted here: %v", err)
			}
		}
		mount()
		t.Cleanup(func() { _ = syscall.Unmount(disk, syscall.MNT_DETACH) })
		folder := filepath.Join(disk, below)
		m := Open(memory)
		require.NoError(t, m.Use(folder))
		require.NoError(t, syscall.Unmount(disk, 0))
		for range 2 {
			err := m.Use(folder)
			require.ErrorIs(t, err, ErrMissing)
			require.ErrorContains(t, err, "nothing is mounted at "+disk)
			require.ErrorIs(t, m.Check(filepath.Join(folder, "room/1")), ErrMissing)
			m = Open(memory)
		}
		mount()
		require.NoError(t, m.Use(folder))
		require.NoError(t, syscall.Unmount(disk, 0))
		require.Error(t, m.Use(folder))
		// It is believed as it is when something is in it, and stays so.
		require.NoError(t, os.MkdirAll(filepath.Join(folder, "something"), 0o755))
		require.NoError(t, m.Use(folder))
		require.NoError(t, os.Remove(filepath.Join(folder, "something")))
		require.NoError(t, m.Use(folder))
	}
}

func TestWithoutMemory(t *testing.T) {
	var none *Memory
	require.NoError(t, none.Check("/"))
	require.NoError(t, none.Use("/"))
	dir := t.TempDir()
	file := filepath.Join(dir, "mounts.json")
	for _, text := range []string{"", "null", "[1]", `{"a":1}`} {
		require.NoError(t, os.WriteFile(file, []byte(text), 0o644))
		require.NoError(t, Open(file).Use(filepath.Join(dir, "new")))
		require.NoError(t, Open(file).Use(filepath.Join(dir, "new")))
	}
	require.NoError(t, Open("/proc/no/such/file").Check(dir))
	require.NoError(t, Open(file).Use(""))
}

// TestNoAnswer waits for a file system that is away as long as it is worth while, and asks it once.
func TestNoAnswer(t *testing.T) {
	defer func(d time.Duration) { answerLimit = d }(answerLimit)
	answerLimit = 50 * time.Millisecond
	m := Open(filepath.Join(t.TempDir(), "mounts.json"))
	back, asked := make(chan struct{}), atomic.Int32{}
	m.point = func(string) (string, error) {
		asked.Add(1)
		<-back
		return "/", nil
	}
	for range 3 {
		require.NoError(t, m.Use("/srv"))
	}
	require.EqualValues(t, 1, asked.Load())
	close(back)
	answerLimit = time.Minute
	require.NoError(t, m.Use("/srv"))
	require.Equal(t, map[string]string{"/srv": "/"}, m.points)
}
