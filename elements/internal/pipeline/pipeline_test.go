package pipeline

import (
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/upright-media/upright/elements/internal/gstx"
)

// A thread that waits is woken by signals, such as those with which Go's scheduler interrupts threads. That is no
// reason for the wait to fail.
func TestWaitStateOutlastsSignals(t *testing.T) {
	gstx.Init()
	p, err := Parse("videotestsrc num-buffers=1 ! video/x-raw,width=16,height=16 ! identity sleep-time=300000 ! fakesink")
	require.NoError(t, err)
	defer p.Close()
	defer p.SetState(Null)
	require.True(t, p.SetState(Paused))

	thread, reached := make(chan int), make(chan bool)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		thread <- unix.Gettid()
		reached <- p.WaitState(10 * time.Second)
	}()
	id := <-thread
	for {
		select {
		case ok := <-reached:
			require.True(t, ok)
			return
		case <-time.After(20 * time.Millisecond):
			require.NoError(t, unix.Tgkill(os.Getpid(), id, unix.SIGURG))
		}
	}
}

func TestWaitStateFails(t *testing.T) {
	gstx.Init()
	p, err := Parse("filesrc location=/nosuchfile ! fakesink")
	require.NoError(t, err)
	defer p.Close()
	defer p.SetState(Null)
	p.SetState(Paused)
	require.False(t, p.WaitState(10*time.Second))

	p, err = Parse("appsrc ! fakesink") // nothing comes
	require.NoError(t, err)
	defer p.Close()
	defer p.SetState(Null)
	require.True(t, p.SetState(Paused))
	require.False(t, p.WaitState(100*time.Millisecond))
}
