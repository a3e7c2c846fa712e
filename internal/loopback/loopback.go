// Package loopback has addresses for the servers of tests, which stop and come back at the same one. On 127.0.0.1, a
// port that nobody listens at for a moment is given to the next who asks for any; 127.0.0.0/8 has other hosts enough.
package loopback

import (
	"fmt"
	"math/rand/v2"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
)

// Host is an address of this machine that nobody else uses.
func Host() string {
	return fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
}

// Address is a host of its own with a port that is free, and stays so.
func Address(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", Host()+":0")
	require.NoError(t, err)
	defer l.Close()
	return l.Addr().String()
}
