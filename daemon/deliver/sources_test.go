package deliver

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

func TestMovesSources(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	audio := filepath.Join(w.watch, "room/alice-audio.mjr")
	require.NoError(t, os.Chtimes(audio, old, old))
	require.True(t, w.run().Finished)
	require.Equal(t, allSources, tree(t, w.moved))
	require.Empty(t, tree(t, w.watch))
	require.DirExists(t, filepath.Join(w.watch, "room"), "Janus may want to write there")
	info, err := os.Stat(filepath.Join(w.moved, "room/alice-audio.mjr"))
	require.NoError(t, err)
	require.True(t, old.Equal(info.ModTime()))
	require.Equal(t, allOutputs, tree(t, w.output))
}

func TestDeletesSources(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	w.write(w.watch, "room/bob-audio.mjr", "somebody else")
	require.True(t, w.run().Finished)
	require.Equal(t, map[string]string{"room/bob-audio.mjr": "somebody else"}, tree(t, w.watch))
	require.Equal(t, StepDone, w.step(StepSources).State)
}

// What could not be converted may be all that there is of it.
func TestDeletesOnlyWhatWasConvertedWhole(t *testing.T) {
	for _, code := range job.NotWhole {
		w := newWorld(t, job.Delivery{Sources: "delete"})
		require.NoError(t, w.keep(t.Context(), func(r *job.Record) { r.Warnings = []string{"LOSS", code} }))
		require.True(t, w.run().Finished)
		require.Equal(t, allSources, tree(t, w.watch))
		require.Equal(t, StepFailed, w.step(StepSources).State)
		require.Contains(t, w.step(StepSources).Error, code)
	}
}

// Across file systems there are no links: copies are made, checked, and published under a name that nobody has.
func TestMovesAcrossFileSystems(t *testing.T) {
	shm, err := os.MkdirTemp("/dev/shm", "upright")
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(shm) })
	w := newWorld(t, job.Delivery{Sources: "move", MoveTo: filepath.Join(shm, "moved")})
	require.NotEqual(t, device(t, shm), device(t, w.watch), "this test needs two file systems")
	w.write(w.rec().Spec.Delivery.MoveTo, "room/alice-audio.mjr", "not hers!")
	old := time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC)
	video := filepath.Join(w.watch, "room/alice-video.mjr")
	require.NoError(t, os.Chtimes(video, old, old))
	require.NoError(t, os.Chmod(video, 0o640))
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepSources).State, w.step(StepSources).Error)
	require.Empty(t, tree(t, w.watch))
	require.Equal(t, map[string]string{
		"room/alice-audio.mjr": "not hers!", "room/alice-audio.2.mjr": "the sound",
		"room/alice-video.mjr": "the pictures",
	}, tree(t, filepath.Join(shm, "moved")))
	info, err := os.Stat(filepath.Join(shm, "moved/room/alice-video.mjr"))
	require.NoError(t, err)
	require.True(t, old.Equal(info.ModTime()))
	require.Equal(t, os.FileMode(0o640), info.Mode())
}

func device(t *testing.T, path string) any {
	var s syscall.Stat_t
	require.NoError(t, syscall.Stat(path, &s))
	return s.Dev
}

// Some file systems have no links at all.
func TestMovesWithoutLinks(t *testing.T) {
	osLink = func(string, string) error { return &os.LinkError{Op: "link", Err: syscall.EPERM} }
	defer func() { osLink = os.Link }()
	w := newWorld(t, job.Delivery{Sources: "move"})
	w.write(w.moved, "room/.upright-"+jobID+"-0.part", "half a file of an attempt that was cut sh")
	w.write(w.moved, "room/alice-audio.mjr", "the sound") // of an attempt that died before it deleted the source
	require.True(t, w.run().Finished)
	require.Equal(t, allSources, tree(t, w.moved), "nothing half is left, nothing is there twice")
	require.Empty(t, tree(t, w.watch))
}

func TestMovingOverwritesNothing(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	w.write(w.moved, "room/alice-audio.mjr", "another")
	w.write(w.moved, "room/alice-audio.2.mjr", "yet another one")
	require.NoError(t, os.Symlink("nowhere", filepath.Join(w.moved, "room/alice-video.mjr")))
	require.True(t, w.run().Finished)
	require.Equal(t, map[string]string{
		"room/alice-audio.mjr": "another", "room/alice-audio.2.mjr": "yet another one",
		"room/alice-audio.3.mjr": "the sound",
		"room/alice-video.mjr":   "-> a link", "room/alice-video.2.mjr": "the pictures",
	}, tree(t, w.moved))
	require.NoFileExists(t, filepath.Join(w.moved, "room/nowhere"))
}

func TestNumbered(t *testing.T) {
	for name, want := range map[string]string{
		"a/b.mjr": "a/b.2.mjr", "b.mjr.tmp": "b.2.mjr.tmp", "x.nfo": "x.2.nfo", "v1.5/b": "v1.5/b.2",
		"B.MJR": "B.2.MJR", ".mjr": ".2.mjr",
	} {
		require.Equal(t, want, numbered(name, 2))
		require.Equal(t, name, numbered(name, 1))
	}
}

// What describes a session goes when the last file of the session goes.
func TestCompanionsGoLast(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	companions := map[string]string{
		"room/call.nfo":            "[7]\r\naudio = alice-audio.mjr\r\nvideo = bob-video.mjr\r\n",
		"room/recording2-done.txt": "",
		"room/recording_done.txt":  "",
	}
	others := map[string]string{
		"room/other.nfo":  "[8]\r\naudio = carol-audio.mjr\r\n",
		"room/notes.txt":  "done",
		"done.txt":        "of another folder",
		"room2/bob.mjr":   "another room",
		"room/broken.nfo": "\x00\x01",
	}
	for name, text := range companions {
		w.write(w.watch, name, text)
	}
	for name, text := range others {
		w.write(w.watch, name, text)
	}
	bob := w.source("room/bob-video.mjr.tmp", "he is still recorded")
	require.True(t, w.run().Finished)
	require.Equal(t, allSources, tree(t, w.moved), "there is still a file of Bob's")

	// Then Bob's job.
	w.change(func(rec *job.Record) { rec.Spec.Sources, rec.Steps = []job.Source{bob}, nil })
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepSources).State, w.step(StepSources).Error)
	want := map[string]string{"room/bob-video.mjr.tmp": "he is still recorded"}
	for _, m := range []map[string]string{allSources, companions} {
		for name, text := range m {
			want[name] = text
		}
	}
	require.Equal(t, want, tree(t, w.moved))
	require.Equal(t, others, tree(t, w.watch))
}

func TestCompanionsAreNoLinks(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	outside := w.write(w.dir, "outside.txt", "precious")
	require.NoError(t, os.Symlink(outside, filepath.Join(w.watch, "room/recording-done.txt")))
	require.NoError(t, syscall.Mkfifo(filepath.Join(w.watch, "room/x.nfo"), 0o644))
	require.True(t, w.run().Finished)
	require.Equal(t, map[string]string{"room/recording-done.txt": "-> a link", "room/x.nfo": "-> a link"},
		tree(t, w.watch))
	require.FileExists(t, outside)
}

// Nothing is deleted or moved unless everything is as it was.
func TestSourcesStayWhen(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(*world)
		want  string // of the step's error
		retry bool
	}{
		"an output is gone": {func(w *world) {
			os.Remove(w.rec().Outputs[0].File)
		}, "the sources stay where they are: ", true},
		"an output is something else": {func(w *world) {
			o := w.rec().Outputs[1]
			os.WriteFile(o.File, make([]byte, o.Bytes), 0o644)
		}, "has changed since it was verified", false},
		"an output is shorter": {func(w *world) {
			os.Truncate(w.rec().Outputs[0].File, 3)
		}, "has 3 bytes instead of", false},
		"an output is a link": {func(w *world) {
			file := w.rec().Outputs[0].File
			os.Rename(file, file+".x")
			os.Symlink(file+".x", file)
		}, "is not a regular file", false},
		"the output folder is not mounted": {func(w *world) {
			os.Rename(w.output, w.output+".x")
		}, "cannot be used: no such file or directory", true},
		"there is no output": {func(w *world) {
			w.change(func(r *job.Record) { r.Outputs = nil })
		}, "the job has no output", false},
		"an output has no checksum": {func(w *world) {
			w.change(func(r *job.Record) { r.Outputs[0].SHA256 = "" })
		}, "has changed", false},
		"an output was removed and never uploaded": {func(w *world) {
			w.change(func(r *job.Record) { r.Outputs[0].Removed = true })
		}, "is gone, so the sources stay", false},
		"an output lies elsewhere": {func(w *world) {
			w.change(func(r *job.Record) {
				r.Spec.Output = filepath.Join(w.output, "1234/deeper")
				os.Mkdir(r.Spec.Output, 0o755)
			})
		}, "does not lie in", false},
		"a source has grown": {func(w *world) {
			w.write(w.watch, "room/alice-audio.mjr", "the sound goes on")
		}, "has 17 bytes, and 9 when it was converted", false},
		"a source is another": {func(w *world) {
			w.write(w.watch, "room/alice-video.mjr", "THE PICTURES")
		}, "is not the file that was converted", false},
		"a source is a link": {func(w *world) {
			file := filepath.Join(w.watch, "room/alice-video.mjr")
			os.Rename(file, filepath.Join(w.dir, "v"))
			os.Symlink(filepath.Join(w.dir, "v"), file)
		}, "is not a regular file any more", false},
		"a folder is a link": {func(w *world) {
			os.Rename(filepath.Join(w.watch, "room"), filepath.Join(w.watch, "real"))
			os.Symlink("real", filepath.Join(w.watch, "room"))
		}, "is not a folder", false},
		"a source lies elsewhere": {func(w *world) {
			w.change(func(r *job.Record) { r.Spec.Sources[0].Path = w.write(w.dir, "elsewhere.mjr", "x") })
		}, "does not lie in", false},
		"nobody knows what to do": {func(w *world) {
			w.change(func(r *job.Record) { r.Spec.Delivery.Sources = "burn" })
		}, `not "burn"`, false},
	} {
		for _, what := range []string{"delete", "move"} {
			t.Run(name+", "+what, func(t *testing.T) {
				w := newWorld(t, job.Delivery{Sources: what})
				c.spoil(w)
				before := tree(t, w.dir)
				res := w.run()
				require.NoError(t, res.Err)
				s := w.step(StepSources)
				require.Contains(t, s.Error, c.want)
				require.Equal(t, before, tree(t, w.dir))
				require.Equal(t, !c.retry, res.Finished)
				if c.retry {
					require.Equal(t, StepWaiting, s.State)
				} else {
					require.Equal(t, StepFailed, s.State)
				}
			})
		}
	}
}

func TestSourcesStayWhenTheUploadFailed(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	fileUpload(w, false)
	require.NoError(t, os.Truncate(w.rec().Outputs[0].File, 1))
	require.True(t, w.run().Finished)
	require.Equal(t, StepFailed, w.step(StepUpload).State)
	require.Equal(t, StepFailed, w.step(StepSources).State)
	require.Equal(t, "the upload failed, so the sources stay where they are", w.step(StepSources).Error)
	require.Equal(t, allSources, tree(t, w.watch))
	require.Empty(t, tree(t, w.uploads), "what is not what was verified is not uploaded")
}

// An output that is only in the bucket has to be there still.
func TestSourcesStayWhenTheUploadIsGone(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "delete"})
	fileUpload(w, true)
	require.NoError(t, os.Rename(w.watch, w.watch+".x"))
	require.False(t, w.run().Finished)
	require.True(t, w.rec().Outputs[0].Removed)
	require.NoError(t, os.Rename(w.watch+".x", w.watch))
	kept := filepath.Join(w.uploads, "videos/1234", filepath.Base(w.rec().Outputs[0].File))
	text, err := os.ReadFile(kept)
	require.NoError(t, err)
	require.NoError(t, os.Remove(kept))

	w.now = w.now.Add(time.Minute)
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepSources).Error, "is not there any more, or is something else now")
	require.Equal(t, allSources, tree(t, w.watch))

	require.NoError(t, os.WriteFile(kept, text, 0o644))
	w.now = w.now.Add(time.Minute)
	require.True(t, w.run().Finished)
	require.Empty(t, tree(t, w.watch))
}

func TestSourcesThatAreGoneAreDone(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	require.NoError(t, os.RemoveAll(filepath.Join(w.watch, "room")))
	w.write(w.watch, "another room/x.mjr", "x")
	require.True(t, w.run().Finished)
	require.Equal(t, StepDone, w.step(StepSources).State)
}

// Submitted by hand, a source need not lie in a watched folder.
func TestMovesSourcesSubmittedByHand(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	w.change(func(r *job.Record) { r.Spec.Delivery.SourceOf = "" })
	require.True(t, w.run().Finished)
	require.Equal(t, map[string]string{"alice-audio.mjr": "the sound", "alice-video.mjr": "the pictures"},
		tree(t, w.moved))
}

// The watched folder may be configured by a link, and files be known by their real paths.
func TestWatchedFolderBehindALink(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	link := filepath.Join(w.dir, "link")
	require.NoError(t, os.Symlink(w.watch, link))
	w.change(func(r *job.Record) { r.Spec.Delivery.SourceOf = link })
	require.True(t, w.run().Finished)
	require.Equal(t, allSources, tree(t, w.moved))
}

func TestMovingRecoversFromDiskErrors(t *testing.T) {
	w := newWorld(t, job.Delivery{Sources: "move"})
	require.NoError(t, os.WriteFile(w.moved, nil, 0o644)) // a file where the folder shall be
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepSources).Error, "cannot be made: not a directory")
	require.Equal(t, allSources, tree(t, w.watch))
	require.NoError(t, os.Remove(w.moved))
	require.NoError(t, os.MkdirAll(w.moved, 0o755))
	require.NoError(t, os.Symlink(w.output, filepath.Join(w.moved, "room")))
	w.now = w.now.Add(time.Minute)
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepSources).Error, "cannot be made")
	require.Equal(t, allOutputs, tree(t, w.output), "links are not followed")
	require.NoError(t, os.Remove(filepath.Join(w.moved, "room")))
	w.now = w.now.Add(time.Minute)
	require.True(t, w.run().Finished)
	require.Equal(t, allSources, tree(t, w.moved))
}

func TestMovingToAFullDisk(t *testing.T) {
	full := filepath.Join(t.TempDir(), "full")
	require.NoError(t, os.Mkdir(full, 0o755))
	if err := syscall.Mount("tmpfs", full, "tmpfs", 0, "size=64k"); err != nil {
		t.Skipf("a full disk needs the right to mount one: %v", err)
	}
	defer syscall.Unmount(full, 0)
	w := newWorld(t, job.Delivery{Sources: "move", MoveTo: full})
	big := w.source("room/alice-screen.mjr", string(make([]byte, 100<<10)))
	w.change(func(r *job.Record) { r.Spec.Sources = append(r.Spec.Sources, big) })
	require.False(t, w.run().Finished)
	require.Contains(t, w.step(StepSources).Error, "no space left on device")
	require.FileExists(t, big.Path)
	require.Len(t, tree(t, full), 2, "no half file stays")
	require.NoError(t, syscall.Mount("tmpfs", full, "tmpfs", syscall.MS_REMOUNT, "size=1m"))
	w.now = w.now.Add(time.Minute)
	require.True(t, w.run().Finished)
	require.Len(t, tree(t, full), 3)
	require.Empty(t, tree(t, w.watch))
}
