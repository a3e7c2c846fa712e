package daemon

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
)

// TestHostileNames has recordings whose names want out of the output folder, or cannot be shown, or are as long as
// names can be, links that lead elsewhere, and named pipes that nobody will ever write to.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in, out, outside := filepath.Join(dir, "in"), filepath.Join(dir, "out"), filepath.Join(dir, "outside")

	// Each is the name of a room, of a user, and of a folder. The last cannot be written in JSON, so it is left alone.
	const unwritable = "x\xff\xfe"
	hostile := []string{"..", "...", "../../escape", "a\nb\r\tc", "\x1b[31mred", "🎥📞", "-rf", "~", "$(touch escape)",
		"CON", "a\\b", unwritable}
	n := 0
	var refused []string
	for i, name := range hostile {
		for base, b := range clip(t, 100+i) {
			_, rest, _ := strings.Cut(base, "-user-7-")
			flat := strings.ReplaceAll(name, "/", "-")
			folder := filepath.Join(in, "in "+flat)
			full := "videoroom-" + flat + "-user-" + flat + "-" + rest
			drop(t, folder, map[string][]byte{full: b})
			if name == unwritable {
				refused = append(refused, string([]rune(full)))
			}
		}
		if name != unwritable {
			n++
		}
	}
	require.Len(t, refused, 2)
	// Names of 255 bytes, the most there can be.
	for base, b := range clip(t, 200) {
		_, rest, _ := strings.Cut(base, "-user-7-")
		rest = "-user-7-" + rest
		drop(t, in, map[string][]byte{"videoroom-" + strings.Repeat("n", 255-len("videoroom-")-len(rest)) + rest: b})
	}
	n++

	// Nothing of this is a recording here.
	secret := clip(t, 300)
	drop(t, outside, secret)
	secrets := slices.Sorted(maps.Keys(secret))
	require.NoError(t, os.Symlink(outside, filepath.Join(in, "link to a folder")))
	for _, name := range secrets {
		require.NoError(t, os.Symlink(filepath.Join(outside, name), filepath.Join(in, name)))
	}
	require.NoError(t, os.WriteFile(filepath.Join(in, "4711.nfo"), fmt.Appendf(nil,
		"[4711]\r\nname = x\r\ndate = 2024-01-01 00:00:00\r\naudio = ../outside/%s\r\nvideo = %s\r\n", secrets[0],
		filepath.Join(outside, secrets[1])), 0o644))
	require.NoError(t, syscall.Mkfifo(filepath.Join(in, "x.mjr"), 0o644))
	require.NoError(t, syscall.Mkfifo(filepath.Join(in, "videoroom-1-user-2-1700000000000000-audio-0.mjr"), 0o644))
	require.NoError(t, syscall.Mkfifo(filepath.Join(in, "4712.nfo"), 0o644))
	require.NoError(t, os.Mkdir(filepath.Join(in, "folder.mjr"), 0o755))
	before := tree(t, dir, in, out)

	// The template uses all that comes from outside.
	config := e2e.Config(t, dir, quick(), e2e.Watch{
		Name: "calls", Folder: in, Output: out, Template: "{room}/{user}/{folder}/{name}", Settle: 500 * time.Millisecond,
		Rescan: time.Second,
	})
	d := e2e.Start(t, config, e2e.Options{})
	jobs := d.Await(within, n, job.Done)
	requireIntact(t, out, jobs)
	for _, j := range jobs {
		for _, o := range j.Outputs {
			require.True(t, strings.HasPrefix(o.File, out+"/"), o.File)
			real, err := filepath.EvalSymlinks(o.File)
			require.NoError(t, err)
			require.Equal(t, o.File, real)
		}
		for _, s := range j.Spec.Sources {
			for _, name := range secrets {
				require.NotContains(t, s.Path, name, "it is behind a link")
			}
		}
	}
	// It goes on looking: nothing hangs.
	status, err := d.Status(t.Context())
	require.NoError(t, err)
	seen := status.Folders[0].Scanned
	require.Eventually(t, func() bool {
		status, err = d.Status(t.Context())
		return err == nil && status.Folders[0].Scanned.After(seen.Add(time.Second))
	}, within, 50*time.Millisecond)
	require.True(t, status.Ready, status.NotReady)
	var rejected []string
	for _, r := range status.Folders[0].Rejected {
		require.NotEmpty(t, r.Why)
		rejected = append(rejected, filepath.Base(r.File))
	}
	require.Subset(t, rejected, slices.Concat(secrets,
		[]string{"x.mjr", "videoroom-1-user-2-1700000000000000-audio-0.mjr"}), "it says what it leaves alone")
	for _, name := range refused {
		require.Contains(t, rejected, name)
	}
	drop(t, in, clip(t, 301))
	d.Await(within, n+1, job.Done)
	d.Stop()
	for path := range tree(t, dir, in, out) {
		if !before[path] && !strings.HasPrefix(path, filepath.Join(dir, "state")) {
			require.Equal(t, config, path, "something was written outside of the output folder")
		}
	}
	for name, b := range secret {
		now, err := os.ReadFile(filepath.Join(outside, name))
		require.NoError(t, err)
		require.Equal(t, b, now)
	}
}

// tree are all files below a folder but for some folders.
func tree(t *testing.T, dir string, but ...string) map[string]bool {
	t.Helper()
	all := map[string]bool{}
	for _, path := range listed(t, dir) {
		if !slices.ContainsFunc(but, func(b string) bool { return strings.HasPrefix(path, b+"/") || path == b }) {
			all[path] = true
		}
	}
	return all
}
