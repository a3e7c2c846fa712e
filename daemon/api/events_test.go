package api_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

// stream reads server-sent events in the background.
func stream(t *testing.T, w *world, query string) (lines <-chan string) {
	t.Helper()
	q, err := http.NewRequestWithContext(t.Context(), "GET", w.url+"/api/v1/events"+query, nil)
	require.NoError(t, err)
	r, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, r.StatusCode)
	require.Equal(t, "text/event-stream", r.Header.Get("Content-Type"))
	out := make(chan string, 1000)
	go func() {
		defer close(out)
		defer r.Body.Close()
		in := bufio.NewScanner(r.Body)
		in.Buffer(nil, 1<<20)
		for in.Scan() {
			out <- in.Text()
		}
	}()
	return out
}

// until waits for a line that has all parts, and returns the lines up to it.
func until(t *testing.T, lines <-chan string, parts ...string) (seen []string) {
	t.Helper()
	limit := time.After(patience)
next:
	for {
		select {
		case line, ok := <-lines:
			require.True(t, ok, "the stream ended before %q came: %q", parts, seen)
			seen = append(seen, line)
			for _, p := range parts {
				if !strings.Contains(line, p) {
					continue next
				}
			}
			return seen
		case <-limit:
			require.FailNow(t, "it did not come", "%q after %q", parts, seen)
		}
	}
}

func TestEvents(t *testing.T) {
	w := start(t, api.Options{})
	w.add(1, failed)
	all := stream(t, w, "")
	until(t, all, "retry: ")
	one := stream(t, w, "?id="+id(1))
	seen := until(t, one, "data: ", id(1), `"failed"`)
	require.Contains(t, seen, "event: job")
	require.NotContains(t, strings.Join(seen, "\n"), `"log"`, "no logs in events")
	require.NotContains(t, strings.Join(seen, "\n"), `"report"`)

	w.add(2, nil)
	until(t, all, "data: ", id(2), `"queued"`)
	require.NoError(t, w.backend.queue.Retry(t.Context(), id(1)))
	seen = until(t, one, "data: ", id(1), `"queued"`)
	require.NotContains(t, strings.Join(seen, "\n"), id(2), "only what was asked for")

	l, err := w.backend.queue.Next(t.Context())
	require.NoError(t, err)
	for {
		r := l.Record()
		if r.Spec.ID == id(1) {
			break
		}
		require.NoError(t, l.Finish(t.Context(), failed))
		l, err = w.backend.queue.Next(t.Context())
		require.NoError(t, err)
	}
	told, stop := make(chan struct{}), make(chan struct{})
	go func() { // more than once, since what comes before a record is dropped
		defer close(told)
		for {
			l.Progress(job.Progress{Stage: "converting", DoneMs: 250, TotalMs: 1000, Speed: 2})
			select {
			case <-time.After(100 * time.Millisecond):
			case <-stop:
				return
			}
		}
	}()
	seen = until(t, one, "data: ", `"progress"`)
	close(stop)
	<-told
	require.Equal(t, "event: progress", seen[len(seen)-2])
	var e job.Event
	require.NoError(t, json.Unmarshal([]byte(strings.TrimPrefix(seen[len(seen)-1], "data: ")), &e))
	require.Equal(t, job.Event{ID: id(1), Progress: &job.Progress{Stage: "converting", DoneMs: 250, TotalMs: 1000,
		Speed: 2}}, e)
	require.NoError(t, l.Finish(t.Context(), failed))

	w.fails(http.StatusNotFound, "no such job", w.do("GET", "/api/v1/events?id="+id(99), ""))
	require.Empty(t, w.do("HEAD", "/api/v1/events", "").body)
}

// What happened before a job was read is not told after it, however late the queue brings it: who waits for the job's
// end would take the end of an earlier round for it.
func TestEventsOfTheJobAsItWas(t *testing.T) {
	w := start(t, api.Options{})
	ended := w.add(1, failed)
	require.NoError(t, w.backend.queue.Retry(t.Context(), id(1)))
	now, err := w.backend.queue.Get(t.Context(), id(1))
	require.NoError(t, err)
	events := make(chan job.Event, 4)
	w.backend.set(func(b *backend) { b.events = events })
	tell := func(r *job.Record, change func(*job.Record)) {
		told := *r
		change(&told)
		events <- job.Event{ID: id(1), Record: &told}
	}
	tell(ended, func(*job.Record) {})
	tell(now, func(*job.Record) {})
	tell(now, func(r *job.Record) { r.Revision, r.State = r.Revision+1, job.Running })
	// A store that was lost is begun anew.
	tell(now, func(r *job.Record) { r.Revision, r.State, r.Updated = 1, job.Canceled, r.Updated.Add(time.Second) })
	seen := strings.Join(until(t, stream(t, w, "?id="+id(1)), "data: ", `"canceled"`), "\n")
	require.NotContains(t, seen, `"failed"`)
	require.Equal(t, 1, strings.Count(seen, `"queued"`))
	require.Equal(t, 1, strings.Count(seen, `"running"`))
}

func TestEventsKeepAlive(t *testing.T) {
	t.Cleanup(api.SetTimes(20*time.Millisecond, time.Minute)) // after the server is closed: cleanups run in reverse
	w := start(t, api.Options{})
	lines := stream(t, w, "")
	until(t, lines, ": still here")
	until(t, lines, ": still here")
}

// A reader that does not read is cut off, and others do not notice it.
func TestEventsSlowReader(t *testing.T) {
	t.Cleanup(api.SetTimes(time.Minute, 300*time.Millisecond))
	w := start(t, api.Options{})
	address := strings.TrimPrefix(w.url, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, conn.(*net.TCPConn).SetReadBuffer(4096))
	_, err = fmt.Fprintf(conn, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
	require.NoError(t, err)
	in := bufio.NewReader(conn)
	_, err = in.ReadString('\n')
	require.NoError(t, err, "it has begun")
	quick := stream(t, w, "")

	w.add(1, nil)
	l, err := w.backend.queue.Next(t.Context())
	require.NoError(t, err)
	stop, done := make(chan struct{}), make(chan struct{})
	go func() { // more than the buffers of a connection hold
		defer close(done)
		for n := 0; ; n++ {
			select {
			case <-stop:
				return
			default:
			}
			_ = l.Update(context.Background(), func(r *job.Record) {
				r.State, r.Reason = job.Running, fmt.Sprintf("%d %s", n, strings.Repeat("long ", 20_000))
			})
		}
	}()
	defer func() { close(stop); <-done }()
	go func() { // keeps reading
		for range quick {
		}
	}()
	// Who writes to a connection that the other side has closed is told so.
	require.Eventually(t, func() bool {
		_, err := conn.Write([]byte("x"))
		return err != nil
	}, patience, 50*time.Millisecond, "a reader that does not read stays for ever")
}

// The end of the daemon does not wait for those who listen.
func TestEventsEndWithServer(t *testing.T) {
	w := start(t, api.Options{})
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	q, err := http.NewRequestWithContext(ctx, "GET", w.url+"/api/v1/events", nil)
	require.NoError(t, err)
	r, err := http.DefaultClient.Do(q)
	require.NoError(t, err)
	defer r.Body.Close()
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- err
	}()
	w.server.Close()
	require.NoError(t, <-ended, "streams are told, not cut off when others have been waited for")
	w.server.Close() // again, which is harmless
}
