package watch

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/testmjr"
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
