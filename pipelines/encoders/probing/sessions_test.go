package probing

import (
	"bufio"
	"context"
	"os"
	"os/exec"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/pipelines/encoders"
)

func TestSessionsAreCounted(t *testing.T) {
	s := &Sessions{Dir: t.TempDir(), Limit: 2}
	gpu, other, software := named(t, "nvh264enc"), named(t, "vah264enc"), named(t, "x264enc")
	first, err := s.Acquire(t.Context(), gpu)
	require.NoError(t, err)
	second, err := s.Acquire(t.Context(), gpu)
	require.NoError(t, err)

	var busy *BusyError
	_, err = s.Acquire(t.Context(), gpu)
	require.ErrorAs(t, err, &busy)
	require.EqualError(t, err, "all 2 sessions of nvenc0 are in use")
	_, err = s.Acquire(t.Context(), other, gpu)
	require.ErrorAs(t, err, &busy, "all or none")
	both, err := s.Acquire(t.Context(), other, other, software)
	require.NoError(t, err, "another device, and what needs none")
	both()

	_, err = (&Sessions{Dir: s.Dir, Limit: 2, Limits: map[encoders.Backend]int{encoders.NVENC: 3}}).Acquire(t.Context(),
		gpu)
	require.NoError(t, err)
	_, err = (&Sessions{Dir: s.Dir, Limit: -1}).Acquire(t.Context(), gpu)
	require.NoError(t, err, "no limit")
	_, err = (&Sessions{Limit: 1}).Acquire(t.Context(), gpu)
	require.NoError(t, err, "nowhere to count")

	first()
	again, err := s.Acquire(t.Context(), gpu)
	require.NoError(t, err)
	again()
	second()
	three, err := s.Acquire(t.Context(), gpu, gpu, gpu)
	require.NoError(t, err, "more than there can be is not waited for")
	three()
}

func TestSessionsAreWaitedFor(t *testing.T) {
	s := &Sessions{Dir: t.TempDir(), Limit: 2, Wait: -1}
	var now, most atomic.Int32
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			release, err := s.Acquire(t.Context(), named(t, "vah264enc"))
			if err != nil {
				t.Error(err)
				return
			}
			n := now.Add(1)
			for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			time.Sleep(20 * time.Millisecond)
			now.Add(-1)
			release()
		})
	}
	wait.Wait()
	require.LessOrEqual(t, most.Load(), int32(2))

	release, err := s.Acquire(t.Context(), named(t, "vah264enc"), named(t, "vah264enc"))
	require.NoError(t, err)
	defer release()
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	waited := 0
	s.Waits = func() { waited++ }
	defer func() { require.Positive(t, waited) }()
	_, err = s.Acquire(ctx, named(t, "vah264enc"))
	require.ErrorIs(t, err, context.DeadlineExceeded)
}

// A process that is killed gives its sessions back.
func TestSessionsOfTheDead(t *testing.T) {
	s := &Sessions{Dir: t.TempDir(), Limit: 1}
	cmd := exec.Command(os.Args[0], "-test.run=^TestHoldASession$")
	cmd.Env = append(os.Environ(), "UPRIGHT_TEST_HOLD="+s.Dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	require.Equal(t, "held\n", line)
	_, err = s.Acquire(t.Context(), named(t, "nvh264enc"))
	require.Error(t, err)
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool {
		release, err := s.Acquire(t.Context(), named(t, "nvh264enc"))
		if err == nil {
			release()
		}
		return err == nil
	}, time.Minute, 20*time.Millisecond)
}

// TestHoldASession is what TestSessionsOfTheDead runs in a process of its own.
func TestHoldASession(t *testing.T) {
	dir := os.Getenv("UPRIGHT_TEST_HOLD")
	if dir == "" {
		t.Skip("for TestSessionsOfTheDead")
	}
	_, err := (&Sessions{Dir: dir, Limit: 1}).Acquire(t.Context(), named(t, "nvh264enc"))
	require.NoError(t, err)
	_, _ = os.Stdout.WriteString("held\n")
	select {}
}
