package worker

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/daemon/work"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
)

// recovers runs a job again, when the cause of its failure is gone.
func recovers(t *testing.T, req work.Request) {
	t.Helper()
	r := work.Run(t.Context(), req, runOptions())
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	require.False(t, r.Final.Adopted)
	require.Equal(t, []string{"x.json", "x.mp4"}, list(t, req.Spec.Output))
}

// fails runs a job that does not come to its end, and leaves nothing behind.
func fails(t *testing.T, req work.Request, o work.Options, code, text string) work.Result {
	t.Helper()
	r := work.Run(t.Context(), req, o)
	require.Equal(t, "failed", r.Final.Event)
	require.Equal(t, code, r.Final.Code, r.Final.Error)
	require.Contains(t, r.Final.Error, text)
	if _, err := os.Stat(req.Spec.Output); err == nil {
		require.Empty(t, list(t, req.Spec.Output))
	}
	return r
}

func TestSources(t *testing.T) {
	in := copied(t, "rot-h264-90")
	req := requestFor(t, in, t.TempDir(), "x")
	path := req.Spec.Sources[1].Path
	away := func() { require.NoError(t, os.Rename(path, path+".away")) }
	back := func() { require.NoError(t, os.Rename(path+".away", path)) }

	away()
	fails(t, req, runOptions(), job.CodeSourcesGone, path+" is gone")
	require.NoError(t, os.Mkdir(path, 0o777))
	fails(t, req, runOptions(), job.CodeSourcesChanged, path+" is not a regular file")
	require.NoError(t, os.Remove(path))
	require.NoError(t, syscall.Mkfifo(path, 0o666))
	fails(t, req, runOptions(), job.CodeSourcesChanged, path+" is not a regular file")
	require.NoError(t, os.Remove(path))
	back()

	// In the middle of it: planned, but not opened yet by the pipeline.
	r := fails(t, req, onTurn(runOptions(), away), job.CodeSourcesGone, path+" is gone")
	require.Contains(t, r.Graph, "digraph pipeline")
	require.Contains(t, r.Graph, "mjrsrc")
	back()

	// A folder that is not there at all, as when it is not mounted.
	require.NoError(t, os.Rename(in, in+".away"))
	fails(t, req, runOptions(), job.CodeSourcesGone, "is gone")
	require.NoError(t, os.Rename(in+".away", in))

	whole, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, whole[:len(whole)-1], 0o666))
	fails(t, req, runOptions(), job.CodeSourcesChanged, "bytes, not")
	other := append([]byte{}, whole...)
	other[len(other)-1]++
	require.NoError(t, os.WriteFile(path, other, 0o666))
	fails(t, req, runOptions(), job.CodeSourcesChanged, path+" has another content")
	require.NoError(t, os.WriteFile(path, whole, 0o666))

	none := req
	none.Spec.Sources = nil
	fails(t, none, runOptions(), job.CodeInternal, "no sources")
	recovers(t, req)
}

func TestUnreadableSource(t *testing.T) {
	in := copied(t, "rot-h264-90")
	req := requestFor(t, in, t.TempDir(), "x")
	o := runOptions()
	o.Command = unprivileged(t)
	require.NoError(t, os.Chmod(req.Spec.Sources[0].Path, 0))
	fails(t, req, o, job.CodePermission, "permission denied")
	require.NoError(t, os.Chmod(req.Spec.Sources[0].Path, 0o644))
	recovers(t, req)
}

func TestSpaceThatHasToStayFree(t *testing.T) {
	req := requestFor(t, testmjr.TestData("rot-h264-90"), t.TempDir(), "x")
	req.MinFree = 1 << 60
	r := fails(t, req, runOptions(), job.CodeNoSpace, " have to stay free (min_free): make room")
	require.Regexp(t, `^[\d.]+ .iB are free in /\S+, but the conversion may need [\d.]+ .iB, and \d+ TiB have`,
		r.Final.Error)
	req.MinFree = 0
	recovers(t, req)
}

func TestFullDisk(t *testing.T) {
	// What is written until the output is complete fits, what is estimated does too; then somebody else takes it all.
	out := tmpfs(t, "size=4m")
	req := requestFor(t, testmjr.TestData("rot-change-h264-libwebrtc"), filepath.Join(out, "videos"), "x")
	hog := filepath.Join(out, "hog")
	fill := func() {
		f, err := os.Create(hog)
		require.NoError(t, err)
		b := make([]byte, 4096)
		for err == nil {
			_, err = f.Write(b)
		}
		require.ErrorIs(t, err, syscall.ENOSPC)
		require.NoError(t, f.Close())
	}
	o := runOptions()
	full := false
	o.Progress = func(p job.Progress) {
		if p.Stage == "converting" && !full {
			full = true
			fill()
		}
	}
	r := fails(t, req, o, job.CodeNoSpace, "no space is left in "+req.Spec.Output)
	require.Contains(t, r.Final.Error, "0 B are free")
	fails(t, req, runOptions(), job.CodeNoSpace, "0 B are free")
	require.NoError(t, os.Remove(hog))

	fails(t, req, onTurn(runOptions(), fill), job.CodeNoSpace, "0 B are free") // while it waited
	require.NoError(t, os.Remove(hog))
	recovers(t, req)
}

func TestFullOfFiles(t *testing.T) {
	out := tmpfs(t, "size=8m,nr_inodes=4")
	req := requestFor(t, testmjr.TestData("rot-h264-90"), out, "x")
	fails(t, req, runOptions(), job.CodeNoSpace, "no space left on device")
}

func TestReadOnly(t *testing.T) {
	out := tmpfs(t, "size=8m")
	req := requestFor(t, testmjr.TestData("rot-h264-90"), out, "x")
	remount := func(flags uintptr) { require.NoError(t, syscall.Mount("", out, "", syscall.MS_REMOUNT|flags, "")) }
	remount(syscall.MS_RDONLY)
	fails(t, req, runOptions(), job.CodePermission, "read-only file system")
	deep := req
	deep.Spec.Output = filepath.Join(out, "a/b")
	fails(t, deep, runOptions(), job.CodePermission, "read-only file system")
	remount(0)
	recovers(t, req)
}

func TestPermissionLost(t *testing.T) {
	out := t.TempDir()
	req := requestFor(t, testmjr.TestData("rot-h264-90"), out, "x")
	o := runOptions()
	o.Command = unprivileged(t)
	closed := func() { require.NoError(t, os.Chmod(out, 0o555)) }
	t.Cleanup(func() { _ = os.Chmod(out, 0o777) })
	closed()
	fails(t, req, o, job.CodePermission, "permission denied")
	require.NoError(t, os.Chmod(out, 0o777))

	// In the middle of it. Not even what was begun can be cleared away then, other than by who may.
	r := work.Run(t.Context(), req, onTurn(o, closed))
	require.Equal(t, job.CodePermission, r.Final.Code, r.Final.Error)
	require.Contains(t, r.Final.Error, "permission denied")
	require.NoError(t, os.Chmod(out, 0o777))
	recovers(t, req)
}

func TestOutputFolderGoesAway(t *testing.T) {
	out := filepath.Join(t.TempDir(), "videos")
	req := requestFor(t, testmjr.TestData("rot-h264-90"), out, "x")
	r := work.Run(t.Context(), req, onTurn(runOptions(), func() { require.NoError(t, os.RemoveAll(out)) }))
	require.True(t, job.Transient(r.Final.Code), "%s: %s", r.Final.Code, r.Final.Error)
	recovers(t, req)

	// A file in its place.
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, nil, 0o666))
	req.Spec.Output = filepath.Join(file, "videos")
	r = work.Run(t.Context(), req, runOptions())
	require.Equal(t, job.CodeIO, r.Final.Code, r.Final.Error)
	require.NoError(t, os.Remove(file))
	recovers(t, req)
}

func TestNothingEscapes(t *testing.T) {
	out, outside := t.TempDir(), t.TempDir()
	require.NoError(t, os.Symlink(outside, filepath.Join(out, "link")))
	for _, name := range []string{"link/x", "../x", "/etc/x", "a/../../x", ".x", ""} {
		r := work.Run(t.Context(), requestFor(t, testmjr.TestData("audio-mute-gap"), out, name), runOptions())
		require.Equal(t, job.CodeSettings, r.Final.Code, r.Final.Error)
	}
	require.Empty(t, list(t, outside))
	require.Equal(t, []string{"link"}, list(t, out))
	odd := strings.Repeat("é", 100) + "\n😀 '\"\\"
	r := work.Run(t.Context(), requestFor(t, testmjr.TestData("audio-mute-gap"), out, odd), runOptions())
	require.Equal(t, "done", r.Final.Event, r.Final.Error)
	intact(t, r.Final.Outputs)
	require.Len(t, list(t, out), 3)
}

func TestSettingsThatDoNotFit(t *testing.T) {
	req := requestFor(t, testmjr.TestData("rot-h264-90"), t.TempDir(), "x")
	req.Spec.Profile = "betamax"
	fails(t, req, runOptions(), job.CodeSettings, `"betamax"`)
	req.Spec.Profile, req.Spec.Settings.Audio = "mp4", "loud"
	fails(t, req, runOptions(), job.CodeSettings, `audio is "loud"`)
	req.Spec.Settings = options.Options{Audio: "aac", Head: "hold", Subtitles: true}
	recovers(t, req)
}

// TestSpaceRunsOut has the room go while an output grows.
func TestSpaceRunsOut(t *testing.T) {
	usual := spaceEvery
	spaceEvery = time.Millisecond
	defer func() { spaceEvery = usual }()
	ctx, cancel := context.WithCancelCause(t.Context())
	watchSpace(ctx, t.TempDir(), 1<<60, cancel) // it returns, since so much is nowhere free
	require.Equal(t, job.CodeNoSpace, codeOf(context.Cause(ctx), nil))
	require.ErrorContains(t, context.Cause(ctx), "min_free")

	ctx, cancel = context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(nil) })
	watchSpace(ctx, t.TempDir(), 0, cancel)
	require.ErrorIs(t, context.Cause(ctx), context.Canceled)
}
