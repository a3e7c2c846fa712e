package work

import (
	"context"
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// among are options of jobs that share children.
func among(t *testing.T) Options {
	o := opts("several")
	o.Children = new(Children)
	t.Cleanup(o.Children.Close)
	return o
}

func called(how string) Request { return Request{Spec: job.Spec{Recording: how}} }

// does runs a job and checks that it went well.
func does(t *testing.T, how string, o Options) Result {
	t.Helper()
	r := Run(t.Context(), called(how), o)
	require.Equal(t, "done", r.Final.Event, r.Attempt)
	return r
}

func TestJobsShareAChild(t *testing.T) {
	o := among(t)
	first, second := does(t, "a", o), does(t, "b", o)
	require.Equal(t, first.Attempt.PID, second.Attempt.PID)
	require.Equal(t, "job 1 is a\n", first.Attempt.Log)
	require.Equal(t, "job 2 is b\n", second.Attempt.Log)
	require.InDelta(t, 2, second.Attempt.CPUMs, 0)
	require.EqualValues(t, 2<<20, second.Attempt.MaxRSS)
	require.Zero(t, second.Attempt.ExitCode)
	half := does(t, "half a line", o)
	require.Equal(t, first.Attempt.PID, half.Attempt.PID)
	require.Equal(t, "job 3 is half a line\nno end\n", half.Attempt.Log)

	o.Children.Close()
	require.False(t, running(first.Attempt.PID), "nothing is left")
	last := does(t, "c", o)
	require.NotEqual(t, first.Attempt.PID, last.Attempt.PID)
	require.Eventually(t, func() bool { return !running(last.Attempt.PID) }, within, time.Millisecond,
		"and nothing is kept")
}

// What goes wrong in the second job of a child costs that job one attempt, and the others nothing.
func TestChildFailsInItsSecondJob(t *testing.T) {
	t.Parallel()
	for how, c := range map[string]struct {
		name   string
		limits Limits
		code   string
		text   string
	}{
		"crash": {code: job.CodeCrashed, text: "crashed: SIGSEGV"},
		"hang":  {limits: Limits{Stall: stall}, code: job.CodeStalled, text: "no progress for 5s"},
		"grow":  {name: "on", limits: Limits{Memory: 150 << 20}, code: job.CodeMemory, text: "more than the 150 MiB"},
	} {
		t.Run(how, func(t *testing.T) {
			t.Parallel()
			o := among(t)
			o.Limits = c.limits
			before := does(t, "a", o)
			req := called(how)
			req.Spec.Name, req.Spec.Output = c.name, t.TempDir()
			r := Run(t.Context(), req, o)
			require.Equal(t, "failed", r.Final.Event)
			require.Equal(t, c.code, r.Final.Code, r.Final.Error)
			require.Contains(t, r.Final.Error, c.text)
			require.Contains(t, r.Attempt.Log, "job 2 is "+how)
			require.NotContains(t, r.Attempt.Log, "job 1")
			require.Equal(t, before.Attempt.PID, r.Attempt.PID)
			require.False(t, running(r.Attempt.PID))
			after := does(t, "b", o)
			require.Equal(t, "job 1 is b\n", after.Attempt.Log, "in another child")
		})
	}
}

func TestCancelASecondJob(t *testing.T) {
	o := among(t)
	first := does(t, "a", o)
	ctx, cancel := context.WithCancel(t.Context())
	o.Progress = func(p job.Progress) {
		if p.DoneMs > 0 {
			cancel()
		}
	}
	r := Run(ctx, called("waits"), o)
	require.Equal(t, job.CodeInterrupted, r.Final.Code)
	require.Equal(t, first.Attempt.PID, r.Attempt.PID)
	require.NotEqual(t, first.Attempt.PID, does(t, "b", o).Attempt.PID)
}

func TestChildThatIsNotUsedAgain(t *testing.T) {
	for _, how := range []string{"unfit", "grow", "dies afterwards"} {
		t.Run(how, func(t *testing.T) {
			o := among(t)
			first := does(t, how, o)
			second := does(t, "b", o)
			require.NotEqual(t, first.Attempt.PID, second.Attempt.PID)
			require.Equal(t, "job 1 is b\n", second.Attempt.Log)
			require.Eventually(t, func() bool { return !running(first.Attempt.PID) }, within, time.Millisecond)
		})
	}
}

// What a child says without a job is no other job's.
func TestChildThatTalksOn(t *testing.T) {
	o := among(t)
	does(t, "talks on", o)
	c := o.Children.take(o.Children.idle[0].key)
	require.NotNil(t, c)
	c.Signal(syscall.SIGTERM)
	require.Eventually(t, func() bool { return !c.silent() }, within, time.Millisecond)
	o.Children.end(c)
}

// Jobs that a child cannot be shared by have their own, and no more of them wait than there are jobs at a time.
func TestChildrenOfTheirOwn(t *testing.T) {
	first := called("a")
	large, room, suspicious, other := first, first, first, first
	large.Spec.Sources = []job.Source{{Size: mostBytes}, {Size: 1}}
	room.Spec.Kind, room.Spec.Compose = job.KindRoom, &job.Compose{}
	suspicious.Avoid = []Avoid{{Element: "x264enc"}}
	other.Spec.Profile = "web"
	for i, req := range []Request{large, room, suspicious, first, other, first} {
		o := among(t)
		if i == 3 {
			o.Alone = true
		}
		shared := does(t, "a", o)
		if i == 5 {
			o.Limits.Nice = 1
		}
		r := Run(t.Context(), req, o)
		require.Equal(t, "done", r.Final.Event)
		require.NotEqual(t, shared.Attempt.PID, r.Attempt.PID, i)
		require.Equal(t, i >= 4, r.Final.Fit)
		require.Eventually(t, func() bool { return !running(shared.Attempt.PID) }, within, time.Millisecond,
			"it makes room")
	}
}

func TestChildRetires(t *testing.T) {
	o := among(t)
	pids := map[int]int{}
	for range mostJobs + 1 {
		pids[does(t, "a", o).Attempt.PID]++
	}
	require.Len(t, pids, 2)
	for _, n := range pids {
		require.Contains(t, []int{1, mostJobs}, n)
	}
	o.Children.mu.Lock()
	c := o.Children.idle[0]
	o.Children.mu.Unlock()
	require.True(t, c.idle.Reset(0), "it waits for nothing but that its time is up")
	<-c.Exited()
}

// Many at once, whatever becomes of each.
func TestManyShareChildren(t *testing.T) {
	o := among(t)
	var all sync.WaitGroup
	for w := range 4 {
		all.Go(func() {
			for i := range 12 {
				how := []string{"a", "crash", "half a line", "dies afterwards", "unfit"}[(w+i)%5]
				r := Run(context.Background(), called(how), o)
				if how == "crash" {
					assert.Equal(t, job.CodeCrashed, r.Final.Code)
					continue
				}
				assert.Equal(t, "done", r.Final.Event, fmt.Sprint(how, r.Attempt))
				assert.Contains(t, r.Attempt.Log, "is "+how)
				assert.NotContains(t, r.Attempt.Log, "\njob", "the log of one job")
			}
		})
	}
	all.Wait()
	o.Children.mu.Lock()
	require.LessOrEqual(t, len(o.Children.idle), 4)
	o.Children.mu.Unlock()
}
