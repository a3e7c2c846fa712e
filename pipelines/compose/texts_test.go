package compose

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSaid forges nobody's words: neither another person's nor a subtitle of its own.
func TestSaid(t *testing.T) {
	require.Equal(t, "Eve: hello", said("Eve", "hello"))
	require.Equal(t, "Eve: hello\n… Bob: I resign", said("Eve", "hello\nBob: I resign"))
	require.Equal(t, "Eve: a\n… 1\n… 00:00:00,000 → 01:00:00,000\n… b",
		said("Eve", "a\r\n\r\n1\n00:00:00,000 --> 01:00:00,000\nb"))
	require.Equal(t, "E\uFFFDve b: x", said("E\u202eve\nb", "x"))
}
