// Package natstest starts real NATS servers for tests.
package natstest

import (
	"cmp"
	"net"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/upright-media/upright/internal/loopback"
)

// startTime is far more than a server takes to start, on a busy machine, too.
const startTime = time.Minute

// Start starts a server with JetStream, until the end of the test. Where o does not say so, it has an address that
// nobody else uses, and a folder of the test.
func Start(t testing.TB, o *server.Options) *server.Server {
	t.Helper()
	o.Host = cmp.Or(o.Host, loopback.Host())
	o.Port = cmp.Or(o.Port, server.RANDOM_PORT)
	o.JetStream, o.NoSigs, o.NoLog = true, true, true
	if o.StoreDir == "" {
		o.StoreDir = t.TempDir()
	}
	s, err := server.NewServer(o)
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(startTime))
	return s
}

// StartAt starts one at an address and with a folder where it can be started again.
func StartAt(t testing.TB, address, dir string) *server.Server {
	t.Helper()
	host, port, err := net.SplitHostPort(address)
	require.NoError(t, err)
	n, err := strconv.Atoi(port)
	require.NoError(t, err)
	return Start(t, &server.Options{Host: host, Port: n, StoreDir: dir})
}
