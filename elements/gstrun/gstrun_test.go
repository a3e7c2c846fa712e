package gstrun_test

import (
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/elements/gstrun"
)

func TestRunReachesTheEndAndReportsProgress(t *testing.T) {
	var seen []time.Duration
	err := gstrun.Run(t.Context(), "videotestsrc num-buffers=90 ! video/x-raw,width=64,height=48,framerate=30/1 ! identity sleep-time=5000 ! fakesink",
		gstrun.Options{Interval: 50 * time.Millisecond, Progress: func(p time.Duration) { seen = append(seen, p) }})
	require.NoError(t, err)
	require.Greater(t, len(seen), 4)
	require.IsIncreasing(t, append([]time.Duration{-1}, seen[0], seen[len(seen)/2], seen[len(seen)-1]+1))
	require.InDelta(t, 3*time.Second, seen[len(seen)-1], float64(100*time.Millisecond))
	for i := 1; i < len(seen); i++ {
		require.GreaterOrEqual(t, seen[i], seen[i-1], "progress goes back")
	}
}

// The source would go on for ever: nothing tells it that its only reader has enough.
func TestRunEndsWhenSinksHaveEnough(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	require.NoError(t, gstrun.Run(t.Context(), "fakesrc sizetype=fixed sizemax=10 ! tee name=t ! queue ! filesink location="+one+" t. ! queue ! filesink location="+two,
		gstrun.Options{Buffers: 7}))
	for _, path := range []string{one, two} {
		st, err := os.Stat(path)
		require.NoError(t, err)
		require.EqualValues(t, 70, st.Size())
	}
	require.NoError(t, gstrun.Run(t.Context(), "fakesrc num-buffers=3 sizetype=fixed sizemax=10 ! filesink location="+one,
		gstrun.Options{Buffers: 7}))
	st, err := os.Stat(one)
	require.NoError(t, err)
	require.EqualValues(t, 30, st.Size(), "all there is")
}

func TestRunSaysWhatIsWrongWithTheLine(t *testing.T) {
	for _, c := range []struct {
		line, text string
		missing    []string
	}{
		{"videotestsrc ! nosuchelement ! fakesink", `GStreamer has no element named nosuchelement: no element "nosuchelement"`, []string{"nosuchelement"}},
		{"videotestsrc speling=1 ! fakesink", `no property "speling"`, nil},
		{"videotestsrc pattern=nosuchpattern ! fakesink", "could not set property", nil},
		{"videotestsrc ! ! fakesink", "syntax", nil},
		{"audiotestsrc ! video/x-raw ! fakesink", "could not link", nil},
		{"", "empty pipeline", nil},
	} {
		t.Run(c.line, func(t *testing.T) {
			err := gstrun.Run(t.Context(), c.line, gstrun.Options{})
			var parse *gstrun.ParseError
			require.ErrorAs(t, err, &parse)
			require.ErrorContains(t, err, c.text)
			require.Equal(t, c.missing, parse.Missing)
		})
	}
}

func TestRunReturnsWhatTheElementSays(t *testing.T) {
	var graph string
	err := gstrun.Run(t.Context(), "filesrc location=/does/not/exist name=reader ! fakesink",
		gstrun.Options{Graph: func(dot string) { graph = dot }})
	var e *gstrun.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, gstrun.NotFound, e.Name)
	require.Equal(t, "resource", e.Domain)
	require.Equal(t, "reader", e.Element)
	require.Equal(t, "filesrc", e.Factory)
	require.Equal(t, "Resource not found.", e.Message)
	require.Contains(t, e.Debug, "gstfilesrc.c")
	require.EqualError(t, e, "reader: Resource not found. [resource/not-found]")
	require.Contains(t, graph, "digraph pipeline")
	require.Contains(t, graph, "GstFileSrc")

	err = gstrun.Run(t.Context(), "videotestsrc num-buffers=100 ! filesink buffer-mode=unbuffered location=/dev/full",
		gstrun.Options{})
	require.ErrorAs(t, err, &e)
	require.Equal(t, gstrun.NoSpaceLeft, e.Name)
}

func TestRunDoesNotHangOnAPipelineThatStandsStill(t *testing.T) {
	var graph string
	err := gstrun.Run(t.Context(), "appsrc ! fakesink",
		gstrun.Options{StallTimeout: 400 * time.Millisecond, Interval: 50 * time.Millisecond,
			Graph: func(dot string) { graph = dot }})
	var stall *gstrun.StallError
	require.ErrorAs(t, err, &stall)
	require.Contains(t, graph, "GstAppSrc")

	// Slow is not stalled: all in all it takes longer than that, each picture a twentieth of it.
	require.NoError(t, gstrun.Run(t.Context(), "videotestsrc num-buffers=22 ! video/x-raw,width=64,height=48 ! "+
		"identity sleep-time=100000 ! fakesink",
		gstrun.Options{StallTimeout: 2 * time.Second, Interval: 50 * time.Millisecond}))
}

func TestRunIsCanceledAtOnce(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	reason := errors.New("someone pressed a key")
	time.AfterFunc(100*time.Millisecond, func() { cancel(reason) })
	err := gstrun.Run(ctx, "videotestsrc ! fakesink", gstrun.Options{}) // by itself it never ends
	var canceled *gstrun.CancelError
	require.ErrorAs(t, err, &canceled)
	require.ErrorIs(t, err, reason)
	require.False(t, canceled.Finished)
	require.ErrorIs(t, gstrun.Run(ctx, "videotestsrc ! fakesink", gstrun.Options{}), reason, "canceled before it starts")
}

// The header of a WAV file holds the length of what follows: it is right only if the pipeline has come to its end.
func TestRunIsCanceledGracefully(t *testing.T) {
	out := filepath.Join(t.TempDir(), "out.wav")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // as soon as something is written
		defer cancel()
		for info, err := os.Stat(out); ctx.Err() == nil && (err != nil || info.Size() == 0); info, err = os.Stat(out) {
			time.Sleep(time.Millisecond)
		}
	}()
	err := gstrun.Run(ctx, "audiotestsrc is-live=true ! wavenc ! filesink buffer-mode=unbuffered location="+out,
		gstrun.Options{Grace: time.Minute})
	var canceled *gstrun.CancelError
	require.ErrorAs(t, err, &canceled)
	require.ErrorIs(t, err, context.Canceled)
	require.True(t, canceled.Finished)
	b, err := os.ReadFile(out)
	require.NoError(t, err)
	require.Greater(t, len(b), 44, "more than the header")
	require.EqualValues(t, len(b)-8, binary.LittleEndian.Uint32(b[4:]))
}

func TestRunGivesUpGraceInTheEnd(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	err := gstrun.Run(ctx, "videotestsrc num-buffers=150 ! video/x-raw,width=64,height=48 ! queue max-size-buffers=200 max-size-time=0 ! identity sleep-time=100000 ! fakesink",
		gstrun.Options{Grace: 300 * time.Millisecond})
	var canceled *gstrun.CancelError
	require.ErrorAs(t, err, &canceled)
	require.False(t, canceled.Finished, "150 pictures of 100 ms each cannot have passed")
}

// A pipeline is gone when Run returns, whether or not the garbage collector has run: each bus has two file descriptors.
func TestRunLeavesNothingOpen(t *testing.T) {
	one := func() {
		require.NoError(t, gstrun.Run(t.Context(), "fakesrc num-buffers=1 ! fakesink", gstrun.Options{}))
	}
	one()
	before := descriptors(t)
	for range 30 {
		one()
	}
	require.LessOrEqual(t, descriptors(t), before+2)
}

func TestRunInParallel(t *testing.T) {
	var wg sync.WaitGroup
	errs := make(chan error, 40)
	for range 4 {
		wg.Go(func() {
			for range 10 {
				errs <- gstrun.Run(t.Context(), "videotestsrc num-buffers=5 ! video/x-raw,width=64,height=48 ! queue ! fakesink",
					gstrun.Options{})
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
}

func TestHasElement(t *testing.T) {
	require.True(t, gstrun.HasElement("fakesink"))
	require.False(t, gstrun.HasElement("nosuchelement"))
	major, minor, _ := gstrun.Version()
	require.EqualValues(t, 1, major)
	require.GreaterOrEqual(t, minor, uint(18))
}

func descriptors(t *testing.T) int {
	list, err := os.ReadDir("/proc/self/fd")
	require.NoError(t, err)
	return len(list)
}

func TestHasProperty(t *testing.T) {
	require.True(t, gstrun.HasElement("fakesink"))
	require.True(t, gstrun.HasElement("fakesink.dump"))
	require.False(t, gstrun.HasElement("fakesink.no-such-property"))
	require.False(t, gstrun.HasElement("nosuchelement"))
	require.False(t, gstrun.HasElement("nosuchelement.dump"))
}
