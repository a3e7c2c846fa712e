package queue

import (
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/daemon/job"
)

// cut is a way to a server on which nothing gets through while it is cut, and nobody is told, as when a switch dies.
type cut struct {
	address string
	is      atomic.Bool
}

func newCut(t testing.TB, to string) *cut {
	t.Helper()
	l, err := net.Listen("tcp", host+":0")
	require.NoError(t, err)
	t.Cleanup(func() { l.Close() })
	c := &cut{address: l.Addr().String()}
	go func() {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := net.Dial("tcp", to)
			if err != nil {
				here.Close()
				continue
			}
			go c.forward(here, there)
			go c.forward(there, here)
		}
	}()
	return c
}

func (c *cut) forward(from, to net.Conn) {
	defer from.Close()
	defer to.Close()
	buffer := make([]byte, 32<<10)
	for {
		n, err := from.Read(buffer)
		for c.is.Load() {
			time.Sleep(10 * time.Millisecond)
		}
		if _, werr := to.Write(buffer[:n]); err != nil || werr != nil {
			return
		}
	}
}

// TestPartition cuts a daemon off for longer than its heartbeats may be missed. Another one takes its job; what the
// first one wants to say about it afterwards comes too late.
func TestPartition(t *testing.T) {
	t.Parallel()
	s := natsServer(t, &server.Options{})
	way := newCut(t, s.Addr().String())
	a := open(t, Options{URL: "nats://" + way.address, Owner: "a"})
	b := open(t, Options{URL: s.ClientURL(), Owner: "b"})
	submit(t, a, spec(1))
	l := next(t, a)
	require.NoError(t, l.Update(background(t), run))
	way.is.Store(true)
	taken := next(t, b)
	require.Equal(t, job.Running, taken.Record().State)
	require.NoError(t, taken.Update(background(t), func(r *job.Record) { r.Mode = "b" }))
	eventually(t, "not ready", func() bool { return a.Ready() != nil })
	require.False(t, closed(l.Lost()), "it cannot know yet")
	late := make(chan error, 1)
	go func() { late <- l.Finish(background(t), func(r *job.Record) { done(r); r.Mode = "a" }) }()
	select {
	case err := <-late:
		t.Fatalf("it got through: %v", err)
	case <-time.After(300 * time.Millisecond):
	}
	way.is.Store(false)
	require.ErrorIs(t, <-late, ErrLost)
	require.True(t, closed(l.Lost()))
	finish(t, taken)
	eventually(t, "ready", func() bool { return a.Ready() == nil })
	r, err := a.Get(background(t), id(1))
	require.NoError(t, err)
	require.Equal(t, "b", r.Mode)
	requireMessages(t, a, 0)
}
