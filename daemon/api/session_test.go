package api

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestSessions(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	s, restarted, other := newSessions("secret"), newSessions("secret"), newSessions("another")
	for _, s := range []*sessions{s, restarted, other} {
		s.now = func() time.Time { return now }
	}
	good := func(s *sessions, value string) bool { _, ok := s.good(value); return ok }
	a, b := s.begin(), s.begin()
	require.NotEqual(t, a, b)
	require.True(t, good(s, a))
	require.True(t, good(restarted, a), "it outlives the daemon")
	require.False(t, good(other, a), "it ends with the token")
	for i := range a { // any change is noticed
		c := byte('A')
		if a[i] == c {
			c = 'B'
		}
		require.False(t, good(s, a[:i]+string(c)+a[i+1:]), i)
	}
	for _, value := range []string{"", a[:10], a + "A", a + a, "!"} {
		require.False(t, good(s, value), value)
	}
	s.end(a)
	s.end("nonsense")
	require.False(t, good(s, a))
	require.True(t, good(s, b))
	now = now.Add(sessionTime - time.Second)
	require.True(t, good(s, b))
	now = now.Add(time.Second)
	require.False(t, good(s, b))
	s.end(s.begin())
	require.Len(t, s.ended, 1, "those that are over are not remembered")
}
