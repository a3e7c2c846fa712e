package queue

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// crashChild submits and finishes jobs for ever, and says what it has done. It is killed in the middle.
func crashChild(dir string) {
	ctx := context.Background()
	q, err := Open(ctx, Options{Dir: dir, Heartbeat: 200 * time.Millisecond})
	if err != nil {
		fmt.Println("error", err)
		os.Exit(1)
	}
	go func() {
		for {
			l, err := q.Next(ctx)
			if err != nil {
				fmt.Println("error", err)
				return
			}
			id := l.Record().Spec.ID
			fmt.Println("taken", id)
			if err := l.Update(ctx, func(r *job.Record) { r.State = job.Running; r.Tried++ }); err != nil {
				fmt.Println("error", err)
			}
			if rand.N(4) == 0 {
				err = l.Postpone(ctx, rand.N(300*time.Millisecond), func(*job.Record) {})
			} else if err = l.Finish(ctx, done); err == nil {
				fmt.Println("finished", id)
			}
			if err != nil {
				fmt.Println("error", err)
			}
		}
	}()
	for n := rand.N(1 << 40); ; n++ {
		s := spec(n)
		s.Submitted = time.Time{}
		fmt.Println("submitting", s.ID)
		if created, err := q.Submit(ctx, s); err != nil || !created {
			fmt.Println("error", created, err)
		}
		fmt.Println("submitted", s.ID)
		time.Sleep(rand.N(3 * time.Millisecond))
	}
}

// TestKilled kills the process with its embedded server six times at random. Everything that was submitted is done in
// the end, and nothing that was finished comes again.
func TestKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	submitting, submitted, finished := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for round := range 6 {
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), "UPRIGHT_QUEUE_CRASH="+dir)
		child.Stderr = os.Stderr
		out, err := child.StdoutPipe()
		require.NoError(t, err)
		require.NoError(t, child.Start())
		timer := time.AfterFunc(time.Minute, func() { child.Process.Kill() })
		deadline, before := time.Time{}, len(submitted) // begins when some work is done
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			verb, id, _ := strings.Cut(lines.Text(), " ")
			switch verb {
			case "submitting":
				submitting[id] = true
			case "submitted":
				submitted[id] = true
			case "finished":
				require.False(t, finished[id], "finished twice")
				finished[id] = true
			case "taken":
				require.True(t, submitting[id])
				require.False(t, finished[id], "job %s came again in round %d", id, round)
			case "error":
				t.Fatal(lines.Text())
			}
			if deadline.IsZero() && len(submitted) > before+4 && len(finished) > 0 {
				deadline = time.Now().Add(200*time.Millisecond + rand.N(600*time.Millisecond))
				time.AfterFunc(time.Until(deadline), func() { child.Process.Kill() })
			}
		}
		child.Wait()
		timer.Stop()
	}
	require.NotEmpty(t, finished)
	require.Greater(t, len(submitted), 20)

	q := open(t, Options{Dir: dir})
	for id := range submitted {
		require.True(t, q.Known(id), "job %s is lost", id)
	}
	eventually(t, "all done", func() bool {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if l, err := q.Next(ctx); err == nil {
			id := l.Record().Spec.ID
			require.True(t, submitting[id])
			require.False(t, finished[id], "job %s came again", id)
			finished[id] = true
			require.NoError(t, l.Finish(t.Context(), done))
		}
		_, open, _ := q.index.sizes()
		return open == 0
	})
	for id := range submitted {
		require.True(t, finished[id] || func() bool { // finished, and killed before it could say so
			r, err := q.Get(t.Context(), id)
			return err == nil && r.State == job.Done
		}(), id)
	}
	none(t, q, 1200*time.Millisecond)
	requireMessages(t, q, 0)
	t.Logf("%d jobs submitted, %d finished", len(submitted), len(finished))
}

// TestReopen does the same politely, and looks at what the queue is like afterwards.
func TestReopen(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, Options{Dir: dir, Owner: "first", Heartbeat: 10 * time.Second})
	for n := range 3 {
		submit(t, q, spec(n))
	}
	finish(t, next(t, q))
	l := next(t, q)
	require.NoError(t, l.Update(background(t), run))
	require.NoError(t, q.PutArtifact(background(t), id(1), 1, job.GraphName, []byte("digraph {}")))
	require.NoError(t, q.Pause(background(t), true))
	_, err := Open(background(t), Options{Dir: dir})
	require.ErrorContains(t, err, "two daemons cannot share")
	require.NoError(t, q.Close())

	q = open(t, Options{Dir: dir, Owner: "second", Heartbeat: 10 * time.Second})
	require.True(t, q.Paused())
	require.NoError(t, q.Pause(background(t), false))
	for n := range 3 {
		require.True(t, q.Known(id(n)))
	}
	l = next(t, q) // not only after three heartbeats: it was given back
	other := next(t, q)
	if l.Record().Spec.ID != id(1) {
		l, other = other, l
	}
	require.Equal(t, job.Queued, other.Record().State)
	require.Equal(t, job.Running, l.Record().State, "the next owner sees that it was cut off")
	require.Equal(t, "first", l.Record().Owner)
	data, err := q.Artifact(background(t), id(1), 1, job.GraphName)
	require.NoError(t, err)
	require.Equal(t, "digraph {}", string(data))
	finish(t, l)
	finish(t, other)
	none(t, q, time.Second)
}

// TestHalfDone is a crash between record and message, the two halves of Submit, of Retry and of Finish.
func TestHalfDone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	q := open(t, Options{Dir: dir})
	rec, err := newStored(spec(1))
	require.NoError(t, err)
	_, _, err = q.put(background(t), rec, 0)
	require.NoError(t, err)
	submit(t, q, spec(2)) // finished, and its message still there
	submit(t, q, spec(3)) // queued, and its message gone
	require.NoError(t, q.modify(background(t), id(2), func(s *stored) error { end(s, job.Done); return nil }))
	require.NoError(t, q.work.Purge(background(t)))
	require.NoError(t, q.publish(background(t), &job.Spec{ID: id(2), Priority: job.Normal}))
	require.NoError(t, q.publish(background(t), &job.Spec{ID: id(4), Priority: job.High})) // forgotten
	require.NoError(t, q.Close())

	q = open(t, Options{Dir: dir})
	got := map[string]bool{}
	for range 2 {
		l := next(t, q)
		got[l.Record().Spec.ID] = true
		finish(t, l)
	}
	require.Equal(t, map[string]bool{id(1): true, id(3): true}, got)
	none(t, q, 1200*time.Millisecond)
	requireMessages(t, q, 0)
}
