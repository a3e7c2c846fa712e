package stages

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestStages(t *testing.T) {
	t.Parallel()
	var now time.Duration
	c := newClock(func() time.Duration { return now })
	pass := func(ms int) { now += time.Duration(ms) * time.Millisecond }

	pass(9)
	endFind := c.in(Find)
	pass(1)
	endFind()
	pass(2)
	endPlan := c.in(Plan)
	pass(3)
	endScan := c.in(Scan)
	pass(4)
	endScan()
	pass(5)
	endPlan()
	endPlay := c.in(Play)
	pass(20)
	c.move(Write, 7*time.Millisecond)
	pass(1)
	require.Equal(t, []Spent{
		{Start, 9 * time.Millisecond, 9}, {Find, time.Millisecond, 1}, {Other, 2 * time.Millisecond, 2},
		{Plan, 8 * time.Millisecond, 8}, {Scan, 4 * time.Millisecond, 4}, {Play, 14 * time.Millisecond, 14},
		{Write, 7 * time.Millisecond, 7},
	}, c.all())
	endPlay()
	pass(6)
	all := c.all()
	require.Equal(t, Spent{Other, 8 * time.Millisecond, 8}, all[2], "behind the last stage")

	var sum time.Duration
	for _, s := range all {
		sum += s.CPU
	}
	require.Equal(t, now, sum, "nothing is counted twice or left out")
}

// The clocks are those of CPU time: of this thread, and of all.
func TestClocks(t *testing.T) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	thread, process := ofThread(), ofProcess()
	for ofThread()-thread < 5*time.Millisecond {
		_ = time.Now()
	}
	require.GreaterOrEqual(t, ofProcess()-process, 4*time.Millisecond)
	asleep := ofThread()
	time.Sleep(20 * time.Millisecond)
	require.Less(t, ofThread()-asleep, 15*time.Millisecond)

	end := OfThread(Write)
	for at := ofThread(); ofThread()-at < 5*time.Millisecond; {
		_ = time.Now()
	}
	end()
	for _, s := range All() {
		if s.Stage == Write {
			require.GreaterOrEqual(t, s.CPU, 4*time.Millisecond)
			return
		}
	}
	require.Fail(t, "nothing is counted for the thread")
}

// Several conversions at a time tell nothing, and harm nothing.
func TestSeveralAtATime(t *testing.T) {
	t.Parallel()
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for range 100 {
				end := In(Scan)
				OfThread(Write)()
				end()
				All()
			}
		})
	}
	group.Wait()
}
