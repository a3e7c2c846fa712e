package compose

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
	"github.com/upright-media/upright/internal/mp4box"
	"github.com/upright-media/upright/pipelines"
	"github.com/upright-media/upright/pipelines/apart"
	"github.com/upright-media/upright/pipelines/encoders/probing"
	"github.com/upright-media/upright/pipelines/internal/fakes"
	"github.com/upright-media/upright/pipelines/report"
	"github.com/upright-media/upright/recording"
	"github.com/upright-media/upright/recording/kinds"
	"github.com/upright-media/upright/room"
)

// composeVariable makes the test program make the room's video in this folder.
const composeVariable = "UPRIGHT_TEST_COMPOSE"

// The test program is also the programs that draw parts and try encoders, as upright is.
func TestMain(m *testing.M) {
	probe := len(os.Args) == 4 && os.Args[1] == probing.ProbeCommand
	err := fakes.Register(!probe)
	if err == nil && probe {
		err = probing.Probe(context.Background(), os.Args[2], os.Args[3], os.Stdout)
	}
	switch {
	case err != nil:
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	case probe:
		return
	case len(os.Args) > 1 && os.Args[1] == apart.Command:
		os.Exit(apart.Main(context.Background()))
	}
	if dir := os.Getenv(composeVariable); dir != "" && len(os.Args) == 1 {
		list, lost, err := kinds.Find([]string{"../../testdata/room-meeting"})
		if err == nil {
			s := inPartsTo(dir, "speaker")
			s.Child = child(twoThen("exec sleep 600"), dir+".begun")
			_, err = Room(context.Background(), list[0], lost, s, nil)
		}
		panic(fmt.Sprint("it was to be killed: ", err))
	}
	os.Exit(m.Run())
}

// inParts are settings that cut a short room into several parts.
func inParts(t *testing.T, layout string) Settings { return inPartsTo(t.TempDir(), layout) }

func inPartsTo(dir, layout string) Settings {
	s := composeSettingsTo(dir, layout)
	s.Threads = 2 // so that the encoder holds few pictures
	s.Chunks, s.cutting = 4, room.Cutting{Every: 3 * time.Second, Shortest: 3 * time.Second, Redo: 10}
	return s
}

// allSamples are the times and sizes of a track's samples, and what is in them.
func allSamples(t *testing.T, path string, track int) (list []mp4box.Sample, media []byte) {
	t.Helper()
	f, err := mp4box.Open(path)
	require.NoError(t, err)
	defer f.Close()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	samples, err := f.Samples(track)
	require.NoError(t, err)
	for {
		s, err := samples.Next()
		if err != nil {
			return list, media
		}
		media = append(media, content[s.At:s.At+s.Size]...)
		s.At = 0
		list = append(list, s)
	}
}

// raw are the pictures of a video.
func raw(t *testing.T, path string, size int) (list [][]byte) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "raw")
	require.NoError(t, gstrun.Run(t.Context(), "filesrc location="+path+" ! qtdemux ! h264parse ! avdec_h264 ! "+
		"video/x-raw,format=I420 ! filesink location="+out, gstrun.Options{}))
	all, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Zero(t, len(all)%size)
	for ; len(all) > 0; all = all[size:] {
		list = append(list, all[:size])
	}
	return list
}

// psnr is how alike two pictures are, in dB.
func psnr(a, b []byte) float64 {
	sum := 0.0
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return 10 * math.Log10(255*255*float64(len(a))/sum)
}

// A room that is drawn in parts is what it is in one go: the same pictures at the same times, the same sound.
func TestSeamsCannotBeSeenOrHeard(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	for _, layout := range []string{"speaker", "grid"} {
		one, four := inParts(t, layout), inParts(t, layout)
		one.Chunks = 1
		if layout == "grid" { // what has a state
			for _, s := range []*Settings{&one, &four} {
				s.Room.Style.Clock, s.Room.Style.Speaker, s.Room.Style.Labels = "elapsed", "border", "name"
				s.Room.Fit = "blur"
			}
		}
		a, err := Room(t.Context(), rec, lost, one, nil)
		require.NoError(t, err)
		var last, most time.Duration
		b, err := Room(t.Context(), rec, lost, four, func(p pipelines.Progress) {
			if !p.Verifying {
				require.GreaterOrEqual(t, p.Done, last)
				last, most = p.Done, p.Total
			}
		})
		require.NoError(t, err)
		require.InDelta(t, most.Seconds(), last.Seconds(), 0.5)
		require.Greater(t, len(b.Chunks), 2)
		require.Len(t, a.Chunks, 1)
		at := 0.0
		for _, p := range b.Chunks {
			require.Equal(t, at, p.From)
			require.Equal(t, 1, p.Attempts)
			at = p.To
		}
		require.InDelta(t, a.Outputs[0].DurationMs, at, 150, "but for a last picture")
		require.Empty(t, b.Warnings)
		require.Equal(t, a.Outputs[1:], b.Outputs[1:])
		left, err := os.ReadDir(four.OutputDir)
		require.NoError(t, err)
		require.Len(t, left, 5, "no part is left behind")

		first, second := filepath.Join(one.OutputDir, "2024.mp4"), filepath.Join(four.OutputDir, "2024.mp4")
		alike(t, first, second)
	}
}

// alike says whether two files have the same pictures at the same times, and the same sound.
func alike(t *testing.T, first, second string) {
	t.Helper()
	times, _ := allSamples(t, first, 0)
	again, _ := allSamples(t, second, 0)
	require.Len(t, again, len(times))
	for i := range times {
		times[i].Size, again[i].Size, times[i].Sync, again[i].Sync = 0, 0, false, false
	}
	require.Equal(t, times, again)
	times, sound := allSamples(t, first, 1)
	again, same := allSamples(t, second, 1)
	require.Equal(t, times, again)
	require.Equal(t, sound, same)
	x, y := raw(t, first, 640*360*3/2), raw(t, second, 640*360*3/2)
	require.Len(t, y, len(x))
	for i := range x {
		require.Greater(t, psnr(x[i], y[i]), 45.0, "picture %d", i)
	}
	p, err := mp4box.Read(first)
	require.NoError(t, err)
	q, err := mp4box.Read(second)
	require.NoError(t, err)
	p.Tracks[0].SyncSamples, q.Tracks[0].SyncSamples = 0, 0
	require.Equal(t, p, q)
}

// atOnceAndInParts makes a video of a room in one go, and in more than two parts in another folder, and requires that
// they are alike.
func atOnceAndInParts(t *testing.T, rec *recording.Recording, lost []*recording.File, one Settings) (a, b *report.Room) {
	t.Helper()
	one.cutting.Every, one.cutting.Shortest = 2*time.Second, time.Second
	two := one
	one.Chunks, two.OutputDir = 1, t.TempDir()
	var err error
	a, err = Room(t.Context(), rec, lost, one, nil)
	require.NoError(t, err)
	b, err = Room(t.Context(), rec, lost, two, nil)
	require.NoError(t, err)
	require.Greater(t, len(b.Chunks), 2)
	alike(t, filepath.Join(one.OutputDir, a.Outputs[0].File), filepath.Join(two.OutputDir, b.Outputs[0].File))
	return a, b
}

// What is cut out of the middle is missing in parts, too, also where a part has no pictures of its own, and the report
// says what time it was.
func TestPartsOfWhatWasCut(t *testing.T) {
	gone := func([]byte) []byte { return nil }
	rec, lost := meetingIn(t, copied(t, map[string]func([]byte) []byte{ // but for a screen that is shared
		"985542714-video": gone, "985642688-video": gone, "985742647-video": gone, "988542753-video": gone}))
	one := inParts(t, "grid")
	one.Filter.Without = []string{"audio:Bob", "audio:Dana"} // Alice is heard before the screen is seen
	one.Room.Trim = room.Trim{Mode: "quiet", Quiet: time.Second}
	a, b := atOnceAndInParts(t, rec, lost, one)
	require.Equal(t, a.Timeline, b.Timeline)
	require.Len(t, b.Timeline, 2)
	require.Less(t, b.Timeline[1].From, 5000.0)
	require.Equal(t, b.Timeline[0].To, b.Timeline[1].From)
	require.InDelta(t, 1777983994482737, b.Timeline[1].WallUs, 100_000, "when the screen was shared")
}

// child is a program that draws parts; what comes in front of it is a piece of a shell script.
func child(script string, args ...any) []string {
	return []string{"/bin/sh", "-c", fmt.Sprintf(script, args...) + "\nexec " + os.Args[0] + " " + apart.Command}
}

// twoThen has two children go to work, the others do something else first. It is a piece of a shell script, which takes
// a folder.
func twoThen(other string) string {
	return "mkdir -p %[1]s; mkdir %[1]s/1 2>/dev/null || mkdir %[1]s/2 2>/dev/null || " + other
}

func TestACrashCostsOneAttemptOfOnePart(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := inParts(t, "speaker")
	s.Child = child("mkdir %s/once 2>/dev/null && kill -SEGV $$", t.TempDir())
	r, err := Room(t.Context(), rec, lost, s, nil)
	require.NoError(t, err)
	require.Len(t, r.Warnings, 1)
	require.Equal(t, report.ChunkRetried, r.Warnings[0].Code)
	require.Contains(t, r.Warnings[0].Text, "SIGSEGV")

	s = inParts(t, "speaker")
	s.Child = child("kill -SEGV $$")
	_, err = Room(t.Context(), rec, lost, s, nil)
	require.ErrorAs(t, err, new(*apart.CrashError))
	left, err := os.ReadDir(s.OutputDir)
	require.NoError(t, err)
	require.Empty(t, left)
}

// parts are the names of complete parts in a folder.
func parts(t *testing.T, dir string) []string {
	t.Helper()
	list, err := filepath.Glob(filepath.Join(dir, ".2024.part-*.m*"))
	require.NoError(t, err)
	var complete []string
	for _, p := range list {
		if !strings.HasSuffix(p, ".part") {
			complete = append(complete, p)
		}
	}
	return complete
}

// A process that is killed leaves nothing that has a name, and no process, and its parts are of use. It is killed when
// two parts are complete, and waits for the others.
func TestKilled(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "out")
	require.NoError(t, os.Mkdir(dir, 0o755))
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), composeVariable+"="+dir)
	cmd.Stderr = os.Stderr
	require.NoError(t, cmd.Start())
	require.Eventually(t, func() bool { return len(parts(t, dir)) > 1 }, 3*time.Minute, 5*time.Millisecond)
	children := childrenOf(t, cmd.Process.Pid)
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	final, err := filepath.Glob(filepath.Join(dir, "2024*"))
	require.NoError(t, err)
	require.Empty(t, final)
	for _, pid := range children {
		require.Eventually(t, func() bool { return !alive(pid) }, time.Minute, 5*time.Millisecond)
	}
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	r, err := Room(t.Context(), rec, lost, inPartsTo(dir, "speaker"), nil)
	require.NoError(t, err)
	attempts := 0
	for _, p := range r.Chunks {
		attempts += p.Attempts
	}
	require.Less(t, attempts, len(r.Chunks))
	left, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, left, 5)
}

// childrenOf are the processes that one has started.
func childrenOf(t *testing.T, pid int) (list []int) {
	t.Helper()
	tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	require.NoError(t, err)
	for _, path := range tasks {
		text, _ := os.ReadFile(path)
		for _, f := range strings.Fields(string(text)) {
			n, err := strconv.Atoi(f)
			require.NoError(t, err)
			list = append(list, n)
		}
	}
	return list
}

// alive says whether a process runs: what nobody has waited for is not.
func alive(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(text), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}

// What is complete when the program ends is of use when it is started again, for the same video and no other.
func TestPartsThatAreCompleteAreUsedAgain(t *testing.T) {
	rec, lost := meetingIn(t, "../../testdata/room-meeting")
	s := inParts(t, "speaker")
	stop := errors.New("the machine is switched off")
	interrupt := func() {
		ctx, cancel := context.WithCancelCause(t.Context())
		_, err := Room(ctx, rec, lost, s, func(pipelines.Progress) {
			if len(parts(t, s.OutputDir)) > 1 {
				cancel(stop)
			}
		})
		require.ErrorIs(t, err, stop)
		final, err := filepath.Glob(filepath.Join(s.OutputDir, "2024*"))
		require.NoError(t, err)
		require.Empty(t, final)
	}
	s.Child = child(twoThen("sleep 1"), t.TempDir())
	interrupt()
	before := parts(t, s.OutputDir)
	require.NotEmpty(t, before)
	foreign := filepath.Join(s.OutputDir, ".2024.part-0123456789abcdef.mp4")
	mine := filepath.Join(s.OutputDir, ".2024.part-of-mine.mp4")
	old := filepath.Join(s.OutputDir, ".2025.part-0123456789abcdef.mp4")
	other := filepath.Join(s.OutputDir, ".2025.part-fedcba9876543210.mp4")
	for _, path := range []string{foreign, mine, old, other} {
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	long := time.Now().Add(-8 * 24 * time.Hour)
	require.NoError(t, os.Chtimes(old, long, long))
	again := s
	again.Room.Layout = "grid"
	planned := errors.New("planned")
	again.Composed = func(*room.Score, string) error { return planned }
	_, err := Room(t.Context(), rec, lost, again, nil)
	require.ErrorIs(t, err, planned)
	require.FileExists(t, before[0], "planning changes nothing")
	require.NoError(t, os.Truncate(before[0], 100)) // as when power is lost
	s.WorkDir = t.TempDir()                         // that of a process
	var kept, total time.Duration
	r, err := Room(t.Context(), rec, lost, s, func(p pipelines.Progress) {
		if !p.Verifying {
			require.LessOrEqual(t, p.Kept, p.Done)
			kept, total = p.Kept, p.Total
		}
	})
	require.NoError(t, err)
	used := 0
	for _, p := range r.Chunks {
		if p.Attempts == 0 {
			used++
		}
	}
	sound := 0
	for _, p := range before[1:] {
		if strings.HasSuffix(p, ".m4a") {
			sound++
		}
	}
	require.Equal(t, len(before)-1-sound, used)
	require.Equal(t, used > 0, kept > 0, "of %v", total)
	require.NoFileExists(t, foreign)
	require.NoFileExists(t, old)
	require.FileExists(t, mine)
	require.FileExists(t, other)
	require.Empty(t, parts(t, s.OutputDir)[1:], "but the one that is not ours")
}
