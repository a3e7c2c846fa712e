package watch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/options"
)

func TestSettle(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	require.Contains(t, b.pendingWhy(), "has to be unchanged for 10s")
	b.pass(settle / 2)
	b.grow(video)
	b.scan()
	b.pass(settle / 2)
	b.scan() // the audio is quiet, the video is not
	require.Contains(t, b.pendingWhy(), video)
	b.pass(settle / 2)
	b.scan(both)
	require.Empty(t, b.Status().Pending)
	require.Equal(t, 2, b.Status().Files)
	require.Equal(t, 1, b.Status().Recordings)
	b.pass(time.Hour)
	b.scan()
}

func TestOldFilesAreReadyAtOnce(t *testing.T) {
	b := newBench(t)
	b.call("a/b", "")
	b.age("a/b/"+audio, time.Hour)
	b.age("a/b/"+video, time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.specs, 1)
	s := b.specs[0]
	require.Len(t, s.ID, 32)
	require.Len(t, s.Identity, 64)
	require.Equal(t, "a/b/1234-1001", s.Name)
	require.Equal(t, filepath.Join(b.root, "a/b", video), s.Sources[0].Path)
	require.Len(t, s.Sources[0].Fingerprint, 64)
	info, err := os.Stat(s.Sources[0].Path)
	require.NoError(t, err)
	require.Equal(t, info.Size(), s.Sources[0].Size)
	s.Sources, s.ID, s.Identity, s.Submitted = nil, "", "", time.Time{}
	require.Equal(t, job.Spec{
		Watch: "calls", Priority: job.Normal, Recording: "1234", Participant: "1234-1001", Room: "1234", User: "1001",
		StartUs: 1795235572557674, Output: "/out", Name: "a/b/1234-1001", Profile: "mp4",
	}, s)
}

func TestRename(t *testing.T) {
	b := newBench(t)
	b.call("", ".tmp")
	b.scan()
	require.Contains(t, b.pendingWhy(), "still has its temporary name")
	require.Equal(t, []string{video + ".tmp", audio + ".tmp"}, b.Status().Pending[0].Files)
	b.grow(video + ".tmp")
	b.rename(audio+".tmp", audio)
	b.scan()
	require.Contains(t, b.pendingWhy(), video+".tmp")
	b.grow(video + ".tmp") // what was in the buffer
	b.rename(video+".tmp", video)
	b.scan(both)

	// Another that no scan has seen with its temporary name.
	b.put("video-late-3s/"+only(t, "video-late-3s", "*-audio-*.mjr"), "late-audio.mjr")
	b.scan()
	require.Contains(t, b.pendingWhy(), "unchanged for 2s")
	b.pass(renamedSettle)
	b.scan("late-audio.mjr")
}

// only is the name of the only file of a test recording that a pattern fits.
func only(t *testing.T, folder, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join("../../testdata", folder, pattern))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return filepath.Base(found[0])
}

func TestTemporaryNamesInOneFolderSayNothingOfAnother(t *testing.T) {
	b := newBench(t)
	b.call("a", ".tmp")
	b.call("b", "")
	b.scan()
	b.pass(renamedSettle)
	b.scan()
	b.pass(settle)
	b.scan("b/" + audio + " b/" + video)
}

func TestAdopt(t *testing.T) {
	b := newBench(t)
	b.call("", ".tmp")
	b.scan()
	b.pass(50 * time.Minute)
	b.grow(audio + ".tmp")
	b.scan()
	b.pass(50 * time.Minute)
	b.scan()
	b.age(audio+".tmp", 0) // a touched time is no growth
	b.scan()
	b.pass(11 * time.Minute)
	b.scan(audio + ".tmp " + video + ".tmp")
	// Renamed after all, with the same content: nothing new.
	b.rename(audio+".tmp", audio)
	b.rename(video+".tmp", video)
	b.scan()
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)
}

// A file that was renamed after its job was submitted is known, and so has to be found by that job.
func TestLocate(t *testing.T) {
	b := newBench(t)
	b.call("live", ".tmp")
	b.scan()
	b.pass(2 * time.Hour)
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.specs, 1)
	sources := b.specs[0].Sources
	require.Len(t, sources, 2)
	b.submitted()
	path, ok := b.Locate(sources[0])
	require.True(t, ok)
	require.Equal(t, sources[0].Path, path)
	b.rename("live/"+audio+".tmp", "live/"+audio)
	b.rename("live/"+video+".tmp", "live/"+video)
	b.rename("live", "elsewhere")
	_, ok = b.Locate(sources[0])
	require.False(t, ok, "it is not there, and where it is now has not been seen yet")
	b.scan()
	b.pass(time.Hour)
	b.scan()
	for _, s := range sources {
		path, ok := b.Locate(s)
		require.True(t, ok, s.Path)
		require.Equal(t, finalPath(filepath.Base(s.Path)), filepath.Base(path))
		require.FileExists(t, path)
		other := s
		other.Fingerprint = strings.Repeat("0", 64)
		_, ok = b.Locate(other)
		require.False(t, ok)
	}
}

func TestMarkers(t *testing.T) {
	const nfo, a, v = "8189896314659482.nfo", "rec-8189896314659482-audio.mjr", "rec-8189896314659482-video.mjr"
	b := newBench(t)
	b.put("recordplay-vp8/"+nfo, nfo)
	b.age(nfo, time.Minute) // of an earlier recording with that name
	b.put("recordplay-vp8/"+a, a)
	b.put("recordplay-vp8/"+v, v)
	b.scan()
	require.Contains(t, b.pendingWhy(), "unchanged for 10s")
	b.put("recordplay-vp8/"+nfo, nfo)
	b.scan(a + " " + v)

	b.call("agora", "")
	b.scan()
	b.write("agora/recording2-done.txt", nil)
	b.scan("agora/" + audio + " agora/" + video)
	b.put("video-late-3s/"+only(t, "video-late-3s", "*-audio-*.mjr"), "agora/x.mjr")
	b.age("agora/x.mjr", -time.Second) // newer than the marker
	b.scan()
	require.Contains(t, b.pendingWhy(), "x.mjr")
}

func TestLateStream(t *testing.T) {
	const folder = "data-text"
	names := []string{
		"videoroom-1234-user-1001-1795234933962678-audio-0.mjr",
		"videoroom-1234-user-1001-1795234933963001-video-1.mjr",
		"videoroom-1234-user-1001-1795234933963065-data-2.mjr",
	}
	b := newBench(t)
	b.put(folder+"/"+names[0], names[0])
	b.put(folder+"/"+names[1], names[1])
	b.scan()
	b.pass(settle - time.Second)
	b.put(folder+"/"+names[2], names[2])
	b.scan()
	b.pass(2 * time.Second)
	b.scan() // the others are quiet
	require.Contains(t, b.pendingWhy(), names[2])
	b.remove(names[2])
	b.scan(names[0] + " " + names[1])
	b.put(folder+"/"+names[2], names[2])
	b.scan()
	b.pass(settle)
	b.scan(strings.Join(names, " "))
	b.remove(names[2])
	b.pass(settle)
	b.scan()
}

// Whoever may come back is waited for, and is one participant if they do.
func TestRejoin(t *testing.T) {
	b := newBench(t, func(f *Folder) { f.Settings.Rejoin = time.Minute })
	b.call("", "")
	b.scan()
	b.pass(settle)
	b.scan()
	require.Equal(t, "a participant who comes back within 1m continues the same session", b.pendingWhy())
	b.pass(30 * time.Second)

	again := testmjr.Audio(100)
	again.Header.CreatedUs = 1795235572557674 + 40_000_000
	name := fmt.Sprintf("videoroom-1234-user-1001-%d-audio-0.mjr", again.Header.CreatedUs)
	again.Write(t, b.root, name)
	b.age(name, 0)
	b.scan()
	b.pass(settle)
	b.scan()
	b.pass(40 * time.Second)
	b.scan()
	b.pass(20 * time.Second)
	b.scan(both + " " + name)

	// Without it they are two.
	b.folder.Settings.Rejoin = 0
	b.Update(b.folder)
	b.scan(both, name)
}

func TestEmptyFiles(t *testing.T) {
	b := newBench(t)
	b.write("alone-audio.mjr", nil)
	b.write("pair-audio.mjr", []byte("MJR00002"))
	b.write("pair-video.mjr", []byte("MJR00002"))
	b.write("open-audio.mjr.tmp", nil)
	b.scan()
	b.pass(settle)
	b.scan("alone-audio.mjr", "pair-audio.mjr pair-video.mjr")
	b.rename("open-audio.mjr.tmp", "open-audio.mjr")
	b.scan("open-audio.mjr")
}

// TestClockIsSet sets the clock by a day, either way, while files are being written. Neither are they taken for quiet
// since, nor do they wait for that day.
func TestClockIsSet(t *testing.T) {
	for _, by := range []time.Duration{24 * time.Hour, -24 * time.Hour} {
		for temporary, quiet := range map[string]time.Duration{"": settle, ".tmp": time.Hour} {
			b := newBench(t)
			b.scan()
			b.call("", temporary)
			b.scan()
			b.pass(quiet / 2)
			b.scan()
			b.setClock(by)
			require.False(t, b.peek())
			b.scan()
			b.pass(quiet/2 - time.Second)
			b.scan()
			b.pass(2 * time.Second)
			require.True(t, b.peek(), "by %v", by)
			b.scan(audio + temporary + " " + video + temporary)
		}
	}
}

func TestClocks(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.age(audio, -24*time.Hour) // in the future
	b.age(video, -24*time.Hour)
	b.scan()
	b.pass(settle)
	b.scan(both)

	// The time of modification moves all the time.
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "x.mjr")
	for range touchedSettle + 1 {
		b.age("x.mjr", 0)
		b.scan()
		b.pass(settle - time.Second)
	}
	b.pass(2 * settle)
	b.age("x.mjr", 0)
	b.scan("x.mjr")
	for range 5 {
		b.age("x.mjr", 0)
		b.scan()
		b.pass(settle + time.Second)
		b.scan()
	}

	// The clock of this host is set back.
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "y.mjr")
	b.scan()
	b.pass(-48 * time.Hour)
	b.scan()
	b.pass(settle)
	b.scan("y.mjr")
}

func TestAgain(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	b.pass(settle)
	b.scan(both)
	b.restart()
	b.pass(time.Hour)
	b.scan()
	plan, err := b.Plan(t.Context(), func(job.Spec) { t.Fatal("it is known") })
	require.NoError(t, err)
	require.Equal(t, 1, plan.Known)
	// In another folder it is the same recording.
	require.NoError(t, os.Mkdir(filepath.Join(b.root, "sub"), 0o755))
	b.rename(audio, "sub/"+audio)
	b.rename(video, "sub/"+video)
	b.pass(time.Hour)
	b.scan()
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)

	// A file of the same size and name, with other content, is another recording.
	b.put("rot-h264-90/"+audio, audio)
	b.scan()
	b.pass(settle)
	b.scan(audio)
	data, err := os.ReadFile(filepath.Join(b.root, audio))
	require.NoError(t, err)
	data[len(data)-1]++
	b.write(audio, data)
	b.scan()
	b.pass(settle)
	b.scan(audio)
}

func TestSourcesVanish(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	b.pass(settle)
	require.NoError(t, b.Scan(t.Context()))
	spec := b.specs[0]
	b.submitted()
	b.remove(video)
	b.scan()
	b.age(audio, 0)
	b.scan()
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)

	b.restart()
	b.Remember(spec)
	b.pass(time.Hour)
	b.scan()
	require.Empty(t, b.Status().Pending)
	b.remove(audio)
	b.scan()
	require.Zero(t, b.Status().Files)
}

// What was known to an earlier run is not read again, as long as it is the same.
func TestRemember(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	b.pass(settle)
	require.NoError(t, b.Scan(t.Context()))
	spec := b.specs[0]
	b.submitted()
	spec.Submitted = time.Now().Add(time.Minute)
	spec.Sources[0].Fingerprint = strings.Repeat("00", 32) // to see whether it is believed
	spec.Identity = identity(spec.Sources)
	spec.ID = jobID(spec.Identity, b.folder)
	b.known = map[string]bool{spec.ID: true}
	b.restart()
	b.Remember(spec)
	b.scan()
	require.Empty(t, b.Status().Pending)
	b.known = map[string]bool{}
	spec.Submitted = time.Now().Add(-time.Minute) // the file was changed after that
	b.restart()
	b.Remember(spec)
	b.scan(both)
}

// TestQueueIsRemoved has the queue forget a job while the watcher runs, as when somebody removes it on its server.
func TestQueueIsRemoved(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	b.pass(settle)
	b.scan(both)
	b.scan()
	b.known = map[string]bool{}
	b.scan(both)
	b.scan()
}

func TestSubmitFails(t *testing.T) {
	b := newBench(t)
	for i := range 10 {
		name := fmt.Sprintf("%d-audio.mjr", i)
		b.put("rot-h264-90/"+audio, name)
		b.age(name, time.Hour)
	}
	b.err = errors.New("the queue is full")
	b.scan()
	require.Equal(t, maxFailures, b.tried)
	pending := b.Status().Pending
	require.Len(t, pending, 10)
	for _, p := range pending {
		require.Equal(t, "it is ready, but cannot be submitted: the queue is full", p.Why)
	}
	b.err = nil
	require.NoError(t, b.Scan(t.Context()))
	require.Len(t, b.submitted(), 10)
}

func TestPlan(t *testing.T) {
	b := newBench(t)
	b.call("done", "")
	b.age("done/"+audio, time.Hour)
	b.age("done/"+video, time.Hour)
	b.call("open", ".tmp")
	require.NoError(t, os.Symlink("/etc/passwd", filepath.Join(b.root, "link.mjr")))
	var names []string
	plan, err := b.Plan(t.Context(), func(s job.Spec) { names = append(names, s.Name) })
	require.NoError(t, err)
	require.Equal(t, []string{"done/1234-1001"}, names)
	require.Len(t, plan.Status.Pending, 1)
	require.Len(t, plan.Status.Rejected, 1)
	require.Zero(t, b.tried)
	b.scan("done/" + audio + " done/" + video)
}

func TestUpdate(t *testing.T) {
	b := newBench(t)
	b.call("", "")
	b.scan()
	b.pass(settle)
	b.scan(both)
	b.folder.Priority, b.folder.Delivery.Sources = job.High, "move"
	b.Update(b.folder)
	b.scan()
	b.folder.Profile = "webm"
	b.Update(b.folder)
	require.NoError(t, b.Scan(t.Context()))
	require.Equal(t, "webm", b.specs[0].Profile)
	require.Equal(t, "webm", b.Status().Profile)
	b.scan(both)
	b.folder.Exclude = []string{filepath.Join(b.root, "new")}
	b.Update(b.folder)
	b.call("new", "")
	b.scan()
	require.Empty(t, b.Status().Pending)
}

func TestTwoDaemons(t *testing.T) {
	b := newBench(t)
	other := New(b.folder, b.options())
	b.call("", "")
	for _, w := range []*Watcher{b.Watcher, other} {
		require.NoError(t, w.Scan(t.Context()))
	}
	b.pass(settle)
	for _, w := range []*Watcher{b.Watcher, other, b.Watcher} {
		require.NoError(t, w.Scan(t.Context()))
	}
	require.Equal(t, []string{both}, b.submitted())
	b.remove(audio) // the first daemon moves the sources
	require.NoError(t, other.Scan(t.Context()))
	require.Empty(t, b.submitted())
}

// A camera that was switched off and on again belongs to the microphone, whose silence may keep the last part of it out
// of the file for long: nothing is taken while the microphone is recorded.
func TestSilentCompanion(t *testing.T) {
	b := newBench(t)
	b.call("", ".tmp")
	b.rename(video+".tmp", video)
	later := "videoroom-1234-user-1001-1795235700000000-video-1.mjr"
	b.put("rot-h264-90/"+video, later+".tmp")
	b.scan()
	b.rename(later+".tmp", later)
	b.scan()
	require.Len(t, b.Status().Pending, 2)
	b.rename(audio+".tmp", audio)
	b.scan()
	b.pass(renamedSettle) // the camera was renamed before the first scan
	b.scan(both, later)
}

func TestBrokenFiles(t *testing.T) {
	b := newBench(t)
	b.put("rot-h264-90/"+audio, audio)
	b.age(audio, time.Hour)
	b.write(video, []byte("MJR00002\x00\x40{\"t")) // it is still being written
	b.write("junk.mjr", []byte("no recording at all"))
	b.age("junk.mjr", time.Hour)
	b.write("new.mjr", []byte("MJR00002\x00\x40{\"t"))
	b.scan()
	require.Len(t, b.Status().Pending, 2)
	require.Len(t, b.Status().Rejected, 1)
	require.Equal(t, "junk.mjr", b.Status().Rejected[0].File)
	require.Contains(t, b.Status().Rejected[0].Why, "junk.mjr")
	b.put("rot-h264-90/"+video, video)
	b.scan()
	b.pass(settle)
	b.scan(both)
	require.Len(t, b.Status().Rejected, 2)
	require.Empty(t, b.Status().Pending)
	b.put("recordplay-vp8/rec-8189896314659482-audio.mjr", "new.mjr")
	b.scan()
	b.pass(settle)
	b.scan("new.mjr")

	// A broken file of a session is converted, as far as it goes, with it: the job's report says what is wrong.
	b.call("cut", "")
	b.write("cut/"+video, []byte("MJR00002\x00\x40{\"t"))
	b.scan()
	b.pass(settle)
	b.scan("cut/" + audio + " cut/" + video)
	require.Equal(t, 2, strings.Count(b.log.String(), "a file is left alone"))
}

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
