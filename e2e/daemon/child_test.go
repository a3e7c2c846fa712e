package daemon

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
	"github.com/upright-media/upright/internal/e2e"
	"github.com/upright-media/upright/internal/testmjr"
	"github.com/upright-media/upright/mjr"
)

// long is a recording whose picture turns in the middle, so that it is encoded, which takes a while and, with large
// pictures, memory.
func long(t testing.TB, number int, seconds int, folder string) map[string][]byte {
	t.Helper()
	units := 30 * seconds
	video := testmjr.Video("h264", units, 30, testmjr.Loop(testmjr.Recorded(t, folder, mjr.Video)))
	video.Header.Extensions = map[int]string{4: "urn:3gpp:video-orientation"}
	video.Orientation = &testmjr.Orientation{ID: 4, Value: testmjr.Turned(0, 1, units/2, 0)}
	video.Header.CreatedUs = int64(testmjr.OriginUs) + int64(number)*10_000_000
	video.SSRC += uint32(number) << 4
	return map[string][]byte{fmt.Sprintf("videoroom-%d-user-7-%d-video-0.mjr", number,
		video.Header.CreatedUs): video.Bytes(t)}
}

// strike does something to the child that works on an output, once in each of its attempts, as soon as it writes, until
// ctx ends.
func strike(ctx context.Context, claim string, blow func(pid int) error) {
	struck := map[int]bool{}
	for ctx.Err() == nil {
		if pid := holder(claim); pid != 0 && !struck[pid] {
			struck[pid] = blow(pid) == nil
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func sends(s syscall.Signal) func(pid int) error {
	return func(pid int) error { return syscall.Kill(pid, s) }
}

// asHog makes the test binary a process that takes as many bytes of memory.
const asHog = "UPRIGHT_TEST_AS_HOG"

func hog(bytes string) {
	n, err := strconv.Atoi(bytes)
	if err != nil {
		panic(err)
	}
	b := make([]byte, n)
	for i := 0; i < n; i += os.Getpagesize() {
		b[i] = 1
	}
	time.Sleep(time.Minute)
	runtime.KeepAlive(b)
}

// feeds has a process that takes memory join a child's group, where it counts as the child's. Until it has what it
// wants, the child stands still.
func feeds(bytes int) func(pid int) error {
	return func(pid int) error {
		if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
			return err
		}
		cmd := exec.Command("/proc/self/exe")
		cmd.Env = append(os.Environ(), fmt.Sprintf("%s=%d", asHog, bytes))
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pgid: pid}
		if err := cmd.Start(); err != nil {
			return err
		}
		go func() { _ = cmd.Wait() }() // it is killed with the group
		return nil
	}
}

// holder is the process that holds a claim, 0 if there is none.
func holder(claim string) int {
	f, err := os.Open(claim)
	if err != nil {
		return 0
	}
	defer f.Close()
	line, err := bufio.NewReader(f).ReadBytes('\n')
	var says struct{ PID int }
	if err != nil || json.Unmarshal(line, &says) != nil {
		return 0
	}
	return says.PID
}

// TestBadChildren has a child that crashes, one that hangs and one that eats memory among those of other recordings.
// All of it comes from outside, which is the same as from inside as far as the kernel is concerned.
func TestBadChildren(t *testing.T) {
	t.Parallel()
	const good, crash, hang, eat = 20, 3900, 3901, 3902
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in"), filepath.Join(dir, "out")
	settings := quick()
	settings["workers"] = map[string]any{"retry": "200ms", "min_free": 0, "nice": 0, "attempts": 2, "stall": "20s",
		"memory": "300MiB", "jobs": 3}
	config := e2e.Config(t, dir, settings, e2e.Watch{Name: "calls", Folder: in, Output: out, Template: "{room}",
		Settle: time.Second, Rescan: time.Second})
	d := e2e.Start(t, config, e2e.Options{})

	ctx, stop := context.WithCancel(t.Context())
	var strikes sync.WaitGroup
	defer strikes.Wait()
	defer stop()
	for number, blow := range map[int]func(int) error{crash: sends(syscall.SIGSEGV), hang: sends(syscall.SIGSTOP),
		eat: feeds(400 << 20)} {
		strikes.Go(func() { strike(ctx, filepath.Join(out, fmt.Sprintf(".%d.claim", number)), blow) })
	}
	for _, number := range []int{crash, hang, eat} {
		drop(t, in, long(t, number, 60, "rot-h264-90"))
	}
	drop(t, in, clips(t, 3000, good)...)

	var jobs []*job.Record
	require.Eventually(t, func() bool {
		var err error
		if jobs, err = d.Jobs(); err != nil || len(jobs) != good+3 {
			return false
		}
		for _, j := range jobs {
			if !j.State.Ended() {
				return false
			}
		}
		return true
	}, within, 200*time.Millisecond, "not all jobs have ended")

	wanted := map[string]struct{ code, outcome, reason string }{
		fmt.Sprint(crash): {job.CodeCrashed, "crashed", "SIGSEGV"},
		fmt.Sprint(hang):  {job.CodeStalled, "stalled", "no progress"},
		fmt.Sprint(eat):   {job.CodeMemory, "memory", "more than the 300 MiB that are allowed"},
	}
	for _, j := range jobs {
		t.Logf("%s: %s, at most %d MiB", j.Spec.Name, j.State, j.Attempts[0].MaxRSS>>20)
	}
	var fine []*job.Record
	for _, j := range jobs {
		w, bad := wanted[j.Spec.Name]
		if !bad {
			require.Len(t, j.Attempts, 1, "%s was affected", j.Spec.Name)
			fine = append(fine, j)
			continue
		}
		t.Logf("%s: %s", j.Spec.Name, j.Reason)
		require.Equal(t, job.Failed, j.State)
		require.Equal(t, w.code, j.Code)
		j, err := d.Show(t.Context(), j.Spec.ID) // lists leave logs out
		require.NoError(t, err)
		require.Contains(t, j.Reason, w.reason)
		require.Equal(t, 2, j.Tried)
		require.Len(t, j.Attempts, 2)
		for _, a := range j.Attempts {
			require.Equal(t, w.outcome, a.Outcome)
			require.Equal(t, w.code, a.Code)
			require.NotEmpty(t, a.Error)
			require.Positive(t, a.MaxRSS)
			if w.code == job.CodeCrashed { // the others had no chance to say anything
				require.Equal(t, "SIGSEGV", a.Signal)
				require.Contains(t, a.Log, "goroutine ", "the log of the attempt is kept")
			}
		}
	}
	require.Len(t, fine, good)
	requireIntact(t, out, fine)

	// The one that failed may be tried again once the reason is gone.
	stop()
	for _, j := range jobs {
		if j.Spec.Name == fmt.Sprint(crash) {
			_, err := d.Change(t.Context(), j.Spec.ID, "retry")
			require.NoError(t, err)
			require.Eventually(t, func() bool {
				r, err := d.Show(t.Context(), j.Spec.ID)
				return err == nil && r.State == job.Done
			}, within, 200*time.Millisecond)
		}
	}
}
