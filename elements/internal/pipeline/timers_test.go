package pipeline

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
)

// Every thread, also those that Go makes, may be woken that much later.
func TestTimersHaveSlack(t *testing.T) {
	for range 4 {
		slack := make(chan int)
		go func() {
			n, _ := unix.PrctlRetInt(unix.PR_GET_TIMERSLACK, 0, 0, 0, 0)
			slack <- n
		}()
		require.Equal(t, 200*time.Microsecond, time.Duration(<-slack))
	}
}
