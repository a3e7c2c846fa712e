package janus

import (
	"encoding/json"
	"fmt"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// maxMessage is longer than any message of Janus, in bytes.
const maxMessage = 256 << 10

// handle is a user's connection to a plugin of Janus, in a session of its own.
type handle struct {
	t       *testing.T
	conn    *net.UnixConn
	session uint64
	id      uint64
	next    int
	wait    chan message
}

type message struct {
	Janus       string
	Transaction string
	Data        struct{ ID uint64 }
	Error       struct{ Reason string }
	PluginData  struct{ Data map[string]any } `json:"plugindata"`
	JSEP        *struct{ Type, SDP string }
}

// attach connects a user to a plugin, as janus.plugin.videoroom.
func (s *server) attach(t *testing.T, plugin string) *handle {
	t.Helper()
	var conn *net.UnixConn
	require.Eventually(t, func() bool { // the socket is there before Janus listens
		var err error
		conn, err = net.DialUnix("unixpacket", nil, &net.UnixAddr{Net: "unixpacket", Name: s.socket})
		return err == nil
	}, patience, 20*time.Millisecond, "Janus does not answer")
	// Connections stay until Janus goes: it closes the number of a descriptor a while after a client has gone, which may
	// be another client's by then.
	s.mu.Lock()
	s.conns = append(s.conns, conn)
	s.mu.Unlock()
	h := &handle{t: t, conn: conn, wait: make(chan message, 100)}
	go func() {
		buffer := make([]byte, maxMessage)
		for {
			n, err := conn.Read(buffer)
			if err != nil || n == 0 {
				close(h.wait)
				return
			}
			var m message
			if err := json.Unmarshal(buffer[:n], &m); err == nil {
				h.wait <- m
			}
		}
	}()
	h.session = h.ask("success", map[string]any{"janus": "create"}).Data.ID
	h.id = h.ask("success", map[string]any{"janus": "attach", "plugin": plugin}).Data.ID
	return h
}

// ask sends a request and returns the answer to it of this kind.
func (h *handle) ask(kind string, request map[string]any) message {
	h.t.Helper()
	h.next++
	transaction := fmt.Sprint(h.next)
	request["transaction"] = transaction
	if h.session != 0 {
		request["session_id"] = h.session
	}
	if h.id != 0 {
		request["handle_id"] = h.id
	}
	b, err := json.Marshal(request)
	require.NoError(h.t, err)
	_, err = h.conn.Write(b)
	require.NoError(h.t, err)
	timeout := time.After(patience)
	for {
		select {
		case m, ok := <-h.wait:
			require.True(h.t, ok, "Janus has closed the connection")
			if m.Transaction != transaction {
				continue // an event nobody waits for
			}
			require.NotEqual(h.t, "error", m.Janus, "Janus says: %s", m.Error.Reason)
			require.NotContains(h.t, m.PluginData.Data, "error", "Janus says: %v", m.PluginData.Data["error"])
			if m.Janus == kind {
				return m
			}
		case <-timeout:
			require.FailNow(h.t, "Janus does not answer", "%s", b)
		}
	}
}

// message has the plugin do something and waits until it has: kind is "success" for what it answers at once, else
// "event".
func (h *handle) message(kind string, body map[string]any, jsep any) message {
	h.t.Helper()
	m := map[string]any{"janus": "message", "body": body}
	if jsep != nil {
		m["jsep"] = jsep
	}
	return h.ask(kind, m)
}
