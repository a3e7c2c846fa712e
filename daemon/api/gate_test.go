package api_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/api"
	"github.com/upright-media/upright/daemon/job"
)

// dial connects from an address of this machine, and closes the connection with the test.
func dial(t *testing.T, w *world, from string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: patience}
	c, err := d.Dial("tcp", strings.TrimPrefix(w.url, "http://"))
	require.NoError(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// TestIdleConnections has 10,000 connections opened that never ask anything, or only begin to. Who asks something is
// answered all the time, from the same address and from another.
func TestIdleConnections(t *testing.T) {
	const attempts = 10_000
	w := start(t, api.Options{Connections: 64, PerAddress: 32})
	ask := func(from string) {
		c := dial(t, w, from)
		defer c.Close()
		require.NoError(t, c.SetDeadline(time.Now().Add(patience)))
		_, err := io.WriteString(c, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
		require.NoError(t, err)
		r, err := http.ReadResponse(bufio.NewReader(c), nil)
		require.NoError(t, err)
		body, err := io.ReadAll(r.Body)
		require.NoError(t, err)
		require.Equal(t, "ok\n", string(body))
	}
	held := make([]net.Conn, 0, 200)
	slowest := time.Duration(0)
	for n := range attempts {
		c := dial(t, w, "127.0.0.2")
		if n%2 == 0 { // slowloris
			_, _ = io.WriteString(c, "GET / HTTP/1.1\r\nX-Slow: ")
		}
		if held = append(held, c); len(held) == cap(held) { // this process has to hold both ends
			for _, c := range held[:100] {
				c.Close()
			}
			held = append(held[:0], held[100:]...)
		}
		if n%500 == 0 {
			began := time.Now()
			ask("127.0.0.2")
			ask("127.0.0.1")
			slowest = max(slowest, time.Since(began))
		}
	}
	t.Logf("two answers took %v at most", slowest)
}

// TestConnectionsInUseStay has an answer under way while others take all connections.
func TestConnectionsInUseStay(t *testing.T) {
	w := start(t, api.Options{Connections: 16, PerAddress: 8})
	var streams []*bufio.Reader
	for range 4 { // half of what one address may have
		c := dial(t, w, "127.0.0.1")
		_, err := io.WriteString(c, "GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n")
		require.NoError(t, err)
		r := bufio.NewReader(c)
		line, err := r.ReadString('\n')
		require.NoError(t, err)
		require.Contains(t, line, "200 OK")
		streams = append(streams, r)
	}
	a := w.do("GET", "/api/v1/events", "")
	w.fails(http.StatusServiceUnavailable, "too many streams", a)
	require.Equal(t, "30", a.header.Get("Retry-After"))
	for range 100 {
		dial(t, w, "127.0.0.1")
	}
	w.add(1, nil)
	for _, r := range streams {
		for {
			line, err := r.ReadString('\n')
			require.NoError(t, err)
			if strings.HasPrefix(line, "event: job") {
				break
			}
		}
	}
}

// TestSlowReaders has one that reads a file slowly and gets all of it, and one that has stopped and is cut off.
func TestSlowReaders(t *testing.T) {
	defer api.SetSlow(2*time.Second, 2*time.Second)()
	w := start(t, api.Options{Answer: 10 * time.Millisecond})
	const size = 24 << 20 // more than the kernel keeps
	dir := t.TempDir()
	file := filepath.Join(dir, "a.mp4")
	require.NoError(t, os.WriteFile(file, make([]byte, size), 0o600))
	w.add(1, func(r *job.Record) {
		r.Spec.Output, r.State, r.Outcome = dir, job.Done, job.Done
		r.Outputs = []job.Output{{File: file, Bytes: size}}
	})
	get := func() (*http.Response, context.CancelFunc) {
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		q, err := http.NewRequestWithContext(ctx, "GET", w.url+fmt.Sprintf("/api/v1/jobs/%s/outputs/0", id(1)), nil)
		require.NoError(t, err)
		r, err := new(http.Client).Do(q)
		require.NoError(t, err)
		return r, cancel
	}
	r, cancel := get()
	defer cancel()
	got, chunk := 0, make([]byte, 1<<20)
	began := time.Now()
	for {
		n, err := r.Body.Read(chunk)
		got += n
		if err == io.EOF {
			break
		}
		require.NoError(t, err)
		if got>>20 > (got-n)>>20 {
			time.Sleep(100 * time.Millisecond)
		}
	}
	require.Equal(t, size, got)
	require.Greater(t, time.Since(began), 2*time.Second, "longer than any one write may take")

	defer api.SetSlow(300*time.Millisecond, 300*time.Millisecond)()
	r, cancel = get()
	defer cancel()
	time.Sleep(time.Second)
	_, err := io.Copy(io.Discard, r.Body)
	require.Error(t, err, "who has stopped reading is cut off")
}
