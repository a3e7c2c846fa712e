package api

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Limits of connections, where Options says nothing.
const (
	// DefaultConnections are there at most. A part of the process's descriptors stays for work, whatever is asked for.
	DefaultConnections = 512
	// DefaultPerAddress are from one address at most. A proxy in front of the daemon is one address.
	DefaultPerAddress = 256
)

// gate is a listener that bounds the connections. When there are too many, the one goes that has waited longest without
// a whole request; who is being answered is left alone. So whoever asks something and reads the answer gets through,
// however many hold connections and say nothing.
type gate struct {
	net.Listener
	most, perAddress int

	mu     sync.Mutex
	open   map[*conn]struct{}
	counts map[string]int // by address
}

// conn is a connection that a gate let in.
type conn struct {
	net.Conn
	gate    *gate
	address string
	serving atomic.Int32 // requests that are being answered
	since   atomic.Int64 // when it began to wait for one, ns
	close   func() error
}

func newGate(l net.Listener, most, perAddress int) *gate {
	if most <= 0 {
		most = DefaultConnections
	}
	if perAddress <= 0 {
		perAddress = DefaultPerAddress
	}
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) == nil && limit.Cur/4 < uint64(most) {
		most = max(16, int(limit.Cur/4))
	}
	return &gate{Listener: l, most: most, perAddress: min(perAddress, most), open: map[*conn]struct{}{},
		counts: map[string]int{}}
}

// Accept implements net.Listener.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		if in := g.admit(c); in != nil {
			return in, nil
		}
		_ = c.Close()
	}
}

// admit lets a connection in, if need be in place of one that waits. nil: all others are being answered.
func (g *gate) admit(c net.Conn) *conn {
	address := c.RemoteAddr().String()
	if host, _, err := net.SplitHostPort(address); err == nil {
		address = host
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	switch {
	case g.counts[address] >= g.perAddress:
		if !g.evict(address) {
			return nil
		}
	case len(g.open) >= g.most:
		if !g.evict(g.greediest()) {
			return nil
		}
	}
	in := &conn{Conn: c, gate: g, address: address}
	in.close = sync.OnceValue(func() error { g.left(in); return c.Close() })
	in.since.Store(time.Now().UnixNano())
	g.open[in] = struct{}{}
	g.counts[address]++
	return in
}

// greediest is the address with the most connections that wait. The lock is held.
func (g *gate) greediest() (address string) {
	waiting := map[string]int{}
	for c := range g.open {
		if c.serving.Load() == 0 {
			if waiting[c.address]++; waiting[c.address] > waiting[address] {
				address = c.address
			}
		}
	}
	return address
}

// evict closes the connection of an address that has waited longest. The lock is held.
func (g *gate) evict(address string) bool {
	var oldest *conn
	for c := range g.open {
		if c.address == address && c.serving.Load() == 0 && (oldest == nil || c.since.Load() < oldest.since.Load()) {
			oldest = c
		}
	}
	if oldest == nil {
		return false
	}
	g.forget(oldest)
	go func() { _ = oldest.Close() }() // which takes the lock
	return true
}

func (g *gate) left(c *conn) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.forget(c)
}

// forget no longer counts a connection. The lock is held.
func (g *gate) forget(c *conn) {
	if _, ok := g.open[c]; !ok {
		return
	}
	delete(g.open, c)
	if g.counts[c.address]--; g.counts[c.address] == 0 {
		delete(g.counts, c.address)
	}
}

// Close implements net.Conn.
func (c *conn) Close() error { return c.close() }

type connKey struct{}

// connContext is http.Server.ConnContext.
func connContext(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// attended notes while a request is being answered that its connection does not wait.
func attended(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if c, ok := q.Context().Value(connKey{}).(*conn); ok {
			c.serving.Add(1)
			defer func() {
				c.since.Store(time.Now().UnixNano())
				c.serving.Add(-1)
			}()
		}
		next.ServeHTTP(w, q)
	})
}
